"""Match the lowest.

Asks what the winner of the BackBox asks, and not a cent less. Where it wins, the price stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, Field

from listwright.plugins import hookimpl
from listwright.plugins.types import NewPrice, OfferFacts


class Settings(BaseModel):
    """How near."""

    above: Decimal = Field(Decimal(0), ge=0, title="Stay above the lowest by", description="In the market's currency.")


@hookimpl
def settings_model() -> type[Settings]:
    """How near."""
    return Settings


@hookimpl
def repricing(offers: Sequence[OfferFacts], settings: Settings) -> list[NewPrice | None]:
    """The winner's price, plus what the settings say."""
    return [_match(offer, settings) for offer in offers]


def _match(offer: OfferFacts, settings: Settings) -> NewPrice | None:
    winner = offer.competition.winner_price
    if offer.competition.is_winning or winner is None:
        return None
    return NewPrice(winner + settings.above, f"The winner asks {winner} {offer.currency}.")
