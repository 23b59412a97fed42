"""Ways of sending to be compared with: rounds, oldest first; all changed rows by the hour; and one that knows the future."""

from bisect import bisect_left
from collections import deque
from decimal import Decimal

from benchmarks.selling.day import LATENCY, Day
from benchmarks.selling.way import Way

HOUR = 3600.0
# What the request window takes in a second, for those who send line by line.
PER_SECOND = 18.5


class Rounds(Way):
    """Every so many seconds what has changed since it was sent, the longest changed first, as far as the hour's lines go.

    A row carries quantity and price. Orders are read before each round.
    """

    def __init__(self, day: Day, every: float) -> None:
        super().__init__(day)
        self.every = every
        self.dirty: dict[int, None] = {}
        self.spent: deque[tuple[float, int]] = deque()
        self.at(every, self.round)

    def changed(self, at: float, sku: int) -> None:
        """Mark the row."""
        self.dirty.setdefault(sku)

    def ordered(self, at: float, sku: int) -> None:
        """The round reads orders and finds nothing to send: Back Market has lowered its own."""

    def round(self, at: float) -> None:
        """Send the rows."""
        self.at(at + self.every, self.round)
        while self.spent and self.spent[0][0] <= at - HOUR:
            self.spent.popleft()
        room = self.day.hourly_lines - sum(lines for _, lines in self.spent)
        sent = 0
        for sku in list(self.dirty)[:room]:
            del self.dirty[sku]
            quantity, price = self.ledger.stock[sku], self.ledger.wanted[sku]
            same = quantity == self.ledger.there[sku] and price == self.ledger.price_there[sku]
            self.ledger.unchanged += same
            sent += 1
            self.at(at + sent / PER_SECOND + LATENCY, self.arrived, sku, quantity, price)
        self.ledger.lines += sent
        self.spent.append((at, sent))

    def arrived(self, at: float, sku: int, quantity: int, price: Decimal) -> None:
        """As it was when the round began."""
        self.ledger.arrive(at, sku, quantity, price)


class Oracle(Way):
    """Knows what will be sold and delivered: a quantity goes out the moment it changes and is there one request later,
    and prices get just the lines that no quantity of the coming hour will need, oldest first."""

    def __init__(self, day: Day) -> None:
        super().__init__(day)
        self.quantities = [event.at for event in day.events if event.kind in ("elsewhere", "delivery")]
        self.priced: deque[float] = deque()
        self.prices: dict[int, None] = {}
        self.at(1.0, self.send_prices)

    def changed(self, at: float, sku: int) -> None:
        """Quantities at once, with a price that waits; prices when there is room."""
        quantity = self.ledger.stock[sku]
        if quantity != self.ledger.there[sku]:
            waits = sku in self.prices
            self.prices.pop(sku, None)
            self._send(at, sku, quantity, self.ledger.wanted[sku] if waits else None)
        elif self.ledger.wanted[sku] != self.ledger.price_there[sku]:
            self.prices.setdefault(sku)

    def ordered(self, at: float, sku: int) -> None:
        """Back Market has lowered its own."""

    def send_prices(self, at: float) -> None:
        """Once a second."""
        self.at(at + 1.0, self.send_prices)
        while self.priced and self.priced[0] <= at - HOUR:
            self.priced.popleft()
        now = bisect_left(self.quantities, at)
        gone = now - bisect_left(self.quantities, at - HOUR)
        coming = bisect_left(self.quantities, at + HOUR) - now
        room = self.day.hourly_lines - len(self.priced) - max(gone, coming)
        for sku in list(self.prices)[: max(0, min(room, int(PER_SECOND)))]:
            del self.prices[sku]
            self.priced.append(at)
            self._send(at, sku, None, self.ledger.wanted[sku])

    def _send(self, at: float, sku: int, quantity: int | None, price: Decimal | None) -> None:
        self.ledger.lines += 1
        self.at(at + LATENCY, self.arrived, sku, quantity, price)

    def arrived(self, at: float, sku: int, quantity: int | None, price: Decimal | None) -> None:
        """As it was when it was sent."""
        self.ledger.arrive(at, sku, quantity, price)
