"""One column of a file: which field it means, and how its cells are read and written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Literal

from listwright.bulk.columns.guard import SPREADSHEET_ERRORS, is_clear, unguarded
from listwright.bulk.columns.kinds import Cell, Kind, shown
from listwright.bulk.columns.numbers import DecimalSign
from listwright.catalog.types import ProductView
from listwright.listings.operations.edits import Row

Subject = Literal["sku", "product", "listing", "status"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A product as it stands and its listing; `product` None for one to be created, `listing` None without account."""

    product: ProductView | None
    listing: Row | None


class Blank:
    """What a blank cell is: not a value, but nothing said."""


BLANK = Blank()


@dataclass(frozen=True, slots=True)
class Column:
    """`path` is the REST field (`("markets", "de-de", "price")`) that `subject` takes, `read` the value that stands.

    `emptiable` says whether `[clear]` may stand in a cell. `aliases` are other headers that mean the same.
    """

    header: str
    subject: Subject
    path: tuple[str, ...]
    kind: Kind
    meaning: str
    example: str
    read: Callable[[Standing], Any]
    aliases: tuple[str, ...] = ()
    emptiable: bool = True

    @property
    def field(self) -> str:
        """The REST field's dotted path, as errors and history name it."""
        return ".".join(self.path)

    @property
    def identity(self) -> tuple[str, str]:
        """What tells columns apart: a product and its listing both have a condition and a description."""
        return self.subject, self.field

    def parse(self, cell: Cell, decimal: DecimalSign | None) -> Any:
        """The value a front door would give, None for `[clear]`, BLANK for nothing. Raises ValueError for people."""
        if cell is None:
            return BLANK
        if isinstance(cell, str):
            text = cell.strip()
            if not text:
                return BLANK
            if is_clear(text):
                if not self.emptiable:
                    raise ValueError("This cannot be emptied. Leave the cell blank to leave it alone.")
                return None
            if text in SPREADSHEET_ERRORS:
                raise ValueError(f"“{text}” is the error of a formula in the spreadsheet. Enter the value itself.")
            cell = unguarded(text)
        elif isinstance(cell, date | time | timedelta):
            raise ValueError(f"The spreadsheet made a date of it ({shown(cell)}). Format the column as text.")
        return self.kind.parse(cell, decimal)
