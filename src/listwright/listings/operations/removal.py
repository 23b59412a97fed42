"""Remove products that may stand on Back Market: zero is confirmed before the record goes (B5, rule 10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from listwright.catalog.models import Product
from listwright.catalog.operations import delete_products, finish_deletions
from listwright.catalog.types import DeleteResult
from listwright.changes.origin import Origin
from listwright.common.text import fold
from listwright.companies.models import Company
from listwright.listings.operations.edits import Then
from listwright.listings.operations.offline import cannot_go_offline, confirmed_at_zero, take_offline


def remove_products(
    *, company: Company, skus: Sequence[str], then: Then | None, origin: Origin, now: datetime
) -> DeleteResult:
    """Delete products, all or none of those named; the one operation behind every front door's delete.

    `then` is needed when one of them is linked: "leave" deletes at once and the listing stays as it stands; "offline"
    takes the listing offline, has a zero sent, and marks the product as leaving: it goes by itself once the zero is
    confirmed (`finish_removals`), unless somebody enables it before. Raises NotFound naming a SKU, Conflict when the
    choice is missing, NotReady when "offline" finds a listing that is held for a person.
    """
    with transaction.atomic():
        going = _not_confirmed(company, skus) if then == "offline" else []
        if not going:
            # Whatever is linked is confirmed at zero, or is to be left: nothing to wait for.
            return delete_products(
                company=company, skus=skus, then="leave" if then == "offline" else then, origin=origin, now=now
            )
        for row in going:
            if row.held:
                raise cannot_go_offline(row.sku)
        take_offline(company_id=company.pk, listing_ids=[row.listing_id for row in going], origin=origin, now=now)
        waiting = {fold(row.sku): row for row in going}
        products = Product.objects.filter(pk__in=[row.product_id for row in going], leaving_since__isnull=True)
        products.update(leaving_since=now)
        at_once = [sku for sku in skus if fold(sku.strip()) not in waiting]
        deleted: tuple[str, ...] = ()
        if at_once:
            deleted = delete_products(company=company, skus=at_once, then="leave", origin=origin, now=now).deleted
        return DeleteResult(deleted, tuple(row.sku for row in going))


def finish_removals(*, account_id: int, origin: Origin, now: datetime) -> list[str]:
    """Delete the products that were waiting for their zero and have it confirmed; returns their SKUs.

    To be called whenever zeros were accepted or read. Most often nothing waits, which one small index tells.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT listing.id, listing.product_id, product.company_id FROM catalog_product AS product "
            "JOIN listings_listing AS listing ON listing.product_id = product.id "
            "WHERE product.leaving_since IS NOT NULL AND listing.account_id = %s",
            [account_id],
        )
        leaving = cursor.fetchall()
        if not leaving:
            return []
        confirmed = confirmed_at_zero(listing_ids=[listing_id for listing_id, _, _ in leaving])
        product_ids = [product_id for listing_id, product_id, _ in leaving if listing_id in confirmed]
        if not product_ids:
            return []
        return finish_deletions(company_id=leaving[0][2], product_ids=product_ids, origin=origin, now=now)


class _Going(NamedTuple):
    listing_id: int
    product_id: int
    sku: str
    held: bool


def _not_confirmed(company: Company, skus: Sequence[str]) -> list[_Going]:
    """The linked listings of these products that are not confirmed at zero yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT listing.id, product.id, product.sku, listing.link_problem <> '' FROM catalog_product AS product "
            "JOIN listings_listing AS listing ON listing.product_id = product.id "
            "WHERE product.company_id = %s AND lower(product.sku) = ANY(%s) AND listing.back_market_id IS NOT NULL "
            "ORDER BY product.id",
            [company.pk, [fold(sku.strip()) for sku in skus]],
        )
        linked = [_Going(*row) for row in cursor.fetchall()]
    confirmed = confirmed_at_zero(listing_ids=[row.listing_id for row in linked])
    return [row for row in linked if row.listing_id not in confirmed]
