"""Weights: kept in pounds and ounces, sent in grams."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# Exact by definition: the international avoirdupois pound (agreement of 1959; NIST Handbook 44, appendix C).
GRAMS_PER_POUND = Decimal("453.59237")
GRAMS_PER_OUNCE = GRAMS_PER_POUND / 16

_ZERO = Decimal(0)
_GRAM = Decimal(1)


def exact_grams(pounds: Decimal | None, ounces: Decimal | None) -> Decimal | None:
    """The weight in grams, exact; None when neither part is given (one of them alone is enough)."""
    if pounds is None and ounces is None:
        return None
    return (pounds or _ZERO) * GRAMS_PER_POUND + (ounces or _ZERO) * GRAMS_PER_OUNCE


def whole_grams(pounds: Decimal | None, ounces: Decimal | None) -> int | None:
    """The weight in whole grams as channels take it, halves rounded up; None when neither part is given.

    Ounces may be 16 or more: sellers' files hold such values, and the sum is the same.
    """
    exact = exact_grams(pounds, ounces)
    return None if exact is None else int(exact.quantize(_GRAM, ROUND_HALF_UP))
