"""The demo company's catalog: the same seed makes the same products, in every state of readiness."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from listwright.demo import texts
from listwright.demo.devices import CONSOLE, DEVICES, HANDHELD, Colour, Device
from listwright.listings.rules.availability import quantity_for_back_market
from listwright.listings.rules.facts import QuantityRules

SEED = 2026
PRODUCTS = 500
LISTED = 436  # stand on Back Market already
DEFAULT_MAX_QUANTITY = 10
MARKETS = ("fr-fr", "de-de", "en-gb")

# The company's own words and Back Market's grades; the last is not mapped, and so a product in it cannot be posted.
CONDITIONS = {
    "Like New": "PREMIUM",
    "Excellent": "EXCELLENT",
    "Very Good": "VERY_GOOD",
    "Good": "GOOD",
    "Fair": "FAIR",
    "Open Box": "",
}
_USED = ("Very Good", "Very Good", "Good", "Good", "Excellent", "Excellent", "Fair", "Like New")
_CODES = {"Like New": "LN", "Excellent": "EX", "Very Good": "VG", "Good": "GD", "Fair": "FR"}
_WORTH = {
    "Like New": Decimal("1.14"),
    "Excellent": Decimal("1.07"),
    "Very Good": Decimal(1),
    "Good": Decimal("0.92"),
    "Fair": Decimal("0.83"),
}
_POUNDS = Decimal("0.86")
_GRAMS_PER_POUND = Decimal("453.59237")
_OUNCES_PER_POUND = 16
# GS1 keeps the numbers that begin with 2 for use inside a company: no maker has them.
_EAN_BEGINNING = "290"

FLAWS = (
    "no_weight", "wrong_ean", "no_ean", "unmapped_condition", "no_category", "no_title", "no_description", "no_image",
    "no_warranty", "sold_out", "stock_unknown", "kept_back", "no_price",
)  # fmt: skip
"""What can keep a product from being posted as it is; `sold_out` is the most frequent, as in life."""

NEW_TO_BACK_MARKET = ("complete", "complete", "no_list_price", "no_attributes", "no_brand")
"""Products Back Market has never seen: what is missing shows once it has said so."""


@dataclass(slots=True)
class DemoProduct:
    """A product as the company knows it, and what stands on Back Market.

    `catalog` are the fields of `catalog.types.ProductData`, `listing` Back Market's properties by their REST names,
    both without what the product lacks. `picture` names its picture. `prices` and `quantity` stand on Back Market when
    `listed`; `known` says that Back Market has the product at least. `worth` is the usual price in euros.
    """

    sku: str
    device: Device
    gigabytes: int
    colour: Colour
    condition: str
    ean: str
    worth: Decimal
    catalog: dict[str, Any]
    listing: dict[str, Any]
    flaw: str = ""
    listed: bool = False
    known: bool = True
    enabled: bool = True
    new_kind: str = ""
    quantity: int = 0
    prices: dict[str, Decimal] = field(default_factory=dict)

    @property
    def picture(self) -> str:
        """The name of its picture among the static files."""
        return f"{self.device.picture}-{self.colour.plain.lower().replace(' ', '-')}.svg"

    @property
    def grade(self) -> str:
        """The grade its units have, whatever the company calls their condition."""
        return CONDITIONS[self.condition]


class _Variant(NamedTuple):
    device: Device
    gigabytes: int
    colour: Colour
    ean: str


def products(seed: int = SEED) -> list[DemoProduct]:
    """All products, in the order they are created."""
    luck = random.Random(seed)  # noqa: S311 - made-up data
    made = [_product(luck, variant, condition) for variant, condition in _choose(luck)]
    luck.shuffle(made)
    for product in made[:LISTED]:
        product.listed = True
    _flaw(luck, made)
    for number, product in enumerate(made[-len(NEW_TO_BACK_MARKET) :]):
        _make_unknown(product, NEW_TO_BACK_MARKET[number])
    for product in made:
        _take_away(luck, product)
        if product.listed:
            _stand(luck, product)
    return made


def _choose(luck: random.Random) -> list[tuple[_Variant, str]]:
    """Every variant once, then some again in another condition: a device keeps its EAN whatever its condition."""
    variants = list(_variants(luck))
    chosen = [(variant, luck.choice(_USED)) for variant in variants]
    again = [variant for variant in variants if variant.device.picture in ("phone", "console")]
    luck.shuffle(again)
    for variant in again[: PRODUCTS - len(chosen)]:
        first = next(condition for other, condition in chosen if other is variant)
        chosen.append((variant, luck.choice([one for one in _USED if one != first])))
    return chosen


def _variants(luck: random.Random) -> Iterator[_Variant]:
    taken: set[str] = set()
    for device in DEVICES:
        for gigabytes in device.sizes:
            for colour in device.colours:
                ean = _ean(luck)
                while ean in taken:
                    ean = _ean(luck)
                taken.add(ean)
                yield _Variant(device, gigabytes, colour, ean)


def _ean(luck: random.Random) -> str:
    body = f"{_EAN_BEGINNING}{luck.randrange(10**9):09d}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """The last digit of an EAN-13 that begins with these twelve."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return str(-total % 10)


