"""The circuit breaker's rule: what is held, what is watched, and what always passes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.sync.decisions.breaker import STOPPED, Guarded, Hold, falls_far, guard_price, guard_quantity, trips

units = st.integers(min_value=0, max_value=1000)
holds = st.sampled_from([hold.value for hold in Hold])


def quantity(hold="", wanted=0, before=5, accepted=5, explained=5, due=True, watching=True):
    return guard_quantity(
        hold=hold, wanted=wanted, before=before, accepted=accepted, explained=explained, due=due, watching=watching
    )


def price(hold="", wanted="50.00", before="50.00", accepted="100.00", due=True, most_fall=40):
    return guard_price(
        hold=hold,
        wanted=Decimal(wanted),
        before=Decimal(before),
        accepted=Decimal(accepted),
        due=due,
        most_fall=most_fall,
    )


@given(holds, units, units, st.integers(max_value=0), st.booleans(), st.booleans())
def test_a_zero_that_stock_or_orders_explain_is_never_held(hold, before, accepted, explained, due, watching):
    assert quantity(hold, 0, before, accepted, explained, due, watching) == Guarded(0, Hold.NONE)


@given(holds, st.none() | units, units, st.none() | units, st.none() | units, st.booleans())
def test_what_is_sent_meanwhile_never_exceeds_what_stands_there_nor_what_is_explained(
    hold, wanted, before, accepted, explained, due
):
    now = quantity(hold, wanted, before, accepted, explained, due)
    if now.quantity != wanted:
        assert wanted == 0
        assert now.hold in STOPPED
        assert now.quantity == min(accepted, explained)
    if now.hold in STOPPED - {Hold.STORM}:
        assert explained > 0


@given(holds, units, units, units, units)
def test_a_fall_that_is_no_zero_is_never_held(hold, wanted, before, accepted, explained):
    if 0 < wanted < accepted:
        assert quantity(hold, wanted, before, accepted, explained) == Guarded(wanted, Hold.NONE)


def test_a_zero_without_an_explanation_is_watched_and_keeps_what_a_person_said_of_it():
    assert quantity() == Guarded(5, Hold.WATCHED)
    assert quantity(accepted=9) == Guarded(5, Hold.WATCHED)
    assert quantity(Hold.HELD, accepted=3) == Guarded(3, Hold.HELD)
    assert quantity(Hold.REJECTED) == Guarded(5, Hold.REJECTED)
    assert quantity(Hold.PASSED) == Guarded(0, Hold.PASSED)
    assert quantity(Hold.PASSED, accepted=0, due=False) == Guarded(0, Hold.PASSED)


def test_a_zero_for_what_is_not_online_or_not_due_is_none_of_the_breakers_business():
    assert quantity(accepted=0).hold == Hold.NONE
    assert quantity(Hold.HELD, due=False).hold == Hold.NONE
    assert quantity(watching=False) == Guarded(0, Hold.NONE)


def test_a_mended_cause_lets_go():
    assert quantity(Hold.HELD, wanted=4) == Guarded(4, Hold.NONE)
    assert quantity(Hold.HELD, explained=0) == Guarded(0, Hold.NONE)


def test_what_a_storm_holds_waits_as_long_as_it_is_the_same_rise():
    assert quantity(Hold.STORM, wanted=8, before=8).hold == Hold.STORM
    assert quantity(Hold.STORM, wanted=7, before=8).hold == Hold.NONE
    assert quantity(Hold.STORM, wanted=3, before=3) == Guarded(3, Hold.NONE)
    assert price(Hold.STORM, "99.00", "99.00") == Hold.STORM
    assert price(Hold.STORM, "98.00", "99.00") == Hold.NONE


@pytest.mark.parametrize(("wanted", "held"), [("59.99", True), ("60.00", False), ("140.00", False), ("0.00", True)])
def test_a_price_that_falls_by_more_than_the_limit_is_held_alone(wanted, held):
    assert price(wanted=wanted, before="100.00") == (Hold.HELD if held else Hold.NONE)


def test_what_was_said_of_one_price_says_nothing_of_another():
    for hold in (Hold.HELD, Hold.PASSED, Hold.REJECTED):
        assert price(hold) == hold
        assert price(hold, wanted="49.00") == Hold.HELD
        assert price(hold, wanted="90.00", before="90.00") == Hold.NONE
    assert price(Hold.HELD, due=False) == Hold.NONE


def test_without_a_limit_any_price_passes():
    assert not falls_far(Decimal("1"), Decimal("1000"), None)
    assert not falls_far(Decimal("1"), None, 40)
    assert not falls_far(Decimal("1"), Decimal("0"), 40)


def test_so_many_are_too_many_only_when_both_limits_are_passed():
    assert trips(25, of=124, least=25, share=20)
    assert not trips(25, of=125, least=25, share=20)
    assert not trips(24, of=24, least=25, share=20)
    assert not trips(500, of=500, least=25, share=None)
