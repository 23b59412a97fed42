"""Take reads of linked listings: write down what stands there, judge it (rule 6), and mend what the account lets be mended.

A read judges a value only where nothing of the listing is under way or of unknown outcome, where the value was accepted
before the read began, and where no order came in since. While something is, its quantity is not even written down: what
is gone may be our own doing, and would be taken for sold (`listings.queries.facts.GONE`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from listwright.changes.operations import Urgency, mark_stale
from listwright.listings.operations.grid_part import refresh_grid
from listwright.listings.operations.there import Baseline, record_there
from listwright.sync.commits import commit
from listwright.sync.decisions.drift import DISABLED, LAG, Drift, Finding, Known, Policy, Seen, judge

ACCOUNT = """
SELECT company_id, drift_prices = 'mend', drift_more = 'mend', drift_less = 'explain', drift_grace_minutes
FROM companies_account WHERE id = %s
"""
# Locks in everybody's order: listing, state, price.
QUANTITIES = """
SELECT s.listing_id, l.product_id, l.status IN ('on', 'taken_offline'),
    NOT EXISTS (SELECT FROM sync_line n WHERE n.listing_id = s.listing_id AND n.state IN ('open', 'unknown')),
    NOT EXISTS (SELECT FROM sync_orderline o WHERE o.listing_id = s.listing_id AND o.first_seen_at >= %(read_at)s),
    EXISTS (SELECT FROM sync_orderline o WHERE o.listing_id = s.listing_id AND NOT o.lowered),
    s.quantity_accepted, s.accepted_at, s.quantity_verified, s.verified_at, s.drift, s.drift_since,
    sent.quantity_before, sent.id IS NOT NULL
FROM unnest(%(ids)s::bigint[]) AS wanted (id)
JOIN listings_listingstate s ON s.listing_id = wanted.id
JOIN listings_listing l ON l.id = wanted.id
LEFT JOIN LATERAL (
    SELECT id, quantity_before FROM sync_line WHERE listing_id = s.listing_id AND kind = 'single' AND state = 'accepted'
        AND quantity IS NOT NULL ORDER BY id DESC LIMIT 1) AS sent ON true
WHERE s.account_id = %(account)s AND l.back_market_id IS NOT NULL
ORDER BY s.listing_id FOR NO KEY UPDATE OF l, s
"""
PRICES = """
SELECT m.listing_id, m.market, m.price_accepted, m.accepted_at, m.price_verified, m.verified_at, m.drift, m.drift_since,
    sent.price_before, sent.id IS NOT NULL
FROM unnest(%(listings)s::bigint[], %(markets)s::text[]) AS wanted (listing_id, market)
JOIN listings_listingmarketstate m ON m.listing_id = wanted.listing_id AND m.market = wanted.market
LEFT JOIN LATERAL (
    SELECT id, price_before FROM sync_line WHERE listing_id = m.listing_id AND market = m.market AND kind = 'single'
        AND state = 'accepted' AND price IS NOT NULL ORDER BY id DESC LIMIT 1) AS sent ON true
WHERE m.account_id = %(account)s ORDER BY m.listing_id, m.market FOR NO KEY UPDATE OF m
"""
STORE_QUANTITIES = """
UPDATE listings_listingstate s SET drift = found.drift, drift_since = found.since,
    quantity_accepted = CASE WHEN found.believe THEN s.quantity_verified ELSE s.quantity_accepted END,
    accepted_at = CASE WHEN found.believe THEN s.verified_at ELSE s.accepted_at END
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::boolean[]) AS found (listing_id, drift, since, believe)
WHERE s.listing_id = found.listing_id
"""
STORE_PRICES = """
UPDATE listings_listingmarketstate m SET drift = found.drift, drift_since = found.since,
    price_accepted = CASE WHEN found.believe THEN m.price_verified ELSE m.price_accepted END,
    accepted_at = CASE WHEN found.believe THEN m.verified_at ELSE m.accepted_at END
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::boolean[])
    AS found (listing_id, market, drift, since, believe)
