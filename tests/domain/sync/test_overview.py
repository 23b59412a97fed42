"""Is everything all right? Counted from what was accepted and what was read back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from listwright.catalog import operations as catalog
from listwright.catalog.models import GridRow
from listwright.catalog.types import ProductData
from listwright.changes.origin import Origin
from listwright.companies import operations
from listwright.companies.models import Account, Company
from listwright.listings import operations as listings
from listwright.listings.models import ListingMarketState, ListingState
from listwright.listings.operations import Baseline, MarketThere
from listwright.sync.operations import upkeep
from listwright.sync.queries import overview
from listwright.sync.queries.proofs import Proofs

ORIGIN = Origin.system("tests")


@pytest.fixture
def now(db: None) -> datetime:
    return timezone.now()


@pytest.fixture
def acme(now: datetime) -> Company:
    return catalog.open_company(slug="acme", name="Acme", currency="EUR", creator=None, origin=ORIGIN, now=now)


@pytest.fixture
def account(acme: Company, now: datetime) -> Account:
    return operations.connect_account(
        company=acme, environment="sandbox", region="eu", token="t", agent_company="A", contact_mail="a@acme.example",
        default_market="fr-fr", sandbox_url="http://127.0.0.1:9", origin=ORIGIN, now=now,
    )  # fmt: skip


@pytest.fixture
def linked(acme: Company, account: Account, now: datetime) -> list[int]:
    """Four listings as they were found on Back Market, and a product that is not there."""
    made = catalog.create_products(
        company=acme, products=[ProductData(sku=f"S-{number}") for number in range(5)], origin=ORIGIN, now=now
    )
    ids = listings.ensure(account_id=account.pk, product_ids=[product.pk for product in made], now=now)
    there = {"fr-fr": MarketThere("EUR", None)}
    baselines = [
        Baseline(ids[product.pk], f"00000000-0000-4000-8000-{product.pk:012}", None, "", 3, there)
        for product in made[:4]
    ]
    listings.link(account_id=account.pk, baselines=baselines, adopted=True, origin=ORIGIN, now=now)
    return [row.listing_id for row in baselines]


def test_what_stands_there_as_it_was_found_is_verified_for_an_hour(
    acme: Company, linked: list[int], now: datetime
) -> None:
    found = overview.shares(acme, now=now)
    assert found == Proofs(linked=4, verified=4, verified_hour=4, oldest_proof_at=now, drift=0, drift_kinds={})
    later = overview.shares(acme, now=now + timedelta(hours=1))
    assert (later.verified_share, later.verified_hour_share) == (1.0, 0.0)


def test_a_quantity_that_was_sent_is_not_verified_until_it_is_read_back(
    acme: Company, linked: list[int], now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    ListingState.objects.filter(listing_id=linked[0]).update(quantity_accepted=3, accepted_at=later)
    assert overview.shares(acme, now=later).verified == 3
    ListingState.objects.filter(listing_id=linked[0]).update(verified_at=later)
    assert overview.shares(acme, now=later).verified == 4


def test_a_price_in_an_enabled_market_that_differs_or_was_never_read_is_not_verified(
    acme: Company, linked: list[int], now: datetime
) -> None:
    prices = ListingMarketState.objects.filter(market="fr-fr")
    prices.filter(listing_id=linked[0]).update(price_accepted=9, price_verified=8)
    prices.filter(listing_id=linked[1]).update(price_accepted=9, price_verified=9, verified_at=None)
    found = overview.shares(acme, now=now)
    assert (found.verified, found.verified_hour, found.oldest_proof_at) == (2, 2, None)


def test_drift_is_counted_by_its_kind(acme: Company, linked: list[int], now: datetime) -> None:
    GridRow.objects.filter(product__sku="S-1").update(drift=True, drift_kind="ignored")
    found = overview.shares(acme, now=now)
    assert (found.drift, found.drift_kinds) == (1, {"ignored": 1})


def test_refusals_are_grouped_by_cause_and_a_listing_is_counted_once(
    acme: Company, linked: list[int], now: datetime
) -> None:
    ListingState.objects.filter(listing_id__in=linked[:2]).update(error_code="ean", error_message="Wrong EAN.")
    ListingState.objects.filter(listing_id=linked[2]).update(error_code="price", error_message="Too dear.")
    told = [(cause.code, cause.listings.text, cause.message) for cause in overview.causes(acme)]
    assert told == [("ean", "2", "Wrong EAN."), ("price", "1", "Too dear.")]


def test_another_companys_listings_are_not_counted(acme: Company, linked: list[int], now: datetime) -> None:
    other = catalog.open_company(slug="other", name="Other", currency="EUR", creator=None, origin=ORIGIN, now=now)
    operations.connect_account(
        company=other, environment="sandbox", region="eu", token="t", agent_company="A", contact_mail="a@acme.example",
        default_market="fr-fr", sandbox_url="http://127.0.0.1:9", origin=ORIGIN, now=now,
    )  # fmt: skip
    assert overview.shares(other, now=now) == Proofs(0, 0, 0, None, 0, {})
    assert overview.standing(other, now=now).running == 0


def test_figures_are_noted_once_every_five_minutes_and_forgotten_after_a_week(
    acme: Company, linked: list[int], now: datetime
) -> None:
    at = now.replace(minute=7, second=3)
    ListingState.objects.filter(listing_id=linked[0]).update(quantity_due=True)
    for seconds in (0, 60, 170, 180):
        upkeep.sample_figures(now=at + timedelta(seconds=seconds))
    found = overview.samples(acme, since=at - timedelta(minutes=5))
    assert [(row.at.minute, row.at.second) for row in found] == [(5, 0), (10, 0)]
    assert found[0][1:] == (0, 1, 4, 4)
    upkeep.forget_old(now=at + timedelta(days=9))
    assert overview.samples(acme, since=at - timedelta(days=1)) == []
