"""What a setting would do is worked out behind the page that asks whether to save it (C4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from listwright.catalog import queries as catalog
from listwright.catalog.models import Product
from listwright.companies import operations as companies
from listwright.companies import queries
from listwright.companies.models import Account, Company
from listwright.listings import operations as listings
from listwright.listings.operations import Baseline, MarketThere
from listwright.sync import planner
from listwright.sync.models import AccountState
from tests.api.conftest import ORIGIN
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


def test_enabling_says_what_is_sent_by_itself_and_no_time_while_sending_is_paused(
    acme: Company, account: Account, browser: Client, products: Callable[..., list[str]], now: datetime
) -> None:
    products("THERE", "ALONE", condition="Good", stock={"main": 3}, site_price="99.00")
    made = listings.ensure(account_id=account.pk, product_ids=[row.pk for row in acme.products.all()], now=now)
    linked = made[acme.products.get(sku="THERE").pk]
    there = MarketThere("EUR", Decimal("50.00"), "Good", 12, publication_state=2)
    baseline = Baseline(linked, str(UUID(int=1)), 1, "P1", 2, {"fr-fr": there})
    listings.link(account_id=account.pk, baselines=[baseline], adopted=True, origin=ORIGIN, now=now)
    planner.plan_once(now=now)

    def asked() -> str:
        chosen = {"sku": ["THERE", "ALONE"]}
        return text(browser.post("/acme/actions/enable/ask/", chosen, headers={"HX-Request": "true"}))

    assert "To be enabled 2" in asked() and "Lines" not in asked()  # the uploads are off
    Account.objects.filter(pk=account.pk).update(prices_upload=True)
    assert "Lines" not in asked()  # the first automatic send waits for its approval
    AccountState.objects.update_or_create(account=account, defaults={"first_send_approved_at": now})
    assert "Lines up to 2 Time under a minute" in asked()  # a line for each market of what is there
    companies.pause_account(account_id=account.pk, code="by_hand", message="Paused.", now=now)
    assert "Time none is sent until sending, which is paused, goes on" in asked()
