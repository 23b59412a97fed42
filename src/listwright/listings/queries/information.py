"""Product information as a bulk row needs it: gathered for many listings and one market in one statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from listwright.channels.protocol import ProductInformation
from listwright.channels.registry import channel
from listwright.common.weight import whole_grams
from listwright.listings.rules.pricing import own_or_shared
from listwright.listings.rules.texts import Texts, market_texts


@dataclass(frozen=True, slots=True)
class ListingInformation:
    """A listing's row for one market, and what stands there of it as last read (None or empty: never read)."""

    listing_id: int
    product_id: int
    linked: bool
    information: ProductInformation
    comment_there: str
    warranty_there: int | None
    min_price_there: Decimal | None
    own_texts: bool


SQL = """
SELECT listing.id, product.id, listing.back_market_id IS NOT NULL, listing.effective_merchant_sku, product.ean,
       listing.back_market_product_id, coalesce(mapping.grade, ''), listing.title, listing.description,
       listing.category_id, listing.attributes::text, product.brand, product.list_price, state.price_desired,
       product.weight_lbs, product.weight_oz, coalesce(listing.warranty_months, account.default_warranty_months),
       listing.comment, coalesce(own.title, ''), coalesce(own.description, ''), coalesce(own.comment, ''),
       coalesce(account_market.comment, ''), account.default_comment, company.currency, account.default_market,
       account.channel, coalesce(state.comment_there, ''), state.warranty_there, state.min_price_there,
       account.send_min_price AND listing.repricing_enabled, own.min_price, listing.min_price,
       ARRAY(SELECT url FROM catalog_productimage AS image WHERE image.product_id = product.id
             ORDER BY main DESC, position, id LIMIT 6)
FROM listings_listing AS listing
JOIN catalog_product AS product ON product.id = listing.product_id
JOIN companies_account AS account ON account.id = listing.account_id
JOIN companies_company AS company ON company.id = account.company_id
LEFT JOIN companies_accountmarket AS account_market
       ON account_market.account_id = account.id AND account_market.market = %(market)s
LEFT JOIN listings_listingmarket AS own ON own.listing_id = listing.id AND own.market = %(market)s
LEFT JOIN listings_listingmarketstate AS state ON state.listing_id = listing.id AND state.market = %(market)s
LEFT JOIN companies_conditionmapping AS mapping ON mapping.company_id = company.id
       AND lower(mapping.condition) = lower(CASE WHEN listing.condition <> '' THEN listing.condition ELSE product.condition END)
WHERE listing.account_id = %(account)s AND listing.id = ANY(%(listings)s)
ORDER BY listing.id
"""


def information(*, account_id: int, listing_ids: Sequence[int], market: str) -> list[ListingInformation]:
    """What a bulk row says about each listing in one market; prices are the desired ones, in the market's currency."""
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"account": account_id, "market": market, "listings": list(listing_ids)})
        rows = cursor.fetchall()
    found = []
    for (
        listing_id, product_id, linked, sku, ean, remote_product, grade, title, description, category, attributes, brand,
        list_price, price, lbs, oz, warranty, comment, own_title, own_description, own_comment, market_comment,
        account_comment, currency, default_market, channel_code, comment_there, warranty_there,
        min_price_there, hands_over, own_min_price, min_price, images,
    ) in rows:  # fmt: skip
        market_currency = channel(channel_code).market(market).currency
        own = Texts(own_title, own_description, own_comment)
        texts = market_texts(
            is_default=market == default_market,
            same_currency=market_currency == currency,
            own=own,
            product=Texts(title, description, comment),
            account_market_comment=market_comment,
            account_comment=account_comment,
        )
        lowest = own_or_shared(own_min_price, min_price, same_currency=market_currency == currency)
        facts = ProductInformation(
            sku=sku,
            market=market,
            ean=ean,
            product_id=remote_product,
            grade=grade,
            title=texts.title,
            description=texts.description,
            category_id=category,
            attributes=json.loads(attributes),
            brand=brand,
            list_price=list_price if market_currency == currency else None,
            price=price,
            currency=market_currency,
            weight_grams=whole_grams(lbs, oz),
            warranty_months=warranty,
            comment=texts.comment,
            images=tuple(images),
            propose_product=False,
            min_price=lowest if hands_over else None,
        )
        found.append(
            ListingInformation(
                listing_id,
                product_id,
                linked,
                facts,
                comment_there,
                warranty_there,
                min_price_there,
                bool(own_title or own_description),
            )
        )
    return found
