"""Bulk Product Update in a real browser: the whole path from a file to its rollback, with a mouse, a drop and the keyboard."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, Shop, Window, findings
from tests.browser.walks import follow_toast

PATIENCE = 60_000


@pytest.fixture(scope="module", autouse=True)
def products(shop: Shop) -> None:
    for sku in ("A-1", "A-2"):
        shop.api.call("POST", "products", {"sku": sku, "brand": "Apple", "site_price": "100.00", "stock": {"main": 3}})


def upload(page: Page, path: Path) -> None:
    page.get_by_role("button", name="File", exact=True).set_input_files(path)
    expect(page.get_by_text(path.name)).to_be_visible()
    page.get_by_role("button", name="Upload and check").click()


def downloaded(page: Page, click: Callable[[], None]) -> Path:
    with page.expect_download(timeout=PATIENCE) as downloading:
        click()
    return Path(downloading.value.path())


def exported(page: Page) -> list[list[str]]:
    """All products of the catalog's page, from the menu of actions and the job they end in."""
    page.get_by_label("Select this page").check()
    page.locator(".lw-actions > summary").click()
    page.get_by_role("button", name="Export…").click()
    page.get_by_label("Format").select_option("csv")
    page.get_by_role("dialog").get_by_role("button", name="Export", exact=True).click()
    follow_toast(page)
    path = downloaded(page, lambda: page.get_by_role("link", name="Output file").click(timeout=PATIENCE))
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def applied(page: Page) -> None:
    page.get_by_role("button", name="Apply 1 change…").click(timeout=PATIENCE)
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible(timeout=PATIENCE)


def test_a_file_goes_from_export_to_rollback(window: Window, tmp_path: Path) -> None:
    page = window.open("catalog/")
    header, *rows = exported(page)
    edited = tmp_path / "edited.csv"
    with edited.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(header)
        for row in rows:
            cells = dict(zip(header, row, strict=True))
            if cells["SKU"] == "A-1":
                row = [{"Brand": "Nokia", "SitePrice": "1.099"}.get(name, cells[name]) for name in header]
            lines.writerow(row)
        lines.writerow(["NO-SUCH", "x"])

    page.get_by_role("link", name="Bulk Product Update").first.click()
    expect(page.get_by_text("A blank cell leaves its field alone")).to_be_visible()
    assert not AXE.exists() or findings(page) == []
    upload(page, edited)
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("span:visible", has_text="can be read in two ways").first).to_be_visible()
    page.get_by_text("How the file was understood").click()
    expect(page.get_by_text("Becomes the main image")).to_be_visible(timeout=PATIENCE)  # the first rows have come
    assert not AXE.exists() or findings(page) == []

    # Read with a decimal comma, 1.099 is a thousand; the other product's price has points and two decimals.
    page.get_by_label("Numbers").select_option("comma")
    page.get_by_role("button", name="Check again like this").click()
    expect(page.locator("del", has_text="Apple")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("ins", has_text=re.compile(r"^1\s099,00"))).to_be_visible()  # as the market writes it
    applied(page)
    found = window.shop.api.get("products/A-1")
    assert (found["brand"], found["site_price"]) == ("Nokia", "1099.00")
    assert window.shop.api.get("products/A-2")["brand"] == "Apple"

    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.locator("ins", has_text="Nokia")).to_be_visible()
    page.go_back()
    page.locator("summary", has_text="Download").click()
    result = downloaded(page, page.get_by_role("link", name="Result file").click).read_text(encoding="utf-8-sig")
    assert "ListwrightStatus" in result
    assert "NO-SUCH" in result

    page.reload()
    page.get_by_role("button", name="Roll back…").click()
    expect(page.get_by_text("Takes back")).to_be_visible()
    applied(page)
    found = window.shop.api.get("products/A-1")
    assert (found["brand"], found["site_price"]) == ("Apple", "100.00")
    page.locator("summary", has_text="Download").click()
    result = downloaded(page, page.get_by_role("link", name="Result file").click).read_text(encoding="utf-8-sig")
    assert "Apple" in result
    page.keyboard.press("Escape")

    page = window.open("catalog/")  # what came out again is what it was
    again = exported(page)
    assert sorted(again[1:]) == sorted(rows)


def test_a_file_is_dropped_and_a_wrong_one_is_told_on_the_spot(window: Window) -> None:
    page = window.open("uploads/")
    page.set_viewport_size({"width": 360, "height": 740})
    dropped = page.evaluate_handle(
        "() => { const d = new DataTransfer(); d.items.add(new File(['SKU,Brnd\\nA-1,x\\n'], 'wrong.csv')); return d; }"
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    expect(page.get_by_text("wrong.csv")).to_be_visible()
    page.get_by_role("button", name="Upload and check").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean Brand?")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    window.errors.clear()  # the browser's own line about the 400


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
    window.errors.clear()  # the browser notes that it was refused
