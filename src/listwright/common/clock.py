"""The time, passed in: operations and rules are told what time it is, they never look."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The wall clock, in UTC and zone-aware."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back. For waits and time limits."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to, for tests and simulations."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self._monotonic = 0.0
        self.set(now)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def set(self, now: datetime) -> None:
        """Puts the wall clock elsewhere, also back, as an administrator does; `monotonic` is not moved by that."""
        if now.tzinfo is None:
            raise ValueError("a time needs its zone")
        self._now = now.astimezone(UTC)

    def advance(self, seconds: float) -> datetime:
        """Lets time pass and returns the new time."""
        if seconds < 0:
            raise ValueError("time does not go back; use set()")
        self._monotonic += seconds
        self._now += timedelta(seconds=seconds)
        return self._now
