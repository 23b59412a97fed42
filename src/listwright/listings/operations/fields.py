"""What each Back Market property may hold: from a front door's value to the stored one, without a database.

A parser takes the value, the field's path (`price`, `markets.fr-fr.price`) and the currency of its prices, and raises
Invalid naming that path. None empties; text is emptied to "", whatever else to None.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from listwright.common.errors import DomainError, Invalid
from listwright.common.money import parse_amount, quantised
from listwright.common.text import clipped, parse_sku, parse_text
from listwright.listings.rules.readiness import COMMENT_LIMIT, WARRANTY_MONTHS

Parser = Callable[[Any, str, str], Any]

DESCRIPTION_LIMIT = 30_000
LARGEST_QUANTITY = 1_000_000
LONGEST_WARRANTY = 120


def refused(code: str, path: str, sentence: str) -> Invalid:
    """The Invalid that puts one sentence next to one field."""
    return Invalid(code, f"{path}: {sentence}", {path: sentence})


def shown(value: Any) -> str:
    """A value of any kind as a message may show it."""
    return clipped(repr(value), 60)


def together(errors: list[DomainError]) -> DomainError:
    """Several refusals of one record as one; a single one stays as it is."""
    if len(errors) == 1:
        return errors[0]
    fields = {path: sentence for error in errors for path, sentence in error.fields.items()}
    message = "Nothing was changed: " + " ".join(error.message for error in errors)
    return Invalid("invalid_properties", message, fields)


def text(limit: int, *, lines: bool = False) -> Parser:
    """Text of at most `limit` characters, trimmed; several lines where `lines`."""

    def parse(value: Any, path: str, currency: str) -> str:
        if value is None:
            return ""
        if not isinstance(value, str):
            raise refused("not_text", path, f"{shown(value)} is not text.")
        return parse_text(value, field=path, limit=limit, lines=lines)

    return parse


def merchant_sku(value: Any, path: str, currency: str) -> str:
    """A merchant SKU as Back Market takes it; blank falls back to the product's SKU."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise refused("not_text", path, f"{shown(value)} is not text.")
    return parse_sku(value, field=path)


def flag(value: Any, path: str, currency: str) -> bool:
    """True or False, nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise refused("not_boolean", path, f"{shown(value)} is neither true nor false.")
    return value


def flag_or_empty(value: Any, path: str, currency: str) -> bool | None:
    """True, False, or None for "as everywhere"."""
    return None if value is None else flag(value, path, currency)


def whole(least: int, most: int) -> Parser:
    """A whole number between two bounds, also written as digits."""

    def parse(value: Any, path: str, currency: str) -> int | None:
        if value is None or value == "":
            return None
        digits = value.strip() if isinstance(value, str) else ""
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else value
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise refused(
                "not_whole_number", path, f"{shown(value)} does not fit: enter a whole number from {least} to {most}."
            )
        return number

    return parse


def amount(value: Any, path: str, currency: str) -> Decimal | None:
    """An amount, zero or more, given as text (or Decimal, or a whole number): never a float."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        value = format(value, "f")
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise refused("money_format", path, f"{shown(value)} is not an amount. Write it as text, like “199.90”.")
    parsed = parse_amount(value, currency, field=path)
    if parsed < 0:
        raise refused("money_negative", path, f"{parsed} is below zero.")
    return parsed


TEXTS: Mapping[str, Parser] = {
    "title": text(500),
    "description": text(DESCRIPTION_LIMIT, lines=True),
    "comment": text(COMMENT_LIMIT, lines=True),
}

PLAIN: Mapping[str, Parser] = {
    **TEXTS,
    "condition": text(100),
    "warranty_months": whole(WARRANTY_MONTHS, LONGEST_WARRANTY),
    "max_quantity_enabled": flag,
    "repricing_enabled": flag,
    "min_price": amount,
    "ceiling": amount,
}
"""Fields that are stored as given, under their own name."""

WITH_DEFAULT: Mapping[str, Parser] = {
    "max_quantity": whole(0, LARGEST_QUANTITY),
    "safety_quantity": whole(0, LARGEST_QUANTITY),
    "price": amount,
}
"""Fields with a Default box, `NAME_default`, behind them."""

MARKET: Mapping[str, Parser] = {
    **TEXTS,
    "enabled": flag_or_empty,
    "price": amount,
    "min_price": amount,
    "ceiling": amount,
}
"""What a listing may have of its own in one market; prices in the market's currency."""

WRITABLE = frozenset(
    {"enabled", "merchant_sku", "category", "attributes", "markets"}
    | set(PLAIN)
    | set(WITH_DEFAULT)
    | {f"{name}_default" for name in WITH_DEFAULT}
)

READ_ONLY = frozenset({"back_market_id", "listing_id", "product_id", "readiness", "quantity", "status", "sku"})


def cell(value: Any, currency: str) -> Any:
    """A stored value as history keeps it: money as text with its currency's decimals, blank text as None."""
    if isinstance(value, Decimal):
        return format(quantised(value, currency), "f")
    return None if value == "" else value