def _product(luck: random.Random, variant: _Variant, condition: str) -> DemoProduct:
    device, gigabytes, colour, ean = variant
    largest_first = sorted(device.sizes).index(gigabytes)
    worth = _asked(device.sizes[gigabytes] * _WORTH[condition] * Decimal(luck.randrange(97, 104)) / 100)
    list_price = Decimal(device.new + device.step * largest_first) + Decimal("0.00")
    pounds, ounces = _weight(device.grams)
    grade = CONDITIONS[condition]
    price = worth
    catalog: dict[str, Any] = {
        "name": texts.name(device, gigabytes, colour),
        "ean": ean,
        "brand": device.brand,
        "condition": condition,
        "weight_lbs": pounds,
        "weight_oz": ounces,
        "site_price": price,
        "list_price": list_price,
        "description": texts.remark(device, gigabytes, colour),
        "stock": _stock(luck),
    }
    listing: dict[str, Any] = {
        "title": texts.title(device, gigabytes, colour, "fr"),
        "description": texts.description(device, gigabytes, colour, grade),
        "category": device.category,
        "attributes": _attributes(device, gigabytes, colour),
        "warranty_months": luck.choice((12, 12, 12, 24)),
        "markets": {},
    }
    if luck.random() < 0.25:
        listing["max_quantity_enabled"] = True
    if luck.random() < 0.12:
        listing |= {"safety_quantity": 1}
    if luck.random() < 0.12:
        listing |= {"repricing_enabled": True, "min_price": _asked(price * Decimal("0.88"))}
    if luck.random() < 0.92:
        listing["markets"]["en-gb"] = {"price": _asked(price * _POUNDS)}
    if luck.random() < 0.15:
        listing["markets"]["de-de"] = {"price": _asked(price * Decimal("1.03"))}
    sku = f"{device.code}-{gigabytes}-{colour.code}-{_CODES[condition]}"
    return DemoProduct(sku, device, gigabytes, colour, condition, ean, worth, catalog, listing)


def _attributes(device: Device, gigabytes: int, colour: Colour) -> dict[str, str]:
    # A console's storage is a number, everything else's one of the tree's sizes.
    sizes = (16, 32, 64, 128, 256, 512, 1000, 2000)
    free = device.category in (CONSOLE, HANDHELD)
    storage = gigabytes if free else min(sizes, key=lambda size: abs(size - gigabytes))
    return {**device.attributes, "storage": str(storage), "color": colour.plain}


def _weight(grams: int) -> tuple[Decimal, Decimal]:
    """Whole pounds and the ounces left, to a hundredth."""
    pounds = int(grams / _GRAMS_PER_POUND)
    ounces = (grams / _GRAMS_PER_POUND - pounds) * _OUNCES_PER_POUND
    return Decimal(pounds), ounces.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _asked(amount: Decimal) -> Decimal:
    """A price as shops write it: whole, ending in 9 when above 100."""
    whole = int(amount.to_integral_value(ROUND_HALF_UP))
    if whole > 100:
        whole = round(whole / 5) * 5 - 1
    return Decimal(whole).quantize(Decimal("0.01"))


