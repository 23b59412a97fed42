"""Rolling back: what an upload changed is restored cell by cell, and what is another's by now is left and told."""

import csv
import io

import pytest

from listwright.bulk import operations as uploads
from listwright.bulk import queries
from listwright.bulk.models import Upload
from listwright.catalog import queries as catalog
from listwright.catalog.operations import update_products
from listwright.common.errors import Conflict
from listwright.companies.models import Company
from listwright.listings import queries as listings
from listwright.listings.operations import enable
from tests.domain.bulk.makers import ANA, NOW, ORIGIN, finished, sheet, shop, told, uploaded

pytestmark = pytest.mark.django_db

HEADERS = [
    "SKU", "ProductName", "Brand", "SitePrice", "WeightOz", "Qty", "GalleryImageURL", "BackmarketTitle",
    "BackmarketPrice", "BackmarketPrice:de-de", "BackmarketCategory", "Attribute:color", "BackmarketEnabled",
]  # fmt: skip


def rolled_back(company: Company, upload: Upload) -> Upload:
    rollback = uploads.roll_back_upload(company=company, upload_id=upload.pk, origin=ANA, now=NOW, apply=True)
    uploads.preview_now(upload_id=rollback.pk, now=NOW)
    uploads.apply_now(upload_id=rollback.pk, now=NOW)
    rollback.refresh_from_db()
    return rollback


def standing(company: Company, sku: str) -> tuple[object, ...]:
    product, listing = catalog.product(company, sku), listings.properties(company, sku)
    return (
        product.name, product.brand, product.site_price, product.weight_oz, product.stock, product.images,
        product.available, listing.title, listing.price, listing.price_default, listing.category, listing.attributes,
        listing.status, [market.price for market in listing.markets],
    )  # fmt: skip


def test_a_rollback_restores_everything_and_can_be_rolled_back_itself() -> None:
    company = shop("A", "B", brand="Apple", weight_oz="6.5", stock={"main": 2}, images=["https://x.test/0.jpg"])
    before = standing(company, "A")
    upload = finished(
        company,
        uploaded(
            company,
            sheet(
                HEADERS,
                ["A", "Phone", "[clear]", "210", "7", "0", "https://x.test/1.jpg", "T", "150", "140", "iPhone", "Black", "Yes"],
                ["B", "", "", "", "", "", "", "", "", "", "", "", ""],
            ),
        ),
    )  # fmt: skip
    assert upload.failed == 0
    after = standing(company, "A")
    assert all(old != new for old, new in zip(before, after, strict=True))
    rollback = rolled_back(company, upload)
    assert (rollback.state, rollback.rows, rollback.changed) == ("applied", 1, 1)
    assert rollback.job is not None
    assert (rollback.job.kind, rollback.job.status) == ("rollback", "completed")
    assert standing(company, "A") == before
    rolled_back(company, rollback)
    assert standing(company, "A") == after


def test_a_cell_that_was_changed_since_stays_and_is_told() -> None:
    company = shop("A", "B", brand="Apple")
    upload = finished(
        company,
        uploaded(
            company, sheet(["SKU", "Brand", "SitePrice"], ["A", "Nokia", "150"], ["B", "Nokia", ""]), name="n.csv"
        ),
    )
    update_products(company=company, changes={"A": {"brand": "Sony"}, "B": {"brand": "Sony"}}, origin=ORIGIN, now=NOW)
    _, (first, second) = told(rolled_back(company, upload))
    assert (first.status, second.status) == ("changed", "failed")
    for row in (first, second):
        assert [mistake.column for mistake in row.mistakes] == ["Brand"]
        assert "which left “Nokia”: it is “Sony” now" in row.mistakes[0].reason
    product = catalog.product(company, "A")
    assert (product.brand, str(product.site_price)) == ("Sony", "199.90")


def test_a_rollback_has_a_log_and_a_result_file_like_an_upload() -> None:
    company = shop("A", "B", brand="Apple")
    content = sheet(
        ["SKU", "Brand", "BackmarketTitle", "BackmarketPrice"], ["A", "Nokia", "T", "150"], ["B", "=Nokia", "", ""]
    )
    upload = finished(company, uploaded(company, content, name="n.csv"))
    update_products(company=company, changes={"A": {"brand": "Sony"}}, origin=ORIGIN, now=NOW)
    rollback = rolled_back(company, upload)
    stream = io.BytesIO()
    queries.write_result(company, rollback.pk, stream)
    header, first, second = csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig")))
    assert header == ["SKU", "Brand", "BackmarketTitle", "BackmarketPrice", "ListwrightStatus", "ListwrightMessage"]
    assert first[:5] == ["A", "Apple", "[clear]", "[clear]", "changed"]
    assert "Changed since the upload" in first[5]
    assert second == ["B", "Apple", "", "", "changed", ""]
    logged = {
        (line.sku, cell.field): (cell.old, cell.new)
        for line in queries.log(company, rollback.pk)
        for cell in line.cells
    }
    assert logged["A", "title"] == ("T", None)
    assert logged["B", "brand"] == ("=Nokia", "Apple")
    assert ("A", "brand") not in logged

    counts, _ = told(finished(company, uploaded(company, stream.getvalue())))  # what was left can be had after all
    assert (counts.changed, counts.unchanged) == (1, 1)
    assert catalog.product(company, "A").brand == "Apple"


def test_created_products_are_left_and_told_and_enabling_is_taken_back() -> None:
    company = shop("A")
    content = sheet(["SKU", "Brand", "BackmarketEnabled"], ["A", "", "Yes"], ["N", "Nokia", ""])
    upload = finished(company, uploaded(company, content, create_missing=True))
    rollback = rolled_back(company, upload)
    assert (rollback.changed, rollback.skipped) == (1, 1)
    assert listings.properties(company, "A").status == "never_enabled"
    assert catalog.product(company, "N").brand == "Nokia"


def test_what_was_taken_offline_goes_on_again() -> None:
    company = shop("A")
    enable(company=company, skus=["A"], origin=ORIGIN, now=NOW)
    upload = finished(company, uploaded(company, sheet(["SKU", "BackmarketEnabled"], ["A", "No"]), then="offline"))
    assert listings.properties(company, "A").status == "taken_offline"
    rolled_back(company, upload)
    assert listings.properties(company, "A").status == "on"


def test_only_what_was_applied_can_be_rolled_back() -> None:
    company = shop("A")
    upload = uploaded(company, sheet(["SKU", "Brand"], ["A", "Nokia"]))
    with pytest.raises(Conflict):
        uploads.roll_back_upload(company=company, upload_id=upload.pk, origin=ANA, now=NOW)
