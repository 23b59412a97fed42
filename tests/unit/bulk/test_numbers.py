"""Numbers of every country, and what cannot be told apart."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.bulk.columns.kinds import BOOLEAN, EAN, MONEY, WEIGHT, WHOLE
from listwright.bulk.columns.numbers import parse_number, plain_number

AMOUNTS = st.decimals(min_value=0, max_value=Decimal("9999999999.99"), places=2)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1099", "1099"),
        ("199.90", "199.90"),
        ("199,90", "199.90"),
        ("1.099,90", "1099.90"),
        ("1,099.90", "1099.90"),
        ("1 099,90", "1099.90"),
        ("1\u202f099,9", "1099.9"),
        ("1\u00a0234\u00a0567", "1234567"),
        ("1’099.90", "1099.90"),
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.8"),
        ("0.125", "0.125"),
        ("0,125", "0.125"),
        ("1.0990", "1.0990"),
        (",5", "0.5"),
        ("-3,50", "-3.50"),
    ],
)
def test_a_number_with_one_reading_is_read(written: str, read: str) -> None:
    assert parse_number(written, None) == read


@pytest.mark.parametrize("written", ["1.099", "1,099", "12.000", "-1.500", "999,999"])
def test_a_number_with_two_readings_is_refused_until_the_sign_is_chosen(written: str) -> None:
    with pytest.raises(ValueError, match="two ways"):
        parse_number(written, None)
    point, comma = parse_number(written, "point"), parse_number(written, "comma")
    assert {len(point) > len(comma), "." in point} <= {True, False}
    assert Decimal(point) in (Decimal(comma) * 1000, Decimal(comma) / 1000)


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "-",
        "abc",
        "1.2.3",
        "1,2,3",
        "12.34.567",
        "1.099.5,0",
        "1e5",
        "1,099.000,5",
        "١٢",
        "1 2",
        "--1",
        "9" * 50,
    ],
)
def test_what_is_no_number_is_refused(written: str) -> None:
    for sign in (None, "point", "comma"):
        with pytest.raises(ValueError, match="not a number"):
            parse_number(written, sign)  # type: ignore[arg-type]


def test_a_chosen_sign_is_meant(written: str = "199,90") -> None:
    with pytest.raises(ValueError, match="decimal point"):
        parse_number(written, "point")


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_sentence(text: str) -> None:
    try:
        Decimal(parse_number(text, None))
    except ValueError as error:
        assert len(str(error)) > 10


@given(AMOUNTS)
def test_every_amount_is_read_as_germans_frenchmen_and_spreadsheets_write_it(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.replace(",", "_").replace(".", ",").replace("_", ".")
    french = english.replace(",", "\u202f").replace(".", ",")
    for written in (english, german, french, MONEY.write(amount)):
        assert Decimal(MONEY.parse(written, None)) == amount
    assert Decimal(plain_number(float(amount))) == amount


@given(st.decimals(min_value=0, max_value=999999, places=4))
def test_a_weight_comes_back_as_it_went_out(weight: Decimal) -> None:
    assert Decimal(WEIGHT.parse(WEIGHT.write(weight), None)) == weight


@given(st.booleans() | st.none())
def test_a_boolean_comes_back_as_it_went_out(value: bool | None) -> None:
    written = BOOLEAN.write(value)
    assert (BOOLEAN.parse(written, None) if written else None) == value


@pytest.mark.parametrize("written", ["True", "TRUE", "yes", "1", 1.0, 1, True, "WAHR", "vrai"])
def test_yes_is_written_in_many_ways(written: object) -> None:
    assert BOOLEAN.parse(written, None) is True


@pytest.mark.parametrize("written", ["2", "y", "maybe", 0.5])
def test_what_is_neither_yes_nor_no_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="neither yes nor no"):
        BOOLEAN.parse(written, None)


def test_whole_numbers_are_whole() -> None:
    assert [WHOLE.parse(cell, None) for cell in ("7", 7.0, "1.234.567", "3,0")] == [7, 7, 1234567, 3]
    with pytest.raises(ValueError, match="whole"):
        WHOLE.parse("3,5", None)


@pytest.mark.parametrize(
    ("cell", "ean"),
    [
        (4006381333931.0, "4006381333931"),
        ("4006381333931", "4006381333931"),
        ("'4006381333931", "4006381333931"),
        ("4006381-333931", "4006381333931"),
        (12345670, "12345670"),
        (36000291452.0, "036000291452"),
    ],
)
def test_an_ean_that_became_a_number_is_repaired(cell: object, ean: str) -> None:
    assert EAN.parse(cell, None) == ean


@pytest.mark.parametrize("cell", ["4,00638E+12", "4.00638E+12", "4E12"])
def test_an_ean_that_lost_digits_is_reported(cell: str) -> None:
    with pytest.raises(ValueError, match="lost its last digits"):
        EAN.parse(cell, None)


def test_a_sum_of_floats_is_what_the_spreadsheet_shows() -> None:
    assert MONEY.parse(0.1 + 0.2, None) == "0.3"
    assert MONEY.parse(1e-7, None) == "0.0000001"
    assert MONEY.parse(1e15, None) == "1000000000000000"
    with pytest.raises(ValueError, match="number"):
        MONEY.parse(float("inf"), None)
