"""What was typed is not lost by reloading or going back, and lists that say they are live are."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shop, Window
from tests.browser.walks import PATIENCE, act, first_leaf, linked_products
from tests.harness import TOKEN, eventually

DONE = ".lw-toast[data-seen]"
"""A message that the page's scripts have met: by then they have forgotten what was saved."""
SKU = "TYPED"
HERE = f"catalog/{SKU}/backmarket/"
EDIT = f"{HERE}?edit=1"
AGAIN = "What you had typed is here again."


@pytest.fixture(autouse=True)
def product(shop: Shop) -> None:
    """As it was, whatever the test before has saved."""
    if SKU not in {row["sku"] for row in shop.api.get("products")["results"]}:
        shop.api.call(
            "POST", "products", {"sku": SKU, "name": "Typed phone", "site_price": "199.90", "stock": {"main": 5}}
        )
    shop.api.call("PATCH", f"products/{SKU}/backmarket", {"title": "Before", "comment": None, "price_default": True})


def again(page: Page) -> Locator:
    """The line that says so."""
    return page.get_by_role("note").filter(has_text=AGAIN)


def kept(page: Page) -> str:
    """All that this tab keeps."""
    found: str = page.evaluate("JSON.stringify({...sessionStorage})")
    return found


def test_what_was_typed_is_there_again_after_a_reload_and_is_saved(window: Window, shop: Shop) -> None:
    page = window.open(EDIT)
    page.get_by_label("Back Market Title", exact=True).fill("After")
    page.get_by_label("Back Market Price", exact=True).fill("150")
    page.get_by_label("Enable Back Market Repricing").check()
    page.locator("#field-min_price").fill("120")
    own = page.locator("details", has=page.locator("#field-markets-de-de-title"))
    own.locator("summary").click()
    page.locator("#field-markets-de-de-title").fill("Telefon")
    page.reload()
    expect(again(page)).to_be_visible()
    expect(page.locator("#said")).to_have_text(AGAIN)  # for a screen reader
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("After")
    expect(page.get_by_label("Back Market Price", exact=True)).to_have_value("150")
    expect(page.get_by_label("Default for Back Market Price")).not_to_be_checked()
    expect(page.locator("#field-min_price")).to_be_visible()
    expect(page.locator("#field-min_price")).to_have_value("120")
    expect(page.locator("#field-markets-de-de-title")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(DONE).filter(has_text="Saved.")).to_be_visible()
    saved = shop.api.get(f"products/{SKU}/backmarket")
    assert (saved["title"], saved["price"], saved["min_price"]) == ("After", "150.00", "120.00")
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("After")
    expect(again(page)).to_have_count(0)
    assert "After" not in kept(page)


def test_a_default_box_that_was_ticked_can_still_be_taken_back_after_a_reload(window: Window, shop: Shop) -> None:
    shop.api.call("PATCH", f"products/{SKU}/backmarket", {"price_default": False, "price": "140.00"})
    page = window.open(EDIT)
    price, box = page.get_by_label("Back Market Price", exact=True), page.get_by_label("Default for Back Market Price")
    box.check()
    page.reload()
    expect(box).to_be_checked()
    expect(price).to_have_value("199,90")
    box.uncheck()
    expect(price).to_have_value("140,00")


def test_what_another_has_changed_meanwhile_is_found_though_the_page_was_reloaded(window: Window, shop: Shop) -> None:
    page = window.open(EDIT)
    page.get_by_label("Back Market Title", exact=True).fill("Mine")
    page.get_by_label("Back Market Price", exact=True).fill("150")
    shop.api.call("PATCH", f"products/{SKU}/backmarket", {"title": "Theirs", "comment": "Also theirs"})
    page.reload()
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("Mine")
    expect(page.locator("#field-comment")).to_have_value("Also theirs")
    page.get_by_role("button", name="Save").click()
    told = page.get_by_text("Somebody else has set this to “Theirs” meanwhile; you entered “Mine”.")
    expect(told).to_be_visible()
    assert shop.api.get(f"products/{SKU}/backmarket")["title"] == "Theirs"
    expect(again(page)).to_have_count(0)
    window.errors.clear()  # the browser notes the 409
    # Who has seen both and comes back to it later has still seen both.
    window.open(EDIT)
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("Mine")
    expect(page.get_by_label("Back Market Price", exact=True)).to_have_value("150")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(DONE).filter(has_text="Saved.")).to_be_visible()
    saved = shop.api.get(f"products/{SKU}/backmarket")
    assert (saved["title"], saved["price"], saved["comment"]) == ("Mine", "150.00", "Also theirs")


