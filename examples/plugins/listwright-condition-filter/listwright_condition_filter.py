"""Condition and price filter.

Keeps products in some conditions, and those that cost too little or too much, off Back Market.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, Field

from listwright.plugins import hookimpl
from listwright.plugins.types import ProductFacts, Veto


class Settings(BaseModel):
    """What shall not be there."""

    conditions: list[str] = Field(default_factory=list, title="Conditions kept away", description="As you call them.")
    lowest_price: Decimal | None = Field(None, ge=0, title="Lowest price", description="In the company's currency.")
    highest_price: Decimal | None = Field(None, ge=0, title="Highest price")


@hookimpl
def settings_model() -> type[Settings]:
    """Conditions and prices."""
    return Settings


@hookimpl
def upload_filter(products: Sequence[ProductFacts], settings: Settings) -> list[Veto | None]:
    """A veto for each product in a wrong condition or at a wrong price; one without a price is let through."""
    unwanted = {condition.strip().casefold() for condition in settings.conditions}
    return [_judge(product, unwanted, settings) for product in products]


def _judge(product: ProductFacts, unwanted: set[str], settings: Settings) -> Veto | None:
    if product.condition.casefold() in unwanted:
        return Veto(f"Products in condition {product.condition} are not sold on Back Market.")
    price = product.price
    if price is None:
        return None
    if settings.lowest_price is not None and price < settings.lowest_price:
        return Veto(f"It costs {price} {product.currency}, less than {settings.lowest_price}.")
    if settings.highest_price is not None and price > settings.highest_price:
        return Veto(f"It costs {price} {product.currency}, more than {settings.highest_price}.")
    return None
