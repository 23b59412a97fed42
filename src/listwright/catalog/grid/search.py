"""Pages of the grid by keyset, capped counts, and the products a filter selects. Read-only, bounded in time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from listwright.catalog.grid import walk
from listwright.catalog.grid.filters import SORTS, Filters
from listwright.catalog.grid.walk import Found, Key, Scan
from listwright.changes import prepared
from listwright.common.errors import Invalid, LimitReached
from listwright.common.paging import decode_cursor, encode_cursor
from listwright.companies.models import Company

TIMEOUT_MILLISECONDS = 3000
SELECTION_TIMEOUT_MILLISECONDS = 60_000
COUNT_CAP = 10_000
MOST_ROWS = 500


class GridEntry(NamedTuple):
    """A row as shown. Prices in the company's currency; `available` null while stock was never set."""

    product_id: int
    sku: str
    name: str
    main_image: str
    condition: str
    site_price: Decimal | None
    back_market_price: Decimal | None
    available: int | None
    quantity_there: int | None
    category_id: int | None
    ready: bool
    missing: list[str]
    enabled: bool
    state: str
    linked: bool
    markets_online: list[str]
    drift: bool
    drift_kind: str
    error: str
    verified_at: datetime | None


_ENTRIES = """
SELECT grid.product_id, product.sku, product.name, product.main_image, product.condition, grid.site_price,
    grid.back_market_price, grid.available, grid.quantity_there, grid.category_id, grid.ready, grid.missing, grid.enabled,
    grid.state, grid.linked, grid.markets_online, grid.drift, grid.drift_kind, grid.error, grid.verified_at
FROM catalog_gridrow AS grid JOIN catalog_product AS product ON product.id = grid.product_id
WHERE grid.product_id = ANY(%s)
"""
_LIMITED = "SELECT set_config('statement_timeout', %s, true)"


class Page(NamedTuple):
    """Some rows, and the cursor of the next page; None on the last. A search for words that many products have may end
    before its page is full, or while it is empty: its cursor goes on from there."""

    rows: list[GridEntry]
    next_cursor: str | None


class Count(NamedTuple):
    """How many rows match, up to 10,000; `text` as shown ("10,000+")."""

    number: int
    capped: bool

    @property
    def text(self) -> str:
        return f"{self.number:,}{'+' if self.capped else ''}"


def page(company: Company, *, filters: Filters, sort: str = "sku", cursor: str | None = None, limit: int = 50) -> Page:
    """The rows after `cursor` in the order of `sort` (`name`, `-site_price`; ties by product).

    Raises Invalid for an unknown sort, a broken cursor or a limit outside 1 to 500, LimitReached past the time limit.
    """
    column, downwards = _order(sort)
    if not 1 <= limit <= MOST_ROWS:
        raise Invalid("invalid_limit", f"limit: give 1 to {MOST_ROWS}.", {"limit": f"Give 1 to {MOST_ROWS}."})
    after = None if not cursor else _position(cursor, column, sort)
    with bounded(TIMEOUT_MILLISECONDS):
        # Two walks, so that each follows the index: the rows with a value, then those without.
        scan, found = Scan(company.pk, filters, column, downwards, after=after), Found([])
        if after is None or after[0] is not None:
            found = scan.first(limit + 1)
        if len(found.keys) <= limit and found.resume is None and column not in ("sku_key", "name_key"):
            tail = after if after is not None and after[0] is None else None
            last = replace(scan, nulls=True, after=tail).first(limit + 1 - len(found.keys))
            found = Found(found.keys + last.keys, last.resume)
        rows = _entries([product_id for _, product_id in found.keys[:limit]])
    following = found.keys[limit - 1] if len(found.keys) > limit else found.resume
    next_cursor = None
    if following is not None:
        value, product_id = following
        next_cursor = encode_cursor([sort, str(value) if isinstance(value, Decimal) else value, product_id])
    return Page(rows, next_cursor)


def _entries(product_ids: Sequence[int]) -> list[GridEntry]:
    """The rows of these products, in this order; products deleted meanwhile are left out."""
    rows = {row[0]: GridEntry(*row) for row in prepared.rows(_ENTRIES, [list(product_ids)])}
    return [rows[product_id] for product_id in product_ids if product_id in rows]


def _order(sort: str) -> tuple[str, bool]:
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        message = f"“{sort[:40]}” is no order: choose among {', '.join(SORTS)}, with - in front for downwards."
        raise Invalid("invalid_sort", message, {"sort": message})
    return column, sort.startswith("-")


def _position(cursor: str, column: str, sort: str) -> Key:
    number = column == "available"
    made_for, value, product_id = decode_cursor(cursor, (str, int if number else str, int))
    message = "This cursor belongs to another order. Start again from the first page."
    refusal = Invalid("cursor_malformed", message, {"cursor": message})
    if made_for != sort or not isinstance(product_id, int):
        raise refusal
    if column.endswith("price") and isinstance(value, str):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise refusal from None
        if not amount.is_finite():
            raise refusal
        return amount, product_id
    if value is None and column in ("sku_key", "name_key"):
        raise refusal
    return value, product_id


def count(company: Company, *, filters: Filters) -> Count:
    """How many rows match; counting stops at 10,000. Raises LimitReached past the time limit."""
    with bounded(TIMEOUT_MILLISECONDS):
        number = walk.count(company.pk, filters, COUNT_CAP + 1)
    return Count(min(number, COUNT_CAP), number > COUNT_CAP)


def errors(company: Company) -> list[tuple[str, int]]:
    """The errors there are and how many rows have each, the most frequent first; looks at 10,000 rows at most."""
    with bounded(TIMEOUT_MILLISECONDS):
        return walk.errors(company.pk, COUNT_CAP)


def product_ids(company: Company, *, filters: Filters) -> Sequence[int]:
    """The ids of all products that match, ascending. Raises LimitReached past the time limit of a minute."""
    with bounded(SELECTION_TIMEOUT_MILLISECONDS):
        return walk.ids(company.pk, filters)


@contextmanager
def bounded(milliseconds: int) -> Iterator[None]:
    """Statements inside are cancelled after so long, said as LimitReached; the limit before is restored."""
    within = connection.in_atomic_block
    try:
        with transaction.atomic():
            before = prepared.rows("SELECT current_setting('statement_timeout')")[0] if within else ()
            prepared.rows(_LIMITED, [str(milliseconds)])
            yield
            if within:  # else it ends with the transaction
                prepared.rows(_LIMITED, before)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise LimitReached(
            "search_too_slow", "This search takes too long. Narrow it by a filter or a longer word."
        ) from error
