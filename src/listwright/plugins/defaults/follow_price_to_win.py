"""Follow the price to win.

Moves each price towards the one that wins the BackBox, by a step at most, between Min Price (Decimal) and the ceiling.
While it is winning it stays, or climbs back towards the ceiling if you say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from pydantic import BaseModel, ConfigDict, Field

from listwright.plugins.hookspecs import hookimpl
from listwright.plugins.types import NewPrice, OfferFacts

CENT = Decimal("0.01")
_99 = Decimal("0.99")


class Settings(BaseModel):
    """How far, how often and where."""

    model_config = ConfigDict(extra="forbid", title="Follow the price to win")

    step: Decimal = Field(
        Decimal("20"), gt=0, le=100_000, title="Step", description="The most a price moves at once, in its currency."
    )
    changes_a_day: int = Field(
        48,
        ge=1,
        le=288,
        title="Changes a day",
        description="The most price changes of a listing in one market a day (UTC).",
    )
    markets_off: list[str] = Field(
        default_factory=list, title="Markets left alone", description="Codes such as fr-fr, where it changes no price."
    )
    ends_in_99: bool = Field(False, title="End in .99", description="Prices end in .99, never above the price to win.")
    raise_when_winning: bool = Field(
        True,
        title="Climb while winning",
        description="Take one step up where the last three readings were won, as far as the price to win or the ceiling.",
    )


@hookimpl
def settings_model() -> type[Settings]:
    """Step, markets, changes a day."""
    return Settings


@hookimpl
def repricing(offers: Sequence[OfferFacts], settings: Settings) -> Sequence[NewPrice | None]:
    """Each price one step nearer to what wins."""
    return [follow(offer, settings) for offer in offers]


def follow(offer: OfferFacts, settings: Settings) -> NewPrice | None:
    """The next price of one offer; None where it stays."""
    if offer.market in settings.markets_off or offer.changes_today >= settings.changes_a_day:
        return None
    target, reason = _target(offer, settings)
    if target is None:
        return None
    low, high = offer.price - settings.step, offer.price + settings.step
    price = max(low, min(high, target))
    if price != target:
        reason += f" One step of {settings.step} at a time."
    price = max(offer.min_price, min(offer.ceiling, price))
    if settings.ends_in_99:
        price = _ending_in_99(price, offer.min_price, offer.ceiling)
    price = price.quantize(CENT)
    return None if price == offer.price else NewPrice(price, reason)


def _target(offer: OfferFacts, settings: Settings) -> tuple[Decimal | None, str]:
    seen = offer.competition
    if seen.is_winning:
        readings = (seen, *offer.history)[:3]
        if not settings.raise_when_winning or len(readings) < 3 or not all(one.is_winning for one in readings):
            return None, ""
        highest = offer.ceiling if seen.price_to_win is None else min(offer.ceiling, seen.price_to_win)
        if highest <= offer.price:
            return None, ""
        return highest, f"Won three times in a row, so it climbs towards {highest} {offer.currency}."
    if seen.price_to_win is None:
        return None, ""
    if seen.price_to_win < offer.min_price:
        # It cannot be won: what is given away below the base price would be given away for nothing.
        return offer.ceiling, f"The price to win, {seen.price_to_win} {offer.currency}, is below Min Price."
    return seen.price_to_win, f"The price to win is {seen.price_to_win} {offer.currency}."


def _ending_in_99(price: Decimal, lowest: Decimal, highest: Decimal) -> Decimal:
    """The nearest price below that ends in .99; above, where that would pass the lowest; else the price itself."""
    below = (price - _99).to_integral_value(ROUND_DOWN) + _99 if price >= _99 else price
    if below > price:
        below -= 1
    if below >= lowest:
        return below
    above = (lowest - _99).to_integral_value(ROUND_CEILING) + _99
    return above if above <= highest else price
