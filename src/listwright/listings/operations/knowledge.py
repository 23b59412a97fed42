"""Whether Back Market knows a product: until it has said so, what a proposal needs is a warning (A4)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from listwright.changes.operations import Urgency, mark_stale


def set_unknown_to_back_market(*, account_id: int, listing_ids: Sequence[int], now: datetime) -> None:
    """Back Market has no product for these EANs: from now on what a proposal needs is missing, not a warning."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE listings_listing AS listing SET known_to_back_market = false FROM companies_account AS account"
            " WHERE account.id = listing.account_id AND listing.account_id = %s AND listing.id = ANY(%s)"
            " AND listing.known_to_back_market IS NULL RETURNING account.company_id, listing.product_id",
            [account_id, list(listing_ids)],
        )
        found = cursor.fetchall()
    for company_id in {company_id for company_id, _ in found}:
        product_ids = [product_id for its, product_id in found if its == company_id]
        mark_stale(company_id=company_id, product_ids=product_ids, urgency=Urgency.CONTENT, now=now)
