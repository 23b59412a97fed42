"""Units that went on Back Market without an order we could see: kept back until one explains them, or grace ends (B10).

While a read shows less than was accepted, the difference itself is kept back (`listings.queries.facts.GONE`). A line that
is accepted meanwhile would make it forgotten; then it is remembered as `unseen`.
"""

from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db import connection

from listwright.changes.operations import Urgency, mark_stale
from listwright.sync.commits import commit

# An order that waits for a newer stock figure, or for a read of the listing, may well be what took them.
LET_GO = """
WITH over AS (
    SELECT s.listing_id FROM listings_listingstate s JOIN companies_account a ON a.id = s.account_id
    WHERE s.unseen_since <= %(now)s - make_interval(mins => a.drift_grace_minutes) AND NOT EXISTS (
        SELECT FROM sync_orderline o WHERE o.listing_id = s.listing_id AND NOT o.lowered)
    ORDER BY s.listing_id FOR NO KEY UPDATE OF s SKIP LOCKED
), gone AS (
    UPDATE listings_listingstate s SET unseen = 0, unseen_since = NULL FROM over WHERE s.listing_id = over.listing_id
    RETURNING s.listing_id
)
SELECT p.company_id, p.id FROM gone JOIN listings_listing l ON l.id = gone.listing_id
JOIN catalog_product p ON p.id = l.product_id ORDER BY 1, 2
"""


def let_go(*, now: datetime) -> int:
    """Offer again what no order has explained within its account's time of grace; returns how many listings that is."""
    with commit("let unseen sales go"), connection.cursor() as cursor:
        cursor.execute(LET_GO, {"now": now})
        found = cursor.fetchall()
        for company_id, rows in groupby(found, key=itemgetter(0)):
            mark_stale(
                company_id=company_id, product_ids=[product for _, product in rows], urgency=Urgency.STOCK, now=now
            )
    return len(found)
