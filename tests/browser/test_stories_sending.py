"""What B1 to B8 say beyond `test_stories`: the first automatic sends, all that match, stopping for good, held and lowered."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shop, Window
from tests.browser.walks import (
    PATIENCE,
    act,
    await_ready,
    await_there,
    fields_sent,
    follow_toast,
    last_request,
    linked_products,
    ready_product,
    sending,
    status,
    there,
    uploads,
)
from tests.harness import eventually

ENVIRONMENT = {"LISTWRIGHT_VERIFY_INTERVAL": "3"}
FIRST = "B4-FIRST"
ALL = 52
"""More products than a page of Manage Catalog shows."""


def download(window: Window) -> Page:
    """Download the Active Listings, and to the list as it is then."""
    page = window.open("unlinked/")
    button, ended = (
        page.get_by_role("button", name="Download Active Listings"),
        page.locator("#progress").get_by_text("download has ended"),
    )
    if button.is_disabled():  # the clock's own is under way
        expect(ended).to_be_visible(timeout=PATIENCE)
        page.reload()
    button.click()
    expect(ended).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Show the list as it is now").click()
    return page


def set_up(window: Window, *names: str, on: bool) -> None:
    """Switch settings of *General Settings* on or off, once it has said what that does."""
    page = window.open("settings/backmarket/")
    page.get_by_role("link", name="Edit").click()
    for name in names:
        page.get_by_label(name, exact=True).set_checked(on)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("alert").filter(has_text="Before this is saved").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def sell(window: Window, sku: str, *, units: int | None = None, price: str = "") -> None:
    """Set the units in stock, and the Back Market Price, on their pages."""
    if units is not None:
        page = window.open(f"catalog/{sku}/")
        page.get_by_label("Units in main").fill(str(units))
        page.keyboard.press("Enter")
        expect(page.get_by_text("Stock in main was set.").first).to_be_visible()
    if price:
        page = window.open(f"catalog/{sku}/backmarket/?edit=1")
        page.get_by_label("Back Market Price", exact=True).fill(price)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()


def standing(page: Page, value: str) -> Locator:
    """The row of a value in *On Back Market*: what is wanted, and what is there."""
    return page.get_by_role("region", name="On Back Market").get_by_role("row").filter(has_text=value)


def test_b6_linking_takes_what_stands_there_in_each_market_as_the_baseline(window: Window, shop: Shop) -> None:
    markets = {
        "fr-fr": {"price": "200.00", "comment": "Comme il était.", "warranty_delay": 24},
        "en-gb": {"price": "180.00", "comment": "As it was.", "warranty_delay": 18},
    }
    body = {"sku": FIRST, "quantity": 3, "grade": "GOOD", "ean": "4006381333931", "markets": markets}
    shop.stack.sandbox.control("POST", "listings", {"listings": [body]})
    page = download(window)
    page.get_by_label(f"Choose {FIRST}").check()
    page.get_by_role("button", name="Create products").click()
    expect(page.get_by_text("1 product was created and linked.")).to_be_visible()
    page = window.open(f"catalog/{FIRST}/backmarket/")
    for value, there_now in {"Quantity": "3", "France": "200,00", "Kingdom": "£180.00"}.items():
        expect(standing(page, value)).to_contain_text(there_now)
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Back Market Enabled")).not_to_be_checked()
    expect(page.get_by_label("Default for Back Market Price")).not_to_be_checked()
    expect(page.get_by_label("Back Market Price", exact=True)).to_have_value("200,00")
    expect(page.locator("#field-markets-en-gb-price")).to_have_value("180.00")
    taken = shop.api.get(f"products/{FIRST}/backmarket")["markets"]
    for market, stood in markets.items():
        known = (taken[market]["comment_there"], taken[market]["warranty_months_there"])
        assert known == (stood["comment"], stood["warranty_delay"])
    assert fields_sent(shop, FIRST, 0) == set()


def test_b4_uploads_are_off_at_first_and_each_lets_its_own_values_arrive_once_the_first_was_approved(
    window: Window, shop: Shop
) -> None:
    page = window.open("settings/backmarket/?edit=1")
    for name in ("Enable Inventory Upload", "Enable Prices Upload"):
        expect(page.get_by_label(name)).not_to_be_checked()
    page = window.open(f"catalog/{FIRST}/backmarket/?edit=1")
    page.get_by_label("Back Market Enabled").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    sell(window, FIRST, units=2, price="210")
    page = window.open(f"catalog/{FIRST}/backmarket/")
    for value in ("Quantity", "France"):
        expect(standing(page, value)).to_contain_text("nothing sends it now", timeout=PATIENCE)

    set_up(window, "Enable Prices Upload", on=True)
    held = page.get_by_role("row").filter(has_text="Price in France")

    def shown() -> bool:
        window.open("held/")
        return held.count() > 0

    eventually(shown, within=60, what="the first send is shown")
    expect(held.get_by_role("cell").nth(-2)).to_have_text(re.compile(r"^200,00"))
    expect(held.get_by_role("cell").last).to_contain_text("210,00")
    expect(page.get_by_role("row").filter(has_text="Quantity")).to_have_count(0)
    assert fields_sent(shop, FIRST, 0) == set()
    page.get_by_role("button", name="Approve all…").click()
    expect(page.get_by_role("dialog")).to_contain_text("to Back Market")
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. Automatic sends go from now on.")).to_be_visible()
    eventually(lambda: there(shop, FIRST)["price"] == "210.00", within=60, what="the approved price arrived")

    sell(window, FIRST, units=1, price="220")
    eventually(lambda: there(shop, FIRST)["price"] == "220.00", within=60, what="the next price arrived by itself")
    page = window.open(f"catalog/{FIRST}/backmarket/")
    expect(standing(page, "Quantity")).to_contain_text("nothing sends it now", timeout=PATIENCE)
    assert there(shop, FIRST)["quantity"] == 3
    assert fields_sent(shop, FIRST, 0) <= {"price", "currency"}

    set_up(window, "Order download", "Listwright is the stock master", "Enable Inventory Upload", on=True)
    await_there(shop, FIRST, 1)
    sell(window, FIRST, units=4)
    await_there(shop, FIRST, 4)


def test_b1_product_information_of_a_listing_is_updated(window: Window, shop: Shop) -> None:
    linked_products(shop, "B1-KNOWN")
    last = last_request(shop)
    page = window.open("catalog/B1-KNOWN/backmarket/?edit=1")
    page.get_by_label("Comment", exact=True).first.fill("A new battery, tested twice.")
    page.get_by_label("Warranty Delay").fill("36")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    act(page, "Update/Post Product to BackMarket").get_by_role("button", name="Send").click()
    follow_toast(page)
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    now = there(shop, "B1-KNOWN")
    assert (now["comment"], now["warranty_delay"]) == ("A new battery, tested twice.", 36)
    assert fields_sent(shop, "B1-KNOWN", last).isdisjoint({"price", "quantity"})


def test_b2_all_that_match_are_launched_as_one_queued_job(window: Window, shop: Shop) -> None:
    skus = {ready_product(shop, f"B2-ALL-{number:02}") for number in range(1, ALL + 1)}
    ready_product(shop, "B2-OTHER")
    await_ready(shop, *skus, "B2-OTHER")
    before = {job["id"] for job in shop.api.get("jobs", kind="launch")["results"]}
    page = window.open("catalog/?search=B2-ALL")
    page.get_by_label("Select this page").check()
    page.get_by_role("button", name="Select all that match").click()
    expect(page.locator("[data-selected]")).to_have_text("· all that match are selected")
    actions = page.locator("summary", has_text="Actions").last
    for scroll in (0, 100_000):  # at the bottom right of the window, wherever the page stands
        page.mouse.wheel(0, scroll)
        box, window_size = actions.bounding_box(), page.viewport_size
        assert box is not None and window_size is not None
        assert 0 < window_size["width"] - (box["x"] + box["width"]) < 40
        assert 0 < window_size["height"] - (box["y"] + box["height"]) < 40
    dialog = act(page, "Launch on Channel")
    expect(dialog.get_by_label("Channel").locator("option:checked")).to_have_text("BackMarket")
    for text in (f"Selected{ALL} products", f"To be sent{ALL}"):
        expect(dialog).to_contain_text(text)
    dialog.get_by_role("button", name="Launch", exact=True).click()
    follow_toast(page)
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)
    (job,) = [job for job in shop.api.get("jobs", kind="launch")["results"] if job["id"] not in before]
    rows = shop.api.get(f"jobs/{job['id']}/rows", limit=500)["results"]
    assert {row["sku"] for row in rows} == skus
    assert len(rows) == ALL
    assert all(there(shop, sku)["quantity"] == 5 for sku in skus)
    assert shop.stack.sandbox.listing("B2-OTHER") is None


def test_b5_a_deleted_product_goes_once_zero_is_confirmed(window: Window, shop: Shop) -> None:
    uploads(shop, on=False)
    linked_products(shop, "B5-DELETE")
    shop.api.call("POST", "backmarket/sending", {"action": "pause"})
    page = window.open("catalog/B5-DELETE/")
    page.locator("summary", has_text="Toolbox").click()
    page.get_by_role("button", name="Delete product…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Take it offline")).to_be_checked()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("goes as soon as Back Market has confirmed quantity 0.").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("note").filter(has_text="This product is being deleted")).to_be_visible()
    assert there(shop, "B5-DELETE")["quantity"] == 5
    shop.api.call("POST", "backmarket/sending", {"action": "resume"})
    eventually(
        lambda: not shop.api.get("products", search="B5-DELETE")["results"], within=60, what="the product is gone"
    )
    assert there(shop, "B5-DELETE")["quantity"] == 0
    page = window.open("catalog/?search=B5-DELETE")
    expect(page.get_by_text("No product matches")).to_be_visible()


def test_b5_a_product_is_unlinked_once_zero_is_confirmed(window: Window, shop: Shop) -> None:
    linked_products(shop, "B5-UNLINK")
    page = window.open("catalog/B5-UNLINK/backmarket/")

    def unlink() -> None:
        page.locator("summary", has_text="Actions").click()
        page.get_by_role("button", name="Unlink…").click()
        expect(page.get_by_role("dialog").get_by_label("Take it offline")).to_be_checked()
        page.get_by_role("dialog").get_by_role("button", name="Unlink").click()

    unlink()
    expect(page.get_by_text("Unlink again when it is confirmed.").first).to_be_visible()
    await_there(shop, "B5-UNLINK", 0)
    expect(standing(page, "Quantity")).to_contain_text("Verified", timeout=PATIENCE)
    unlink()
    expect(page.get_by_text("Unlinked.").first).to_be_visible()
    expect(page.get_by_role("region", name="On Back Market")).to_contain_text("Not linked")


def test_b5_nothing_is_sent_any_more_once_the_uploads_are_off(window: Window, shop: Shop) -> None:
    sending(shop)
    linked_products(shop, "B5-UPLOAD")
    sell(window, "B5-UPLOAD", units=4)
    await_there(shop, "B5-UPLOAD", 4)
    set_up(window, "Enable Inventory Upload", "Enable Prices Upload", on=False)
    last = last_request(shop)
    sell(window, "B5-UPLOAD", units=3, price="350")
    page = window.open("catalog/B5-UPLOAD/backmarket/")
    for value in ("Quantity", "France"):
        expect(standing(page, value)).to_contain_text("nothing sends it now", timeout=PATIENCE)
    assert there(shop, "B5-UPLOAD")["quantity"] == 4
    assert fields_sent(shop, "B5-UPLOAD", last) == set()


def test_b6_a_listing_that_vanished_is_missing_there_and_one_that_fits_a_second_time_waits_for_a_person(
    window: Window, shop: Shop
) -> None:
    linked_products(shop, "B6-TWICE")
    gone = there(shop, "B6-TWICE")["id"]
    shop.stack.sandbox.control("DELETE", "listings/B6-TWICE")
    page = download(window)
    page = window.open("catalog/B6-TWICE/backmarket/")
    expect(page.get_by_role("note").filter(has_text="Missing there.")).to_contain_text(
        "Nothing is created anew by itself"
    )
    assert shop.stack.sandbox.listing("B6-TWICE") is None
    market = {"fr-fr": {"price": "251.00", "comment": "Another."}}
    body = {"sku": "b6-twice", "quantity": 2, "grade": "GOOD", "ean": "4006381333986", "markets": market}
    shop.stack.sandbox.control("POST", "listings", {"listings": [body]})
    last = last_request(shop)
    page = download(window)
    expect(page.get_by_role("row").filter(has_text="b6-twice")).to_contain_text("The SKU fits more than once")
    assert shop.api.get("products/B6-TWICE/backmarket")["back_market_id"] == gone
    assert fields_sent(shop, "b6-twice", last) == set()


def test_b7_a_job_tells_who_asked_for_it_when_and_how_urgent_it_is(window: Window, shop: Shop) -> None:
    page = download(window)
    page.get_by_role("link", name="See the job").first.click()
    for text in ("Active Listings", "Asked for by ana, ", "priority High"):
        expect(page.locator(".lw-head-text")).to_contain_text(text)
    expect(page.locator(".lw-head-text time")).to_have_attribute("datetime", re.compile(r"^20\d\d-"))
    page.get_by_role("link", name="Queued Jobs").first.click()
    newest = page.get_by_role("row").nth(1)
    for text in ("Active Listings", "Completed", "High", "ana"):
        expect(newest).to_contain_text(text)
    expect(newest.locator("time")).to_have_attribute("datetime", re.compile(r"^20\d\d-"))


def test_b8_more_units_there_are_lowered_by_themselves_and_fewer_are_raised_only_when_an_order_explains_them(
    window: Window, shop: Shop
) -> None:
    sending(shop)
    linked_products(shop, "B8-UNITS")
    shop.api.call("PATCH", "products/B8-UNITS/backmarket", {"max_quantity_enabled": True, "max_quantity": 3})
    await_there(shop, "B8-UNITS", 3)
    page = window.open("catalog/B8-UNITS/backmarket/")
    expect(standing(page, "Quantity")).to_contain_text("Verified", timeout=PATIENCE)
    shop.stack.sandbox.control("PUT", "listings/B8-UNITS", {"quantity": 9})
    await_there(shop, "B8-UNITS", 3)
    expect(standing(page, "Quantity")).to_contain_text("Verified", timeout=PATIENCE)
    hidden = {"market": "fr-fr", "state": 0, "race": True, "lines": [{"sku": "B8-UNITS", "quantity": 1}]}
    order = shop.stack.sandbox.control("POST", "orders", hidden)
    expect(standing(page, "Quantity")).to_contain_text("Sold there", timeout=PATIENCE)
    assert there(shop, "B8-UNITS")["quantity"] == 2
    shop.stack.sandbox.control("POST", f"orders/{order['order_id']}", {"state": 1})
    await_there(shop, "B8-UNITS", 3)
