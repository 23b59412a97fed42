"""A clock that can be set, moved and frozen, and the events that wait for their time."""

import heapq
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


class Clock:
    """Seconds since 1970, UTC. Runs with the machine's clock until it is set, moved or frozen."""

    def __init__(self) -> None:
        # Seconds it is ahead of the machine's clock.
        self.offset = 0.0
        self._frozen: float | None = None
        self._machine: float | None = None

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    @contextmanager
    def at(self, machine: float) -> Iterator[None]:
        """For so long the machine's clock shows this: a request happens in one moment, also when it is told again."""
        self._machine = machine
        try:
            yield
        finally:
            self._machine = None

    def now(self) -> float:
        return self._frozen if self._frozen is not None else self._machine_now() + self.offset

    def set(self, moment: float) -> None:
        if self._frozen is not None:
            self._frozen = moment
        else:
            self.offset = moment - self._machine_now()

    def _machine_now(self) -> float:
        return time.time() if self._machine is None else self._machine

    def advance(self, seconds: float) -> None:
        self.set(self.now() + seconds)

    def freeze(self) -> None:
        self._frozen = self.now()

    def run(self) -> None:
        if self._frozen is not None:
            moment, self._frozen = self._frozen, None
            self.set(moment)


@dataclass(order=True)
class Event:
    """Something that happens at `due`. `kind` and `details` are plain data, so that waiting events can be dumped."""

    due: float
    number: int
    kind: str = field(compare=False)
    details: dict[str, Any] = field(compare=False)


class Schedule:
    """Events in the order of their time; those of the same moment in the order in which they were planned."""

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._planned = 0

    def plan(self, due: float, kind: str, details: dict[str, Any]) -> None:
        self._planned += 1
        heapq.heappush(self._heap, Event(due, self._planned, kind, details))

    def take_due(self, now: float) -> Iterator[Event]:
        """Events whose time has come, each taken out; an event planned meanwhile is found too."""
        while self._heap and self._heap[0].due <= now:
            yield heapq.heappop(self._heap)

    def is_due(self, now: float) -> bool:
        """Whether anything waits whose time has come."""
        return bool(self._heap) and self._heap[0].due <= now

    def waiting(self) -> list[Event]:
        return sorted(self._heap)


def text_of(moment: float) -> str:
    """The moment as RFC 3339 in UTC, to the microsecond when it has a fraction."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def moment_of(text: str) -> float:
    """Seconds since 1970 of `YYYY-MM-DD HH:MM:SS` or RFC 3339; without a zone it is UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(text.strip())
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
