from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from listwright.catalog import operations
from listwright.catalog.models import Product
from listwright.catalog.types import ProductData, StockChange, StockResult
from listwright.changes.models import Change, Stale
from listwright.changes.origin import Origin
from listwright.companies.models import Company

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORIGIN = Origin("person", 1, "Ana")


@pytest.fixture
def acme(db: None) -> Company:
    return operations.open_company(slug="acme", name="Acme", currency="EUR", creator=None, origin=ORIGIN, now=NOW)


@pytest.fixture
def rival(db: None) -> Company:
    return operations.open_company(slug="rival", name="Rival", currency="GBP", creator=None, origin=ORIGIN, now=NOW)


def create(company: Company, *skus: str, **fields: Any) -> list[Product]:
    data = [ProductData(sku=sku, **fields) for sku in skus]
    return operations.create_products(company=company, products=data, origin=ORIGIN, now=NOW)


def set_stock(company: Company, *changes: StockChange, now: datetime = NOW) -> StockResult:
    return operations.set_stock(company=company, changes=changes, origin=ORIGIN, now=now)


def update(company: Company, sku: str, /, **changes: Any) -> Mapping[str, list[Any]]:
    """Change one product; its cells, empty when nothing changed."""
    result = operations.update_product(company=company, sku=sku, changes=changes, origin=ORIGIN, now=NOW)
    return result.cells.get(sku, {})


def generations(company: Company) -> dict[str, int]:
    """{SKU: generation} of the products marked stale."""
    return dict(Stale.objects.filter(company=company).values_list("product__sku", "generation"))


def urgency(product: Product) -> int:
    return Stale.objects.get(product=product).urgency


def settle() -> None:
    """As after planning: nothing waits, history is empty."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM changes_stale")
        cursor.execute("DELETE FROM changes_change")


def history(product: Product) -> list[tuple[str, dict[str, Any]]]:
    rows = Change.objects.filter(subject="product", subject_id=product.pk).order_by("id")
    return list(rows.values_list("operation", "cells"))


def link(product: Product, company: Company, **values: Any) -> None:
    """A linked listing, by hand: listings are above this package."""
    from listwright.companies.models import Account
    from listwright.listings.models import Listing

    account, _ = Account.objects.get_or_create(company=company, defaults={"created_at": NOW})
    Listing.objects.create(
        account=account,
        product=product,
        status_since=NOW,
        effective_merchant_sku=product.sku,
        back_market_id=f"00000000-0000-0000-0000-{product.pk:012}",
        **values,
    )
