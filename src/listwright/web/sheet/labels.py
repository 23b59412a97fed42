"""What fields are called on screen, word for word everywhere: in forms, history and messages."""

from __future__ import annotations

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    # products
    "sku": "SKU",
    "name": "Name",
    "ean": "EAN",
    "brand": "Brand",
    "condition": "Condition",
    "weight_lbs": "Prod. Weight, lbs",
    "weight_oz": "Prod. Weight, oz",
    "site_price": "Site/Retail Price",
    "list_price": "List Price",
    "description": "Description",
    "images": "Images",
    "stock": "Stock",
    # Back Market Properties
    "enabled": "Back Market Enabled",
    "status": "State",
    "merchant_sku": "Merchant SKU",
    "title": "Title",
    "comment": "Comment",
    "category": "Default Category",
    "attributes": "Attributes",
    "warranty_months": "Warranty Delay",
    "max_quantity_enabled": "Enable Max Qty",
    "max_quantity": "Max Quantity",
    "max_quantity_default": "Max Quantity, Default",
    "safety_quantity": "Safety Qty",
    "safety_quantity_default": "Safety Qty, Default",
    "price": "Back Market Price",
    "price_default": "Back Market Price, Default",
    "repricing_enabled": "Enable Back Market Repricing",
    "min_price": "Min Price (Decimal)",
    "ceiling": "Ceiling",
    "back_market_id": "Back Market ID",
    "link_problem": "Held for a person",
    "missing_there": "Missing there",
    # General Settings
    "environment": "Environment",
    "region": "Region",
    "sandbox_url": "Sandbox address",
    "token": "Token",
    "agent_company": "Company name",
    "contact_mail": "Contact mail",
    "default_market": "Default market",
    "inventory_upload": "Enable Inventory Upload",
    "prices_upload": "Enable Prices Upload",
    "orders_download": "Order download",
    "stock_feed": "Stock figures",
    "default_max_quantity": "Max Quantity",
    "default_safety_quantity": "Safety Qty",
    "default_warranty_months": "Warranty Delay",
    "default_comment": "Comment",
    "hourly_lines": "Lines an hour",
    "send_min_price": "Hand Min Price to BackPricer",
    "breaker_zeros_share": "Hold zeros above",
    "breaker_zeros_least": "and at least",
    "breaker_price_fall": "Hold a price that falls more than",
    "breaker_refused_share": "Hold when refused above",
    "breaker_refused_least": "and at least so many refused",
    "breaker_minutes": "Counted within",
    "drift_prices": "Another price stands there",
    "drift_more": "More units stand there",
    "drift_less": "Fewer units stand there",
    "drift_grace_minutes": "Wait for an order",
    "currency": "Currency",
    "sellable": "Sellable",
}


def label(path: str) -> str:
    """A field's name on screen from its path: `markets.fr-fr.price` is “Back Market Price in fr-fr”."""
    first, _, rest = path.partition(".")
    if first == "markets" and "." in rest:
        market, _, name = rest.partition(".")
        return f"{'Updates' if name == 'enabled' else LABELS.get(name, name)} in {market}"
    if first == "attributes" and rest:
        return rest.replace("_", " ").capitalize()
    if first == "stock" and rest:
        return f"Stock in {rest}"
    return LABELS.get(path) or path.replace("_", " ").capitalize()
