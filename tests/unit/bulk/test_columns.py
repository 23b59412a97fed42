"""Headers and cells."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.bulk.columns import BLANK, FIXED, Column, Known, every, find, is_header, resolve
from listwright.bulk.columns.guard import guarded, unguarded
from listwright.bulk.columns.kinds import TEXT
from listwright.common.errors import Invalid

KNOWN = Known(("main", "Outlet"), ("fr-fr", "de-de"), ("color", "storage"))
REQUIREMENTS = [
    "BackmarketEnabled",
    "BackmarketTitle",
    "DescriptionForChannel_BackMarket",
    "EAN",
    "WeightLbs",
    "WeightOz",
    "GalleryImageURL",
    "BackmarketCategory",
    "BackmarketWarrantyLength",
    "BackMarketEnableAutoRepricing",
    "BackMarketMinPrice",
    "BackmarketMerchantSKU",
    "BackmarketCondition",
    "BackmarketEnableMaxQty",
    "BackmarketMaxQty",
    "BackmarketSafetyQty",
    "BackmarketPrice",
    "BackmarketMerchantSKUUseDefault",
    "BackmarketConditionUseDefault",
    "BackmarketEnableMaxQtyUseDefault",
    "BackmarketMaxQtyUseDefault",
    "BackmarketSafetyQtyUseDefault",
    "BackmarketPriceUseDefault",
    "BackMarketPrice:de-de",
    "BackMarketMinPrice:de-de",
    "BackMarketCeiling:fr-fr",
    "BackmarketComment:de-de",
    "BackmarketTitle:de-de",
    "Qty:main",
    "Attribute:color",
]


@pytest.mark.parametrize("header", REQUIREMENTS)
def test_every_header_of_the_requirements_is_known_in_any_letter_case(header: str) -> None:
    column = find(header, KNOWN)
    for written in (header.lower(), header.upper(), header.replace("Backmarket", "BackMarket"), f" {header} "):
        assert find(written.strip(), KNOWN).identity == column.identity
        assert is_header(written)


@pytest.mark.parametrize("column", every(KNOWN), ids=lambda column: column.header)
def test_every_column_explains_itself_and_reads_its_own_example(column: object) -> None:
    assert column.meaning  # type: ignore[attr-defined]
    assert column.kind.explained  # type: ignore[attr-defined]
    assert column.parse(column.example, None) is not BLANK  # type: ignore[attr-defined]
    assert find(column.header, KNOWN).identity == column.identity  # type: ignore[attr-defined]


def test_no_two_columns_share_a_header_or_a_field() -> None:
    columns = every(KNOWN)
    assert (
        len({column.identity for column in columns})
        == len({column.header.lower() for column in columns})
        == len(columns)
    )
    names = [name.lower() for column in FIXED for name in (column.header, *column.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("header", "nearest"),
    [
        ("BackmarketPrise", "BackmarketPrice"),
        ("ProductNam", "ProductName"),
        ("Qty:Mian", "Qty:main"),
        ("Attribute:colour", "Attribute:color"),
        ("BackMarketPrice:de-dd", "BackMarketPrice:de-de"),
    ],
)
def test_an_unknown_header_is_told_the_nearest_known_one(header: str, nearest: str) -> None:
    with pytest.raises(Invalid) as refused:
        resolve(["SKU", header], KNOWN)
    assert f"Did you mean {nearest}?" in refused.value.message


def test_a_file_needs_a_sku_and_each_column_once() -> None:
    with pytest.raises(Invalid, match="no column SKU"):
        resolve(["EAN"], KNOWN)
    with pytest.raises(Invalid, match="mean the same"):
        resolve(["SKU", "Name", "PRODUCTNAME"], KNOWN)
    product_and_listing = resolve(["SKU", "Condition", "BackmarketCondition", "", "ListwrightStatus"], KNOWN)
    assert [column and column.subject for column in product_and_listing.columns] == [
        "sku", "product", "listing", None, "status",
    ]  # fmt: skip


@given(st.text(max_size=30))
def test_any_header_is_known_or_told_in_a_sentence(header: str) -> None:
    try:
        find(header, KNOWN)
    except Invalid as error:
        assert error.message


@given(st.text(max_size=20) | st.sampled_from(["=1+1", "'=1", "''@x", "[clear]", "'[CLEAR]", "#N/A", "-", "'", "''"]))
def test_a_guarded_text_starts_no_formula_and_comes_back(text: str) -> None:
    written = guarded(text)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(written) == text


@given(st.text(max_size=20))
def test_a_stored_text_comes_back_from_its_cell(text: str) -> None:
    stored = text.strip().replace("\r\n", "\n").replace("\r", "\n")
    value = find("Name", KNOWN).parse(TEXT.write(stored), None)
    assert (value == stored) if stored else (value is BLANK)


def test_what_a_spreadsheet_made_of_a_cell_is_reported() -> None:
    sku = find("SKU", KNOWN)
    with pytest.raises(ValueError, match="made a date"):
        sku.parse(date(2026, 1, 2), None)
    with pytest.raises(ValueError, match="error of a formula"):
        sku.parse("#N/A", None)
    assert sku.parse(1001.0, None) == "1001"
    with pytest.raises(ValueError, match="cannot be emptied"):
        find("Qty", KNOWN).parse("[clear]", None)


def test_the_reference_has_a_line_for_every_column_and_no_other() -> None:
    written = (Path(__file__).parents[3] / "docs/reference/columns.md").read_text()
    lines = {line for line in written.splitlines() if line.startswith("| `") and line.count("|") == 6}
    assert lines == {reference_line(column) for column in FIXED}
    for header in ("Qty:main", "Attribute:color", "BackmarketPrice:de-de"):
        assert f"`{header}`" in written


def reference_line(column: Column) -> str:
    also = ", ".join(f"`{alias}`" for alias in column.aliases)
    cells = column.kind.explained + (
        "; `[clear]` empties it" if column.emptiable and column.subject != "status" else ""
    )
    return f"| `{column.header}` | {also} | {column.meaning} | {cells} | {column.example} |"
