"""Write rows of cells as CSV, TAB or XLSX, one at a time."""

import csv
import io
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import BinaryIO, Literal, Protocol, Self, cast

import xlsxwriter

from listwright.bulk.columns import Cell
from listwright.bulk.sheetrows import SheetRows
from listwright.common.errors import Invalid

FileFormat = Literal["csv", "tab", "xlsx"]
ENDINGS: dict[FileFormat, str] = {"csv": "csv", "tab": "txt", "xlsx": "xlsx"}
MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "tab": "text/tab-separated-values; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What files of each format are called, and what they are."""


class Writer(Protocol):
    """Takes rows; the file is whole when its `with` block has ended."""

    def write(self, cells: Sequence[Cell]) -> None: ...


class TextWriter(AbstractContextManager["TextWriter"]):
    """CSV or TAB in UTF-8 with its mark, so that a spreadsheet sees the encoding; lines end as RFC 4180 says."""

    def __init__(self, stream: BinaryIO, separator: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=False)
        self._rows = csv.writer(self._text, delimiter=separator, lineterminator="\r\n")

    def write(self, cells: Sequence[Cell]) -> None:
        self._rows.writerow(cells)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.flush()
        self._text.detach()  # the stream is the caller's to close


class WorkbookWriter(AbstractContextManager["WorkbookWriter"]):
    """A workbook whose first sheet takes the rows, its first row bold and frozen. Rows go to disk as they come.

    Text is written as text, so that no EAN becomes a number and nothing a formula. Raises LimitReached for what no
    spreadsheet can hold. `book` and `sheet` are XlsxWriter's, for what a template has besides.
    """

    def __init__(self, stream: BinaryIO, typed: Sequence[bool] = ()) -> None:
        self._stream, self._made = stream, io.BytesIO()
        self.book = xlsxwriter.Workbook(self._made, {"in_memory": True})
        self.sheet = self.book.add_worksheet("Products")
        self.sheet.freeze_panes(1, 0)
        self.bold = self.book.add_format({"bold": True})
        as_text = self.book.add_format({"num_format": "@"})
        for place, number in enumerate(typed):
            self.sheet.set_column(place, place, 18, None if number else as_text)
        # The library numbers its styles as they are used, and tells nobody.
        heading, text = self.bold._get_xf_index(), as_text._get_xf_index()
        self._rows = SheetRows(heading=heading, text=text, typed=typed)

    def write(self, cells: Sequence[Cell]) -> None:
        self._rows.add(cells)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.book.close()
        if error is None:
            self._rows.put_into(self._made, self._stream)
        self._rows.close()


def parse_format(value: object, usual: FileFormat) -> FileFormat:
    """A format as a front door was given it, the usual one for none. Raises Invalid."""
    if value is None or value == "":
        return usual
    for known in ENDINGS:
        if value == known:
            return known
    message = f"“{str(value)[:20]}” is no format: choose {', '.join(ENDINGS)}."
    raise Invalid("invalid_format", f"format: {message}", {"format": message})


def spooled(write: Callable[[BinaryIO], object]) -> BinaryIO:
    """What `write` writes, on disk and read from its start: memory stays flat, and a refusal comes before any byte of the
    answer. Raises as `write` does; whoever gets it closes it."""
    stream = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
    try:
        write(stream)
        stream.seek(0)
    except BaseException:
        stream.close()
        raise
    return stream


def writer(stream: BinaryIO, file_format: FileFormat, typed: Sequence[bool] = ()) -> TextWriter | WorkbookWriter:
    """A writer onto an open binary stream; `typed` tells which columns of a workbook hold numbers."""
    if file_format == "xlsx":
        return WorkbookWriter(stream, typed)
    return TextWriter(stream, "\t" if file_format == "tab" else ",")
