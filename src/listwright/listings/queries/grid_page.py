"""A page of Manage Catalog: the grid's rows, and of those that are not ready what each of them lacks."""

import json
from dataclasses import dataclass

from listwright.catalog import grid
from listwright.catalog.grid import GridEntry
from listwright.changes import prepared
from listwright.companies.models import Company
from listwright.listings.rules.facts import Missing


@dataclass(frozen=True, slots=True)
class GridPage:
    """`missing` by product id, as last planned; a product that is not ready and not in it was never planned.

    `backpricer` and `repriced` are the products whose price Back Market's BackPricer moves in some market, and those
    with repricing of ours enabled.
    """

    rows: list[GridEntry]
    missing: dict[int, tuple[Missing, ...]]
    next_cursor: str | None
    backpricer: frozenset[int] = frozenset()
    repriced: frozenset[int] = frozenset()


def grid_page(company: Company, *, filters: grid.Filters, sort: str, cursor: str | None, limit: int) -> GridPage:
    """The rows after `cursor`; raises as `grid.page` does. One statement more than the grid's own."""
    page = grid.page(company, filters=filters, sort=sort, cursor=cursor, limit=limit)
    lacking = {row.product_id for row in page.rows if not row.ready}
    found = prepared.rows(_LISTINGS, [[row.product_id for row in page.rows]])
    missing = {
        product_id: tuple(Missing(item["code"], item["field"], item["message"]) for item in json.loads(items))
        for product_id, _, _, items in found
        if items is not None and product_id in lacking
    }
    backpricer = frozenset(product_id for product_id, _, moves, _ in found if moves)
    repriced = frozenset(product_id for product_id, ours, _, _ in found if ours)
    return GridPage(page.rows, missing, page.next_cursor, backpricer, repriced)


_LISTINGS = """
SELECT l.product_id, l.repricing_enabled, EXISTS (
    SELECT FROM listings_listingmarketstate WHERE listing_id = l.id AND min_price_there IS NOT NULL), s.missing::text
FROM listings_listing AS l LEFT JOIN listings_listingstate AS s ON s.listing_id = l.id WHERE l.product_id = ANY(%s)
"""
