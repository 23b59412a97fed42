"""Rows are written into a workbook as the library would write them, only sooner."""

import io
import zipfile
from collections.abc import Sequence

import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listwright.bulk.columns import Cell
from listwright.bulk.sheetrows import CELL_LIMIT
from listwright.bulk.writers import WorkbookWriter
from listwright.common.errors import LimitReached

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text(" \t\r\n_x0041F\x07&<>\"'é￾￿", max_size=12),
).filter(lambda text: not text.startswith("<r>"))  # which the library takes for XML
CELLS = st.one_of(st.none(), TEXTS, st.booleans(), st.integers(-(10**17), 10**17), st.floats(-1e15, 1e15))


def parts(book: io.BytesIO) -> dict[str, bytes]:
    with zipfile.ZipFile(book) as package:
        return {name: package.read(name) for name in package.namelist() if not name.startswith("docProps/")}


def ours(rows: Sequence[Sequence[Cell]], typed: Sequence[bool] = ()) -> dict[str, bytes]:
    book = io.BytesIO()
    with WorkbookWriter(book, typed) as writer:
        for cells in rows:
            writer.write(cells)
    return parts(book)


def theirs(rows: Sequence[Sequence[Cell]], typed: Sequence[bool] = ()) -> dict[str, bytes]:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Products")
        sheet.freeze_panes(1, 0)
        bold, as_text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        for place, number in enumerate(typed):
            sheet.set_column(place, place, 18, None if number else as_text)
        for row, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                number = bool(row) and place < len(typed) and typed[place]
                if isinstance(cell, bool):
                    sheet.write_boolean(row, place, cell)
                elif isinstance(cell, int | float) or (number and cell):
                    sheet.write_number(row, place, float(cell))  # type: ignore[arg-type]
                elif cell:
                    sheet.write_string(row, place, cell, as_text if row else bold)
    return parts(stream)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4))
@example([("_x0041_", " a ", "b\n"), ("\x07", "￾", "a_x"), ("<&>", "é", "\r")])
@settings(deadline=None, max_examples=40)
def test_any_cells_are_written_as_the_library_writes_them(rows: list[tuple[Cell, ...]]) -> None:
    rows = [("SKU", "EAN", "Brand"), *rows, ("A-1", "4006381333931", "last")]

    assert ours(rows) == theirs(rows)


def test_columns_of_numbers_hold_numbers_below_their_header() -> None:
    rows = [("SKU", "12", "Price"), ("A-1", "12", "199.90"), ("A-2", "", "0.5000"), ("A-3", "12", "1000000000000.01")]

    assert ours(rows, (False, False, True)) == theirs(rows, (False, False, True))


def test_a_text_too_long_as_utf_16_counts_is_refused_with_its_row() -> None:
    fits, refused = "x" * CELL_LIMIT, "😀" * (CELL_LIMIT // 2 + 1)

    assert fits.encode() in ours([("SKU",), (fits,)])["xl/worksheets/sheet1.xml"]
    with pytest.raises(LimitReached, match="Row 2 has a text of 32,768 characters"):
        ours([("SKU",), (refused,)])


def test_a_number_without_end_is_written_as_text() -> None:
    assert b"<t>inf</t>" in ours([("SKU",), (float("inf"),)])["xl/worksheets/sheet1.xml"]


def test_a_workbook_without_rows_is_whole() -> None:
    assert b"<sheetData></sheetData>" in ours([])["xl/worksheets/sheet1.xml"]
