"""Ask the planner to send price and quantity whatever stands there, and take that back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from listwright.changes.operations import Urgency, mark_stale

# All of them lock in everybody's order: states by listing, then prices by listing and market.
_FORCE_QUANTITIES = """
UPDATE listings_listingstate SET forced = true WHERE listing_id IN (
    SELECT listing_id FROM listings_listingstate WHERE account_id = %s AND listing_id = ANY(%s)
    ORDER BY listing_id FOR NO KEY UPDATE)
"""
_FORCE_PRICES = """
UPDATE listings_listingmarketstate SET forced = true WHERE (listing_id, market) IN (
    SELECT state.listing_id, state.market FROM unnest(%s::bigint[], %s::text[]) AS wanted (listing_id, market)
    JOIN listings_listingmarketstate AS state USING (listing_id, market) WHERE state.account_id = %s
    ORDER BY state.listing_id, state.market FOR NO KEY UPDATE OF state)
"""
_LET_QUANTITIES = """
UPDATE listings_listingstate SET forced = false WHERE listing_id IN (
    SELECT listing_id FROM listings_listingstate WHERE account_id = %s AND listing_id = ANY(%s) AND forced
    ORDER BY listing_id FOR NO KEY UPDATE)
"""
_LET_PRICES = """
UPDATE listings_listingmarketstate SET forced = false WHERE (listing_id, market) IN (
    SELECT listing_id, market FROM listings_listingmarketstate
    WHERE account_id = %s AND listing_id = ANY(%s) AND forced
    ORDER BY listing_id, market FOR NO KEY UPDATE)
"""


def force(*, account_id: int, markets: Mapping[int, Sequence[str]], now: datetime) -> None:
    """Send price and quantity of these listings (by id, the markets each), whatever the upload switches say (B3)."""
    wanted = [(listing_id, market) for listing_id, names in markets.items() for market in names]
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_FORCE_QUANTITIES, [account_id, sorted({listing_id for listing_id, _ in wanted})])
        cursor.execute(
            _FORCE_PRICES, [[listing_id for listing_id, _ in wanted], [market for _, market in wanted], account_id]
        )
    _plan_again(account_id, sorted({listing_id for listing_id, _ in wanted}), now)


def withdraw(*, company_id: int, job_id: int, now: datetime) -> None:
    """Take back what a job asked for and has not been sent, where no other job under way asks for the same."""
    with connection.cursor() as cursor:
        # A job that asks for the same just now has these rows: only once it has committed can its rows be seen.
        cursor.execute(
            """
            SELECT FROM listings_listingstate AS state JOIN listings_listing AS listing ON listing.id = state.listing_id
            JOIN jobs_jobrow AS row ON row.product_id = listing.product_id
            WHERE row.job_id = %s AND row.state = 'waiting' ORDER BY state.listing_id FOR NO KEY UPDATE OF state
            """,
            [job_id],
        )
        cursor.execute(
            """
            SELECT listing.account_id, array_agg(listing.id ORDER BY listing.id)
            FROM jobs_jobrow AS row
            JOIN jobs_job AS job ON job.id = row.job_id
            JOIN listings_listing AS listing ON listing.product_id = row.product_id
            WHERE job.company_id = %s AND job.id = %s AND job.kind = 'update' AND row.state = 'waiting'
              AND NOT EXISTS (
                  SELECT FROM jobs_jobrow AS other JOIN jobs_job AS its ON its.id = other.job_id
                  WHERE other.product_id = row.product_id AND other.job_id <> row.job_id
                    AND other.state IN ('waiting', 'sent') AND its.kind IN ('update', 'launch'))
            GROUP BY listing.account_id
            """,
            [company_id, job_id],
        )
        for account_id, listing_ids in cursor.fetchall():
            cursor.execute(_LET_QUANTITIES, [account_id, listing_ids])
            cursor.execute(_LET_PRICES, [account_id, listing_ids])
            _plan_again(account_id, listing_ids, now)


def _plan_again(account_id: int, listing_ids: Sequence[int], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account.company_id, array_agg(listing.product_id) FROM listings_listing AS listing"
            " JOIN companies_account AS account ON account.id = listing.account_id"
            " WHERE listing.account_id = %s AND listing.id = ANY(%s) GROUP BY account.company_id",
            [account_id, list(listing_ids)],
        )
        for company_id, product_ids in cursor.fetchall():
            mark_stale(company_id=company_id, product_ids=product_ids, urgency=Urgency.PRICE, now=now)
