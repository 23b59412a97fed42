"""Changes of the same products at the same moment wait for each other; none is lost, none dies in a deadlock."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from listwright.catalog.operations import ensure_main_warehouse, set_stock
from listwright.catalog.types import StockChange
from listwright.changes.models import Stale
from listwright.companies.models import Company
from listwright.listings import operations
from listwright.listings.models import Listing
from listwright.listings.operations import Baseline
from tests.domain.listings.makers import LATER, NOW, ORIGIN, connected, linked, listed, standing
from tests.domain.sync.planning import raw

SKUS = [f"S{number:02}" for number in range(30)]


def change_properties(company: Company, seed: int) -> None:
    order = random.Random(seed)
    for round_number in range(8):
        changes: dict[str, dict[str, Any]] = {
            sku: order.choice(
                [
                    {"title": f"{seed} {round_number}"},
                    {"price": str(50 + round_number)},
                    {"safety_quantity": round_number},
                ]
            )
            for sku in order.sample(SKUS, len(SKUS))
        }
        operations.update_properties(company=company, changes=changes, origin=ORIGIN, now=LATER)


def change_stock(company: Company, seed: int) -> None:
    order = random.Random(seed)
    for round_number in range(8):
        rows = [StockChange(sku, round_number + seed) for sku in order.sample(SKUS, len(SKUS))]
        set_stock(company=company, changes=rows, origin=ORIGIN, now=LATER + timedelta(seconds=round_number))


def read_there(account_id: int, baselines: list[Baseline], seed: int) -> None:
    order = random.Random(seed)
    for round_number in range(8):
        reads = [row._replace(quantity=round_number) for row in order.sample(baselines, len(baselines))]
        read_at = LATER + timedelta(seconds=round_number)
        operations.record_there(account_id=account_id, baselines=reads, read_at=read_at)


@pytest.mark.django_db(transaction=True)
def test_properties_stock_and_reads_of_the_same_products_change_at_once() -> None:
    company, account = connected()
    ensure_main_warehouse(company=company)
    listings = listed(company, account, *SKUS)
    baselines = [standing(listing, number, fr_fr="60") for number, listing in enumerate(listings, start=1)]
    operations.link(account_id=account.pk, baselines=baselines, adopted=False, origin=ORIGIN, now=NOW)

    def on_a_connection_of_its_own(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        tasks: list[Callable[[], None]] = []
        for seed in (1, 2):
            tasks += [
                lambda seed=seed: change_properties(company, seed),  # type: ignore[misc]
                lambda seed=seed: change_stock(company, seed),  # type: ignore[misc]
                lambda seed=seed: read_there(account.pk, baselines, seed),  # type: ignore[misc]
            ]
        for done in [pool.submit(on_a_connection_of_its_own, task) for task in tasks]:
            done.result(timeout=60)
    assert Stale.objects.filter(product__company=company).count() == len(SKUS)
    assert set(Listing.objects.values_list("state__quantity_verified", flat=True)) == {7}


@pytest.mark.django_db(transaction=True)
def test_a_listing_that_is_being_sent_is_unlinked_behind_it() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")

    def unlink() -> None:
        operations.unlink(company=company, sku="A", then="leave", origin=ORIGIN, now=LATER)
        connection.close()

    with ThreadPoolExecutor(1) as pool, raw() as sender:
        sender.execute("SET lock_timeout = '5s'")
        # As who sends: the state, and then a line, which refers to the listing.
        sender.execute("SELECT FROM listings_listingstate WHERE listing_id = %s FOR NO KEY UPDATE", [listing.pk])
        unlinked = pool.submit(unlink)
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not sender.execute(waiting).fetchone()[0]:  # type: ignore[index]
            assert not unlinked.done()
        sender.execute("SELECT FROM listings_listing WHERE id = %s FOR KEY SHARE", [listing.pk])
        sender.commit()
        unlinked.result(timeout=30)
    assert Listing.objects.get().back_market_id is None
