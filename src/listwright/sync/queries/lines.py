"""What was sent for a listing, and what is on its way."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from listwright.companies.models import Company
from listwright.sync.models import Line


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


def sent(company: Company, sku: str, *, limit: int = 50) -> Sequence[SentLine]:
    """A product's lines, newest first."""
    found = Line.objects.filter(account__company=company, listing__product__sku__iexact=sku)
    return [SentLine(*row) for row in found.order_by("-attempted_at", "-id").values_list(*SentLine._fields)[:limit]]


def submitted(company: Company, sku: str) -> dict[str, tuple[int | None, Decimal | None, datetime]]:
    """What is under way now, by market: quantity, price, since when."""
    found = Line.objects.filter(
        account__company=company, listing__product__sku__iexact=sku, kind="single", state__in=["open", "unknown"]
    )
    return {
        market: (quantity, price, at)
        for market, quantity, price, at in found.order_by("attempted_at").values_list(
            "market", "quantity", "price", "attempted_at"
        )
    }


def newest_line() -> int:
    """The number of the newest line of anybody, committed or not: those written from now on have greater ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('sync_line', 'id')::regclass), 0)"
        )
        return int(cursor.fetchone()[0])
