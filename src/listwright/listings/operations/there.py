"""What stands on Back Market, as read, and how it is written down: set-based, for one listing or a whole download."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from listwright.channels.protocol import RemoteListing
from listwright.common.errors import Invalid
from listwright.listings.operations.grid_part import refresh_grid
from listwright.listings.rules.readiness import COMMENT_LIMIT


class MarketThere(NamedTuple):
    """What one market shows: prices in `currency`, warranty in months, publication state 0 to 4."""

    currency: str
    price: Decimal | None
    comment: str = ""
    warranty_months: int | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    publication_state: int | None = None


class Baseline(NamedTuple):
    """A listing of ours (`listing_id`) as it stands on Back Market, in every market that was read.

    `quantity` is shared by all markets and may be -1; None when no read told it.
    """

    listing_id: int
    back_market_id: str
    back_market_listing_id: int | None
    back_market_product_id: str
    quantity: int | None
    markets: Mapping[str, MarketThere]
    grade: str = ""


def baseline(listing_id: int, reads: Iterable[RemoteListing]) -> Baseline:
    """One listing's reads, a market each, together; raises Invalid when they are none or of different listings.

    The quantity is that of the last read that told one.
    """
    seen = list(reads)
    if len({read.back_market_id for read in seen}) != 1:
        raise Invalid("reads_of_one_listing", "A baseline is made of the reads of exactly one listing.")
    return Baseline(
        listing_id,
        seen[0].back_market_id,
        next((read.listing_id for read in seen if read.listing_id is not None), None),
        next((read.product_id for read in seen if read.product_id), ""),
        next((read.quantity for read in reversed(seen) if read.quantity is not None), None),
        {
            read.market: MarketThere(
                read.currency,
                read.price,
                read.comment,
                read.warranty_months,
                read.min_price,
                read.max_price,
                read.publication_state,
            )
            for read in seen
        },
        next((read.grade for read in seen if read.grade), ""),
    )


_LISTINGS = """
WITH given AS (
    SELECT * FROM unnest(%(id)s::bigint[], %(back_market_id)s::uuid[], %(listing_id)s::bigint[], %(product_id)s::text[],
        %(grade)s::text[]) AS given (id, back_market_id, back_market_listing_id, back_market_product_id, grade)
), differing AS (
    SELECT listing.id, given.back_market_listing_id, given.back_market_product_id, given.grade
    FROM given JOIN listings_listing AS listing USING (id)
    WHERE listing.account_id = %(account)s AND listing.back_market_id = given.back_market_id
      AND (listing.missing_there_since IS NOT NULL
           OR given.back_market_listing_id IS DISTINCT FROM listing.back_market_listing_id
              AND given.back_market_listing_id IS NOT NULL
           OR given.back_market_product_id NOT IN ('', listing.back_market_product_id)
           OR given.grade NOT IN ('', listing.grade_there))
    ORDER BY listing.id FOR NO KEY UPDATE OF listing
)
UPDATE listings_listing AS listing
SET missing_there_since = NULL,
    back_market_listing_id = coalesce(differing.back_market_listing_id, listing.back_market_listing_id),
    back_market_product_id = coalesce(nullif(differing.back_market_product_id, ''), listing.back_market_product_id),
    grade_there = coalesce(nullif(differing.grade, ''), listing.grade_there)
