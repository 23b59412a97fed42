"""The price in each market (A6), and where repricing may move it (E2).

The market's own price, else the product's Back Market Price or Site/Retail Price, which applies only where the market
has the company's currency. Like the quantity, it is computed and explained on one path.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from listwright.common.money import quantised
from listwright.listings.rules.availability import PRODUCT
from listwright.listings.rules.facts import MarketFacts, MarketPrice, Missing, PriceFacts, ProposedPrice, Step


def price_for_market(
    listing: PriceFacts,
    market: MarketFacts,
    proposed: ProposedPrice | None = None,
    steps: list[Step] | None = None,
) -> MarketPrice:
    """The price to stand in `market`, with its currency's decimals; None, with the reason, where there is none.

    Zero or less is no price. A plugin's proposal counts only with repricing enabled and a min price, and where Back
    Market's BackPricer is not at work; it is moved into what lies between min price and ceiling; without a ceiling, the
    price above is the ceiling. With repricing enabled no price is below the min price, proposal or not. A price above
    Back Market's `max_price` is a warning and never changed.
    """
    name, currency, own, _, _, highest, _ = market
    amount: Decimal | None
    if own is not None:
        amount, source, label = own, name, "Back Market Price"
    elif currency != listing.currency:
        return _none(market, _needs_own_price(market, listing), name, "Back Market Price", None, steps)
    elif listing.price_default:
        amount, source, label = listing.site_price, PRODUCT, "Site/Retail Price"
    else:
        amount, source, label = listing.price, PRODUCT, "Back Market Price"
    if amount is None:
        return _none(market, _blank(market, listing), source, label, None, steps)
    price = quantised(amount, currency)
    if price <= 0:
        return _none(market, _not_above_zero(market, listing, price), source, label, price, steps)
    if steps is not None:
        steps.append(Step(label, price, source, _why_this_one(market, listing)))
    if listing.repricing_enabled or proposed is not None or steps is not None:
        price = _repriced(price, listing, market, proposed, steps)
    warning = None
    if highest is not None and price > highest:
        warning = _above_max_price(market, price)
    if steps is not None:
        if warning is not None:
            steps.append(Step("Back Market's max price", highest, "Back Market", warning.message))
        steps.append(Step(f"Price in {name}", price, "calculation", f"In {currency}."))
    return MarketPrice(name, currency, price, None, warning)


def min_price_in_force(listing: PriceFacts, market: MarketFacts) -> Decimal | None:
    """The market's own min price, else the product's where the currency is the company's."""
    return own_or_shared(market.min_price, listing.min_price, same_currency=market.currency == listing.currency)


def ceiling_in_force(listing: PriceFacts, market: MarketFacts) -> Decimal | None:
    """The market's own ceiling, else the product's where the currency is the company's."""
    return own_or_shared(market.ceiling, listing.ceiling, same_currency=market.currency == listing.currency)


def own_or_shared(own: Decimal | None, shared: Decimal | None, *, same_currency: bool) -> Decimal | None:
    """A market's own amount, else the product's, which is in the company's currency and stands for no other."""
    return own if own is not None or not same_currency else shared


def price_errors(
    price: Decimal | None, min_price: Decimal | None, ceiling: Decimal | None, *, prefix: str = ""
) -> dict[str, str]:
    """What is wrong with three amounts of one currency entered together, by REST field (A6); {} when nothing is.

    `price` is the one in force (with Default: the Site/Retail Price). `prefix` is `markets.fr-fr.` for a market's
    own. Forms, files and REST refuse to save while anything is returned.
    """
    errors: dict[str, str] = {}
    if price is not None and price < 0:
        errors[prefix + "price"] = f"The price is {price}. A price cannot be below zero."
    elif price is not None and min_price is not None and price < min_price:
        errors[prefix + "price"] = (
            f"The price {price} is below Min Price (Decimal), {min_price}. Raise the price, or lower or clear Min "
            "Price, which is kept while Enable Back Market Repricing is unticked."
        )
    if min_price is not None and min_price <= 0:
        errors[prefix + "min_price"] = f"Min Price (Decimal) is {min_price}. Enter one above zero, or clear it."
    if ceiling is not None and ceiling <= 0:
        errors[prefix + "ceiling"] = f"The ceiling is {ceiling}. Enter one above zero, or clear it."
    elif ceiling is not None and min_price is not None and ceiling < min_price:
        errors[prefix + "ceiling"] = f"The ceiling {ceiling} is below Min Price (Decimal), {min_price}. Raise it."
    return errors


