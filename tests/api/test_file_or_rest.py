"""The same fifty changes, one by one through REST and all at once by a file, leave the same behind, origin apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from listwright.bulk import operations
from listwright.catalog import operations as catalog
from listwright.catalog import queries as products
from listwright.catalog.types import ProductData
from listwright.changes.models import Change, Stale
from listwright.companies.models import Account, Company
from listwright.listings import queries as listings
from listwright.listings.models import ListingMarketState, ListingState
from listwright.listings.operations import store_categories, update_properties
from listwright.sync.planner import plan_once
from listwright.web.backmarket.page import live
from tests.api.conftest import ORIGIN, Api
from tests.api.test_uploads import checked
from tests.domain.listings.makers import TREE

PRODUCTS = range(50)


class Field(NamedTuple):
    """A field by its path in REST, its header, and the value for the n-th product; None empties."""

    subject: str
    path: tuple[str, ...]
    header: str
    value: Callable[[int], Any]


FIELDS = (
    Field("product", ("name",), "ProductName", lambda n: f"Phone {n}"),
    Field("product", ("brand",), "Brand", lambda n: ("Nokia", "Apple", None)[n % 3]),
    Field("product", ("condition",), "Condition", lambda n: ("Fine", "Used")[n % 2]),
    Field("product", ("ean",), "EAN", lambda n: ("4006381333931", None)[n % 2]),
    Field("product", ("weight_oz",), "WeightOz", lambda n: f"{n}.5"),
    Field("product", ("site_price",), "SitePrice", lambda n: f"{150 + n}.00"),
    Field("product", ("description",), "Description", lambda n: f"Tested.\nBatch {n}"),
    Field("product", ("images",), "GalleryImageURL", lambda n: [{"url": f"https://x.test/{n}.jpg", "main": True}]),
    Field("product", ("stock", "main"), "Qty:main", lambda n: n % 4),
    Field("product", ("stock", "Outlet"), "Qty:Outlet", lambda n: n),
    Field("listing", ("title",), "BackmarketTitle", lambda n: f"Phone {n}, unlocked"),
    Field("listing", ("price",), "BackmarketPrice", lambda n: (f"{140 + n}.50", None)[n % 5 == 4]),
    Field("listing", ("max_quantity",), "BackmarketMaxQty", lambda n: 1 + n % 3),
    Field("listing", ("safety_quantity",), "BackmarketSafetyQty", lambda n: n % 3),
    Field("listing", ("warranty_months",), "BackmarketWarrantyLength", lambda n: 12 + n),
    Field("listing", ("category",), "BackmarketCategory", lambda n: (1002, 1003)[n % 2]),
    Field("listing", ("enabled",), "BackmarketEnabled", lambda n: True),
    Field("listing", ("min_price",), "BackMarketMinPrice", lambda n: "99.00"),
    Field("listing", ("markets", "en-gb", "price"), "BackMarketPrice:en-gb", lambda n: f"{130 + n}.00"),
    Field("listing", ("markets", "en-gb", "comment"), "BackMarketComment:en-gb", lambda n: f"As good as new, {n}"),
)


def changed(number: int) -> list[Field]:
    """The fields that the n-th product has changed: each product others."""
    return [
        field for place, field in enumerate(FIELDS) if (number * (place + 3) + place) % 7 < 2 or place == number % 20
    ]


def body(number: int, subject: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in changed(number):
        if field.subject == subject:
            inner = values
            for step in field.path[:-1]:
                inner = inner.setdefault(step, {})
            inner[field.path[-1]] = field.value(number)
    return values


def as_cell(value: Any) -> Any:
    if isinstance(value, list):
        return value[0]["url"]
    return "[clear]" if value is None else value


def file(skus: list[str]) -> bytes:
    """The same values as cells."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["SKU", *(field.header for field in FIELDS)])
    for number, sku in enumerate(skus):
        values = {field.header: field.value(number) for field in changed(number)}
        cells = [values.get(field.header, "") for field in FIELDS]
        rows.writerow([sku, *map(as_cell, cells)])
    return text.getvalue().encode()


def left_behind(company: Company, sku: str) -> dict[str, str]:
    """All that a change leaves, the SKU aside: history, generation, desired values, timeline."""
    listing = listings.properties(company, sku)
    product_id = products.product(company, sku).id
    history = Change.objects.filter(subject="product", subject_id=product_id) | Change.objects.filter(
        subject="listing", subject_id=listing.id
    )
    state = ListingState.objects.get(listing=listing.id)
    markets = ListingMarketState.objects.filter(listing=listing.id).order_by("market")
    left = {
        "history": list(history.order_by("id").values_list("subject", "operation", "cells")),
        "generation": Stale.objects.values_list("generation", "planned", "urgency").get(product=product_id),
        "quantity": (state.quantity_desired, state.quantity_due, state.quantity_urgency, state.ready, state.missing),
        "prices": list(markets.values_list("market", "price_desired", "price_due", "price_urgency")),
        "timeline": [(event.text, event.colour, event.details) for event in live(company, sku, listing)["events"]],
    }
    return {name: repr(value).replace(sku, "SKU") for name, value in left.items()}


@pytest.mark.django_db(transaction=True)
def test_the_same_changes_by_rest_and_by_file_leave_the_same(
    api: Api, acme: Company, account: Account, now: datetime
) -> None:
    store_categories(account_id=account.pk, tree=TREE, now=now)
    catalog.create_warehouse(company=acme, name="Outlet", sellable=True, origin=ORIGIN, now=now)
    by_rest, by_file = ([f"{series}-{number:02}" for number in PRODUCTS] for series in ("REST", "FILE"))
    for skus in (by_rest, by_file):
        data = [
            ProductData(sku=sku, name="Old", brand="Old", condition="Used", site_price="199.90", stock={"main": 3})
            for sku in skus
        ]
        catalog.create_products(company=acme, products=data, origin=ORIGIN, now=now)
        titled = {sku: {"title": "Old", "price": "180"} for sku in skus}
        update_properties(company=acme, changes=titled, origin=ORIGIN, now=now)
    before = Change.objects.count()

    for number, sku in enumerate(by_rest):
        for subject, address in (("product", f"products/{sku}"), ("listing", f"products/{sku}/backmarket")):
            if values := body(number, subject):
                answer = api("PATCH", address, values)
                assert answer.status == 200, answer.json
    written = Change.objects.count() - before
    upload = checked(api, now, file(by_file))
    assert api("GET", f"uploads/{upload}").json["failed"] == 0
    operations.apply_upload(company=acme, upload_id=upload, origin=ORIGIN, now=now)
    operations.apply_now(upload_id=upload, now=now + timedelta(hours=1))
    assert Change.objects.count() - before == 2 * written > 80
    while plan_once(now=now).busy:
        pass

    for one, other in zip(by_rest, by_file, strict=True):
        assert left_behind(acme, one) == left_behind(acme, other)
    origins = Change.objects.order_by("id").values_list("origin", flat=True)[before:]
    assert [*origins] == ["token"] * written + ["upload"] * written
