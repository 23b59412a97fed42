"""Whatever a file holds: a clear refusal, or counts that add up, and the preview says what the apply does."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import xlsxwriter
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listwright.bulk.columns import Known, every
from listwright.common.errors import Invalid, LimitReached
from listwright.companies.models import Company
from listwright.listings.operations import enable
from tests.domain.bulk.makers import NOW, ORIGIN, applied, previewed, sheet, shop

pytestmark = pytest.mark.django_db

HEADERS = [column.header for column in every(Known(("main",), ("fr-fr", "en-gb"), ("color", "storage")))][1:]
CELLS = st.sampled_from(
    [
        "",
        "",
        "",
        "[clear]",
        "Yes",
        "no",
        "0",
        "1",
        "12",
        "7,5",
        "199.90",
        "1.099",
        "x",
        "=1",
        "#N/A",
        "iPhone",
        "1002",
        "Black",
    ]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SKUS = st.sampled_from(["A", "a", "B", "N1", "n1", "N2", "", "=X", "\x07", ".", "[clear]", "C"])
SETTINGS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@pytest.fixture
def world(db: None) -> Iterator[Company]:
    company = shop("A", "B", "C", brand="Apple", stock={"main": 3})
    enable(company=company, skus=["A"], origin=ORIGIN, now=NOW)
    yield company


def _agree(company: Company, content: bytes, rows: int | None, **options: Any) -> None:
    with transaction.atomic():
        try:
            seen, foretold = previewed(company, content, **options)
        except (Invalid, LimitReached) as error:
            assert error.message
            assert rows is None
            return
        done, outcomes = applied(company, content, **options)
        assert [(row.status, row.created, row.changes, row.message) for row in foretold] == [
            (row.status, row.created, row.changes, row.message) for row in outcomes
        ]
        assert seen == done
        assert done.rows == done.changed + done.unchanged + done.failed + done.skipped == len(outcomes)
        assert rows is None or done.rows == rows
        again, _ = previewed(company, content, **options)
        assert again.changed == 0 or done.failed  # what failed for another row's sake may do now
        transaction.set_rollback(True)


@settings(max_examples=40, **SETTINGS)
@given(st.data(), st.booleans(), st.sampled_from([None, "offline", "leave"]), st.sampled_from(["csv", "xlsx"]))
def test_any_cells_give_counts_that_add_up(
    world: Company, data: st.DataObject, create: bool, then: Any, file_format: str
) -> None:
    headers = data.draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8, unique=True))
    rows = data.draw(st.lists(st.tuples(SKUS, *[CELLS] * len(headers)), min_size=1, max_size=6))
    lines = [["SKU", *headers], *map(list, rows)]
    filled = sum(any(cell.strip() for cell in row) for row in rows)
    if file_format == "xlsx":
        content = _workbook(lines)
    else:
        lines = [[cell.replace("\0", "") for cell in row] for row in lines]
        filled = sum(any(cell.strip() for cell in row) for row in lines[1:])
        content = sheet(*lines)
    _agree(world, content, filled, create_missing=create, then=then)


def test_a_character_no_text_of_the_database_holds_is_a_mistake_like_any_other(world: Company) -> None:
    _agree(world, _workbook([["SKU", "BackmarketPrice:en-gb"], ["C", "\0"]]), 1, create_missing=False)


@settings(max_examples=30, **SETTINGS)
@given(st.binary(max_size=120))
def test_any_bytes_behind_a_header_do_no_half_an_upload(world: Company, content: bytes) -> None:
    _agree(world, b"SKU,Name,BackmarketPrice,Qty\nA,x,1,2\n" + content, None, create_missing=True)


def test_a_zero_byte_in_a_workbook_is_told_and_crashes_nothing(world: Company) -> None:
    content = _workbook(
        [["SKU", "WeightLbs", "Brand", "x\0"], ["A", "\0", "", "\0"], ["B\0", "", "\0", ""], ["C", "5", "", ""]]
    )
    with pytest.raises(Invalid):
        previewed(world, content)
    counts, outcomes = applied(world, content, ignore_unknown=True)
    assert [row.status for row in outcomes] == ["failed", "failed", "changed"]
    assert (counts.failed, outcomes[0].mistakes[0].column) == (2, "WeightLbs")


def _workbook(rows: list[list[str]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                page.write_string(place, column, cell)
    return stream.getvalue()
