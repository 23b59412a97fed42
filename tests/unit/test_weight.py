"""Pounds and ounces are exact; grams are rounded once, at the end."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.common.weight import GRAMS_PER_OUNCE, exact_grams, whole_grams

PARTS = st.decimals(min_value=0, max_value=999999, places=4)


def test_a_pound_and_an_ounce_are_what_the_agreement_says() -> None:
    assert exact_grams(Decimal(1), None) == Decimal("453.59237")
    assert Decimal("28.349523125") == GRAMS_PER_OUNCE


@pytest.mark.parametrize(
    ("pounds", "ounces", "grams"),
    [("0", "6.14", 174), ("3", "8", 1588), ("0", "16", 454), ("1", "0", 454), (None, "1", 28), ("2", None, 907)],
)
def test_weights_are_sent_in_whole_grams(pounds: str | None, ounces: str | None, grams: int) -> None:
    assert whole_grams(Decimal(pounds) if pounds else None, Decimal(ounces) if ounces else None) == grams


def test_a_weight_never_given_is_unknown_and_not_zero() -> None:
    assert whole_grams(None, None) is None
    assert whole_grams(Decimal(0), None) == 0


@given(PARTS, PARTS)
def test_the_sum_is_exact_and_rounded_by_half_a_gram_at_most(pounds: Decimal, ounces: Decimal) -> None:
    exact, whole = exact_grams(pounds, ounces), whole_grams(pounds, ounces)
    assert exact is not None and whole is not None
    assert exact == (pounds * 16 + ounces) * GRAMS_PER_OUNCE
    assert abs(exact - whole) <= Decimal("0.5")
