"""Store pages of orders: each line counted once, our reservations kept, and what we believe stands there lowered.

Believing too little stands there would sell a unit twice; so a line lowers what we believe only where it certainly came
later (`decisions.sales`), and otherwise stays unsettled until the listing was read back (`unsettled`).

Where the stock figures leave out orders already, the figure we have is older than a new order. Lowering what stands
there would then make the planner put the sold unit up again; so it waits for a newer figure, unless what is offered
stays backed without the sold units.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper

from listwright.catalog.operations import consume, release, reserve
from listwright.catalog.types import ReservationItem
from listwright.changes.operations import Urgency, mark_stale
from listwright.channels.protocol import RemoteOrder, RemoteOrderLine
from listwright.sync.commits import commit
from listwright.sync.decisions.sales import Shown, Sold, Standing, Telling, still_shown, telling
from listwright.sync.orders.effects import (
    ALREADY_EXCLUDES,
    RETURNED_LINES,
    STOCK_MASTER,
    Effect,
    effect,
    is_open,
    is_sold,
)


class Reading(NamedTuple):
    """The read of orders a page belongs to.

    `orders_from`: when orders were first read, None while this is the first read. `previous`: when the last complete
    read began. Both by our clock.
    """

    account_id: int
    company_id: int
    feed: str
    orders_from: datetime | None
    previous: datetime | None


class Match(NamedTuple):
    """What we know of a line: our listing by merchant SKU, and the line as stored before."""

    line_id: str
    listing_id: int | None
    product_id: int | None
    linked: bool
    known: bool
    known_listing: int | None
    order_state: int | None
    line_state: int | None


class _Told(NamedTuple):
    """A listing of which new lines are told: their units, what the last read of it would show now, and whether they lower
    what stands there or explain what went before."""

    listing_id: int
    product_id: int
    units: int
    shown: int | None
    lowers: bool


MATCH = """
SELECT given.line_id, l.id, l.product_id, l.back_market_id IS NOT NULL, o.id IS NOT NULL, o.listing_id, o.order_state,
       o.line_state
FROM unnest(%s::text[], %s::text[]) AS given (line_id, sku)
LEFT JOIN listings_listing l ON l.account_id = %s AND lower(l.effective_merchant_sku) = lower(given.sku)
LEFT JOIN sync_orderline o ON o.account_id = %s AND o.line_id = given.line_id
"""
# Whether a cancellation gives the units back over there, nobody knows: such a line is unsettled again, and read back.
STORE = """
INSERT INTO sync_orderline AS line (account_id, order_id, line_id, sku, listing_id, quantity, order_state, line_state,
                                    market, created_there, modified_there, lowered, explained, first_seen_at)
SELECT %(account)s, given.*, given.settled, %(now)s
FROM unnest(%(order_id)s::text[], %(line_id)s::text[], %(sku)s::text[], %(listing_id)s::bigint[], %(quantity)s::integer[],
            %(order_state)s::smallint[], %(line_state)s::smallint[], %(market)s::text[], %(created)s::timestamptz[],
            %(modified)s::timestamptz[], %(settled)s::boolean[])
    AS given (order_id, line_id, sku, listing_id, quantity, order_state, line_state, market, created, modified, settled)
ON CONFLICT (account_id, line_id) DO UPDATE SET
    quantity = excluded.quantity, order_state = excluded.order_state, line_state = excluded.line_state,
    modified_there = excluded.modified_there, listing_id = coalesce(line.listing_id, excluded.listing_id),
    lowered = (line.lowered OR line.listing_id IS NULL)
        AND NOT (excluded.line_state = ANY(%(returned)s) AND NOT line.line_state = ANY(%(returned)s)),
    explained = line.explained OR line.listing_id IS NULL
