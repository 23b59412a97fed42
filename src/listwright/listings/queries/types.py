"""What people and programs see of a listing: plain, frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from listwright.catalog.grid import Count
from listwright.listings.rules.facts import AttributeFacts, Readiness


class CategoryView(NamedTuple):
    """A node of the tree. `parent` and `category_id` are its place, `marketplace_category_id` is what `category` holds."""

    category_id: int
    marketplace_category_id: int
    parent: int | None
    name: str
    path: str
    is_leaf: bool
    attributes: tuple[AttributeFacts, ...]
    gone: bool


class ConditionView(NamedTuple):
    """An own condition, its grade ("" while unmapped), and how many products are listed under it, up to 10,000."""

    condition: str
    grade: str
    products: Count


class QuantityView(NamedTuple):
    """Units. None: unknown. `submitted` is the open line's, which only `sync` knows: None here.

    `drift` is the kind of difference since `drift_since`, "" for none; `hold` what the circuit breaker makes of it.
    """

    available: int | None
    for_back_market: int | None
    desired: int | None
    submitted: int | None
    accepted: int | None
    verified: int | None
    accepted_at: datetime | None
    verified_at: datetime | None
    due: bool
    error_code: str
    error_message: str
    drift: str = ""
    drift_since: datetime | None = None
    hold: str = ""


@dataclass(frozen=True, slots=True)
class MarketView:
    """A listing in one market; prices in `currency`.

    `enabled`, `price`, `min_price`, `ceiling`, `comment`, `title`, `description` are its own, empty for "as everywhere";
    `updated` whether account and listing let updates go there, `price_in_force` the price the rules answer now.
    `…_there` is what Back Market showed when it was read last. `submitted` is `sync`'s to fill.
    `drift` and `hold` as in QuantityView.
    """

    market: str
    name: str
    country: str
    currency: str
    default: bool
    updated: bool
    enabled: bool | None
    price: Decimal | None
    min_price: Decimal | None
    ceiling: Decimal | None
    comment: str
    title: str
    description: str
    price_in_force: Decimal | None
    desired: Decimal | None
    submitted: Decimal | None
    accepted: Decimal | None
    verified: Decimal | None
    accepted_at: datetime | None
    verified_at: datetime | None
    due: bool
    comment_there: str
    warranty_months_there: int | None
    min_price_there: Decimal | None
    max_price_there: Decimal | None
    publication_state: int | None
    error_code: str
    error_message: str
    drift: str = ""
    drift_since: datetime | None = None
    hold: str = ""


@dataclass(frozen=True, slots=True)
class ListingView:
    """The Back Market properties of one product (A3), what they come to, and what stands there.

    `max_quantity`, `safety_quantity` and `price` are the values shown: with Default ticked, the one it pulls. `category`
    is a marketplace_category_id, `category_attributes` what that leaf asks for. `id` is 0 where there is no row yet.
    """

    id: int
    product: int
    sku: str
    currency: str
    status: str
    status_since: datetime
    enabled: bool
    merchant_sku: str
    effective_merchant_sku: str
    title: str
    description: str
    category: int | None
    category_path: str
    category_attributes: tuple[AttributeFacts, ...]
    attributes: Mapping[str, str]
    condition: str
    product_condition: str
    grade: str
    warranty_months: int | None
    default_warranty_months: int | None
    comment: str
    default_comment: str
    max_quantity_enabled: bool
    max_quantity: int | None
    max_quantity_default: bool
    safety_quantity: int | None
    safety_quantity_default: bool
    price: Decimal | None
    price_default: bool
    repricing_enabled: bool
    min_price: Decimal | None
    ceiling: Decimal | None
    back_market_id: str | None
    listing_id: int | None
    product_id: str
    linked_at: datetime | None
    adopted: bool
    missing_there_since: datetime | None
    known_to_back_market: bool | None
    link_problem: str
    link_problem_message: str
    leaving_since: datetime | None
    readiness: Readiness
    quantity: QuantityView
    markets: tuple[MarketView, ...]

    @property
    def linked(self) -> bool:
        """Whether it is tied to a listing on Back Market; its merchant SKU is locked then."""
        return self.back_market_id is not None
