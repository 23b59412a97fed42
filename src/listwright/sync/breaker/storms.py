"""Storms of refusals: when Back Market refuses too many prices, or rises, what waits of that kind is held, not spent.

Stop-sales and falls go on. Every so often a few of what is held are tried: when those are taken, the rest follows. A
value that changes is tried at once.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper

from listwright.changes.operations import Urgency, mark_stale
from listwright.sync.breaker.limits import Limits
from listwright.sync.decisions.breaker import trips

TRIED = 5


class Kind(NamedTuple):
    """`lines`: which lines are of it; `hold` what is due of it, `free` those held, of which `some` are tried first."""

    name: str
    lines: str
    hold: str
    free: str


PRICES = Kind(
    "prices",
    "price IS NOT NULL",
    """
UPDATE listings_listingmarketstate SET hold = 'storm', hold_since = %(now)s, price_due = false, price_urgency = 9,
    due_since = NULL
WHERE (listing_id, market) IN (
    SELECT listing_id, market FROM listings_listingmarketstate WHERE account_id = %(account)s AND price_due
    ORDER BY listing_id, market FOR NO KEY UPDATE)
""",
    """
UPDATE listings_listingmarketstate m SET hold = '', hold_since = NULL FROM listings_listing l
WHERE l.id = m.listing_id AND (m.listing_id, m.market) IN (
    SELECT listing_id, market FROM listings_listingmarketstate WHERE (listing_id, market) IN (
        SELECT listing_id, market FROM listings_listingmarketstate WHERE account_id = %(account)s AND hold = 'storm'
        ORDER BY hold_since, listing_id LIMIT %(limit)s)
    ORDER BY listing_id, market FOR NO KEY UPDATE)
RETURNING l.product_id
""",
)
RISES = Kind(
    "rises",
    "price IS NULL AND quantity > 0",
    """
UPDATE listings_listingstate SET hold = 'storm', hold_since = %(now)s, quantity_due = false, quantity_urgency = 9,
    due_since = NULL
WHERE listing_id IN (
    SELECT listing_id FROM listings_listingstate
    WHERE account_id = %(account)s AND quantity_due AND quantity_desired > quantity_accepted
    ORDER BY listing_id FOR NO KEY UPDATE)
""",
    """
UPDATE listings_listingstate s SET hold = '', hold_since = NULL FROM listings_listing l
WHERE l.id = s.listing_id AND s.listing_id IN (
    SELECT listing_id FROM listings_listingstate WHERE listing_id IN (
        SELECT listing_id FROM listings_listingstate WHERE account_id = %(account)s AND hold = 'storm'
        ORDER BY hold_since, listing_id LIMIT %(limit)s)
    ORDER BY listing_id FOR NO KEY UPDATE)
RETURNING l.product_id
""",
)
KINDS = {kind.name: kind for kind in (PRICES, RISES)}
WORDS = {"prices": "prices", "rises": "quantities"}
ANSWERED = """
SELECT count(*) FILTER (WHERE state = 'rejected'), count(*),
    mode() WITHIN GROUP (ORDER BY message) FILTER (WHERE state = 'rejected')
FROM sync_line WHERE account_id = %(account)s AND kind = 'single' AND state IN ('accepted', 'rejected')
    AND attempted_at > %(since)s AND resolved_at > %(since)s AND {lines}
"""
REMEMBERED = "SELECT storms FROM sync_accountstate WHERE account_id = %s FOR NO KEY UPDATE"
REMEMBER = "UPDATE sync_accountstate SET storms = %s WHERE account_id = %s"


def judge(cursor: CursorWrapper, limits: Limits, *, now: datetime) -> None:
    """Hold what a storm meets, try what it held, or let it go, in the caller's transaction."""
    cursor.execute(REMEMBERED, [limits.account_id])
    row = cursor.fetchone()
    storms: dict[str, Any] = json.loads(row[0]) if row else {}
    after = {}
    for name, kind in KINDS.items():
        storm = _judge(cursor, kind, limits, storms.get(name), now)
        if storm is not None:
            after[name] = storm
    if after != storms:
        cursor.execute(REMEMBER, [json.dumps(after), limits.account_id])


def _judge(
    cursor: CursorWrapper, kind: Kind, limits: Limits, storm: Mapping[str, Any] | None, now: datetime
) -> dict[str, Any] | None:
    window = timedelta(minutes=limits.minutes)
    since = now - window
    if storm is not None:
        since = max(since, datetime.fromisoformat(storm["at"]))
    values: dict[str, Any] = {"account": limits.account_id, "since": since, "now": now}
    cursor.execute(ANSWERED.format(lines=kind.lines), values)
    refused, answered, words = cursor.fetchone()
    if trips(refused, of=answered, least=limits.refused_least, share=limits.refused_share):
        cursor.execute(kind.hold, values)
        message = (
            f"Back Market refused {refused:,} of {answered:,} {WORDS[kind.name]} within {limits.minutes} minutes, most of"
            f" them with: {words or 'no words'}"
        )
        return {"at": now.isoformat(), "tried_at": now.isoformat(), "message": message}
    if storm is None:
        return None
    if answered - refused >= TRIED and not trips(refused, of=answered, least=1, share=limits.refused_share):
        _free(cursor, kind, limits, values, None)
        return None
    if datetime.fromisoformat(storm["tried_at"]) <= now - window:
        freed = _free(cursor, kind, limits, values, TRIED)
        return {**storm, "at": now.isoformat(), "tried_at": now.isoformat()} if freed else None
    return dict(storm)


def _free(cursor: CursorWrapper, kind: Kind, limits: Limits, values: Mapping[str, Any], limit: int | None) -> list[int]:
    cursor.execute(kind.free, {**values, "limit": limit})
    product_ids = [product_id for (product_id,) in cursor.fetchall()]
    mark_stale(company_id=limits.company_id, product_ids=product_ids, urgency=Urgency.PRICE, now=values["now"])
    return product_ids
