"""Every page for everybody: axe-core in both themes, the keyboard alone, and no page wider than its window."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import AXE, COMPANY, Shop, Window, complaints, findings
from tests.browser.walks import act, await_ready, linked_products, ready_product, select
from tests.harness import eventually

FIRST_PAGES = 5
LONG = "A refurbished notebook with a name that nobody would ever type but every export contains " * 3


@pytest.fixture(scope="module")
def first_pages() -> dict[str, list[str]]:
    """What was wrong with each page of the first run, which is seen once."""
    return {}


@pytest.fixture(scope="module")
def first_look(first_pages: dict[str, list[str]]) -> Callable[[Page], None]:
    """Each is for everybody, too."""

    def look(page: Page) -> None:
        first_pages[f"{len(first_pages) + 1}: {page.title()}"] = _seen(page)

    return look


@pytest.fixture(scope="module")
def addresses(shop: Shop) -> list[str]:
    """Every page, with something on it; below the company's address."""
    _noted_figures(shop)
    linked_products(shop, "LINKED")
    ready_product(shop, "READY")
    shop.api.call("POST", "products", {"sku": "LONG/1", "name": LONG, "condition": "Scratched"})
    there = {
        "sku": "UNLINKED",
        "quantity": 2,
        "grade": "GOOD",
        "markets": {"fr-fr": {"price": "99.00", "comment": "-"}},
    }
    shop.stack.sandbox.control("POST", "listings", {"listings": [there]})
    shop.api.finished(shop.api.call("POST", "listings/download")["job"])
    on = {"orders_download": True, "stock_feed": "stock_master", "inventory_upload": True, "prices_upload": True}
    shop.api.call("PATCH", "backmarket/settings", on)
    shop.api.call("PATCH", "products/LINKED/backmarket", {"price": "350.00"})
    order = {"market": "fr-fr", "lines": [{"sku": "LINKED", "quantity": 1}], "race": True}
    shop.stack.sandbox.control("POST", "orders", order)
    eventually(lambda: shop.api.get("held")["results"], within=60, what="the first send is held")
    eventually(lambda: shop.api.get("orders")["results"], within=60, what="the order was read")
    uploaded = _uploaded(shop, "READY,Apple,Phone\r\nNOBODY,Apple,x\r\n")
    applied = _uploaded(shop, f"LONG/1,Apple,{LONG[:110]}\r\n")
    shop.api.call("POST", f"uploads/{applied}/apply")
    eventually(lambda: shop.api.get(f"uploads/{applied}")["state"] == "applied", within=60, what="the file was applied")
    await_ready(shop, "READY")
    job = shop.api.get("jobs", kind="launch")["results"][0]["id"]
    return [
        "", "catalog/", "catalog/?ready=false&sort=-available", "catalog/?search=nothing-like-it", "products/new/",
        "catalog/LONG~11/", "catalog/LINKED/", "catalog/READY/?edit=1", "catalog/LONG~11/backmarket/",
        "catalog/LINKED/backmarket/", "catalog/READY/backmarket/?edit=1", "unlinked/", "unlinked/?ignored=1", "jobs/",
        "jobs/?status=failed", f"jobs/{job}/", "uploads/", f"uploads/{uploaded}/", f"uploads/{uploaded}/log/",
        f"uploads/{applied}/", f"uploads/{applied}/log/", "uploads/templates/new/",
        "held/", "orders/", "plugins/", "settings/", "settings/?edit=1",
        "settings/backmarket/", "settings/backmarket/?edit=1", "settings/conditions/", "settings/warehouses/",
        "../settings/client/", "../settings/client/?edit=1", "../settings/people/", "../settings/companies/new/",
        "../account/", "no-such-page/",
    ]  # fmt: skip


def _uploaded(shop: Shop, rows: str) -> int:
    """A file of SKU, brand and name, checked."""
    file = {"file": ("products.csv", f"SKU,Brand,ProductName\r\n{rows}".encode())}
    number = int(shop.api.http.post(f"companies/{shop.api.company}/uploads", files=file).json()["id"])
    eventually(lambda: shop.api.get(f"uploads/{number}")["state"] == "ready", within=60, what="the file was checked")
    return number


