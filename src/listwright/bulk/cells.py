"""Cells of one column: read once where many rows have the same, as they do."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from listwright.bulk.around import Around
from listwright.bulk.columns import BLANK, Cell, Column, DecimalSign
from listwright.bulk.columns.kinds import TEXT
from listwright.bulk.columns.listing import UNSTORED
from listwright.catalog.fields import TEXT_LIMITS, parse_product
from listwright.common.errors import DomainError
from listwright.listings.operations.edits import read
from listwright.listings.operations.fields import TEXTS

_MOST = 20_000
_LONGEST = 200
_SURELY_SHORT = 100
_SURELY_ENDS = frozenset(map(chr, range(0x21, 0x7F)))


NULL = "\\N"
"""What COPY takes for a value that is not there."""

_UNREAD = object()
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class Refused(NamedTuple):
    """A cell that cannot be read: {REST field: sentence}."""

    fields: dict[str, str]


class CellReader:
    """Reads the cells of a column to the value that is stored.

    What a cell means depends on nothing but the cell, so answers are remembered, refusals among them.
    """

    __slots__ = ("_around", "_decimal", "_known", "_of_text", "_texts", "column", "field", "of_product", "place")

    def __init__(self, place: int, column: Column, around: Around, decimal: DecimalSign | None) -> None:
        self.place = place
        self.column = column
        self.field = column.field
        self.of_product = column.subject == "product"
        self._of_text = column.kind is TEXT and self.field in (TEXT_LIMITS if self.of_product else TEXTS)
        self._around = around
        self._decimal = decimal
        self._known: dict[tuple[type, Cell], Any] = {}
        self._texts: defaultdict[type, dict[Cell, str | None]] = defaultdict(dict)

    def texts(self, cells: Iterable[Cell]) -> list[str | None]:
        """The values of many cells as COPY takes them; None for one that is wrong or empties what is no text."""
        known, texts = self._texts, []
        for cell in cells:
            text: Any = known[cell.__class__].get(cell, _UNREAD)
            if text is _UNREAD:
                text = self._text(cell)
            texts.append(text)
        return texts

    def _text(self, cell: Cell) -> str | None:
        value = BLANK if cell is None or cell == "" else self.read(cell)
        if value is BLANK:
            text: str | None = NULL
        else:
            text = None if value is None or value.__class__ is Refused else escaped(str(value))
        known = self._texts[cell.__class__]
        if len(known) < _MOST and (not isinstance(cell, str) or len(cell) <= _LONGEST):
            known[cell] = text  # what a file has often it has soon: names, each another, fill this once
        return text

    def read(self, cell: Cell) -> Any:
        """The value as stored, BLANK for nothing, Refused."""
        if self._of_text and cell.__class__ is str and _surely_text(cell):
            return cell
        key = (cell.__class__, cell)  # as keys of their own, 1 and 1.0 and True are the same
        try:
            return self._known[key]
        except KeyError:
            value = self._read(cell)
        if len(self._known) >= _MOST:
            self._known.clear()
        if not isinstance(cell, str) or len(cell) <= _LONGEST:
            self._known[key] = value
        return value

    def _read(self, cell: Cell) -> Any:
        try:
            value = self.column.parse(cell, self._decimal)
            if value is BLANK:
                return BLANK
            return self._of_product(value) if self.of_product else self._of_listing(value)
        except ValueError as error:
            return Refused({self.field: str(error)})
        except DomainError as error:
            return Refused(error.fields or {self.field: error.message})

    def _of_product(self, value: Any) -> Any:
        path = self.column.path
        given: dict[str, Any] = {}
        with_values(given, path, value)
        parsed, wrong = parse_product(given, self._around.company.currency)
        if wrong:
            return Refused(wrong)
        return parsed[path[0]][path[1]] if len(path) > 1 else parsed[path[0]]

    def _of_listing(self, value: Any) -> Any:
        path, context = self.column.path, self._around.context
        if context is None or path[0] in UNSTORED:
            return value
        given: dict[str, Any] = {}
        with_values(given, path, value)
        values, errors = read(given, context)
        if errors:
            return Refused({name: told for error in errors for name, told in error.fields.items()})
        for step in path:
            values = values[step]
        return values


def _surely_text(cell: Any) -> bool:
    """Whether a text is stored as it is: nothing to trim, to guard or to refuse, and short enough for every text there is."""
    return (
        0 < len(cell) <= _SURELY_SHORT
        and cell.isprintable()
        and cell[-1] in _SURELY_ENDS
        and cell[0].isalnum()
        and cell[0].isascii()
    )


def escaped(text: str) -> str:
    """A text as COPY takes it."""
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def with_values(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value where its path says: `("markets", "de-de", "price")`."""
    for step in path[:-1]:
        values = values.setdefault(step, {})
    values[path[-1]] = value
