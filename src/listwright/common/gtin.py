"""GTINs (EAN-8, UPC/EAN-12, EAN-13, EAN-14), kept as text."""

from __future__ import annotations

import re

from stdnum import ean

from listwright.common.errors import Invalid

LENGTHS = (8, 12, 13, 14)

_SEPARATORS = re.compile(r"[\s\-]")
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0*")
_DIGITS = re.compile(r"[0-9]+")
_SCIENTIFIC = re.compile(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+")


def has_gtin_form(text: str) -> bool:
    """Whether this is 8, 12, 13 or 14 digits, not all zero. Says nothing about the check digit."""
    return len(text) in LENGTHS and text.isascii() and text.isdigit() and text.strip("0") != ""


def check_digit_holds(digits: str) -> bool:
    """Whether the last of these digits is the GS1 check digit of the others.

    Zeros in front change nothing, so the answer is the same for a number that lost them.
    """
    return ean.calc_check_digit(digits[:-1]) == digits[-1]


def normalise_gtin(text: str) -> str:
    """The GTIN as it is kept, as far as its form can be mended; the text itself, trimmed, when it cannot.

    Spaces and hyphens go, so does the `.0` of a number cell. Up to two leading zeros that a spreadsheet ate are put
    back where the check digit holds: 6 or 7 digits become an EAN-8, 10 or 11 a 12-digit one. (A 12-digit number is
    kept: with a zero in front it would be the same article.) Never raises: readiness tells what is still wrong.
    """
    compact = _SEPARATORS.sub("", text)
    number = _WHOLE_NUMBER.fullmatch(compact)
    digits = number[1] if number else compact
    if not _DIGITS.fullmatch(digits):
        return text.strip()
    lost_from = {6: 8, 7: 8, 10: 12, 11: 12}.get(len(digits))
    if lost_from and digits.strip("0") and check_digit_holds(digits):
        return digits.zfill(lost_from)
    return digits


def parse_gtin(text: str, *, field: str = "ean") -> str:
    """The GTIN as it is kept, its form and check digit right.

    Raises Invalid (`ean_format`, `ean_length`, `ean_check_digit`) naming `field`, value and remedy.
    """
    digits = normalise_gtin(text)
    shown = text.strip()[:40]
    if _SCIENTIFIC.fullmatch(digits):
        message = f"“{shown}” lost its last digits in a spreadsheet. Format the column as text and enter it again."
        raise Invalid("ean_format", f"{field}: {message}", {field: message})
    if not _DIGITS.fullmatch(digits):
        message = f"“{shown}” is not an EAN. An EAN has digits only."
        raise Invalid("ean_format", f"{field}: {message}", {field: message})
    if not has_gtin_form(digits):
        message = f"“{shown}” has {len(digits)} digits. An EAN has 8, 12, 13 or 14, not all of them zero."
        raise Invalid("ean_length", f"{field}: {message}", {field: message})
    if not check_digit_holds(digits):
        message = f"“{shown}” has a wrong check digit. Compare it with the number printed under the bar code."
        raise Invalid("ean_check_digit", f"{field}: {message}", {field: message})
    return digits
