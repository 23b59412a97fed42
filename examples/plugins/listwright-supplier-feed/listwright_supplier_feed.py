"""Supplier feed.

Offers what your supplier has in stock: a CSV file or web address with a SKU and a quantity a row. A SKU that is not in
the list keeps your own stock. Units that orders have taken and the list may not know of yet are taken off.
"""

from __future__ import annotations

import csv
import io
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from listwright.plugins import hookimpl
from listwright.plugins.types import ProductFacts, StartingQuantity


class Settings(BaseModel):
    """Where the list is, and how to read it."""

    source: str = Field(title="Stock list", description="A file's path, or an address that begins with https://.")
    sku_column: str = Field("sku", title="Column of the SKU")
    quantity_column: str = Field("quantity", title="Column of the quantity")
    keep_minutes: int = Field(5, ge=0, le=1440, title="Read it again after … minutes")
    add_own_stock: bool = Field(False, title="Add our own stock")


_read: dict[str, tuple[float, dict[str, int]]] = {}


@hookimpl
def settings_model() -> type[Settings]:
    """Where the list is."""
    return Settings


@hookimpl
def inventory_calculation(products: Sequence[ProductFacts], settings: Settings) -> list[StartingQuantity | None]:
    """The supplier's quantity less reserved units; none of ours for a SKU that is not in the list."""
    stock = _stock(settings)
    return [_quantity(product, stock.get(product.sku.casefold()), settings) for product in products]


def _quantity(product: ProductFacts, theirs: int | None, settings: Settings) -> StartingQuantity | None:
    if theirs is None:
        return None
    if settings.add_own_stock:
        ours = max(0, product.available or 0)
        return StartingQuantity(theirs + ours, f"The supplier has {theirs}, and we have {ours}.")
    left = max(0, theirs - product.reserved)
    return StartingQuantity(left, f"The supplier has {theirs}; orders have taken {product.reserved}.")


def _stock(settings: Settings) -> dict[str, int]:
    """{SKU in lower case: quantity}, read again when it is old. What cannot be read raises: Listwright then keeps the
    last quantities, less what was sold since."""
    key = settings.model_dump_json()
    at, stock = _read.get(key, (0.0, {}))
    if not at or time.monotonic() - at >= settings.keep_minutes * 60:
        rows = csv.DictReader(io.StringIO(_text(settings.source)))
        stock = {row[settings.sku_column].casefold(): int(row[settings.quantity_column]) for row in rows}
        _read[key] = (time.monotonic(), stock)
    return stock


def _text(source: str) -> str:
    if source.startswith("https://"):
        with urllib.request.urlopen(source, timeout=2) as answer:  # noqa: S310 - https alone
            content: bytes = answer.read()
        return content.decode("utf-8-sig")
    return Path(source).read_text("utf-8-sig")
