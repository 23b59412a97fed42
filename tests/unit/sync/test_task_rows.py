"""A finished task is believed row by row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.channels.protocol import TaskResult, TaskState
from listwright.sync.decisions.task_rows import RowResult, row_results


def result(succeeded: set[str] = frozenset(), errors: dict[str, str] | None = None) -> TaskResult:
    return TaskResult(TaskState.DONE, frozenset(succeeded), errors or {})


def test_rows_keyed_by_sku_are_found_whatever_the_letter_case() -> None:
    assert row_results(["A-1", "B-2"], result({"a-1"}, {"b-2": "no such EAN"})) == [
        RowResult("succeeded"),
        RowResult("refused", "no such EAN"),
    ]


@pytest.mark.parametrize("first", [0, 1, 2])
def test_rows_keyed_by_number_are_found_wherever_the_count_begins(first: int) -> None:
    keys = [str(first + position) for position in range(3)]
    assert row_results(["A", "B", "C"], result({keys[0], keys[2]}, {keys[1]: "bad"})) == [
        RowResult("succeeded"),
        RowResult("refused", "bad"),
        RowResult("succeeded"),
    ]


def test_row_numbers_are_not_believed_when_a_row_is_not_told() -> None:
    rows = row_results(["A", "B", "C"], result({"1"}, {"2": "bad"}))
    assert rows == [RowResult("unknown", "bad")] * 3


def test_a_row_in_neither_map_is_unknown() -> None:
    assert row_results(["A", "B"], result({"A"}))[1].outcome == "unknown"


def test_a_refusal_wins_over_a_success_for_the_same_row() -> None:
    assert row_results(["A"], result({"A"}, {"a": "price"})) == [RowResult("refused", "price")]


def test_skus_that_look_like_row_numbers_are_not_guessed() -> None:
    assert {row.outcome for row in row_results(["2", "1"], result({"1"}, {"2": "bad"}))} == {"unknown"}


def test_numeric_skus_beyond_the_rows_are_skus() -> None:
    assert row_results(["1001", "1002"], result({"1002"}, {"1001": "bad"})) == [
        RowResult("refused", "bad"),
        RowResult("succeeded"),
    ]


@given(st.lists(st.text(min_size=1, max_size=4), unique_by=str.lower, max_size=6), st.sets(st.text(max_size=4)))
def test_nothing_foreign_makes_a_row_succeed(skus: list[str], foreign: set[str]) -> None:
    keys = {key for key in foreign if key.lower() not in {sku.lower() for sku in skus} and not key.isdigit()}
    assert all(row.outcome == "unknown" for row in row_results(skus, result(keys)))
