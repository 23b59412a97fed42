"""Money is exact, has a currency, and says what is wrong with what it is given."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.common.errors import Invalid
from listwright.common.money import LARGEST, Money, decimals, parse_amount, quantised

CURRENCIES = st.sampled_from(["EUR", "GBP", "SEK", "USD", "JPY", "AUD", "KRW"])


@given(st.integers(min_value=-(10**9), max_value=10**9), CURRENCIES)
def test_what_is_written_is_read_back_the_same(units: int, currency: str) -> None:
    money = Money.from_minor(units, currency)
    assert Money.parse(money.text, currency) == money
    assert money.minor == units
    assert money.amount.as_tuple().exponent == -decimals(currency)


@given(st.text(max_size=40), CURRENCIES)
def test_any_text_is_an_amount_or_an_error_that_names_the_field(text: str, currency: str) -> None:
    try:
        amount = parse_amount(text, currency, field="list_price")
    except Invalid as error:
        assert error.fields.keys() == {"list_price"}
        assert error.code in {"money_format", "money_decimals", "money_too_large"}
    else:
        assert quantised(amount, currency) == amount and abs(amount) <= LARGEST


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("1099", "EUR", "1099.00"),
        (" 1099.9 ", "EUR", "1099.90"),
        ("0.01", "GBP", "0.01"),
        ("12.50000", "EUR", "12.50"),
        ("12000", "JPY", "12000"),
        ("12000.00", "JPY", "12000"),
        ("-0", "EUR", "0.00"),
        ("-3.5", "EUR", "-3.50"),
        ("9999999999.99", "EUR", "9999999999.99"),
    ],
)
def test_an_amount_gets_exactly_the_decimals_of_its_currency(text: str, currency: str, amount: str) -> None:
    assert str(parse_amount(text, currency)) == amount


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("", "EUR", "money_format"),
        ("1,99", "EUR", "money_format"),
        ("1 099.00", "EUR", "money_format"),
        ("1e3", "EUR", "money_format"),
        ("NaN", "EUR", "money_format"),
        ("Infinity", "EUR", "money_format"),
        ("٣", "EUR", "money_format"),
        ("9" * 5000, "EUR", "money_format"),
        ("1.", "EUR", "money_format"),
        (".5", "EUR", "money_format"),
        ("1.099", "EUR", "money_decimals"),
        ("1099.5", "JPY", "money_decimals"),
        ("10000000000", "EUR", "money_too_large"),
    ],
)
def test_what_is_not_an_amount_is_refused_with_the_reason(text: str, currency: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_amount(text, currency, field="min_price")
    assert refusal.value.code == code
    assert "min_price" in str(refusal.value)
    assert len(str(refusal.value)) < 200


def test_a_float_never_becomes_money() -> None:
    with pytest.raises(TypeError):
        parse_amount(19.9, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(19.9, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(Decimal("NaN"), "EUR")


def test_money_is_never_silently_rounded() -> None:
    with pytest.raises(ValueError, match="more decimals"):
        Money(Decimal("1.005"), "EUR")


def test_a_currency_is_three_capital_letters() -> None:
    with pytest.raises(ValueError, match="three capital letters"):
        Money(Decimal(1), "eur")


def test_only_amounts_of_one_currency_are_ordered() -> None:
    one, two = Money.parse("1", "EUR"), Money.parse("2", "EUR")
    assert one < two and two > one and one <= one and two >= two
    assert sorted([two, one]) == [one, two]
    assert one == Money.parse("1.00", "EUR") and hash(one) == hash(Money.parse("1.00", "EUR"))
    assert one != Money.parse("1", "GBP")
    with pytest.raises(ValueError, match="different currencies"):
        _ = one < Money.parse("2", "GBP")


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"), [("1.005", "EUR", "1.01"), ("1.004", "EUR", "1.00"), ("1.5", "JPY", "2")]
)
def test_halves_are_rounded_away_from_zero(amount: str, currency: str, rounded: str) -> None:
    assert str(quantised(Decimal(amount), currency)) == rounded
