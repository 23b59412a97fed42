"""Pictures of every page at three widths, light and dark, to be looked at (docs/explain/screens.md).

    listwright demo --data-dir DIR                                          in one terminal
    python tools/screens.py --password PASSWORD [--out DIR] [--only NAME]   in another

PASSWORD is what the demo printed. Three companies are added beside the demo's, by their pages: `empty`, which has nothing;
`one`, which is connected to the demo's sandbox and has one product, whose first send waits; and `many`, connected too, with
10,000 products out of a file, among them long names. So DIR is a new folder for this alone.
"""

import argparse
import io
import re
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

WIDTHS = (360, 1280, 2560)
THEMES = ("light", "dark")
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TALLEST = 2400
"""Pixels of a page that a picture shows, from its top."""
MANY = 10_000
LONG = "Refurbished professional notebook with a name that nobody would ever type but every export contains, 512 GB, Space Gray"
# What opens over a page: the name of the page (or an address), and what is clicked, one after the other: so many rows, the
# text of a menu, a field to fill, or the name of a button.
_CHOSEN = ("rows:3", "menu:Actions")
DIALOGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "actions": ("catalog", _CHOSEN),
    "launch": ("catalog", (*_CHOSEN, "Launch on Channel")),
    "update": ("catalog", (*_CHOSEN, "Update Inventory on Channel")),
    "enable": ("catalog", (*_CHOSEN, "Enable")),
    "disable": ("catalog", (*_CHOSEN, "Disable…")),
    "edit": ("catalog", (*_CHOSEN, "Edit a property…")),
    "export": ("catalog", (*_CHOSEN, "Export…")),
    "launch-10000-rows": ("catalog-10000-rows", ("all:", "menu:Actions", "Launch on Channel")),
    "enable-10000-rows": ("catalog-10000-rows", ("all:", "menu:Actions", "Enable")),
    "export-10000-rows": ("catalog-10000-rows", ("all:", "menu:Actions", "Export…")),
    "views": ("catalog", ("menu:Views",)),
    "save-view": ("catalog", ("menu:Views", "Save this view…")),
    "columns": ("catalog", ("menu:Columns",)),
    "filter-missing": ("catalog", ("more:", "menu:Missing")),
    "filter-price": ("catalog", ("more:", "menu:Price")),
    "missing": ("catalog-filtered", ("hover:No",)),
    "person": ("catalog", ("menu:Account of",)),
    "post": ("backmarket-ready", ("menu:Actions", "Update/Post Product to BackMarket")),
    "post-not-ready": ("backmarket-not-ready", ("menu:Actions", "Update/Post Product to BackMarket")),
    "update-one": ("backmarket-ready", ("menu:Actions", "Update Price and Qty to BackMarket")),
    "disable-one": ("backmarket-ready", ("menu:Actions", "Disable…")),
    "unlink": ("backmarket-ready", ("menu:Actions", "Unlink…")),
    "why-quantity": ("backmarket-ready", ("first:Why",)),
    "why-price": ("backmarket-ready", ("last:Why?",)),
    "missing-one": ("backmarket-not-ready", ("hint:ready-hint",)),
    "delete": ("product-ready", ("menu:Toolbox", "Delete product…")),
    "link": ("unlinked-many", ("first:Link…",)),
    "approve": ("held-one", ("Approve all…",)),
    "preview": ("settings-backmarket-edit", ("fill:Safety Qty=3", "Save")),
    "disconnect": ("settings-backmarket", ("menu:Sending", "Disconnect…")),
    "warehouse": ("settings-warehouses", ("first:Rename",)),
}

_NOT_AT_360 = ("columns",)  # where columns fold below each other instead