"""
# What is told of the listings of new lines, under their locks. With a feed that leaves orders out, the units sold since the
# newest figure are not left out yet.
TOLD = """
WITH sold AS (
    SELECT o.listing_id, sum(o.quantity)::integer AS units, array_agg(o.quantity) AS lines,
        CASE WHEN NOT bool_or(o.created_there IS NULL) THEN min(o.created_there) END AS first
    FROM sync_orderline o WHERE o.account_id = %(account)s AND o.line_id = ANY(%(lines)s) AND NOT o.lowered
    GROUP BY o.listing_id
)
SELECT s.listing_id, l.product_id, sold.units, sold.first, sold.lines, s.quantity_verified, s.verified_at,
    s.quantity_accepted, s.accepted_at, s.unseen,
    NOT EXISTS (SELECT FROM sync_line n WHERE n.listing_id = s.listing_id AND n.state IN ('open', 'unknown')
                    AND n.kind = 'single' AND n.quantity IS NOT NULL),
    NOT %(excludes)s OR coalesce((
        SELECT p.physical - p.reserved - coalesce((
            SELECT sum(o.quantity) FROM sync_orderline o
            WHERE o.listing_id = s.listing_id AND coalesce(o.created_there, o.first_seen_at) > coalesce((
                SELECT max(as_of) FROM catalog_stock k WHERE k.product_id = p.id), '-infinity')), 0) >= s.quantity_desired
        FROM catalog_product p WHERE p.id = l.product_id), false)
FROM sold JOIN listings_listingstate s ON s.listing_id = sold.listing_id JOIN listings_listing l ON l.id = s.listing_id
ORDER BY s.listing_id FOR NO KEY UPDATE OF s
"""
BELIEVE = """
WITH told AS (
    SELECT * FROM unnest(%(listings)s::bigint[], %(units)s::integer[], %(shown)s::integer[], %(lowers)s::boolean[])
    AS told (listing_id, units, shown, lowers)
), believed AS (
    UPDATE listings_listingstate s SET
        quantity_accepted = CASE WHEN told.lowers THEN greatest(0, s.quantity_accepted - told.units)
                                 ELSE s.quantity_accepted END,
        quantity_verified = told.shown,
        unseen = CASE WHEN told.lowers THEN s.unseen ELSE s.unseen - told.units END,
        unseen_since = CASE WHEN told.lowers OR s.unseen > told.units THEN s.unseen_since END
    FROM told WHERE s.listing_id = told.listing_id
)
UPDATE sync_orderline o SET lowered = true, explained = true FROM told
WHERE o.account_id = %(account)s AND o.line_id = ANY(%(lines)s) AND o.listing_id = told.listing_id
"""
# For a feed that leaves orders out, only a figure newer than the order lets what stands there be believed.
UNSETTLED = """
SELECT DISTINCT o.listing_id, l.product_id, l.back_market_id::text
FROM sync_orderline o JOIN listings_listing l ON l.id = o.listing_id
WHERE o.account_id = %(account)s AND NOT o.lowered AND l.back_market_id IS NOT NULL AND l.missing_there_since IS NULL
  AND (NOT %(excludes)s OR EXISTS (
      SELECT FROM catalog_stock k WHERE k.product_id = l.product_id
          AND k.as_of > coalesce(o.created_there, o.first_seen_at)))
LIMIT %(limit)s
"""
# What a line has explained before, it does not explain again when it is cancelled.
SETTLE = """
WITH told AS (
    SELECT o.id, CASE WHEN o.explained THEN 0 ELSE o.quantity END AS units,
        coalesce(o.created_there, o.first_seen_at) AS at
    FROM sync_orderline o JOIN listings_listing l ON l.id = o.listing_id
    WHERE o.account_id = %(account)s AND o.listing_id = %(listing)s AND NOT o.lowered
      AND o.first_seen_at <= %(read_at)s AND (NOT %(excludes)s OR EXISTS (
          SELECT FROM catalog_stock k WHERE k.product_id = l.product_id
              AND k.as_of > coalesce(o.created_there, o.first_seen_at)))
)
UPDATE sync_orderline o SET lowered = true, explained = true FROM told WHERE o.id = told.id
RETURNING told.units, told.at
"""
EXPLAIN = """
UPDATE listings_listingstate SET unseen = greatest(0, unseen - %(units)s),
    unseen_since = CASE WHEN unseen > %(units)s THEN unseen_since END
