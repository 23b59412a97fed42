"""Read history."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from listwright.changes.prepared import rows


class HistoryRow(NamedTuple):
    """One change: when (UTC), what, {field: [old, new]}, and who."""

    id: int
    at: datetime
    operation: str
    cells: dict[str, Any]
    origin: str
    origin_label: str


_OF_SUBJECT = """SELECT id, at, operation, cells::text, origin, origin_label FROM changes_change
WHERE company_id = %s AND subject = %s AND subject_id = %s"""
_HISTORY = f"{_OF_SUBJECT} ORDER BY at DESC, id DESC LIMIT %s"
_OLDER_HISTORY = f"{_OF_SUBJECT} AND (at, id) < (%s, %s) ORDER BY at DESC, id DESC LIMIT %s"


def history(
    *, company_id: int, subject: str, subject_id: int, before: tuple[datetime, int] | None = None, limit: int = 50
) -> Sequence[HistoryRow]:
    """A record's changes, newest first; `before` is the (at, id) of the last row of the page before."""
    where = [company_id, subject, subject_id]
    found = rows(_HISTORY, [*where, limit]) if before is None else rows(_OLDER_HISTORY, [*where, *before, limit])
    return [HistoryRow(number, at, what, json.loads(cells), *who) for number, at, what, cells, *who in found]


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