def _repriced(
    price: Decimal,
    listing: PriceFacts,
    market: MarketFacts,
    proposed: ProposedPrice | None,
    steps: list[Step] | None,
) -> Decimal:
    if not listing.repricing_enabled:
        if steps is not None and proposed is not None:
            steps.append(Step("Repricing", None, PRODUCT, "Enable Back Market Repricing is unticked: it stays."))
        return price
    lowest = min_price_in_force(listing, market)
    refusal = _not_followed(market, proposed, lowest)
    if proposed is None or refusal or lowest is None:
        if steps is not None:
            source = PRODUCT if proposed is None else f"plugin {proposed.plugin}"
            steps.append(Step("Repricing", None, source, refusal))
        return _at_least(lowest, price, market, steps)
    ceiling = ceiling_in_force(listing, market)
    highest = price if ceiling is None else ceiling
    if steps is not None:
        steps.append(Step("Repricing", proposed.price, f"plugin {proposed.plugin}", proposed.reason))
        own = market.market if market.min_price is not None else PRODUCT
        steps.append(Step("Min Price (Decimal)", lowest, own, "The price goes no lower."))
        own = market.market if market.ceiling is not None else PRODUCT
        above = "The price goes no higher." if ceiling is not None else "No ceiling is set: no higher than the price."
        steps.append(Step("Ceiling", highest, own, above))
    # Rounding leads past no bound.
    floor = quantised(lowest, market.currency, ROUND_CEILING)
    top = quantised(highest, market.currency, ROUND_FLOOR)
    return max(floor, min(top, quantised(max(lowest, min(highest, proposed.price)), market.currency)))


def _not_followed(market: MarketFacts, proposed: ProposedPrice | None, lowest: Decimal | None) -> str:
    """Why no proposal moves the price; "" when one does."""
    if market.backpricer:
        return "Back Market's own BackPricer moves this price, so Listwright's repricing stays off: the price stays."
    if proposed is None:
        return "Enabled, but no plugin proposes a price: it stays."
    if lowest is None or lowest <= 0:
        return "Not followed, because there is no Min Price (Decimal) to stop at: the price stays."
    if not proposed.price.is_finite():
        return "Not followed, because it is no number: the price stays."
    return ""


def _at_least(lowest: Decimal | None, price: Decimal, market: MarketFacts, steps: list[Step] | None) -> Decimal:
    if lowest is None or price >= lowest:
        return price
    if steps is not None:
        own = market.market if market.min_price is not None else PRODUCT
        steps.append(Step("Min Price (Decimal)", lowest, own, "With repricing enabled the price goes no lower."))
    return quantised(lowest, market.currency, ROUND_CEILING)


def _none(
    market: MarketFacts,
    missing: Missing,
    source: str,
    label: str,
    value: Decimal | None,
    steps: list[Step] | None,
) -> MarketPrice:
    if steps is not None:
        steps.append(Step(label, value, source, missing.message))
        steps.append(Step(f"Price in {market.market}", None, "calculation", "No price is sent to this market."))
    return MarketPrice(market.market, market.currency, None, missing, None)


def _why_this_one(market: MarketFacts, listing: PriceFacts) -> str:
    if market.price is not None:
        return f"The price of its own in {market.market} comes first."
    if listing.price_default:
        return "Default is ticked, so Back Market Price is the Site/Retail Price."
    return f"The product's own Back Market Price, in {market.currency} as the company's prices are."


def _needs_own_price(market: MarketFacts, listing: PriceFacts) -> Missing:
    message = (
        f"{market.market} sells in {market.currency} and the company's prices are in {listing.currency}: enter a price "
        f"for {market.market}. Until then no price is sent there."
    )
    return Missing("price", f"markets.{market.market}.price", message)


def _blank(market: MarketFacts, listing: PriceFacts) -> Missing:
    if listing.price_default:
        message = "Enter a Site/Retail Price, or untick Default and enter a Back Market Price."
        return Missing("price", "site_price", message)
    return Missing("price", "price", "Enter a Back Market Price, or tick Default to take the Site/Retail Price.")


def _not_above_zero(market: MarketFacts, listing: PriceFacts, price: Decimal) -> Missing:
    if market.price is not None:
        field, label = f"markets.{market.market}.price", f"price for {market.market}"
    elif listing.price_default:
        field, label = "site_price", "Site/Retail Price"
    else:
        field, label = "price", "Back Market Price"
    return Missing("price", field, f"The {label} is {price}. Enter one above zero.")


def _above_max_price(market: MarketFacts, price: Decimal) -> Missing:
    message = (
        f"The price {price} {market.currency} is above the highest Back Market allows in {market.market}, "
        f"{market.max_price_there} {market.currency}: the listing does not go online there."
    )
    return Missing("above_max_price", f"markets.{market.market}.price", message)