WHERE listing_id = %(listing)s AND unseen > 0
"""
FINISH = """
UPDATE sync_accountstate SET orders_read_at = %(started)s, orders_from = coalesce(orders_from, %(started)s),
    orders_since = greatest(orders_since, %(newest)s)
WHERE account_id = %(account)s AND lease_fence = %(fence)s
"""


def reference(order_id: str, line_id: str) -> str:
    """The name of an order line's reservation."""
    return f"backmarket:{order_id}/{line_id}"[:100]


@commit("store a page of orders")
def store(cursor: CursorWrapper, reading: Reading, orders: Iterable[RemoteOrder], now: datetime) -> list[int]:
    """Store a page of orders with everything that follows from it, in one transaction; storing it again does nothing.

    Returns the listings of which less is believed to stand there now.
    """
    found = {line.line_id: (order, line) for order in orders for line in order.lines}
    if not found:
        return []
    cursor.execute(
        MATCH,
        [
            list(found),
            [line.sku for _, line in found.values()],
            reading.account_id,
            reading.account_id,
        ],
    )
    matches = {match.line_id: match for match in (Match(*row) for row in cursor.fetchall())}
    ours = {key: pair for key, pair in found.items() if _counts(reading, *pair, matches[key])}
    if not ours:
        return []
    _store_lines(cursor, reading, ours, matches, now)
    new = [key for key in ours if not matches[key].known and matches[key].linked]
    lowered: dict[int, int] = {}
    if reading.orders_from is not None and new:
        lowered = _lower(cursor, reading, [key for key in new if is_sold(*_states(ours[key]))])
    # Locks in everybody's order: states, products, stale rows.
    _reservations(reading, ours, matches, now)
    mark_stale(company_id=reading.company_id, product_ids=list(lowered.values()), urgency=Urgency.STOCK, now=now)
    return list(lowered)


def _counts(reading: Reading, order: RemoteOrder, line: RemoteOrderLine, match: Match) -> bool:
    """Lines that were over before we first looked are none of ours: their units left, or came back, before that."""
    if match.known or is_open(order.state, line.state):
        return True
    return reading.orders_from is not None and (order.created_at is None or order.created_at >= reading.orders_from)


def _settled(reading: Reading, match: Match) -> bool:
    """Lines of the first read lower nothing: what stands there was read after them. Nor does a listing that is not
    linked, or whose product came after the order."""
    return reading.orders_from is None or match.known or (match.listing_id is not None and not match.linked)


def _states(pair: tuple[RemoteOrder, RemoteOrderLine]) -> tuple[int, int]:
    return pair[0].state, pair[1].state


def _store_lines(
    cursor: CursorWrapper,
    reading: Reading,
    ours: Mapping[str, tuple[RemoteOrder, RemoteOrderLine]],
    matches: Mapping[str, Match],
    now: datetime,
) -> None:
    pairs = [ours[key] for key in sorted(ours)]
    cursor.execute(
        STORE,
        {
            "account": reading.account_id,
            "now": now,
            "order_id": [order.order_id[:32] for order, _ in pairs],
            "line_id": [line.line_id for _, line in pairs],
            "sku": [line.sku[:200] for _, line in pairs],
            "listing_id": [matches[line.line_id].listing_id for _, line in pairs],
            "quantity": [line.quantity for _, line in pairs],
            "order_state": [order.state for order, _ in pairs],
            "line_state": [line.state for _, line in pairs],
            "market": [order.country[:5] for order, _ in pairs],
            "created": [order.created_at for order, _ in pairs],
            "modified": [order.modified_at for order, _ in pairs],
            "returned": sorted(RETURNED_LINES),
            "settled": [_settled(reading, matches[line.line_id]) for _, line in pairs],
        },
    )


