"""The exact hour (rule 8), what is kept for stop-sales and falls, and when a waiting line arrives."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listwright.sync.decisions.arrival import NEVER, PER_SECOND, seconds_to_send
from listwright.sync.decisions.budget import (
    Hour,
    Minute,
    coming_free,
    first_minute,
    learned_limit,
    minute_of,
    needed,
    reserved,
    room,
    seconds_until_minute,
)
from listwright.sync.decisions.urgency import LineUrgency

START = datetime(2026, 5, 1, 12, 0, 17, tzinfo=UTC)
# (seconds since the last one, zeros wanted, falls wanted, others wanted)
STEPS = st.lists(
    st.tuples(st.floats(0, 2000), st.integers(0, 120), st.integers(0, 60), st.integers(0, 400)), min_size=1, max_size=40
)


def hour(spent: Mapping[int, Minute] | None = None, *, limit: int = 2000, learned: int | None = None) -> Hour:
    """The hour that ends at START; `spent` by minutes ago."""
    this = minute_of(START)
    found = [one._replace(at=this - timedelta(minutes=ago)) for ago, one in (spent or {}).items()]
    return Hour(limit, sorted(found), START, learned)


def lines(count: int, zeros: int = 0, falls: int = 0) -> Minute:
    return Minute(START, count, zeros, falls)


@given(limit=st.integers(1, 300), steps=STEPS)
def test_no_3600_seconds_ever_take_more_than_the_limit(limit: int, steps: list[tuple[float, int, int, int]]) -> None:
    buckets: dict[datetime, Minute] = {}
    sent: list[tuple[datetime, int]] = []
    now = START
    for pause, zeros, falls, others in steps:
        now += timedelta(seconds=pause)
        spent = [one for minute, one in sorted(buckets.items()) if minute >= first_minute(now)]
        left = room(Hour(limit, spent, now))
        others = min(others, left.others)
        falls = min(falls, max(0, left.falls - others))
        zeros = min(zeros, left.zeros - others - falls)
        before = buckets.get(minute_of(now), Minute(minute_of(now), 0))
        count = others + falls + zeros
        buckets[minute_of(now)] = Minute(before.at, before.lines + count, before.zeros + zeros, before.falls + falls)
        sent.append((now, count))
    for end, _ in sent:
        window = sum(count for moment, count in sent if end - timedelta(seconds=3600) <= moment <= end)
        assert window <= limit


@given(limit=st.integers(1, 5000), spent=st.integers(0, 6000), zeros=st.integers(0, 3000), falls=st.integers(0, 3000))
def test_zeros_keep_a_part_of_the_hour_for_themselves(limit: int, spent: int, zeros: int, falls: int) -> None:
    left = room(hour({5: lines(spent, min(zeros, spent), max(0, min(falls, spent - zeros)))}, limit=limit))
    assert 0 <= left.others <= left.falls <= left.zeros == max(0, limit - spent)
    if left.others:
        assert left.zeros - left.falls >= reserved(limit)
        assert left.zeros - left.others <= max(reserved(limit), limit // 2)


def test_the_reserved_part_is_five_percent_but_at_least_fifty_and_never_more_than_half() -> None:
    assert [reserved(limit) for limit in (2000, 10_000, 200, 40)] == [100, 500, 50, 20]


def test_an_hour_spent_at_once_keeps_what_stop_sales_and_falls_need_until_it_comes_free() -> None:
    steady = {ago: lines(8, zeros=4, falls=4) for ago in range(61)}
    smooth = steady | {ago: lines(32, zeros=4, falls=4) for ago in range(61)}
    assert room(hour(smooth)) == (48, 0, 0)  # lines come free each minute: nothing is kept beyond the reserved part
    lumpy = steady | {2: lines(1008, zeros=4, falls=4)}
    left = room(hour(lumpy))
    # What they sent an hour ago comes free as they go on, so the hour's end needs no more than the reserved part.
    assert (left.zeros, left.zeros - left.falls, left.zeros - left.others) == (512, 100, 104)
    begun = {ago: lines(58, zeros=4, falls=4) for ago in range(25)}
    left = room(hour(begun))
    assert left.zeros == 550
    # Nothing comes free for 37 minutes: 8 a minute until then, of these 4 stop-sales.
    assert left.zeros - left.others == pytest.approx(37 * 8, abs=16)
    assert left.zeros - left.falls == pytest.approx(37 * 4, abs=8)


@given(
    pace=st.floats(0, 40), spent=st.dictionaries(st.integers(0, 60), st.builds(lines, st.integers(0, 400)), max_size=61)
)
def test_what_is_kept_lasts_through_the_coming_hour(pace: float, spent: dict[int, Minute]) -> None:
    begun = hour(spent)
    kept = needed(pace, coming_free(begun))
    for minutes in range(1, 61):
        freed = sum(one.lines for one in begun.spent if one.at < first_minute(START + timedelta(minutes=minutes)))
        assert kept + freed >= pace * minutes - 1e-6


def test_a_line_is_free_again_at_most_a_minute_late() -> None:
    sent = minute_of(START)
    assert first_minute(START + timedelta(seconds=3600)) <= sent
    assert first_minute(START + timedelta(seconds=3660)) > sent


def test_the_next_bucket_begins_with_the_minute() -> None:
    assert seconds_until_minute(START) == 43.0


def test_a_refusal_teaches_a_lower_limit_that_grows_back_within_an_hour() -> None:
    def known(minutes: float, taken: int | None = 1200) -> int | None:
        now = START + timedelta(minutes=minutes)
        return learned_limit(limit=2000, taken=taken, refused_at=START, now=now)

    assert [known(0), known(30), known(60)] == [1200, 1600, None]
    assert known(0, None) is None
    assert known(0, 2500) == 2000


def test_a_learned_limit_binds_everything_but_stop_sales() -> None:
    assert room(hour({5: lines(1200)}, learned=1200)) == (800, 0, 0)
    assert room(hour({5: lines(1200)}, learned=1400)) == (800, 130, 130)


def test_what_a_learned_limit_grants_as_it_grows_is_not_all_kept_back() -> None:
    assert room(hour({5: lines(60)}, learned=61)) == (1940, 1, 1)
    assert room(hour({5: lines(60)}, learned=70)) == (1940, 5, 5)


def test_a_backlog_that_fits_goes_at_the_pace_of_requests_and_the_rest_as_lines_come_free() -> None:
    assert seconds_to_send(0, hour()) == 0
    assert seconds_to_send(190, hour()) == pytest.approx(190 / PER_SECOND)
    assert seconds_to_send(1, hour(limit=0)) == NEVER
    # The hour is spent but for what is kept; in 11 minutes the oldest lines come free.
    spent = hour({50: lines(1900)})
    assert 10 * 60 < seconds_to_send(100, spent) < 12 * 60
    assert seconds_to_send(50, spent, LineUrgency.ZERO) < 5


@pytest.mark.parametrize("backlog", [5_000, 20_000, 100_000])
def test_a_long_backlog_takes_the_hours_it_is_told(backlog: int) -> None:
    told = seconds_to_send(backlog, hour())
    assert told == pytest.approx(backlog / 1900 * 3600, rel=0.25)


@settings(max_examples=15)
@given(
    count=st.integers(1, 9000),
    spent=st.dictionaries(st.integers(0, 60), st.builds(lines, st.integers(0, 400), st.integers(0, 5)), max_size=61),
)
def test_more_lines_never_arrive_sooner_and_urgent_ones_never_later(count: int, spent: dict[int, Minute]) -> None:
    begun = hour(spent)
    told = [seconds_to_send(count, begun, urgency) for urgency in (LineUrgency.ZERO, LineUrgency.RISE)]
    assert told[0] <= told[1]
    assert seconds_to_send(count + 500, begun) >= seconds_to_send(count, begun)
