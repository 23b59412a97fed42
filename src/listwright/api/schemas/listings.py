"""Back Market properties of a product, what they come to, and what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import WithJsonSchema

from listwright.api.schemas.base import Amount, Flag, In, Mapped, Money, Out, Text, Then, Whole, money, whole_seconds
from listwright.listings.queries import ListingView, MarketView

Category = Annotated[
    Any,
    WithJsonSchema({"type": ["integer", "string", "null"], "description": "a leaf's marketplace_category_id"}),
]
Markets = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": ["object", "null"],
            "additionalProperties": {
                "type": ["object", "null"],
                "properties": {
                    "enabled": {"type": ["boolean", "null"]},
                    "price": {"type": ["string", "null"]},
                    "min_price": {"type": ["string", "null"]},
                    "ceiling": {"type": ["string", "null"]},
                    "comment": {"type": ["string", "null"]},
                    "title": {"type": ["string", "null"]},
                    "description": {"type": ["string", "null"]},
                },
            },
            "description": "what the listing has of its own in a market; prices in the market's currency",
        }
    ),
]
Submitted = Mapping[str, tuple[int | None, Decimal | None, datetime]]


class ListingChange(In):
    """Any subset of the properties; null empties, and ticks a Default box again. `then` goes with `enabled: false`."""

    enabled: Flag = None
    then: Then = None
    merchant_sku: Text = None
    title: Text = None
    description: Text = None
    category: Category = None
    attributes: Mapped = None
    condition: Text = None
    comment: Text = None
    warranty_months: Whole = None
    max_quantity_enabled: Flag = None
    max_quantity: Whole = None
    max_quantity_default: Flag = None
    safety_quantity: Whole = None
    safety_quantity_default: Flag = None
    price: Amount = None
    price_default: Flag = None
    repricing_enabled: Flag = None
    min_price: Amount = None
    ceiling: Amount = None
    markets: Markets = None


class Remark(Out):
    """A missing attribute or a warning, the field that mends it, and a sentence."""

    code: str
    field: str
    message: str


class Readiness(Out):
    """Ready To Post: yes if and only if nothing is missing; warnings stop nothing."""

    ready: bool
    missing: list[Remark]
    warnings: list[Remark]


class Quantity(Out):
    """Units; null is unknown. `available` in all, `for_back_market` after safety and max quantity; then the way of the
    figure: desired, submitted, accepted, verified. `arrives_in_seconds`: about, while it is due. `drift` is a kind of
    difference there, `hold` what the circuit breaker makes of the value: watched, held, storm, rejected, passed."""

    available: int | None
    for_back_market: int | None
    desired: int | None
    submitted: int | None
    accepted: int | None
    verified: int | None
    accepted_at: datetime | None
    verified_at: datetime | None
    due: bool
    arrives_in_seconds: int | None
    error_code: str
    error_message: str
    drift: str
    drift_since: datetime | None
    hold: str


class Market(Out):
    """One market, prices in its currency. What the listing has of its own there (empty: as everywhere), the price the
    rules answer, and its way: desired, submitted, accepted, verified; `arrives_in_seconds`: about, while it is due.
    `publication_state`: 0 price or comment missing, 1 waiting for validation, 2 online, 3 offline, 4 disabled."""

    currency: str
    default: bool
    updated: bool
    enabled: bool | None
    price: Money | None
    min_price: Money | None
    ceiling: Money | None
    comment: str
    title: str
    description: str
    price_in_force: Money | None
    desired: Money | None
    submitted: Money | None
    submitted_at: datetime | None
    accepted: Money | None
    verified: Money | None
    accepted_at: datetime | None
    verified_at: datetime | None
    due: bool
    arrives_in_seconds: int | None
    comment_there: str
    warranty_months_there: int | None
    min_price_there: Money | None
    max_price_there: Money | None
    publication_state: int | None
    error_code: str
    error_message: str
    drift: str
    drift_since: datetime | None
    hold: str


class Listing(Out):
    """The Back Market properties of one product; prices in the company's currency. With a Default box ticked the value
    shown is the one it pulls."""

    sku: str
    enabled: bool
    status: str
    status_since: datetime
    merchant_sku: str
    effective_merchant_sku: str
    title: str
    description: str
    category: int | None
    category_path: str
    attributes: dict[str, Any]
    condition: str
    grade: str
    comment: str
    warranty_months: int | None
    max_quantity_enabled: bool
    max_quantity: int | None
    max_quantity_default: bool
    safety_quantity: int | None
    safety_quantity_default: bool
    price: Money | None
    price_default: bool
    repricing_enabled: bool
    min_price: Money | None
    ceiling: Money | None
    back_market_id: str | None
    listing_id: int | None
    product_id: str
    linked: bool
    linked_at: datetime | None
    adopted: bool
    missing_there_since: datetime | None
    known_to_back_market: bool | None
    link_problem: str
    link_problem_message: str
    readiness: Readiness
    quantity: Quantity
    markets: dict[str, Market]


_AS_THEY_ARE = (
    "sku", "enabled", "status", "status_since", "merchant_sku", "effective_merchant_sku", "title", "description",
    "category", "category_path", "condition", "grade", "comment", "warranty_months", "max_quantity_enabled",
    "max_quantity", "max_quantity_default", "safety_quantity", "safety_quantity_default", "price_default",
    "repricing_enabled", "back_market_id", "listing_id", "product_id", "linked", "linked_at", "adopted",
    "missing_there_since", "known_to_back_market", "link_problem", "link_problem_message",
)  # fmt: skip
_PRICES = ("price", "min_price", "ceiling")
_MARKET_PRICES = (
    *_PRICES, "price_in_force", "desired", "accepted", "verified", "min_price_there", "max_price_there",
)  # fmt: skip


def listing_out(view: ListingView, submitted: Submitted, arriving: Mapping[str, float]) -> Listing:
    """A listing as REST shows it; `submitted` {market: (quantity, price, since)} is what is under way, `arriving`
    {market, "" for the quantity: seconds} what waits."""
    quantity = view.quantity._asdict()
    quantity["arrives_in_seconds"] = whole_seconds(arriving.get(""))
    quantity["submitted"] = next((units for units, _, _ in submitted.values() if units is not None), None)
    values: dict[str, Any] = {name: getattr(view, name) for name in _AS_THEY_ARE}
    values |= {name: money(getattr(view, name), view.currency) for name in _PRICES}
    return Listing(
        **values,
        attributes=dict(view.attributes),
        readiness=Readiness.model_validate(view.readiness),
        quantity=Quantity(**quantity),
        markets={market.market: _market_out(market, submitted, arriving) for market in view.markets},
    )


def _market_out(view: MarketView, submitted: Submitted, arriving: Mapping[str, float]) -> Market:
    _, price, since = submitted.get(view.market, (None, None, None))
    others = set(Market.model_fields) - {*_MARKET_PRICES, "submitted", "submitted_at", "arrives_in_seconds"}
    values: dict[str, Any] = {name: getattr(view, name) for name in others}
    values |= {name: money(getattr(view, name), view.currency) for name in _MARKET_PRICES}
    return Market(
        **values,
        submitted=money(price, view.currency),
        submitted_at=since,
        arrives_in_seconds=whole_seconds(arriving.get(view.market)),
    )


class Attribute(Out):
    """What a leaf asks for. `type`: 0 decimal, 1 integer, 2 text, 3 one of `allowed`."""

    field: str
    name: str
    type: int
    allowed: list[str]
    required: bool


class CategoryNode(Out):
    """A node of Back Market's tree; `category_id` is its place, `marketplace_category_id` what `category` takes."""

    category_id: int
    marketplace_category_id: int
    parent: int | None
    name: str
    path: str
    is_leaf: bool
    attributes: list[Attribute]


