"""Amounts of money: an exact Decimal and its currency, never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from listwright.common.errors import Invalid

# ISO 4217, minor unit 0. Every other currency is kept with two decimals, the most a price may have (also those few
# that have three, in which no market of any channel sells).
# fmt: off
_WITHOUT_DECIMALS = frozenset((
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
))
# fmt: on

_UNIT = Decimal(1)
_CENT = Decimal("0.01")
_CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"-?[0-9]{1,30}(?:\.([0-9]{1,30}))?")

LARGEST = Decimal("9999999999.99")
"""The largest amount that is kept (twelve digits, two of them decimals)."""


def decimals(currency: str) -> int:
    """How many decimals a price in this ISO 4217 currency has: 0 for JPY and its like, else 2."""
    return 0 if currency in _WITHOUT_DECIMALS else 2


def quantised(amount: Decimal, currency: str, rounding: str = ROUND_HALF_UP) -> Decimal:
    """The amount with exactly the currency's decimals, halves rounded away from zero unless another of decimal's ways
    of rounding is given."""
    return amount.quantize(_UNIT if currency in _WITHOUT_DECIMALS else _CENT, rounding)


def parse_amount(text: str, currency: str, *, field: str = "price") -> Decimal:
    """Reads a decimal string ("1099", "1099.90") as an amount in `currency`, with exactly that currency's decimals.

    The decimal sign is a point and there are no group separators: files with other conventions are read by `bulk`,
    which knows the file's format. A negative amount is read; whether it may be is the field's own rule.
    Raises Invalid (`money_format`, `money_decimals`, `money_too_large`) naming `field`, value and remedy.
    """
    if not isinstance(text, str):
        raise TypeError(f"an amount is given as text, not as {type(text).__name__}")
    given = text.strip()
    match = _AMOUNT.fullmatch(given)
    if match is None:
        raise _refused("money_format", field, f"“{given[:40]}” is not an amount. Write it like 199.90.")
    places = decimals(currency)
    if len((match[1] or "").rstrip("0")) > places:
        allowed = "no decimals" if places == 0 else f"at most {places} decimals"
        raise _refused("money_decimals", field, f"“{given[:40]}” has too many decimals. {currency} takes {allowed}.")
    amount = Decimal(given)
    if abs(amount) > LARGEST:
        raise _refused("money_too_large", field, f"“{given[:40]}” is too large. The largest amount is {LARGEST}.")
    amount = quantised(amount, currency)
    return amount if amount else abs(amount)  # "-0" is zero


def _refused(code: str, field: str, message: str) -> Invalid:
    return Invalid(code, f"{field}: {message}", {field: message})


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in an ISO 4217 currency, with exactly that currency's decimals.

    Amounts of two currencies are never equal and cannot be ordered (ValueError): there is no rate here.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise TypeError(f"an amount is a finite Decimal, not {self.amount!r}")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"a currency is three capital letters, not {self.currency!r}")
        exact = quantised(self.amount, self.currency)
        if exact != self.amount:
            raise ValueError(f"{self.amount} has more decimals than {self.currency} takes")
        object.__setattr__(self, "amount", exact)

    @classmethod
    def parse(cls, text: str, currency: str, *, field: str = "price") -> Self:
        """From a decimal string; raises Invalid as `parse_amount` does."""
        return cls(parse_amount(text, currency, field=field), currency)

    @classmethod
    def from_minor(cls, units: int, currency: str) -> Self:
        """From minor units: cents where the currency has them."""
        return cls(Decimal(units).scaleb(-decimals(currency)), currency)

    @property
    def minor(self) -> int:
        """Minor units: cents where the currency has them."""
        return int(self.amount.scaleb(decimals(self.currency)))

    @property
    def text(self) -> str:
        """The amount alone as a decimal string, as REST and the wire write it: "199.90"."""
        return format(self.amount, "f")

    def __str__(self) -> str:
        return f"{self.text} {self.currency}"

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self} and {other} are in different currencies")
        return other.amount