def main() -> int:
    """Make the pictures; prints what stood on the console of a page and pages wider than their window."""
    options = _options()
    path = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        state = _sign_in(browser, options)
        _prepare(browser, state, options)
        for theme in THEMES:
            context = browser.new_context(storage_state=state, color_scheme=theme)  # type: ignore[arg-type]
            page = context.new_page()
            page.on("console", partial(_heard, complaints))
            pages = list(_pages(page, options.url))
            _bare(browser, options, theme)
            for name, address in pages:
                if options.only in name:
                    complaints += _taken(page, name, f"{options.url}{address}", theme, options.out)
            found = dict(pages)
            for name, (where, steps) in DIALOGS.items():
                if options.only in f"dialog-{name}" and (address := found.get(where, where)).startswith("/"):
                    complaints += _opened(page, f"dialog-{name}", f"{options.url}{address}", steps, theme, options.out)
            context.close()
        browser.close()
    print("\n".join(dict.fromkeys(complaints)) or "No page complained.")
    return 1 if complaints else 0


def _heard(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        complaints.append(message.text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the demo")
    parser.add_argument("--sandbox", default="http://127.0.0.1:8100", help="of the demo")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", required=True)
    parser.add_argument("--out", type=Path, default=Path("build/screens"))
    parser.add_argument("--only", default="", help="pages with this in their name")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def _sign_in(browser: Browser, options: argparse.Namespace) -> object:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{options.url}/sign-in/")
    page.get_by_label("User name").fill(options.user)
    page.get_by_label("Password").fill(options.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "sign-in" not in address)
    state = context.storage_state()
    context.close()
    return state


def _prepare(browser: Browser, state: object, options: argparse.Namespace) -> None:
    """The further companies, once."""
    context = browser.new_context(storage_state=state)  # type: ignore[arg-type]
    page, url = context.new_page(), options.url
    for slug, name in (
        ("empty", "Nothing yet"),
        ("one", "One Phone"),
        ("many", "Ten Thousand Phones & Notebooks International Trading"),
    ):
        if page.goto(f"{url}/{slug}/").status == 404:  # type: ignore[union-attr]
            page.goto(f"{url}/settings/companies/new/")
            page.locator("[name=name]").fill(name)
            page.locator("[name=slug]").fill(slug)
            page.locator("main form button[type=submit]").click()
            page.wait_for_url(f"{url}/{slug}/")
            if slug in _FILLED:
                _connect(page, f"{url}/{slug}/", options.sandbox)
                _FILLED[slug](page, f"{url}/{slug}/")
    context.close()


def _connect(page: Page, here: str, sandbox: str) -> None:
    page.goto(f"{here}settings/backmarket/")
    page.get_by_label("Environment").select_option("Sandbox")
    for label, text in {
        "Sandbox address": sandbox, "Token": "sandbox-token", "Company name": "One Phone", "Contact mail": "it@one.example",
    }.items():  # fmt: skip
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Connect", exact=True).click()


def _taken_over(page: Page, here: str) -> None:
    """Company `one`: a listing taken over, changed, and held; a file that waits to be applied."""
    page.goto(f"{here}unlinked/")
    page.get_by_role("button", name="Download Active Listings").click()
    page.get_by_text("The download has ended").wait_for(timeout=120_000)
    page.goto(f"{here}unlinked/")
    page.locator("[data-pick]").first.check()
    page.get_by_role("button", name="Create products").click()
    page.goto(f"{here}catalog/")
    product = page.locator("a.lw-product-name").first.get_attribute("href")
    page.goto(f"{here}settings/backmarket/?edit=1")
    for label in (
        "Order download",
        "Listwright is the stock master",
        "Enable Inventory Upload",
        "Enable Prices Upload",
    ):
        page.get_by_label(label).check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Save and apply").click()
    page.goto(f"{page.url.split('/one/')[0]}{product}backmarket/?edit=1")
    page.get_by_label("Back Market Enabled").check()
    page.get_by_label("Back Market Price", exact=True).fill("77.70")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{here}uploads/")
    _checked(page, "new prices.csv", f"SKU,Brand,SitePrice\r\nX,,9\r\n,{LONG},x\r\n")


def _uploaded(page: Page, here: str) -> None:
    """Company `many`: its products out of a file."""
    page.goto(f"{here}uploads/")
    page.locator("summary", has_text="Options").click()
    page.locator("[name=create_missing]").check()
    _checked(page, "ten thousand.csv", _many())
    page.get_by_role("button", name="Apply").first.click(timeout=120_000)
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    page.locator("summary", has_text="Download").wait_for(timeout=240_000)


def _checked(page: Page, name: str, text: str) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url("**/uploads/*/")


_FILLED = {"one": _taken_over, "many": _uploaded}


def _many() -> str:
    text = io.StringIO()
    text.write("SKU,ProductName,Brand,Condition,SitePrice,Qty\n")
    for number in range(MANY):
        name = f"{LONG} {number}" if number % 50 == 0 else f"Phone {number % 97} {64 << number % 4} GB"
        text.write(f'MANY-{number:05},"{name}",Fairline,Good,{100 + number % 400},{number % 30}\n')
    return text.getvalue()


def _pages(page: Page, url: str) -> Iterator[tuple[str, str]]:
    """(name, address) of every page there is, with a product and a job of each kind the demo has."""
    yield "dashboard", "/demo/"
    yield "dashboard-first-run", "/empty/"
    yield "catalog", "/demo/catalog/"
    yield "catalog-filtered", "/demo/catalog/?ready=false&sort=-available"
    yield "catalog-nothing-matches", "/demo/catalog/?search=nothing-like-it"
    yield "catalog-empty", "/empty/catalog/"
    yield "catalog-10000-rows", "/many/catalog/"
    yield "catalog-10000-rows-200", "/many/catalog/?limit=200"
    yield "dashboard-10000-rows", "/many/"
    yield "product-new", "/demo/products/new/"
    for name, query in (("ready", "linked=true&ready=true"), ("not-ready", "ready=false")):
        page.goto(f"{url}/demo/catalog/?{query}")
        product = page.locator("a.lw-product-name").first.get_attribute("href")
        yield f"product-{name}", f"{product}"
        yield f"product-{name}-edit", f"{product}?edit=1"
        yield f"backmarket-{name}", f"{product}backmarket/"
        yield f"backmarket-{name}-edit", f"{product}backmarket/?edit=1"
    yield "product-long-name", "/many/catalog/MANY-00000/"
    yield "unlinked", "/demo/unlinked/"
    yield "unlinked-empty", "/empty/unlinked/"
    yield "jobs", "/demo/jobs/"
    yield "jobs-empty", "/empty/jobs/"
    page.goto(f"{url}/demo/jobs/?kind=launch")
    launched = re.findall(r'href="(/demo/jobs/\d+/)"', page.content())
    page.goto(f"{url}/demo/jobs/?kind=download")
    for name, found in (("launch", launched), ("download", re.findall(r'href="(/demo/jobs/\d+/)"', page.content()))):
        if found:
            yield f"job-{name}", found[0]
    yield "held", "/demo/held/"
    yield "held-one", "/one/held/"
    yield "unlinked-many", "/one/unlinked/"
    yield "catalog-one", "/one/catalog/"
    yield "dashboard-one", "/one/"
    page.goto(f"{url}/one/uploads/")
    if found := re.findall(r'href="(/one/uploads/\d+/)"', page.content()):
        yield "upload", found[0]
        yield "upload-log", f"{found[0]}log/"
    page.goto(f"{url}/many/uploads/")
    if found := re.findall(r'href="(/many/uploads/\d+/)"', page.content()):
        yield "upload-10000-rows", found[0]
        yield "upload-10000-rows-log", f"{found[0]}log/"
    yield "uploads-10000-rows", "/many/uploads/"
    yield "jobs-10000-rows", "/many/jobs/"
    yield "uploads", "/one/uploads/"
    yield "uploads-empty", "/empty/uploads/"
    yield "template-new", "/one/uploads/templates/new/"
    yield "plugins", "/demo/plugins/"
    yield "orders", "/demo/orders/"
    yield "orders-empty", "/empty/orders/"
    yield "settings", "/demo/settings/"
    yield "settings-edit", "/demo/settings/?edit=1"
    yield "settings-backmarket", "/demo/settings/backmarket/"
    yield "settings-backmarket-edit", "/demo/settings/backmarket/?edit=1"
    yield "settings-connect", "/empty/settings/backmarket/"
    yield "settings-conditions", "/demo/settings/conditions/"
    yield "settings-warehouses", "/demo/settings/warehouses/"
    yield "settings-client", "/settings/client/"
    yield "settings-client-edit", "/settings/client/?edit=1"
    yield "settings-people", "/settings/people/"
    yield "settings-new-company", "/settings/companies/new/"
    yield "account", "/account/"
    yield "no-such-page", "/demo/no-such-page/"


def _taken(page: Page, name: str, address: str, theme: str, out: Path) -> list[str]:
    complaints = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800 if width < 1000 else width * 9 // 16})
        page.goto(address)
        page.wait_for_timeout(400)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            complaints.append(f"{name} is {over} px too wide at {width}")
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        whole = {"x": 0, "y": 0, "width": width, "height": height}
        page.screenshot(path=out / f"{name}-{width}-{theme}.png", full_page=True, clip=whole)  # type: ignore[arg-type]
    return complaints


def _opened(page: Page, name: str, address: str, steps: tuple[str, ...], theme: str, out: Path) -> list[str]:
    """The same with a dialog, a menu or a hint open."""
    complaints = []
    for width in WIDTHS:
        if width == min(WIDTHS) and name.removeprefix("dialog-") in _NOT_AT_360:
            continue
        page.set_viewport_size({"width": width, "height": 800 if width < 1000 else min(1000, width * 9 // 16)})
        page.goto(address)
        try:
            for step in steps:
                _step(page, step)
        except PlaywrightError as error:
            complaints.append(f"{name} at {width}: {str(error).splitlines()[0]}")
            continue
        page.wait_for_timeout(500)
        over = page.evaluate(
            "[...document.querySelectorAll('dialog[open], .lw-menu[open] .lw-menu-list, .lw-hint:popover-open')].map((e) => {"
            "const at = e.getBoundingClientRect(); return Math.max(-at.left, at.right - innerWidth, -at.top,"
            " at.bottom - innerHeight, e.scrollWidth - e.clientWidth)}).find((px) => px > 0) ?? 0"
        )
        if over > 0:
            complaints.append(f"{name} stands {over:.0f} px out at {width}")
        page.screenshot(path=out / f"{name}-{width}-{theme}.png")
    return complaints


def _step(page: Page, step: str) -> None:
    kind, _, what = step.partition(":") if ":" in step else ("", "", step)
    buttons = page.get_by_role("button", name=what or kind, exact=kind in ("", "hover")).or_(
        page.locator("summary", has_text=what)
    )
    match kind:
        case "rows":
            for row in page.locator("#products [name=sku]").all()[: int(what)]:
                row.check(timeout=3000)
        case "all":
            page.locator("[data-check-page]").check(timeout=3000)
            page.get_by_role("button", name="Select all that match").click(timeout=3000)
        case "menu":
            page.locator("summary:visible", has_text=what).first.click(timeout=3000)
        case "more":
            more = page.locator("[data-more]:visible")
            if more.count():
                more.click()
        case "fill":
            label, _, text = what.partition("=")
            page.get_by_label(label, exact=True).fill(text, timeout=3000)
        case "hover":
            page.get_by_role("button", name=what, exact=True).first.hover(timeout=3000)
        case "hint":
            page.locator(f"[data-hint={what}]").hover(timeout=3000)
        case "last":
            buttons.last.click(timeout=3000)
        case "":
            page.get_by_role("button", name=what, exact=True).first.click(timeout=3000)
        case _:
            buttons.first.click(timeout=3000)


def _bare(browser: Browser, options: argparse.Namespace, theme: str) -> None:
    """Sign-in, which only somebody sees who has not signed in."""
    context: BrowserContext = browser.new_context(color_scheme=theme)  # type: ignore[arg-type]
    _taken(context.new_page(), "sign-in", f"{options.url}/sign-in/", theme, options.out)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
