"""Units promised to orders (B10). A reservation is made once by its reference and ended once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from listwright.catalog.operations.counting import (
    Recounted,
    counting,
    lock_product_ids,
    mark_counted,
    recount,
)
from listwright.catalog.types import ReservationItem
from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Invalid, NotFound

_ORDER = Origin("order", None, "order")


@transaction.atomic
def reserve(
    *, company_id: int, items: Sequence[ReservationItem], origin: Origin = _ORDER, now: datetime
) -> list[Recounted]:
    """Hold units for order lines; returns the products whose available units changed.

    A reference already held takes the new quantity; one already released or consumed stays ended. Reserving more
    than there is, is allowed: the units were sold. Raises Invalid for a quantity below 1, NotFound for a product of
    another company.
    """
    for item in items:
        if item.quantity < 1:
            message = f"{item.reference}: a reservation of {item.quantity} units is none."
            raise Invalid("reservation_quantity", message, {"quantity": message})
    wanted = {item.reference: item for item in items}
    product_ids = {item.product_id for item in wanted.values()}
    with counting(company_id):
        missing = product_ids - lock_product_ids(company_id, product_ids)
        if missing:
            raise NotFound("product_not_found", f"There is no product with the id {min(missing)} in this company.")
        rows = sorted(wanted.values(), key=lambda item: (item.product_id, item.reference))
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO catalog_reservation AS reservation (product_id, company_id, reference, quantity, state, created_at)
                SELECT product_id, %s, reference, quantity, 'held', %s
                FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS given (product_id, reference, quantity)
                ON CONFLICT (company_id, reference) DO UPDATE SET quantity = excluded.quantity
                WHERE reservation.state = 'held' AND reservation.product_id = excluded.product_id
                    AND reservation.quantity <> excluded.quantity
                """,
                [
                    company_id,
                    now,
                    [item.product_id for item in rows],
                    [item.reference for item in rows],
                    [item.quantity for item in rows],
                ],
            )
        return _counted(company_id, product_ids, "reserve", origin, now)


@transaction.atomic
def release(*, company_id: int, references: Sequence[str], origin: Origin = _ORDER, now: datetime) -> list[Recounted]:
    """Give held units back, as after a cancellation. References that are unknown or ended change nothing."""
    with counting(company_id):
        ended = _end(company_id, references, "released", now)
        return _counted(company_id, {product_id for product_id, _ in ended}, "release", origin, now)


@transaction.atomic
def consume(
    *,
    company_id: int,
    references: Sequence[str],
    take_from_stock: bool,
    origin: Origin = _ORDER,
    now: datetime,
) -> list[Recounted]:
    """End held reservations of units that have left. References that are unknown or ended change nothing.

    With `take_from_stock` (Listwright is the stock master) they are taken from the sellable warehouses, `main` first,
    never below zero; without it, the figures received leave them out already.
    """
    with counting(company_id):
        ended = _end(company_id, references, "consumed", now)
        if take_from_stock:
            _take(ended)
        return _counted(company_id, {product_id for product_id, _ in ended}, "consume", origin, now)


def _end(company_id: int, references: Sequence[str], state: str, now: datetime) -> list[tuple[int, int]]:
    """End held reservations under the lock of their products; (product id, units) of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT product_id FROM catalog_reservation"
            " WHERE company_id = %s AND reference = ANY(%s) AND state = 'held'",
            [company_id, list(references)],
        )
        if not lock_product_ids(company_id, [row[0] for row in cursor.fetchall()]):
            return []
        cursor.execute(
            "UPDATE catalog_reservation SET state = %s, ended_at = %s"
            " WHERE company_id = %s AND reference = ANY(%s) AND state = 'held' RETURNING product_id, quantity",
            [state, now, company_id, list(references)],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


# Each warehouse gives what the ones before it could not.
_TAKE = """
WITH wanted AS (
    SELECT product_id, sum(quantity)::int AS quantity FROM unnest(%s::bigint[], %s::int[]) AS given (product_id, quantity)
    GROUP BY product_id
), places AS (
    SELECT stock.id, stock.physical, wanted.quantity, coalesce(sum(stock.physical) OVER (
            PARTITION BY stock.product_id ORDER BY lower(warehouse.name) <> 'main', warehouse.id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM wanted JOIN catalog_stock AS stock USING (product_id)
    JOIN catalog_warehouse AS warehouse ON warehouse.id = stock.warehouse_id AND warehouse.sellable
)
UPDATE catalog_stock AS stock
SET physical = stock.physical - least(places.physical, greatest(places.quantity - places.before, 0))
FROM places WHERE places.id = stock.id AND least(places.physical, greatest(places.quantity - places.before, 0)) > 0
"""


def _take(ended: Sequence[tuple[int, int]]) -> None:
    if ended:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [[row[0] for row in ended], [row[1] for row in ended]])


def _counted(company_id: int, product_ids: set[int], operation: str, origin: Origin, now: datetime) -> list[Recounted]:
    changed = recount(sorted(product_ids), now=now)
    entries = []
    for row in changed:
        sums: dict[str, list[Any]] = {
            "reserved": [row.old_reserved, row.reserved],
            "physical": [row.old_physical, row.physical],
        }
        cells = {name: pair for name, pair in sums.items() if pair[0] != pair[1]}
        entries.append(Entry("product", row.product_id, operation, cells))
    record(company_id=company_id, entries=entries, origin=origin, now=now)
    if changed:
        mark_counted(company_id, changed, now=now)
    return changed
