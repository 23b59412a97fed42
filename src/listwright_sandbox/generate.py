"""Listings made up from a seed, believable enough to fill a screen or a benchmark."""

from decimal import Decimal
from itertools import product as combinations
from random import Random

from .fields import GRADES
from .listings import Offer
from .market import MARKETS
from .products import Product
from .sandbox import Sandbox

_MODELS = [
    ("Apple", "iPhone 11", 180), ("Apple", "iPhone 12", 230), ("Apple", "iPhone 13", 330), ("Apple", "iPhone 14", 430),
    ("Apple", "iPhone SE (2022)", 190), ("Apple", "iPhone 13 Pro", 460), ("Samsung", "Galaxy S21", 190),
    ("Samsung", "Galaxy S22", 260), ("Samsung", "Galaxy S23", 370), ("Samsung", "Galaxy A54", 180),
    ("Google", "Pixel 7", 240), ("Google", "Pixel 8", 350), ("Xiaomi", "Redmi Note 12", 120), ("OnePlus", "9 Pro", 260),
]  # fmt: skip
_STORAGES = [(64, 0), (128, 25), (256, 60)]
_COLORS = [
    {"fr": "Noir", "de": "Schwarz", "en": "Black", "es": "Negro"},
    {"fr": "Blanc", "de": "Weiß", "en": "White", "es": "Blanco"},
    {"fr": "Bleu", "de": "Blau", "en": "Blue", "es": "Azul"},
    {"fr": "Vert", "de": "Grün", "en": "Green", "es": "Verde"},
]
_UNLOCKED = {"fr": "Débloqué", "de": "Ohne Vertrag", "en": "Unlocked", "es": "Libre"}
_COMMENTS = {
    "fr": "Testé et nettoyé dans notre atelier, livré avec câble.",
    "de": "In unserer Werkstatt geprüft und gereinigt, mit Kabel.",
    "en": "Tested and cleaned in our workshop, cable included.",
    "es": "Probado y limpiado en nuestro taller, con cable.",
}
_MARKETS = ("fr-fr", "de-de", "es-es", "en-gb")
_IN_POUNDS = Decimal("0.86")
_CENT = Decimal("0.01")
_GRADE_SHARE = {
    "PREMIUM": Decimal("1.15"), "EXCELLENT": Decimal("1.05"), "VERY_GOOD": Decimal("0.95"),
    "GOOD": Decimal("0.88"), "FAIR": Decimal("0.80"), "STALLONE": Decimal("0.70"),
}  # fmt: skip


def fill(sandbox: Sandbox, count: int) -> None:
    """Adds that many listings of phones in four markets, each product in every grade, most of them online."""
    random = Random(sandbox.seed)  # noqa: S311 (made-up data)
    made = 0
    batch = 0
    while made < count:
        for (brand, model, base), (storage, more), color in combinations(_MODELS, _STORAGES, _COLORS):
            product = _product(sandbox, random, brand, model, storage, color, Decimal(base + more), batch)
            for grade in GRADES:
                if made == count:
                    return
                _listing(sandbox, random, product, grade, Decimal(base + more), made)
                made += 1
        batch += 1


def _product(
    sandbox: Sandbox,
    random: Random,
    brand: str,
    model: str,
    storage: int,
    color: dict[str, str],
    base: Decimal,
    batch: int,
) -> Product:
    edition = f" ({2020 + batch})" if batch else ""
    titles = {
        code: f"{model}{edition} {storage} {'Go' if code[:2] == 'fr' else 'GB'} - {color[code[:2]]} - {_UNLOCKED[code[:2]]}"
        for code in _MARKETS
    }
    rivals = {
        code: [_local(base * Decimal(random.randrange(85, 125)) / 100, code) for _ in range(3)]
        for code in _MARKETS
        if random.random() < 0.8
    }
    return sandbox.products.new(
        ean=_ean(random),
        category_id=1,
        titles=titles,
        brand=brand,
        max_prices={code: _local(base * 2, code) for code in _MARKETS},
        rivals=rivals,
    )


def _listing(sandbox: Sandbox, random: Random, product: Product, grade: str, base: Decimal, number: int) -> None:
    listing = sandbox.listings.new(f"DEMO-{number + 1:06d}", product, grade)
    listing.quantity = random.choice((0, 1, 1, 2, 3, 5, 8, 14))
    price = base * _GRADE_SHARE[grade] * Decimal(random.randrange(96, 105)) / 100
    for code in _MARKETS:
        here = _local(price, code)
        listing.offers[code] = Offer(
            price=here,
            min_price=(here * Decimal("0.93")).quantize(_CENT),
            comment=_COMMENTS[code[:2]],
            warranty_delay=12,
        )


def _local(euros: Decimal, code: str) -> Decimal:
    return (euros * (_IN_POUNDS if MARKETS[code].currency == "GBP" else 1)).quantize(_CENT)


def _ean(random: Random) -> str:
    body = f"590{random.randrange(10**9):09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"
