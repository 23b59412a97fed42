"""Set stock: one row or ten thousand, by the same few statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from listwright.catalog.fields import parse_physical
from listwright.catalog.operations.counting import counting, lock_products, mark_counted, recount
from listwright.catalog.types import StockChange, StockResult
from listwright.changes.cells import ChangedCells
from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.changes.prepared import rows
from listwright.common.errors import DomainError, Invalid, LimitReached, NotFound
from listwright.common.text import fold, visible
from listwright.companies.models import Company

MOST_ROWS = 10_000
_CLOCKS_DIFFER_BY = timedelta(minutes=5)


STOCK = "stock."
"""What history's fields for stock begin with; the warehouse's name follows."""


class Place(NamedTuple):
    """A warehouse stock is set in."""

    id: int
    name: str
    sellable: bool


class Figure(NamedTuple):
    """A checked stock figure; `row` is the place in the input it came from, `as_of` None for one of this moment."""

    row: int
    product_id: int
    warehouse: Place
    physical: int
    as_of: datetime | None


class Written(NamedTuple):
    """What became of a figure: the value before (None: never set), or ignored as older than the stored one."""

    figure: Figure
    old_physical: int | None
    old_as_of: datetime | None
    ignored: bool

    @property
    def changed(self) -> bool:
        return not self.ignored and self.old_physical != self.figure.physical


@transaction.atomic
def set_stock(*, company: Company, changes: Sequence[StockChange], origin: Origin, now: datetime) -> StockResult:
    """Set physical units, up to 10,000 rows at once; SKUs not named stay as they are.

    Rows that are wrong are reported by index and leave the others alone. A figure whose `as_of` is older than the
    stored one's is ignored, and so is the older of two for the same SKU and warehouse (the later row where equal
    counts). Unchanged figures write no history and plan nothing. Raises LimitReached for more rows.
    """
    if len(changes) > MOST_ROWS:
        message = f"{len(changes)} rows are too many at once: send at most {MOST_ROWS}."
        raise LimitReached("too_many_rows", message)
    errors: dict[int, DomainError] = {}
    checked: dict[int, StockChange] = {}
    for index, change in enumerate(changes):
        try:
            checked[index] = _checked(change, now)
        except DomainError as error:
            errors[index] = error
    with counting(company.pk):
        figures, ignored, unknown = _figures(company.pk, checked, now)
        written = write_figures(figures, now=now)
        finish(company.pk, written, origin=origin, now=now)
    errors |= unknown
    ignored |= {
        row.figure.row: f"Ignored: what is known is newer, of {row.old_as_of:%Y-%m-%d %H:%M:%S} UTC."
        for row in written
        if row.ignored
    }
    changed = sum(row.changed for row in written)
    return StockResult(changed, len(changes) - changed - len(ignored) - len(errors), ignored, errors)


def _figures(
    company_id: int, checked: Mapping[int, StockChange], now: datetime
) -> tuple[list[Figure], dict[int, str], dict[int, DomainError]]:
    """The newest figure of each product, now locked, and warehouse; rows superseded by another; rows of unknown SKUs."""
    products = lock_products(company_id, {fold(change.sku) for change in checked.values()})
    warehouses = places(company_id)
    newest: dict[tuple[int, int], Figure] = {}
    ignored: dict[int, str] = {}
    unknown: dict[int, DomainError] = {}
    for index, change in checked.items():
        product_id, warehouse = products.get(fold(change.sku)), warehouses.get(fold(change.warehouse))
        if product_id is None:
            message = f"There is no product “{change.sku[:200]}”. Create it first."
            unknown[index] = NotFound("sku_unknown", message, {"sku": message})
        elif warehouse is None:
            unknown[index] = warehouse_unknown(change.warehouse, "warehouse")
        else:
            newer = figure = Figure(index, product_id, warehouse, change.physical, change.as_of)
            if other := newest.get((product_id, warehouse.id)):
                older, newer = (figure, other) if (other.as_of or now) > (figure.as_of or now) else (other, figure)
                ignored[older.row] = f"Ignored: row {newer.row} has a newer figure."
            newest[product_id, warehouse.id] = newer
    return list(newest.values()), ignored, unknown


def set_product_stock(
    *,
    company: Company,
    sku: str,
    physical: int,
    warehouse: str = "main",
    as_of: datetime | None = None,
    origin: Origin,
    now: datetime,
) -> StockResult:
    """Set one product's stock in one warehouse; raises what `set_stock` reports: NotFound, Invalid."""
    change = StockChange(sku, physical, warehouse, as_of)
    result = set_stock(company=company, changes=[change], origin=origin, now=now)
    if result.errors:
        raise result.errors[0]
    return result


def finish(company_id: int, written: Sequence[Written], *, origin: Origin, now: datetime) -> None:
    """Add up, write history and mark stale, for figures just written."""
    changed = [row for row in written if row.changed]
    if not changed:
        return
    recounted = recount(sorted({row.figure.product_id for row in changed}), now=now)
    entries = [Entry("product", product_id, "set_stock", cells) for product_id, cells in stock_cells(written).items()]
    record(company_id=company_id, entries=entries, origin=origin, now=now)
    mark_counted(company_id, recounted, now=now)


