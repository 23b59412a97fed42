"""What each product field may hold: from a front door's value to the stored one, without a database.

`null` empties (a text becomes "", a number None). Each parser raises Invalid naming its field, value and remedy.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from listwright.catalog.types import ImageData
from listwright.common.errors import Invalid
from listwright.common.gtin import normalise_gtin
from listwright.common.money import parse_amount
from listwright.common.text import fold, parse_sku, parse_text

MOST_IMAGES = 50
MOST_PHYSICAL = 10_000_000
TEXT_LIMITS = {"name": 500, "brand": 200, "condition": 100, "description": 60_000}
MONEY = ("site_price", "list_price")
WEIGHTS = ("weight_lbs", "weight_oz")
COLUMNS = ("name", "ean", "brand", "condition", *WEIGHTS, *MONEY, "description")
"""Fields stored as they are in the product's row, by their REST names."""

_WEIGHT = re.compile(r"[0-9]{1,6}(?:\.([0-9]{1,30}))?")


def parse_product(values: Mapping[str, Any], currency: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The stored values of the fields given, and {field: sentence} for what is wrong or unknown.

    Knows the fields of `COLUMNS`, `images` (replaces the gallery), `main_image` (becomes the main one, the others
    stay; None removes the main one) and `stock` {warehouse: physical} (warehouses not named stay).
    """
    parsed: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        parser = _PARSERS.get(name)
        if parser is None:
            wrong[name] = (
                "A SKU cannot be changed: create a product under the new one." if name == "sku" else f"Unknown: {name}."
            )
            continue
        try:
            parsed[name] = parser(name, value, currency)
        except Invalid as error:
            wrong |= error.fields
    return parsed, wrong


def parse_new_sku(value: Any) -> str:
    """A SKU as it is kept. Raises Invalid."""
    if not isinstance(value, str):
        raise _refused("sku", f"“{value}” is not text. Give the SKU in quotes.")
    return parse_sku(value)


def sku_key(sku: str) -> str:
    """What products are looked up by: folded; "", which finds none, for a text that no SKU can be."""
    try:
        return fold(parse_sku(sku))
    except Invalid:
        return ""


def parse_physical(value: Any, field: str = "physical") -> int:
    """Units in a warehouse: a whole number from 0. Raises Invalid."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_PHYSICAL:
        raise _refused(field, f"“{value}” is not a number of units: give a whole number from 0 to {MOST_PHYSICAL}.")
    return value


def plain_cell(name: str, value: Any) -> Any:
    """A stored value as history keeps it: numbers with decimals as text, a weight's without trailing zeros."""
    if isinstance(value, Decimal):
        return format(value.normalize() if name in WEIGHTS else value, "f")
    return value


def _text(name: str, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _refused(name, f"“{value}” is not text. Give it in quotes.")
    return parse_text(value, field=name, limit=TEXT_LIMITS[name], lines=name == "description")


def _ean(name: str, value: Any, currency: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):  # a number has lost its leading zeros already
        raise _refused(name, f"“{value}” is not text. Give the EAN in quotes, with its leading zeros.")
    ean = normalise_gtin(parse_text(value, field=name, limit=60))
    if len(ean) > 14:
        raise _refused(name, f"“{ean}” is too long: an EAN has 8, 12, 13 or 14 digits.")
    return ean


def _money(name: str, value: Any, currency: str) -> Decimal | None:
    if value is None:
        return None
    amount = parse_amount(_decimal_text(name, value), currency, field=name)
    if amount < 0:
        raise _refused(name, f"“{value}” is below zero.")
    return amount


def _weight(name: str, value: Any, currency: str) -> Decimal | None:
    if value is None:
        return None
    given = _decimal_text(name, value)
    match = _WEIGHT.fullmatch(given)
    if match is None:
        raise _refused(name, f"“{given[:40]}” is not a weight. Write it like 1.25, below 1000000.")
    if len((match[1] or "").rstrip("0")) > 4:
        raise _refused(name, f"“{given[:40]}” has too many decimals: at most 4.")
    return Decimal(given)


def _decimal_text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _refused(name, f"“{value}” is not a number. Write it like 199.90.")
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value).strip()


def _images(name: str, value: Any, currency: str) -> tuple[ImageData, ...]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise _refused(name, "Give a list of images, each {url, main}.")
    if len(value) > MOST_IMAGES:
        raise _refused(name, f"{len(value)} images are too many: at most {MOST_IMAGES}.")
    images: list[ImageData] = []
    for index, item in enumerate(value):
        here = f"{name}.{index}"
        if isinstance(item, str):
            item = ImageData(item)
        if isinstance(item, Mapping):
            unknown = set(item) - {"url", "main"}
            if unknown or not isinstance(item.get("main", False), bool):
                raise _refused(here, "An image is {url, main}, main being true or false.")
            item = ImageData(item.get("url", ""), item.get("main", False))
        if not isinstance(item, ImageData):
            raise _refused(here, "An image is {url, main}.")
        url = parse_url(item.url, here)
        if any(url == image.url for image in images):
            raise _refused(here, f"“{url}” is in the list twice.")
        images.append(ImageData(url, item.main))
    mains = sum(image.main for image in images)
    if mains > 1:
        raise _refused(name, f"{mains} images are marked as main; one may be.")
    if images and not mains:
        images[0] = ImageData(images[0].url, True)
    return tuple(images)


def _main_image(name: str, value: Any, currency: str) -> str:
    return "" if value in (None, "") else parse_url(value, name)


def parse_url(value: Any, field: str) -> str:
    """An image's address as Back Market can fetch it: http or https, at most 1,000 characters. Raises Invalid."""
    if not isinstance(value, str):
        raise _refused(field, "Give the address as text, such as https://example.com/phone.jpg.")
    url = parse_text(value, field=field, limit=1000)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        usable = False
    if not usable:
        raise _refused(field, f"“{url}” is not an address. Give it like https://example.com/phone.jpg.")
    return url


def _stock(name: str, value: Any, currency: str) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise _refused(name, "Give units by warehouse, such as {main: 3}. Stock cannot be emptied: 0 means none.")
    return {str(warehouse): parse_physical(units, f"{name}.{warehouse}") for warehouse, units in value.items()}


def _refused(field: str, sentence: str) -> Invalid:
    return Invalid(f"{field.partition('.')[0]}_invalid", f"{field}: {sentence}", {field: sentence})


_PARSERS: dict[str, Callable[[str, Any, str], Any]] = {
    **dict.fromkeys(TEXT_LIMITS, _text),
    **dict.fromkeys(MONEY, _money),
    **dict.fromkeys(WEIGHTS, _weight),
    "ean": _ean,
    "images": _images,
    "main_image": _main_image,
    "stock": _stock,
}
