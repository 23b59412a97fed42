"""The three panels of Back Market Properties as rows to view and edit (A3), labelled as there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from listwright.catalog.types import ProductView
from listwright.companies.queries import SettingsView
from listwright.listings.queries import ListingView, MarketView
from listwright.listings.rules.facts import AttributeFacts
from listwright.web.components import formats
from listwright.web.components.amounts import Home
from listwright.web.components.words import word
from listwright.web.sheet.items import (
    Item,
    choice_item,
    flag_item,
    money_item,
    text_item,
    whole_item,
    with_box,
)

_UPDATES = (("", "As the company"), ("true", "On"), ("false", "Off"))
_NUMBERED = re.compile(r"#(\d{1,9})\s*$")
DECIMAL, INTEGER, CHOICE = 0, 1, 3


def general(view: ListingView, product: ProductView, here: str) -> list[Item]:
    """General, without the attributes."""
    own_sku = bool(view.merchant_sku)
    comment = view.comment or view.default_comment
    return [
        flag_item(
            "enabled",
            "Back Market Enabled",
            view.enabled,
            note="" if view.enabled else word(view.status).text,
            help="Listwright may send this product’s information and updates to Back Market.",
        ),
        text_item(
            "merchant_sku",
            "Merchant SKU",
            view.effective_merchant_sku if view.linked else view.merchant_sku,
            shown=view.effective_merchant_sku,
            note="" if own_sku else "from SKU",
            limit=200,
            locked=view.linked,
            help="Locked while linked: Back Market cannot rename a listing."
            if view.linked
            else "Empty takes the product’s SKU.",
        ),
        text_item("title", "Back Market Title", view.title, limit=500, copy=product.name),
        text_item(
            "description",
            "Back Market Description",
            view.description,
            kind="area",
            rows=8,
            limit=30_000,
            copy=product.description,
        ),
        text_item(
            "comment",
            "Comment",
            view.comment,
            shown=comment,
            kind="area",
            rows=3,
            limit=500,
            note="company default" if not view.comment and comment else "",
            help="Shown to buyers. Without one Back Market keeps a market offline. Empty takes the company’s.",
        ),
        text_item(
            "category",
            "Default Category",
            category_text(view.category_path, view.category),
            suggestions=f"{here}categories/",
            help="Type a part of its name and choose.",
        ),
        text_item(
            "condition",
            "Condition",
            view.condition,
            shown=view.condition or product.condition,
            note=f"grade {word(view.grade).text}" if view.grade else "no grade",
            limit=100,
            datalist="conditions",
            help="Overrides the product’s, " + (f"“{product.condition}”." if product.condition else "which has none."),
        ),
        flag_item("repricing_enabled", "Enable Back Market Repricing", view.repricing_enabled),
    ]


def attributes(view: ListingView, asked: Sequence[AttributeFacts]) -> list[Item]:
    """What the Default Category asks for, then what else is kept."""
    kept = [field for field in view.attributes if field not in {attribute.field for attribute in asked}]
    return [_attribute(row, view.attributes.get(row.field, "")) for row in asked] + [
        text_item(f"attributes.{field}", field, view.attributes[field], note="not asked for") for field in kept
    ]


def _attribute(asked: AttributeFacts, value: str) -> Item:
    name = f"attributes.{asked.field}"
    if asked.type == CHOICE and asked.allowed:
        known = [(choice, choice) for choice in asked.allowed]
        if value and value not in asked.allowed:
            known.insert(0, (value, f"{value} (not allowed)"))
        item = choice_item(name, asked.name, value, [("", "—"), *known], shown=value)
    elif asked.type == INTEGER:
        item = text_item(name, asked.name, value, kind="decimal", help="A whole number.")
    elif asked.type == DECIMAL:
        item = text_item(name, asked.name, value, kind="decimal", help="A number such as 6.1.")
    else:
        item = text_item(name, asked.name, value, limit=500)
    return replace(item, required=asked.required)


def inventory(view: ListingView, account: SettingsView) -> list[Item]:
    """Inventory, without the two Available Qty."""
    most, safety = account.default_max_quantity, account.default_safety_quantity
    default_warranty = account.default_warranty_months
    return [
        flag_item("max_quantity_enabled", "Enable Max Qty", view.max_quantity_enabled, help="Unticked means no cap."),
        with_box(
            whole_item(
                "max_quantity",
                "Max Quantity",
                view.max_quantity,
                shown=formats.number(view.max_quantity) if view.max_quantity is not None else "no cap",
                when="max_quantity_enabled",
                hidden=not view.max_quantity_enabled,
            ),
            "max_quantity_default",
            view.max_quantity_default,
            "" if most is None else str(most),
            "company settings",
        ),
        with_box(
            whole_item("safety_quantity", "Safety Qty", view.safety_quantity),
            "safety_quantity_default",
            view.safety_quantity_default,
            str(safety),
            "company settings",
        ),
        whole_item(
            "warranty_months",
            "Warranty Delay",
            view.warranty_months,
            shown=_months(view.warranty_months if view.warranty_months is not None else default_warranty),
            note="company default" if view.warranty_months is None and default_warranty is not None else "",
            suffix="months",
            help=f"Blank takes the company default, {default_warranty} months."
            if default_warranty is not None
            else "At least 12 months; the company has no default.",
        ),
    ]


def _months(value: int | None) -> str:
    return "" if value is None else formats.number(value)


def pricing(view: ListingView, product: ProductView, here: Home) -> list[Item]:
    """Pricing, without the prices of the markets."""
    hidden = not view.repricing_enabled
    return [
        with_box(
            money_item("price", "Back Market Price", view.price, here),
            "price_default",
            view.price_default,
            formats.amount(product.site_price, *here),
            "Site/Retail Price",
        ),
        money_item("min_price", "Min Price (Decimal)", view.min_price, here, when="repricing_enabled", hidden=hidden),
        money_item("ceiling", "Ceiling", view.ceiling, here, when="repricing_enabled", hidden=hidden),
    ]


def market(view: ListingView, row: MarketView) -> dict[str, Item]:
    """What a listing has of its own in one market, by field; empty means: as everywhere."""
    path = f"markets.{row.market}"
    where = f" in {row.name}"
    answer = {None: "", True: "true", False: "false"}[row.enabled]
    serves = view.currency == row.currency
    here = Home(row.currency, row.market)
    of_company = formats.money(row.price_in_force, *here) if serves else f"needs one in {row.currency}"
    hidden = not view.repricing_enabled
    return {
        "enabled": choice_item(f"{path}.enabled", f"Updates{where}", answer, _UPDATES),
        "price": money_item(f"{path}.price", f"Price{where}", row.price, here, help=of_company),
        "min_price": money_item(
            f"{path}.min_price", "Min Price (Decimal)", row.min_price, here, when="repricing_enabled",
            hidden=hidden,
        ),
        "ceiling": money_item(
            f"{path}.ceiling", "Ceiling", row.ceiling, here, when="repricing_enabled", hidden=hidden
        ),
        "comment": text_item(f"{path}.comment", "Comment", row.comment, kind="area", rows=2, limit=500),
        "title": text_item(f"{path}.title", "Title", row.title, limit=500),
        "description": text_item(
            f"{path}.description", "Description", row.description, kind="area", rows=4, limit=30_000
        ),
    }  # fmt: skip


def category_text(path: str, number: int | None) -> str:
    """A category as the form writes it: `Smartphones › iPhone #1002`, so that its number is never in doubt."""
    return "" if number is None else f"{path} #{number}".strip()


def category_value(text: str | None) -> int | str | None:
    """What a person chose: the number behind the path, or the text they wrote."""
    if not text:
        return None
    numbered = _NUMBERED.search(text)
    return int(numbered[1]) if numbered else text
