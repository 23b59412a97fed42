"""Lines nobody answered: found again after a worker died, read back after their quarantine, then believed (rule 6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper

from listwright.changes.operations import Urgency, mark_stale
from listwright.channels.protocol import RemoteListing
from listwright.jobs.operations import Answer, answer_pending
from listwright.listings.operations.grid_part import refresh_grid
from listwright.listings.operations.there import baseline, record_there
from listwright.sync.decisions.resolve import Fate, Seen, believed, fate, left_over
from listwright.sync.engine.timing import Timing
from listwright.sync.orders import store as orders

WORKER_LOST = "worker_lost"
WORKER_LOST_MESSAGE = "The worker that sent this ended before the answer came."
MISSING_THERE = "missing_there"
MISSING_THERE_MESSAGE = "Back Market has this listing no more."

ABANDON = """
WITH left_behind AS (
    UPDATE sync_line l SET state = 'unknown', code = %(code)s, message = %(message)s, quarantine_until = %(quarantine)s
    WHERE account_id = %(account)s AND state = 'open' AND kind = 'single' AND attempted_at <= %(before)s
      AND NOT id = ANY(%(ours)s) RETURNING listing_id
)
SELECT DISTINCT l.product_id FROM left_behind JOIN listings_listing l ON l.id = left_behind.listing_id
"""
OPEN_SINCE = """
SELECT min(attempted_at) FROM sync_line WHERE account_id = %(account)s AND state = 'open' AND kind = 'single'
    AND NOT id = ANY(%(ours)s)
"""
TO_READ = """
SELECT DISTINCT n.listing_id, l.product_id, l.back_market_id::text, n.market, min(n.quarantine_until) OVER listing
FROM sync_line n JOIN listings_listing l ON l.id = n.listing_id
WHERE n.account_id = %(account)s AND n.state = 'unknown' AND n.kind = 'single' AND l.back_market_id IS NOT NULL
WINDOW listing AS (PARTITION BY n.listing_id, n.market) ORDER BY 5 LIMIT %(limit)s
"""
NEXT_RETRY = """
SELECT least(
    (SELECT min(retry_at) FROM listings_listingstate WHERE account_id = %(account)s AND quantity_due AND retry_at > %(now)s),
    (SELECT min(retry_at) FROM listings_listingmarketstate
     WHERE account_id = %(account)s AND price_due AND retry_at > %(now)s))
"""
# Locks in everybody's order: listing, state, stale row.
HOLD = "SELECT 1 FROM listings_listing WHERE id = %(listing)s FOR NO KEY UPDATE"
# A read says nothing of what was sent, answered, or may yet be applied after it began.
QUIET = """
SELECT NOT EXISTS (
    SELECT FROM sync_line n WHERE n.listing_id = s.listing_id AND n.kind = 'single'
        AND (n.state = 'open' OR (n.state = 'unknown' AND n.quarantine_until > %(read_at)s)
             OR (n.state <> 'not_applied' AND n.attempted_at >= %(read_at)s)
             OR (n.state = 'accepted' AND n.resolved_at >= %(read_at)s))), s.quantity_accepted, s.accepted_at
FROM listings_listingstate s WHERE s.listing_id = %(listing)s FOR NO KEY UPDATE
"""
UNKNOWN = """
SELECT market = %(market)s, id, quantity, price, forced, attempted_at FROM sync_line
WHERE listing_id = %(listing)s AND state = 'unknown' AND kind = 'single' FOR NO KEY UPDATE
"""
RESOLVE = """
UPDATE sync_line l SET state = r.state, resolved_at = %(now)s, quarantine_until = NULL, reads = 2,
    message = left(concat_ws(' ', nullif(l.message, ''), r.message), 2000)
FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(messages)s::text[]) AS r (id, state, message) WHERE l.id = r.id
"""
BELIEVE_QUANTITY = """
UPDATE listings_listingstate SET quantity_accepted = coalesce(%(quantity)s, quantity_accepted), accepted_at = %(read_at)s,
    forced = forced OR %(forced_quantity)s, attempts = 0, retry_at = NULL, error_code = '', error_message = ''
WHERE listing_id = %(listing)s
"""
BELIEVE_PRICE = """
UPDATE listings_listingmarketstate SET price_accepted = %(price)s, accepted_at = %(read_at)s,
    forced = forced OR %(forced_price)s, attempts = 0, retry_at = NULL, error_code = '', error_message = ''
WHERE listing_id = %(listing)s AND market = %(market)s AND currency = %(currency)s
"""


class Reread(NamedTuple):
    """A listing to read in one market, no earlier than `not_before`."""

    listing_id: int
    product_id: int
    back_market_id: str
    market: str
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What housekeeping found: listings to read back, and when to look again (None: nothing is known to come)."""

    rereads: list[Reread]
    next_at: datetime | None


class UnknownLine(NamedTuple):
    """A line whose outcome is unknown."""

    line_id: int
    quantity: int | None
    price: Decimal | None
    forced: bool
    attempted_at: datetime


