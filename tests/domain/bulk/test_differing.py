"""What the database finds differing is what the rules find: a blank column that only they judge changes nothing."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listwright.bulk.models import Upload, UploadRow
from listwright.catalog.operations import create_warehouse
from listwright.companies.models import Company
from listwright.listings.operations import enable, update_properties
from tests.domain.bulk.makers import NOW, ORIGIN, finished, sheet, shop, uploaded

pytestmark = pytest.mark.django_db

RULED = "GalleryImageURL"
HEADERS = (
    "ProductName", "EAN", "Brand", "Condition", "WeightLbs", "WeightOz", "SitePrice", "ListPrice", "Description", "Qty",
    "Qty:Outlet", "BackmarketTitle", "DescriptionForChannel_BackMarket", "BackmarketWarrantyLength", "BackmarketCondition",
    "BackmarketEnableMaxQty", "BackmarketMaxQty", "BackmarketSafetyQty", "BackmarketPrice", "BackMarketComment",
)  # fmt: skip
CELLS = st.sampled_from(
    ["", "", "[clear]", "Apple", "apple", " Apple ", "Grüße \"6\"", "=1", "'=1", "0", "1", "3", "12", "5.0", "5.25", "007",
     "150", "150.00", "199.90", "1.099", "99.999", "Yes", "No", "4006381333931", "x\ny", "\\N", "{a}", "%s"]
)  # fmt: skip
SKUS = ("A", "b", "C", "D", "E", "N", "a")


@pytest.fixture
def world(db: None) -> Company:
    """Products as files meet them: bare, with a listing, with prices of its own, with a min price, with one in a market."""
    company = shop("A", "B", "C", "D", "E", brand="Apple", stock={"main": 3}, weight_oz="5.00", condition="Used")
    create_warehouse(company=company, name="Outlet", sellable=False, origin=ORIGIN, now=NOW)
    enable(company=company, skus=["A"], origin=ORIGIN, now=NOW)
    changes: dict[str, dict[str, Any]] = {
        "B": {"title": "Apple", "price": "150", "safety_quantity": 1, "warranty_months": 12},
        "C": {"price": "150", "min_price": "100", "max_quantity": 3, "max_quantity_enabled": True},
        "D": {"markets": {"de-de": {"min_price": "140"}}},
    }
    update_properties(company=company, changes=changes, origin=ORIGIN, now=NOW)
    return company


def judged(upload: Upload) -> list[tuple[Any, ...]]:
    rows = UploadRow.objects.filter(upload=upload).order_by("number")
    return [
        (row.number, row.sku, row.product_id, row.listing_id, row.version, row.status, row.product, row.listing,
         row.mistakes, row.message) for row in rows
    ]  # fmt: skip


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.data(), st.booleans())
def test_files_without_and_with_rules_are_judged_alike(world: Company, data: st.DataObject, create: bool) -> None:
    headers = data.draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8, unique=True))
    rows = [[sku, *data.draw(st.tuples(*[CELLS] * len(headers)))] for sku in SKUS]
    with transaction.atomic():
        plain = uploaded(world, sheet(["SKU", *headers], *rows), create_missing=create)
        ruled = uploaded(world, sheet(["SKU", *headers, RULED], *([*row, ""] for row in rows)), create_missing=create)
        assert judged(plain) == judged(ruled)
        figures = ("rows", "changed", "unchanged", "failed", "skipped", "created", "figures")
        assert [getattr(plain, name) for name in figures] == [getattr(ruled, name) for name in figures]
        transaction.set_rollback(True)


def test_the_database_judges_what_it_can_and_leaves_the_rest(world: Company) -> None:
    rows = [["A", "10", "T"], ["B", "20", "T"], ["C", "30", "T"], ["D", "40", "T"], ["E", "50", "T"], ["N", "60", "T"]]
    upload = uploaded(world, sheet(["SKU", "BackmarketPrice", "BackmarketTitle"], *rows))
    told = {row[1]: row[5] for row in judged(upload)}
    # C's and D's prices would be below their min prices, E has no listing yet, N is no product.
    assert told == {"A": "changed", "B": "changed", "C": "failed", "D": "failed", "E": "changed", "N": "failed"}
    assert finished(world, upload).changed == 3
