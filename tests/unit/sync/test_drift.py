"""Drift told apart: every kind, when it is sure, and when it is mended."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.sync.decisions.drift import NOTHING, Drift, Finding, Known, Policy, Seen, judge

T = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DEFAULT = Policy(prices=False, more=True, less=True, grace=60 * MINUTE)
ACCEPTED = T - 30 * MINUTE


def known(accepted=5, verified=5, drift="", since=None, before=2, read_at=T - MINUTE, accepted_at=ACCEPTED, sent=True):
    return Known(accepted, accepted_at, verified, read_at, drift, since, before, sent)


def never_read(accepted=5, before=2, drift=""):
    """Sent half an hour ago, read an hour ago."""
    return known(accepted, before, drift, None, before, read_at=T - 60 * MINUTE)


def seen(value, at=T, disabled=False):
    return Seen(value, at, disabled)


def twice(before: Known, value, *, policy=DEFAULT, disabled=False, explained=False) -> Finding:  # type: ignore[no-untyped-def]
    """The second of two reads that show the same."""
    first = judge(before, seen(value, T - MINUTE, disabled), policy, explained=explained)
    assert (first.since, first.again, first.believe) == (None, True, False)
    after = before._replace(verified=value, verified_at=T - MINUTE, drift=first.drift, drift_since=None)
    return judge(after, seen(value, T, disabled), policy, explained=explained)


@pytest.mark.parametrize(
    ("before", "there", "disabled", "kind"),
    [
        (known(), 4, False, Drift.SOLD_THERE),
        (never_read(), 4, False, Drift.SOLD_THERE),
        (known(), 8, False, Drift.CHANGED_THERE),
        (never_read(), 9, False, Drift.CHANGED_THERE),
        (never_read(), 2, False, Drift.NEVER_APPLIED),
        (never_read(accepted=2, before=5), 5, False, Drift.NEVER_APPLIED),
        (never_read(accepted=2, before=5, drift=Drift.NEVER_APPLIED), 5, False, Drift.IGNORED),
        (never_read(accepted=2, before=5), 5, True, Drift.IGNORED),
        (known(Decimal(90), Decimal(90), before=Decimal(80)), Decimal(80), False, Drift.CHANGED_THERE),
        (never_read(Decimal(90), Decimal(80)), Decimal(80), False, Drift.NEVER_APPLIED),
        (never_read(Decimal(90), None), None, False, Drift.NEVER_APPLIED),
        (never_read(Decimal(90), Decimal(80)), Decimal(85), False, Drift.CHANGED_THERE),
    ],
)
def test_each_kind_is_told_apart_once_two_reads_agree(before, there, disabled, kind):
    found = twice(before, there, disabled=disabled)
    assert (found.drift, found.since) == (kind, T)


@given(st.integers(-1, 50), st.integers(0, 50), st.sampled_from(list(Drift)), st.booleans())
def test_a_single_read_mends_nothing(there, accepted, drift, read):
    before = known(accepted, accepted) if read else never_read(accepted, drift=drift)
    assert not judge(before, seen(there), DEFAULT).believe


@given(st.integers(-1, 50), st.integers(0, 50))
def test_by_default_more_is_lowered_at_once_and_less_is_not_raised_within_the_hour(there, accepted):
    before = known(accepted, accepted)
    if max(0, there) == accepted:
        assert judge(before, seen(there), DEFAULT) == NOTHING
    else:
        assert twice(before, there).believe == (there > accepted)


def test_a_fall_without_an_order_is_believed_when_the_time_is_over_and_not_while_an_order_waits_to_be_counted():
    fallen = known(5, 3, Drift.SOLD_THERE, T - 60 * MINUTE)
    assert judge(fallen, seen(3), DEFAULT) == Finding(Drift.CHANGED_THERE, T - 60 * MINUTE, believe=True)
    assert judge(fallen, seen(3, T - MINUTE), DEFAULT) == Finding(Drift.SOLD_THERE, T - 60 * MINUTE)
    assert judge(fallen, seen(3), DEFAULT, explained=True) == Finding(Drift.SOLD_THERE, T - 60 * MINUTE)
    assert not judge(fallen, seen(3), DEFAULT._replace(less=False)).believe


def test_a_further_fall_starts_the_time_anew():
    fallen = known(5, 3, Drift.SOLD_THERE, T - 60 * MINUTE)
    assert judge(fallen, seen(2), DEFAULT) == Finding(Drift.SOLD_THERE, None, again=True)


def test_prices_are_shown_and_mended_only_where_the_account_says_so():
    before = known(Decimal(90), Decimal(90))
    assert not twice(before, Decimal(80)).believe
    assert twice(before, Decimal(80), policy=DEFAULT._replace(prices=True)).believe


def test_what_is_ignored_is_sent_again_once_an_hour():
    ignored = known(2, 8, Drift.IGNORED, T - 10 * MINUTE)
    assert not judge(ignored, seen(8), DEFAULT).believe
    assert judge(ignored._replace(accepted_at=T - 60 * MINUTE), seen(8), DEFAULT).believe


def test_until_it_is_sent_again_it_is_remembered_that_it_was_not_applied():
    believed = known(8, 8, Drift.NEVER_APPLIED)
    assert judge(believed, seen(8), DEFAULT) == Finding(Drift.NEVER_APPLIED)
    assert judge(never_read(2, 8, Drift.NEVER_APPLIED), seen(2), DEFAULT) == NOTHING


def test_what_was_never_accepted_cannot_drift():
    assert judge(known(accepted=None), seen(7), DEFAULT) == NOTHING
