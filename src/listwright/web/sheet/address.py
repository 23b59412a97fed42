"""Addresses of a product's pages, and of the field that mends what is missing."""

from __future__ import annotations

from listwright.common.text import parse_sku, sku_in_address, unescape_sku
from listwright.web.sheet.items import field_id

_OF_PRODUCT = {"ean", "weight_lbs", "weight_oz", "images", "brand", "list_price", "site_price", "stock"}


def sku_of(segment: str) -> str:
    """The SKU an address names. Raises Invalid."""
    return parse_sku(unescape_sku(segment))


def product_address(slug: str, sku: str) -> str:
    """A product's page."""
    return f"/{slug}/catalog/{sku_in_address(sku)}/"


def backmarket_address(slug: str, sku: str) -> str:
    """A product's Back Market Properties."""
    return f"{product_address(slug, sku)}backmarket/"


def mending_address(slug: str, sku: str, code: str, field: str) -> str:
    """Where a missing attribute (its code and field, as readiness answers them) is mended."""
    if code == "condition_unmapped":
        return f"/{slug}/settings/conditions/"
    if field == "plugins":
        return f"/{slug}/plugins/"
    if field == "stock":
        return f"{product_address(slug, sku)}#field-stock-1"
    if field == "images":
        return f"{product_address(slug, sku)}#field-image"
    if field in _OF_PRODUCT:
        return f"{product_address(slug, sku)}?edit=1#{field_id(field)}"
    return f"{backmarket_address(slug, sku)}?edit=1#{field_id(field)}"
