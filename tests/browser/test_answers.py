"""What a page does with answers nobody hopes for, and what its dialogs keep: typed text, the focus, what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Shop, Window
from tests.browser.first_run import PASSWORD
from tests.browser.walks import act, select

SKU = "ANSWER-1"
HERE = f"catalog/{SKU}/backmarket/"
BROKEN = {"status": 500, "content_type": "text/html", "body": "<h1>Broken</h1>"}
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module", autouse=True)
def product(shop: Shop) -> None:
    shop.api.call("POST", "products", {"sku": SKU, "name": "Answer phone", "site_price": "199.90"})


def _toast(page: Page, text: str | re.Pattern[str]) -> Locator:
    return page.locator(".lw-toast").filter(has_text=text)


def _menu(page: Page, name: str) -> Locator:
    return page.locator("main details.lw-menu > summary").filter(has_text=name)


def _edit(page: Page) -> Locator:
    select(page, SKU)
    return act(page, "Edit a property…")


def test_a_press_on_the_edge_of_a_dialog_keeps_what_was_typed_and_one_beside_it_closes_it(window: Window) -> None:
    page = window.open("catalog/")
    _menu(page, "Views").click()
    page.get_by_role("button", name="Save this view…").click()
    dialog = page.get_by_role("dialog", name="Save this view")
    name = dialog.get_by_label("Name")
    name.fill("Half a name")
    box = dialog.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 5, box["y"] + box["height"] / 2)
    expect(name).to_be_visible()
    expect(name).to_have_value("Half a name")
    page.mouse.click(box["x"] - 20, box["y"] + 5)
    expect(dialog).to_be_hidden()


def test_enter_where_one_looks_for_a_product_only_searches(window: Window, shop: Shop) -> None:
    there = {
        "sku": SKU + "-THERE",
        "quantity": 1,
        "grade": "GOOD",
        "markets": {"fr-fr": {"price": "9.00", "comment": "-"}},
    }
    shop.stack.sandbox.control("POST", "listings", {"listings": [there]})
    shop.api.finished(shop.api.call("POST", "listings/download")["job"])
    page = window.open("unlinked/")
    page.get_by_role("row").filter(has_text=there["sku"]).get_by_role("button", name="Link…").click()
    dialog = page.get_by_role("dialog", name="Which product is it?")
    search = dialog.get_by_role("searchbox")
    search.fill(SKU)
    expect(dialog.get_by_role("radio")).to_be_checked()  # the button under it would link now
    sent = list[str]()
    page.on("request", lambda request: sent.append(request.method))
    search.press("Enter")
    search.fill("nothing like it")
    expect(dialog).to_contain_text("No product that is not linked has this")
    assert set(sent) == {"GET"}


@pytest.mark.parametrize("by", ["Escape", "Cancel"])
def test_a_dialog_opened_from_a_menu_gives_the_focus_back_to_the_menu(window: Window, by: str) -> None:
    page = window.open("catalog/")

    def close(dialog: Locator) -> None:
        if by == "Escape":
            page.keyboard.press("Escape")
        else:
            dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()

    _menu(page, "Views").press("Enter")
    page.get_by_role("button", name="Save this view…").press("Enter")
    close(page.get_by_role("dialog", name="Save this view"))
    expect(_menu(page, "Views")).to_be_focused()
    close(_edit(page))
    expect(page.locator(".lw-actions > summary")).to_be_focused()


def test_a_double_click_on_a_slow_server_opens_one_dialog(window: Window) -> None:
    asked = list[Route]()
    window.page.route("**/actions/edit/ask/", lambda route: asked.append(route))
    page = window.open("catalog/")
    select(page, SKU)
    page.locator(".lw-actions > summary").click()
    with page.expect_request("**/actions/edit/ask/"):
        page.get_by_role("button", name="Edit a property…").dblclick()
    asked[0].continue_()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_timeout(300)  # a second one would be asked for as soon as the first is there
    assert len(asked) == 1
    page.keyboard.press("Escape")
    expect(page.locator("dialog[data-open]")).to_have_count(0)
    page.unroute("**/actions/edit/ask/")
    expect(act(page, "Edit a property…")).to_be_visible()  # it can be had again


def test_a_press_that_fails_says_so_and_changes_nothing(window: Window) -> None:
    page = window.open("catalog/")
    page.route("**/actions/enable/ask/", lambda route: route.fulfill(**BROKEN))
    select(page, SKU)
    page.locator(".lw-actions > summary").click()
    page.get_by_role("button", name="Enable", exact=True).click()
    expect(_toast(page, "Listwright could not do this")).to_have_attribute("role", "alert")
    expect(page.get_by_text("Broken")).to_have_count(0)
    expect(page.get_by_label(f"Select {SKU}")).to_be_checked()
    expect(page.get_by_role("progressbar", name="Working")).to_be_hidden()
    page.unroute("**/actions/enable/ask/")
    page.get_by_role("button", name="Enable", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(_toast(page, "Listwright could not do this")).to_have_count(0)
    window.errors.clear()  # the browser notes the 500


def test_a_live_part_that_fails_stays_as_it_is_and_is_asked_for_again(window: Window) -> None:
    page, broken = window.page, True
    page.clock.install()
    page.route("**/live/**", lambda route: route.fulfill(**BROKEN) if broken else route.continue_())
    window.open(HERE)
    heads = page.locator("#live h2")
    stood = heads.all_inner_texts()
    told = _toast(page, "could not bring this page up to date. Trying again…")
    with page.expect_response("**/live/**"):
        page.clock.run_for(5_000)
    expect(told).to_have_count(1)
    for _ in range(2):
        with page.expect_response("**/live/**"):
            page.clock.run_for(5_000)
    expect(told).to_have_count(0)  # said once, it has gone after a while
    assert "Timeline" in stood
    assert heads.all_inner_texts() == stood
    broken = False
    with page.expect_response(lambda answer: "/live/" in answer.url and answer.ok):
        page.clock.run_for(5_000)
    window.errors.clear()  # the browser notes the 500


def test_what_a_live_part_is_refused_is_said_once_and_not_asked_for_again(window: Window) -> None:
    page, asked = window.page, list[Route]()
    toast = '<div class="lw-toast lw-toast-error" role="alert"><span class="lw-toast-text">It is gone.</span></div>'
    headers = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"}

    def gone(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=404, content_type="text/html", headers=headers, body=toast)

    page.clock.install()
    page.route("**/live/**", gone)
    window.open(HERE)
    with page.expect_response("**/live/**"):
        page.clock.run_for(5_000)
    expect(_toast(page, "It is gone.")).to_have_count(1)
    for _ in range(4):
        page.clock.run_for(5_000)
        page.wait_for_timeout(100)
    assert len(asked) == 1
    expect(_toast(page, "It is gone.")).to_have_count(1)
    window.errors.clear()  # the browser notes the 404


def _sign_in(page: Page) -> None:
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_who_is_signed_out_keeps_what_was_typed_and_saves_it_after_signing_in_in_another_tab(
    window: Window, shop: Shop
) -> None:
    page = window.page
    page.context.clear_cookies()  # the other tests' session goes on
    page.goto(f"{shop.url}/{HERE}?edit=1")
    _sign_in(page)
    title = page.get_by_role("textbox", name="Back Market Title")
    title.fill("Typed for an hour")
    other = page.context.new_page()
    other.goto(f"{shop.url}/jobs/")
    other.get_by_text("Account of ana").locator("..").click()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in/")

    toast = _toast(page, "You are signed out. Sign in again")
    expect(toast).to_have_attribute("role", "alert")
    page.wait_for_timeout(6_000)  # until the page has asked by itself once more
    expect(toast).to_have_count(1)
    expect(title).to_have_value("Typed for an hour")
    with page.context.expect_page() as opened:
        toast.get_by_role("link", name="Sign in again").click()
    _sign_in(opened.value)
    opened.value.wait_for_url(f"**/{HERE}?edit=1")
    expect(toast).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    expect(_toast(page, "Saved.")).to_be_visible()
    assert shop.api.get(f"products/{SKU}/backmarket")["title"] == "Typed for an hour"
    window.errors.clear()  # the browser notes each 401


def test_what_is_said_over_a_dialog_can_be_dismissed_and_outlives_it(window: Window) -> None:
    page = window.open("catalog/")
    dialog = _edit(page)
    page.route("**/actions/edit/", lambda route: route.fulfill(**BROKEN))
    dialog.get_by_role("button", name="Set it").click()
    failed = _toast(page, "Listwright could not do this")
    expect(dialog.locator(".lw-toast")).to_have_count(1)
    expect(dialog.locator("#said")).to_have_count(1)
    failed.get_by_role("button", name="Dismiss").click()
    expect(failed).to_have_count(0)
    dialog.get_by_role("button", name="Set it").click()
    expect(failed).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(failed).to_be_visible()
    expect(page.locator("body > #said")).to_have_count(1)
    window.errors.clear()  # the browser notes the 500


def test_a_wrong_value_is_focused_in_the_dialog_that_comes_anew(window: Window) -> None:
    page = window.open("catalog/")
    dialog = _edit(page)
    value = dialog.get_by_label("Value")
    for name, example in (("Brand", "Apple"), ("Site/Retail Price", "399.90")):
        dialog.get_by_label("Property").select_option(label=name)
        expect(value).to_have_attribute("placeholder", example)
    value.fill("cheap")
    value.press("Enter")
    expect(dialog).to_contain_text("“cheap” is not a number.")
    expect(value).to_be_focused()
    expect(value).to_have_value("cheap")
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.locator("#toasts, #said")).to_have_count(2)  # did not go with the dialog that went
    page.keyboard.press("Escape")
    expect(page.locator(".lw-actions > summary")).to_be_focused()
    window.errors.clear()  # the browser notes the 400


@pytest.mark.parametrize("address", [HERE, "catalog/"])
@pytest.mark.parametrize("by", ["Escape", "second click", "second tap", "press elsewhere"])
def test_a_hint_that_was_pressed_is_closed(window: Window, address: str, by: str) -> None:
    page = window.open(address)
    no = page.locator("[data-hint]").first
    told = page.get_by_role("link", name="Stock has never been set")
    press = no.tap if by == "second tap" else no.click
    press()
    expect(told).to_be_visible()
    if by == "press elsewhere":
        page.get_by_role("heading", level=1).click()
    elif by == "Escape":
        page.keyboard.press("Escape")
    else:
        press()
    expect(told).to_be_hidden()
    expect(no).to_have_attribute("aria-expanded", "false")
    press()
    expect(told).to_be_visible()


def _upload(page: Page, content: bytes) -> None:
    file = {"name": "phones.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_role("button", name="File", exact=True).set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload and check").click()


def test_after_a_file_that_did_not_get_through_or_was_refused_nothing_runs_on(window: Window) -> None:
    page = window.open("uploads/")
    page.route("**/uploads/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    _upload(page, b"SKU,Brand\r\n")
    expect(_toast(page, "Sending the file failed.")).to_have_attribute("role", "alert")
    expect(page.get_by_text("phones.csv")).to_be_visible()
    page.wait_for_timeout(200)  # as long as it takes to show that something is under way
    expect(page.get_by_role("progressbar", name="Working")).to_be_hidden()

    page.unroute("**/uploads/")
    _upload(page, b"SKU,Brnd\r\nA,x\r\n")
    expect(page.get_by_role("alert").filter(has_text="Did you mean Brand?")).to_be_focused()
    page.wait_for_timeout(200)
    expect(page.get_by_role("progressbar", name="Working")).to_be_hidden()
    expect(page.locator(".lw-toast")).to_have_count(0)
    window.errors.clear()  # the browser notes what was cut, and the 400


def test_the_figures_of_the_frame_keep_the_focus_on_their_link(window: Window) -> None:
    page = window.page
    page.clock.install()
    window.open("jobs/")
    share = page.locator("#share a")
    share.focus()
    share.evaluate("link => { link.dataset.before = '1' }")
    page.clock.run_for(10_000)
    expect(page.locator("#share a[data-before]")).to_have_count(0)
    expect(share).to_be_focused()


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
    body = {"sku": "STANDS", "quantity": 2, "grade": "GOOD", "ean": "4006381333931", "markets": market}
    shop.stack.sandbox.control("POST", "listings", {"listings": [body]})
    shop.api.call("POST", "products", {"sku": "HERE-1", "name": "Phone", "stock": {"main": 9}})
    page = window.open("unlinked/")
    page.get_by_role("button", name="Download Active Listings").click()
    page.get_by_role("link", name="Show the list as it is now").click(timeout=60_000)
    page.get_by_role("row").filter(has_text="STANDS").get_by_role("button", name="Link…").click()
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
