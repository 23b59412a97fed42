"""Saved views of Manage Catalog: an address under a name, one's own or shared with the company."""

from __future__ import annotations

import pytest
from django.test import Client

from listwright.catalog.models import SavedView
from listwright.companies.models import Account, User
from tests.web.conftest import Strict, signed_in, text
from tests.web.pages import marks

SAVE = "/acme/views/"


def links(client: Client, address: str = "/acme/catalog/") -> list[tuple[str, bool]]:
    """(query, whether it is the one shown) of each view in the menu."""
    menu = client.get(address).content.decode().split("lw-views")[1].split("</details>")[0]
    found = []
    for part in menu.split('<a href="/acme/catalog/?')[1:]:
        query, _, rest = part.partition('"')
        found.append((query.replace("&amp;", "&"), rest.startswith(' aria-current="true"')))
    return found


def test_what_is_shown_is_kept_under_a_name_without_the_place_on_the_pages(browser: Client, account: Account) -> None:
    answer = browser.post(SAVE, {"name": " Not  ready ", "query": "sort=-name&ready=false&cursor=abc"})
    assert answer["Location"] == "/acme/catalog/?ready=false&sort=-name"
    assert links(browser) == [("ready=false&sort=-name", False)]
    assert links(browser, "/acme/catalog/?sort=-name&ready=false") == [("ready=false&sort=-name", True)]
    assert "Not ready" in text(browser.get("/acme/catalog/"))


def test_the_same_name_again_replaces_the_view(browser: Client, account: Account) -> None:
    browser.post(SAVE, {"name": "Mine", "query": "ready=false"})
    browser.post(SAVE, {"name": "MINE", "query": "drift=true", "shared": "true"})
    assert list(SavedView.objects.values_list("name", "query", "shared")) == [("MINE", "drift=true", True)]


def test_others_see_what_is_shared_and_cannot_remove_it(browser: Client, viewer: User, account: Account) -> None:
    others = signed_in(viewer)
    browser.post(SAVE, {"name": "Private", "query": "ready=false"})
    browser.post(SAVE, {"name": "Common", "query": "drift=true", "shared": "true"})
    assert links(others) == [("drift=true", False)]
    for view in SavedView.objects.all():
        others.post(f"/acme/views/{view.pk}/forget/")
    assert SavedView.objects.count() == 2


def test_a_view_can_be_removed(browser: Client, account: Account) -> None:
    browser.post(SAVE, {"name": "Mine", "query": "ready=false"})
    browser.post(f"/acme/views/{SavedView.objects.get().pk}/forget/")
    assert links(browser) == []


@pytest.mark.parametrize(
    ("name", "query"), [("", "ready=false"), ("x" * 61, ""), ("A", "readyy=false"), ("A", "sort=colour")]
)
def test_what_is_not_understood_is_not_kept(browser: Client, account: Account, name: str, query: str) -> None:
    assert browser.post(SAVE, {"name": name, "query": query}).status_code == 400
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}])
@pytest.mark.parametrize(("name", "told"), [("  ", "Give the view a name."), ("x" * 61, "At most 60 characters")])
def test_a_name_that_cannot_be_is_asked_for_again_with_all_that_was_typed(
    browser: Client, account: Account, name: str, told: str, headers: dict[str, str]
) -> None:
    refused = browser.post(SAVE, {"name": name, "query": "ready=false", "shared": "true"}, headers=headers)
    page = refused.content.decode()
    assert refused.status_code == 400 and told in marks(page)["name"] and not Strict(page).refused
    form = page[page.index(f'<form method="post" action="{SAVE}"') :].split("</form>")[0]
    assert f'value="{name}"' in form and 'name="query" value="ready=false"' in form
    assert 'name="shared" value="true" checked' in form
    # Into the dialog goes the form alone; without htmx it is a page.
    assert page.startswith("<form") == bool(headers)


def test_what_else_keeps_a_view_from_being_kept_is_said_in_its_dialog(
    browser: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    htmx = {"HX-Request": "true"}
    strange = browser.post(SAVE, {"name": "Mine", "query": "sort=colour"}, headers=htmx)
    assert "“colour” is no order." in text(strange) and 'value="Mine"' in strange.content.decode()
    monkeypatch.setattr("listwright.catalog.operations.views.MOST_VIEWS", 0)
    many = browser.post(SAVE, {"name": "Mine", "query": ""}, headers=htmx)
    assert many.status_code == 429 and "Remove one first." in text(many) and many.content.startswith(b"<form")


def test_a_view_saved_in_its_dialog_leads_to_it_and_twice_sent_is_saved_once(browser: Client, account: Account) -> None:
    sending = {"name": "Mine", "query": "ready=false", "once": "one page"}
    for _ in range(2):
        saved = browser.post(SAVE, sending, headers={"HX-Request": "true"})
        assert (saved.status_code, saved["HX-Redirect"]) == (200, "/acme/catalog/?ready=false")
        SavedView.objects.update(name="Renamed")
    assert SavedView.objects.count() == 1
    assert "The view is saved." in text(browser.get(saved["HX-Redirect"]))


def test_a_view_keeps_a_price_with_whichever_decimal_sign_it_was_typed(browser: Client, account: Account) -> None:
    saved = browser.post(SAVE, {"name": "Dear", "query": "price_min=1.399,50&sort=sku"})
    assert saved["Location"] == "/acme/catalog/?price_min=1399.50&sort=sku"
    assert links(browser, saved["Location"]) == [("price_min=1399.50&sort=sku", True)]
