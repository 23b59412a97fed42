"""The stories of the product in a real browser, word for word, on one company that was made through the pages."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Shop, Window
from tests.browser.walks import (
    PATIENCE,
    act,
    await_ready,
    await_there,
    drawn_anew,
    fields_sent,
    first_leaf,
    follow_toast,
    last_request,
    linked_products,
    ready_product,
    row,
    select,
    status,
    there,
    uploads,
    valid_ean,
)  # fmt: skip
from tests.harness import TOKEN

THERE = 6
"""Listings that stand on Back Market before anybody connects."""
SANDBOX = ("--listings", str(THERE))
ENVIRONMENT = {"LISTWRIGHT_VERIFY_INTERVAL": "3"}


def test_first_run_leads_from_the_connection_to_a_download_and_its_listings(window: Window) -> None:
    page = window.open("")
    expect(page.get_by_text("Sandbox. Refurb House is connected to a simulated Back Market")).to_be_visible()
    offered = page.get_by_role("button", name="Download Active Listings")
    if offered.is_visible():
        offered.click()
    else:  # a full minute came first, and with it the clock's own download
        page.get_by_role("navigation").get_by_role("link", name="Queued Jobs").click()
        page.get_by_role("link", name="Job 1", exact=True).click()
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    page.get_by_role("navigation").get_by_role("link", name="Unlinked listings").click()
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("button", name="Create products").click()
    expect(page.get_by_text("Everything there is linked")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Manage Catalog").click()
    expect(page.locator("#matching")).to_have_text(f"{THERE} products")


def test_b1_a_product_is_posted_and_later_its_price_and_quantity_alone_are_updated(window: Window, shop: Shop) -> None:
    leaf = first_leaf(shop)
    page = window.open("catalog/")
    page.get_by_role("link", name="Add product").click()
    for label, value in {
        "SKU": "B1-NEW", "Name": "Fairphone 5, 256 GB", "EAN": valid_ean(), "Brand": "Fairphone", "Condition": "Very good",
        "Site/Retail Price": "399.00", "List price": "699.00", "Physical quantity in main": "5", "and ounces": "7.5",
        "Address of the main image": "https://pictures.example/b1.jpg", "Description": "Tested in our workshop.",
    }.items():  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Create the product").click()
    page.locator("summary", has_text="Toolbox").click()
    page.get_by_role("link", name="Back Market", exact=True).click()
    expect(page.get_by_role("heading", name="Back Market Properties")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Copy Back Market Title from product").click()
    page.get_by_role("button", name="Copy Back Market Description from product").click()
    page.get_by_label("Back Market Enabled").check()
    page.get_by_label("Comment", exact=True).first.fill("Tested and cleaned.")
    page.get_by_label("Warranty Delay").fill("12")
    category = page.get_by_label("Default Category")
    category.fill(f"{leaf['path']} #{leaf['marketplace_category_id']}")
    category.press("Tab")
    for asked in [item for item in leaf["attributes"] if item["required"]]:
        field = page.get_by_label(asked["name"], exact=True)
        field.select_option(asked["allowed"][0]) if asked["allowed"] else field.fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".lw-answer-yes")).to_have_text("Yes", timeout=PATIENCE)

    dialog = act(page, "Update/Post Product to BackMarket")
    expect(dialog).to_contain_text("Selected1 product")
    expect(dialog).to_contain_text("To be sent1")
    dialog.get_by_role("button", name="Send").click()
    follow_toast(page)
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    assert there(shop, "B1-NEW")["grade"] == "VERY_GOOD"

    shop.api.call("PUT", "products/B1-NEW/stock", {"physical": 3})
    last = last_request(shop)
    page = window.open("catalog/B1-NEW/backmarket/")
    act(page, "Update Price and Qty to BackMarket").get_by_role("button", name="Send").click()
    follow_toast(page)
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    assert fields_sent(shop, "B1-NEW", last) <= {"price", "quantity", "currency"}
    assert there(shop, "B1-NEW")["quantity"] == 3


def test_b2_selected_rows_are_launched_as_one_queued_job(window: Window, shop: Shop) -> None:
    skus = [ready_product(shop, f"B2-{number}") for number in (1, 2)]
    await_ready(shop, *skus)
    page = window.open("")
    page.get_by_role("navigation").get_by_role("link", name="Manage Catalog").click()
    select(page, *skus)
    dialog = act(page, "Launch on Channel")
    expect(dialog.get_by_label("Channel")).to_have_value("backmarket")
    expect(dialog).to_contain_text("Selected2 products")
    expect(dialog).to_contain_text("Lines")
    expect(dialog).to_contain_text("Time")
    dialog.get_by_role("button", name="Launch", exact=True).dblclick()
    follow_toast(page)
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    expect(page.get_by_role("region", name="Progress")).to_contain_text("Succeeded2")
    jobs = shop.api.get("jobs", kind="launch")["results"]
    assert [job["total"] for job in jobs].count(2) == 1
    assert all(there(shop, sku)["quantity"] == 5 for sku in skus)


def test_b3_stock_and_price_are_updated_together(window: Window, shop: Shop) -> None:
    linked_products(shop, "B3-LINKED")
    last = last_request(shop)
    page = window.open("catalog/?search=B3-LINKED")
    select(page, "B3-LINKED")
    dialog = act(page, "Update Inventory on Channel")
    expect(dialog.get_by_label("Channel").locator("option:checked")).to_have_text("BackMarket")
    expect(dialog).to_contain_text("You cannot update them separately.")
    dialog.get_by_role("button", name="Update", exact=True).click()
    follow_toast(page)
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    assert {"price", "quantity"} <= fields_sent(shop, "B3-LINKED", last)


def test_b5_a_product_is_stopped_by_being_taken_offline_or_left_as_it_stands(window: Window, shop: Shop) -> None:
    uploads(shop, on=False)
    linked_products(shop, "B5-OFF", "B5-LEFT", "B5-BULK")
    page = window.open("catalog/B5-OFF/backmarket/")
    dialog = act(page, "Disable…")
    expect(dialog.get_by_label("Take it offline")).to_be_checked()
    dialog.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Disabled for Back Market.")).to_be_visible()
    await_there(shop, "B5-OFF", 0)
    page = window.open("catalog/B5-LEFT/backmarket/")
    dialog = act(page, "Disable…")
    dialog.get_by_label("Leave it as it stands").check()
    dialog.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Left as it stands").first).to_be_visible()
    page = window.open("catalog/?search=B5-BULK")
    select(page, "B5-BULK")
    dialog = act(page, "Disable…")
    dialog.get_by_role("button", name="Disable").click()
    expect(dialog).to_be_visible()  # in bulk the answer must be named
    dialog.get_by_label("Leave them as they stand").check()
    dialog.get_by_role("button", name="Disable").click()
    follow_toast(page)
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    assert [there(shop, sku)["quantity"] for sku in ("B5-LEFT", "B5-BULK")] == [5, 5]


def test_b6_unmatched_listings_are_linked_made_products_or_ignored_and_taken_as_they_stand(
    window: Window, shop: Shop
) -> None:
    market = {"fr-fr": {"price": "251.00", "comment": "As it was.", "warranty_delay": 24}}
    for number, sku in enumerate(("b6-same", "B6-LINK", "B6-MAKE", "B6-IGNORE")):
        body = {"sku": sku, "quantity": 2, "grade": "GOOD", "ean": f"400638133{number}", "markets": market}
        shop.stack.sandbox.control("POST", "listings", {"listings": [body]})
    for sku in ("B6-SAME", "B6-OTHER"):
        shop.api.call("POST", "products", {"sku": sku, "name": f"Phone {sku}", "stock": {"main": 9}})
    page = window.open("unlinked/")
    page.get_by_role("button", name="Download Active Listings").click()
    expect(page.locator("#progress").get_by_text("The download has ended")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Show the list as it is now").click()
    page.get_by_role("row").filter(has_text="B6-LINK").get_by_role("button", name="Link…").click()
    dialog = page.get_by_role("dialog", name="Which product is it?")
    dialog.get_by_label("Search your products that are not linked").fill("B6-OTHER")
    dialog.get_by_role("radio", name="B6-OTHER").check()
    dialog.get_by_role("button", name="Link").click()
    for sku, button in (("B6-MAKE", "Create products"), ("B6-IGNORE", "Ignore")):
        page.get_by_label(f"Choose {sku}").check()
        page.get_by_role("button", name=button).click()
        expect(page.get_by_label(f"Choose {sku}")).to_have_count(0)
    assert {"B6-SAME", "B6-MAKE"} <= {one["sku"] for one in shop.api.get("products", search="B6-")["results"]}
    page = window.open("catalog/B6-OTHER/backmarket/")
    expect(page.get_by_text("Linked as it stood there; nothing is sent until it is enabled.")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Back Market Enabled")).not_to_be_checked()
    expect(page.get_by_label("Default for Back Market Price")).not_to_be_checked()
    expect(page.get_by_label("Back Market Price", exact=True)).to_have_value("251,00")
    page.get_by_label("Back Market Enabled").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_b4_uploads_are_off_at_first_and_then_changes_arrive_by_themselves(window: Window, shop: Shop) -> None:
    uploads(shop, on=False)
    linked_products(shop, "B4-LINKED")
    ready_product(shop, "B4-NEVER")
    page = window.open("")
    page.get_by_role("navigation").get_by_role("link", name="Settings").click()
    page.locator("summary", has_text="Toolbox").click()
    page.get_by_role("link", name="General Settings", exact=True).click()
    page.get_by_role("link", name="Edit").click()
    for name in ("Enable Inventory Upload", "Enable Prices Upload"):
        expect(page.get_by_label(name)).not_to_be_checked()
        page.get_by_label(name).check()
    page.get_by_label("Order download").check()
    page.get_by_label("Listwright is the stock master").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Before this is saved")
    page.get_by_role("button", name="Save and apply").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    # The first automatic send of an account needs an approved diff (B6).
    page.get_by_role("navigation").get_by_role("link", name="Held sends").click()
    page.get_by_role("button", name="Approve all…").or_(
        page.get_by_role("button", name="Approve automatic sends")
    ).click()
    dialog, approved = page.get_by_role("dialog"), page.get_by_text("Approved. Automatic sends go from now on.")
    expect(dialog.or_(approved)).to_be_visible()
    if dialog.is_visible():
        expect(dialog).to_contain_text("to Back Market")
        dialog.get_by_role("button", name="Approve").click()
    expect(approved).to_be_visible()
    page = window.open("catalog/B4-LINKED/")
    page.get_by_label("Units in main").fill("4")
    page.get_by_role("button", name="Set the units in main").click()
    expect(page.get_by_text("Stock in main was set.").first).to_be_visible()
    await_there(shop, "B4-LINKED", 4)
    assert shop.stack.sandbox.listing("B4-NEVER") is None


def test_b7_a_queued_job_tells_every_outcome_and_what_failed_is_sent_again(
    window: Window, shop: Shop, tmp_path: Path
) -> None:
    ready_product(shop, "B7-FAILS")
    ready_product(shop, "B7-OFF", enabled=False)
    shop.api.call("POST", "products", {"sku": "B7-BARE", "name": "Bare"})
    shop.api.call("PATCH", "products/B7-BARE/backmarket", {"enabled": True})
    await_ready(shop, "B7-FAILS")
    shop.stack.sandbox.control("POST", "faults", {"kind": "row_fails", "sku": "B7-FAILS"})
    page = window.open("catalog/?search=B7-")  # finds every Back Market ID with these signs, too
    select(page, "B7-FAILS", "B7-OFF", "B7-BARE")
    dialog = act(page, "Launch on Channel")
    for text in ("Back Market Enabled is off", "not ready to post"):
        expect(dialog).to_contain_text(text)
    dialog.get_by_role("button", name="Launch", exact=True).click()
    follow_toast(page)
    expect(status(page)).to_have_text("Failed", timeout=PATIENCE)
    progress = page.get_by_role("region", name="Progress")
    for text in ("Rows3", "Succeeded0", "Failed1", "Skipped2", "Waiting0"):
        expect(progress).to_contain_text(text)
    with page.expect_download() as file:
        progress.get_by_role("link", name="Output file").click()
    file.value.save_as(tmp_path / "output.csv")
    assert "B7-BARE,Skipped,not_ready" in (tmp_path / "output.csv").read_text("utf-8-sig")
    shop.stack.sandbox.control("DELETE", "faults")
    progress.get_by_role("button", name="Resend these").click()
    again = page.get_by_role("dialog", name="Send again")
    expect(again).to_contain_text("Linesabout 3")
    again.get_by_role("button", name="Send again").click()
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    page.get_by_role("navigation").get_by_role("link", name="Queued Jobs").click()
    newest = page.get_by_role("row").nth(1)
    for text in ("Launch again", "Completed", "Normal", "ana"):
        expect(newest).to_contain_text(text)
    page.get_by_label("Status").select_option("Failed")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Failed")


def test_b7_a_job_that_waits_while_sending_is_paused_is_cancelled(window: Window, shop: Shop) -> None:
    ready_product(shop, "B7-STOP")
    await_ready(shop, "B7-STOP")
    page = window.open("settings/backmarket/")
    page.locator("summary", has_text="Sending").click()
    page.get_by_role("button", name="Pause all sending").click()
    expect(page.get_by_text("Nothing is sent to Back Market.").first).to_be_visible()
    page = window.open("catalog/B7-STOP/backmarket/")
    act(page, "Update/Post Product to BackMarket").get_by_role("button", name="Send").click()
    follow_toast(page)
    cancel, dialog = page.get_by_role("button", name="Cancel…"), page.get_by_role("dialog")
    # The part it stands in is drawn anew each second: the focus, what is selected and a press that lasts outlive that.
    cancel.focus()
    page.get_by_role("region", name="Progress").get_by_text("Waiting", exact=True).select_text()
    drawn_anew(page)
    assert page.evaluate("getSelection().toString()") == "Waiting"
    expect(cancel).to_be_focused()
    cancel.hover()
    page.mouse.down()
    drawn_anew(page)
    page.mouse.up()
    dialog.get_by_role("button", name="Go on with it").click()
    expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Cancel the job").click()
    expect(status(page)).to_have_text("Cancelled", timeout=PATIENCE)
    page = window.open("settings/backmarket/")
    page.locator("summary", has_text="Sending").click()
    page.get_by_role("button", name="Resume sending").click()
    expect(page.get_by_text("Sending goes on.")).to_be_visible()
    assert shop.stack.sandbox.listing("B7-STOP") is None


def test_b8_a_change_is_queued_sent_accepted_and_verified_and_drift_is_shown(window: Window, shop: Shop) -> None:
    linked_products(shop, "B8-DRIFTS")
    page = window.open("catalog/B8-DRIFTS/backmarket/")
    timeline = page.get_by_role("region", name="Timeline")
    for text in ("Sent", "Accepted by Back Market", "Verified", "req "):
        expect(timeline.get_by_text(text).first).to_be_visible(timeout=PATIENCE)
    changed = {"markets": {"fr-fr": {"price": "333.00"}}}
    shop.stack.sandbox.control("PUT", "listings/B8-DRIFTS", changed)
    standing = page.get_by_role("region", name="On Back Market")
    expect(standing).to_contain_text("Changed by hand there", timeout=PATIENCE)
    expect(standing).to_contain_text("333,00")
    assert there(shop, "B8-DRIFTS")["price"] == "333.00"  # shown only
    page = window.open("catalog/")
    page.locator("summary", has_text="Kind of drift").click()
    page.locator("details[open]").get_by_role("link", name="Changed by hand there").click()
    expect(row(page, "B8-DRIFTS")).to_contain_text("Changed by hand there")


def test_c1_the_connection_says_what_is_wrong_and_a_market_without_updates_says_that_it_still_sells(
    window: Window, shop: Shop
) -> None:
    page = window.open("settings/backmarket/")
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_text("accepts this connection.")).to_be_visible()
    # A worker that reads orders meanwhile would rightly pause the account, until somebody resumes it.
    shop.api.call("POST", "backmarket/sending", {"action": "pause"})
    shop.stack.sandbox.control("PUT", "settings", {"token": "another"})
    page.get_by_role("button", name="Test Connection").click()
    expect(page.locator("#probe").get_by_role("alert")).to_contain_text("token")
    shop.stack.sandbox.control("PUT", "settings", {"token": TOKEN})
    shop.api.call("POST", "backmarket/sending", {"action": "resume"})
    page.reload()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Token").fill(TOKEN)
    expect(page.get_by_text("It still sells there until its quantity is 0.")).to_be_visible()
    page.get_by_label("Updates in Germany").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="Before this is saved")
    expect(told).to_contain_text("Lines to send")  # told by now, so that nothing moves any more
    told.get_by_role("link", name="Leave it as it was").click()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Updates in Germany")).to_be_checked()


def test_c2_client_settings_say_what_is_missing_for_them_to_be_in_force(window: Window, shop: Shop) -> None:
    window.page.goto(f"{shop.stack.url}/settings/client/")
    page = window.page
    expect(page.get_by_text("Each is in force for a company when both this setting")).to_be_visible()
    expect(page.get_by_text("No installed plugin does this, so nothing changes.").first).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Enable Filtered Products For Back Market Upload").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page = window.open("settings/")
    page.locator("summary", has_text="Toolbox").click()
    page.get_by_role("link", name="Plugins").first.click()
    expect(page.get_by_role("heading", name="follow-price-to-win")).to_be_visible()


def test_c3_an_own_condition_is_mapped_to_a_grade_and_the_product_becomes_ready(window: Window, shop: Shop) -> None:
    ready_product(shop, "C3-SCRATCHED", condition="Lightly scratched")
    page = window.open("catalog/C3-SCRATCHED/backmarket/")
    page.locator("[data-hint=ready-hint]").hover()
    expect(page.get_by_role("link", name="has no Back Market grade")).to_be_visible()
    page = window.open("settings/conditions/")
    page.get_by_label("Grade of Lightly scratched").select_option("Good")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save and apply").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page = window.open("catalog/C3-SCRATCHED/backmarket/")
    expect(page.locator(".lw-answer-yes")).to_have_text("Yes")


def test_c4_before_a_setting_is_saved_it_says_what_changes_and_how_long_it_takes(window: Window, shop: Shop) -> None:
    uploads(shop, on=True)
    linked_products(shop, "C4-LINKED")
    page = window.open("settings/backmarket/?edit=1")
    page.get_by_label("Safety Qty").fill("500")
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="Before this is saved")
    for text in ("Listings changed", "Going offline", "Going online", "Lines to send", "All there in about"):
        expect(told).to_contain_text(text)
    told.get_by_role("link", name="Leave it as it was").click()
    assert shop.api.get("backmarket/settings")["default_safety_quantity"] == 0
