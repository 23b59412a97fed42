"""Settings as rows to view and edit (C1, C2), labelled as there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from listwright.channels.protocol import Market
from listwright.channels.registry import channel
from listwright.companies.access import Company
from listwright.companies.fields import DRIFT_LESS, DRIFT_MORE, DRIFT_PRICES, REGIONS, STOCK_FEEDS
from listwright.companies.queries import MarketSettings, SettingsView
from listwright.web.sheet.items import Item, choice_item, flag_item, text_item, whole_item
from listwright.web.sheet.labels import label

ENVIRONMENTS = (("production", "Production"), ("preprod", "Preprod"), ("sandbox", "Sandbox"))
BLANK = SettingsView(
    account_id=0, environment="production", region="eu", sandbox_url="", token_set=False, agent_company="",
    contact_mail="", default_market="fr-fr", inventory_upload=False, prices_upload=False, orders_download=False,
    stock_feed="", default_max_quantity=None, default_safety_quantity=0, default_warranty_months=None,
    default_comment="", hourly_lines=2000, send_min_price=False, breaker_zeros_share=20, breaker_zeros_least=25,
    breaker_price_fall=40, breaker_refused_share=50, breaker_refused_least=25, breaker_minutes=15,
    drift_prices="show", drift_more="mend", drift_less="explain", drift_grace_minutes=60, settings_generation=0,
    paused_at=None, paused_code="", paused_message="", markets=(MarketSettings("fr-fr", True, ""),),
)  # fmt: skip
"""What a form starts from while the company is not connected."""


class MarketRow(NamedTuple):
    """A market of the region, and its rows."""

    market: Market
    enabled: Item
    comment: Item


def company(owner: Company) -> list[Item]:
    """The company itself."""
    return [
        text_item("name", "Name", owner.name, limit=200, required=True),
        text_item(
            "currency",
            "Currency",
            owner.currency,
            limit=3,
            help="Of the catalog’s prices, such as EUR. Changing it only relabels: no price is converted.",
        ),
    ]


def connection(view: SettingsView) -> list[Item]:
    """How Back Market is reached."""
    return [
        choice_item(
            "environment", "Environment", view.environment, ENVIRONMENTS, help="A banner shows all but production."
        ),
        choice_item("region", "Region", view.region, REGIONS.items()),
        text_item("sandbox_url", "Sandbox address", view.sandbox_url, limit=200, help="For the sandbox only."),
        Item(
            "token",
            "Token",
            "",
            "stored, encrypted" if view.token_set else "not entered yet",
            "secret",
            help="Stored encrypted and never shown. Leave empty to keep the one there is."
            if view.token_set
            else "From Back Market’s back office. Stored encrypted and never shown again.",
        ),
        text_item(
            "agent_company",
            "Company name",
            view.agent_company,
            limit=100,
            help="For the user agent Back Market asks for.",
        ),
        text_item("contact_mail", "Contact mail", view.contact_mail, kind="mail", limit=200),
    ]


def uploads(view: SettingsView) -> list[Item]:
    """Order download and the stock question come first: Enable Inventory Upload needs both."""
    feeds = [("", "No answer yet"), *STOCK_FEEDS.items()]
    return [
        flag_item(
            "orders_download",
            "Order download",
            view.orders_download,
            help="Orders reserve stock. Nothing of the buyers is kept.",
        ),
        replace(
            choice_item(
                "stock_feed",
                "What do your stock figures say of Back Market’s orders?",
                view.stock_feed,
                feeds,
                help="Needed before Enable Inventory Upload: without it a sold unit could be offered again.",
            ),
            kind="radio",
        ),
        flag_item(
            "inventory_upload",
            "Enable Inventory Upload",
            view.inventory_upload,
            help="Changes of quantity of enabled, linked listings reach Back Market by themselves.",
        ),
        flag_item(
            "prices_upload",
            "Enable Prices Upload",
            view.prices_upload,
            help="Changes of price of enabled, linked listings reach Back Market by themselves.",
        ),
    ]


def defaults(view: SettingsView) -> list[Item]:
    """What Default boxes and blanks pull."""
    return [
        whole_item("default_max_quantity", "Max Quantity", view.default_max_quantity, help="Blank means no cap."),
        whole_item("default_safety_quantity", "Safety Qty", view.default_safety_quantity),
        whole_item(
            "default_warranty_months",
            "Warranty Delay",
            view.default_warranty_months,
            suffix="months",
            help="At least 12.",
        ),
        text_item("default_comment", "Comment", view.default_comment, kind="area", rows=3, limit=500),
        whole_item(
            "hourly_lines",
            "Lines an hour",
            view.hourly_lines,
            help="SKU lines Back Market takes in an hour: about 2,000.",
        ),
        flag_item(
            "send_min_price",
            label("send_min_price"),
            view.send_min_price,
            help="Update/Post then sends the Min Price of products with repricing; Back Market moves their price itself, and"
            " ours leaves it alone.",
        ),
    ]


def breaker(view: SettingsView) -> list[Item]:
    """The circuit breaker's thresholds."""

    def number(name: str, suffix: str, help: str = "") -> Item:
        return whole_item(name, label(name), getattr(view, name), suffix=suffix, help=help)

    return [
        number(
            "breaker_zeros_share", "%", "Of the online listings. Zeros that stock or orders explain are never held."
        ),
        number("breaker_zeros_least", "listings"),
        number("breaker_price_fall", "%", "Of the price that stands there. Each such price is held by itself."),
        number("breaker_refused_share", "%", "Of the lines Back Market answers. What waits of their kind is held."),
        number("breaker_refused_least", "lines"),
        number("breaker_minutes", "minutes", "A blank share switches that part off."),
    ]


