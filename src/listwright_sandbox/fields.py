"""Values of fields, as JSON or as cells of a CSV file, turned into what is stored."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

GRADES = {"PREMIUM": 9, "EXCELLENT": 0, "VERY_GOOD": 1, "GOOD": 2, "FAIR": 3, "STALLONE": 4}
_GRADE_OF_NUMBER = {str(number): name for name, number in GRADES.items()}
_CENT = Decimal("0.01")
_LARGEST = 2_147_483_647


class FieldError(ValueError):
    """A value that Back Market refuses. `str()` is the message, `field` the name it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def amount(field: str, value: Any) -> Decimal:
    """An amount of money with two decimals, from a text or a JSON number."""
    if isinstance(value, str):
        number = _cents(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = _cents(str(value))
    else:
        raise FieldError(field, "A valid number is required.")
    if number is None:
        raise FieldError(field, "A valid number between 0 and 10000000 is required.")
    return number


@lru_cache(maxsize=65536)
def _cents(text: str) -> Decimal | None:
    """Kept for the next time: in a large catalog the same prices come again and again."""
    try:
        number = Decimal(text.strip())
        return number.quantize(_CENT) if 0 <= number <= 10_000_000 else None
    except InvalidOperation:
        return None


def whole(field: str, value: Any, *, least: int = 0) -> int:
    """A whole number, from a text or a JSON integer."""
    text = str(value).strip()
    if isinstance(value, bool) or not isinstance(value, str | int) or not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise FieldError(field, "A valid integer is required.")
    if not least <= int(text) <= _LARGEST:
        raise FieldError(field, f"Ensure this value is greater than or equal to {least}.")
    return int(text)


def text(field: str, value: Any, *, longest: int) -> str:
    """A text of limited length."""
    if not isinstance(value, str):
        raise FieldError(field, "Not a valid string.")
    if len(value) > longest:
        raise FieldError(field, f"Ensure this field has no more than {longest} characters.")
    return value


def grade(value: str) -> str:
    """The grade, from its name or its old number; none means GOOD [S]."""
    name = value.strip().upper()
    if not name:
        return "GOOD"
    known = _GRADE_OF_NUMBER.get(name, name)
    if known not in GRADES:
        raise FieldError("grade", f"{value} is not a valid grade.")
    return known


def ean(value: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits with a right check digit, as it was written."""
    digits = value.strip()
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", digits):
        raise FieldError("ean", f"{value} is not a valid EAN.")
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    if total % 10:
        raise FieldError("ean", f"{value} is not a valid EAN: wrong check digit.")
    return digits


def same_ean(value: str) -> str:
    """What is equal for two writings of one GTIN."""
    return value.strip().lstrip("0")
