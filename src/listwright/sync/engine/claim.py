"""Choose the most urgent due lines and write their attempt: lines, budget and cleared flags in one transaction (rule 6).

A line may go out where the planner's decision is still the newest: its generation is the stale row's (rule 4), and no
settings wave has yet to reach the listing. A zero waits for no wave (rule 1). One listing never has two requests under
way. All statements here belong into one transaction.
"""

# ruff: noqa: S608 - the statements are put together from constants; every value is a parameter

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from django.db.backends.utils import CursorWrapper

from listwright.changes import prepared
from listwright.sync.decisions.urgency import LineUrgency, courtesies, favour, widest
from listwright.sync.engine import budget
from listwright.sync.engine.compose import Draft, PriceDue, QuantityDue, compose


class Quantities(IntEnum):
    """Which quantities may go out now (rules 1 and 2): zeros always; falls while orders cannot be read; else all."""

    ZEROS = 0
    FALLS = 1
    ALL = 2


@dataclass(frozen=True, slots=True)
class Gate:
    """What an account allows, read at the start of each round."""

    company_id: int
    default_market: str
    orders_download: bool
    stock_feed: str
    paused: bool
    wait_until: datetime | None
    holds: bool
    connection: str
    settings: int
    settled: bool
    through: int
    orders_since: datetime | None
    orders_read_at: datetime | None
    orders_from: datetime | None

    def parameters(self, account_id: int, now: datetime) -> dict[str, Any]:
        return {
            "account": account_id,
            "now": now,
            "settings": self.settings,
            "settled": self.settled,
            "through": self.through,
        }


@dataclass(frozen=True, slots=True)
class Sending:
    """A line as written, on its way out."""

    line_id: int
    draft: Draft
    attempted_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """`short` of budget: more is due than the hour still takes."""

    sendings: list[Sending]
    short: bool = False


NOTHING = Claimed([])

GATE = """
SELECT a.company_id, a.default_market, a.orders_download, a.stock_feed,
       a.paused_at IS NOT NULL OR length(a.token_encrypted) = 0, st.wait_until,
       st.lease_fence = %(fence)s AND st.lease_until >= clock_timestamp(),
       md5(concat_ws('|', a.channel, a.environment, a.region, a.sandbox_url, md5(a.token_encrypted), a.agent_company,
                     a.contact_mail, a.default_market)),
       a.settings_generation, st.planned_settings >= a.settings_generation,
       CASE WHEN st.wave_settings >= a.settings_generation THEN st.wave_cursor ELSE 0 END,
       st.orders_since, st.orders_read_at, st.orders_from
FROM companies_account a JOIN sync_accountstate st ON st.account_id = a.id WHERE a.id = %(account)s
"""

