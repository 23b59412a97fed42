"""Delete products. None that is linked to Back Market goes without somebody saying what becomes of it there (B5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.db import transaction

from listwright.catalog.fields import sku_key
from listwright.catalog.models import Product
from listwright.catalog.operations.counting import lock_products
from listwright.catalog.types import DeleteResult
from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, NotFound
from listwright.common.text import visible
from listwright.companies.models import Company


@transaction.atomic
def delete_products(
    *, company: Company, skus: Sequence[str], then: Literal["leave"] | None, origin: Origin, now: datetime
) -> DeleteResult:
    """Delete products, all or none of those named. With `leave`, linked listings stay on Back Market as they stand.

    Front doors call `listings.operations.remove_products`, which can take them offline first and wait for the zero.
    Raises NotFound naming a SKU, Conflict when one is linked and `then` is not given.
    """
    asked = {sku_key(sku): sku for sku in skus}
    found = lock_products(company.pk, asked)
    missing = [sku for key, sku in asked.items() if key not in found]
    if missing:
        raise NotFound("product_not_found", f"There is no product “{visible(missing[0][:200])}”.")
    if then is None:
        # The listings are above this package; only the product's own relation to them is asked.
        linked = Product.objects.filter(pk__in=found.values(), listing__back_market_id__isnull=False)
        skus_linked = list(linked.order_by("sku").values_list("sku", flat=True)[:2])
        if skus_linked:
            message = (
                f"“{skus_linked[0]}” {'and others are' if len(skus_linked) > 1 else 'is'} linked to Back Market. Say"
                " then=offline to stop selling there first, or then=leave to leave the listing as it stands."
            )
            raise Conflict("linked", message, {"then": message})
    return DeleteResult(tuple(_delete(company.pk, list(found.values()), origin, now)), ())


@transaction.atomic
def finish_deletions(*, company_id: int, product_ids: Sequence[int], origin: Origin, now: datetime) -> list[str]:
    """Delete those of these products that wait for their zero; the caller has read it there. Returns their SKUs."""
    leaving = Product.objects.filter(company_id=company_id, pk__in=product_ids, leaving_since__isnull=False)
    return _delete(
        company_id, list(leaving.order_by("pk").select_for_update().values_list("pk", flat=True)), origin, now
    )


def _delete(company_id: int, product_ids: Sequence[int], origin: Origin, now: datetime) -> list[str]:
    rows = list(Product.objects.filter(pk__in=product_ids).order_by("pk").values_list("pk", "sku", "name"))
    entries = [Entry("product", pk, "delete", {"sku": [sku, None], "name": [name, None]}) for pk, sku, name in rows]
    record(company_id=company_id, entries=entries, origin=origin, now=now)
    Product.objects.filter(pk__in=[pk for pk, _, _ in rows]).delete()
    return [sku for _, sku, _ in rows]
