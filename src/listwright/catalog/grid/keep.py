"""Keep the grid's rows. Only rows that differ are written.

Everybody who locks several of these tables in one transaction takes them in this order, each in product id order:
product, stock, grid, stale. So no two can wait for each other.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from listwright.changes import prepared
from listwright.changes.cells import ChangedCells

MISSING_BYTES = 1_600
"""Of an index entry's 2,700 bytes, what the codes of missing attributes may take."""

_REFRESH_ROWS = """
INSERT INTO catalog_gridrow AS grid (
    product_id, company_id, sku_key, name_key, condition_key, site_price, available,
    ready, missing, enabled, state, linked, markets_online, drift, error)
SELECT id, company_id, lower(sku), lower(left(name, 100)), lower(condition), site_price, physical - reserved,
    false, '{}', false, 'never_enabled', false, '{}', false, ''
FROM catalog_product WHERE id = ANY(%s) ORDER BY id
ON CONFLICT (product_id) DO UPDATE SET
    name_key = excluded.name_key,
    condition_key = excluded.condition_key,
    site_price = excluded.site_price,
    available = excluded.available
WHERE (grid.name_key, grid.condition_key, grid.site_price, grid.available)
    IS DISTINCT FROM (excluded.name_key, excluded.condition_key, excluded.site_price, excluded.available)
"""

# `search` is the product's part and, where the listing has a merchant SKU, that behind a unit separator, which no stored
# text holds.
_TEXT = "lower(concat_ws(E'\\n', sku, name, ean))"
_WITH_MERCHANT_SKU = "concat_ws(E'\\x1f', {product}, nullif(split_part(text.search, E'\\x1f', 2), ''))"
_REFRESH_TEXTS = f"""
WITH linked AS (
    INSERT INTO catalog_gridbackmarketid (row_id, search) SELECT id, '' FROM catalog_product WHERE id = ANY(%s) ORDER BY id
    ON CONFLICT (row_id) DO NOTHING
)
INSERT INTO catalog_gridsearch AS text (row_id, search)
SELECT id, {_TEXT} FROM catalog_product WHERE id = ANY(%s) ORDER BY id
ON CONFLICT (row_id) DO UPDATE SET search = {_WITH_MERCHANT_SKU.format(product="excluded.search")}
WHERE split_part(text.search, E'\\x1f', 1) <> excluded.search
"""  # noqa: S608 - our own


def refresh(product_ids: Sequence[int]) -> None:
    """Bring the product's part of these rows in step with the products, adding rows that are missing."""
    if not product_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH_ROWS, [sorted(product_ids)])
        cursor.execute(_REFRESH_TEXTS, [sorted(product_ids)] * 2)


# Looked up one by one in the order of `changed`, which is that in which everybody locks them.
_REFRESH_CHANGED = """
, changed AS MATERIALIZED (
    SELECT product.id, lower(left(name, 100)) AS name_key, lower(condition) AS condition_key, product.site_price,
        physical - reserved AS available
    FROM given JOIN catalog_product AS product ON product.id = given.id WHERE cells ?| %s ORDER BY product.id
)
UPDATE catalog_gridrow AS grid SET
    name_key = changed.name_key, condition_key = changed.condition_key, site_price = changed.site_price,
    available = changed.available
FROM changed WHERE grid.product_id = changed.id
    AND (grid.name_key, grid.condition_key, grid.site_price, grid.available) IS DISTINCT FROM
        (changed.name_key, changed.condition_key, changed.site_price, changed.available)
"""
_REFRESH_CHANGED_TEXTS = f"""
UPDATE catalog_gridsearch AS text SET search = {_WITH_MERCHANT_SKU.format(product=_TEXT)}
FROM given JOIN catalog_product AS product ON product.id = given.id
WHERE text.row_id = given.id AND cells ?| %s
"""  # noqa: S608 - our own


def refresh_of(changes: ChangedCells, names: Sequence[str], *, texts: Sequence[str]) -> None:
    """`refresh` for changed products: the rows where one of these fields changed, the texts where one of `texts` did."""
    with connection.cursor() as cursor:
        if names:
            cursor.execute(changes.given() + _REFRESH_CHANGED, [*changes.parameters, list(names)])
        if texts:
            cursor.execute(changes.given() + _REFRESH_CHANGED_TEXTS, [*changes.parameters, list(texts)])


