"""The BackBox: who wins a product's place in each market, against rivals who may answer to a price."""

from decimal import Decimal
from typing import Any

from .listings import ONLINE, Listing
from .market import Market, markets_of
from .settings import Settings

_STEP = Decimal("0.01")
_UNDERCUT = Decimal("1.00")
_CLIMB = Decimal("0.50")
_FLOOR = Decimal("0.70")


def competitors(listing: Listing, settings: Settings) -> list[dict[str, Any]]:
    """One entry for each market in which the listing is online and has rivals; empty when there is none."""
    entries = []
    for market in markets_of(settings.region):
        lowest = _lowest_rival(listing, market, settings)
        price = listing.offer(market).price
        if lowest is None or price is None:
            continue
        min_price = listing.offer(market).min_price
        entries.append(
            {
                "listing_id": listing.id,
                "product_id": listing.product.product_id,
                "market": market.country,
                "price": _money(price, market),
                "min_price": None if min_price is None else _money(min_price, market),
                "price_to_win": _money(lowest - _STEP, market),
                "winner_price": _money(min(price, lowest), market),
                "is_winning": price < lowest,
            }
        )
    return entries


def listings_bi(listing: Listing, market: Market, settings: Settings) -> dict[str, Any] | None:
    """The older view of one market (GET /ws/listings_bi); None where there is no competition."""
    lowest = _lowest_rival(listing, market, settings)
    price = listing.offer(market).price
    if lowest is None or price is None:
        return None
    return {
        "product": listing.product.backmarket_id,
        "sku": listing.sku,
        "price": float(price),
        "quantity": listing.quantity,
        "buybox": price < lowest,
        "price_for_buybox": float(lowest - _STEP),
        "current": True,
        "currency": market.currency,
        "condition": 11,
        "same_merchant_winner": price < lowest,
    }


def wins(listing: Listing, market: Market, settings: Settings) -> bool:
    """Whether this listing's price beats all rivals of a market."""
    lowest = _lowest_rival(listing, market, settings)
    price = listing.offer(market).price
    return lowest is not None and price is not None and price < lowest


def undercut(listing: Listing, market: Market, settings: Settings) -> bool:
    """The lowest rival goes below this listing's price, by 1.00, but not under 70 % of its own. Says whether it did."""
    lowest = _lowest_rival(listing, market, settings)
    price = listing.offer(market).price
    if lowest is None or price is None or price >= lowest:
        return False
    new = max(price - _UNDERCUT, (lowest * _FLOOR).quantize(_STEP))
    rivals = listing.product.rivals[market.code]
    rivals[rivals.index(lowest)] = new
    return True


def reprice(listing: Listing, market: Market, settings: Settings) -> bool:
    """The lowest rival answers to this listing's price: beaten, it goes below by 1.00 unless its floor is above that;
    winning by more than 1.00, it climbs to 0.50 below. Says whether it moved."""
    lowest = _lowest_rival(listing, market, settings)
    price = listing.offer(market).price
    if lowest is None or price is None:
        return False
    floor = Decimal(str(settings.rivals_floor)).quantize(_STEP)
    if price < lowest:
        new = max(price - _UNDERCUT, floor)
        if new >= price:
            return False
    elif price - lowest > _UNDERCUT:
        new = max(price - _CLIMB, floor)
    else:
        return False
    rivals = listing.product.rivals[market.code]
    rivals[rivals.index(lowest)] = new
    return True


def _lowest_rival(listing: Listing, market: Market, settings: Settings) -> Decimal | None:
    rivals = listing.product.rivals.get(market.code)
    return min(rivals) if rivals and listing.true_state(market, settings) == ONLINE else None


def _money(amount: Decimal, market: Market) -> dict[str, str]:
    return {"amount": str(amount), "currency": market.currency}