def stock_cells(written: Sequence[Written]) -> dict[int, dict[str, list[Any]]]:
    """History's cells by product id: {`stock.main`: [old, new]}."""
    cells: dict[int, dict[str, list[Any]]] = defaultdict(dict)
    for row in written:
        if row.changed:
            figure = row.figure
            cells[figure.product_id][f"{STOCK}{figure.warehouse.name}"] = [row.old_physical, figure.physical]
    return cells


# The products are locked, so nobody else writes these rows between the look and the insert.
_GIVEN = """SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::timestamptz[])
    WITH ORDINALITY AS given (product_id, warehouse_id, physical, as_of, place)"""
_WRITE = """
WITH given AS (
    {given}
), judged AS (
    SELECT place, product_id, warehouse_id, given.physical, stock.physical AS old_physical, stock.as_of AS old_as_of,
        coalesce(given.as_of, greatest(stock.as_of, %s::timestamptz)) AS as_of,
        coalesce(given.as_of < stock.as_of, false) AS ignored
    FROM given LEFT JOIN LATERAL (
        SELECT physical, as_of FROM catalog_stock
        WHERE product_id = given.product_id AND warehouse_id = given.warehouse_id OFFSET 0
    ) AS stock ON true
), written AS (
    INSERT INTO catalog_stock (product_id, warehouse_id, physical, as_of)
    SELECT product_id, warehouse_id, physical, as_of FROM judged
    WHERE NOT ignored AND (physical, as_of) IS DISTINCT FROM (old_physical, old_as_of)
    ORDER BY product_id, warehouse_id
    ON CONFLICT (product_id, warehouse_id) DO UPDATE SET physical = excluded.physical, as_of = excluded.as_of
)
{answer}
"""
_TOLD = "SELECT old_physical, old_as_of, ignored FROM judged ORDER BY place"


def write_figures(figures: Sequence[Figure], *, now: datetime) -> list[Written]:
    """Store figures of locked products, each product and warehouse once; older ones are ignored.

    A figure of this moment never is older: another machine's clock may be ahead of ours.
    """
    if not figures:
        return []
    told = rows(
        _WRITE.format(given=_GIVEN, answer=_TOLD),
        [
            [figure.product_id for figure in figures],
            [figure.warehouse.id for figure in figures],
            [figure.physical for figure in figures],
            [figure.as_of for figure in figures],
            now,
        ],
    )
    return [Written(figure, *row) for figure, row in zip(figures, told, strict=True)]


def write_stock_cells(changes: ChangedCells, places: Mapping[str, Place], *, now: datetime) -> None:
    """Store the figures that cells of locked products name, as of now."""
    names = changes.beginning(STOCK)
    if not names:
        return
    given = (
        "SELECT id AS product_id, warehouse_id, (cells -> name ->> 1)::int AS physical, NULL::timestamptz AS as_of,"  # noqa: S608
        f" 0 AS place FROM ({changes.select}) AS row"
        " CROSS JOIN unnest(%s::text[], %s::bigint[]) AS warehouse (name, warehouse_id) WHERE cells ? name"
    )
    ids = [places[fold(name.removeprefix(STOCK))].id for name in names]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE.format(given=given, answer="SELECT 1 LIMIT 0"), [*changes.parameters, names, ids, now])


def places(company_id: int) -> dict[str, Place]:
    """The company's warehouses by folded name."""
    found = rows("SELECT lower(name), id, name, sellable FROM catalog_warehouse WHERE company_id = %s", [company_id])
    return {key: Place(*row) for key, *row in found}


def warehouse_unknown(name: str, field: str) -> Invalid:
    """The refusal of a warehouse there is not."""
    message = f"There is no warehouse “{visible(name[:64])}”. Add it first, or use main."
    return Invalid("warehouse_unknown", f"{field}: {message}", {field: message})


def _checked(change: StockChange, now: datetime) -> StockChange:
    if not isinstance(change.sku, str) or not change.sku.strip():
        raise Invalid("sku_blank", "sku: Name the SKU as text.", {"sku": "Name the SKU as text."})
    if not isinstance(change.warehouse, str):
        raise warehouse_unknown(str(change.warehouse), "warehouse")
    as_of = change.as_of
    problem = ""
    if as_of is not None and (not isinstance(as_of, datetime) or as_of.tzinfo is None):
        problem = f"“{as_of}” is not a time with its zone, such as 2026-03-01T12:00:00Z."
    elif as_of is not None and as_of > now + _CLOCKS_DIFFER_BY:
        problem = f"“{as_of.isoformat()}” lies in the future: a stock figure is of now or of the past."
    if problem:
        raise Invalid("as_of_invalid", f"as_of: {problem}", {"as_of": problem})
    return StockChange(visible(change.sku.strip()), parse_physical(change.physical), change.warehouse.strip(), as_of)