# A listing that may be written to at all: linked, planned from its newest facts, and with no request under way.
FREE = """
    l.back_market_id IS NOT NULL AND coalesce(t.generation, s.planned_generation) = s.planned_generation
    AND NOT EXISTS (SELECT FROM sync_line o WHERE o.listing_id = s.listing_id AND o.state = 'open' AND o.kind = 'single')
"""
PLANNED = "(%(settled)s OR s.listing_id <= %(through)s OR s.planned_settings >= %(settings)s)"
# While a line's outcome is unknown, a zero and a newer fall go out, a rise waits: it may still be applied later.
QUANTITY = f"""
    s.quantity_due AND s.quantity_desired IS NOT NULL AND (s.retry_at IS NULL OR s.retry_at <= %(now)s)
    AND (s.quantity_desired <= 0 OR {PLANNED})
    AND (s.quantity_desired <= 0 OR NOT EXISTS (
        SELECT FROM sync_line u WHERE u.listing_id = s.listing_id AND u.state = 'unknown' AND u.kind = 'single'
            AND (u.quantity = s.quantity_desired OR s.quantity_desired >= greatest(u.quantity, s.quantity_accepted))
            AND u.quantity IS NOT NULL))
"""
WHICH = {
    Quantities.ALL: "",
    Quantities.FALLS: " AND (s.quantity_desired <= 0 OR s.quantity_desired < s.quantity_accepted)",
    Quantities.ZEROS: f" AND s.quantity_urgency = {int(LineUrgency.ZERO)} AND s.quantity_desired <= 0",
}
PRICE = f"""
    m.price_due AND m.price_desired IS NOT NULL AND (m.retry_at IS NULL OR m.retry_at <= %(now)s) AND {PLANNED}
    AND NOT EXISTS (
        SELECT FROM sync_line u WHERE u.listing_id = m.listing_id AND u.market = m.market AND u.state = 'unknown'
            AND u.kind = 'single' AND u.price IS NOT NULL)
"""
STATE_TABLES = """
    listings_listingstate s JOIN listings_listing l ON l.id = s.listing_id
    LEFT JOIN changes_stale t ON t.product_id = l.product_id
"""
PRICE_TABLES = """
    listings_listingmarketstate m JOIN listings_listingstate s ON s.listing_id = m.listing_id
    JOIN listings_listing l ON l.id = m.listing_id LEFT JOIN changes_stale t ON t.product_id = l.product_id
"""
NEXT_QUANTITIES = {
    which: f"""
SELECT s.listing_id, s.quantity_urgency, s.turn FROM {STATE_TABLES}
WHERE s.account_id = %(account)s AND s.quantity_urgency BETWEEN %(from)s AND %(to)s AND {QUANTITY} {only} AND {FREE}
ORDER BY s.quantity_urgency, s.turn LIMIT {{limit}}
"""
    for which, only in WHICH.items()
}
NEXT_PRICES = f"""
SELECT m.listing_id, m.price_urgency, m.turn FROM {PRICE_TABLES}
WHERE m.account_id = %(account)s AND m.price_urgency BETWEEN %(from)s AND %(to)s AND {PRICE} AND {FREE}
ORDER BY m.price_urgency, m.turn LIMIT {{limit}}
"""
LOCK_QUANTITIES = {
    which: f"""
SELECT s.listing_id, l.product_id, l.back_market_id::text, s.planned_generation,
       {QUANTITY} {only}, s.quantity_due AND s.forced, s.quantity_desired, s.quantity_accepted, s.forced, s.attempts,
       s.quantity_urgency, s.turn
FROM {STATE_TABLES} WHERE s.listing_id = ANY(%(ids)s) AND {FREE} FOR NO KEY UPDATE OF s SKIP LOCKED
"""
    for which, only in WHICH.items()
}
LOCK_PRICES = f"""
SELECT m.listing_id, m.market, m.price_desired, m.price_accepted, m.currency, m.forced, m.attempts,
       m.price_urgency, m.turn
FROM {PRICE_TABLES} WHERE m.listing_id = ANY(%(ids)s) AND {PRICE}
ORDER BY m.price_urgency, m.turn, m.market FOR NO KEY UPDATE OF m SKIP LOCKED
"""
WRITE_LINES = """
INSERT INTO sync_line (account_id, listing_id, kind, market, quantity, price, currency, quantity_before, price_before,
                       generation, forced, state, attempted_at, reads, request_id, code, message)
SELECT %(account)s, listing_id, 'single', market, quantity, price, currency, quantity_before, price_before,
       generation, forced, 'open', %(now)s, 0, '', '', ''
FROM unnest(%(listing)s::bigint[], %(market)s::text[], %(quantity)s::integer[], %(price)s::numeric[], %(currency)s::text[],
            %(quantity_before)s::integer[], %(price_before)s::numeric[], %(generation)s::bigint[], %(forced)s::boolean[])
     AS line (listing_id, market, quantity, price, currency, quantity_before, price_before, generation, forced)
ON CONFLICT DO NOTHING RETURNING id, listing_id
"""
CLEAR_QUANTITIES = """
UPDATE listings_listingstate SET quantity_due = false, forced = false WHERE listing_id = ANY(%(ids)s)
"""
CLEAR_PRICES = """
UPDATE listings_listingmarketstate m SET price_due = false, forced = false
FROM unnest(%(listings)s::bigint[], %(markets)s::text[]) AS sent (listing_id, market)
WHERE m.listing_id = sent.listing_id AND m.market = sent.market
"""


def gate(account_id: int, fence: int) -> Gate:
    """What the account allows now. Raises LookupError when it is gone."""
    rows = prepared.rows(GATE, {"account": account_id, "fence": fence})
    if not rows:
        raise LookupError(f"account {account_id} is gone")
    return Gate(*rows[0])


