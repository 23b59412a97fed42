"""Read XLSX workbooks: the chosen sheet, else the shown one whose header row names most columns we know."""

import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from listwright.bulk.readers.slices import SLICE, sheet_part, slices, without_sheets
from listwright.bulk.readers.source import Limits, Source, SourceRow, checked, clean_headers, refused, too_large
from listwright.common.errors import Invalid, LimitReached

_LOOK = 2 * 2**20  # for the header row
_MOST_PARTS = 10_000
_MOST_SHEETS = 50  # that are looked into
_FAR_CELL = re.compile(rb'r="([A-Z]{2,4})[0-9]')
_ROW = re.compile(rb'<row\s[^>]*?\br="([0-9]+)"')
_ROW_OF_A_NAMESPACE = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="([0-9]+)"')  # takes three times as long
_UNREADABLE = (
    "This workbook cannot be read. Open it in a spreadsheet, save it as XLSX without a password, and try again."
)


def open_workbook(path: Path, chosen: str | None, is_header: Callable[[str], bool], limits: Limits) -> Source:
    """Recognise a workbook. Raises Invalid where it is none or empty or lacks the chosen sheet, LimitReached beyond the
    limits, which reading its rows may do as well: it is unpacked as it is read, and once."""
    shown = _shown(path, limits)
    if chosen is not None and chosen not in shown:
        message = f"There is no sheet “{chosen[:60]}”. There is: {', '.join(shown)}."
        raise Invalid("file_unreadable", message, {"sheet": message})
    name, headers = _sheet(path, shown if chosen is None else (chosen,), is_header, limits)

    def rows() -> Iterator[SourceRow]:
        return checked(_rows(path, name, limits), len(headers), limits)

    return Source(path, "xlsx", headers, rows, sheet=name, sheets=shown)


def _shown(path: Path, limits: Limits) -> tuple[str, ...]:
    """The sheets that are shown. What the package says of its size is binding: nobody reads on behind it."""
    with _guarded(zipfile.ZipFile, path) as package:
        parts = package.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > limits.unpacked_bytes:
            raise too_large(f"Unpacked, the workbook has more than {limits.unpacked_bytes // 2**20:,} MB. Split it.")
        workbook = _guarded(CalamineWorkbook.from_filelike, _guarded(without_sheets, package))
    return tuple(
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    )


def _sheet(
    path: Path, names: Sequence[str], is_header: Callable[[str], bool], limits: Limits
) -> tuple[str, tuple[str, ...]]:
    """The sheet to read and its headers; of several that name as many, the first."""
    best: tuple[str, tuple[str, ...]] | None = None
    most = -1
    for name in names[:_MOST_SHEETS]:
        first = next(_filled(path, name, limits, _LOOK), None)
        headers = () if first is None else clean_headers(first[1], limits)
        known = sum(map(is_header, headers))
        if headers and known > most:
            best, most = (name, headers), known
    if best is None:
        raise refused("The workbook is empty: the first row of its first sheet has to name the columns.")
    return best


def _rows(path: Path, name: str, limits: Limits) -> Iterator[SourceRow]:
    filled = _filled(path, name, limits)
    next(filled, None)  # the header row
    for number, cells in filled:
        yield SourceRow(number, cells)


def _filled(path: Path, name: str, limits: Limits, size: int = SLICE) -> Iterator[tuple[int, list[Any]]]:
    """Rows that hold anything, with their number, from column A on."""
    for sheet in _sheets(path, name, limits, size):
        if sheet.start is None:
            continue
        left: list[Any] = [""] * sheet.start[1]
        # Rows above the first that is filled are left out, which for a late slice are all those of earlier ones.
        rows = enumerate(_guarded(sheet.to_python), sheet.start[0] + 1)
        for number, cells in rows:
            if any(not isinstance(cell, str) or cell.strip() for cell in cells):
                yield number, left + cells


def _sheets(path: Path, name: str, limits: Limits, size: int) -> Iterator[Any]:
    """The sheet, in as many slices of so many bytes as it takes to keep memory flat."""
    with _guarded(zipfile.ZipFile, path) as package:
        part = _guarded(sheet_part, package, name)
        if part is None:
            raise refused(_UNREADABLE)
        extent = _Extent(limits)
        pieces = slices(package, part, extent.check, size)
        while (piece := _guarded(next, pieces, None)) is not None:
            yield _guarded(_guarded(CalamineWorkbook.from_filelike, piece).get_sheet_by_name, name)


def _guarded(call: Any, *arguments: Any) -> Any:
    """Whatever the library says about a broken file, its panics among it (which are no Exceptions), as Invalid."""
    try:
        return call(*arguments)
    except (KeyboardInterrupt, SystemExit, MemoryError, LimitReached):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise refused(_UNREADABLE) from error


class _Extent:
    """How far a sheet reaches, as far as it was read: a few bytes can say that it has billions of cells."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._row, self._column = 0, 26

    def check(self, content: bytes) -> None:
        """Look at the next rows, before anybody makes cells of them. Raises LimitReached."""
        limits = self._limits
        for letters in set(_FAR_CELL.findall(content)):
            self._column = max(self._column, _column_number(letters))
        row = _ROW_OF_A_NAMESPACE if b":row" in content else _ROW
        self._row = max(self._row, max(map(int, row.findall(content)), default=0))
        if self._column > limits.columns + 26:
            raise too_large(f"The sheet has {self._column:,} columns; at most {limits.columns:,} are read.")
        if self._row > limits.rows + 1000:
            raise too_large(f"The sheet has {self._row:,} rows; at most {limits.rows:,} are read. Delete empty ones.")
        if self._row * self._column > limits.cells:
            raise too_large(f"The sheet reaches over more than {limits.cells:,} cells. Delete empty rows and columns.")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
