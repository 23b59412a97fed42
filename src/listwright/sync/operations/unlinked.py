"""What a person decides about listings Back Market has and Listwright does not: link, create a product, ignore (B6)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from listwright.catalog import operations as catalog
from listwright.catalog import queries as products
from listwright.catalog.types import ProductData
from listwright.changes.origin import Origin
from listwright.common.errors import NotFound
from listwright.common.text import fold
from listwright.companies import queries as companies
from listwright.companies.models import Account, Company
from listwright.listings import operations as listings
from listwright.sync.commits import commit
from listwright.sync.models import UnlinkedListing


def link(*, company: Company, back_market_id: str, sku: str, origin: Origin, now: datetime) -> None:
    """Link it to a product of ours, whatever their SKUs; what stands there becomes the baseline, Enabled is off.

    Raises NotFound for an unknown listing or SKU, Conflict when either is linked already.
    """
    with commit("link unlinked"):
        account = companies.account(company)
        found = _locked(account, back_market_id)
        product = products.product(company, sku)
        by_product = listings.ensure(account_id=account.id, product_ids=[product.id], now=now)
        if fold(product.sku) != fold(found.sku):
            # Back Market cannot rename a listing, so the product takes its SKU as merchant SKU.
            listings.update_listing(
                company=company, sku=product.sku, values={"merchant_sku": found.sku}, origin=origin, now=now
            )
        _adopt(account, found, by_product[product.id], origin, now)


def create(*, company: Company, back_market_ids: Sequence[str], origin: Origin, now: datetime) -> int:
    """Make a product of ours for each, with its SKU, title and price, and link it. Returns how many were made.

    Stock stays unknown until it is set, so nothing is sent. Raises Conflict when a SKU is taken.
    """
    with commit("create unlinked"):
        account = companies.account(company)
        found = [_locked(account, back_market_id) for back_market_id in back_market_ids]
        made = catalog.create_products(
            company=company,
            products=[
                ProductData(sku=row.sku, name=row.title, site_price=_price(row, company.currency)) for row in found
            ],
            origin=origin,
            now=now,
        )
        by_product = listings.ensure(account_id=account.id, product_ids=[product.id for product in made], now=now)
        for row, product in zip(found, made, strict=True):
            _adopt(account, row, by_product[product.id], origin, now)
        return len(made)


def ignore(*, company: Company, back_market_ids: Sequence[str], ignored: bool, now: datetime) -> int:
    """Take listings out of the way, or bring them back; they are never written to either way. Returns how many."""
    account = companies.account(company)
    with commit("ignore unlinked"):
        return UnlinkedListing.objects.filter(account=account, back_market_id__in=back_market_ids).update(
            ignored_at=now if ignored else None
        )


def _locked(account: Account, back_market_id: str) -> UnlinkedListing:
    found = UnlinkedListing.objects.select_for_update().filter(account=account, back_market_id=back_market_id).first()
    if found is None:
        raise NotFound("unlinked_not_found", f"There is no unlinked listing with the Back Market ID {back_market_id}.")
    return found


def _adopt(account: Account, row: UnlinkedListing, listing_id: int, origin: Origin, now: datetime) -> None:
    baseline = listings.Baseline(
        listing_id=listing_id,
        back_market_id=str(row.back_market_id),
        back_market_listing_id=row.back_market_listing_id,
        back_market_product_id=row.back_market_product_id,
        quantity=row.quantity,
        markets={market: _there(values) for market, values in row.markets.items()},
        grade=row.grade,
    )
    result = listings.link(account_id=account.id, baselines=[baseline], adopted=True, origin=origin, now=now)
    for error in result.errors.values():
        raise error
    row.delete()


def _there(values: dict[str, Any]) -> "listings.MarketThere":
    return listings.MarketThere(
        currency=values["currency"],
        price=_decimal(values["price"]),
        comment=values["comment"],
        warranty_months=values["warranty_months"],
        min_price=_decimal(values["min_price"]),
        max_price=_decimal(values["max_price"]),
        publication_state=values["publication_state"],
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _price(row: UnlinkedListing, currency: str) -> Decimal | None:
    """A price in the company's currency, if any market shows one."""
    prices = (_decimal(values["price"]) for values in row.markets.values() if values["currency"] == currency)
    return next((price for price in prices if price is not None), None)
