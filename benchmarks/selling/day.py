"""What happens in a day, the same for every way of sending, and what becomes of each under one way: the ledger."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

SKUS = 20_000
HOURLY_LINES = 2_000
SOLD_ELSEWHERE, SOLD_THERE, DELIVERED = 500, 60, 500
LATENCY = 0.3
# Buyers who do not find one thing take another: of so many.
CHOICES = 8
# Some things sell much faster than others: the n-th by 1 / n to this power.
STEEPNESS = 0.7
UNITS = (1, 2, 3, 5, 10, 30)
UNITS_SHARES = (50, 25, 12, 6, 4, 3)


class Event(NamedTuple):
    """At a second of the day: a sale "elsewhere" or "there" of the first of some SKUs that is to be had, a "delivery" of
    `units`, or another "price"."""

    at: float
    kind: str
    skus: tuple[int, ...]
    units: int = 0
    price: Decimal = Decimal(0)


@dataclass(frozen=True)
class Day:
    """`share`: how large the shop is, of one with 20,000 SKUs; budget and sales are smaller by as much."""

    skus: int
    seconds: float
    hourly_lines: int
    stock: Sequence[int]
    prices: Sequence[Decimal]
    hazards: Sequence[float]
    events: Sequence[Event]

    @property
    def elsewhere(self) -> list[float]:
        """When something is sold elsewhere."""
        return [event.at for event in self.events if event.kind == "elsewhere"]


def draw(skus: int, hours: float, load: float, seed: int = 1) -> Day:
    """A day with changes for `load` times the budget."""
    chance = random.Random(seed)
    share = skus / SKUS
    order = list(range(skus))
    chance.shuffle(order)
    weights = [0.0] * skus
    for place, sku in enumerate(order, start=1):
        weights[sku] = place**-STEEPNESS
    sums = list(accumulate(weights))
    hourly_lines = round(HOURLY_LINES * share)
    priced = max(0.0, hourly_lines * load - (SOLD_ELSEWHERE + DELIVERED) * share)
    prices = [Decimal(chance.randint(5000, 90000)).scaleb(-2) for _ in range(skus)]
    events = [
        *(Event(at, "elsewhere", tuple(chance.choices(order_of(skus), cum_weights=sums, k=CHOICES)))
          for at in moments(chance, SOLD_ELSEWHERE * share, hours)),
        *(Event(at, "there", tuple(chance.choices(order_of(skus), cum_weights=sums, k=CHOICES)))
          for at in moments(chance, SOLD_THERE * share, hours)),
        *(Event(at, "delivery", tuple(chance.choices(order_of(skus), cum_weights=sums)), chance.randint(1, 3))
          for at in moments(chance, DELIVERED * share, hours)),
        *(Event(at, "price", (sku := chance.randrange(skus),),
                price=(prices[sku] * Decimal(chance.randint(85, 115)) / 100).quantize(Decimal("0.01")))
          for at in moments(chance, priced, hours)),
    ]  # fmt: skip
    return Day(
        skus=skus,
        seconds=hours * 3600,
        hourly_lines=hourly_lines,
        stock=chance.choices(UNITS, UNITS_SHARES, k=skus),
        prices=prices,
        hazards=[SOLD_THERE * share / 3600 * weight / sums[-1] for weight in weights],
        events=sorted(events),
    )


def order_of(skus: int) -> range:
    """All SKUs."""
    return range(skus)


def moments(chance: random.Random, per_hour: float, hours: float) -> list[float]:
    """Seconds at which something happens by chance, so often on average."""
    found, at = [], 0.0
    while per_hour > 0 and (at := at + chance.expovariate(per_hour / 3600)) < hours * 3600:
        found.append(at)
    return found


@dataclass
class Ledger:
    """What is in stock, what stands on Back Market, and what it came to. `exposure` in SKU-seconds that more stood there
    than was in stock; `risk` the sales to be expected in those of them with nothing in stock."""

    day: Day
    stock: list[int] = field(default_factory=list)
    there: list[int] = field(default_factory=list)
    wanted: list[Decimal] = field(default_factory=list)
    price_there: list[Decimal] = field(default_factory=list)
    oversold: int = 0
    exposure: float = 0.0
    risk: float = 0.0
    to_zero: list[float] = field(default_factory=list)
    stale: float = 0.0
    price_changes: int = 0
    lines: int = 0
    unchanged: int = 0
    _over: dict[int, float] = field(default_factory=dict)
    _empty: dict[int, float] = field(default_factory=dict)
    _stopping: dict[int, float] = field(default_factory=dict)
    _stale: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stock, self.there = list(self.day.stock), list(self.day.stock)
        self.wanted, self.price_there = list(self.day.prices), list(self.day.prices)

    def happen(self, event: Event) -> int | None:
        """Let it happen; the SKU it happened to. A sale there lowers what stands there, whether or not there is stock."""
        at = event.at
        if event.kind == "price":
            (sku,) = event.skus
            if event.price == self.wanted[sku]:
                return None
            self.wanted[sku] = event.price
            self.price_changes += 1
            self._priced(at, sku)
            return sku
        if event.kind == "delivery":
            (sku,) = event.skus
            self.stock[sku] += event.units
        elif event.kind == "elsewhere":
            found = next((sku for sku in event.skus if self.stock[sku] > 0), None)
            if found is None:
                return None
            sku = found
            self.stock[sku] -= 1
            if not self.stock[sku] and self.there[sku] > 0:
                self._stopping.setdefault(sku, at)
        else:
            found = next((sku for sku in event.skus if self.there[sku] > 0), None)
            if found is None:
                return None
            sku = found
            self.there[sku] -= 1
            if self.stock[sku] > 0:
                self.stock[sku] -= 1
            else:
                self.oversold += 1
        self._stands(at, sku)
        return sku

    def arrive(self, at: float, sku: int, quantity: int | None, price: Decimal | None) -> None:
        """A line takes effect on Back Market."""
        if quantity is not None:
            self.there[sku] = quantity
            self._stands(at, sku)
        if price is not None:
            self.price_there[sku] = price
            self._priced(at, sku)

    def close(self) -> None:
        """The day is over: what is still wrong counts until now."""
        for sku in range(self.day.skus):
            self.there[sku] = 0
            self.price_there[sku] = self.wanted[sku]
            self._stands(self.day.seconds, sku)
            self._priced(self.day.seconds, sku)

    def _stands(self, at: float, sku: int) -> None:
        self.exposure += self._while(self._over, self.there[sku] > self.stock[sku], at, sku)
        empty = self.there[sku] > 0 and not self.stock[sku]
        self.risk += self._while(self._empty, empty, at, sku) * self.day.hazards[sku]
        if self.stock[sku]:
            self._stopping.pop(sku, None)
        elif self.there[sku] <= 0 and sku in self._stopping:
            self.to_zero.append(at - self._stopping.pop(sku))

    def _priced(self, at: float, sku: int) -> None:
        self.stale += self._while(self._stale, self.price_there[sku] != self.wanted[sku], at, sku)

    @staticmethod
    def _while(since: dict[int, float], holds: bool, at: float, sku: int) -> float:
        """Begin or end a span; the seconds of one that ended."""
        if holds:
            since.setdefault(sku, at)
            return 0.0
        return at - since.pop(sku) if sku in since else 0.0
