"""Carry out changes of listings from their cells: the one way into the tables, for one listing and for many.

Whoever calls has locked the listings, and made sure that the old values are what stands there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from listwright.changes.cells import ChangedCells, Check, standing_otherwise
from listwright.changes.operations import Marks, Urgency, mark_selected, record_cells
from listwright.changes.origin import Origin
from listwright.listings.operations.edits import EMPTY_MARKET, TAKEN_OFFLINE, urgency_of
from listwright.listings.operations.ensure import TAKEN
from listwright.listings.operations.grid_part import refresh_grid_of
from listwright.listings.operations.rows import COLUMNS, OWN

ATTRIBUTE, MARKET = "attributes.", "markets."
_STORED = {"category": "category_id"}
_FIELDS = (COLUMNS.keys() | _STORED.keys()) - {"category_id", "attributes", "effective_merchant_sku"}
_ATTRIBUTES = """(
    SELECT coalesce(jsonb_object_agg(name, value), '{}') FROM (
        SELECT name, value FROM jsonb_each(listing.attributes) AS had (name, value) WHERE NOT cells ? ('attributes.' || name)
        UNION ALL
        SELECT substr(field, 12), cell -> 1 FROM jsonb_each(cells) AS new (field, cell)
        WHERE field LIKE 'attributes.%%' AND cell ->> 1 IS NOT NULL
    ) AS pairs (name, value))"""
_FREED = """UPDATE listings_listing AS listing SET link_problem = '', link_problem_message = ''
FROM given WHERE listing.id = given.id AND cells ? 'merchant_sku' AND listing.link_problem = %s"""
_KEPT = """UPDATE catalog_product AS product SET leaving_since = NULL
FROM given JOIN listings_listing AS listing ON listing.id = given.id
WHERE product.id = listing.product_id AND cells -> 'status' ->> 1 = 'on' AND product.leaving_since IS NOT NULL"""
_SHOWN = ("merchant_sku", "category", "status", "enabled")
"""Fields the grid shows at once; the others' effect is the planner's to show."""


def write_cells(*, company_id: int, changes: ChangedCells, origin: Origin, now: datetime) -> None:
    """Write listings, what they have of their own in markets, the grid's part and history, and mark stale, set-based."""
    store_cells(company_id=company_id, changes=changes, origin=origin, now=now)
    mark_selected(company_id=company_id, marks=[marks(changes)], now=now)


def store_cells(*, company_id: int, changes: ChangedCells, origin: Origin, now: datetime) -> None:
    """`write_cells` without marking: whoever calls marks what `marks` says."""
    with connection.cursor() as cursor:
        _write_listings(cursor, changes, now)
        for market in markets_of(changes.fields):
            _write_market(cursor, changes, market)
        if "merchant_sku" in changes.fields:
            cursor.execute(f"{changes.given()} {_FREED}", [*changes.parameters, TAKEN])
        if "status" in changes.fields:
            cursor.execute(f"{changes.given()} {_KEPT}", changes.parameters)
    if shown := changes.any_of(_SHOWN):
        refresh_grid_of(changes, shown)
    record_cells(company_id=company_id, subject="listing", operation="update", changes=changes, origin=origin, now=now)


def moved(changes: ChangedCells) -> dict[int, dict[str, Any]]:
    """{listing id: {field: what stands there}} where that is not the old value of a cell; {"": None} for those gone."""
    checks: list[Check] = []
    for field in changes.any_of(_FIELDS):
        name = _STORED.get(field, field)
        stands = _as_cell(f"listing.{name}", COLUMNS[name])
        checks.append(Check(field, f"cells -> '{field}' -> 0 <> {stands}", stands))
    for field in changes.beginning(ATTRIBUTE):
        stands = "coalesce(listing.attributes -> %s, 'null')"
        name = field.removeprefix(ATTRIBUTE)
        checks.append(Check(field, f"cells -> %s -> 0 <> {stands}", stands, [field, name], [name]))
    for field in changes.beginning(MARKET):
        _, market, name = field.split(".", 2)
        stands = (
            f"coalesce((SELECT {_as_cell(name, OWN[name])} FROM listings_listingmarket"  # noqa: S608 - our own names
            " WHERE listing_id = listing.id AND market = %s), 'null')"
        )
        checks.append(Check(field, f"cells -> %s -> 0 <> {stands}", stands, [field, market], [market]))
    return standing_otherwise(changes, "listings_listing AS listing ON listing.id = given.id", "listing.id", checks)


def markets_of(fields: Sequence[str] | frozenset[str]) -> list[str]:
    """The markets that fields like `markets.de-de.price` name."""
    return sorted({name.split(".", 2)[1] for name in fields if name.startswith(MARKET)})


