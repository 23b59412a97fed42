"""Taking listings offline for good: zero is confirmed by Back Market before a record goes (B5, rule 10)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from listwright.changes.operations import Entry, Urgency, mark_stale, record
from listwright.changes.origin import Origin
from listwright.common.errors import NotReady
from listwright.listings.operations.grid_part import refresh_grid

# Accepted after the listing was taken offline, so that a rise that was in the air is over (there is one open line per
# listing), and not contradicted by a later read. What vanished there is sold no more.
_CONFIRMED = """
SELECT listing.id FROM listings_listing AS listing JOIN listings_listingstate AS state ON state.listing_id = listing.id
WHERE listing.id = ANY(%s) AND (
    listing.missing_there_since IS NOT NULL
    OR listing.status = 'taken_offline'
       AND state.quantity_accepted <= 0 AND state.accepted_at >= listing.status_since
       AND (state.verified_at IS NULL OR state.verified_at < state.accepted_at OR state.quantity_verified <= 0))
"""


def confirmed_at_zero(*, listing_ids: Sequence[int]) -> set[int]:
    """Those of the linked listings that Back Market has confirmed at zero since they were taken offline."""
    with connection.cursor() as cursor:
        cursor.execute(_CONFIRMED, [list(listing_ids)])
        return {listing_id for (listing_id,) in cursor.fetchall()}


def cannot_go_offline(sku: str) -> NotReady:
    """A listing held for a person is never written to, so its zero would never come."""
    message = f"“{sku}” is held for a person, so quantity 0 cannot be sent. Settle that first, or choose then=leave."
    return NotReady("held_for_person", message, {"then": message})


def take_offline(*, company_id: int, listing_ids: Sequence[int], origin: Origin, now: datetime) -> None:
    """Set listings to "taken offline", also those never enabled, and have a zero sent whatever was sent before.

    In the caller's transaction. A listing that is taken offline already is only sent again when its zero was refused
    or never asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH held AS (SELECT id, status FROM listings_listing WHERE id = ANY(%s) AND status <> 'taken_offline' "
            "ORDER BY id FOR NO KEY UPDATE) "
            "UPDATE listings_listing AS listing SET status = 'taken_offline', status_since = %s "
            "FROM held WHERE listing.id = held.id RETURNING listing.id, held.status",
            [list(listing_ids), now],
        )
        before: dict[int, str] = dict(cursor.fetchall())
        cursor.execute(
            "WITH held AS (SELECT listing_id FROM listings_listingstate WHERE listing_id = ANY(%s) AND NOT forced "
            "ORDER BY listing_id FOR NO KEY UPDATE) "
            "UPDATE listings_listingstate AS state SET forced = true FROM held "
            "WHERE state.listing_id = held.listing_id RETURNING state.listing_id",
            [list(listing_ids)],
        )
        asked = {listing_id for (listing_id,) in cursor.fetchall()}
        cursor.execute("SELECT product_id FROM listings_listing WHERE id = ANY(%s)", [sorted(asked | before.keys())])
        product_ids = [product_id for (product_id,) in cursor.fetchall()]
    refresh_grid(listing_ids=sorted(before))
    entries = [
        Entry(
            "listing",
            listing_id,
            "take_offline",
            {"status": [status, "taken_offline"]} | ({"enabled": [True, False]} if status == "on" else {}),
        )
        for listing_id, status in sorted(before.items())
    ]
    record(company_id=company_id, entries=entries, origin=origin, now=now)
    mark_stale(company_id=company_id, product_ids=product_ids, urgency=Urgency.STOP, now=now)
