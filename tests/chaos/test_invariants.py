"""The checker finds what is wrong: each invariant broken once on purpose."""

from dataclasses import replace
from typing import Any

from listwright_sandbox import faults
from tests.chaos.invariants import Ours, Theirs, Wish, broken, overtaken, unsettled
from tests.chaos.test_everything_dies import KINDS

LISTING = {
    "linked": True,
    "desired": 4,
    "accepted": 4,
    "generation": 2,
    "planned": 2,
    "price": "100.00",
    "due": False,
    "open": 0,
}
PRODUCT = {"physical": 5, "reserved": 1}
ORDER = {"state": 1, "lines": [{"id": 7, "sku": "A", "quantity": 1, "state": 1}]}
OURS = Ours({"A": LISTING}, {"A": PRODUCT}, [{"line_id": "7", "sku": "A", "quantity": 1, "line_state": 1}], [])
THEIRS = Theirs({"A": {"quantity": 4, "price": "100.00"}}, [ORDER], [], [])


def ours(**listing: Any) -> Ours:
    return replace(OURS, listings={"A": LISTING | listing})


def wrong(mine: Ours, there: Theirs = THEIRS, **options: Any) -> list[str]:
    return [*unsettled(mine, there, **options), *broken(mine, there, [], stocked={"A": 5})]


def line(quantity: int, *, bulk: bool = False) -> dict[str, Any]:
    return {"sku": "A", "fields": {"quantity": quantity}, "bulk": bulk}


def change(field: str, before: Any, after: Any, *, bulk: bool = True) -> dict[str, Any]:
    return {"sku": "A", "field": field, "from": before, "to": after, "bulk": bulk}


def test_every_kind_of_fault_is_let_loose() -> None:
    assert set(KINDS) == set(faults.KINDS)


def test_what_is_as_desired_is_not_wrong() -> None:
    assert wrong(OURS) == []


def test_what_stands_otherwise_is_wrong() -> None:
    assert wrong(OURS, replace(THEIRS, listings={"A": {"quantity": 5, "price": "100.00"}}))
    assert wrong(OURS, replace(THEIRS, listings={"A": {"quantity": 4, "price": "99.00"}}))
    assert wrong(OURS, replace(THEIRS, listings={}))


def test_what_is_under_way_is_not_settled() -> None:
    for under_way in ({"planned": 1}, {"open": 1}, {"due": True}, {"desired": None}):
        assert wrong(ours(**under_way)), under_way
    assert wrong(replace(OURS, waiting_rows=[{"sku": "A", "job": 1}]))


def test_without_budget_values_may_wait_but_plans_may_not() -> None:
    assert wrong(ours(due=True, open=1), exhausted=True) == []
    assert wrong(ours(planned=1), exhausted=True)


def test_an_order_that_is_not_counted_or_counted_otherwise_is_wrong() -> None:
    assert wrong(replace(OURS, order_lines=[]))
    assert wrong(replace(OURS, products={"A": PRODUCT | {"reserved": 2}}))
    shipped = {"state": 9, "lines": [{"id": 7, "sku": "A", "quantity": 1, "state": 3}]}
    assert wrong(OURS, replace(THEIRS, orders=[shipped]))


def test_units_that_left_twice_are_missed() -> None:
    shipped = {"state": 9, "lines": [{"id": 7, "sku": "A", "quantity": 1, "state": 3}]}
    mine = replace(OURS, products={"A": {"physical": 3, "reserved": 0}})
    assert [sentence for sentence in wrong(mine, replace(THEIRS, orders=[shipped])) if "are left here" in sentence]


def test_a_second_create_is_found_by_either_trace() -> None:
    twice = replace(THEIRS, changes=[change("created", None, "GOOD"), change("created", None, "GOOD")])
    assert wrong(OURS, twice)
    overwritten = replace(THEIRS, changes=[change("created", None, "GOOD"), change("quantity", 4, 0)])
    assert wrong(OURS, overwritten)
    once = replace(THEIRS, changes=[change("created", None, "GOOD"), change("quantity", 4, 0, bulk=False)])
    assert wrong(OURS, once) == []


def test_spent_budget_is_found() -> None:
    assert wrong(OURS, replace(THEIRS, refused_for_budget=1))


def test_an_older_value_behind_a_zero_is_found() -> None:
    wishes = [Wish("A", 1, 11, True), Wish("A", 2, 0, True), Wish("A", 3, 13, True), Wish("A", 4, 0, True)]
    assert list(overtaken([line(11), line(0), line(13), line(0)], wishes)) == []
    assert list(overtaken([line(0), line(0), line(13)], wishes)) == []  # twice the same zero
    assert list(overtaken([line(0), line(11)], wishes))
    assert list(overtaken([line(13), line(0), line(13)], wishes))
    assert list(overtaken([line(13), line(11)], wishes))
