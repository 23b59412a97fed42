"""Whoever writes many states takes them in everybody's order, so that none of them ends in a deadlock with another."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from listwright.changes.origin import Origin
from listwright.sync.breaker.step import judge
from listwright.sync.models import AccountState
from listwright.sync.operations import forcing, held
from tests.domain.sync.engine_world import eventually
from tests.domain.sync.planning import NOW, World, on_a_connection_of_its_own, raw, somebody_waits, world

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = Origin.system("tests")
MARKET = "fr-fr"


def approve(shop: World) -> None:
    held.approve_all(company=shop.company, origin=ORIGIN, now=NOW)


def force(shop: World) -> None:
    ids = [row[0] for row in rows("SELECT id FROM listings_listing ORDER BY id DESC")]
    forcing.force(account_id=shop.account.id, markets={listing: [MARKET] for listing in ids}, now=NOW)


def tell(shop: World) -> None:
    judge(account_id=shop.account.id, now=NOW)


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


# What is done, and what makes the quantities and prices of every listing its concern.
WRITERS: dict[str, tuple[Callable[[World], None], str, str]] = {
    "a first send is approved": (approve, "quantity_desired = 0, quantity_accepted = 5", "price_accepted = 9999"),
    "a person sends at once": (force, "forced = false", "forced = false"),
    "who asked for what is held is told": (tell, "hold = 'held', forced = true", "hold = 'held', forced = true"),
    "zeros are let go": (tell, "hold = 'watched', hold_since = '2020-01-01'", "hold = ''"),
}


@pytest.mark.parametrize("table", ["listings_listingstate", "listings_listingmarketstate"])
@pytest.mark.parametrize("writer", WRITERS)
def test_it_waits_for_the_first_row_with_none_of_the_others_in_its_hands(writer: str, table: str) -> None:
    shop = world(markets=(MARKET,))
    first, second = (shop.listing(sku).id for sku in ("A", "B"))
    AccountState.objects.update(first_send_approved_at=None)
    work, quantities, prices = WRITERS[writer]
    with connection.cursor() as cursor:
        for name, values in (("listings_listingstate", quantities), ("listings_listingmarketstate", prices)):
            # The first listing's row is written last: whoever goes by the table's own order meets the second before it.
            for listing in (second, first):
                cursor.execute(f"UPDATE {name} SET {values} WHERE listing_id = %s", [listing])
    lock = f"SELECT FROM {table} WHERE listing_id = %s FOR NO KEY UPDATE"
    with ThreadPoolExecutor(1) as pool, raw() as other:
        other.execute("SET lock_timeout = '5s'")
        other.execute(lock, [first])
        done = pool.submit(on_a_connection_of_its_own, lambda: work(shop))
        eventually(lambda: done.done() or somebody_waits())
        # A writer that has no business with this table has just ended.
        if not done.done():
            other.execute(lock, [second])
        other.commit()
        done.result(timeout=10)
