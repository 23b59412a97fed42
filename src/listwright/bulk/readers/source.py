"""What a reader makes of a file: its headers, what was found by looking, and its rows, one at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from listwright.bulk.columns import Cell
from listwright.common.errors import Invalid, LimitReached
from listwright.common.text import visible

Format = Literal["xlsx", "text"]


class SourceRow(NamedTuple):
    """A row that is not all blank; `number` as a spreadsheet counts, the header's row being 1 in most files."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be: bytes as uploaded and unpacked, rows, columns, cells, characters of a cell."""

    file_bytes: int = 200 * 2**20
    unpacked_bytes: int = 2 * 2**30
    rows: int = 1_000_000
    columns: int = 500
    cells: int = 40_000_000
    cell_characters: int = 100_000


SEPARATORS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
QUOTES: Mapping[str, str] = {'"': "double quotes", "'": "single quotes", "": "no quotes"}
ENCODINGS: Mapping[str, str] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16 (Excel’s Unicode Text)",
    "cp1252": "Windows, Western Europe",
    "cp1250": "Windows, Central Europe",
    "iso8859-15": "Latin 9",
    "mac-roman": "Macintosh",
    "cp850": "DOS, Western Europe",
}
"""What text files are written with, and what people call it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a person says a file is to be read; None where it is to be found by looking."""

    separator: str | None = None
    encoding: str | None = None
    quote: str | None = None
    sheet: str | None = None


def parse_reading(given: Mapping[str, str | None]) -> Reading:
    """From what a front door was given, "" and None meaning: look. A separator may be named (`tab`, `semicolon`), and
    so may quotes (`double`, `single`, `none`). Raises Invalid."""
    named = {name.partition(" ")[0]: sign for sign, name in SEPARATORS.items()}
    quoting = {name.partition(" ")[0].replace("no", "none"): sign for sign, name in QUOTES.items()}
    return Reading(
        separator=_chosen("separator", given.get("separator"), named | {sign: sign for sign in SEPARATORS}),
        encoding=_chosen("encoding", given.get("encoding"), {code: code for code in ENCODINGS}),
        quote=_chosen("quote", given.get("quote"), quoting | {sign: sign for sign in QUOTES if sign}),
        sheet=given.get("sheet") or None,
    )


def _chosen(field: str, value: str | None, choices: Mapping[str, str]) -> str | None:
    if not value:
        return None
    if value not in choices:
        named = ", ".join(name for name in choices if name.isalnum() or "-" in name)
        message = f"“{value[:20]}” is no {field} we know: choose one of {named}."
        raise Invalid(f"invalid_{field}", message, {field: message})
    return choices[value]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was recognised. `separator`, `quote` and `encoding` of text files, `sheet` of `sheets` (those that are
    shown) of workbooks; `rows()` reads from the start each time."""

    path: Path
    format: Format
    headers: tuple[str, ...]
    rows: Callable[[], Iterator[SourceRow]]
    separator: str = ""
    encoding: str = ""
    quote: str = '"'
    sheet: str = ""
    sheets: tuple[str, ...] = ()


def refused(message: str) -> Invalid:
    """The refusal of a whole file."""
    return Invalid("file_unreadable", message, {"file": message})


def too_large(message: str) -> LimitReached:
    """The refusal of a file beyond a limit."""
    return LimitReached("file_too_large", message, {"file": message})


def checked(rows: Iterator[SourceRow], width: int, limits: Limits) -> Iterator[SourceRow]:
    """The rows, as long as they are within the limits. Raises LimitReached."""
    cells = 0
    for count, row in enumerate(rows, 1):
        if count > limits.rows:
            raise too_large(f"The file has more than {limits.rows:,} rows. Split it.")
        cells += max(len(row.cells), width)
        if cells > limits.cells:
            raise too_large(f"The file has more than {limits.cells:,} cells. Split it.")
        if len(row.cells) > limits.columns + width:
            raise too_large(f"Row {row.number} has {len(row.cells):,} cells; at most {limits.columns:,} are read.")
        longest = max([len(cell) for cell in row.cells if cell.__class__ is str], default=0)
        if longest > limits.cell_characters:
            raise too_large(
                f"Row {row.number} has a cell of {longest:,} characters; at most {limits.cell_characters:,} are read."
            )
        yield row


def clean_headers(cells: Sequence[Cell], limits: Limits) -> tuple[str, ...]:
    """A header row as text, without the blank cells at its end. Raises LimitReached for too many."""
    headers = ["" if cell is None else visible(str(cell).strip()) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > limits.columns:
        raise too_large(f"The file has {len(headers):,} columns; at most {limits.columns:,} are read.")
    return tuple(headers)
