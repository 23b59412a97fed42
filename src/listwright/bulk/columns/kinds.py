"""The kinds of values a cell can hold: from a cell to the value a front door would give, and back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from listwright.bulk.columns.guard import guarded
from listwright.bulk.columns.numbers import DecimalSign, parse_number, plain_number
from listwright.common.gtin import normalise_gtin
from listwright.common.text import clipped, fold, visible

Cell = str | int | float | bool | date | datetime | time | timedelta | None
"""A cell as a reader gives it; text from CSV, typed from a workbook."""

_YES = frozenset({"true", "yes", "1", "wahr", "vrai"})
_NO = frozenset({"false", "no", "0", "falsch", "faux"})
_LOST_DIGITS = re.compile(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """`parse(cell, decimal sign of the file)` raises ValueError with the sentence for people; `write` makes a cell.

    `typed` says that a workbook gets a number, not text; `explained` is what a person reads about it.
    """

    name: str
    explained: str
    parse: Callable[[Any, DecimalSign | None], Any]
    write: Callable[[Any], str]
    typed: bool = False


def same(stored: Any, current: Any) -> bool:
    """Whether a value is what stands there; None and blank text are the same."""
    if stored is None or stored == "":
        return current is None or bool(current == "")
    return stored.__class__ is current.__class__ and bool(stored == current)


def _plain_text(cell: Any, decimal: DecimalSign | None) -> str:
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        return plain_number(cell)
    return str(cell).replace("\r\n", "\n").replace("\r", "\n")


def _number(cell: Any, decimal: DecimalSign | None) -> str:
    if isinstance(cell, bool):
        raise ValueError(f"“{cell}” is not a number. Write it like 199.90.")
    return plain_number(cell) if isinstance(cell, int | float) else parse_number(cell, decimal)


def _whole(cell: Any, decimal: DecimalSign | None) -> int:
    number = Decimal(_number(cell, decimal))
    if number != number.to_integral_value() or abs(number) > 10**15:
        raise ValueError(f"“{shown(cell)}” is not a whole number.")
    return int(number)


def _boolean(cell: Any, decimal: DecimalSign | None) -> bool:
    word = fold(_plain_text(cell, None).strip())
    if word in _YES or word in _NO:
        return word in _YES
    raise ValueError(f"“{shown(cell)}” is neither yes nor no. Write Yes or No, True or False, 1 or 0.")


def _ean(cell: Any, decimal: DecimalSign | None) -> str:
    text = _plain_text(cell, None).strip().lstrip("'")
    if _LOST_DIGITS.fullmatch(text):
        raise ValueError(
            f"“{shown(text)}” lost its last digits in a spreadsheet. Format the column as text and enter the EAN again."
        )
    return normalise_gtin(text)


def _write_boolean(value: bool | None) -> str:
    return "" if value is None else "Yes" if value else "No"


def _write_money(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")


def _write_weight(value: Decimal | None) -> str:
    """With all four decimals: `1.125` could be read in two ways."""
    return "" if value is None else format(value, ".4f")


def shown(cell: Any) -> str:
    """A cell as a message may show it."""
    return clipped(visible(str(cell)), 60)


TEXT = Kind("text", "text", _plain_text, lambda value: guarded(value or ""))
EAN = Kind("ean", "8, 12, 13 or 14 digits, as text", _ean, lambda value: guarded(value or ""))
BOOLEAN = Kind("boolean", "Yes or No (also True, False, 1, 0)", _boolean, _write_boolean)
MONEY = Kind("money", "an amount with at most two decimals", _number, _write_money, typed=True)
WEIGHT = Kind("weight", "a number with at most four decimals", _number, _write_weight, typed=True)
WHOLE = Kind(
    "whole", "a whole number", _whole, lambda value: "" if value is None else str(value), typed=True
)  # fmt: skip