def test_a_default_that_another_has_ticked_meanwhile_does_not_take_the_price_that_was_typed(
    window: Window, shop: Shop
) -> None:
    shop.api.call("PATCH", f"products/{SKU}/backmarket", {"price_default": False, "price": "140.00"})
    page = window.open(EDIT)
    page.get_by_label("Back Market Price", exact=True).fill("150")
    shop.api.call("PATCH", f"products/{SKU}/backmarket", {"price_default": True})
    page.reload()
    expect(page.get_by_label("Back Market Price", exact=True)).to_have_value("150")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="Somebody else has changed this meanwhile.")).to_be_visible()
    window.errors.clear()  # the browser notes the 409


@pytest.mark.parametrize("way", ["Cancel", "Discard it"])
def test_what_was_typed_is_forgotten_when_one_asks_for_it(window: Window, way: str) -> None:
    page = window.open(EDIT)
    page.get_by_label("Back Market Title", exact=True).fill("Never mind")
    page.reload()
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("Never mind")
    page.get_by_text(way, exact=True).click()
    expect(again(page)).to_have_count(0)
    if way == "Cancel":
        page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("Before")
    assert "Never mind" not in kept(page)


def test_a_form_that_comes_back_with_errors_shows_what_was_typed_and_keeps_it(window: Window) -> None:
    page = window.open(EDIT)
    page.get_by_label("Back Market Title", exact=True).fill("Kept")
    page.get_by_label("Back Market Price", exact=True).fill("cheap")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“cheap” is not an amount.").last).to_be_visible()
    expect(page.get_by_label("Back Market Price", exact=True)).to_have_value("cheap")
    expect(again(page)).to_have_count(0)
    page.get_by_label("Back Market Price", exact=True).fill("160")
    window.open(EDIT)
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("Kept")
    expect(page.get_by_label("Back Market Price", exact=True)).to_have_value("160")
    window.errors.clear()  # the browser notes the 400


def test_the_attributes_of_a_category_come_back_with_it(window: Window, shop: Shop) -> None:
    leaf = first_leaf(shop)
    asked = next(item for item in leaf["attributes"] if item["required"])
    field = f"#field-attributes-{asked['field']}".replace(".", "-")
    value = asked["allowed"][0] if asked["allowed"] else "1"
    page = window.open(EDIT)
    category = page.get_by_label("Default Category")
    category.fill(f"#{leaf['marketplace_category_id']}")
    category.press("Tab")
    page.locator(field).wait_for()
    if asked["allowed"]:
        page.locator(field).select_option(value)
    else:
        page.locator(field).fill(value)
    asking: list[str] = []
    page.on("request", lambda request: asking.append(request.url) if "/attributes/" in request.url else None)
    page.reload()
    expect(category).to_have_value(f"#{leaf['marketplace_category_id']}")
    expect(page.locator(field)).to_have_value(value)
    assert len(asking) == 1, asking  # a second answer would empty them for a moment
    page.get_by_role("button", name="Save").click()
    expect(page.locator(DONE).filter(has_text="Saved.")).to_be_visible()
    saved = shop.api.get(f"products/{SKU}/backmarket")
    assert saved["category"] == leaf["marketplace_category_id"]
    assert saved["attributes"][asked["field"]] == value