def _reservations(
    reading: Reading,
    ours: Mapping[str, tuple[RemoteOrder, RemoteOrderLine]],
    matches: Mapping[str, Match],
    now: datetime,
) -> None:
    """Hold, give back or end what a line's new state asks for. Only changes of state ask for anything."""
    hold: list[ReservationItem] = []
    ended: dict[Effect, list[str]] = {Effect.RETURN: [], Effect.LEAVE: []}
    for key, (order, line) in ours.items():
        match = matches[key]
        before = (match.order_state, match.line_state) if match.known and match.known_listing is not None else None
        if match.product_id is None or line.quantity < 1 or before == (order.state, line.state):
            continue
        name = reference(order.order_id, key)
        what = effect(reading.feed, order.state, line.state)
        if what is Effect.NONE and not is_open(order.state, line.state):
            what = Effect.RETURN  # of the time when the figures said otherwise; of any other order nothing is held
        # Sold and shipped between two reads: held for a moment, so that stock falls through the same door.
        unseen = what is Effect.LEAVE and before is None and reading.feed == STOCK_MASTER
        if what is Effect.HOLD or unseen:
            hold.append(ReservationItem(match.product_id, name, line.quantity))
        if what in ended:
            ended[what].append(name)
    company = reading.company_id
    if hold:
        reserve(company_id=company, items=hold, now=now)
    if ended[Effect.RETURN]:
        release(company_id=company, references=ended[Effect.RETURN], now=now)
    if ended[Effect.LEAVE]:
        consume(
            company_id=company,
            references=ended[Effect.LEAVE],
            take_from_stock=reading.feed == STOCK_MASTER,
            now=now,
        )


def _lower(cursor: CursorWrapper, reading: Reading, lines: Sequence[str]) -> dict[int, int]:
    """Lower what stands there by new lines, where that is certain, and take what explains unseen sales off these;
    {listing id: product id} of both."""
    excludes = reading.feed == ALREADY_EXCLUDES
    values: dict[str, Any] = {"account": reading.account_id, "lines": list(lines), "excludes": excludes}
    cursor.execute(TOLD, values)
    told: list[_Told] = []
    for listing_id, product_id, units, first, placed, *known in cursor.fetchall():
        shown, standing = Shown(*known[:2]), Standing(*known[2:])
        what = telling(Sold(units, first), standing, previous=reading.previous, excludes=excludes)
        quantity = shown.quantity
        if what is Telling.LOWERS and standing.accepted is not None:
            quantity = still_shown(shown, accepted=standing.accepted, sold=placed, first=first)
        if what is not Telling.DOUBTFUL:
            told.append(_Told(listing_id, product_id, units, quantity, what is Telling.LOWERS))
    if told:
        values |= {
            "listings": [one.listing_id for one in told],
            "units": [one.units for one in told],
            "shown": [one.shown for one in told],
            "lowers": [one.lowers for one in told],
        }
        cursor.execute(BELIEVE, values)
    return {one.listing_id: one.product_id for one in told}


def finish(cursor: CursorWrapper, *, account_id: int, fence: int, started: datetime, newest: datetime | None) -> None:
    """The whole window was stored: advance the cursor to the newest modification seen, which is Back Market's clock."""
    cursor.execute(FINISH, {"account": account_id, "fence": fence, "started": started, "newest": newest})


def unsettled(cursor: CursorWrapper, *, account_id: int, feed: str, limit: int) -> list[tuple[int, int, str]]:
    """(listing id, product id, Back Market id) of listings that must be read back before an order of them is counted."""
    cursor.execute(UNSETTLED, {"account": account_id, "excludes": feed == ALREADY_EXCLUDES, "limit": limit})
    return list(cursor.fetchall())


def settle(
    cursor: CursorWrapper, *, account_id: int, feed: str, listing_id: int, read_at: datetime
) -> list[tuple[int, datetime]]:
    """A read that began at `read_at` shows what the orders seen before it left there; returns (units, when ordered) of each
    line that explains something for the first time. Orders that wait for a newer stock figure stay unsettled.

    A cancelled order counts like any other: whether its units came back, only what stands there tells.
    """
    cursor.execute(
        SETTLE,
        {
            "account": account_id,
            "listing": listing_id,
            "read_at": read_at,
            "excludes": feed == ALREADY_EXCLUDES,
        },
    )
    return [(units, at) for units, at in cursor.fetchall() if units > 0]


def explain(cursor: CursorWrapper, *, listing_id: int, units: int) -> None:
    """Take units that orders explain off those that went unseen; more than these does no harm."""
    cursor.execute(EXPLAIN, {"listing": listing_id, "units": units})
