"""Manage Catalog in a real browser: readiness by hover, focus and tap; launching to a Queued Job; the keyboard, also on
Back Market Properties."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Shop, Window
from tests.browser.first_run import COMPANY, PASSWORD
from tests.harness import eventually

BARE = "BARE-1"
READY = "READY-1"


@pytest.fixture(scope="module", autouse=True)
def products(shop: Shop) -> None:
    """One product that lacks nearly everything, one that is ready, one with a long name and a slash in its SKU."""
    leaf = _first_leaf(shop)
    bodies: list[dict[str, Any]] = [
        {"sku": BARE, "name": "Bare phone"},
        {"sku": "LONG/1", "name": "A phone with a name that does not end " * 6},
        {
            "sku": READY, "name": "Ready phone", "condition": "Very good", "site_price": "399.00", "stock": {"main": 12},
            "ean": "4006381333931", "brand": "Apple", "weight_oz": "6.14", "list_price": "909.00", "description": "Tested.",
            "images": [{"url": "https://pictures.example/1.jpg", "main": True}],
        },
    ]  # fmt: skip
    for body in bodies:
        shop.api.call("POST", "products", body)
    required = [item for item in leaf["attributes"] if item["required"]]
    shop.api.call(
        "PATCH",
        f"products/{READY}/backmarket",
        {
            "title": "Ready phone", "description": "Tested.", "category": leaf["marketplace_category_id"],
            "attributes": {item["field"]: item["allowed"][0] if item["allowed"] else "1" for item in required},
            "warranty_months": 12, "comment": "Tested.", "enabled": True,
        },
    )  # fmt: skip
    eventually(
        lambda: shop.api.call("GET", "products?ready=true")["results"], within=60, what="the ready product was planned"
    )


def _first_leaf(shop: Shop) -> dict[str, Any]:
    level = eventually(lambda: shop.api.get("categories")["results"], within=60, what="the categories were read")
    while not level[0]["is_leaf"]:
        level = shop.api.get("categories", parent=level[0]["category_id"])["results"]
    found: dict[str, Any] = level[0]
    return found


def _row(page: Page, sku: str) -> Any:
    return page.get_by_role("row").filter(has=page.get_by_label(f"Select {sku}"))


@pytest.mark.parametrize("by", ["hover", "focus", "tap"])
def test_a_red_no_tells_what_is_missing_and_leads_there(window: Window, by: str) -> None:
    page = window.open("catalog/")
    no = _row(page, BARE).get_by_role("button", name="No")
    told = _row(page, BARE).get_by_text("Enter a Back Market Title, or copy it from the product.")
    expect(told).to_be_hidden()
    if by == "hover":
        no.hover()
    elif by == "focus":
        page.get_by_label(f"Select {BARE}").focus()
        for _ in range(2):  # over the product's name
            page.keyboard.press("Tab")
        expect(no).to_be_focused()
    else:
        no.tap()
    expect(told).to_be_visible()
    assert told.get_attribute("href") == f"/{COMPANY}/catalog/{BARE}/backmarket/?edit=1#field-title"
    if by == "hover":
        page.mouse.move(5, 5)
        expect(told).to_be_hidden()
    else:
        page.keyboard.press("Escape")
        expect(told).to_be_hidden()


def test_a_ready_product_is_launched_and_its_job_followed_to_the_end(window: Window) -> None:
    page = window.open("catalog/")
    expect(_row(page, READY).get_by_text("Yes", exact=True)).to_be_visible()
    page.get_by_label(f"Select {READY}").check()
    page.get_by_label(f"Select {BARE}").check()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Launch on Channel").click()
    dialog = page.get_by_role("dialog", name="Launch on Channel")
    expect(dialog.get_by_label("Channel")).to_have_value("backmarket")
    expect(dialog).to_contain_text("2 products")
    expect(dialog).to_contain_text("Back Market Enabled is off")
    dialog.get_by_role("button", name="Launch").dblclick()
    toast = page.locator(".lw-toast")
    expect(toast).to_have_count(1)
    expect(dialog).to_be_hidden()
    toast.get_by_role("link").click()
    live = page.get_by_role("region", name="Progress")
    # One was sent, the other was left out and says why; the page follows by itself.
    expect(live).to_contain_text("Partial success", timeout=60_000)
    expect(live).to_contain_text("Waiting0")
    expect(page.locator("#rows")).to_contain_text("Back Market Enabled is off for this product.")
    assert len(window.shop.api.call("GET", "jobs?kind=launch")["results"]) == 1


def test_the_keyboard_alone_searches_and_opens_a_product(window: Window) -> None:
    page = window.open("catalog/")
    page.keyboard.press("/")
    page.keyboard.type("ready ph")
    page.keyboard.press("Enter")
    page.wait_for_url("**/catalog/?search=ready+ph")
    expect(page.get_by_label(f"Select {READY}")).to_be_visible()
    expect(page.get_by_label(f"Select {BARE}")).to_have_count(0)
    expect(page.locator("#matching")).to_have_text("1 product")


# Notes what the focus meets.
_NOTE = """() => {
  window.met = [];
  addEventListener('focusin', ({target}) => window.met.push(target));
  return document.querySelectorAll('a[href], button, input, select, textarea, summary').length;
}"""
# What of a part was met, and which of it stands before what was met ahead of it: in the page, or for the eye. Hints open
# above the page, with links of their own.
_ORDER = """(parts) => {
  const text = (e) => e.getAttribute('aria-label') || e.id || e.name || e.textContent.trim();
  const met = [...new Set(window.met)].filter((e) => e.closest(parts) && !e.closest('[popover]'));
  const wrong = [];
  met.slice(1).forEach((now, index) => {
    const ahead = met[index], pair = `${text(ahead)}, then ${text(now)}`;
    if (!(ahead.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING)) wrong.push(`page: ${pair}`);
    if (ahead.closest(parts) !== now.closest(parts)) return;
    const [was, is] = [ahead.getBoundingClientRect(), now.getBoundingClientRect()];
    const beside = is.top < was.bottom && was.top < is.bottom;
    if (is.bottom <= was.top || (beside && is.right <= was.left)) wrong.push(`eye: ${pair}`);
  });
  return [met.length, wrong];
}"""


@pytest.mark.parametrize(
    ("address", "parts", "least"),
    [("catalog/", "#products", 12), (f"catalog/{READY}/backmarket/?edit=1", "#properties .lw-panel", 20)],
)
def test_tab_goes_through_the_fields_in_the_order_of_the_page(
    window: Window, address: str, parts: str, least: int
) -> None:
    page = window.open(address)
    for _ in range(page.evaluate(_NOTE)):
        page.keyboard.press("Tab")
    met, wrong = page.evaluate(_ORDER, parts)
    assert met >= least
    assert wrong == []


def test_signing_out_and_in_again_leads_back_to_the_page_one_wanted(window: Window, shop: Shop) -> None:
    page = window.page
    page.context.clear_cookies()  # the other tests' session goes on
    page.goto(f"{shop.url}/jobs/")
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shop.url}/jobs/")
    page.get_by_text("Account of ana").locator("..").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    page.goto(f"{shop.url}/jobs/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_is_not_answered_at_once_shows_that_it_is_under_way(window: Window) -> None:
    asked, counting = list[Route](), list[Route]()
    window.page.route("**/actions/enable/ask/", lambda route: asked.append(route))
    window.page.route("**/actions/count/", lambda route: counting.append(route))
    page = window.open("catalog/")
    page.get_by_label(f"Select {READY}").check()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Enable", exact=True).click()
    line = page.get_by_role("progressbar", name="Working")
    expect(line).to_be_visible()
    counting[0].continue_()
    expect(page.locator("#matching")).to_contain_text("products")  # a part that came by itself ends nothing
    expect(line).to_be_visible()
    asked[0].continue_()
    expect(page.get_by_role("dialog", name="Enable for Back Market")).to_be_visible()
    expect(line).to_be_hidden()


def test_all_that_match_are_selected_by_one_more_click(window: Window) -> None:
    page = window.open("catalog/")
    page.get_by_label("Select this page").check()
    page.get_by_role("button", name="Select all that match").click()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Disable…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 products")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


def test_a_column_that_is_left_out_stays_away_after_a_reload(window: Window) -> None:
    page = window.open("catalog/")
    head = page.get_by_role("columnheader", name="Site price")
    expect(head).to_be_visible()
    page.get_by_text("Columns", exact=True).click()
    chosen = page.locator(".lw-columns")
    chosen.get_by_text("Site price").click()
    expect(head).to_be_hidden()
    chosen.get_by_text("Markets").click()  # the menu stays open for the next
    page.reload()
    expect(page.get_by_role("columnheader", name="Condition")).to_be_visible()
    expect(head).to_be_hidden()
