"""Zeros that neither stock nor orders explain: so many at once are held, one by one they pass."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from listwright.changes.operations import Urgency, mark_stale
from listwright.sync.breaker.limits import Limits
from listwright.sync.decisions.breaker import SETTLE, trips

# Those that a person let pass have no time: they count no more.
RECENT = """
SELECT count(*) FROM listings_listingstate
WHERE account_id = %(account)s AND hold IN ('watched', 'held', 'passed') AND hold_since > %(since)s
"""
ONLINE = """
SELECT count(*) FROM listings_listingstate s JOIN listings_listing l ON l.id = s.listing_id
WHERE s.account_id = %(account)s AND l.back_market_id IS NOT NULL AND l.status = 'on'
    AND (s.quantity_accepted > 0 OR (s.hold = 'passed' AND s.hold_since > %(since)s))
"""
HOLD = """
UPDATE listings_listingstate SET hold = 'held' WHERE listing_id IN (
    SELECT listing_id FROM listings_listingstate WHERE account_id = %(account)s AND hold = 'watched'
    ORDER BY listing_id FOR NO KEY UPDATE)
RETURNING listing_id
"""
NOTE = (
    "UPDATE sync_accountstate SET zeros_held_at = %(now)s, zeros_message = %(message)s WHERE account_id = %(account)s"
)
# While a settings wave goes through the listings, more of the same cause may come.
FREE = """
UPDATE listings_listingstate s SET hold = 'passed' FROM listings_listing l
WHERE l.id = s.listing_id AND s.listing_id IN (
    SELECT w.listing_id FROM listings_listingstate w JOIN companies_account a ON a.id = w.account_id
    JOIN sync_accountstate st ON st.account_id = a.id
    WHERE w.account_id = %(account)s AND w.hold = 'watched' AND w.hold_since <= %(settled)s
        AND st.planned_settings >= a.settings_generation
    ORDER BY w.listing_id FOR NO KEY UPDATE OF w)
RETURNING l.product_id
"""


def judge(cursor: CursorWrapper, limits: Limits, *, now: datetime) -> None:
    """Hold what is watched, or let it pass, in the caller's transaction."""
    since = now - timedelta(minutes=limits.minutes)
    values: Mapping[str, Any] = {"account": limits.account_id, "since": since, "now": now}
    cursor.execute(RECENT, values)
    (count,) = cursor.fetchone()
    if count >= limits.zeros_least:
        cursor.execute(ONLINE, values)
        (online,) = cursor.fetchone()
        if trips(count, of=online, least=limits.zeros_least, share=limits.zeros_share):
            cursor.execute(HOLD, values)
            message = (
                f"{count:,} of {online:,} online listings would go to 0 within {limits.minutes} minutes, and neither stock"
                " nor orders explain it."
            )
            cursor.execute(NOTE, {**values, "message": message})
            return
    cursor.execute(FREE, {**values, "settled": now - timedelta(seconds=SETTLE)})
    product_ids = [product_id for (product_id,) in cursor.fetchall()]
    mark_stale(company_id=limits.company_id, product_ids=product_ids, urgency=Urgency.STOP, now=now)
