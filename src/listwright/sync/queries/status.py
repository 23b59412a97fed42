"""Where an account stands: the hour's budget, what waits, why nothing goes out, and what is proven."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.sync.decisions.arrival import seconds_to_send
from listwright.sync.decisions.budget import Hour, kept, room
from listwright.sync.engine import budget
from listwright.sync.planner import held_by_breaker
from listwright.sync.queries.figures import AccountFigures, figures
from listwright.sync.queries.proofs import Proofs, proofs


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """SKU lines: `hourly` a rolling hour takes, `spent` of them, `left` for anything and `left_reserved` of these for
    stop-sales alone. `learned` is a lower limit that Back Market's refusals taught, None where none did. `backlog`
    lines wait; `seconds_to_empty` is about how long they take (infinite at no budget).

    `working`: a worker speaks for the account. `wait_until`: Back Market told us to wait. Times in UTC, None: never, or
    not now. Cheap to read.
    """

    hourly: int
    learned: int | None
    spent: int
    left: int
    left_reserved: int
    backlog: int
    unknown: int
    seconds_to_empty: float
    working: bool
    paused_at: datetime | None
    paused_code: str
    paused_message: str
    wait_until: datetime | None
    wait_reason: str
    downloaded_at: datetime | None
    categories_at: datetime | None
    orders_read_at: datetime | None
    first_send_approved_at: datetime | None
    hour: Hour


@dataclass(frozen=True, slots=True)
class Status:
    """An account with what is to be counted of all its listings: figures, proofs, and values the breaker holds."""

    account: AccountStatus
    figures: AccountFigures
    proofs: Proofs
    held: int


_ACCOUNT = """
SELECT a.paused_at, a.paused_code, a.paused_message,
    CASE WHEN st.wait_until > %(now)s THEN st.wait_until END,
    CASE WHEN st.wait_until > %(now)s THEN st.wait_reason ELSE '' END,
    st.downloaded_at, st.categories_at, st.orders_read_at, st.first_send_approved_at,
    coalesce(st.lease_until > clock_timestamp(), false)
FROM companies_account a LEFT JOIN sync_accountstate st ON st.account_id = a.id WHERE a.id = %(account)s
"""
# A due quantity rides on the line of a due price, unless it is zero.
_BACKLOG = """
SELECT (SELECT count(*) FROM listings_listingmarketstate WHERE account_id = %(account)s AND price_due)
    + (SELECT count(*) FROM listings_listingstate s WHERE account_id = %(account)s AND quantity_due
       AND (quantity_desired <= 0 OR NOT EXISTS (
           SELECT FROM listings_listingmarketstate m WHERE m.listing_id = s.listing_id AND m.price_due))),
    (SELECT count(*) FROM sync_line WHERE account_id = %(account)s AND state = 'unknown')
"""


def status(company: Company, *, now: datetime) -> Status:
    """The whole of it. Raises NotReady while the company is not connected."""
    account = companies.account(company)
    (counted,) = figures(company_ids=[company.pk], now=now)
    return Status(
        account=account_status(account.pk, now=now),
        figures=counted,
        proofs=proofs(account.pk, now=now),
        held=held_by_breaker(account.pk),
    )


def account_status(account_id: int, *, now: datetime) -> AccountStatus:
    """An account by itself. Raises LookupError for an unknown one; callers name a company's own."""
    values: dict[str, Any] = {"account": account_id, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNT, values)
        row = cursor.fetchone()
        if row is None:
            raise LookupError(f"there is no account {account_id}")
        *told, working = row
        hour = budget.hour(cursor, account_id, now)
        cursor.execute(_BACKLOG, values)
        backlog, unknown = cursor.fetchone()
    paused_at, paused_code, paused_message, wait_until, wait_reason, downloaded, categories, orders, approved = told
    left = room(hour)
    return AccountStatus(
        hourly=hour.limit,
        learned=hour.learned,
        spent=hour.lines,
        left=left.zeros,
        left_reserved=min(left.zeros, kept(hour, hour.limit)[0]),
        backlog=backlog,
        unknown=unknown,
        seconds_to_empty=seconds_to_send(backlog, hour),
        working=working,
        paused_at=paused_at,
        paused_code=paused_code,
        paused_message=paused_message,
        wait_until=wait_until,
        wait_reason=wait_reason,
        downloaded_at=downloaded,
        categories_at=categories,
        orders_read_at=orders,
        first_send_approved_at=approved,
        hour=hour,
    )