def _noted_figures(shop: Shop) -> None:
    """Two hours of them, so that the dashboard has its charts; the workers note them every five minutes."""
    with psycopg.connect(shop.stack.environment["DATABASE_URL"]) as connection:
        connection.execute(
            "INSERT INTO sync_figuresample (account_id, at, lines, backlog, linked, verified)"
            " SELECT account.id, now() - n * interval '5 minutes', 90 * n, 7 * n, 100, 100 - n"
            " FROM companies_account account, generate_series(1, 24) n"
        )


def _delete(page: Page) -> None:
    page.locator("summary", has_text="Toolbox").click()
    page.get_by_role("button", name="Delete product…").click()


def _of_ready(entry: str) -> Callable[[Page], Any]:
    def opens(page: Page) -> None:
        select(page, "READY")
        act(page, entry)

    return opens


def _save_view(page: Page) -> None:
    page.locator("summary", has_text="Views").click()
    page.get_by_role("button", name="Save this view…").click()


def _preview(page: Page) -> None:
    page.get_by_label("Safety Qty", exact=True).fill("500")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save and apply")).to_be_visible()


def _hint(page: Page) -> None:
    page.get_by_role("button", name="No", exact=True).first.hover()


DIALOGS: dict[str, tuple[str, Callable[[Page], Any]]] = {
    "launch": ("catalog/", _of_ready("Launch on Channel")),
    "enable": ("catalog/", _of_ready("Enable")),
    "disable": ("catalog/", _of_ready("Disable…")),
    "export": ("catalog/", _of_ready("Export…")),
    "edit": ("catalog/", _of_ready("Edit a property…")),
    "save view": ("catalog/", _save_view),
    "missing": ("catalog/", _hint),
    "post": ("catalog/READY/backmarket/", lambda page: act(page, "Update/Post Product to BackMarket")),
    "delete": ("catalog/LINKED/", _delete),
    "unlink": ("catalog/LINKED/backmarket/", lambda page: act(page, "Unlink…")),
    "why": ("catalog/LINKED/backmarket/", lambda page: page.get_by_role("button", name="Why").first.click()),
    "link": ("unlinked/", lambda page: page.get_by_role("button", name="Link…").first.click()),
    "approve": ("held/", lambda page: page.get_by_role("button", name="Approve all…").click()),
    "preview": ("settings/backmarket/?edit=1", _preview),
}
NO_DIALOG = {"missing": ".lw-hint:popover-open", "preview": ".lw-preview"}


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make frontend")
@pytest.mark.timeout(600)
def test_axe_finds_nothing_serious_in_either_theme_and_no_page_is_wider_than_its_window(
    window: Window, addresses: list[str]
) -> None:
    found = {}
    window.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for address in addresses:
        page = window.open(address)
        found[address] = _in_both_themes(page, frame=address == addresses[0]) + _too_wide(page)
    for name, (address, opens) in DIALOGS.items():
        opens(window.open(address))
        part = NO_DIALOG.get(name, "dialog[open]")
        expect(window.page.locator(part)).to_be_visible()
        found[name] = _in_both_themes(window.page, part)
    window.errors[:] = [text for text in window.errors if "404" not in text]  # the page that is not there
    assert {where: told for where, told in found.items() if told} == {}