class Unlinked(Out):
    """A listing Back Market has and no product here is linked to; never written to."""

    back_market_id: str
    listing_id: int | None
    product_id: str
    sku: str
    title: str
    grade: str
    quantity: int | None
    markets: dict[str, Any]
    reason: str
    ignored: bool
    seen_at: datetime


def unlinked_out(row: Any) -> Unlinked:
    """An unlinked listing as REST shows it."""
    return Unlinked(
        back_market_id=str(row.back_market_id),
        listing_id=row.back_market_listing_id,
        product_id=row.back_market_product_id,
        sku=row.sku,
        title=row.title,
        grade=row.grade,
        quantity=row.quantity,
        markets=row.markets,
        reason=row.reason,
        ignored=row.ignored_at is not None,
        seen_at=row.seen_at,
    )


class UnlinkedDecision(In):
    """`link` one to the product `sku`; `create` products for some; `ignore` some, or `restore` them."""

    action: Annotated[Any, WithJsonSchema({"type": "string", "enum": ["link", "create", "ignore", "restore"]})]
    back_market_ids: Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "string", "format": "uuid"}})]
    sku: Text = None


class Decided(Out):
    """How many listings it was done to."""

    done: int


class UnlinkRequest(In):
    """What becomes of the listing on Back Market."""

    then: Annotated[Any, WithJsonSchema({"type": "string", "enum": ["offline", "leave"]})] = None


class Unlinking(Out):
    """`unlinked`, or `waiting` for Back Market to confirm quantity 0."""

    state: str
    message: str


class OrderLine(Out):
    """An order line as far as stock needs it; nothing of the buyer is kept. `stage`: open, shipped or returned (cancelled,
    refunded before shipping, unpaid). `counted`: what is believed to stand on Back Market takes it into account."""

    order_id: str
    line_id: str
    sku: str
    linked: bool
    quantity: int
    market: str
    order_state: int
    line_state: int
    line_state_name: str
    stage: str
    counted: bool
    created_there: datetime | None
    modified_there: datetime | None
