"""A way of sending, as the day drives it: timers on the virtual clock, and what it is told."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from benchmarks.selling.day import Day, Ledger


class Way:
    """`changed` and `ordered` tell what happened; `until` lets everything happen that is to come before a moment."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.ledger = Ledger(day)
        self._timers: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = count()

    def at(self, moment: float, work: Callable[..., None], *values: Any) -> None:
        """Do something at a moment of the day; `work` is given the moment first."""
        heapq.heappush(self._timers, (moment, next(self._number), work, values))

    def until(self, moment: float) -> None:
        """Let the timers go off that are due before a moment."""
        while self._timers and self._timers[0][0] <= moment:
            at, _, work, values = heapq.heappop(self._timers)
            work(at, *values)

    def changed(self, at: float, sku: int) -> None:
        """Stock or price of a SKU is another now."""
        raise NotImplementedError

    def ordered(self, at: float, sku: int) -> None:
        """One was sold on Back Market: its orders tell from now on."""
        raise NotImplementedError


def live(way: Way) -> Ledger:
    """Live the day."""
    for event in way.day.events:
        way.until(event.at)
        sku = way.ledger.happen(event)
        if sku is not None:
            (way.ordered if event.kind == "there" else way.changed)(event.at, sku)
    way.until(way.day.seconds)
    way.ledger.close()
    return way.ledger
