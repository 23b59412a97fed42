"""Load listings for a change, locked, and store what changed: a fixed number of statements for any number of rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from listwright.listings.operations.edits import EMPTY_MARKET, Row

# Every column a change may write, with its type in PostgreSQL.
COLUMNS: Mapping[str, str] = {
    "status": "text",
    "merchant_sku": "text",
    "effective_merchant_sku": "text",
    "title": "text",
    "description": "text",
    "category_id": "integer",
    "attributes": "jsonb",
    "condition": "text",
    "warranty_months": "smallint",
    "comment": "text",
    "max_quantity_enabled": "boolean",
    "max_quantity": "integer",
    "max_quantity_default": "boolean",
    "safety_quantity": "integer",
    "safety_quantity_default": "boolean",
    "price": "numeric",
    "price_default": "boolean",
    "repricing_enabled": "boolean",
    "min_price": "numeric",
    "ceiling": "numeric",
}
# What a listing may have of its own in a market.
OWN: Mapping[str, str] = {
    "enabled": "boolean",
    "price": "numeric",
    "min_price": "numeric",
    "ceiling": "numeric",
    "comment": "text",
    "title": "text",
    "description": "text",
}

_SELECT = f"""
SELECT listing.id, product.id, product.sku, product.site_price, listing.back_market_id IS NOT NULL,
       {", ".join(f"listing.{name}" for name in COLUMNS)}
FROM listings_listing AS listing
JOIN catalog_product AS product ON product.id = listing.product_id
WHERE listing.account_id = %s AND listing.id = ANY(%s)
ORDER BY listing.id FOR NO KEY UPDATE OF listing
"""  # noqa: S608 - the column names are our own


def load(*, account_id: int, listing_ids: Sequence[int], with_own: bool) -> list[Row]:
    """The listings, locked in id order so that two changes cannot deadlock; their own market values on request."""
    with connection.cursor() as cursor:
        cursor.execute(_SELECT, [account_id, list(listing_ids)])
        rows = [_row(values) for values in cursor.fetchall()]
        if with_own and rows:
            by_id = {row.listing_id: row for row in rows}
            cursor.execute(
                f"SELECT listing_id, market, {', '.join(OWN)} FROM listings_listingmarket "  # noqa: S608 - as above
                "WHERE listing_id = ANY(%s)",
                [list(by_id)],
            )
            for listing_id, market, *values in cursor.fetchall():
                by_id[listing_id].own[market] = dict(zip(OWN, values, strict=True))
    return rows


def lock(*, listing_ids: Sequence[int]) -> None:
    """Hold listings until the caller's transaction ends, in the order everybody takes them."""
    if listing_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM listings_listing WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(listing_ids)]
            )


def _row(values: Sequence[Any]) -> Row:
    columns = dict(zip(COLUMNS, values[5:], strict=True))
    if isinstance(columns["attributes"], str):  # Django's cursors leave jsonb as text
        columns["attributes"] = json.loads(columns["attributes"])
    return Row(values[0], values[1], values[2], values[3], values[4], columns)


def store(changes: Iterable[tuple[Row, Mapping[str, Any]]], *, now: datetime) -> None:
    """Write changed columns in one statement; a row keeps its present value where only others change a column."""
    changed = [(row, columns) for row, columns in changes if columns]
    if not changed:
        return
    names = [name for name in COLUMNS if any(name in columns for _, columns in changed)]
    assignments = [f"{name} = changed.{name}" for name in names]
    parameters: list[Any] = [[row.listing_id for row, _ in changed]]
    for name in names:
        values = [columns.get(name, row.columns[name]) for row, columns in changed]
        parameters.append([json.dumps(value) for value in values] if name == "attributes" else values)
    # jsonb travels as text: an array of documents has no type of its own to be passed in.
    types = ["text" if name == "attributes" else COLUMNS[name] for name in names]
    if "attributes" in names:
        assignments[names.index("attributes")] = "attributes = changed.attributes::jsonb"
    if "status" in names:
        assignments.append(
            "status_since = CASE WHEN listing.status = changed.status THEN listing.status_since ELSE %s END"
        )
    arrays = ", ".join(f"%s::{kind}[]" for kind in ["bigint", *types])
    statement = (
        f"UPDATE listings_listing AS listing SET {', '.join(assignments)} "  # noqa: S608 - as above
        f"FROM unnest({arrays}) AS changed (id, {', '.join(names)}) WHERE listing.id = changed.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, ([now] if "status" in names else []) + parameters)


def store_own(changes: Iterable[tuple[int, str, Mapping[str, Any]]]) -> None:
    """Write what listings have of their own in markets: (listing id, market, all columns). An empty one goes."""
    kept: list[tuple[int, str, Mapping[str, Any]]] = []
    emptied: list[tuple[int, str, Mapping[str, Any]]] = []
    for listing_id, market, columns in changes:
        (emptied if dict(columns) == EMPTY_MARKET else kept).append((listing_id, market, columns))
    with connection.cursor() as cursor:
        if emptied:
            cursor.execute(
                "DELETE FROM listings_listingmarket AS own USING unnest(%s::bigint[], %s::text[]) AS gone (id, market) "
                "WHERE own.listing_id = gone.id AND own.market = gone.market",
                [[row[0] for row in emptied], [row[1] for row in emptied]],
            )
        if kept:
            arrays = ", ".join(f"%s::{kind}[]" for kind in ["bigint", "text", *OWN.values()])
            names = ", ".join(OWN)
            cursor.execute(
                f"INSERT INTO listings_listingmarket (listing_id, market, {names}) "  # noqa: S608 - as above
                f"SELECT * FROM unnest({arrays}) ON CONFLICT (listing_id, market) DO UPDATE SET "
                + ", ".join(f"{name} = excluded.{name}" for name in OWN),
                [
                    [row[0] for row in kept],
                    [row[1] for row in kept],
                    *([row[2][name] for row in kept] for name in OWN),
                ],
            )
