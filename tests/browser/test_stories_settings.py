"""What C1 to C4 say beyond `test_stories`: what Save keeps, a wrong token, a client setting with its plugin, the grade."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shop, Window
from tests.browser.walks import (
    PATIENCE,
    act,
    await_ready,
    await_there,
    follow_toast,
    last_request,
    linked_products,
    ready_product,
    sending,
    status,
    there,
)
from tests.harness import TOKEN
from tests.plugins.packages import WILD, make_package

ENVIRONMENT = {"LISTWRIGHT_VERIFY_INTERVAL": "3"}
FILTER, COUNTING = "condition-filter", "counting"
FILTERED = "Enable Filtered Products For Back Market Upload"
CUSTOM = "Enable Custom Inventory Calculation For Back Market"
_EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "plugins" / f"listwright-{FILTER}"


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two plugins, one of them an example, as if they were installed before the stack is started."""
    folder = tmp_path_factory.mktemp("plugins")
    make_package(folder, FILTER, (_EXAMPLE / "listwright_condition_filter.py").read_text())
    make_package(folder, COUNTING, WILD)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


def save(page: Page, *says: str) -> None:
    """*Save*, and once it has said what it changes on Back Market, if anything, *Save and apply*."""
    page.get_by_role("button", name="Save", exact=True).click()
    saved, told = page.get_by_text("Saved."), page.get_by_role("alert").filter(has_text="Before this is saved")
    expect(saved.or_(told).first).to_be_visible()
    for text in says:
        expect(told).to_contain_text(text)
    if told.is_visible():
        told.get_by_role("button", name="Save").click()
    expect(saved.first).to_be_visible()


def lines(shop: Shop, sku: str, after: int) -> list[dict[str, Any]]:
    """What was sent of a SKU since."""
    found = shop.stack.sandbox.control("GET", f"requests?format=lines&sku={sku}&after={after}")["lines"]
    return [line["fields"] for line in found]


def send(window: Window, sku: str, entry: str) -> None:
    """An entry of *Actions* on a product's Back Market page, to the end of its job."""
    page = window.open(f"catalog/{sku}/backmarket/")
    act(page, entry).get_by_role("button", name="Send").click()
    follow_toast(page)
    expect(status(page)).to_have_text("Completed", timeout=PATIENCE)


def test_c1_save_keeps_region_default_market_comment_and_the_other_defaults(window: Window) -> None:
    labels = ("Comment", "Max Quantity", "Safety Qty", "Warranty Delay", "Company name")
    for region, market, *typed in (
        ("North America", "United States", "Tested in our workshop.", "9", "2", "24", "Refurb House, Inc."),
        ("Europe", "Germany", "Geprüft und gereinigt.", "8", "1", "36", "Refurb House GmbH"),
        ("Europe", "France", "", "", "0", "", "Refurb House"),
    ):
        page = window.open("settings/backmarket/?edit=1")
        if page.get_by_label("Region").locator("option:checked").inner_text() != region:
            page.get_by_label("Region").select_option(region)
        expect(page.get_by_label(f"Updates in {market}")).to_be_visible()
        page.get_by_label("Default market").select_option(market)
        page.get_by_label(f"Updates in {market}").check()
        for label, value in zip(labels, typed, strict=True):
            page.get_by_label(label, exact=True).fill(value)
        save(page)
        page = window.open("settings/backmarket/")
        for panel, shown in (("Connection", region), ("Markets", market), ("Defaults", typed[0])):
            expect(page.get_by_role("region", name=panel)).to_contain_text(shown)
        page.get_by_role("link", name="Edit").click()
        for label, value in (("Region", region), ("Default market", market)):
            expect(page.get_by_label(label).locator("option:checked")).to_have_text(value)
        for label, value in zip(labels, typed, strict=True):
            expect(page.get_by_label(label, exact=True)).to_have_value(value)


def test_c1_testing_the_connection_with_a_wrong_token_says_what_is_wrong(window: Window) -> None:
    page = window.open("settings/backmarket/")
    # A worker that reads with it meanwhile would rightly pause the account, too.
    page.locator("summary", has_text="Sending").click()
    page.get_by_role("button", name="Pause all sending").click()
    expect(page.get_by_text("Nothing is sent to Back Market.").first).to_be_visible()
    probe = page.locator("#probe")
    for token, role, told in (
        ("mistyped", "alert", "Back Market no longer accepts this token (401)"),
        (TOKEN, "status", "accepts this connection."),
    ):
        page = window.open("settings/backmarket/?edit=1")
        page.get_by_label("Token").fill(token)
        save(page)
        expect(page.get_by_role("main")).not_to_contain_text(token)
        page.get_by_role("button", name="Test Connection").click()
        expect(probe.get_by_role(role)).to_contain_text(told)  # type: ignore[arg-type]
    page.locator("summary", has_text="Sending").click()
    page.get_by_role("button", name="Resume sending").click()
    expect(page.get_by_text("Sending goes on.")).to_be_visible()


