"""Product Details, Back Market Properties and settings in a real browser, as a person uses them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Shop, Window
from tests.browser.walks import linked_products

SKU = "PAGE-1"
HERE = f"catalog/{SKU}/backmarket/"


@pytest.fixture(scope="module", autouse=True)
def product(shop: Shop) -> None:
    """A product that lacks nearly everything."""
    shop.api.call("POST", "products", {"sku": SKU, "name": "Page phone", "site_price": "199.90", "stock": {"main": 5}})


@pytest.mark.parametrize("by", ["hover", "focus", "tap"])
def test_the_red_no_lists_what_is_missing_and_leads_to_the_field(window: Window, by: str) -> None:
    page = window.open(HERE)
    no = page.locator("[data-hint=ready-hint]")
    told = page.get_by_role("link", name="Enter a Back Market Title, or copy it from the product.")
    expect(told).to_be_hidden()
    if by == "hover":
        no.hover()
    elif by == "focus":
        page.locator("summary", has_text="Actions").focus()
        for _ in range(2):  # over the warnings
            page.keyboard.press("Tab")
        expect(no).to_be_focused()
    else:
        no.tap()
    expect(told).to_be_visible()
    told.click()
    page.wait_for_url("**/backmarket/?edit=1#field-title")
    expect(page.get_by_label("Back Market Title", exact=True)).to_be_focused()


def test_what_is_missing_of_the_product_itself_is_mended_where_its_link_leads(window: Window, shop: Shop) -> None:
    shop.api.call("POST", "products", {"sku": "BARE-1", "name": "Bare"})
    for link, field in (("Add an image", "field-image"), ("Stock has never been set", "field-stock-1")):
        page = window.open("catalog/?search=BARE-1")
        page.get_by_role("button", name="No", exact=True).click()
        page.get_by_role("link", name=link).click()
        page.wait_for_url("**/catalog/BARE-1/#*")
        expect(page.locator(f"#{field}")).to_be_focused()


def test_a_product_is_edited_saved_and_its_title_copied(window: Window) -> None:
    page = window.open(HERE)
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Copy Back Market Title from product").click()
    expect(page.get_by_label("Back Market Title", exact=True)).to_have_value("Page phone")
    page.get_by_label("Warranty Delay").fill("24")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    expect(page.locator("#field-warranty_months")).to_contain_text("24 months")


def test_default_boxes_show_what_they_pull_and_untick_when_one_writes(window: Window) -> None:
    page = window.open(f"{HERE}?edit=1")
    price, box = page.get_by_label("Back Market Price", exact=True), page.get_by_label("Default for Back Market Price")
    expect(price).to_have_value("199,90")
    expect(box).to_be_checked()
    price.fill("150")
    expect(box).not_to_be_checked()
    box.check()
    expect(price).to_have_value("199,90")
    expect(page.get_by_label("Min Price (Decimal)", exact=True).first).to_be_hidden()
    page.get_by_label("Enable Back Market Repricing").check()
    expect(page.locator("#field-min_price")).to_be_visible()


def test_what_is_wrong_is_unfolded_and_focused(window: Window) -> None:
    page = window.open(f"{HERE}?edit=1")
    own = page.locator("details", has=page.locator("#field-markets-fr-fr-min_price"))
    own.locator("summary").click()
    page.get_by_label("Enable Back Market Repricing").check()
    page.locator("#field-markets-fr-fr-min_price").fill("cheap")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“cheap” is not an amount.").last).to_be_visible()
    expect(page.locator("#field-markets-fr-fr-min_price")).to_be_focused()
    window.errors.clear()  # the browser notes the 400


def test_why_is_a_sum_that_can_be_checked(window: Window) -> None:
    page = window.open(HERE)
    page.get_by_role("button", name="Why 5?").click()
    why = page.get_by_role("dialog", name="Why this quantity?")
    expect(why.get_by_role("row").first).to_contain_text("Physical quantity")
    expect(why.get_by_role("row").first.get_by_role("cell").last).to_have_text("5")
    expect(why.get_by_role("row").last).to_contain_text("Available Qty for Back Market")
    page.keyboard.press("Escape")
    expect(why).to_be_hidden()


def test_nothing_jumps_when_one_begins_to_edit(window: Window) -> None:
    page = window.open(HERE)

    def places() -> dict[str, float]:
        found: dict[str, float] = page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('#properties .lw-row-label')].reverse()"
            ".filter(l => l.offsetParent).map(l => [l.textContent.trim(), l.getBoundingClientRect().top]))"
        )
        return found

    viewed = places()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    edited = places()
    same = viewed.keys() & edited.keys()
    assert {"Back Market Title", "Default Category", "Safety Qty", "Back Market Price"} <= same
    moved = {name: edited[name] - viewed[name] for name in same if abs(edited[name] - viewed[name]) > 12}
    assert moved == {}


def test_stock_is_set_without_leaving_the_page(window: Window) -> None:
    page = window.open(f"catalog/{SKU}/")
    page.get_by_label("Units in main").fill("7")
    page.keyboard.press("Enter")
    expect(page.locator("#stock").get_by_text("Stock in main was set.")).to_be_visible()
    expect(page.locator("#said")).to_have_text("Stock in main was set.")  # for a screen reader
    expect(page.get_by_label("Units in main")).to_have_value("7")
    page.get_by_label("Units in main").fill("5")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Units in main")).to_have_value("5")


def test_the_connection_is_tested(window: Window) -> None:
    page = window.open("settings/backmarket/")
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_text("accepts this connection.")).to_be_visible()


def test_what_a_setting_would_do_is_asked_again_once_the_network_is_back(window: Window) -> None:
    page, gone = window.open("settings/backmarket/?edit=1"), True
    page.route(
        "**/settings/backmarket/",
        lambda route: route.abort() if gone and route.request.headers.get("hx-request") else route.continue_(),
    )
    page.get_by_label("Safety Qty", exact=True).fill("7")
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("What it would change is being worked out…")).to_be_visible()
    gone = False
    expect(page.get_by_role("button", name="Save and apply")).to_be_visible(timeout=20_000)
    window.errors.clear()  # what the browser says of a network that is gone


def test_another_currency_says_what_it_takes_away_before_it_relabels_prices(window: Window, shop: Shop) -> None:
    linked_products(shop, "CURRENCY")
    page = window.open("settings/?edit=1")
    page.get_by_label("Currency").fill("GBP")
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="Before this is saved")
    expect(told).to_contain_text("No price is converted. Markets in GBP take the products’ prices")
    expect(told.get_by_role("button", name="Save and apply")).to_be_visible()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    told.get_by_role("link", name="Leave it as it was").click()
    expect(page.locator("#company")).to_contain_text("EUR")


def test_a_double_click_opens_a_dialog_and_does_not_close_it_again(window: Window) -> None:
    page = window.open("settings/warehouses/")
    page.get_by_role("button", name="Take off sale…").first.dblclick()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_form_that_does_not_get_through_keeps_what_was_typed_and_says_so(window: Window, shop: Shop) -> None:
    page = window.open(f"{HERE}?edit=1")
    page.get_by_role("textbox", name="Back Market Title").fill("Typed on the train")
    save = page.get_by_role("button", name="Save")
    page.context.set_offline(True)
    save.click()
    expect(page.get_by_role("alert").filter(has_text="nothing was sent")).to_be_visible()
    expect(page.get_by_role("textbox", name="Back Market Title")).to_have_value("Typed on the train")
    page.context.set_offline(False)
    save.click()
    expect(page.locator(".lw-toast").filter(has_text="Saved.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert shop.api.get(f"products/{SKU}/backmarket")["title"] == "Typed on the train"
    window.errors.clear()  # the browser notes that it was offline


def test_a_form_goes_where_only_the_machine_believes_that_it_has_no_network(window: Window) -> None:
    page = window.open(f"{HERE}?edit=1")
    page.evaluate("Object.defineProperty(navigator, 'onLine', { get: () => false })")
    page.get_by_role("textbox", name="Back Market Title").fill("Beside the server")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".lw-toast").filter(has_text="Saved.")).to_be_visible()
