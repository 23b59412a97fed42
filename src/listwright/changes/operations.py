"""Mark products to be planned again, and write history."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

from django.db import connection

from listwright.changes.cells import ChangedCells
from listwright.changes.origin import Origin
from listwright.changes.prepared import rows
from listwright.changes.wake import wake


class Urgency(IntEnum):
    """How soon a stale product is planned: lower first. A stop-sale never waits for a settings wave."""

    STOP = 0
    STOCK = 1
    PRICE = 2
    CONTENT = 5
    SETTINGS = 8


class Entry(NamedTuple):
    """One changed record: `cells` is {field: [old, new]} of JSON values, money and decimals as text."""

    subject: str
    subject_id: int
    operation: str
    cells: dict[str, list[Any]]


_MARK = """
INSERT INTO changes_stale AS stale (product_id, company_id, generation, planned, urgency, since)
SELECT product_id, %s::bigint, times, 0, urgency, %s::timestamptz
FROM ({select}) AS changed WHERE urgency IS NOT NULL ORDER BY product_id
ON CONFLICT (product_id) DO UPDATE SET
    generation = stale.generation + excluded.generation,
    urgency = CASE WHEN stale.planned < stale.generation
                   THEN least(stale.urgency, excluded.urgency) ELSE excluded.urgency END,
    since = CASE WHEN stale.planned < stale.generation THEN stale.since ELSE excluded.since END
"""


def mark_stale(*, company_id: int, product_ids: Sequence[int], urgency: Urgency, now: datetime) -> None:
    """Raise each product's generation inside the caller's transaction, and wake the planner when it commits.

    Rows are taken in product id order, so that two changes of overlapping products cannot deadlock. The urgency of a
    product that is waiting already only ever rises.
    """
    mark_each(company_id=company_id, urgencies=dict.fromkeys(product_ids, urgency), now=now)


def mark_each(*, company_id: int, urgencies: Mapping[int, Urgency], now: datetime) -> None:
    """`mark_stale` for {product id: urgency}: each generation rises by one, whatever the others' urgency."""
    if urgencies:
        select = "SELECT *, 1 AS times FROM unnest(%s::bigint[], %s::smallint[]) AS changed (product_id, urgency)"
        rows(_MARK.format(select=select), [company_id, now, list(urgencies), list(map(int, urgencies.values()))])
        wake("plan")


class Marks(NamedTuple):
    """Products to be marked: a select of (product_id, urgency), each product once; without urgency it is left."""

    select: str
    parameters: Sequence[Any]


def mark_selected(*, company_id: int, marks: Sequence[Marks | None], now: datetime) -> None:
    """`mark_stale` for each of several changes of one transaction, together: a generation for each of them."""
    given = [one for one in marks if one is not None]
    if not given:
        return
    select = given[0].select + "".join(f" UNION ALL {one.select}" for one in given[1:])
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK.format(
                select="SELECT product_id, min(urgency) AS urgency, count(urgency) AS times"  # noqa: S608 - our own
                f" FROM ({select}) AS mark GROUP BY product_id"
            ),
            [company_id, now, *(value for one in given for value in one.parameters)],
        )
    wake("plan")


def record(*, company_id: int, entries: Sequence[Entry], origin: Origin, now: datetime) -> None:
    """Write history in one statement, inside the caller's transaction: one row per changed record and operation."""
    if not entries:
        return
    rows(
        """
        INSERT INTO changes_change (at, company_id, subject, subject_id, operation, cells, origin, origin_id, origin_label)
        SELECT %s::timestamptz, %s::bigint, subject, subject_id, operation, cells::jsonb, %s, %s::bigint, %s
        FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[]) AS entry (subject, subject_id, operation, cells)
        """,
        [
            now,
            company_id,
            origin.kind,
            origin.id,
            origin.label[:200],
            [entry.subject for entry in entries],
            [entry.subject_id for entry in entries],
            [entry.operation for entry in entries],
            [json.dumps(entry.cells, ensure_ascii=False, default=str) for entry in entries],
        ],
    )


def record_cells(
    *, company_id: int, subject: str, operation: str, changes: ChangedCells, origin: Origin, now: datetime
) -> None:
    """Write history of one operation on many records, straight from their cells."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO changes_change (at, company_id, subject, subject_id, operation, cells, origin, origin_id, origin_label)
            SELECT %s, %s, %s, id, %s, cells, %s, %s, %s FROM ({changes.select}) AS given ORDER BY id
            """,  # noqa: S608 - the select is our own
            [now, company_id, subject, operation, origin.kind, origin.id, origin.label[:200], *changes.parameters],
        )


def make_partitions(*, now: datetime) -> None:
    """Make this and the next two months' history partitions and the next days' of exchanges, where missing."""
    with connection.cursor() as cursor:
        for table, unit in (("changes_change", "month"), ("sync_exchange", "day")):
            cursor.execute(
                "SELECT listwright_ensure_partition(%s, %s, %s::timestamptz + ahead * ('1 ' || %s)::interval)"
                " FROM generate_series(0, 2) AS ahead",
                [table, unit, now, unit],
            )


def drop_exchanges(*, before: datetime) -> list[str]:
    """Drop the daily partitions of exchanges that ended before a moment; returns their names."""
    dropped = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'sync_exchange'::regclass ORDER BY 1"
        )
        for (name,) in cursor.fetchall():
            day = name.rsplit("_", 1)[-1]
            if day.isdigit() and day < before.strftime("%Y%m%d"):
                cursor.execute(f'DROP TABLE "{name}"')
                dropped.append(name)
    return dropped
