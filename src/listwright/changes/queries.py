"""Read history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from listwright.changes.models import Change


class HistoryRow(NamedTuple):
    """One change: when (UTC), what, {field: [old, new]}, and who."""

    id: int
    at: datetime
    operation: str
    cells: dict[str, Any]
    origin: str
    origin_label: str


def history(
    *, company_id: int, subject: str, subject_id: int, before: tuple[datetime, int] | None = None, limit: int = 50
) -> Sequence[HistoryRow]:
    """A record's changes, newest first; `before` is the (at, id) of the last row of the page before."""
    rows = Change.objects.filter(company_id=company_id, subject=subject, subject_id=subject_id)
    if before is not None:
        at, last = before
        rows = rows.filter(at__lte=at).exclude(at=at, id__gte=last)
    return [HistoryRow(*row) for row in rows.order_by("-at", "-id").values_list(*HistoryRow._fields)[:limit]]


def missing_partitions(*, now: datetime) -> list[str]:
    """The partitions that rows of this moment and of the next day (month, for history) would lack."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM (VALUES ('changes_change', 'month'), ('sync_exchange', 'day')) AS parent (name_of, unit)"
            " CROSS JOIN generate_series(0, 1) AS ahead"
            " CROSS JOIN LATERAL (SELECT name_of || '_' || to_char(date_trunc(unit, %s::timestamptz"
            " + ahead * ('1 ' || unit)::interval, 'UTC') AT TIME ZONE 'UTC', 'YYYYMMDD') AS name) AS partition"
            " WHERE to_regclass(name) IS NULL ORDER BY name",
            [now],
        )
        return [name for (name,) in cursor.fetchall()]