class ListingPart(NamedTuple):
    """The listing's part of a product's grid row. `missing` holds codes, `error` a code, prices company currency."""

    product_id: int
    merchant_sku: str
    back_market_id: str
    category_id: int | None
    back_market_price: Decimal | None
    quantity_there: int | None
    ready: bool
    missing: tuple[str, ...]
    enabled: bool
    state: str
    linked: bool
    markets_online: tuple[str, ...]
    drift: bool
    drift_kind: str
    error: str
    verified_at: datetime | None


_COLUMNS = tuple(name for name in ListingPart._fields if name not in ("product_id", "merchant_sku", "back_market_id"))
_GRID = ", ".join(f"grid.{name}" for name in _COLUMNS)
_GIVEN = ", ".join(f"given.{name}" for name in _COLUMNS)
_SET_ROWS = f"""
WITH given AS (
    SELECT product_id, category_id, back_market_price, quantity_there, ready,
        string_to_array(missing, ',')::varchar[] AS missing, enabled, state, linked,
        string_to_array(markets_online, ',')::varchar[] AS markets_online, drift, drift_kind, error, verified_at
    FROM unnest(%s::bigint[], %s::int[], %s::numeric[], %s::int[], %s::bool[], %s::text[], %s::bool[], %s::text[],
        %s::bool[], %s::text[], %s::bool[], %s::text[], %s::text[], %s::timestamptz[])
        AS given (product_id, {", ".join(_COLUMNS)})
), differing AS (
    SELECT given.* FROM given JOIN catalog_gridrow AS grid USING (product_id)
    WHERE ({_GRID}) IS DISTINCT FROM ({_GIVEN})
    ORDER BY product_id FOR NO KEY UPDATE OF grid
)
UPDATE catalog_gridrow AS grid SET ({", ".join(_COLUMNS)}) = ROW({_GIVEN})
FROM differing AS given WHERE grid.product_id = given.product_id
RETURNING grid.product_id
"""  # noqa: S608 - the column names are our own

_SET_TEXTS = """
WITH given AS MATERIALIZED (
    SELECT product_id, lower(merchant_sku) AS merchant_sku, lower(back_market_id) AS back_market_id
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given (product_id, merchant_sku, back_market_id)
), texts AS (
    SELECT given.* FROM given JOIN catalog_gridsearch AS text ON text.row_id = given.product_id
    WHERE split_part(text.search, E'\\x1f', 2) <> given.merchant_sku
    ORDER BY product_id FOR NO KEY UPDATE OF text
), ids AS (
    SELECT given.* FROM given JOIN catalog_gridbackmarketid AS id ON id.row_id = given.product_id
    WHERE id.search <> given.back_market_id
    ORDER BY product_id FOR NO KEY UPDATE OF id
), named AS (
    UPDATE catalog_gridsearch AS text
    SET search = concat_ws(E'\\x1f', split_part(text.search, E'\\x1f', 1), nullif(texts.merchant_sku, ''))
    FROM texts WHERE text.row_id = texts.product_id RETURNING text.row_id
), linked AS (
    UPDATE catalog_gridbackmarketid AS id SET search = ids.back_market_id
    FROM ids WHERE id.row_id = ids.product_id RETURNING id.row_id
)
SELECT row_id FROM named UNION ALL SELECT row_id FROM linked
"""


def set_listing_part(rows: Sequence[ListingPart]) -> int:
    """Write the listing's part of the rows that differ, in two statements; returns how many did.

    A product without a grid row (deleted meanwhile) is passed over.
    """
    if not rows:
        return 0
    columns = {name: list(column) for name, column in zip(ListingPart._fields, zip(*rows, strict=True), strict=True)}
    columns["missing"] = [",".join(_within_an_index(codes)) for codes in columns["missing"]]
    columns["markets_online"] = [",".join(codes) for codes in columns["markets_online"]]
    written = prepared.rows(_SET_ROWS, [columns[name] for name in ("product_id", *_COLUMNS)])
    written += prepared.rows(_SET_TEXTS, [columns[name] for name in ("product_id", "merchant_sku", "back_market_id")])
    return len(set(written))


def _within_an_index(codes: Sequence[str]) -> list[str]:
    """The first codes that fit into an entry of the grid's indexes, which is nearly always all of them."""
    kept: list[str] = []
    size = 0
    for code in codes:
        size += len(code.encode()) + 4
        if size > MISSING_BYTES:
            break
        kept.append(code)
    return kept
