"""The flat table Manage Catalog reads: kept by the operations and the planner, searched by keyset."""

from listwright.catalog.grid.filters import SORTS, Filters, parse_filters
from listwright.catalog.grid.keep import ListingPart, refresh, refresh_of, set_listing_part
from listwright.catalog.grid.search import COUNT_CAP, Count, GridEntry, Page, count, errors, page, product_ids

__all__ = [
    "COUNT_CAP",
    "SORTS",
    "Count",
    "Filters",
    "GridEntry",
    "ListingPart",
    "Page",
    "count",
    "errors",
    "page",
    "parse_filters",
    "product_ids",
    "refresh",
    "refresh_of",
    "set_listing_part",
]
