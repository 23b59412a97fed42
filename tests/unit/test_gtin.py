"""EANs are text, mended where a spreadsheet broke their form, and else reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from listwright.common.errors import Invalid
from listwright.common.gtin import check_digit_holds, has_gtin_form, normalise_gtin, parse_gtin

VALID = ["73513537", "036000291452", "4006381333931", "98412345678908"]


@st.composite
def gtins(draw: st.DrawFn) -> str:
    length = draw(st.sampled_from([8, 12, 13, 14]))
    body = draw(st.text("0123456789", min_size=length - 1, max_size=length - 1).filter(lambda text: text.strip("0")))
    return body + ean.calc_check_digit(body)


@pytest.mark.parametrize("gtin", VALID)
def test_every_length_is_taken_as_it_stands(gtin: str) -> None:
    assert parse_gtin(gtin) == gtin
    assert has_gtin_form(gtin) and check_digit_holds(gtin)


@given(gtins())
def test_a_valid_gtin_is_kept_as_it_is(gtin: str) -> None:
    assert parse_gtin(gtin) == gtin
    assert ean.is_valid(gtin)


@given(gtins(), st.integers(min_value=1, max_value=9))
def test_one_wrong_digit_at_the_end_is_always_noticed(gtin: str, by: int) -> None:
    wrong = gtin[:-1] + str((int(gtin[-1]) + by) % 10)
    with pytest.raises(Invalid) as refusal:
        parse_gtin(wrong)
    assert refusal.value.code == "ean_check_digit"
    assert wrong in str(refusal.value)


@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise_gtin(normalise_gtin(text)) == normalise_gtin(text)


@pytest.mark.parametrize(
    ("cell", "gtin"),
    [
        (" 4006381-333931 ", "4006381333931"),
        ("4006381333931.0", "4006381333931"),
        ("36000291452", "036000291452"),
        ("36000291452.0", "036000291452"),
        ("036000291452", "036000291452"),
        ("1234565", "01234565"),
    ],
)
def test_what_a_spreadsheet_did_to_a_gtin_is_mended(cell: str, gtin: str) -> None:
    assert parse_gtin(cell) == gtin


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("4.00638E+12", "ean_format"),
        ("40063A1333931", "ean_format"),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", "ean_format"),
        ("", "ean_format"),
        ("0000000000000", "ean_length"),
        ("36000291453", "ean_length"),
        ("17", "ean_length"),
        ("4006381333930", "ean_check_digit"),
    ],
)
def test_what_cannot_be_mended_is_reported(cell: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_gtin(cell)
    assert refusal.value.code == code
    assert refusal.value.fields.keys() == {"ean"}
