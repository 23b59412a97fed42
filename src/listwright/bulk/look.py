"""How a file is understood: its first rows, cell by cell, for a person to judge before anything is applied."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from listwright.bulk.columns import BLANK, Cell, Column, DecimalSign, Known, find
from listwright.bulk.columns.kinds import BOOLEAN, shown
from listwright.bulk.columns.numbers import sign_of
from listwright.bulk.readers import Source
from listwright.common.errors import Invalid
from listwright.common.text import clipped, visible

ROWS = 5
_LOOKED_AT = 200


class Seen(NamedTuple):
    """A cell: as it stands in the file, what was understood ("" for a blank one), or what is wrong with it."""

    given: str
    understood: str
    problem: str = ""

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return self.given.strip() == self.understood


class Head(NamedTuple):
    """A header, and what it means; `meaning` is blank for one that is passed over or not known."""

    header: str
    meaning: str


class Look(NamedTuple):
    """`rows` are (number, cells); `points` and `commas` how many of the first numbers show which decimal sign."""

    heads: Sequence[Head]
    rows: Sequence[tuple[int, Sequence[Seen]]]
    points: int
    commas: int


def look(source: Source, known: Known, decimal: DecimalSign | None) -> Look:
    """The first rows of a file. Raises as reading it does."""
    columns = [_column(header, known) for header in source.headers]
    rows: list[tuple[int, list[Seen]]] = []
    signs = {".": 0, ",": 0}
    for number, cells in islice(source.rows(), _LOOKED_AT):
        padded = [*cells, *[None] * (len(columns) - len(cells))]
        if len(rows) < ROWS:
            rows.append((number, [_seen(column, cell, decimal) for column, cell in zip(columns, padded, strict=False)]))
        for column, cell in zip(columns, padded, strict=False):
            if column is not None and column.kind.typed and isinstance(cell, str) and (sign := sign_of(cell)):
                signs[sign] += 1
    heads = [
        Head(clipped(visible(header), 60), column.meaning if column else "")
        for header, column in zip(source.headers, columns, strict=True)
    ]
    return Look(heads, rows, signs["."], signs[","])


def _column(header: str, known: Known) -> Column | None:
    try:
        return find(header.strip(), known) if header.strip() else None
    except Invalid:
        return None


def _seen(column: Column | None, cell: Cell, decimal: DecimalSign | None) -> Seen:
    given = "" if cell is None else shown(cell)
    if column is None:
        return Seen(given, "")
    try:
        value: Any = column.parse(cell, decimal)
    except ValueError as error:
        return Seen(given, "", str(error))
    if value is BLANK:
        return Seen(given, "")
    if value is None:
        return Seen(given, "emptied")
    return Seen(given, BOOLEAN.write(value) if isinstance(value, bool) else shown(value))