def test_neither_secrets_nor_the_keys_of_a_form_are_kept(window: Window) -> None:
    page = window.open("settings/backmarket/?edit=1")
    page.get_by_label("Token", exact=True).fill(f"{TOKEN}-new")
    page.get_by_label("Safety Qty", exact=True).fill("7")
    page.get_by_label("Updates in Spain").check()
    keys = page.locator("#general").locator("[name=once], [name=csrfmiddlewaretoken]")
    secrets = [f"{TOKEN}-new", *(keys.nth(i).input_value() for i in range(keys.count()))]
    assert len(secrets) == 3
    assert "markets.es-es.enabled" in kept(page)
    assert [secret for secret in secrets if secret in kept(page)] == []
    page.reload()
    expect(page.get_by_label("Safety Qty", exact=True)).to_have_value("7")
    expect(page.get_by_label("Updates in Spain")).to_be_checked()
    expect(page.get_by_label("Token", exact=True)).to_have_value("")


def test_what_is_asked_about_before_it_is_saved_is_kept_until_it_is_or_is_left_as_it_was(window: Window) -> None:
    page = window.open("settings/backmarket/?edit=1")
    page.get_by_label("Safety Qty", exact=True).fill("8")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Before this is saved")).to_be_visible()
    window.open("settings/backmarket/?edit=1")
    expect(page.get_by_label("Safety Qty", exact=True)).to_have_value("8")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Leave it as it was").click()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Safety Qty", exact=True)).not_to_have_value("8")


def test_conditions_that_were_saved_do_not_come_back_on_the_same_page(window: Window) -> None:
    page = window.open("settings/conditions/")
    page.get_by_label("Another condition").fill("Shiny")
    page.get_by_label("Its grade").select_option("EXCELLENT")
    first = page.locator("[name=grade]").first
    before = first.input_value()
    first.select_option("STALLONE")
    page.reload()
    expect(again(page)).to_be_visible()
    expect(page.get_by_label("Another condition")).to_have_value("Shiny")
    expect(first).to_have_value("STALLONE")
    first.select_option(before)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(DONE).filter(has_text="Saved.")).to_be_visible()
    expect(page.get_by_label("Grade of Shiny")).to_have_value("EXCELLENT")
    expect(again(page)).to_have_count(0)
    expect(page.get_by_label("Another condition")).to_have_value("")


def test_a_product_that_is_being_added_is_there_again_when_one_comes_back(window: Window) -> None:
    page = window.open("products/new/")
    page.get_by_role("textbox", name="SKU").fill("NEW-1")
    page.get_by_label("Description").fill("Two\nlines")
    page.get_by_role("link", name="Queued Jobs").first.click()
    page.wait_for_url("**/jobs/")
    page.go_back()
    expect(page.get_by_role("textbox", name="SKU")).to_have_value("NEW-1")
    expect(page.get_by_label("Description")).to_have_value("Two\nlines")
    page.get_by_role("button", name="Create the product").click()
    expect(page.get_by_role("heading", name="NEW-1")).to_be_visible()
    expect(page.locator(DONE)).to_be_visible()
    window.open("products/new/")
    expect(page.get_by_role("textbox", name="SKU")).to_have_value("")


def test_a_template_keeps_its_columns_apart_from_those_of_a_new_one(window: Window) -> None:
    page = window.open("uploads/templates/new/")
    page.get_by_label("Name", exact=True).fill("Prices")
    page.get_by_role("checkbox").nth(2).check()
    page.reload()
    expect(page.get_by_role("checkbox").nth(2)).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(DONE)).to_be_visible()
    page.locator("details", has=page.get_by_text("Change columns")).locator("summary").click()
    page.get_by_role("link", name="Change columns").click()
    page.get_by_label("Name", exact=True).fill("Prices and more")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Prices and more")
    window.open("uploads/templates/new/")
    expect(page.get_by_label("Name", exact=True)).to_have_value("")