def _as_cell(column: str, kind: str) -> str:
    """A column as history's cells have it: money as text, blank text as null."""
    if kind == "text":
        return f"coalesce(to_jsonb(nullif({column}, '')), 'null')"
    if kind == "numeric":
        return f"coalesce(to_jsonb({column}::text), 'null')"
    return f"coalesce(to_jsonb({column}), 'null')"


def _new(field: str, kind: str) -> str:
    """The new value of a cell as the column takes it."""
    text = f"cells -> {field} ->> 1"
    return f"coalesce({text}, '')" if kind == "text" else f"({text})::{kind}"


def _write_listings(cursor: Any, changes: ChangedCells, now: datetime) -> None:
    assignments: list[str] = []
    values: list[Any] = []
    for field in changes.any_of(_FIELDS):
        name = _STORED.get(field, field)
        new = _new(f"'{field}'", COLUMNS[name])
        assignments.append(f"{name} = CASE WHEN cells ? '{field}' THEN {new} ELSE listing.{name} END")
    if "merchant_sku" in changes.fields:
        assignments.append(
            "effective_merchant_sku = CASE WHEN cells ? 'merchant_sku' THEN coalesce(cells -> 'merchant_sku' ->> 1,"
            " (SELECT sku FROM catalog_product WHERE id = listing.product_id)) ELSE listing.effective_merchant_sku END"
        )
    if "status" in changes.fields:
        assignments.append("status_since = CASE WHEN cells ? 'status' THEN %s ELSE listing.status_since END")
        values.append(now)
    if changes.beginning(ATTRIBUTE):
        assignments.append(f"attributes = CASE WHEN cells ?| %s THEN {_ATTRIBUTES} ELSE listing.attributes END")
        values.append(changes.beginning(ATTRIBUTE))
    if assignments:
        cursor.execute(
            f"{changes.given()} UPDATE listings_listing AS listing SET {', '.join(assignments)}"  # noqa: S608
            " FROM given WHERE listing.id = given.id",
            [*changes.parameters, *values],
        )


def _write_market(cursor: Any, changes: ChangedCells, market: str) -> None:
    """What listings have of their own in one market; where nothing is left, the row goes."""
    fields = {name: f"{MARKET}{market}.{name}" for name in OWN if f"{MARKET}{market}.{name}" in changes.fields}
    new: list[str] = []
    values: list[Any] = []
    for name, kind in OWN.items():
        present = f"coalesce(own.{name}, '')" if kind == "text" else f"own.{name}"
        if name in fields:
            new.append(f"CASE WHEN cells ? %s THEN {_new('%s', kind)} ELSE {present} END")
            values += [fields[name], fields[name]]
        else:
            new.append(present)
    names = ", ".join(OWN)
    cursor.execute(
        f"{changes.given()} INSERT INTO listings_listingmarket (listing_id, market, {names})"  # noqa: S608
        f" SELECT given.id, %s, {', '.join(new)} FROM given"
        " LEFT JOIN listings_listingmarket AS own ON own.listing_id = given.id AND own.market = %s"
        " WHERE cells ?| %s ORDER BY given.id ON CONFLICT (listing_id, market) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in fields),
        [*changes.parameters, market, *values, market, list(fields.values())],
    )
    empty = " AND ".join(
        f"own.{name} = ''" if value == "" else f"own.{name} IS NULL" for name, value in EMPTY_MARKET.items()
    )
    cursor.execute(
        f"{changes.given()} DELETE FROM listings_listingmarket AS own USING given"  # noqa: S608
        f" WHERE own.listing_id = given.id AND own.market = %s AND cells ?| %s AND {empty}",
        [*changes.parameters, market, list(fields.values())],
    )


def marks(changes: ChangedCells) -> Marks:
    """How soon the products of changed listings must be planned."""
    by_urgency: dict[Urgency, list[str]] = {}
    for field in sorted(changes.fields):
        by_urgency.setdefault(urgency_of(field), []).append(field)
    cases = [f"WHEN cells -> 'status' ->> 1 = '{TAKEN_OFFLINE}' THEN {int(Urgency.STOP)}"]
    values: list[Any] = []
    for urgency in sorted(by_urgency):
        cases.append(f"WHEN cells ?| %s THEN {int(urgency)}")
        values.append(by_urgency[urgency])
    return Marks(
        f"SELECT listing.product_id, CASE {' '.join(cases)} END AS urgency"  # noqa: S608
        f" FROM ({changes.select}) AS given JOIN listings_listing AS listing ON listing.id = given.id",
        [*values, *changes.parameters],
    )