def test_c3_the_grade_of_the_mapped_condition_creates_a_listing_and_is_never_sent_to_one_that_stands_there(
    window: Window, shop: Shop
) -> None:
    ready_product(shop, "C3-GRADE", condition="Lightly scratched")
    page = window.open("settings/conditions/")
    page.get_by_label("Grade of Lightly scratched").select_option("Good")
    save(page)
    await_ready(shop, "C3-GRADE")
    before = last_request(shop)
    send(window, "C3-GRADE", "Update/Post Product to BackMarket")
    assert [line["grade"] for line in lines(shop, "C3-GRADE", before) if "grade" in line] == ["GOOD"]
    assert there(shop, "C3-GRADE")["grade"] == "GOOD"

    created = last_request(shop)
    page = window.open("settings/conditions/")
    page.get_by_label("Grade of Lightly scratched").select_option("Fair")
    save(page)
    page = window.open("catalog/C3-GRADE/backmarket/")
    page.get_by_text("warnings").or_(page.get_by_text("1 warning")).first.click()
    expect(page.get_by_text("the listing on Back Market is GOOD")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Comment", exact=True).first.fill("Scratched on its back.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    send(window, "C3-GRADE", "Update/Post Product to BackMarket")
    send(window, "C3-GRADE", "Update Price and Qty to BackMarket")
    sent = lines(shop, "C3-GRADE", created)
    assert {"comment", "price", "quantity"} <= {name for line in sent for name in line}
    assert not [line for line in sent if "grade" in line]
    assert there(shop, "C3-GRADE")["grade"] == "GOOD"


def client_setting(window: Window, name: str, *says: str, on: bool) -> Page:
    """Switch one of *Client Settings*."""
    page = window.page
    page.goto(f"{window.shop.stack.url}/settings/client/?edit=1")
    page.get_by_label(name).set_checked(on)
    save(page, *says)
    return page


def company_plugin(window: Window, name: str, *, on: bool) -> Locator:
    """Switch a plugin on the company's page; returns its form."""
    form = window.open("plugins/").locator(f"#plugin-{name}")
    switch = form.get_by_label("On for this company")
    if not switch.is_visible():
        form.locator("summary").click()
    switch.set_checked(on)
    if name == FILTER:
        form.get_by_label("Conditions kept away").fill("Dented")
        form.get_by_label("Take them offline").check()
    save(window.page)
    return form


def test_c2_products_are_filtered_only_where_the_client_setting_and_the_companys_plugin_are_both_on(
    window: Window, shop: Shop
) -> None:
    sending(shop)
    ready_product(shop, "C2-DENTED", condition="Dented")
    page = window.open("settings/conditions/")
    page.get_by_label("Grade of Dented").select_option("Good")
    save(page)
    linked_products(shop, "C2-OTHER")
    await_ready(shop, "C2-DENTED")
    send(window, "C2-DENTED", "Update/Post Product to BackMarket")

    def ready(*, yes: bool) -> None:
        answer = window.open("catalog/C2-DENTED/backmarket/").locator(".lw-answer-yes" if yes else ".lw-answer-no")
        expect(answer).to_be_visible()

    page = client_setting(window, FILTERED, on=True)
    nobody = "No company has a plugin for it on, so nothing changes."
    expect(page.get_by_text(f"{nobody} Installed: {FILTER}.")).to_be_visible()
    ready(yes=True)
    client_setting(window, FILTERED, on=False)
    form = company_plugin(window, FILTER, on=True)
    expect(form).to_contain_text("on, not in force")
    expect(form).to_contain_text(f"The client setting “{FILTERED}” is off, so it does not decide.")
    ready(yes=True)
    assert there(shop, "C2-DENTED")["quantity"] == 5

    page = client_setting(window, FILTERED, "Going offline1", "Ready To Post turns No1", on=True)
    expect(page.get_by_text(f"Switched on: {FILTER} for Refurb House.")).to_be_visible()
    await_there(shop, "C2-DENTED", 0)
    ready(yes=False)
    assert there(shop, "C2-OTHER")["quantity"] == 5
    company_plugin(window, FILTER, on=False)
    ready(yes=True)


def test_c2_a_plugin_calculates_the_inventory_only_where_the_client_setting_is_on_too(
    window: Window, shop: Shop
) -> None:
    sending(shop)
    linked_products(shop, "C2-COUNTED")
    form = company_plugin(window, COUNTING, on=True)
    expect(form).to_contain_text(f"The client setting “{CUSTOM}” is off, so it does not decide.")
    page = window.open("catalog/C2-COUNTED/backmarket/")
    expect(page.get_by_role("button", name="Why 5?")).to_be_visible()
    client_setting(window, CUSTOM, on=True)
    await_there(shop, "C2-COUNTED", 9)
    page = window.open("catalog/C2-COUNTED/backmarket/")
    page.get_by_role("button", name="Why 9?").click()
    expect(page.get_by_role("dialog", name="Why this quantity?")).to_contain_text("Counted by hand.")
    client_setting(window, CUSTOM, on=False)
    await_there(shop, "C2-COUNTED", 5)
    company_plugin(window, COUNTING, on=False)


def test_c4_a_change_of_a_condition_says_before_it_is_saved_what_turns_ready(window: Window, shop: Shop) -> None:
    ready_product(shop, "C4-STAINED", condition="Stained")
    page = window.open("settings/conditions/")
    page.get_by_label("Grade of Stained").select_option("Fair")
    page.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("alert").filter(has_text="Before this is saved")
    for text in ("Ready To Post turns Yes1", "Going offline0", "Lines to send0", "All there in about"):
        expect(told).to_contain_text(text)
    told.get_by_role("link", name="Leave it as it was").click()
    expect(page.get_by_label("Grade of Stained")).to_have_value("")