def test_neither_do_they_before_anybody_has_signed_in(
    first_pages: dict[str, list[str]], chromium: Browser, shop: Shop
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors = complaints(page)
    page.goto(f"{shop.url}/jobs/")
    found = dict(first_pages)
    assert len(found) == FIRST_PAGES
    for state in ("Sign in", "Sign in, refused"):
        found[state] = _seen(page)
        page.get_by_label("User name").fill("nobody")
        page.get_by_label("Password").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
    context.close()
    assert [text for text in errors if "400" not in text] == []  # the browser notes that it was refused
    assert {where: told for where, told in found.items() if told} == {}


def _seen(page: Page) -> list[str]:
    """What is wrong with a page for anybody, by eye or by keyboard."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return (_in_both_themes(page) if AXE.exists() else []) + _too_wide(page) + _out_of_reach(page)


def _in_both_themes(page: Page, part: str = "", *, frame: bool = False) -> list[str]:
    """A theme changes colours alone, and at once where motion is not wanted; the frame is the same on every page, so
    that it is looked at in dark once."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    told = findings(page, where=part or "html")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found = findings(page, where=part or ("html" if frame else "main"), only="color-contrast")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return told + [f"dark {text}" for text in found]


# Boxes whose content does not fit into them, and is not cut with dots; only rows of a file keep their width on a phone.
_OVERFULL = """() => [...document.querySelectorAll('main *')].filter((e) => {
  const style = getComputedStyle(e);
  return style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis' && e.scrollWidth > e.clientWidth + 1
    && !e.matches('input, textarea, select, svg, .visually-hidden, .lw-look') && e.checkVisibility();
}).map((e) => `${e.tagName} ${e.className}: ${e.scrollWidth} px in ${e.clientWidth}`)"""


def _too_wide(page: Page) -> list[str]:
    told = []
    for width in (360, 768, 2560, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        told += [f"{over} px too wide at {width}"] if over > 0 else []
        told += [f"at {width}: {text}" for text in page.evaluate(_OVERFULL)] if width in (360, 2560) else []
    return told


# What can be operated and is shown; of radio buttons the keyboard reaches one of a name.
_OPERABLE = """() => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true}) && !e.closest('[inert]') && !e.disabled;
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')];
  const radios = new Set();
  return all.filter(shown).filter((e) => e.tabIndex >= 0).filter((e) => {
    if (e.type !== 'radio') return true;
    const first = !radios.has(e.name);
    radios.add(e.name);
    return first;
  }).length;
}"""
# Notes what the focus meets, and on what it does not show.
_LISTEN = """() => {
  window.met = new Set();
  window.unseen = new Set();
  addEventListener('focusin', ({target}) => {
    if (!target.matches('a[href], button, input, select, textarea, summary')) return;
    const style = getComputedStyle(target);
    if (style.outlineStyle === 'none' && style.boxShadow === 'none') window.unseen.add(target.outerHTML.slice(0, 120));
    window.met.add(target);
  });
}"""


@pytest.mark.timeout(600)
def test_the_keyboard_alone_reaches_everything_that_can_be_operated_and_the_focus_shows(
    window: Window, addresses: list[str]
) -> None:
    found = {address: _out_of_reach(window.open(address)) for address in addresses}
    window.errors[:] = [text for text in window.errors if "404" not in text]
    assert {where: told for where, told in found.items() if told} == {}


def _out_of_reach(page: Page) -> list[str]:
    page.evaluate("document.activeElement.blur()")
    operable = page.evaluate(_OPERABLE)
    page.evaluate(_LISTEN)
    for _ in range(operable + 10):  # scrolling boxes take the focus, too
        page.keyboard.press("Tab")
    reached, unseen = page.evaluate("[window.met.size, [...window.unseen]]")
    told = [f"the keyboard reaches {reached} of {operable}"] if reached < operable else []
    return told + [f"the focus does not show on {html}" for html in unseen]


def test_a_dialog_is_answered_by_the_keyboard_and_gives_the_focus_back(window: Window, addresses: list[str]) -> None:
    page = window.open("catalog/READY/backmarket/")
    summary = page.locator("summary", has_text="Actions")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Update/Post Product to BackMarket")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Send")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page = window.open("catalog/")
    page.get_by_label("Select READY").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-selected]")).to_have_text("· 1 selected")
    page.locator("summary", has_text="Actions").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Disable…").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_is_done_before_the_pages_scripts_are_there_is_not_lost(window: Window, addresses: list[str]) -> None:
    page, held = window.page, list[Route]()
    page.route(re.compile(r"/static/(?!early|theme).*\.js"), lambda route: held.append(route))
    home = f"{window.shop.stack.url}/{COMPANY}"
    page.goto(f"{home}/unlinked/", wait_until="commit")
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("button", name="Link…").first.click(no_wait_after=True)
    expect(page.get_by_role("dialog")).to_have_count(0)
    let_go(held)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("button", name="Create products", include_hidden=True)).to_be_enabled()

    page.goto(f"{home}/catalog/", wait_until="commit")
    page.get_by_label("Select this page").check()
    let_go(held)
    expect(page.locator("input[name=sku]").first).to_be_checked()
    expect(page.locator("[data-selected]")).to_contain_text("selected")

    page.goto(f"{home}/catalog/READY/backmarket/?edit=1", wait_until="commit")
    title = page.get_by_label("Back Market Title", exact=True)
    title.fill("Another title")
    page.get_by_role("button", name="Copy Back Market Title from product").click()
    expect(title).to_have_value("Another title")
    let_go(held)
    expect(title).not_to_have_value("Another title")


def let_go(held: list[Route]) -> None:
    """Answer what was held back."""
    while held:
        held.pop().continue_()