def look(
    cursor: CursorWrapper,
    *,
    account_id: int,
    company_id: int,
    default_market: str,
    feed: str,
    ours: Collection[int],
    timing: Timing,
    now: datetime,
    limit: int = 50,
) -> Leftovers:
    """Find lines a dead worker left open (they become unknown), unknown lines, and orders not settled yet.

    `ours` are the lines under way here. In the caller's transaction, under the lease.
    """
    patience = timedelta(seconds=timing.http_timeout + timing.answer_margin)
    values: dict[str, Any] = {
        "account": account_id,
        "ours": list(ours),
        "now": now,
        "before": now - patience,
        "quarantine": now + timedelta(seconds=timing.quarantine_single),
        "code": WORKER_LOST,
        "message": WORKER_LOST_MESSAGE,
        "limit": limit,
    }
    cursor.execute(ABANDON, values)
    lost = [product_id for (product_id,) in cursor.fetchall()]
    # Planned again, so that a zero among them goes out anew at once.
    mark_stale(company_id=company_id, product_ids=lost, urgency=Urgency.STOP, now=now)
    cursor.execute(OPEN_SINCE, values)
    (open_since,) = cursor.fetchone()
    cursor.execute(TO_READ, values)
    rereads = [Reread(*row) for row in cursor.fetchall()]
    next_times = [reread.not_before for reread in rereads if reread.not_before > now]
    for listing_id, product_id, back_market_id in orders.unsettled(
        cursor, account_id=account_id, feed=feed, limit=limit
    ):
        rereads.append(Reread(listing_id, product_id, back_market_id, default_market, now))
    cursor.execute(NEXT_RETRY, values)
    (retry_at,) = cursor.fetchone()
    next_times += [moment for moment in (retry_at, open_since and open_since + patience) if moment is not None]
    return Leftovers(rereads, min(next_times, default=None))


def seen(remote: RemoteListing | None) -> Seen:
    """A read, as far as lines are judged by it."""
    if remote is None:
        return Seen(None, None, "", there=False)
    return Seen(remote.quantity, remote.price, remote.currency)


def believe(
    cursor: CursorWrapper,
    *,
    account_id: int,
    company_id: int,
    feed: str,
    reread: Reread,
    remote: RemoteListing | None,
    read_at: datetime,
    now: datetime,
) -> bool:
    """Two reads agreed on `remote`, the first begun at `read_at`: what stands there is what is believed from now on.

    False when something was sent or answered since, so that the reads say nothing. In the caller's transaction.
    """
    values: dict[str, Any] = {"listing": reread.listing_id, "market": reread.market, "read_at": read_at, "now": now}
    cursor.execute(HOLD, values)
    cursor.execute(QUIET, values)
    row = cursor.fetchone()
    if row is None or not row[0]:
        return False
    _, accepted, accepted_at = row
    cursor.execute(UNKNOWN, values)
    unknown = [(here, UnknownLine(*line)) for here, *line in cursor.fetchall()]
    lines = [line for here, line in unknown if here]
    carried = [line.quantity for _, line in unknown if line.quantity is not None]  # the quantity is that of all markets
    sold = orders.settle(cursor, account_id=account_id, feed=feed, listing_id=reread.listing_id, read_at=read_at)
    units = [one for one, _ in sold]
    candidates = carried if accepted is None else [accepted, *carried]
    there = seen(remote)
    there = there._replace(quantity=believed(there.quantity, candidates=candidates, sold=units))
    left = left_over(
        units,
        fall=None if carried or accepted is None or there.quantity is None else accepted - there.quantity,
        before=sum(one for one, at in sold if accepted_at is None or at <= accepted_at),
    )
    orders.explain(cursor, listing_id=reread.listing_id, units=left)
    fates = [fate(quantity=line.quantity, price=line.price, first=there, second=there) for line in lines]
    if lines:
        cursor.execute(
            RESOLVE,
            values
            | {
                "ids": [line.line_id for line in lines],
                "states": [one.value for one in fates],
                "messages": [_words(remote)] * len(lines),
            },
        )
    undone = [line for line, one in zip(lines, fates, strict=True) if one is Fate.NOT_APPLIED and line.forced]
    if remote is not None:
        record_there(account_id=account_id, baselines=[baseline(reread.listing_id, [remote])], read_at=read_at)
        values |= {
            "quantity": there.quantity,
            "price": remote.price,
            "currency": remote.currency,
            "forced_quantity": any(line.quantity is not None for line in undone),
            "forced_price": any(line.price is not None for line in undone),
        }
        cursor.execute(BELIEVE_QUANTITY, values)
        cursor.execute(BELIEVE_PRICE, values)
    mark_stale(company_id=company_id, product_ids=[reread.product_id], urgency=Urgency.STOCK, now=now)
    refresh_grid(listing_ids=[reread.listing_id])
    answer_pending(answers=_answers(reread, lines, fates, gone=remote is None), now=now)
    return True


def _words(remote: RemoteListing | None) -> str:
    if remote is None:
        return f"Read back: {MISSING_THERE_MESSAGE}"
    price = "no price" if remote.price is None else f"{remote.price} {remote.currency}"
    return f"Read back: quantity {remote.quantity}, {price} stand there."


def _answers(reread: Reread, lines: Sequence[UnknownLine], fates: Sequence[Fate], *, gone: bool) -> list[Answer]:
    """Applied lines answer the rows of Queued Jobs; those not applied go out again, unless there is nothing to go to."""
    found = []
    for line, one in zip(lines, fates, strict=True):
        if one is Fate.ACCEPTED:
            found.append(Answer(reread.product_id, reread.market, line.line_id, True))
        elif gone:
            found.append(
                Answer(reread.product_id, reread.market, line.line_id, False, MISSING_THERE, MISSING_THERE_MESSAGE)
            )
    return found