def test_what_was_sent_and_never_answered_is_there_when_one_goes_back(window: Window) -> None:
    page = window.open(EDIT)
    page.get_by_label("Back Market Title", exact=True).fill("Lost on the way")
    page.route(f"**/{HERE}", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Save").click()
    page.wait_for_url("chrome-error://**")
    page.go_back()
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("Lost on the way")
    expect(again(page)).to_be_visible()
    window.errors.clear()  # the browser notes the request that failed


def test_what_was_sent_after_the_session_ended_is_there_once_one_has_signed_in_again(window: Window) -> None:
    page = window.open(EDIT)
    page.get_by_label("Back Market Title", exact=True).fill("Typed all night")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#properties")).to_have_count(0)
    page.context.add_cookies([{"name": one["name"], "value": one["value"], "url": window.shop.url} for one in cookies])
    window.open("")
    window.open(EDIT)
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("Typed all night")
    window.errors.clear()  # the browser notes the 403


def test_where_a_browser_keeps_nothing_forms_work_as_ever(window: Window) -> None:
    window.page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
    )
    page = window.open(EDIT)
    page.get_by_label("Back Market Title", exact=True).fill("Not kept")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(DONE).filter(has_text="Saved.")).to_be_visible()


def test_an_order_appears_without_a_reload_and_leaves_the_focus_where_it_is(window: Window, shop: Shop) -> None:
    linked_products(shop, "SOLD")
    shop.api.call("PATCH", "backmarket/settings", {"orders_download": True, "stock_feed": "stock_master"})
    page = window.open("orders/?sku=SOLD")
    expect(page.get_by_text("No such orders")).to_be_visible()
    search = page.get_by_label("Orders of one merchant SKU")
    search.fill("typing")
    order = {"market": "fr-fr", "lines": [{"sku": "SOLD", "quantity": 1}], "race": True}
    shop.stack.sandbox.control("POST", "orders", order)
    shop.stack.sandbox.control(
        "POST", "orders", {"market": "fr-fr", "lines": [{"sku": "ELSE", "quantity": 1}], "race": True}
    )
    link = page.get_by_role("link", name="SOLD", exact=True)
    expect(link).to_be_visible(timeout=PATIENCE)
    expect(search).to_be_focused()
    expect(search).to_have_value("typing")
    link.focus()
    shop.stack.sandbox.control("POST", "orders", order)
    expect(link).to_have_count(2, timeout=PATIENCE)
    eventually(lambda: len(shop.api.get("orders")["results"]) == 3, within=60, what="the order of another SKU was read")
    expect(page.get_by_role("link", name="ELSE", exact=True)).to_have_count(0)
    assert page.evaluate("document.activeElement.textContent") == "SOLD"


def test_a_live_list_stays_while_the_server_is_troubled_and_goes_on_behind_it(window: Window, shop: Shop) -> None:
    troubled = True
    page = window.open("orders/")
    page.route(
        "**/orders/",
        lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>") if troubled else route.continue_(),
    )
    expect(page.locator(".lw-toast").filter(has_text="Trying again…")).to_be_visible()
    expect(page.locator("#orders")).to_have_count(1)
    troubled = False
    window.errors.clear()  # the browser notes the 502
    with page.expect_response(lambda answer: answer.url.endswith("/orders/") and answer.ok):
        pass
    expect(page.locator(".lw-toast").filter(has_text="Trying again…")).to_have_count(0)
    window.errors.clear()


def test_what_does_not_get_through_is_told_and_goes_once_when_clicked_again(window: Window, shop: Shop) -> None:
    linked_products(shop, "OFFLINE")
    before = len(shop.api.get("jobs")["results"])
    page = window.open("catalog/OFFLINE/backmarket/")
    send = act(page, "Update Price and Qty to BackMarket").get_by_role("button", name="Send")
    page.context.set_offline(True)
    send.click()
    told = page.get_by_role("alert").filter(has_text="may not have been done")
    expect(told).to_be_visible()
    page.context.set_offline(False)
    send.dblclick()
    expect(page.locator(".lw-toast").get_by_role("link")).to_be_visible()
    expect(told).to_have_count(0)
    assert len(shop.api.get("jobs")["results"]) == before + 1
    window.errors.clear()  # the browser notes that it was offline
