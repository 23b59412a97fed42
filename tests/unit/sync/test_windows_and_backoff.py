"""Requests in ten seconds, waits after a 429, and pauses after failures."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from listwright.common.clock import ManualClock
from listwright.common.errors import RateLimited
from listwright.sync.decisions.backoff import LONGEST, delay
from listwright.sync.decisions.windows import (
    BLOCK_SECONDS,
    LEAST,
    REQUESTS,
    RequestWindow,
    requests_allowed,
    wait_after_limit,
)
from listwright.sync.engine.fenced import LINES_BLOCK_SECONDS, Block, Traffic
from listwright.sync.engine.lease import Lease
from listwright.sync.engine.timing import Timing


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(0, 50)), max_size=80))
def test_no_ten_seconds_ever_take_more_requests_than_allowed(steps: list[tuple[float, int]]) -> None:
    window, now, sent = RequestWindow(limit=30, seconds=10), 0.0, []
    for pause, wanted in steps:
        now += pause
        count = min(wanted, window.available(now))
        window.take(now, count)
        sent += [now] * count
    for end in sent:
        assert sum(end - 10 < moment <= end for moment in sent) <= 30


@given(st.integers(1, 40), st.floats(0, 9))
def test_after_the_wait_there_is_room(taken: int, later: float) -> None:
    window = RequestWindow(limit=30, seconds=10)
    window.take(0.0, min(taken, 30))
    wait = window.wait(later)
    assert window.available(later + wait + 1e-6) >= 1
    assert (wait == 0) == (taken < 30)


def test_reads_leave_room_for_pushes() -> None:
    window = RequestWindow(limit=30, seconds=10)
    window.take(0.0, 20)
    assert (window.available(1.0, spare=10), window.available(1.0)) == (0, 10)
    assert window.wait(1.0, spare=10) == 9.0 and window.wait(1.0) == 0.0


def test_what_was_reserved_and_not_needed_counts_no_more() -> None:
    window = RequestWindow(limit=30, seconds=10)
    window.take(0.0, 30)
    window.give_back(4)
    assert window.available(0.0) == 4


def test_a_block_waits_as_told_else_as_documented_and_longer_when_it_comes_again() -> None:
    assert wait_after_limit([], 1000.0, None) == BLOCK_SECONDS
    assert wait_after_limit([], 1000.0, 30.0) == 30.5
    assert wait_after_limit([990.0], 1000.0, None) == 20.0
    assert wait_after_limit([900.0, 990.0], 1000.0, None) == 30.0
    assert wait_after_limit([100.0], 1000.0, None) == BLOCK_SECONDS  # long past


def test_blocks_narrow_the_window_for_ten_minutes() -> None:
    assert requests_allowed([], 1000.0) == REQUESTS
    assert requests_allowed([990.0], 1000.0) == REQUESTS // 2
    assert requests_allowed([float(moment) for moment in range(990, 1000)], 1000.0) == LEAST
    assert requests_allowed([300.0], 1000.0) == REQUESTS


def test_a_refused_write_that_names_no_limit_met_the_hour_of_lines_if_the_next_one_is_refused_too() -> None:
    clock = ManualClock(datetime(2026, 5, 1, tzinfo=UTC))
    traffic = Traffic(Lease(1, 1, clock.monotonic() + 9_999, clock), Timing(), clock)
    unnamed = RateLimited("rate_limit", "Too many", by_lines=None)

    def refused_after(seconds: float) -> Block | None:
        clock.advance(seconds)
        return traffic.limited(unnamed, clock.monotonic())

    assert refused_after(1) == Block(BLOCK_SECONDS, False)
    assert traffic.limited(unnamed, clock.monotonic() - 0.5) is None  # under way together
    for _ in range(2):
        assert refused_after(BLOCK_SECONDS) == Block(LINES_BLOCK_SECONDS, True)
        assert traffic.blocks() == []  # the window of requests was never at fault
        clock.advance(LINES_BLOCK_SECONDS)
    traffic.went_through(clock.monotonic())
    assert refused_after(1) == Block(BLOCK_SECONDS, False)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_but_stay_bounded(attempts: int, jitter: float) -> None:
    assert 0 < delay(attempts, jitter) <= LONGEST
    assert delay(attempts + 1, jitter) >= delay(attempts, jitter)
    assert delay(attempts, 0.0) >= delay(attempts, jitter) / 2
