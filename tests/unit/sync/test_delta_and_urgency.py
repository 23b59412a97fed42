"""Desired against accepted: what is due, and in which order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.sync.decisions.delta import (
    HELD,
    NOT_DUE,
    Policy,
    Reach,
    desired_quantity,
    price_verdict,
    quantity_verdict,
    reach,
)
from listwright.sync.decisions.urgency import (
    COURTESIES,
    COURTESY,
    DOUBLING,
    NEAR_ZERO,
    LineUrgency,
    PriceChange,
    QuantityChange,
    courtesies,
    rank,
)

OPEN = Policy(inventory_upload=True, prices_upload=True, first_send_approved=True)
CLOSED = Policy(inventory_upload=False, prices_upload=False, first_send_approved=False)
policies = st.builds(Policy, st.booleans(), st.booleans(), st.booleans())
quantities = st.integers(min_value=-1, max_value=10_000)
known = st.integers(min_value=0, max_value=10_000)
prices = st.decimals(min_value=0, max_value=9999, places=2)


def quantity(policy=OPEN, where=Reach.ON, desired=5, accepted=4, forced=False, rejected=False):
    return quantity_verdict(
        policy,
        where,
        desired=desired,
        accepted=accepted,
        forced=forced,
        rejected=rejected,
        price=Decimal(100),
        sold=0,
    )


def price(policy=OPEN, where=Reach.ON, enabled=True, desired="9.00", accepted="8.00", forced=False, rejected=False):
    return price_verdict(
        policy,
        where,
        market_enabled=enabled,
        desired=None if desired is None else Decimal(desired),
        accepted=None if accepted is None else Decimal(accepted),
        forced=forced,
        rejected=rejected,
        units=3,
        sold=0,
    )


def urgency(desired, accepted, forced=False):
    return rank(QuantityChange(desired, accepted, forced, Decimal(100)), sold=0).urgency


@pytest.mark.parametrize(
    ("status", "linked", "problem", "missing", "expected"),
    [
        ("on", True, False, False, Reach.ON),
        ("taken_offline", True, False, False, Reach.OFFLINE),
        ("never_enabled", True, False, False, Reach.HANDS_OFF),
        ("left_standing", True, False, False, Reach.HANDS_OFF),
        ("on", False, False, False, Reach.HANDS_OFF),
        ("on", True, True, False, Reach.HANDS_OFF),
        ("on", True, False, True, Reach.HANDS_OFF),
        ("taken_offline", True, False, True, Reach.HANDS_OFF),
    ],
)
def test_only_a_linked_listing_that_is_on_or_goes_offline_is_reached(status, linked, problem, missing, expected):
    assert reach(status=status, linked=linked, link_problem=problem, missing_there=missing) is expected


def test_a_listing_taken_offline_shall_stand_at_zero_even_while_stock_is_unknown():
    assert desired_quantity(status="taken_offline", computed=7) == 0
    assert desired_quantity(status="taken_offline", computed=None) == 0
    assert desired_quantity(status="on", computed=None) is None
    assert desired_quantity(status="left_standing", computed=7) == 7


def test_a_change_is_due_only_while_its_upload_is_on():
    assert quantity().due
    assert not quantity(OPEN._replace(inventory_upload=False)).due
    assert quantity(OPEN._replace(prices_upload=False)).due
    assert price().due
    assert not price(OPEN._replace(prices_upload=False)).due
    assert price(OPEN._replace(inventory_upload=False)).due


def test_going_offline_is_due_with_both_uploads_off_and_before_the_first_send_is_approved():
    assert quantity(CLOSED, Reach.OFFLINE, desired=0, accepted=3)[:3] == (True, LineUrgency.ZERO, False)
    assert not quantity(CLOSED, Reach.OFFLINE, desired=0, accepted=0).due


def test_a_manual_update_is_due_with_uploads_off_and_for_values_that_stand_there():
    assert quantity(CLOSED, desired=5, accepted=5, forced=True).due
    assert price(CLOSED, desired="8.00", accepted="8.00", forced=True).due


def test_an_unknown_quantity_and_a_missing_price_are_never_sent():
    assert quantity(desired=None, forced=True) == NOT_DUE
    assert price(desired=None, forced=True) == NOT_DUE


def test_a_price_goes_neither_to_a_market_switched_off_nor_to_a_listing_taken_offline():
    assert price(enabled=False, forced=True) == NOT_DUE
    assert price(where=Reach.OFFLINE, forced=True) == NOT_DUE


def test_before_the_first_send_is_approved_automatic_lines_are_held_and_shown():
    waiting = OPEN._replace(first_send_approved=False)
    assert quantity(waiting) == HELD
    assert price(waiting) == HELD
    assert quantity(waiting, desired=4, accepted=4) == NOT_DUE
    assert quantity(waiting._replace(inventory_upload=False)) == NOT_DUE


def test_a_refused_value_waits_for_a_change():
    assert quantity(rejected=True) == NOT_DUE
    assert quantity(rejected=True, forced=True) == NOT_DUE
    assert price(rejected=True, forced=True) == NOT_DUE


@given(policies, known, st.none() | quantities, st.none() | prices, st.booleans())
def test_hands_off_means_nothing_is_ever_due(policy, desired, accepted, worth, forced):
    assert quantity(policy, Reach.HANDS_OFF, desired, accepted, forced) == NOT_DUE
    assert price(policy, Reach.HANDS_OFF, True, worth, None, forced) == NOT_DUE


@given(policies, known, prices)
def test_a_value_that_stands_there_is_never_due_by_itself(policy, standing, worth):
    for where in (Reach.ON, Reach.OFFLINE):
        assert quantity(policy, where, standing, standing) == NOT_DUE
    assert price(policy, desired=worth, accepted=worth) == NOT_DUE


@given(known, st.none() | quantities, known, st.none() | quantities, st.booleans(), st.booleans())
def test_a_zero_is_sent_before_everything_else(desired, accepted, other, other_accepted, forced, other_forced):
    zero = urgency(0, accepted, forced)
    assert zero <= urgency(other, other_accepted, other_forced)
    assert zero < LineUrgency.PRICE


@given(known, known, st.booleans())
def test_falls_go_before_prices_and_prices_before_rises(desired, accepted, forced):
    found = urgency(desired, accepted, forced)
    if desired == 0 or desired < accepted:
        assert found < LineUrgency.PRICE
        assert (found is LineUrgency.FALL) == (desired > NEAR_ZERO)
    elif forced:
        assert found is LineUrgency.PRICE
    else:
        assert found is (LineUrgency.BACK_FROM_ZERO if accepted == 0 else LineUrgency.RISE)


def test_an_oversold_listing_is_back_from_zero_and_unknown_counts_as_a_fall():
    assert urgency(4, -1) is LineUrgency.BACK_FROM_ZERO
    assert urgency(4, None) is LineUrgency.FALL
    assert urgency(2, None) is LineUrgency.FALL_NEAR_ZERO


losses = st.tuples(st.integers(1, 500), st.decimals(1, 5000, places=2), st.integers(0, 2000))


@given(losses, losses)
def test_within_a_class_the_greater_loss_leads_and_equal_losses_leave_it_to_age(one, other):
    def lead(units, price, sold):
        return rank(QuantityChange(0, units, False, price), sold=sold).lead

    def loss(units, price, sold):
        return units * float(price) * (sold + 1)

    if loss(*one) > loss(*other) * 1.01 and loss(*one) > 60:
        assert lead(*one) > lead(*other)
    assert lead(*one) == lead(*one)
    assert lead(one[0], one[1], 2 * one[2] + 1) - lead(*one) <= DOUBLING + 1  # twice the speed: half an hour at most


@given(losses)
def test_nothing_waits_for_ever_behind_greater_losses(one):
    units, price, sold = one
    longest = rank(QuantityChange(0, 100_000, False, Decimal(9_999_999)), sold=100_000).lead
    assert 0 <= rank(QuantityChange(0, units, False, price), sold=sold).lead <= longest < 36 * 3600


def test_a_price_loses_what_is_wrong_of_it_for_each_unit_on_offer():
    def lead(desired, accepted, units=3):
        return rank(PriceChange(Decimal(desired), accepted and Decimal(accepted), units), sold=5).lead

    assert lead("100", "80") > lead("100", "99") > lead("100", "100") == 0
    assert lead("80", "100") == lead("100", "80")
    assert lead("100", None) > lead("100", "50")
    assert lead("100", "80", 9) > lead("100", "80", 3) > lead("100", "80", None) == lead("100", "80", 0)


@given(st.lists(st.integers(1, 25), min_size=60, max_size=60))
def test_every_class_behind_the_first_falls_has_its_share_of_the_lines(rounds):
    sent, given_to = 0, []
    for slots in rounds:
        given_to += courtesies(sent, slots)
        sent += slots
    assert len(given_to) == sent // COURTESY
    assert given_to == [COURTESIES[number % 4] for number in range(len(given_to))]