FROM differing WHERE listing.id = differing.id RETURNING listing.id
"""

# The rows are locked first and in order. A read that began before the last one that was written says nothing new.
_QUANTITIES = """
WITH given AS (SELECT * FROM unnest(%(id)s::bigint[], %(quantity)s::int[]) AS given (id, quantity)),
held AS (
    SELECT state.listing_id, given.quantity, state.quantity_verified AS before
    FROM given JOIN listings_listingstate AS state ON state.listing_id = given.id
    JOIN listings_listing AS listing ON listing.id = given.id AND listing.back_market_id IS NOT NULL
    WHERE state.account_id = %(account)s AND (state.verified_at IS NULL OR state.verified_at <= %(read_at)s)
    ORDER BY state.listing_id FOR NO KEY UPDATE OF state
), written AS (
    UPDATE listings_listingstate AS state
    SET quantity_verified = held.quantity, verified_at = %(read_at)s
    FROM held WHERE state.listing_id = held.listing_id
)
SELECT listing_id FROM held WHERE before IS DISTINCT FROM quantity
"""

_MARKETS = """
WITH given AS (
    SELECT * FROM unnest(%(id)s::bigint[], %(market)s::text[], %(currency)s::text[], %(price)s::numeric[],
        %(comment)s::text[], %(warranty)s::smallint[], %(min_price)s::numeric[], %(max_price)s::numeric[],
        %(publication_state)s::smallint[])
        AS given (listing_id, market, currency, price, comment, warranty, min_price, max_price, publication_state)
), known AS (
    SELECT given.*, state.market IS NOT NULL AND
        (state.price_verified, state.comment_there, state.warranty_there, state.min_price_there, state.max_price_there,
         state.publication_state)
        IS NOT DISTINCT FROM
        (given.price, given.comment, given.warranty, given.min_price, given.max_price, given.publication_state) AS same
    FROM given
    JOIN listings_listing AS listing ON listing.id = given.listing_id AND listing.account_id = %(account)s
    LEFT JOIN listings_listingmarketstate AS state
           ON state.listing_id = given.listing_id AND state.market = given.market
    WHERE listing.back_market_id IS NOT NULL AND (state.verified_at IS NULL OR state.verified_at <= %(read_at)s)
), written AS (
    INSERT INTO listings_listingmarketstate AS state (
        listing_id, account_id, market, currency, price_verified, verified_at, comment_there, warranty_there,
        min_price_there, max_price_there, publication_state, price_due, price_urgency, forced, attempts, error_code,
        error_message)
    SELECT listing_id, %(account)s, market, currency, price, %(read_at)s, comment, warranty, min_price, max_price,
        publication_state, false, 9, false, 0, '', ''
    FROM known ORDER BY listing_id, market
    ON CONFLICT (listing_id, market) DO UPDATE SET
        price_verified = excluded.price_verified, verified_at = excluded.verified_at,
        comment_there = excluded.comment_there, warranty_there = excluded.warranty_there,
        min_price_there = excluded.min_price_there, max_price_there = excluded.max_price_there,
        publication_state = excluded.publication_state
)
SELECT DISTINCT listing_id FROM known WHERE NOT same
"""

# What a linked listing starts from: what stands there counts as accepted, so that nothing is due.
_ACCEPT_QUANTITIES = """
UPDATE listings_listingstate SET quantity_accepted = quantity_verified, accepted_at = verified_at, rejected_generation = NULL,
    unseen = 0, unseen_since = NULL,
    retry_at = NULL, attempts = 0, error_code = '', error_message = ''
WHERE listing_id = ANY(%(id)s) AND account_id = %(account)s
"""
_ACCEPT_PRICES = """
UPDATE listings_listingmarketstate SET price_accepted = price_verified, accepted_at = verified_at,
    rejected_generation = NULL, retry_at = NULL, attempts = 0, error_code = '', error_message = ''
WHERE listing_id = ANY(%(id)s) AND account_id = %(account)s AND verified_at = %(read_at)s
"""


def record_there(*, account_id: int, baselines: Sequence[Baseline], read_at: datetime) -> list[int]:
    """Write a later read of linked listings: verified values and their time, and "missing there" is over.

    `read_at` is when the read began: a row that a later read has written is left alone. Accepted values stay; whether
    a difference is drift is for `sync` to judge (rule 6). Markets that were not read stay as they are. Returns the ids
    of the listings of which something differs from the read before.
    """
    if not baselines:
        return []
    with transaction.atomic():
        differing = sorted(_write(account_id, baselines, read_at))
        refresh_grid(listing_ids=differing)
        return differing


def accept_there(*, account_id: int, baselines: Sequence[Baseline], now: datetime) -> None:
    """Write what stands there as verified and accepted alike, for listings just linked; in the caller's transaction."""
    _write(account_id, baselines, now)
    parameters: dict[str, Any] = {
        "account": account_id,
        "id": [row.listing_id for row in baselines],
        "read_at": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPT_QUANTITIES, parameters)
        cursor.execute(_ACCEPT_PRICES, parameters)


def _write(account_id: int, baselines: Sequence[Baseline], read_at: datetime) -> set[int]:
    by_id = {row.listing_id: row for row in baselines}
    rows = [by_id[listing_id] for listing_id in sorted(by_id)]
    told = [row for row in rows if row.quantity is not None]
    markets = [(row.listing_id, code, there) for row in rows for code, there in sorted(row.markets.items())]
    statements: list[tuple[str, dict[str, Any]]] = [
        (
            _LISTINGS,
            {
                "id": [row.listing_id for row in rows],
                "back_market_id": [row.back_market_id for row in rows],
                "listing_id": [row.back_market_listing_id for row in rows],
                "product_id": [row.back_market_product_id for row in rows],
                "grade": [row.grade for row in rows],
            },
        ),
        (_QUANTITIES, {"id": [row.listing_id for row in told], "quantity": [row.quantity for row in told]}),
        (
            _MARKETS,
            {
                "id": [listing_id for listing_id, _, _ in markets],
                "market": [code for _, code, _ in markets],
                "currency": [there.currency for _, _, there in markets],
                "price": [there.price for _, _, there in markets],
                "comment": [there.comment[:COMMENT_LIMIT] for _, _, there in markets],
                "warranty": [there.warranty_months for _, _, there in markets],
                "min_price": [there.min_price for _, _, there in markets],
                "max_price": [there.max_price for _, _, there in markets],
                "publication_state": [there.publication_state for _, _, there in markets],
            },
        ),
    ]
    differing: set[int] = set()
    with connection.cursor() as cursor:
        for statement, parameters in statements:
            cursor.execute(statement, {**parameters, "account": account_id, "read_at": read_at})
            differing.update(listing_id for (listing_id,) in cursor.fetchall())
    return differing
