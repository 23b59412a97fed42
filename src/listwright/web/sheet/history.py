"""History rows in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from listwright.changes.queries import HistoryRow
from listwright.web.components.amounts import Home, of_field
from listwright.web.components.words import word
from listwright.web.sheet.labels import label

_SHOWN = 80
_OPERATIONS = {
    "create": "Created",
    "delete": "Deleted",
    "set_stock": "Stock set",
    "adopt": "Linked to a listing that stood there",
    "link": "Linked to the listing created there",
    "unlink": "Unlinked",
    "take_offline": "Taken offline",
    "hold": "Held for a person",
    "release_hold": "Released",
    "missing_there": "Missing on Back Market",
}


class Event(NamedTuple):
    """A line of a history or timeline: when (UTC), what, by whom; `colour` of its dot, details, Back Market's id."""

    at: datetime
    text: str
    by: str = ""
    colour: str = ""
    details: Sequence[str] = ()
    request_id: str = ""


def events(rows: Iterable[HistoryRow], here: Home) -> list[Event]:
    """One event for each change; a change of one field says it in its line. Amounts are written as `here`, or as in the
    market they belong to."""
    return [_event(row, here) for row in rows]


def _event(row: HistoryRow, here: Home) -> Event:
    pairs = {name: pair for name, pair in row.cells.items() if isinstance(pair, list) and len(pair) == 2}
    changes = [change(name, old, new, here) for name, (old, new) in pairs.items()]
    operation = _OPERATIONS.get(row.operation)
    by = row.origin_label or row.origin
    if operation is None and len(changes) == 1:
        return Event(row.at, changes[0], by)
    if operation is None:
        return Event(row.at, f"{len(changes)} changes", by, details=changes)
    if row.operation == "set_stock" and len(changes) == 1:
        return Event(row.at, changes[0], by)
    return Event(row.at, operation, by, details=changes if row.operation != "create" else ())


def change(name: str, old: Any, new: Any, here: Home) -> str:
    """One changed field: `Safety Qty 1 → 2`."""
    if name == "images":
        return f"Images: {len(old or ())} → {len(new or ())}"
    if name == "description" or len(str(old)) + len(str(new)) > 2 * _SHOWN:
        return f"{label(name)} changed"
    return f"{label(name)} {_shown(name, old, here)} → {_shown(name, new, here)}"


def _shown(name: str, value: Any, here: Home) -> str:
    match value:
        case None | "":
            return "none"
        case True:
            return "Yes"
        case False:
            return "No"
    return word(value).text if name == "status" else of_field(name, value, here) or str(value)
