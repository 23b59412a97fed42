"""C3: own conditions and grades."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.listings.rules.conditions import GRADES, condition_key, condition_map, grade_for, suggested_grade


def test_a_condition_is_found_whatever_its_letter_case() -> None:
    grades = condition_map([("Très bon", "VERY_GOOD"), ("Parts", "")])
    assert grade_for(" TRÈS BON ", grades) == "VERY_GOOD"
    assert grade_for("Parts", grades) is None
    assert grade_for("", grades) is None


def test_a_grade_back_market_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="'MINT' is no grade"):
        condition_map([("Mint", "MINT")])


@pytest.mark.parametrize(
    ("condition", "grade"),
    [
        ("Refurbished - Very Good", "VERY_GOOD"),
        ("used_good", "GOOD"),
        ("Grade A", "EXCELLENT"),
        ("b", "GOOD"),
        ("PREMIUM", "PREMIUM"),
        ("Refurbished Premium", "PREMIUM"),
        ("Acceptable", "FAIR"),
        ("New", None),
        ("Refurbished", None),
        ("", None),
    ],
)
def test_usual_names_are_suggested_and_vague_ones_are_not(condition: str, grade: str | None) -> None:
    assert suggested_grade(condition) == grade


def test_every_grade_is_suggested_for_its_own_name() -> None:
    assert [suggested_grade(grade) for grade in GRADES] == list(GRADES)


@given(st.text())
def test_the_key_of_a_key_is_itself(condition: str) -> None:
    assert condition_key(condition_key(condition)) == condition_key(condition)
