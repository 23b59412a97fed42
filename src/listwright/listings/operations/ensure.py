"""Give products their listing: every product of a company that is connected to a channel has one."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from listwright.channels.registry import channel
from listwright.listings.models import Listing

TAKEN = "merchant_sku_taken"
TAKEN_MESSAGE = "Another product's Merchant SKU is this product's SKU. Give one of the two another Merchant SKU."

LACKING = """
SELECT p.id, p.sku FROM companies_account a JOIN catalog_product p ON p.company_id = a.company_id
WHERE a.id = %s AND p.id = ANY(%s) AND NOT EXISTS (SELECT FROM listings_listing l WHERE l.product_id = p.id)
ORDER BY p.id
"""
STATES = """
INSERT INTO listings_listingstate (listing_id, account_id, planned_generation, planned_settings, quantity_due,
    quantity_urgency, forced, attempts, error_code, error_message, ready, missing)
SELECT id, account_id, 0, 0, false, 9, false, 0, '', '', false, '[]' FROM listings_listing
WHERE account_id = %s AND id = ANY(%s) ORDER BY id ON CONFLICT DO NOTHING
"""
MARKET_STATES = """
INSERT INTO listings_listingmarketstate (listing_id, account_id, market, currency, comment_there, price_due,
    price_urgency, forced, attempts, error_code, error_message)
SELECT l.id, l.account_id, m.market, m.currency, '', false, 9, false, 0, '', ''
FROM listings_listing l CROSS JOIN unnest(%s::text[], %s::text[]) AS m (market, currency)
WHERE l.account_id = %s AND l.id = ANY(%s) ORDER BY l.id, m.market ON CONFLICT DO NOTHING
"""
# A keyset of its own, because a product is only ever looked at once.
WITHOUT_LISTING = """
SELECT p.id FROM companies_account a JOIN catalog_product p ON p.company_id = a.company_id
WHERE a.id = %s AND p.id > %s AND NOT EXISTS (SELECT FROM listings_listing l WHERE l.product_id = p.id)
ORDER BY p.id LIMIT %s
"""


def ensure(*, account_id: int, product_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Make listing and state rows for those of these products of the account's company that lack them.

    Returns {product id: listing id} of all of them that have one now. A product whose SKU is another listing's merchant
    SKU gets a listing that is held for a person (`link_problem`). One transaction; two at once do no harm.
    """
    ids = list(product_ids)
    with transaction.atomic():
        _create(account_id, ids, now, taken=False)
        _create(account_id, ids, now, taken=True)
        listings = dict(
            Listing.objects.filter(account_id=account_id, product_id__in=ids).values_list("product_id", "id")
        )
        ensure_states(account_id=account_id, listing_ids=list(listings.values()))
    return listings


def ensure_states(*, account_id: int, listing_ids: Sequence[int]) -> None:
    """Make the state rows these listings lack: the shared one, and one for each of the account's markets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT channel FROM companies_account WHERE id = %s", [account_id])
        account = cursor.fetchone()
        if account is None:
            return
        cursor.execute("SELECT market FROM companies_accountmarket WHERE account_id = %s", [account_id])
        markets = [market for (market,) in cursor.fetchall()]
        currencies = [channel(account[0]).market(market).currency for market in markets]
        cursor.execute(STATES, [account_id, list(listing_ids)])
        cursor.execute(MARKET_STATES, [markets, currencies, account_id, list(listing_ids)])


def products_without_listing(*, account_id: int, after: int, limit: int) -> list[int]:
    """Products of the account's company that have no listing yet, by id, behind `after`."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_LISTING, [account_id, after, limit])
        return [product_id for (product_id,) in cursor.fetchall()]


def _create(account_id: int, product_ids: list[int], now: datetime, *, taken: bool) -> None:
    """Create the lacking listings; with `taken`, those whose SKU another listing has already as its merchant SKU."""
    with connection.cursor() as cursor:
        cursor.execute(LACKING, [account_id, product_ids])
        lacking = cursor.fetchall()
    if not lacking:
        return
    Listing.objects.bulk_create(
        [
            Listing(
                account_id=account_id,
                product_id=product_id,
                status_since=now,
                effective_merchant_sku=f"{sku[:170]} (product {product_id})" if taken else sku,
                link_problem=TAKEN if taken else "",
                link_problem_message=TAKEN_MESSAGE if taken else "",
            )
            for product_id, sku in lacking
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )
