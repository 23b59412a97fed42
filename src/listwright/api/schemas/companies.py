"""Companies, client settings, conditions, warehouses, and the connection to Back Market."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import WithJsonSchema

from listwright.api.schemas.base import Flag, In, Out, Text, Whole


class NewCompany(In):
    slug: Text
    name: Text
    currency: Text = "EUR"


class Company(Out):
    """A company, and the caller's role there."""

    slug: str
    name: str
    currency: str
    role: str


class ClientSettings(Out):
    """Settings of the whole installation."""

    custom_inventory_calculation: bool
    filtered_products: bool


class ClientSettingsChange(In):
    custom_inventory_calculation: Flag = None
    filtered_products: Flag = None


class Conditions(Out):
    """Own conditions and their grades; "" is not mapped to one."""

    conditions: dict[str, str]


class ConditionsChange(In):
    """{condition: grade}: "" keeps one without a grade, null removes it, those not named stay."""

    conditions: dict[str, str | None]


class Warehouse(Out):
    """A warehouse; only the stock of sellable ones is offered."""

    name: str
    sellable: bool


class NewWarehouse(In):
    name: Text
    sellable: Flag = False


class WarehouseChange(In):
    """`name` says which; `rename` gives it another."""

    name: str
    rename: Text = None
    sellable: Flag = None


class MarketSettings(Out):
    enabled: bool
    comment: str


class BackMarketSettings(Out):
    """The connection and its settings. The token is never returned, only whether there is one.

    The breaker's shares and the fall are percent; null switches that part of it off. What stands there and differs:
    `drift_prices` show or mend, `drift_more` units mend or show, `drift_less` explain (raised once an order explains it,
    or `drift_grace_minutes` are over) or show. With `send_min_price` Update/Post hands the Min Price of products with
    repricing to Back Market's own BackPricer.
    """

    environment: str
    region: str
    sandbox_url: str
    token_set: bool
    agent_company: str
    contact_mail: str
    default_market: str
    inventory_upload: bool
    prices_upload: bool
    orders_download: bool
    stock_feed: str
    default_max_quantity: int | None
    default_safety_quantity: int
    default_warranty_months: int | None
    default_comment: str
    hourly_lines: int
    send_min_price: bool
    breaker_zeros_share: int | None
    breaker_zeros_least: int
    breaker_price_fall: int | None
    breaker_refused_share: int | None
    breaker_refused_least: int
    breaker_minutes: int
    drift_prices: str
    drift_more: str
    drift_less: str
    drift_grace_minutes: int
    markets: dict[str, MarketSettings]
    paused_at: datetime | None
    paused_code: str
    paused_message: str


class BackMarketSettingsChange(In):
    """Any subset; `markets` {code: {enabled, comment}}, those not named stay. The first one connects the company."""

    environment: Text = None
    region: Text = None
    sandbox_url: Text = None
    token: Annotated[Any, WithJsonSchema({"type": "string", "writeOnly": True})] = None
    agent_company: Text = None
    contact_mail: Text = None
    default_market: Text = None
    inventory_upload: Flag = None
    prices_upload: Flag = None
    orders_download: Flag = None
    stock_feed: Text = None
    default_max_quantity: Whole = None
    default_safety_quantity: Whole = None
    default_warranty_months: Whole = None
    default_comment: Text = None
    hourly_lines: Whole = None
    send_min_price: Flag = None
    breaker_zeros_share: Whole = None
    breaker_zeros_least: Whole = None
    breaker_price_fall: Whole = None
    breaker_refused_share: Whole = None
    breaker_refused_least: Whole = None
    breaker_minutes: Whole = None
    drift_prices: Text = None
    drift_more: Text = None
    drift_less: Text = None
    drift_grace_minutes: Whole = None
    markets: dict[str, dict[str, Any]] = {}


class Probe(Out):
    """Whether Back Market accepts the connection, in a sentence."""

    ok: bool
    code: str
    message: str
    request_id: str


class SendingChange(In):
    """`pause` all sending to Back Market, or `resume` it."""

    action: Annotated[Any, WithJsonSchema({"type": "string", "enum": ["pause", "resume"]})]


class Sending(Out):
    """Since when (UTC) nothing is sent, and why; null while sending goes on."""

    paused_at: datetime | None
    paused_code: str
    paused_message: str


class Budget(Out):
    """SKU lines of the last hour, how many Back Market takes in one, and what is left of them; `reserved` of what is left
    is kept for stop-sales. `learned`: the lower limit its refusals taught for now, null where they taught none."""

    used: int
    hourly: int
    left: int
    reserved: int
    learned: int | None


class Backlog(Out):
    """What waits: products to plan, quantities and prices to send, the lines these take and about how long (null: for
    ever), lines sent and not answered, lines whose outcome is unknown; ages of the oldest in seconds."""

    to_plan: int
    to_plan_seconds: float
    quantities: int
    prices: int
    to_send_seconds: float
    lines: int
    seconds_to_empty: int | None
    lines_open: int
    lines_unknown: int


class Status(Out):
    """Where the account stands. `verified_share` (0 to 1, null while nothing is linked) of `linked` listings were read
    back as accepted in every enabled market, `verified_hour_share` within the last hour; every one was read since
    `oldest_proof_at`, null while one never was. `drift` differ, by kind in `drift_kinds`: sold_there, changed_there,
    ignored, never_applied, vanished. `held` values wait for a person. Times null: never, or not now."""

    budget: Budget
    backlog: Backlog
    linked: int
    verified: int
    verified_share: float | None
    verified_hour: int
    verified_hour_share: float | None
    oldest_proof_at: datetime | None
    oldest_proof_seconds: float | None
    drift: int
    drift_kinds: dict[str, int]
    held: int
    paused_at: datetime | None
    paused_code: str
    paused_message: str
    wait_until: datetime | None
    wait_reason: str
    downloaded_at: datetime | None
    categories_at: datetime | None
    orders_read_at: datetime | None
    first_send_approved_at: datetime | None
