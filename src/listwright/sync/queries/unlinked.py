"""Listings Back Market has and Listwright does not."""

from collections.abc import Sequence

from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.sync.models import UnlinkedListing


def rows(
    company: Company, *, ignored: bool = False, search: str = "", after_id: int = 0, limit: int = 50
) -> Sequence[UnlinkedListing]:
    """By id, `after_id` the last of the page before; `search` any part of SKU or title."""
    found = UnlinkedListing.objects.filter(account=companies.account(company), id__gt=after_id)
    found = found.filter(ignored_at__isnull=not ignored)
    if search:
        found = found.filter(sku__icontains=search) | found.filter(title__icontains=search)
    return list(found.order_by("id")[:limit])


def count(company: Company) -> int:
    """How many wait for a decision."""
    return UnlinkedListing.objects.filter(account__company=company, ignored_at__isnull=True).count()
