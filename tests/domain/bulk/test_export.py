"""Products as files; uploaded unchanged they change nothing."""

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listwright.bulk import queries
from listwright.bulk.export import export
from listwright.bulk.readers import open_source
from listwright.catalog.operations import create_warehouse
from listwright.catalog.selection import Selection
from listwright.changes.models import Change
from listwright.common.errors import Invalid, LimitReached, NotFound
from listwright.companies.models import Company
from listwright.listings.operations import enable, update_properties
from tests.domain.bulk.makers import NOW, ORIGIN, applied, create, exported, finished, previewed, sheet, shop, uploaded

pytestmark = pytest.mark.django_db

FORMATS = ("csv", "tab", "xlsx")
_TRICKY = (
    "=1+1",
    "'=1",
    "-",
    "@x",
    "+49",
    "[clear]",
    "'[clear]",
    "#N/A",
    "007",
    "1.099",
    "TRUE",
    "1e5",
    '6" x',
    "a;b,c",
    "_x0041_",
)
_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30) | st.sampled_from(_TRICKY)
_LINES = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=60)
_MONEY = st.decimals(0, Decimal("99999.99"), places=2)
_WEIGHT = st.decimals(0, 9999, places=4)
PRODUCTS = st.fixed_dictionaries(
    {},
    optional={
        "name": _LINE, "brand": _LINE, "condition": _LINE, "description": _LINES, "site_price": _MONEY, "list_price": _MONEY,
        "weight_lbs": _WEIGHT, "weight_oz": _WEIGHT, "ean": st.from_regex(r"[0-9]{8,14}", fullmatch=True),
        "images": st.just(["https://x.test/1.jpg", "https://x.test/2.jpg"]),
        "stock": st.dictionaries(st.sampled_from(["main", "Outlet"]), st.integers(0, 10**6)),
    },
)  # fmt: skip
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "title": _LINE, "description": _LINES, "comment": _LINES, "condition": _LINE,
        "category": st.sampled_from([1002, 1003, 1006]),
        "warranty_months": st.integers(12, 120), "max_quantity": st.integers(0, 10**6), "price": _MONEY,
        "safety_quantity_default": st.just(True), "max_quantity_enabled": st.booleans(), "repricing_enabled": st.booleans(),
        "enabled": st.just(True), "markets": st.just({"de-de": {"price": "150.00", "enabled": False, "title": "=T"}}),
    },
)  # fmt: skip


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_export_uploaded_unchanged_changes_nothing(tmp_path: Path, file_format: str) -> None:
    company = shop("A", "=B", brand="@pple", ean="0036000291452", weight_lbs="1.125", stock={"main": 3})
    create_warehouse(company=company, name="Outlet", sellable=False, origin=ORIGIN, now=NOW)
    enable(company=company, skus=["A"], origin=ORIGIN, now=NOW)
    properties: dict[str, Any] = {
        "price": "1099.00", "max_quantity": 5, "category": 1002, "attributes": {"color": "Black", "storage": "128"},
        "markets": {"de-de": {"price": "1000", "comment": "-ok", "enabled": False}}, "merchant_sku": "-m",
    }  # fmt: skip
    update_properties(company=company, changes={"A": properties}, origin=ORIGIN, now=NOW)
    before = Change.objects.count()
    everything = ["Attribute:color", "Attribute:storage", "BackmarketComment:de-de", "BackmarketEnabled:de-de"]
    for headers in ([], everything):
        counts, outcomes = applied(company, exported(company, *headers, file_format=file_format))
        assert [row.message for row in outcomes if row.message] == []
        assert (counts.rows, counts.unchanged) == (2, 2)
    assert Change.objects.count() == before


@pytest.fixture
def world(db: None) -> Iterator[Company]:
    company = shop()
    create_warehouse(company=company, name="Outlet", sellable=False, origin=ORIGIN, now=NOW)
    yield company


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(PRODUCTS, PROPERTIES), min_size=1, max_size=3), st.sampled_from(FORMATS))
def test_whatever_is_stored_comes_back_as_it_was(
    world: Company, rows: list[tuple[dict[str, Any], dict[str, Any]]], file_format: str
) -> None:
    with transaction.atomic():
        for place, (product, properties) in enumerate(rows):
            create(world, f"S{place}", **product)
            update_properties(company=world, changes={f"S{place}": properties}, origin=ORIGIN, now=NOW)
        market_columns = ["BackmarketTitle:de-de", "BackmarketEnabled:de-de"]
        for headers in ([], market_columns):
            counts, outcomes = previewed(world, exported(world, *headers, file_format=file_format))
            assert [(row.message, row.changes) for row in outcomes] == [("", {})] * len(rows)
            assert counts.unchanged == len(rows)
        transaction.set_rollback(True)


