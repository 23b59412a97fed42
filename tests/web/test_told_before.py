"""What a setting would do is worked out behind the page that asks whether to save it (C4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from listwright.catalog import queries as catalog
from listwright.catalog.models import Product
from listwright.companies import queries
from listwright.companies.models import Account, Company
from listwright.listings import operations as listings
from listwright.sync import planner
from tests.web.conftest import text
from tests.web.pages import edited

pytestmark = pytest.mark.django_db(transaction=True)

GENERAL = "/acme/settings/backmarket/"
WAREHOUSES = "/acme/settings/warehouses/"
CONDITIONS = "/acme/settings/conditions/"
OFF_SALE = {"action": "unsellable", "name": "main"}
UNGRADED = {"condition": "Good", "was": "GOOD", "grade": ""}


@pytest.fixture
def two(acme: Company, account: Account, products: Callable[..., list[str]], now: datetime) -> Account:
    """Two planned listings with stock."""
    products("P1", "P2", condition="Good", stock={"main": 3})
    listings.ensure(account_id=account.pk, product_ids=list(Product.objects.values_list("pk", flat=True)), now=now)
    planner.plan_once(now=now)
    return account


def behind(browser: Client, address: str, form: dict[str, str]) -> HttpResponse:
    """What the page asks for once it is there."""
    answer: Any = browser.post(address, form | {"tell": "true"}, headers={"HX-Request": "true"})
    return answer


def confirmations(answer: HttpResponse) -> list[str]:
    return re.findall(r'name="confirmed" value="(\w+)"', answer.content.decode())


@pytest.mark.usefixtures("two")
def test_the_page_is_there_before_anything_is_planned_and_asks_for_it_afterwards(
    acme: Company, browser: Client
) -> None:
    form = edited(browser, GENERAL, "general", default_safety_quantity="2")
    page = browser.post(GENERAL, form)
    assert page.status_code == 200 and "Listings changed" not in text(page)
    assert "What it would change is being worked out…" in text(page)
    assert f'hx-post="{GENERAL}"' in page.content.decode() and 'hx-trigger="load, every 5s"' in page.content.decode()
    assert confirmations(page) == [], "nobody confirms what they have not seen"
    told = behind(browser, GENERAL, form)
    assert "Listings changed" in text(told) and "<html" not in told.content.decode()
    assert queries.account(acme).default_safety_quantity == 0
    (confirmed,) = confirmations(told)
    assert behind(browser, GENERAL, form | {"confirmed": confirmed}).status_code == 200, "asking saves nothing"
    assert queries.account(acme).default_safety_quantity == 0
    assert browser.post(GENERAL, form | {"confirmed": confirmed}).status_code == 302
    assert queries.account(acme).default_safety_quantity == 2


@pytest.mark.usefixtures("two")
def test_what_became_wrong_meanwhile_is_said_where_the_answer_was_expected(browser: Client) -> None:
    form = edited(browser, GENERAL, "general", default_safety_quantity="2", contact_mail="nobody")
    told = behind(browser, GENERAL, form)
    assert "'nobody' is not a mail address." in unescape(text(told)) and not confirmations(told)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("address", "form"), [(WAREHOUSES, OFF_SALE), (CONDITIONS, UNGRADED)])
def test_warehouses_and_conditions_are_told_behind_their_pages_too(
    acme: Company, browser: Client, address: str, form: dict[str, str]
) -> None:
    page = browser.post(address, form)
    assert "is being worked out" in text(page) and not confirmations(page)
    told = behind(browser, address, form)
    assert "of 2" in text(told)
    assert catalog.warehouses(acme)[0].sellable and queries.condition_map(acme)["good"] == "GOOD"
    assert browser.post(address, form | {"confirmed": confirmations(told)[0]}).status_code == 302
    assert not catalog.warehouses(acme)[0].sellable or "good" not in queries.condition_map(acme)


def test_what_changes_nothing_on_back_market_is_said_and_can_be_saved(account: Account, browser: Client) -> None:
    told = behind(browser, WAREHOUSES, OFF_SALE)
    assert "It changes nothing on Back Market." in text(told)
    assert browser.post(WAREHOUSES, OFF_SALE).status_code == 302
