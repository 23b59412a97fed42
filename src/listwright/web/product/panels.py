"""A product's data as rows to view and edit."""

from __future__ import annotations

from listwright.catalog.types import ProductView
from listwright.web.components.amounts import Home
from listwright.web.sheet.items import Item, money_item, text_item
from listwright.web.sheet.labels import LABELS


def data(product: ProductView) -> list[Item]:
    """What the product is."""
    pounds = "" if product.weight_lbs is None else format(product.weight_lbs, "f")
    ounces = "" if product.weight_oz is None else format(product.weight_oz, "f")
    return [
        text_item("name", "Name", product.name, limit=500),
        text_item("ean", "EAN", product.ean, limit=60, help="8, 12, 13 or 14 digits, as under the bar code."),
        text_item("brand", "Brand", product.brand, limit=200),
        text_item("condition", "Condition", product.condition, limit=100, datalist="conditions"),
        text_item("weight_lbs", LABELS["weight_lbs"], pounds, kind="decimal", suffix="lbs"),
        text_item("weight_oz", LABELS["weight_oz"], ounces, kind="decimal", suffix="oz"),
        text_item("description", "Description", product.description, kind="area", rows=8, limit=60_000),
    ]


def prices(product: ProductView, here: Home) -> list[Item]:
    """What it costs here and when new."""
    return [
        money_item(
            "site_price", "Site/Retail Price", product.site_price, here, help="Channels fall back to this price."
        ),
        money_item("list_price", "List Price", product.list_price, here, help="The price of the product when new."),
    ]
