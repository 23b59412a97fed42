"""*Why?* (A7): every step of quantity and price, from the functions that compute them, as plain data.

Amounts are decimal strings and unknown is None, so that the answer is JSON as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypedDict

from listwright.listings.rules.availability import available_quantity, quantity_for_back_market
from listwright.listings.rules.facts import (
    MarketFacts,
    PriceFacts,
    ProposedPrice,
    QuantityRules,
    Step,
    StockFacts,
)
from listwright.listings.rules.plugged import NOTHING, Plugged, quantity_let_through
from listwright.listings.rules.pricing import price_for_market


class PlainStep(TypedDict):
    """A `facts.Step` in JSON; `value` a whole number of units, an amount as a decimal string, or null."""

    label: str
    value: int | str | None
    source: str
    effect: str


class QuantityExplanation(TypedDict):
    """Both Available Qty figures; the last step's value is `for_back_market`."""

    available: int | None
    for_back_market: int | None
    steps: list[PlainStep]


class PriceExplanation(TypedDict):
    """The price of one market; the last step's value is `price`. `field` mends a price that is missing, else ""."""

    market: str
    currency: str
    price: str | None
    warning: str
    field: str
    steps: list[PlainStep]


class Explanation(TypedDict):
    """Quantity, and price by market in the order given."""

    quantity: QuantityExplanation
    prices: dict[str, PriceExplanation]


def explain(
    stock: StockFacts,
    rules: QuantityRules,
    price: PriceFacts,
    markets: Sequence[MarketFacts],
    *,
    said: Plugged = NOTHING,
    linked: bool = False,
    standing: int | None = None,
) -> Explanation:
    """The whole answer; `said` is what hooks had in it, `standing` the quantity a linked listing has there."""
    return {
        "quantity": explain_quantity(stock, rules, said, linked=linked, standing=standing),
        "prices": {facts.market: explain_price(price, facts, said.prices.get(facts.market)) for facts in markets},
    }


def explain_quantity(
    stock: StockFacts,
    rules: QuantityRules,
    said: Plugged = NOTHING,
    *,
    linked: bool = False,
    standing: int | None = None,
) -> QuantityExplanation:
    """How the quantity for Back Market came about."""
    steps: list[Step] = []
    available = available_quantity(stock, said.start, steps)
    offered = quantity_for_back_market(available, rules, steps)
    offered = quantity_let_through(offered, said, linked=linked, standing=standing, steps=steps)
    return {"available": available, "for_back_market": offered, "steps": _plain(steps)}


def explain_price(price: PriceFacts, market: MarketFacts, proposed: ProposedPrice | None = None) -> PriceExplanation:
    """How the price in one market came about, or why there is none."""
    steps: list[Step] = []
    answer = price_for_market(price, market, proposed, steps)
    return {
        "market": answer.market,
        "currency": answer.currency,
        "price": None if answer.price is None else format(answer.price, "f"),
        "warning": "" if answer.warning is None else answer.warning.message,
        "field": "" if answer.missing is None else answer.missing.field,
        "steps": _plain(steps),
    }


def _plain(steps: Sequence[Step]) -> list[PlainStep]:
    return [
        {
            "label": step.label,
            "value": format(step.value, "f") if isinstance(step.value, Decimal) else step.value,
            "source": step.source,
            "effect": step.effect,
        }
        for step in steps
    ]
