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
from django.utils import timezone

from listwright.catalog import queries as catalog
from listwright.catalog.models import Product
from listwright.changes.operations import Urgency, mark_stale
from listwright.companies import operations as companies
from listwright.companies import queries
from listwright.companies.models import Account, Company
from listwright.listings import operations as listings
from listwright.listings.operations import Baseline, MarketThere
from listwright.sync import planner
from listwright.sync.models import AccountState
from tests.api.conftest import ORIGIN
from tests.web.conftest import text
from tests.web.pages import edited, form_of

pytestmark = pytest.mark.django_db(transaction=True)

COMPANY = "/acme/settings/"
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


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"default_market": "de-de"}, ("Listings changed 0 of 2", "Posting sends the products’ texts to Germany")),
        ({"breaker_zeros_share": "30"}, ("of 0 held or waiting to be sent", "those that are held stay held.")),
        ({"breaker_price_fall": ""}, ("Lines to send 0", "No price is held for its fall from then on.")),
        ({"drift_prices": "mend"}, ("Listings changed 0 of 0 that differ there", "ours is sent again")),
        ({"drift_more": "show"}, ("of 0 that differ there", "shown from then on and not lowered")),
        ({"drift_less": "show"}, ("of 0 that differ there", "only once an order explains them")),
        ({"drift_grace_minutes": "20"}, ("of 0 that differ there", "is taken for a sale for 20 minutes.")),
        ({"send_min_price": "true"}, ("of 0 with repricing", "of listings with repricing from then on, now 0.")),
    ],
)
def test_every_setting_that_changes_what_is_sent_asks_first_and_is_saved_by_the_answer_alone(
    acme: Company, browser: Client, typed: dict[str, str], said: tuple[str, str]
) -> None:
    ((name, value),) = typed.items()
    before = getattr(queries.account(acme), name)
    form = edited(browser, GENERAL, "general", **typed)
    page = browser.post(GENERAL, form)
    assert page.status_code == 200 and "Before this is saved" in text(page) and not confirmations(page)
    told = behind(browser, GENERAL, form)
    assert all(one in unescape(text(told)) for one in said)
    assert getattr(queries.account(acme), name) == before
    assert browser.post(GENERAL, form | {"confirmed": confirmations(told)[0]}).status_code == 302
    assert str(getattr(queries.account(acme), name) or "").lower() == value


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"stock_feed": "already_excludes"}, "stay so until those are shipped or cancelled: 0."),
        ({"orders_download": "true"}, "Orders are read from then on: units of open ones are reserved"),
        ({"breaker_refused_least": "30"}, "What Back Market refuses is judged by these thresholds"),
        ({"breaker_zeros_least": "30"}, "those that are held stay held."),
        ({"breaker_minutes": "30"}, "Zeros and refusals are counted within 30 minutes from then on."),
    ],
)
def test_what_only_matters_later_is_asked_in_a_sentence_without_any_figure(
    acme: Company, browser: Client, typed: dict[str, str], said: str
) -> None:
    ((name, value),) = typed.items()
    form = edited(browser, GENERAL, "general", **typed)
    told = behind(browser, GENERAL, form)
    assert said in unescape(text(told)) and "Listings changed" not in text(told)
    whole = browser.post(GENERAL, form | {"tell": "true"})
    assert "Before this is saved" in text(whole) and said in unescape(text(whole)), "without JavaScript too"
    assert browser.post(GENERAL, form | {"confirmed": confirmations(whole)[0]}).status_code == 302
    assert str(getattr(queries.account(acme), name)).lower() == value


@pytest.mark.usefixtures("two")
def test_another_currency_is_told_before_it_relabels_every_price(acme: Company, browser: Client) -> None:
    Product.objects.update(site_price="100.00")
    for product in Product.objects.all():
        mark_stale(company_id=acme.pk, product_ids=[product.pk], urgency=Urgency.PRICE, now=product.updated_at)
    planner.plan_once(now=timezone.now())
    form = edited(browser, COMPANY, "company", currency="usd", name="Acme & Co")
    page = browser.post(COMPANY, form)
    assert page.status_code == 200 and "Before this is saved" in text(page) and not confirmations(page)
    assert form_of(page.content.decode(), "company")["currency"] == "usd"
    told = behind(browser, COMPANY, form)
    assert "Listings changed 2 of 2" in text(told)
    assert "Markets in USD take the products’ prices" in unescape(text(told))
    whole = browser.post(COMPANY, form | {"tell": "true"})
    assert confirmations(whole) == confirmations(told), "without JavaScript too"
    assert named(acme) == ("acme", "EUR")
    other = form | {"currency": "gbp", "confirmed": confirmations(told)[0]}
    assert browser.post(COMPANY, other).status_code == 200 and named(acme) == ("acme", "EUR"), "that was not told"
    assert browser.post(COMPANY, form | {"confirmed": confirmations(told)[0]}).status_code == 302
    assert named(acme) == ("Acme & Co", "USD")


@pytest.mark.usefixtures("two")
def test_a_company_s_name_is_saved_at_once_and_a_currency_that_is_none_is_said_first(
    acme: Company, browser: Client
) -> None:
    assert browser.post(COMPANY, edited(browser, COMPANY, "company", name="Acme & Co")).status_code == 302
    assert browser.post(COMPANY, edited(browser, COMPANY, "company", currency="eur")).status_code == 302
    assert named(acme) == ("Acme & Co", "EUR")
    wrong = edited(browser, COMPANY, "company", currency="12")
    refused = browser.post(COMPANY, wrong)
    assert refused.status_code == 400 and "'12' is not a currency" in unescape(text(refused))
    told = behind(browser, COMPANY, wrong)
    assert "'12' is not a currency" in unescape(text(told)) and not confirmations(told)


def test_a_currency_is_saved_at_once_where_nothing_is_connected(acme: Company, browser: Client) -> None:
    assert browser.post(COMPANY, edited(browser, COMPANY, "company", currency="USD")).status_code == 302
    assert named(acme) == (acme.name, "USD")


def named(company: Company) -> tuple[str, str]:
    company.refresh_from_db()
    return company.name, company.currency
