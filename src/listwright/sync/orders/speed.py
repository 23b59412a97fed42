"""How fast listings sell: units ordered in the last 30 days, counted by the clock and kept with each listing's state."""

from datetime import datetime, timedelta

from django.db import connection

from listwright.sync.commits import commit
from listwright.sync.decisions.urgency import DAYS
from listwright.sync.orders.effects import RETURNED_LINES, SHIPPED_LINES, UNPAID_ORDER

# Rows that others hold are counted the next time. A count alone makes nothing due, so nothing is planned again for it.
COUNT = """
WITH sold AS (
    SELECT listing_id, sum(quantity)::integer AS units FROM sync_orderline
    WHERE coalesce(created_there, first_seen_at) >= %(since)s AND listing_id IS NOT NULL
      AND (line_state = ANY(%(shipped)s) OR (order_state <> %(unpaid)s AND NOT line_state = ANY(%(returned)s)))
    GROUP BY listing_id
), known AS (
    SELECT listing_id FROM sold UNION SELECT listing_id FROM listings_listingstate WHERE sold_30_days <> 0
), differing AS (
    SELECT state.listing_id, coalesce(sold.units, 0) AS units
    FROM known JOIN listings_listingstate AS state USING (listing_id) LEFT JOIN sold USING (listing_id)
    WHERE state.sold_30_days <> coalesce(sold.units, 0)
    ORDER BY state.listing_id FOR NO KEY UPDATE OF state SKIP LOCKED
)
UPDATE listings_listingstate AS state SET sold_30_days = differing.units
FROM differing WHERE state.listing_id = differing.listing_id
"""


def count_sales(*, now: datetime) -> int:
    """Count the last 30 days' units of every listing anew, in one statement; returns how many listings differ."""
    with commit("count sales"), connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {
                "since": now - timedelta(days=DAYS),
                "shipped": sorted(SHIPPED_LINES),
                "returned": sorted(RETURNED_LINES),
                "unpaid": UNPAID_ORDER,
            },
        )
        return int(cursor.rowcount)