WHERE m.listing_id = found.listing_id AND m.market = found.market
"""


@dataclass(slots=True)
class Taken:
    """`again`: (listing id, market) of what should be read once more to be sure; `mended` listings are planned again."""

    again: list[tuple[int, str]] = field(default_factory=list)
    mended: int = 0


@dataclass(frozen=True, slots=True)
class _Listing:
    product_id: int
    ours: bool
    quiet: bool


def take(*, account_id: int, baselines: Sequence[Baseline], read_at: datetime, now: datetime) -> Taken:
    """Write these reads, which began at `read_at`, and judge them; a quantity that no read told is left alone.

    What stands there of a listing that is none of ours to write to (never enabled, left standing) is believed, whatever
    it is: what is desired is compared with it once that changes.
    """
    taken = Taken()
    if not baselines:
        return taken
    by_id = {row.listing_id: row for row in baselines}
    with commit("take reads"), connection.cursor() as cursor:
        cursor.execute(ACCOUNT, [account_id])
        company_id, prices, more, less, grace = cursor.fetchone()
        policy = Policy(prices, more, less, timedelta(minutes=grace))
        values: dict[str, Any] = {"account": account_id, "ids": sorted(by_id), "read_at": read_at}
        cursor.execute(QUANTITIES, values)
        rows = cursor.fetchall()
        listings = {row[0]: _Listing(row[1], row[2], row[3]) for row in rows}
        quantities = {
            row[0]: (Known(*row[6:]), row[5])
            for row in rows
            if row[3] and row[4] and by_id[row[0]].quantity is not None and _judges(row[7], row[9], read_at)
        }
        pairs = [
            (listing_id, market) for listing_id in sorted(listings) for market in sorted(by_id[listing_id].markets)
        ]
        cursor.execute(
            PRICES,
            {
                "account": account_id,
                "listings": [listing_id for listing_id, _ in pairs],
                "markets": [market for _, market in pairs],
            },
        )
        known_prices = {
            (row[0], row[1]): Known(*row[2:])
            for row in cursor.fetchall()
            if listings[row[0]].quiet and _judges(row[3], row[5], read_at)
        }
        busy = {listing_id for listing_id, one in listings.items() if not one.quiet}
        told = [one._replace(quantity=None) if one.listing_id in busy else one for one in baselines]
        record_there(account_id=account_id, baselines=told, read_at=read_at)
        mended = _quantities(cursor, by_id, listings, quantities, policy, read_at, taken)
        mended |= _prices(cursor, by_id, listings, known_prices, policy, read_at, taken)
        products = sorted(listings[listing_id].product_id for listing_id in mended)
        refresh_grid(listing_ids=sorted(listings))
        mark_stale(company_id=company_id, product_ids=products, urgency=Urgency.STOCK, now=now)
        taken.mended = len(mended)
    return taken


def _judges(accepted_at: datetime | None, verified_at: datetime | None, read_at: datetime) -> bool:
    """Whether a read says anything: begun well after the value was accepted, and not before the last one."""
    return (accepted_at is None or accepted_at + LAG <= read_at) and (verified_at is None or verified_at <= read_at)


def _quantities(
    cursor: CursorWrapper,
    by_id: dict[int, Baseline],
    listings: dict[int, _Listing],
    known: dict[int, tuple[Known, bool]],
    policy: Policy,
    read_at: datetime,
    taken: Taken,
) -> set[int]:
    found: dict[int, Finding] = {}
    for listing_id, (before, explained) in known.items():
        there = by_id[listing_id]
        disabled = any(market.publication_state == DISABLED for market in there.markets.values())
        seen = Seen(there.quantity, read_at, disabled)
        finding = (
            judge(before, seen, policy, explained=explained) if listings[listing_id].ours else _baseline(before, seen)
        )
        if finding.again:
            taken.again.append((listing_id, next(iter(there.markets))))
        if finding.believe or (finding.drift, finding.since) != (before.drift, before.drift_since):
            found[listing_id] = finding
    if found:
        drifts, sinces, believed = _columns(found.values())
        cursor.execute(STORE_QUANTITIES, [list(found), drifts, sinces, believed])
    return {listing_id for listing_id, finding in found.items() if finding.believe and listings[listing_id].ours}


def _prices(
    cursor: CursorWrapper,
    by_id: dict[int, Baseline],
    listings: dict[int, _Listing],
    known: dict[tuple[int, str], Known],
    policy: Policy,
    read_at: datetime,
    taken: Taken,
) -> set[int]:
    found: dict[tuple[int, str], Finding] = {}
    for (listing_id, market), before in known.items():
        there = by_id[listing_id].markets[market]
        seen = Seen(there.price, read_at, there.publication_state == DISABLED)
        finding = judge(before, seen, policy) if listings[listing_id].ours else _baseline(before, seen)
        if finding.again and (listing_id, market) not in taken.again:
            taken.again.append((listing_id, market))
        if finding.believe or (finding.drift, finding.since) != (before.drift, before.drift_since):
            found[listing_id, market] = finding
    if found:
        drifts, sinces, believed = _columns(found.values())
        cursor.execute(
            STORE_PRICES,
            [[listing for listing, _ in found], [market for _, market in found], drifts, sinces, believed],
        )
    return {listing_id for (listing_id, _), finding in found.items() if finding.believe and listings[listing_id].ours}


def _baseline(before: Known, seen: Seen) -> Finding:
    """What stands there of a listing we keep our hands off."""
    return Finding(Drift.NONE, believe=seen.value != before.accepted)


def _columns(found: Any) -> tuple[list[str], list[datetime | None], list[bool]]:
    findings = list(found)
    return (
        [str(finding.drift) for finding in findings],
        [finding.since for finding in findings],
        [finding.believe for finding in findings],
    )
