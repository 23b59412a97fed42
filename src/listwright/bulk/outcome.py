"""What became of a row, or would: one outcome for each row read, and counts that add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from listwright.bulk.columns import Cell
from listwright.common.text import visible
from listwright.listings.operations.edits import Then

Status = Literal["changed", "unchanged", "failed", "skipped"]


Cells = Mapping[str, Sequence[Any]]
Changes = Mapping[str, Mapping[str, list[Any]]]


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is meant. `then` says what becomes of listings it disables (B5); `decimal` is the file's sign;
    `all_or_nothing` applies no row unless every row can be applied."""

    create_missing: bool = False
    update_existing: bool = True
    then: Then | None = None
    decimal: Literal["point", "comma"] | None = None
    ignore_unknown: bool = False
    all_or_nothing: bool = False


class Mistake(NamedTuple):
    """What is wrong in a row: the column's header ("" for the row as a whole), the cell, and why with a remedy."""

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.column}: {self.reason}" if self.column else self.reason

    def told(self) -> dict[str, str]:
        """As it is stored with its row. A reason quotes what was read, and no JSON of the database holds a NUL."""
        return {"column": self.column, "value": self.value, "reason": visible(self.reason)}


@dataclass(slots=True)
class Outcome:
    """A row's outcome. `changes` {"product" or "listing": {REST field: [old, new]}} as history writes them; `cells` as
    they were read."""

    row: int
    sku: str
    status: Status
    created: bool
    changes: Changes
    mistakes: Sequence[Mistake]
    cells: Sequence[Cell]
    message: str = ""

    def __post_init__(self) -> None:
        if self.mistakes and not self.message:
            self.message = " ".join(map(str, self.mistakes))


@dataclass(slots=True)
class Counts:
    """Rows by what became of them; `created` are among the changed. `emptied` cells are blank
    now, `switched_on` and `switched_off` listings enabled and disabled."""

    rows: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: int = 0
    created: int = 0
    emptied: int = 0
    switched_on: int = 0
    switched_off: int = 0
    _cells: dict[str, dict[str, int]] = field(default_factory=lambda: {"product": {}, "listing": {}})

    def add(self, status: str, product: Cells, listing: Cells) -> None:
        """Count one row: its status, `created` among them, and the cells it changes."""
        self.rows += 1
        if status == "created":
            self.created += 1
            status = "changed"
        setattr(self, status, getattr(self, status) + 1)
        self._count("product", product)
        self._count("listing", listing)
        if listing and (enabled := listing.get("enabled")):
            self.switched_on += bool(enabled[1])
            self.switched_off += not enabled[1]

    def _count(self, subject: str, cells: Cells) -> None:
        counted = self._cells[subject]
        for name, (old, new) in cells.items():
            counted[name] = counted.get(name, 0) + 1
            if not new and _blank(new) and not _blank(old):
                self.emptied += 1

    def add_many(self, rows: int, changed: int, fields: Mapping[str, Mapping[str, int]], emptied: int) -> None:
        """Count rows that change something or nothing, {subject: {field: cells}} that they change, cells they empty."""
        self.rows += rows
        self.changed += changed
        self.unchanged += rows - changed
        self.emptied += emptied
        for subject, names in fields.items():
            counted = self._cells[subject]
            for name, count in names.items():
                counted[name] = counted.get(name, 0) + count

    def merge(self, other: "Counts") -> None:
        """Add what was counted elsewhere."""
        for name in (
            "rows",
            "changed",
            "unchanged",
            "failed",
            "skipped",
            "created",
            "emptied",
            "switched_on",
            "switched_off",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for subject, names in other._cells.items():
            counted = self._cells[subject]
            for name, count in names.items():
                counted[name] = counted.get(name, 0) + count

    @property
    def fields(self) -> dict[str, int]:
        """Changed cells by subject and REST field."""
        return {f"{subject}.{name}": count for subject, names in self._cells.items() for name, count in names.items()}

    def figures(self) -> dict[str, Any]:
        """What the preview tells of the cells."""
        return {
            "fields": self.fields,
            "emptied": self.emptied,
            "switched_on": self.switched_on,
            "switched_off": self.switched_off,
        }

    def check(self) -> None:
        """Raises RuntimeError unless every row read has exactly one outcome."""
        if self.rows != self.changed + self.unchanged + self.failed + self.skipped:
            raise RuntimeError(f"the counts do not add up: {self}")


def _blank(value: Any) -> bool:
    return value is None or value == "" or value == []
