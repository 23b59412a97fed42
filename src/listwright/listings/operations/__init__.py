"""Write listings: properties, state, links, what stands there, categories."""

from listwright.listings.operations.categories import StoredTree, store_categories
from listwright.listings.operations.cells import marks as listing_marks
from listwright.listings.operations.cells import moved as moved_listings
from listwright.listings.operations.cells import store_cells as store_listing_cells
from listwright.listings.operations.ensure import ensure, ensure_states
from listwright.listings.operations.knowledge import set_unknown_to_back_market
from listwright.listings.operations.linking import (
    LinkResult,
    UnlinkResult,
    hold_for_person,
    link,
    mark_missing_there,
    release_hold,
    unlink,
)
from listwright.listings.operations.properties import disable, enable, update_listing, update_properties
from listwright.listings.operations.removal import finish_removals, remove_products
from listwright.listings.operations.rows import lock as lock_listings
from listwright.listings.operations.there import Baseline, MarketThere, baseline, record_there

__all__ = [
    "Baseline",
    "LinkResult",
    "MarketThere",
    "StoredTree",
    "UnlinkResult",
    "baseline",
    "disable",
    "enable",
    "ensure",
    "ensure_states",
    "finish_removals",
    "hold_for_person",
    "link",
    "listing_marks",
    "lock_listings",
    "mark_missing_there",
    "moved_listings",
    "record_there",
    "release_hold",
    "remove_products",
    "set_unknown_to_back_market",
    "store_categories",
    "store_listing_cells",
    "unlink",
    "update_listing",
    "update_properties",
]
