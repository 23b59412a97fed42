"""The columns of a product's Back Market Properties (A2, A3)."""

from collections.abc import Callable, Mapping
from typing import Any

from listwright.bulk.columns.column import Column, Standing
from listwright.bulk.columns.kinds import BOOLEAN, MONEY, TEXT, WHOLE, Kind
from listwright.listings.operations.edits import EMPTY_MARKET, ON

CATEGORY = ("category",)
"""The path of the column whose cells name a node of the tree."""

WITH_BOX = ("price", "max_quantity", "safety_quantity")
"""Fields whose Default box is stored."""

FALLBACKS: Mapping[str, Any] = {
    "merchant_sku": "", "condition": "", "warranty_months": None, "max_quantity_enabled": False,
}  # fmt: skip
"""Fields that fall back by being empty: their `…UseDefault` stores this value, and no box."""


def _own(name: str) -> Callable[[Standing], Any]:
    return lambda standing: None if standing.listing is None else standing.listing.columns[name]


def _enabled(standing: Standing) -> bool:
    return standing.listing is not None and standing.listing.columns["status"] == ON


def _unless_default(name: str) -> Callable[[Standing], Any]:
    """A value whose Default box is ticked is written as blank: written out, it would untick the box on its way back."""

    def read(standing: Standing) -> Any:
        if standing.listing is None or standing.listing.columns[f"{name}_default"]:
            return None
        return standing.listing.columns[name]

    return read


def _falls_back(name: str) -> Callable[[Standing], bool]:
    return lambda standing: standing.listing is None or standing.listing.columns[name] in (None, "", False)


def _column(
    header: str, name: str, kind: Kind, meaning: str, example: str,
    read: Callable[[Standing], Any] | None = None, *, aliases: tuple[str, ...] = (), emptiable: bool = True,
) -> Column:  # fmt: skip
    return Column(header, "listing", (name,), kind, meaning, example, read or _own(name), aliases, emptiable)


def _box(header: str, name: str, read: Callable[[Standing], Any]) -> Column:
    meaning = f"Yes: {header} takes its default"
    return _column(f"{header}UseDefault", f"{name}_default", BOOLEAN, meaning, "Yes", read, emptiable=False)


_VALUES: tuple[Column, ...] = (
    _column(
        "BackmarketEnabled", "enabled", BOOLEAN, "Listwright may send this product to Back Market", "Yes", _enabled,
        emptiable=False,
    ),
    _column("BackmarketTitle", "title", TEXT, "Back Market Title", "iPhone 13 128 GB - Midnight - Unlocked"),
    _column(
        "DescriptionForChannel_BackMarket", "description", TEXT, "Back Market Description", "Tested, with charger.",
        aliases=("BackmarketDescription",),
    ),
    _column(
        "BackmarketCategory", "category", TEXT, "Default Category: its id, full path, or the unique name of a leaf",
        "Smartphones › iPhone", _own("category_id"), aliases=("BackmarketDefaultCategory",),
    ),
    _column("BackmarketWarrantyLength", "warranty_months", WHOLE, "Warranty Delay, whole months", "12"),
    _column("BackmarketMerchantSKU", "merchant_sku", TEXT, "Merchant SKU, when it is not the SKU", "IP13-128-BLK"),
    _column("BackmarketCondition", "condition", TEXT, "Condition for Back Market, when it is not the product's", "Good"),
    _column(
        "BackmarketEnableMaxQty", "max_quantity_enabled", BOOLEAN, "Whether Max Quantity caps what is offered", "No",
        emptiable=False,
    ),
    _column("BackmarketMaxQty", "max_quantity", WHOLE, "Max Quantity", "5", _unless_default("max_quantity")),
    _column("BackmarketSafetyQty", "safety_quantity", WHOLE, "Safety Qty", "1", _unless_default("safety_quantity")),
    _column(
        "BackmarketPrice", "price", MONEY, "Back Market Price, in the company's currency", "389.00",
        _unless_default("price"),
    ),
    _column(
        "BackMarketEnableAutoRepricing", "repricing_enabled", BOOLEAN, "Enable Back Market Repricing", "No",
        aliases=("BackmarketEnableRepricing",), emptiable=False,
    ),
    _column("BackMarketMinPrice", "min_price", MONEY, "Min Price (Decimal)", "350.00"),
    _column("BackMarketCeiling", "ceiling", MONEY, "The price repricing never exceeds", "420.00"),
    _column("BackMarketComment", "comment", TEXT, "Comment shown with the offer", "As good as new"),
)  # fmt: skip


def _with_boxes() -> tuple[Column, ...]:
    made: list[Column] = []
    for column in _VALUES:
        made.append(column)
        name = column.field
        if name in WITH_BOX:
            made.append(_box(column.header, name, _own(f"{name}_default")))
        elif name in FALLBACKS:
            made.append(_box(column.header, name, _falls_back(name)))
    return tuple(made)


LISTING = _with_boxes()

PER_MARKET: Mapping[str, Column] = {column.field: column for column in LISTING if column.field in EMPTY_MARKET}
"""Columns that a market can have of its own, as `HEADER:market`, by field."""


def of_market(column: Column, market: str) -> Column:
    """The same column for one market only."""
    name = column.field

    def read(standing: Standing) -> Any:
        return None if standing.listing is None else standing.listing.own.get(market, EMPTY_MARKET)[name]

    meaning = f"{column.meaning}; in {market} only"
    return Column(
        f"{column.header}:{market}", "listing", ("markets", market, name), column.kind, meaning, column.example, read
    )


def attribute(field: str) -> Column:
    """One of the attributes the Default Category asks for."""

    def read(standing: Standing) -> Any:
        return None if standing.listing is None else standing.listing.columns["attributes"].get(field)

    meaning = f"Attribute “{field}” of the Default Category"
    return Column(f"Attribute:{field}", "listing", ("attributes", field), TEXT, meaning, "Black", read)


UNSTORED: Mapping[str, str] = {f"{name}_default": name for name in FALLBACKS}
"""Their Default boxes, which follow from their values."""


def resolve_boxes(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Turns the `…_default` of fields without a stored box into their value; {field: sentence} for contradictions."""
    wrong: dict[str, str] = {}
    if UNSTORED.keys().isdisjoint(values):
        return values, wrong
    resolved = dict(values)
    for box, name in UNSTORED.items():
        if resolved.pop(box, False) is not True:
            continue
        fallback = FALLBACKS[name]
        if resolved.setdefault(name, fallback) not in (None, fallback):
            wrong[name] = f"“{resolved[name]}” was given together with its default: leave one of the two blank."
    return resolved, wrong
