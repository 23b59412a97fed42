"""What was sent for a listing, and what is on its way."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from listwright.changes import prepared
from listwright.companies.models import Company


class SentLine(NamedTuple):
    """A line as a person reads it: from what to what, when (UTC), and what Back Market said."""

    id: int
    kind: str
    market: str
    quantity: int | None
    quantity_before: int | None
    price: Decimal | None
    price_before: Decimal | None
    currency: str
    state: str
    attempted_at: datetime
    resolved_at: datetime | None
    request_id: str
    code: str
    message: str


_OF_LISTING = """FROM sync_line AS line JOIN companies_account AS account ON account.id = line.account_id
WHERE account.company_id = %s AND line.listing_id = %s"""
_SENT = f"""SELECT {", ".join(f"line.{name}" for name in SentLine._fields)}
{_OF_LISTING} ORDER BY line.attempted_at DESC, line.id DESC LIMIT %s"""
_SUBMITTED = f"""SELECT line.market, line.quantity, line.price, line.attempted_at
{_OF_LISTING} AND line.kind = 'single' AND line.state IN ('open', 'unknown') ORDER BY line.attempted_at"""


def sent(company: Company, listing_id: int, *, limit: int = 50) -> Sequence[SentLine]:
    """A listing's lines, newest first."""
    return [SentLine(*row) for row in prepared.rows(_SENT, [company.pk, listing_id, limit])]


def submitted(company: Company, listing_id: int) -> dict[str, tuple[int | None, Decimal | None, datetime]]:
    """What is under way now, by market: quantity, price, since when."""
    found = prepared.rows(_SUBMITTED, [company.pk, listing_id])
    return {market: (quantity, price, at) for market, quantity, price, at in found}


def newest_line() -> int:
    """The number of the newest line of anybody, committed or not: those written from now on have greater ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('sync_line', 'id')::regclass), 0)"
        )
        return int(cursor.fetchone()[0])
