"""What the sandbox starts with: most of the demo company's listings stand on Back Market already."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from listwright.demo import texts
from listwright.demo.catalog import MARKETS, SEED, DemoProduct
from listwright.demo.devices import HANDHELD, IPAD, SMARTPHONE

_SPACE = uuid.UUID("5a3f2a86-6f0b-4c0e-9a2e-6b1f0d3c7e11")
_LANGUAGES = {"fr-fr": "fr", "de-de": "de", "en-gb": "en"}
_CENT = Decimal("0.01")

# Sold for years by the back office alone: listings the company's catalog knows nothing of.
UNLINKED = (
    ("OLD-IP8-64-GRIS", "iPhone 8 64 Go - Gris sidéral - Débloqué", "GOOD", 2, "109.00", SMARTPHONE),
    ("OLD-IPX-64-ARG", "iPhone X 64 Go - Argent - Débloqué", "FAIR", 1, "129.00", SMARTPHONE),
    ("OLD-S10-128-NOIR", "Galaxy S10 128 Go - Noir - Débloqué", "GOOD", 3, "119.00", SMARTPHONE),
    ("OLD-S20-128-GRIS", "Galaxy S20 128 Go - Gris - Débloqué", "VERY_GOOD", 0, "149.00", SMARTPHONE),
    ("OLD-IPAD7-32-OR", "iPad (2019, 7e génération) 32 Go - Or - WiFi", "GOOD", 2, "149.00", IPAD),
    ("OLD-NSW-2017", "Nintendo Switch 32 Go - Gris - Avec manette", "FAIR", 1, "139.00", HANDHELD),
)


def state(products: Sequence[DemoProduct], seed: int = SEED) -> dict[str, Any]:
    """The sandbox's state to start from (its `--state`): Back Market's products, and the company's listings."""
    luck = random.Random(seed)  # noqa: S311 - made-up data
    known: dict[str, dict[str, Any]] = {}
    listings = []
    for product in products:
        if not product.known:
            continue
        known.setdefault(product.ean, _known(luck, product))
        if product.listed:
            listings.append(_listing(product))
    return {"settings": {"limits": "real"}, "products": list(known.values()), "listings": listings + _unlinked()}


def _known(luck: random.Random, product: DemoProduct) -> dict[str, Any]:
    device, worth = product.device, product.worth
    rivals = {}
    for market in MARKETS:
        if luck.random() < 0.8:
            here = worth * (Decimal("0.86") if market == "en-gb" else 1)
            shares = (Decimal(luck.randrange(90, 122)) / 100 for _ in range(3))
            rivals[market] = [str((here * share).quantize(_CENT)) for share in shares]
    return {
        "product_id": str(uuid.uuid5(_SPACE, product.ean)),
        "ean": product.ean,
        "category_id": device.category,
        "brand": device.brand,
        "titles": {
            market: texts.title(device, product.gigabytes, product.colour, language)
            for market, language in _LANGUAGES.items()
        },
        "max_prices": {market: str(device.new * 2) for market in MARKETS},
        "rivals": rivals,
    }


def _listing(product: DemoProduct) -> dict[str, Any]:
    return {
        "sku": product.sku,
        "id": str(uuid.uuid5(_SPACE, product.sku)),
        "product_id": str(uuid.uuid5(_SPACE, product.ean)),
        "grade": product.grade,
        "quantity": product.quantity,
        "markets": {
            market: {
                **({"price": str(product.prices[market])} if market in product.prices else {}),
                "comment": texts.COMMENTS[market],
                "warranty_delay": product.listing.get("warranty_months", 12),
            }
            for market in MARKETS
        },
    }


def _unlinked() -> list[dict[str, Any]]:
    return [
        {
            "sku": sku,
            "id": str(uuid.uuid5(_SPACE, sku)),
            "title": title,
            "category_id": category,
            "grade": grade,
            "quantity": quantity,
            "markets": {"fr-fr": {"price": price, "comment": "Appareil testé et nettoyé.", "warranty_delay": 12}},
        }
        for sku, title, grade, quantity, price, category in UNLINKED
    ]
