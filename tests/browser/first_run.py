"""The first run of an installation: administrator, company, connection, by the pages alone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.harness import TOKEN, Stack

COMPANY = "refurb"
PASSWORD = "correct horse battery"


def first_run(page: Page, stack: Stack, look: Callable[[Page], None]) -> str:
    """An empty installation becomes a connected company, by its pages alone; returns a token for REST.

    `look` is called with each page on the way.
    """
    page.goto(f"{stack.url}/")
    expect(page.get_by_role("heading", name="Welcome to Listwright")).to_be_visible()
    look(page)
    page.get_by_label("User name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the administrator").click()
    expect(page.get_by_label("Short name")).to_be_visible()
    look(page)
    page.get_by_label("Name", exact=True).fill("Refurb House")
    page.get_by_label("Short name").fill(COMPANY)
    page.get_by_label("Currency of its prices").fill("EUR")
    page.get_by_role("button", name="Create the company").click()
    expect(page.get_by_role("heading", name="Set up Refurb House")).to_be_visible()
    look(page)
    page.get_by_role("main").get_by_role("link", name="General Settings").click()
    expect(page.get_by_label("Environment")).to_be_visible()
    look(page)
    page.get_by_label("Environment").select_option("Sandbox")
    page.get_by_label("Sandbox address").fill(stack.sandbox.url)
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_label("Company name").fill("Refurb House")
    page.get_by_label("Contact mail").fill("it@refurb.example")
    for market in ("Germany", "United Kingdom"):
        page.get_by_label(f"Updates in {market}").check()
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Connected. Both uploads are off")).to_be_visible()
    page.goto(f"{stack.url}/{COMPANY}/")
    # A full minute may have come first, and with it the clock's own download: then there is no button for it any more.
    expect(page.get_by_role("region", name="Steps").get_by_text("Bring your products")).to_be_visible()
    look(page)
    page.goto(f"{stack.url}/account/")
    page.get_by_label("Name of a new token").fill("walks")
    page.get_by_role("button", name="Create a token").click()
    return page.locator("#new-token").inner_text().strip()
