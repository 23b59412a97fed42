"""What an upload's page shows: its step, its figures, its rows with old → new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.http import content_disposition_header

from listwright.bulk import queries
from listwright.bulk.outcome import Mistake
from listwright.bulk.queries import CellChange
from listwright.bulk.readers.source import ENCODINGS, SEPARATORS
from listwright.common.paging import decode_cursor, encode_cursor
from listwright.common.text import clipped
from listwright.web.answers import may, owner
from listwright.web.components.amounts import Home, home, of_field, told_of
from listwright.web.components.words import word
from listwright.web.sheet.labels import label
from listwright.web.uploads import asked

ROWS = 50
MOVING = ("previewing", "applying")
MARKED = {"at", "decimal", "separator", "encoding", "quote", "sheet"}
"""The fields of the page beside which it is said what is wrong with them."""
_SHOWN = 120


class Cell(NamedTuple):
    """A changed cell: what it is called in the file, or else on screen; "" for a value that is blank."""

    name: str
    old: str
    new: str


class Step(NamedTuple):
    """A step of the way; `state` is done, current or coming."""

    name: str
    text: str
    state: str


def context(request: HttpRequest, upload_id: int) -> dict[str, Any]:
    """Everything for the page. Raises NotFound."""
    firm = owner(request)
    record = queries.upload(firm, upload_id)
    show, search, cursor = (request.GET.get(name, "") for name in ("show", "search", "cursor"))
    known = {code for code, _ in _filters(record)}
    show = show if show in known else ""
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    found: Sequence[queries.Row] = ()
    if record.state not in MOVING:
        after_row = after if isinstance(after, int) else 0
        found = queries.rows(firm, upload_id, status=show, search=search, after=after_row, limit=ROWS + 1)
    open_still = record.state in ("ready", "scheduled")
    values, here = asked.values_of(record), home(firm)
    fields = {column["header"]: column["field"] for column in record.columns if column}
    return {
        "upload": record,
        "steps": steps(record),
        "figures": record.figures,
        "writes": 0 if record.all_or_nothing and record.failed else record.changed,
        "rows": [(row, _cells_of(row, here), _mistakes_of(row, fields, here)) for row in found[:ROWS]],
        "following": encode_cursor([found[ROWS - 1].number]) if len(found) > ROWS else None,
        "cursor": cursor,
        "show": show,
        "search": search,
        "filters": _filters(record),
        "open": open_still,
        "ended": record.state in ("applied", "failed", "cancelled"),
        "undecided": queries.undecided(firm, upload_id) if open_still and not record.then and record.failed else 0,
        "may_operate": may(request, "operator"),
        "separator": SEPARATORS.get(record.separator, record.separator),
        "encoding": ENCODINGS.get(record.encoding, record.encoding.upper()),
        "ignored": [column["header"] for column in record.columns if column and not column["subject"]],
        "values": values,
        "choices": asked.CHOICES,
    }


def steps(record: Any) -> list[Step]:
    """Upload, check, apply: which are done, and at which one this is."""
    rolling_back = record.rollback_of_id is not None
    first = ("Choose", "what to take back") if rolling_back else ("Upload", record.file_name)
    if record.state == "previewing":
        marks = ("done", "current", "coming")
    elif record.state in ("ready", "scheduled"):
        marks = ("done", "done" if record.state == "scheduled" else "current", "coming")
    elif record.previewed_at is None:
        marks = ("done", "current", "coming")
    elif record.started_at is None and record.state != "applying":  # discarded, or refused when it was to begin
        marks = ("done", "done", "coming")
    else:
        marks = ("done", "done", "current" if record.state == "applying" else "done")
    checked = "every change shown" if record.started_at else "nothing is written yet"
    texts = (first, ("Check", checked), ("Apply", "as a Queued Job"))
    return [Step(name, text, mark) for (name, text), mark in zip(texts, marks, strict=True)]


def _filters(record: Any) -> list[tuple[str, str]]:
    """(code, label with its count) of the rows that can be shown; those there are none of are left out."""
    figures = record.figures
    counted = (
        ("changes", "Changes", record.changed),
        ("created", "New products", record.created),
        ("mistakes", "Mistakes", record.failed + record.skipped),
        ("emptied", "Emptied", figures.get("emptied")),
        ("switched_on", "Switched on", figures.get("switched_on")),
        ("switched_off", "Switched off", figures.get("switched_off")),
        ("unchanged", "Unchanged", record.unchanged),
    )
    return [(code, name) for code, name, count in counted if count]


def _cells_of(row: queries.Row, here: Home) -> list[Cell]:
    """A row's cells; the SKU of a new product stands beside them."""
    return shown_cells((cell for cell in row.cells if cell.field != "sku"), here)


def _mistakes_of(row: queries.Row, fields: Mapping[str, str], here: Home) -> list[Mistake]:
    """A row's mistakes. What quotes the file is told as the file writes numbers."""
    return [
        mistake
        if "“" in mistake.reason
        else mistake._replace(reason=told_of(fields.get(mistake.column, ""), mistake.reason, here))
        for mistake in row.mistakes
    ]


def shown_cells(cells: Iterable[CellChange], here: Home) -> list[Cell]:
    """The cells as the page shows them; the file's own words first."""
    return [
        Cell(cell.column or label(cell.field), _said(cell.field, cell.old, here), _said(cell.field, cell.new, here))
        for cell in cells
    ]


def _said(field: str, value: Any, here: Home) -> str:
    return word(value).text if field == "status" and value else of_field(field, value, here) or shown(value)


def shown(value: Any) -> str:
    """A value of history as people read it; "" when there is none."""
    match value:
        case None | "" | []:
            return ""
        case bool():
            return "Yes" if value else "No"
        case list():
            return f"{len(value)} pictures" if len(value) > 1 else "1 picture"
    return clipped(str(value), _SHOWN)


def attachment(file_name: str) -> str:
    """The header that makes a browser save a file under its name."""
    return content_disposition_header(True, file_name) or "attachment"