def drift(view: SettingsView) -> list[Item]:
    """What happens when something else stands there than was accepted."""

    def choice(name: str, choices: dict[str, str], help: str = "") -> Item:
        return choice_item(name, label(name), getattr(view, name), choices.items(), help=help)

    return [
        choice("drift_prices", DRIFT_PRICES),
        choice("drift_more", DRIFT_MORE, "They could be sold though you do not have them."),
        choice("drift_less", DRIFT_LESS, "Back Market lowers the quantity before it shows the order."),
        whole_item(
            "drift_grace_minutes",
            label("drift_grace_minutes"),
            view.drift_grace_minutes,
            suffix="minutes",
            help="So long a fall without an order is taken for a sale.",
        ),
    ]


def markets(view: SettingsView, region: str) -> list[MarketRow]:
    """Every market of a region."""
    stored = {row.market: row for row in view.markets}
    made = []
    for market in channel("backmarket").markets(region if region in REGIONS else view.region):
        row = stored.get(market.code, MarketSettings(market.code, False, ""))
        path = f"markets.{market.code}"
        made.append(
            MarketRow(
                market,
                flag_item(f"{path}.enabled", f"Updates in {market.name}", row.enabled),
                text_item(f"{path}.comment", f"Comment in {market.name}", row.comment, limit=500),
            )
        )
    return made


def default_market(view: SettingsView, rows: Sequence[MarketRow]) -> Item:
    """Where texts go."""
    return choice_item(
        "default_market",
        "Default market",
        view.default_market,
        [(row.market.code, row.market.name) for row in rows],
        help="Texts go there only, unless a market has its own.",
    )


def client(custom_inventory: bool, filtered: bool, notes: Mapping[str, str]) -> list[Item]:
    """Client Settings; `notes` say by field who would decide, or what is missing for it to change anything."""
    return [
        flag_item(name, label, value, help=notes.get(name, ""))
        for name, label, value in (
            (
                "custom_inventory_calculation",
                "Enable Custom Inventory Calculation For Back Market",
                custom_inventory,
            ),
            ("filtered_products", "Enable Filtered Products For Back Market Upload", filtered),
        )
    ]