def claim(
    cursor: CursorWrapper,
    *,
    account_id: int,
    gate: Gate,
    quantities: Quantities,
    slots: int,
    now: datetime,
    gone: int = 0,
) -> Claimed:
    """Write the attempt of up to `slots` lines, the most urgent first, and return them. Call in a transaction; send
    after it has committed. `gone`: lines other than stop-sales that went out before, which tells whose courtesy is next."""
    values = gate.parameters(account_id, now)
    ids = _next(values, quantities, slots)
    if not ids:
        return NOTHING
    room = budget.lock_room(cursor, account_id, now)
    short = room.others < slots
    favoured: list[int] = []
    most = widest(falls=room.falls, others=room.others)
    if most is not LineUrgency.NONE:
        ids = _next(values, quantities, slots, to=most)
        if not ids:
            return Claimed([], short)
    elif len(ids) == slots:
        heads = [_next(values, quantities, 1, start=one, to=one) for one in courtesies(gone, slots)]
        favoured = favour(ids, [head for found in heads for head in found.items()])
    drafts, standing = compose(
        *_lock(values, list(ids), quantities),
        default_market=gate.default_market,
        settings=gate.settings,
        room=room,
        slots=slots,
        favoured=favoured,
    )
    sendings = _write(account_id, drafts, now) if drafts else []
    sent = [sending.draft for sending in sendings]
    quiet = [*standing.quantities, *(draft.listing_id for draft in sent if draft.quantity is not None)]
    if quiet:
        prepared.rows(CLEAR_QUANTITIES, {"ids": quiet})
    priced = [*standing.prices, *((draft.listing_id, draft.market) for draft in sent if draft.price is not None)]
    if priced:
        prepared.rows(
            CLEAR_PRICES,
            {"listings": [listing for listing, _ in priced], "markets": [market for _, market in priced]},
        )
    if sendings:
        zeros = sum([draft.is_zero for draft in sent])
        falls = sum([draft.is_fall and not draft.is_zero for draft in sent])
        budget.spend(cursor, account_id, len(sendings), now, zeros=zeros, falls=falls)
    return Claimed(sendings, short)


def quantities_wait(cursor: CursorWrapper, account_id: int, now: datetime) -> bool:
    """Whether a quantity above zero is due, so that orders must be read first."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM listings_listingstate WHERE account_id = %s AND quantity_due"
        " AND quantity_urgency > %s AND quantity_desired > 0 AND (retry_at IS NULL OR retry_at <= %s))",
        [account_id, int(LineUrgency.ZERO), now],
    )
    return bool(cursor.fetchone()[0])


def _next(
    values: dict[str, Any],
    which: Quantities,
    slots: int,
    *,
    start: LineUrgency = LineUrgency.ZERO,
    to: LineUrgency = LineUrgency.NONE,
) -> dict[int, int]:
    """The listings to take now, {id: class}: the most urgent of due quantities and prices, of the classes from `start`
    to `to`."""
    values = values | {"from": int(start), "to": int(to)}
    # A limit the planner can see, and few different ones, since each is a statement of its own. Several markets of one
    # listing may be due, of which one is taken at a time.
    limit = 1 << (slots - 1).bit_length()
    rows = prepared.rows(NEXT_QUANTITIES[which].format(limit=limit), values)
    if start <= LineUrgency.PRICE <= to:
        rows += prepared.rows(NEXT_PRICES.format(limit=limit * 4), values)
    rows.sort(key=lambda row: (row[1], row[2] or values["now"]))
    found: dict[int, int] = {}
    for listing_id, urgency, _ in rows:
        if len(found) == slots:
            break
        found.setdefault(listing_id, urgency)
    return found


def _lock(
    values: dict[str, Any], ids: Sequence[int], which: Quantities
) -> tuple[Sequence[QuantityDue], Sequence[PriceDue]]:
    """What is due of the chosen listings, read under their locks; those another transaction works on are left out."""
    quantities = [QuantityDue(*row) for row in prepared.rows(LOCK_QUANTITIES[which], values | {"ids": ids})]
    held = [row.listing_id for row in quantities]
    return quantities, [PriceDue(*row) for row in prepared.rows(LOCK_PRICES, values | {"ids": held})]


def _write(account_id: int, drafts: Sequence[Draft], now: datetime) -> list[Sending]:
    written = prepared.rows(
        WRITE_LINES,
        {
            "account": account_id,
            "now": now,
            "listing": [draft.listing_id for draft in drafts],
            "market": [draft.market for draft in drafts],
            "quantity": [draft.quantity for draft in drafts],
            "price": [draft.price for draft in drafts],
            "currency": [draft.currency for draft in drafts],
            "quantity_before": [draft.quantity_before for draft in drafts],
            "price_before": [draft.price_before for draft in drafts],
            "generation": [draft.generation for draft in drafts],
            "forced": [draft.forced for draft in drafts],
        },
    )
    by_listing = {draft.listing_id: draft for draft in drafts}
    return [Sending(line_id, by_listing[listing_id], now) for line_id, listing_id in written]
