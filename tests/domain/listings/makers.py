"""A connected company, products and reads of Back Market for the tests of listings."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from listwright.catalog import grid
from listwright.catalog.models import Product
from listwright.changes.models import Change, Stale
from listwright.changes.origin import Origin
from listwright.channels.protocol import RemoteAttribute, RemoteCategory
from listwright.common.errors import DomainError
from listwright.companies.models import Account, AccountMarket, Company
from listwright.listings import operations
from listwright.listings.models import Listing
from listwright.listings.operations import Baseline, MarketThere

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
ORIGIN = Origin.system("test")


def connected(slug: str = "acme", currency: str = "EUR", **settings: Any) -> tuple[Company, Account]:
    """A company with an account in Europe and three markets."""
    company = Company.objects.create(slug=slug, name=slug, currency=currency, created_at=NOW)
    account = Account.objects.create(company=company, region="eu", created_at=NOW, **settings)
    for market in ("fr-fr", "de-de", "en-gb"):
        AccountMarket.objects.create(account=account, market=market)
    return company, account


def products(company: Company, *skus: str, **fields: Any) -> list[Product]:
    """Products with their grid rows; listings are made by the first operation that needs them."""
    made = [
        Product(company=company, sku=sku, created_at=NOW, updated_at=NOW, **{"site_price": Decimal("199.90"), **fields})
        for sku in skus
    ]
    Product.objects.bulk_create(made)
    grid.refresh([product.pk for product in made])
    return made


def listed(company: Company, account: Account, *skus: str, **fields: Any) -> list[Listing]:
    """Products with a listing each, in the order of the SKUs."""
    made = products(company, *skus, **fields)
    operations.ensure(account_id=account.pk, product_ids=[product.pk for product in made], now=NOW)
    by_product = {listing.product_id: listing for listing in Listing.objects.filter(account=account)}
    return [by_product[product.pk] for product in made]


def standing(listing: Listing, number: int = 1, *, quantity: int | None = 5, **prices: str | None) -> Baseline:
    """What Back Market shows of a listing; prices by market, written fr_fr=…"""
    currencies = {"en-gb": "GBP", "sv-se": "SEK"}
    markets = {
        name.replace("_", "-"): MarketThere(
            currencies.get(name.replace("_", "-"), "EUR"),
            None if price is None else Decimal(price),
            comment="As good as new",
            warranty_months=12,
            publication_state=2,
        )
        for name, price in prices.items()
    }
    return Baseline(listing.pk, str(UUID(int=number)), 1000 + number, f"P{number}", quantity, markets)


def fresh(listing: Listing) -> Listing:
    """The listing as it is stored now."""
    return Listing.objects.select_related("state").get(pk=listing.pk)


def history(listing: Listing) -> list[tuple[str, dict[str, Any]]]:
    """(operation, cells) of a listing's history, oldest first."""
    rows = Change.objects.filter(subject="listing", subject_id=listing.pk).order_by("id")
    return list(rows.values_list("operation", "cells"))


def planned(*listings: Listing) -> None:
    """As the planner leaves it: nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE changes_stale SET planned = generation WHERE product_id = ANY(%s)",
            [[listing.product_id for listing in listings]],
        )


def waiting(listing: Listing) -> int | None:
    """The urgency at which a listing waits to be planned, None when it does not."""
    row = Stale.objects.filter(product_id=listing.product_id).first()
    return row.urgency if row is not None and row.planned < row.generation else None


def leaf(number: int, name: str, *attributes: RemoteAttribute) -> RemoteCategory:
    """A leaf whose marketplace id is its number + 1000."""
    return RemoteCategory(number, 1000 + number, name, True, attributes, ())


def branch(number: int, name: str, children: Sequence[RemoteCategory]) -> RemoteCategory:
    """A node with categories below it."""
    return RemoteCategory(number, 1000 + number, name, False, (), tuple(children))


COLOR = RemoteAttribute("color", "Colour", 3, ("Black", "White"), True)
STORAGE = RemoteAttribute("storage", "Storage", 1, (), True)
TREE = (
    branch(1, "Smartphones", [leaf(2, "iPhone", COLOR, STORAGE), leaf(3, "Accessories")]),
    branch(4, "Tablets", [leaf(5, "iPad", COLOR), leaf(6, "Accessories")]),
)


def linked(
    company: Company, account: Account, *skus: str, adopted: bool = False, on: bool = True, quantity: int = 5
) -> list[Listing]:
    """Listings, enabled and linked; the first has Back Market ID 1."""
    listings = listed(company, account, *skus)
    if on:
        operations.enable(company=company, skus=skus, origin=ORIGIN, now=NOW)
    baselines = [
        standing(listing, number, quantity=quantity, fr_fr="200", de_de="200", en_gb="170")
        for number, listing in enumerate(listings, start=1)
    ]
    result = operations.link(account_id=account.pk, baselines=baselines, adopted=adopted, origin=ORIGIN, now=NOW)
    assert not result.errors
    return [fresh(listing) for listing in listings]


def change(company: Company, sku: str, **values: Any) -> dict[str, list[Any]]:
    return dict(operations.update_listing(company=company, sku=sku, values=values, origin=ORIGIN, now=LATER))


def refused(company: Company, sku: str, **values: Any) -> DomainError:
    with pytest.raises(DomainError) as raised:
        change(company, sku, **values)
    return raised.value
