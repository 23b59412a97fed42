"""What a job's row still asks for: texts of further markets, price and quantity by single update."""

from collections.abc import Sequence

from listwright.companies import queries as companies
from listwright.companies.models import Account
from listwright.listings.queries.facts import account_facts, load, market_enabled
from listwright.listings.queries.information import ListingInformation, information
from listwright.listings.queries.offers import offers
from listwright.sync.bulk.work import CONTENT


def content_steps(*, account_id: int, listing_ids: Sequence[int], with_default: bool = False) -> dict[int, list[str]]:
    """The `content:` steps each listing needs beyond its default market, by listing id.

    A further market needs one where it has a title or description of its own, or where the comment, warranty or min
    price there is not the wanted one. `with_default` adds the default market, which an update of a linked listing always names.
    """
    account = Account.objects.get(id=account_id)
    steps: dict[int, list[str]] = {listing_id: [] for listing_id in listing_ids}
    for row in companies.markets(account):
        is_default = row.market == account.default_market
        if not row.enabled or (is_default and not with_default):
            continue
        for item in information(account_id=account_id, listing_ids=listing_ids, market=row.market):
            if is_default or _differs(item):
                steps[item.listing_id].append(f"{CONTENT}{row.market}")
    return steps


def _differs(item: ListingInformation) -> bool:
    wanted = item.information
    return (
        item.own_texts
        or (bool(wanted.comment) and wanted.comment != item.comment_there)
        or (wanted.warranty_months is not None and wanted.warranty_months != item.warranty_there)
        or (wanted.min_price is not None and wanted.min_price != item.min_price_there)
    )


def markets_to_send(*, account_id: int, listing_ids: Sequence[int]) -> dict[int, list[str]]:
    """The markets that price and quantity of each listing go to, by listing id: every updated one with a price, and the
    default market when there is a quantity to send. Empty when there is nothing to send."""
    account = account_facts(account_id)
    found: dict[int, list[str]] = {}
    listings = load(account, listing_ids)
    for listing, offer in zip(listings, offers(account, listings), strict=True):
        markets = [
            price.market
            for price, state in zip(offer.prices, listing.states, strict=True)
            if price.price is not None and market_enabled(account, price.market, state)
        ]
        if offer.quantity is not None and not markets:
            markets = [account.default_market]
        found[listing.listing_id] = markets
    return found
