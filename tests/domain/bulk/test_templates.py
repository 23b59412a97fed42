"""Templates: columns kept under a name, and files to fill in."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from listwright.bulk import operations, queries
from listwright.bulk.readers import open_source
from listwright.bulk.template import write_template
from listwright.catalog.selection import Selection
from listwright.common.errors import Invalid, NotFound, NotReady
from listwright.companies.models import Company
from listwright.companies.operations import set_condition
from tests.domain.bulk.makers import NOW, ORIGIN, applied, previewed, shop

pytestmark = pytest.mark.django_db


def file(company: Company, *headers: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    write_template(company=company, headers=headers, stream=stream, **options)
    return stream.getvalue()


def save(company: Company, name: str, *headers: str) -> Any:
    return operations.save_template(company=company, name=name, headers=headers, origin=ORIGIN, now=NOW)


def test_a_template_is_kept_replaced_and_forgotten() -> None:
    company = shop()
    save(company, "Prices", "backmarketprice", "SKU", "BACKMARKETPRICE:DE-DE")
    kept = save(company, "  prices ", "SitePrice")
    save(company, "An EAN", "EAN")
    assert [(row.name, row.headers) for row in queries.templates(company)] == [
        ("An EAN", ["SKU", "EAN"]), ("prices", ["SKU", "SitePrice"]),
    ]  # fmt: skip
    with pytest.raises(Invalid, match="Did you mean EAN"):
        save(company, "x", "EANN")
    with pytest.raises(Invalid, match="name"):
        save(company, " ", "EAN")
    with pytest.raises(Invalid, match="at least one column"):
        save(company, "x", "")
    other = Company.objects.create(slug="other", name="Other", currency="EUR", created_at=NOW)
    with pytest.raises(NotFound):
        operations.delete_template(company=other, template_id=kept.pk)
    with pytest.raises(NotFound):
        queries.template(other, kept.pk)
    operations.delete_template(company=company, template_id=kept.pk)
    assert [row.name for row in queries.templates(company)] == ["An EAN"]


@pytest.mark.parametrize("file_format", ["csv", "tab", "xlsx"])
def test_a_template_with_its_sample_row_can_be_uploaded_as_it_is(file_format: str) -> None:
    company = shop("A")
    headers = [column.header for column in queries.columns(company) if ":" not in column.header]
    content = file(company, *headers, "Attribute:color", "Qty:main", file_format=file_format, fill="sample")
    counts, outcomes = applied(company, content, create_missing=True)
    assert [row.message for row in outcomes] == [""]
    assert (counts.created, outcomes[0].changes["listing"]["attributes.color"]) == (1, [None, "Black"])
    assert outcomes[0].changes["product"]["condition"] == [None, "Excellent"]


def test_an_empty_template_and_a_filled_one_are_read_back(tmp_path: Path) -> None:
    company = shop("A", "B", ean="0036000291452")
    path = tmp_path / "template.xlsx"
    path.write_bytes(file(company, "EAN", "Brand"))
    source = open_source(path)
    assert (source.headers, list(source.rows()), source.sheet) == (("SKU", "EAN", "Brand"), [], "Products")
    filled = file(company, "EAN", "Brand", fill=Selection(skus=("B",)), file_format="csv")
    assert filled.decode("utf-8-sig").splitlines() == ["SKU,EAN,Brand", "B,0036000291452,"]
    counts, _ = previewed(company, file(company, fill=Selection(everything=True)))
    assert (counts.rows, counts.unchanged) == (2, 2)
    with pytest.raises(NotFound, match="nothing to write"):
        file(company, fill=Selection(skus=("Z",)))


def test_a_workbook_explains_each_column_and_offers_what_may_stand_there(tmp_path: Path) -> None:
    company = shop("A")
    set_condition(company=company, condition="Wie neu", grade="EXCELLENT", origin=ORIGIN, now=NOW)
    headers = ["EAN", "Condition", "BackmarketCategory", "BackmarketEnabled", "BackmarketPrice", "Attribute:color"]
    path = tmp_path / "template.xlsx"
    path.write_bytes(file(company, *headers))
    with zipfile.ZipFile(path) as package:
        products = package.read("xl/worksheets/sheet1.xml").decode()
        styles = package.read("xl/styles.xml").decode()
    assert re.findall('<col min="(.)" max="(.)"[^>]* style=', products) == [("1", "5"), ("7", "7")]  # as text
    assert 'formatCode="@"' in styles
    assert products.count("<dataValidation ") == 5
    assert '<formula1>"Yes,No"</formula1>' in products
    assert 'sqref="B2' not in products  # any EAN may stand there
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    lists = book.get_sheet_by_name("Lists").to_python()
    conditions, categories, colours = zip(*lists, strict=True)
    assert "Wie neu" in conditions
    assert (categories[:2], colours[:2]) == (("Smartphones › Accessories", "Smartphones › iPhone"), ("Black", "White"))
    notes = [row[0] for row in book.get_sheet_by_name("Notes").to_python()]
    assert notes[-len(headers) - 1 :] == ["SKU", *headers]


def test_columns_nobody_knows_and_columns_of_a_channel_not_connected_are_refused() -> None:
    company = shop("A", account=False)
    with pytest.raises(NotReady):
        file(company, "BackmarketPrice")
    with pytest.raises(Invalid, match="There is no column “Nonsense”"):
        file(company, "Nonsense")
    assert all(column.subject != "listing" for column in queries.columns(company))
    assert b"BackmarketPrice" not in file(company, file_format="csv")
