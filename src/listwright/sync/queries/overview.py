"""Is everything all right? A company's figures for the frame of its pages and for its dashboard."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from listwright.catalog.grid import COUNT_CAP, Count
from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.sync.models import FigureSample
from listwright.sync.planner import held_by_breaker
from listwright.sync.queries.proofs import Proofs, proofs
from listwright.sync.queries.status import account_status


class Standing(NamedTuple):
    """SKU lines of the rolling hour: `left` of them, `left_reserved` of these for stop-sales, `learned` see
    `AccountStatus`; `running` jobs have not ended; `unlinked` listings wait for a decision; `approved`: the first
    automatic send was; `held`: values the breaker holds. Cheap to read."""

    hourly: int
    spent: int
    left: int
    left_reserved: int
    learned: int | None
    backlog: int
    seconds_to_empty: float
    unknown: int
    working: bool
    paused_code: str
    wait_reason: str
    orders_read_at: datetime | None
    unlinked: int
    running: int
    approved: bool
    held: int


class Cause(NamedTuple):
    """Listings (`listings`) that Back Market refused for the same reason, its words as last said."""

    code: str
    listings: Count
    message: str


class Sample(NamedTuple):
    """Figures of a moment (UTC): SKU `lines` of the hour before, lines that waited, and of `linked` those verified."""

    at: datetime
    lines: int
    backlog: int
    linked: int
    verified: int


_BEGUN = """
SELECT EXISTS (SELECT FROM jobs_job WHERE company_id = %(company)s AND kind = 'launch')
    OR EXISTS (SELECT FROM listings_listing AS listing JOIN companies_account AS account ON account.id = listing.account_id
        WHERE account.company_id = %(company)s AND listing.back_market_id IS NOT NULL)
"""
_WAITING = """
SELECT (SELECT count(*) FROM sync_unlinkedlisting WHERE account_id = %(account)s AND ignored_at IS NULL),
    (SELECT count(*) FROM jobs_job WHERE company_id = %(company)s AND finished_at IS NULL),
    EXISTS (SELECT FROM sync_accountstate WHERE account_id = %(account)s AND first_send_approved_at IS NOT NULL)
"""
_CAUSES = """
SELECT code, count(DISTINCT listing_id), max(message), count(*) FROM (
    (SELECT listing_id, error_code AS code, error_message AS message FROM listings_listingstate
    WHERE account_id = %(account)s AND error_code <> '' LIMIT %(most)s)
    UNION ALL
    (SELECT listing_id, error_code, error_message FROM listings_listingmarketstate
    WHERE account_id = %(account)s AND error_code <> '' LIMIT %(most)s)) AS refused
GROUP BY code ORDER BY 2 DESC, 1 LIMIT 20
"""


def standing(company: Company, *, now: datetime) -> Standing:
    """What waits and what is under way. Raises NotReady while the company is not connected."""
    account = companies.account(company)
    stands = account_status(account.pk, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"account": account.pk, "company": company.pk})
        unlinked, running, approved = cursor.fetchone()
    same = {name: getattr(stands, name) for name in Standing._fields if hasattr(stands, name)}
    return Standing(**same, unlinked=unlinked, running=running, approved=approved, held=held_by_breaker(account.pk))


def shares(company: Company, *, now: datetime) -> Proofs:
    """How much of what is linked is proven. Raises NotReady while the company is not connected."""
    return proofs(companies.account(company).pk, now=now)


def reasons(account_id: int) -> list[str]:
    """Why the breaker holds what it holds of many listings at once, in sentences; a price is held by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN EXISTS (SELECT FROM listings_listingstate WHERE account_id = %(account)s AND hold = 'held')"
            " THEN zeros_message ELSE '' END, ARRAY(SELECT value ->> 'message' FROM jsonb_each(storms) ORDER BY key)"
            " FROM sync_accountstate WHERE account_id = %(account)s",
            {"account": account_id},
        )
        row = cursor.fetchone()
    return [] if row is None else [text for text in (row[0], *row[1]) if text]


def causes(company: Company) -> list[Cause]:
    """Why Back Market refuses what it is sent, the most frequent cause first; looks at 10,000 refused quantities and as many
    prices at most. Raises NotReady."""
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES, {"account": companies.account(company).pk, "most": COUNT_CAP})
        found = cursor.fetchall()
    capped = sum(rows for *_, rows in found) >= COUNT_CAP
    return [Cause(code, Count(listings, capped), message) for code, listings, message, _ in found]


def samples(company: Company, *, since: datetime) -> list[Sample]:
    """The figures noted since then, oldest first. Raises NotReady while the company is not connected."""
    rows = FigureSample.objects.filter(account_id=companies.account(company).pk, at__gte=since).order_by("at")
    return [Sample(*row) for row in rows.values_list(*Sample._fields)]


def begun(company: Company) -> bool:
    """Whether something was launched or linked: a company that has neither is still being set up."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGUN, {"company": company.pk})
        (found,) = cursor.fetchone()
    return bool(found)
