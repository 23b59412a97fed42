"""Locks, and the two sums kept in a product's row: physical (sellable warehouses) and reserved (held reservations)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from listwright.changes.cells import looking_up
from listwright.changes.operations import Urgency, mark_each
from listwright.changes.prepared import rows

# Which warehouses are sellable must not change between reading a figure and adding it up.
_SELLABLE_LOCK = 7311


class Recounted(NamedTuple):
    """A product whose sums changed: old and new."""

    product_id: int
    old_physical: int | None
    physical: int | None
    old_reserved: int
    reserved: int

    @property
    def available(self) -> int | None:
        return None if self.physical is None else self.physical - self.reserved


@contextmanager
def counting(company_id: int, *, change: bool = False) -> Iterator[None]:
    """Around all that locks products and adds up, inside a transaction.

    Until that ends, others may not change which warehouses are sellable; with `change`, nor add up. Inside, joins go
    by index alone, so join only by key.
    """
    lock = "pg_advisory_xact_lock" if change else "pg_advisory_xact_lock_shared"
    with looking_up(f"{lock}(%s::int, %s::int)", [_SELLABLE_LOCK, company_id]):
        yield


def lock_products(company_id: int, skus: Iterable[str]) -> dict[str, int]:
    """Lock products by folded SKU, in id order: {folded SKU: id} of those there are."""
    statement = (
        "SELECT lower(sku), id FROM catalog_product WHERE company_id = %s AND lower(sku) = ANY(%s::text[])"
        " ORDER BY id FOR NO KEY UPDATE"
    )
    return dict(rows(statement, [company_id, list(skus)]))


def lock_product_ids(company_id: int, product_ids: Iterable[int]) -> set[int]:
    """Lock products by id, in id order; returns those of the company."""
    statement = (
        "SELECT id FROM catalog_product WHERE company_id = %s AND id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
    )
    return {product_id for (product_id,) in rows(statement, [company_id, list(product_ids)])}


# Stock that was known once stays known: a product whose only warehouse went off sale has none to sell, which is zero.
_RECOUNT = """
WITH facts AS MATERIALIZED (
    SELECT id, physical AS old_physical, reserved AS old_reserved,
        coalesce((SELECT sum(stock.physical) FROM catalog_stock AS stock JOIN catalog_warehouse AS warehouse
            ON warehouse.id = stock.warehouse_id
            WHERE stock.product_id = product.id AND warehouse.sellable), physical * 0)::int AS physical,
        (SELECT coalesce(sum(quantity), 0) FROM catalog_reservation AS reservation
            WHERE reservation.product_id = product.id AND reservation.state = 'held')::int AS reserved
    FROM catalog_product AS product WHERE id = ANY(%s::bigint[])
), changed AS (
    UPDATE catalog_product AS product SET physical = facts.physical, reserved = facts.reserved, updated_at = %s::timestamptz
    FROM facts
    WHERE product.id = facts.id AND (product.physical, product.reserved) IS DISTINCT FROM (facts.physical, facts.reserved)
    RETURNING product.id, old_physical, product.physical, old_reserved, product.reserved
), locked AS (
    SELECT grid.product_id, changed.physical - changed.reserved AS available
    FROM changed JOIN catalog_gridrow AS grid ON grid.product_id = changed.id
    ORDER BY grid.product_id FOR NO KEY UPDATE OF grid
), shown AS (
    UPDATE catalog_gridrow AS grid SET available = locked.available FROM locked WHERE grid.product_id = locked.product_id
)
SELECT id, old_physical, physical, old_reserved, reserved FROM changed ORDER BY id
"""


def recount(product_ids: Sequence[int], *, now: datetime) -> list[Recounted]:
    """Add up stock and reservations of locked products again; returns those whose sums changed, in id order."""
    if not product_ids:
        return []
    return [Recounted(*row) for row in rows(_RECOUNT, [list(product_ids), now])]


def mark_counted(company_id: int, changed: Sequence[Recounted], *, now: datetime) -> None:
    """Mark them stale: those that have nothing left as a stop-sale, the others as stock."""
    urgencies = {
        row.product_id: Urgency.STOP if row.available is not None and row.available <= 0 else Urgency.STOCK
        for row in changed
    }
    mark_each(company_id=company_id, urgencies=urgencies, now=now)
