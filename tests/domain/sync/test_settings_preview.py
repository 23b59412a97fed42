"""What a setting would change is told exactly for few listings, and from a sample for many."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from listwright.catalog.models import Stock, Warehouse
from listwright.listings import operations as listings
from listwright.listings.models import Listing, ListingState
from listwright.listings.operations import Baseline, MarketThere
from listwright.sync import planner
from listwright.sync.operations import held
from listwright.sync.queries import settings_preview as module
from listwright.sync.queries.settings_preview import (
    Question,
    SettingsPreview,
    conditions_question,
    first_send,
    settings_question,
    told,
    warehouse_question,
)
from tests.domain.listings.makers import NOW, ORIGIN, connected, listed
from tests.domain.sync.planning import World, world

pytestmark = pytest.mark.django_db(transaction=True)


def answer(question: Question | None) -> SettingsPreview | None:
    return told(question) if question else None


def account_with(count: int) -> int:
    company, account = connected(
        inventory_upload=True, orders_download=True, stock_feed="stock_master", token_encrypted=b"x"
    )
    skus = [f"S{number}" for number in range(count)]
    rows = listed(company, account, *skus, physical=3)
    there = MarketThere("EUR", Decimal("199.90"), "Good", 12, publication_state=2)
    baselines = [Baseline(row.pk, str(UUID(int=row.pk)), row.pk, f"P{row.pk}", 2, {"fr-fr": there}) for row in rows]
    listings.link(account_id=account.pk, baselines=baselines, adopted=False, origin=ORIGIN, now=NOW)
    listings.enable(company=company, skus=skus, origin=ORIGIN, now=NOW)
    planner.plan_once(now=NOW)
    return account.pk


def test_few_listings_are_counted_exactly() -> None:
    account_id = account_with(6)
    assert first_send(account_id).lines == 6  # 2 stand there, 3 are wanted
    held.approve(company=Listing.objects.first().account.company, origin=ORIGIN, now=NOW)  # type: ignore[union-attr]
    planner.plan_once(now=NOW)
    found = answer(settings_question(account_id, {"default_safety_quantity": 3, "token": "t"}))
    assert found is not None
    assert (found.listings, found.changed, found.going_offline, found.about) == (6, 6, 6, False)
    assert settings_question(account_id, {"token": "t", "markets": {"fr-fr": {"comment": "New"}}}) is None


def test_many_listings_are_told_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    account_id = account_with(12)
    monkeypatch.setattr(module, "EXACT", 4)
    found = first_send(account_id)
    assert found.about and found.lines == 12


def in_warehouse(shop: World, listing: Listing, warehouse: Warehouse, units: int) -> None:
    Stock.objects.create(product_id=listing.product_id, warehouse=warehouse, physical=units, as_of=NOW)


def test_a_warehouse_off_sale_takes_down_what_stands_there_and_nothing_is_written() -> None:
    shop = world()
    main, outlet, empty = (
        Warehouse.objects.create(company=shop.company, name=name, sellable=True) for name in ("main", "Outlet", "Empty")
    )
    only_there, both, elsewhere = (shop.listing(sku) for sku in ("A", "B", "C"))
    for listing, warehouse, units in (
        (only_there, outlet, 5),
        (both, outlet, 4),
        (both, main, 1),
        (elsewhere, main, 5),
    ):
        in_warehouse(shop, listing, warehouse, units)
    found = answer(warehouse_question(shop.account.pk, warehouse_id=outlet.pk, sellable=False))
    assert found is not None
    assert (found.listings, found.changed, found.going_offline, found.lines, found.losing_ready) == (2, 2, 1, 2, 1)
    back = answer(warehouse_question(shop.account.pk, warehouse_id=outlet.pk, sellable=True))
    assert back is not None and (back.listings, back.changed) == (2, 0)
    assert warehouse_question(shop.account.pk, warehouse_id=empty.pk, sellable=False) is None
    assert Warehouse.objects.get(pk=outlet.pk).sellable
    assert set(ListingState.objects.values_list("quantity_desired", flat=True)) == {5}


def test_a_grade_taken_away_makes_products_unready_and_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = world()
    for number in range(6):
        shop.listing(f"S{number}")
    found = answer(conditions_question(shop.account.pk, {"GRADE A": None}))
    assert found is not None
    assert (found.listings, found.losing_ready, found.becoming_ready, found.lines, found.about) == (6, 6, 0, 0, False)
    assert conditions_question(shop.account.pk, {"Unheard of": "GOOD"}) is None
    monkeypatch.setattr(module, "EXACT", 3)
    sampled = answer(conditions_question(shop.account.pk, {"Grade A": ""}))
    assert sampled is not None and sampled.about and sampled.losing_ready == 6
    assert ListingState.objects.filter(ready=True).count() == 6