def test_an_edited_cell_is_all_that_changes() -> None:
    company = shop("A", "B", brand="Apple", stock={"main": 3})
    content = exported(company)
    counts, outcomes = applied(company, content.replace(b"Apple", b"Samsung", 1))
    assert (counts.changed, counts.unchanged) == (1, 1)
    assert outcomes[0].changes == {"product": {"brand": ["Apple", "Samsung"]}}


def test_a_price_entered_in_an_export_unticks_its_default() -> None:
    company = shop("A", "B")
    headers = ["BackmarketPrice", "BackmarketPriceUseDefault", "BackmarketCondition", "BackmarketConditionUseDefault"]
    content = exported(company, *headers)
    assert content.decode("utf-8-sig").splitlines()[1] == "A,,Yes,,Yes"
    counts, outcomes = applied(company, content.replace(b"A,,Yes,,Yes", b"A,150.00,Yes,Good,Yes"))
    assert (counts.changed, counts.unchanged, outcomes[0].message) == (1, 1, "")
    assert outcomes[0].changes["listing"] == {
        "condition": [None, "Good"],
        "price": [None, "150.00"],
        "price_default": [True, False],
    }
    content = exported(company, *headers)
    assert content.decode("utf-8-sig").splitlines()[1] == "A,150.00,No,Good,No"
    counts, outcomes = applied(company, content.replace(b"150.00,No,Good,No", b"150.00,Yes,Good,No"))
    assert outcomes[0].changes["listing"] == {"price": ["150.00", None], "price_default": [False, True]}
    both = content.replace(b",,Yes,,Yes", b",99,Yes,,Yes").replace(b"150.00,No", b"99,Yes")
    applied(company, content)
    counts, outcomes = applied(company, both)
    assert [row.status for row in outcomes] == ["failed", "changed"]


def test_an_ean_in_a_workbook_is_text_and_a_price_a_number(tmp_path: Path) -> None:
    company = shop("A", ean="0036000291452")
    path = tmp_path / "out.xlsx"
    path.write_bytes(exported(company, "EAN", "SitePrice", "Qty", file_format="xlsx"))
    (row,) = open_source(path).rows()
    assert list(row.cells) == ["A", "0036000291452", 199.9, ""]


def test_a_selection_without_products_and_unknown_columns_are_refused() -> None:
    company = shop("A")
    out = io.BytesIO()
    with pytest.raises(NotFound, match="“Z”"):
        export(company=company, selection=Selection(skus=("Z",)), stream=out)
    with pytest.raises(Invalid, match="Did you mean EAN"):
        export(company=company, selection=Selection(everything=True), stream=out, headers=["EANS"])
    assert out.getvalue() == b""
    done = export(company=company, selection=Selection(skus=("a", "Z")), stream=out, headers=["EAN"])
    assert (done.products, done.unknown) == (1, ("Z",))


def test_a_text_no_spreadsheet_cell_can_hold_is_said_instead_of_cut() -> None:
    company = shop("A", description="x" * 40_000)
    with pytest.raises(LimitReached, match="Choose CSV"):
        exported(company, file_format="xlsx")
    assert len(exported(company)) > 40_000


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_result_file_is_mended_and_uploaded_again(tmp_path: Path, file_format: str) -> None:
    company = shop("A", "B", "C", account=False)
    content = sheet(["SKU", "Name", "SitePrice"], ["A", "a", "1.099"], ["B", "b", ""], ["C", "", ""], ["D", "=d", ""])
    if file_format == "xlsx":
        content = _as_workbook(content)
    for turn, expected in enumerate(
        [["failed", "changed", "unchanged", "created"], ["changed", "unchanged", "unchanged", "unchanged"]]
    ):
        upload = finished(company, uploaded(company, content, create_missing=True))
        stream = io.BytesIO()
        queries.write_result(company, upload.pk, stream)
        result = tmp_path / f"{turn}.result"
        result.write_bytes(stream.getvalue())
        written = open_source(result)
        assert written.headers == ("SKU", "Name", "SitePrice", "ListwrightStatus", "ListwrightMessage")
        rows = [list(row.cells) for row in written.rows()]
        assert [row[3] for row in rows] == expected
        assert rows[0][:2] == ["A", "a"]
        content = stream.getvalue().replace(b"1.099", b"1099.00") if file_format == "csv" else _mended(written)
    assert upload.failed == 0


def _as_workbook(content: bytes) -> bytes:
    import csv

    return _workbook(list(csv.reader(io.StringIO(content.decode()))))


def _mended(source: Any) -> bytes:
    rows = [list(source.headers), *(list(row.cells) for row in source.rows())]
    return _workbook([["1099.00" if cell == "1.099" else cell for cell in row] for row in rows])


def _workbook(rows: list[list[Any]]) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        for place, row in enumerate(rows):
            page.write_row(place, 0, row)
    return stream.getvalue()
