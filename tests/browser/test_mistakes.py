"""What cannot be is asked for again where it was typed: the dialog stays, the field has the focus and says why."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Shop, Window

TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(autouse=True)
def _refusals_are_noted_by_the_browser(window: Window) -> Iterator[None]:
    yield
    window.errors[:] = [
        told for told in window.errors if "Response Status Error" not in told and "status of 4" not in told
    ]


def expect_marked(field: Locator, typed: str, told: str | re.Pattern[str]) -> None:
    expect(field).to_be_focused()
    expect(field).to_have_value(typed)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(told)


def test_a_warehouse_that_cannot_be_renamed_so_is_renamed_otherwise_in_the_dialog_that_came_back(
    window: Window, shop: Shop
) -> None:
    shop.api.call("POST", "warehouses", {"name": "Repair"})
    page = window.open("settings/warehouses/")
    page.get_by_role("button", name="Rename…").click()
    dialog = page.get_by_role("dialog", name="Rename Repair")
    name = dialog.get_by_label("New name")
    expect(name).to_be_focused()
    name.fill("main")
    dialog.get_by_role("button", name="Rename").click()
    expect_marked(name, "main", "There is a warehouse “main” already.")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Rename…")).to_be_focused()
    page.keyboard.press("Enter")
    name.fill("Shop")
    dialog.get_by_role("button", name="Rename").click()
    expect(page.locator(".lw-toast").filter(has_text="Warehouse Repair was renamed.")).to_be_visible()


def test_a_view_is_named_again_in_its_dialog(window: Window) -> None:
    page = window.open("catalog/?sort=-sku")
    page.locator("summary", has_text="Views").click()
    page.get_by_role("button", name="Save this view…").click()
    dialog = page.get_by_role("dialog", name="Save this view")
    name = dialog.get_by_label("Name")
    name.fill("   ")
    dialog.get_by_role("button", name="Save").click()
    expect_marked(name, "   ", re.compile("^Give the view a name. Keeps the filters"))
    name.fill("Backwards")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".lw-toast").filter(has_text="The view is saved.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/catalog/\?sort=-sku$"))


def test_the_product_of_a_listing_is_searched_again_in_its_dialog(window: Window, shop: Shop) -> None:
    market = {"fr-fr": {"price": "251.00", "comment": "As it was.", "warranty_delay": 24}}
    body = {"sku": "THERE", "quantity": 2, "grade": "GOOD", "ean": "4006381333931", "markets": market}
    shop.stack.sandbox.control("POST", "listings", {"listings": [body]})
    shop.api.call("POST", "products", {"sku": "HERE-1", "name": "Phone", "stock": {"main": 9}})
    page = window.open("unlinked/")
    page.get_by_role("button", name="Download Active Listings").click()
    page.get_by_role("link", name="Show the list as it is now").click(timeout=60_000)
    page.get_by_role("row").filter(has_text="THERE").get_by_role("button", name="Link…").click()
    dialog = page.get_by_role("dialog", name="Which product is it?")
    search = dialog.get_by_label("Search your products that are not linked")
    search.fill("nothing has this")
    expect(dialog.get_by_text("No product that is not linked has this")).to_be_visible()
    dialog.get_by_role("button", name="Link").click()
    expect_marked(search, "nothing has this", re.compile("^Choose the product this listing belongs to"))
    search.fill("HERE")
    expect(dialog.get_by_role("radio", name="HERE-1")).to_be_checked()
    dialog.get_by_role("button", name="Link").click()
    expect(page.locator(".lw-toast").filter(has_text="Linked as it stands there.")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_range_that_cannot_be_read_stands_open_inside_the_window(window: Window, width: int) -> None:
    window.page.set_viewport_size({"width": width, "height": 720})
    page = window.open("catalog/?price_min=1,500&price_max=9")
    menu = page.locator("details[open]")
    expect(menu.get_by_label("From")).to_be_focused()
    expect(menu.get_by_label("To")).to_have_value("9")
    box = menu.locator(".lw-menu-list").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= width, box
    assert not page.evaluate(TOO_WIDE)
    menu.get_by_label("From").fill("1")
    menu.get_by_role("button", name="Apply").click()
    expect(page.locator("summary", has_text="Price: 1 to 9")).to_be_visible()


def test_a_time_that_is_past_is_asked_for_again_in_the_dialog(window: Window) -> None:
    page = window.open("uploads/")
    page.locator("summary", has_text="Options").click()
    page.get_by_label("Create products there are none of yet").check()
    file = {"name": "new.csv", "mimeType": "text/csv", "buffer": b"SKU,Brand\nNEW,Nokia\n"}
    page.get_by_label("File", exact=True).set_input_files(files=[file])  # type: ignore[list-item]
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("button", name="Apply 1 change…").click(timeout=60_000)
    dialog = page.get_by_role("dialog", name="Apply these changes?")
    at = dialog.get_by_label("Later, at")
    at.fill("2020-01-02T18:00")
    dialog.get_by_role("button", name="Apply").click()
    expect(at).to_be_focused()
    expect(at).to_have_value("2020-01-02T18:00")
    expect(dialog.get_by_text("is past. Choose a time to come, or leave it blank for now.")).to_be_visible()
    at.fill("2099-01-02T18:00")
    dialog.get_by_role("button", name="Apply").click()
    expect(page.locator(".lw-toast").filter(has_text="It is scheduled.")).to_be_visible()
