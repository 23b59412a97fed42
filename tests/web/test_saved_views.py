"""Saved views of Manage Catalog: an address under a name, one's own or shared with the company."""

from __future__ import annotations

import pytest
from django.test import Client

from listwright.catalog.models import SavedView
from listwright.companies.models import Account, User
from tests.web.conftest import signed_in, text

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