def _stock(luck: random.Random) -> dict[str, int]:
    units = {"main": luck.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 12, 15))}
    if luck.random() < 0.25:
        units["lyon-shop"] = luck.randrange(1, 4)
    if luck.random() < 0.2:
        units["repair"] = luck.randrange(1, 6)
    return units


def _flaw(luck: random.Random, made: Sequence[DemoProduct]) -> None:
    """About a third is not ready, for different reasons; those not on Back Market yet a little more seldom."""
    listed = [product for product in made if product.listed]
    luck.shuffle(listed)
    for number, product in enumerate(listed[:140]):
        product.flaw = "sold_out" if number < 44 else FLAWS[number % len(FLAWS)]
    for product in listed[140:152]:
        product.enabled = False
    absent = [product for product in made if not product.listed]
    for number, product in enumerate(absent[: len(FLAWS) * 2]):
        product.flaw = FLAWS[number % len(FLAWS)]


def _make_unknown(product: DemoProduct, kind: str) -> None:
    product.known, product.new_kind = False, kind
    # An EAN of its own: no other product of the catalog may make it known.
    body = product.ean[:-4] + f"{int(product.ean[-4:-1]) ^ 0b101:03d}"[-3:]
    product.ean = product.catalog["ean"] = body + check_digit(body)
    if kind == "no_list_price":
        del product.catalog["list_price"]
    elif kind == "no_attributes":
        del product.listing["attributes"]
    elif kind == "no_brand":
        del product.catalog["brand"]


def _take_away(luck: random.Random, product: DemoProduct) -> None:
    """Makes the product lack what its flaw says."""
    catalog, listing = product.catalog, product.listing
    match product.flaw:
        case "no_weight":
            del catalog["weight_lbs"], catalog["weight_oz"]
        case "wrong_ean":
            digits = catalog["ean"]
            catalog["ean"] = digits[:-1] + str((int(digits[-1]) + luck.randrange(1, 10)) % 10)
        case "no_ean":
            del catalog["ean"]
        case "unmapped_condition":
            catalog["condition"] = "Open Box"
        case "no_category":
            del listing["category"], listing["attributes"]
        case "no_title":
            del listing["title"]
        case "no_description":
            del listing["description"]
        case "no_warranty":
            del listing["warranty_months"]
        case "sold_out":
            catalog["stock"] = {**catalog["stock"], "main": 0}
            catalog["stock"].pop("lyon-shop", None)
        case "stock_unknown":
            del catalog["stock"]
        case "kept_back":
            catalog["stock"] = {"main": luck.randrange(1, 3)}
            listing["safety_quantity"] = 3
        case "no_price":
            del catalog["site_price"]
            listing["markets"].pop("de-de", None)
            for name in ("repricing_enabled", "min_price"):
                listing.pop(name, None)


def _stand(luck: random.Random, product: DemoProduct) -> None:
    """What a listing has on Back Market: what is desired, so that connecting sends next to nothing."""
    stock = product.catalog.get("stock")
    sellable = None if stock is None else stock.get("main", 0) + stock.get("lyon-shop", 0)
    listing = product.listing
    rules = QuantityRules(
        safety_quantity=listing.get("safety_quantity"),
        safety_quantity_default="safety_quantity" not in listing,
        max_quantity_enabled=listing.get("max_quantity_enabled", False),
        max_quantity=None,
        max_quantity_default=True,
        company_safety_quantity=0,
        company_max_quantity=DEFAULT_MAX_QUANTITY,
    )
    quantity = quantity_for_back_market(sellable, rules)
    product.quantity = luck.randrange(1, 4) if quantity is None else quantity
    if product.flaw == "no_price":
        return
    own = {market: values["price"] for market, values in listing["markets"].items()}
    plain = product.catalog["site_price"]
    product.prices = {market: own.get(market, plain) for market in MARKETS if market != "en-gb" or market in own}
