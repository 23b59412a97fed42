"""Rows of a sheet as the XML they are in a workbook. XlsxWriter makes the workbook around them: it takes some six
microseconds for a cell, of which an export has millions; this takes half of one."""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from math import isfinite
from typing import BinaryIO

from xlsxwriter.utility import xl_col_to_name

from listwright.bulk.columns import Cell
from listwright.common.errors import LimitReached

CELL_LIMIT = 32_767
SHEET_ROWS = 1_048_576
"""Of Excel: characters of a cell (as UTF-16 counts them), rows of a sheet (Microsoft, "Excel specifications and limits")."""

_LARGEST = 2**31 - 2**20
"""Bytes of a sheet: a larger one takes a form of ZIP that not every spreadsheet reads."""

_EMPTY, _BEGIN, _END = b"<sheetData/>", b"<sheetData>", b"</sheetData>"
_EXTENT = re.compile(rb'(?<=<dimension ref=")[^"]*')
_KNOWN, _SHORT = 50_000, 100
_OF_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LOOKS_ESCAPED = re.compile("_x(?=[0-9a-fA-F]{4}_)")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


class SheetRows:
    """Takes rows, which go to disk as they come, for `put_into` a workbook whose first sheet has none.

    `heading` and `text` are the styles of texts in the first row and in the others; `typed` tells which columns hold
    numbers below the first. Cells that are blank are left out. Raises LimitReached for what no sheet can hold.
    """

    def __init__(self, *, heading: int, text: int, typed: Sequence[bool]) -> None:
        self._heading, self._text, self._typed = heading, text, typed
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._columns: list[tuple[str, Callable[[str], str], dict[str, str]]] = []
        self._texts: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._count = 0

    def add(self, cells: Sequence[Cell]) -> None:
        """Write the next row."""
        if self._count >= SHEET_ROWS:
            raise LimitReached("sheet_full", f"A sheet has at most {SHEET_ROWS:,} rows. Choose CSV, or fewer products.")
        self._count += 1
        number = str(self._count)
        if len(cells) > len(self._columns):
            self._columns = [self._column(place) for place in range(len(cells))]
        parts = [f'<row r="{number}">']
        for cell, (letters, write, known) in zip(cells, self._columns, strict=False):
            if cell is None or cell == "":
                continue
            if cell.__class__ is not str:
                rest = self._other(cell)
            elif self._count == 1:
                rest = self._as_text(cell, self._heading)
            else:
                rest = known.get(cell)  # type: ignore[assignment]
                if rest is None:
                    rest = write(cell)
                    if len(cell) <= _SHORT and len(known) < _KNOWN:
                        known[cell] = rest
            parts.append(f'<c r="{letters}{number}"{rest}')
        if len(parts) > 1:
            parts.append("</row>")
            self._file.write("".join(parts).encode())

    def _column(self, place: int) -> tuple[str, Callable[[str], str], dict[str, str]]:
        """A column's letters, how its texts are written, and those written so far."""
        if place < len(self._typed) and self._typed[place]:
            return xl_col_to_name(place), _as_number, self._numbers
        return xl_col_to_name(place), self._as_text, self._texts

    def _other(self, cell: Cell) -> str:
        if isinstance(cell, bool):
            return f' t="b"><v>{int(cell)}</v></c>'
        if isinstance(cell, int | float) and isfinite(cell):
            return f"><v>{cell:.16G}</v></c>"
        return self._as_text(str(cell), self._heading if self._count == 1 else self._text)

    def _as_text(self, text: str, style: int | None = None) -> str:
        if len(text) > CELL_LIMIT // 2 and (length := len(text.encode("utf-16-le")) // 2) > CELL_LIMIT:
            message = (
                f"Row {self._count} has a text of {length:,} characters; a spreadsheet's cell holds {CELL_LIMIT:,}. "
                "Choose CSV."
            )
            raise LimitReached("cell_too_long", message)
        style = self._text if style is None else style
        if _surely_plain(text):
            return f' s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'
        text = _escaped(text)
        space = ' xml:space="preserve"' if text != text.strip() else ""
        return f' s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'

    def put_into(self, book: BinaryIO, stream: BinaryIO) -> None:
        """Write the workbook with these rows in it."""
        with (
            zipfile.ZipFile(book) as made,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as whole,
        ):
            for name in made.namelist():
                content = made.read(name)
                if name != "xl/worksheets/sheet1.xml":
                    whole.writestr(name, content)
                    continue
                before, after = _EXTENT.sub(self._extent(), content, count=1).split(_EMPTY)
                if self._file.tell() + len(content) > _LARGEST:
                    message = "The workbook would be larger than spreadsheets can open. Choose CSV, or fewer products."
                    raise LimitReached("workbook_too_large", message)
                self._file.seek(0)
                with whole.open(name, "w") as sheet:
                    sheet.write(before + _BEGIN)
                    shutil.copyfileobj(self._file, sheet, 2**20)
                    sheet.write(_END + after)

    def _extent(self) -> bytes:
        return f"A1:{self._columns[-1][0]}{self._count}".encode() if self._columns else b"A1"

    def close(self) -> None:
        """Let go of the rows."""
        self._file.close()


def _as_number(text: str) -> str:
    return f"><v>{float(text):.16G}</v></c>"


def _surely_plain(text: str) -> bool:
    """Whether a text stands in XML as it is, as most do: by what is looked for fastest."""
    return (
        text.isprintable()
        and "&" not in text
        and "<" not in text
        and ">" not in text
        and "_x" not in text
        and text[0] != " "
        and text[-1] != " "
    )


def _escaped(text: str) -> str:
    """As Excel writes it: what XML cannot hold as `_x0007_`, and a text that looks like that with its underline escaped."""
    text = _LOOKS_ESCAPED.sub("_x005F_x", text)
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text).translate(_OF_XML)
