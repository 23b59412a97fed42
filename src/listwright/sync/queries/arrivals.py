"""When what waits will be on Back Market: its place in the order of sending, against what the hour takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.sync.decisions.arrival import NEVER, seconds_to_send
from listwright.sync.decisions.urgency import LineUrgency
from listwright.sync.engine import budget

# Counting stops where it makes no difference any more.
MOST = 200_000
ACCOUNT = """
SELECT a.paused_at IS NOT NULL, greatest(0, extract(epoch FROM st.wait_until - %(now)s))::float
FROM companies_account a LEFT JOIN sync_accountstate st ON st.account_id = a.id WHERE a.id = %(account)s
"""
AHEAD = """
SELECT mine.market, mine.urgency, greatest(0, extract(epoch FROM mine.retry_at - %(now)s))::float,
    (SELECT count(*) FROM (
        SELECT FROM listings_listingstate s WHERE s.account_id = %(account)s AND s.quantity_due
            AND (s.quantity_urgency, s.turn) < (mine.urgency, mine.turn) LIMIT %(most)s) AS quantities)
    + (SELECT count(*) FROM (
        SELECT FROM listings_listingmarketstate m WHERE m.account_id = %(account)s AND m.price_due
            AND (m.price_urgency, m.turn) < (mine.urgency, mine.turn) LIMIT %(most)s) AS prices)
"""
OF_A_LISTING = f"""
{AHEAD} FROM (
    SELECT '' AS market, s.quantity_urgency AS urgency, s.turn, s.retry_at
    FROM listings_listingstate s JOIN listings_listing l ON l.id = s.listing_id
    JOIN catalog_product p ON p.id = l.product_id
    WHERE s.account_id = %(account)s AND p.company_id = %(company)s AND lower(p.sku) = lower(%(sku)s) AND s.quantity_due
    UNION ALL
    SELECT m.market, m.price_urgency, m.turn, m.retry_at
    FROM listings_listingmarketstate m JOIN listings_listing l ON l.id = m.listing_id
    JOIN catalog_product p ON p.id = l.product_id
    WHERE m.account_id = %(account)s AND p.company_id = %(company)s AND lower(p.sku) = lower(%(sku)s) AND m.price_due
) AS mine
"""  # noqa: S608 - all parts are our own
# The last of what a job waits for.
OF_A_JOB = f"""
{AHEAD} FROM (
    SELECT '' AS market, due.* FROM jobs_jobrow row JOIN listings_listing l ON l.product_id = row.product_id
    CROSS JOIN LATERAL (
        SELECT s.quantity_urgency AS urgency, s.turn, s.retry_at FROM listings_listingstate s
        WHERE s.listing_id = l.id AND s.quantity_due
        UNION ALL
        SELECT m.price_urgency, m.turn, m.retry_at FROM listings_listingmarketstate m
        WHERE m.listing_id = l.id AND m.price_due) AS due
    WHERE row.job_id = %(job)s AND row.state = 'waiting' AND l.account_id = %(account)s
    ORDER BY due.urgency DESC, due.turn DESC LIMIT 1
) AS mine
"""  # noqa: S608


def of_listing(company: Company, sku: str, *, now: datetime) -> Mapping[str, float]:
    """Seconds until what waits of a product will have arrived: {"": the quantity, market: its price}.

    Only what is due is named, and nothing while the account is paused; infinite with no lines an hour. Raises NotReady
    while the company is not connected.
    """
    account = companies.account(company)
    found = _seconds(account.pk, OF_A_LISTING, {"company": company.pk, "sku": sku}, now)
    waits = {market: seconds for market, _, seconds in found}
    if any(urgency > LineUrgency.ZERO for market, urgency, _ in found if not market):
        waits[""] = min(waits.values())  # it rides on the first price that goes out
    return waits


def of_job(company: Company, job_id: int, *, now: datetime) -> float | None:
    """Seconds until the last line that a job waits for will have arrived; None when none waits to be sent, or the account
    is paused. Raises NotReady while the company is not connected."""
    found = _seconds(companies.account(company).pk, OF_A_JOB, {"job": job_id}, now)
    return max((seconds for *_, seconds in found), default=None)


def _seconds(account_id: int, statement: str, values: dict[str, Any], now: datetime) -> list[tuple[str, int, float]]:
    """(market, class, seconds) of each line that is due."""
    values = values | {"account": account_id, "now": now, "most": MOST}
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNT, values)
        paused, wait = cursor.fetchone()
        if paused:
            return []
        cursor.execute(statement, values)
        found = cursor.fetchall()
        hour = budget.hour(cursor, account_id, now) if found else None
    told = []
    for market, urgency, retry_in, ahead in found:
        assert hour is not None
        seconds = seconds_to_send(ahead + 1, hour, LineUrgency(urgency)) if hour.limit else NEVER
        told.append((market, urgency, max(seconds, wait or 0.0, retry_in or 0.0)))
    return told
