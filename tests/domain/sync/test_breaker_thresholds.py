"""Each threshold of the circuit breaker is a setting of the account, changed through the door that people use."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from listwright.changes.origin import Origin
from listwright.common.errors import Invalid
from listwright.companies import secrets
from listwright.companies.models import Account
from listwright.companies.operations import update_account_settings
from listwright.listings.models import ListingMarketState, ListingState
from listwright.sync.breaker.step import judge
from listwright.sync.models import AccountState
from tests.domain.sync.planning import NOW, World, world
from tests.domain.sync.test_breaker import answered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> World:
    return world(
        markets=("fr-fr",), sandbox_url="http://127.0.0.1:1", token_encrypted=secrets.encrypt("token"),
        agent_company="Seller", contact_mail="a@example.com",
    )  # fmt: skip


def put(shop: World, **settings: Any) -> None:
    update_account_settings(company=shop.company, changes=settings, origin=Origin.system("test"), now=NOW)


def test_the_defaults_are_those_of_the_safety_section(shop: World) -> None:
    account = Account.objects.get()
    assert (account.breaker_zeros_share, account.breaker_zeros_least, account.breaker_minutes) == (20, 25, 15)
    assert account.breaker_price_fall == 40
    with pytest.raises(Invalid) as refused:
        put(shop, breaker_zeros_share=101)
    assert list(refused.value.fields) == ["breaker_zeros_share"]


@pytest.mark.parametrize(
    ("settings", "minutes_between", "held"),
    [
        ({"breaker_zeros_least": 4}, 0, 4),
        ({"breaker_zeros_least": 5}, 0, 0),
        ({"breaker_zeros_least": 4, "breaker_zeros_share": 39}, 0, 4),
        ({"breaker_zeros_least": 4, "breaker_zeros_share": 40}, 0, 0),
        ({"breaker_zeros_least": 4, "breaker_zeros_share": None}, 0, 0),
        ({"breaker_zeros_least": 4}, 14, 4),
        ({"breaker_zeros_least": 4, "breaker_minutes": 10}, 14, 0),
    ],
)
def test_how_many_zeros_of_how_many_listings_within_which_time(
    shop: World, settings: dict[str, Any], minutes_between: int, held: int
) -> None:
    put(shop, **settings)
    phones = [shop.listing(f"P{number}") for number in range(10)]
    for number, phone in enumerate(
        phones[:4]
    ):  # by a safety quantity of their own, which neither stock nor orders explain
        phone.safety_quantity, phone.safety_quantity_default = 9, False
        phone.save()
        shop.stale(phone.product_id)
        shop.plan(NOW if number % 2 else NOW - timedelta(minutes=minutes_between))
    judge(account_id=shop.account.id, now=NOW)
    assert ListingState.objects.filter(hold="held").count() == held


@pytest.mark.parametrize(("most_fall", "held"), [(40, True), (49, True), (50, False), (None, False)])
def test_how_far_a_price_may_fall(shop: World, most_fall: int | None, held: bool) -> None:
    put(shop, breaker_price_fall=most_fall)
    phone = shop.listing("A")
    shop.change(phone, site_price=Decimal("50.00"))
    shop.plan()
    assert (ListingMarketState.objects.get(listing=phone).hold == "held") is held


@pytest.mark.parametrize(
    ("settings", "storms"),
    [
        ({}, 1),
        ({"breaker_refused_least": 31}, 0),
        ({"breaker_refused_share": 75}, 0),
        ({"breaker_refused_share": None}, 0),
        ({"breaker_minutes": 5}, 0),
    ],
)
def test_how_many_refusals_are_a_storm(shop: World, settings: dict[str, Any], storms: int) -> None:
    put(shop, **settings)
    phone = shop.listing("A")
    at = NOW - timedelta(minutes=8)
    answered(shop, phone, "rejected", 30, at)
    answered(shop, phone, "accepted", 10, at)
    judge(account_id=shop.account.id, now=NOW)
    assert len(AccountState.objects.get().storms) == storms
