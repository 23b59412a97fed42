"""Cells are read by the operations' own rules; what is surely a text is read without asking them."""

import re
from types import SimpleNamespace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from listwright.bulk.cells import CellReader, Refused
from listwright.bulk.columns import BLANK, Known, find
from listwright.listings.operations.category_choice import Tree
from listwright.listings.operations.edits import Context

CONTEXT = Context("EUR", {"fr-fr": "EUR"}, None, 0, Tree((), known=True))
AROUND: Any = SimpleNamespace(company=SimpleNamespace(currency="EUR"), context=CONTEXT)
HEADERS = ("ProductName", "Brand", "Condition", "Description", "BackmarketTitle", "BackMarketComment")


def reader(header: str) -> CellReader:
    return CellReader(0, find(header, Known()), AROUND, None)


@given(st.sampled_from(HEADERS), st.text(max_size=120) | st.from_regex(r"[A-Za-z0-9][ -~\u00a0-\u00ff]{90,110}"))
@example("Brand", "a\n")
@example("Brand", "A" * 101)
@example("Condition", "A" * 100)
@example("Brand", "a\u00a0")
@example("Brand", "TRUE")
def test_what_is_surely_a_text_is_what_the_rules_would_store(header: str, text: str) -> None:
    assert reader(header).read(text) == reader(header)._read(text)


CELLS = st.sampled_from(
    ["", None, "[clear]", "Apple", "a\tb", "a\\N", "x\ny", " Apple ", "'=1", "5.25", "1.099", 5.25, 1, True, "no"]
)
ESCAPED = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


@given(st.sampled_from((*HEADERS, "SitePrice", "Qty", "BackmarketEnabled")), st.lists(CELLS | st.text(max_size=120)))
def test_the_cells_of_a_column_are_read_together_as_one_by_one(header: str, cells: list[Any]) -> None:
    together = reader(header).texts(cells)
    for cell, text in zip(cells, together, strict=True):
        value = BLANK if cell is None or cell == "" else reader(header).read(cell)
        if value is BLANK:
            assert text == "\\N"
        elif value is None or isinstance(value, Refused):
            assert text is None
        else:
            assert text is not None and not {"\t", "\n", "\r"} & set(text)
            assert re.sub(r"\\.", lambda sign: ESCAPED[sign[0]], text) == str(value)


def test_equal_cells_of_other_types_are_not_the_same() -> None:
    one = reader("BackmarketEnabled")
    assert [one.read(cell) for cell in (1, True, "1", 1)] == [True, True, True, True]
    quantity = reader("Qty")
    assert [quantity.read(cell) for cell in (1, 1.0, "1")] == [1, 1, 1]
    assert quantity.read(True).fields
