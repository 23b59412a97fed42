"""A page of Manage Catalog: the grid's rows, and of those that are not ready what each of them lacks."""

from dataclasses import dataclass

from django.db import connection

from listwright.catalog import grid
from listwright.catalog.grid import GridEntry
from listwright.companies.models import Company
from listwright.listings.models import ListingState
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
    """The rows after `cursor`; raises as `grid.page` does. Two statements more than the grid's own."""
    page = grid.page(company, filters=filters, sort=sort, cursor=cursor, limit=limit)
    lacking = [row.product_id for row in page.rows if not row.ready]
    found = ListingState.objects.filter(listing__product_id__in=lacking).values_list("listing__product_id", "missing")
    missing = {
        product_id: tuple(Missing(item["code"], item["field"], item["message"]) for item in items)
        for product_id, items in found
    }
    return GridPage(page.rows, missing, page.next_cursor, *_movers([row.product_id for row in page.rows]))


_MOVERS = """
SELECT l.product_id, l.repricing_enabled, EXISTS (
    SELECT FROM listings_listingmarketstate WHERE listing_id = l.id AND min_price_there IS NOT NULL)
FROM listings_listing AS l WHERE l.product_id = ANY(%s)
"""


def _movers(product_ids: list[int]) -> tuple[frozenset[int], frozenset[int]]:
    """Whose price BackPricer moves, and whose ours does."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVERS, [product_ids])
        found = cursor.fetchall()
    return frozenset(row[0] for row in found if row[2]), frozenset(row[0] for row in found if row[1])
