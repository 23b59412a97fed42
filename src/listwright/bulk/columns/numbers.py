"""Numbers as people and spreadsheets write them, whatever the country: to a plain decimal text, or a refusal."""

import math
import re
from decimal import Decimal
from typing import Literal

DecimalSign = Literal["point", "comma"]
"""What a file writes decimals with, where a person has said so."""

LONGEST = 40
_SIGNS: dict[DecimalSign, str] = {"point": ".", "comma": ","}
_SPACES = "\u0020\u00a0\u202f\u2009'’"
_GROUPED_BY_SPACE = re.compile(rf"-?[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+(?![0-9])")
_PLAIN = re.compile(r"(-?)([0-9]*)(?:\.([0-9]+))?")
_GROUPS = {sign: re.compile(rf"-?[0-9]{{1,3}}(?:{re.escape(sign)}[0-9]{{3}})*") for sign in ".,"}


def plain_number(value: int | float) -> str:
    """A number cell as text: to the 15 digits a spreadsheet keeps, without an exponent. Raises ValueError."""
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        raise ValueError("This is not a number that can be written down.")
    digits = format(Decimal(format(value, ".15g")), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def parse_number(text: str, decimal: DecimalSign | None) -> str:
    """A written number as plain text (`1099.9`).

    `decimal` is the file's decimal sign where it was chosen. Without it every number with one reading is read, and
    one with two, such as `1.099`, is refused. Raises ValueError with the sentence for people.
    """
    given = text.strip()
    if len(given) > LONGEST:
        raise ValueError(f"“{given[:LONGEST]}…” is not a number.")
    compact = given
    if spaced := _GROUPED_BY_SPACE.match(given):
        compact = re.sub(f"[{_SPACES}]", "", spaced[0]) + given[spaced.end() :]
    sign = _SIGNS[decimal] if decimal else _found_sign(compact, given)
    whole, fraction = compact, ""
    if sign and sign in compact:
        whole, _, fraction = compact.rpartition(sign)
    group = "," if sign == "." or (sign is None and "," in whole) else "."
    if group in whole:
        if not _GROUPS[group].fullmatch(whole):
            raise ValueError(_wrong(given, decimal))
        whole = whole.replace(group, "")
    match = _PLAIN.fullmatch(f"{whole}.{fraction}" if fraction else whole)
    if match is None or not (match[2] or match[3]):
        raise ValueError(_wrong(given, decimal))
    number = f"{match[1]}{match[2] or '0'}"
    return f"{number}.{match[3]}" if match[3] else number


def sign_of(text: str) -> str:
    """The decimal sign, `.` or `,`, that a written number shows by itself; "" for none, for several readings, and for what
    is no number."""
    given = text.strip()
    try:
        Decimal(parse_number(given, None))
        return _found_sign(given, given) or ""
    except (ValueError, ArithmeticError):
        return ""


def _found_sign(compact: str, given: str) -> str | None:
    """The decimal sign this number shows by itself; None when it has no decimals."""
    signs = [character for character in compact if character in ".,"]
    if not signs:
        return None
    if len(set(signs)) == 2:  # the last one is the decimal sign: 1.099,90
        return signs[-1]
    if len(signs) > 1:  # 1.099.000
        return None
    before, _, after = compact.partition(signs[0])
    if len(after) == 3 and 1 <= len(before.lstrip("-")) <= 3 and before.lstrip("-").lstrip("0") and compact == given:
        raise ValueError(
            f"“{given}” can be read in two ways. Write it without thousands separator and with two decimals, or say "
            "which decimal sign the file uses."
        )
    return signs[0]


def _wrong(given: str, decimal: DecimalSign | None) -> str:
    example = "199,90" if decimal == "comma" else "199.90"
    convention = f" with a decimal {decimal}" if decimal else ""
    return f"“{given}” is not a number{convention}. Write it like {example}."
