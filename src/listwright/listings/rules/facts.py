"""What the rules are told and what they answer: frozen values, read from anywhere.

The planner makes these from the columns of one row, a million times over, so they are named tuples: `StockFacts(*row)`
or `StockFacts._make(row[3:5])`. The order of the fields is part of what callers rely on.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple


class Step(NamedTuple):
    """One step of an explanation (A7): what entered the figure, where it comes from, and what it did.

    `value` is a plain value (whole units or an amount; None: unknown or none), `source` a record a person can go to
    ("product", "company settings", "plugin NAME"), `effect` a sentence. The last step's value is the figure itself.
    """

    label: str
    value: int | Decimal | None
    source: str
    effect: str


class Missing(NamedTuple):
    """A missing attribute or a warning: stable code, the REST field that mends it, and a sentence for the seller."""

    code: str
    field: str
    message: str


class StockFacts(NamedTuple):
    """A product's units. `physical` is the sum over sellable warehouses, None while stock was never set."""

    physical: int | None
    reserved: int


class QuantityRules(NamedTuple):
    """How much of what is available is offered. `…_default` are the Default boxes; company values from settings.

    A blank value takes the company's, as with its box ticked; a blank company maximum means no cap. `unseen` units are
    gone over there without an order that could be seen (B10).
    """

    safety_quantity: int | None
    safety_quantity_default: bool
    max_quantity_enabled: bool
    max_quantity: int | None
    max_quantity_default: bool
    company_safety_quantity: int
    company_max_quantity: int | None
    unseen: int = 0


class StartingQuantity(NamedTuple):
    """The units that can be sold, before safety and max quantity, and why: what `inventory_calculation` answered.

    `plugin` is the one that did, "" for Listwright's own rules.
    """

    quantity: int
    plugin: str
    reason: str


class PriceFacts(NamedTuple):
    """A product's prices, all in the company's currency. `price` is the Back Market Price, `price_default` its box.

    The order is that of the listing's columns behind the product's: currency, site price, then the listing's.
    """

    currency: str
    site_price: Decimal | None
    price: Decimal | None
    price_default: bool
    repricing_enabled: bool
    min_price: Decimal | None
    ceiling: Decimal | None


class MarketFacts(NamedTuple):
    """What a listing has of its own in one market, in the market's currency, and Back Market's limit there.

    `backpricer`: Back Market's own BackPricer moves the price there, for a min price stands there.
    """

    market: str
    currency: str
    price: Decimal | None = None
    min_price: Decimal | None = None
    ceiling: Decimal | None = None
    max_price_there: Decimal | None = None
    backpricer: bool = False


class ProposedPrice(NamedTuple):
    """A price a repricing plugin proposes for one market, in the market's currency, and why."""

    price: Decimal
    plugin: str
    reason: str


class MarketPrice(NamedTuple):
    """The price to stand in one market, in its currency; None with `missing` telling why and what mends it."""

    market: str
    currency: str
    price: Decimal | None
    missing: Missing | None
    warning: Missing | None


class AttributeFacts(NamedTuple):
    """An attribute a category asks for. `type`: 0 decimal, 1 integer, 2 string, 3 multiple choice (category tree)."""

    field: str
    name: str
    type: int
    allowed: tuple[str, ...]
    required: bool


class ReadinessContext(NamedTuple):
    """What all listings of an account share.

    `categories`: the attributes of each leaf, by `marketplace_category_id`. `grades`: the condition map, folded own
    condition → grade (`conditions.condition_map`). `company_warranty_months` and `company_comment` from settings.
    """

    default_market: str
    categories: Mapping[int, tuple[AttributeFacts, ...]]
    grades: Mapping[str, str]
    company_warranty_months: int | None
    company_comment: str


class ReadinessFacts(NamedTuple):
    """What readiness looks at, of one listing.

    `ean` is the stored text. `description_size` is in any unit, 0 for a blank one. `condition` is the listing's, else
    the product's; `merchant_sku` the effective one. `available` (total), `quantity` (for Back Market) and `prices`
    (of the markets switched on) are what the other rules answered;
    `known_to_back_market` is None until Back Market has said. `grade_there` is the linked listing's, "" if unknown.
    """

    title: str
    description_size: int
    ean: str
    weight_lbs: Decimal | None
    weight_oz: Decimal | None
    image_count: int
    main_image: str
    category: int | None
    attributes: Mapping[str, str]
    warranty_months: int | None
    condition: str
    merchant_sku: str
    comment: str
    brand: str
    list_price: Decimal | None
    linked: bool
    known_to_back_market: bool | None
    rules: QuantityRules
    available: int | None
    quantity: int | None
    prices: tuple[MarketPrice, ...]
    grade_there: str = ""


class Readiness(NamedTuple):
    """Ready To Post (A4): ready if and only if nothing is missing; warnings stop nothing."""

    ready: bool
    missing: tuple[Missing, ...]
    warnings: tuple[Missing, ...]
