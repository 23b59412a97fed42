"""The judged rows of an upload, as stretches that are worked on together, where they are: in their table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from django.db import connection

from listwright.bulk.models import Upload
from listwright.catalog.fields import MONEY, WEIGHTS
from listwright.catalog.types import ImageData
from listwright.changes.cells import ChangedCells, written

Subject = Literal["product", "listing"]
_STATUSES: Mapping[Subject, str] = {"product": "('changed')", "listing": "('changed', 'created')"}


class Failure(NamedTuple):
    """A row that cannot be applied after all: the file's column ("" for the row as a whole), the cell, and why."""

    number: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows of an upload from one number to another."""

    upload: Upload
    first: int
    last: int

    @property
    def bounds(self) -> list[int]:
        """Parameters of `_WHERE`."""
        return [self.upload.pk, self.first, self.last]

    def changes(self, subject: Subject) -> ChangedCells | None:
        """The cells of products or listings there still are to be changed; None when the file has none."""
        fields = fields_of(self.upload, subject)
        if not fields:
            return None
        select = (
            f"SELECT {subject}_id AS id, {subject} AS cells FROM bulk_uploadrow WHERE {WHERE}"  # noqa: S608 - our own
            f" AND status IN {_STATUSES[subject]} AND {subject} IS NOT NULL"
        )
        return ChangedCells(select, self.bounds, fields)

    def subjects(self) -> tuple[list[int], list[int]]:
        """The listings and products of the rows that are still to be changed."""
        rows = self.select("listing_id, product_id", "status = 'changed'")
        return [row[0] for row in rows if row[0]], [row[1] for row in rows if row[1]]

    def select(self, columns: str, condition: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Some columns of these rows where a condition holds, in the file's order."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM bulk_uploadrow AS row WHERE {WHERE} AND {condition} ORDER BY number",  # noqa: S608
                [*self.bounds, *parameters],
            )
            return list(cursor.fetchall())

    def update(self, assignments: str, condition: str, parameters: Sequence[Any]) -> None:
        """Set columns of these rows where a condition holds."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE bulk_uploadrow AS row SET {assignments} WHERE {condition}"  # noqa: S608 - our own
                " AND row.upload_id = %s AND row.number BETWEEN %s AND %s",
                [*parameters, *self.bounds],
            )


WHERE = "upload_id = %s AND number BETWEEN %s AND %s"


def fields_of(upload: Upload, subject: Subject) -> frozenset[str]:
    """The fields any row of the upload changes."""
    prefix = f"{subject}."
    return frozenset(name.removeprefix(prefix) for name in upload.figures.get("fields", ()) if name.startswith(prefix))


def headers_of(upload: Upload) -> dict[tuple[str, str], str]:
    """The file's header for a field of a product or listing."""
    headers = {(column["subject"], column["field"]): column["header"] for column in upload.columns if column}
    if ("product", "main_image") in headers:
        headers["product", "images"] = headers["product", "main_image"]
    return headers


def fail_rows(upload: Upload, failures: Iterable[Failure]) -> None:
    """Mark rows as failed, each with all that is wrong in it."""
    mistakes: dict[int, list[dict[str, str]]] = {}
    for failure in failures:
        _, column, value, reason = failure
        mistakes.setdefault(failure.number, []).append({"column": column, "value": value, "reason": reason})
    if not mistakes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bulk_uploadrow AS row SET status = 'failed', mistakes = failed.mistakes::jsonb"
            " FROM unnest(%s::int[], %s::text[]) AS failed (number, mistakes)"
            " WHERE row.upload_id = %s AND row.number = failed.number",
            [list(mistakes), [written(told) for told in mistakes.values()], upload.pk],
        )


def skip_rest(upload: Upload, message: str) -> None:
    """Skip the rows that would change something and stand in chunks that were not applied."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bulk_uploadrow AS row SET status = 'skipped', message = %s FROM bulk_uploadchunk AS chunk"
            " WHERE row.upload_id = %s AND chunk.upload_id = row.upload_id AND chunk.applied_at IS NULL"
            " AND row.number BETWEEN chunk.first AND chunk.last AND row.status IN ('changed', 'created')",
            [message, upload.pk],
        )


def counts_of(upload: Upload, stretch: Stretch | None = None) -> Counter[str]:
    """Rows by status, of the upload or of a stretch."""
    where, values = (WHERE, stretch.bounds) if stretch else ("upload_id = %s", [upload.pk])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT status, count(*) FROM bulk_uploadrow WHERE {where} GROUP BY status", values)  # noqa: S608
        return Counter(dict(cursor.fetchall()))


def product_values(cells: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The new values of a product's cells, as stored."""
    return {name: _stored(name, new) for name, (_, new) in cells.items() if name != "sku"}


def listing_values(cells: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The new values of a listing's cells as a front door gives them; the state follows from `enabled`."""
    values: dict[str, Any] = {}
    for name, (_, new) in cells.items():
        if name == "status":
            continue
        place = values
        *steps, last = name.split(".", 2) if name.startswith("markets.") else name.split(".", 1)
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = new
    return values


def _stored(name: str, value: Any) -> Any:
    if name == "images":
        return tuple(ImageData(url, main) for url, main in value or ())
    if name in (*MONEY, *WEIGHTS):
        return None if value is None else Decimal(value)
    return "" if value is None and not name.startswith("stock.") else value
