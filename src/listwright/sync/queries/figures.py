"""Figures of every account for monitoring, in one statement each."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection


class AccountFigures(NamedTuple):
    """One account. Lines are SKU lines; ages in seconds, 0 when nothing waits; `paused` is a reason or ""."""

    company: str
    stale: int
    stale_age: float
    quantities_due: int
    prices_due: int
    due_age: float
    lines_open: int
    lines_unknown: int
    lines_last_hour: int
    lines_per_hour: int
    paused: str


_FIGURES = """
SELECT company.slug, stale.count, stale.age, quantity.count, price.count, greatest(quantity.age, price.age),
    line.open, line.unknown, budget.lines, account.hourly_lines, account.paused_code
FROM companies_account AS account JOIN companies_company AS company ON company.id = account.company_id
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(extract(epoch FROM %(now)s - min(since)), 0)::float AS age
    FROM changes_stale WHERE company_id = company.id AND planned < generation) AS stale
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(extract(epoch FROM %(now)s - min(due_since)), 0)::float AS age
    FROM listings_listingstate WHERE account_id = account.id AND quantity_due) AS quantity
CROSS JOIN LATERAL (
    SELECT count(*) AS count, coalesce(extract(epoch FROM %(now)s - min(due_since)), 0)::float AS age
    FROM listings_listingmarketstate WHERE account_id = account.id AND price_due) AS price
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state = 'unknown') AS unknown
    FROM sync_line WHERE account_id = account.id AND state IN ('open', 'unknown')) AS line
CROSS JOIN LATERAL (
    SELECT coalesce(sum(lines), 0) AS lines FROM sync_budgetminute
    WHERE account_id = account.id AND minute > %(hour)s) AS budget
WHERE %(companies)s::bigint[] IS NULL OR company.id = ANY(%(companies)s)
ORDER BY company.slug
"""


def figures(*, company_ids: list[int] | None, now: datetime) -> list[AccountFigures]:
    """The accounts of these companies, of all when none are named."""
    values = {"now": now, "hour": now - timedelta(hours=1), "companies": company_ids}
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, values)
        return [AccountFigures(*row) for row in cursor.fetchall()]
