"""The deadline of a call, on a connection that the test owns."""

import httpcore2
import pytest

from listwright.channels.http import CallClock, DeadlineStream, no_answer


class Slow(httpcore2.NetworkStream):
    """Takes one second for every piece, on a clock of its own; says how long it was allowed to take."""

    def __init__(self) -> None:
        self.now = 100.0
        self.allowed: list[float | None] = []

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.allowed.append(timeout)
        self.now += 1

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.allowed.append(timeout)
        self.now += 1
        return b"x"

    def within(self, seconds: float) -> DeadlineStream:
        self.clock = CallClock(lambda: self.now)
        self.clock.start(seconds)
        return DeadlineStream(self, self.clock)


def test_each_read_may_only_take_what_is_left_of_the_call() -> None:
    inner = Slow()
    stream = inner.within(2.5)
    with pytest.raises(httpcore2.ReadTimeout):
        for _ in range(10):
            stream.read(1, 2)
    assert inner.allowed == [2, 1.5, 0.5]


def test_time_that_is_over_before_the_first_byte_means_that_nothing_was_sent() -> None:
    inner = Slow()
    with pytest.raises(httpcore2.ConnectTimeout) as caught:
        inner.within(0).write(b"POST", 5)
    assert not inner.allowed
    assert not no_answer(caught.value).sent


def test_time_that_ends_within_a_body_means_that_a_part_was_sent() -> None:
    inner = Slow()
    with pytest.raises(httpcore2.WriteTimeout) as caught:
        inner.within(1.5).write(b"x" * 500_000, 5)
    assert inner.allowed == [1.5, 0.5]
    assert no_answer(caught.value).sent


def test_what_one_call_sent_says_nothing_of_the_next() -> None:
    inner = Slow()
    stream = inner.within(5)
    stream.write(b"POST", 1)
    inner.clock.start(0)
    with pytest.raises(httpcore2.ConnectTimeout):
        stream.write(b"POST", 1)
