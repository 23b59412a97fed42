"""Listwright's own rules: what decides about a product where no plugin of the company's does.

A hook that is not here decides nothing by itself: nothing is filtered, a price stays, no check and no column is added.
"""

from __future__ import annotations

from collections.abc import Sequence

from listwright.plugins.hookspecs import hookimpl
from listwright.plugins.types import ProductFacts, StartingQuantity


@hookimpl
def inventory_calculation(products: Sequence[ProductFacts], settings: object) -> Sequence[StartingQuantity | None]:
    """Physical less reserved; no answer while stock was never set."""
    return [
        None
        if (available := product.available) is None
        else StartingQuantity(available, "Physical quantity less reserved units.")
        for product in products
    ]
