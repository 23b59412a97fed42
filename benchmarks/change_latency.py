"""How long a stock change takes from REST to Back Market: under a stream of changes, alone, and in close pairs.

    python -m benchmarks.change_latency [--size N] [--quick]

Each time runs from the start of the request to REST until the sandbox receives the value. Limits are off and so is the
sweep: nothing but wake-ups moves a change on, and a lost one shows. Measured with few listings, and with 100,000 more
that are idle; with these also while a setting has all of them planned again, and stop-sales while that changes them all.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from random import Random
from threading import local
from typing import NamedTuple

import click
import psycopg

from benchmarks import report
from benchmarks.shop import NO_WINDOW, Door, Line, Shop, running

NAME = "change_latency"
ACTIVE = 3000
IDLE = 100_000
A_SECOND = 50
THREADS = 8
PATIENCE = 10.0
LOOK_EVERY = 0.02
# Seconds of silence behind a change that has arrived; behind every so many one that lets all that is fresh grow old.
SILENCE, LONG_SILENCE, LONG_EVERY = (0.15, 0.45), 6.0, 20
WITHOUT_SWEEP = {"LISTWRIGHT_SWEEP_INTERVAL": "1000000"}


class Change(NamedTuple):
    """A wish: this SKU from one quantity to another."""

    sku: str
    before: int
    after: int

    @property
    def falls(self) -> bool:
        """Whether there is less than before."""
        return self.after < self.before


class Sent(NamedTuple):
    """A change and the monotonic time at which its request began."""

    change: Change
    at: float


class Times(NamedTuple):
    """Seconds of the changes that arrived, falls and rises apart, and how many never did."""

    falls: list[float]
    rises: list[float]
    lost: int


class Amounts:
    """Changes at random: each SKU in turn, half of them falls, some of them to zero."""

    def __init__(self, quantities: Mapping[str, int], seed: int = 1) -> None:
        self._stock = dict(quantities)
        self._chance = Random(seed)
        self._turns = list(quantities)
        self._next = 0

    def change(self) -> Change:
        """The next SKU's next quantity, always another one."""
        return self.change_of(self._turn())

    def change_of(self, sku: str, *, but: int | None = None) -> Change:
        """Another quantity of a SKU, `but` not this one."""
        before = after = self._stock[sku]
        while after in (before, but):
            if before > 0 and self._chance.random() < 0.5:
                after = 0 if self._chance.random() < 0.2 else self._chance.randrange(before)
            else:
                after = before + self._chance.randrange(1, 10)
        self._stock[sku] = after
        return Change(sku, before, after)

    def stop_sale(self) -> Change:
        """The next SKU with so much in stock that it would still be for sale with a unit less goes to zero."""
        while self._stock[sku := self._turn()] < 3:
            pass
        before, self._stock[sku] = self._stock[sku], 0
        return Change(sku, before, 0)

    def settle(self, sku: str, quantity: int) -> None:
        """Of changes at the same moment this one came last."""
        self._stock[sku] = quantity

    def _turn(self) -> str:
        self._next += 1
        return self._turns[(self._next - 1) % len(self._turns)]


@click.command()
@click.option("--size", type=click.IntRange(1000), help=f"Idle listings, in place of {IDLE:,}.")
@click.option("--quick", is_flag=True, help="A tenth of the idle listings, a fifth of the changes.")
def main(size: int | None, quick: bool) -> None:
    """Measures the way of a stock change and says whether its limits hold."""
    idle = size if size is not None else IDLE // 10 if quick else IDLE
    share = 5 if quick else 1
    figures: dict[str, float] = {}
    for prefix, listings in (("", 0), ("idle_", idle)):
        with running(ACTIVE + listings, ["--limits", "off"], {**NO_WINDOW, **WITHOUT_SWEEP}) as shop:
            print(f"{ACTIVE + listings:,} listings", flush=True)
            amounts = Amounts(dict(islice(shop.quantities.items(), ACTIVE // 2)))
            times = measure(shop, amounts, seconds=20 // share, changes=200 // share)
            if listings:
                times["wave"] = wave(shop, amounts, 100 // share)
                times["flood"] = flood(shop, amounts, 40 // share)
        figures |= {f"{prefix}{name}": value for name, value in summary(times).items()}
    report.finish(NAME, figures, about=f"{ACTIVE:,} listings, then {idle:,} idle ones beside them; seconds")


def summary(times: Mapping[str, Times]) -> dict[str, float]:
    """Percentiles by phase and direction; `lost` are changes that never came, of all phases."""
    figures: dict[str, float] = {}
    for phase, measured in times.items():
        for direction, seconds in (("falls", measured.falls), ("rises", measured.rises)):
            if not seconds:
                continue
            figures[f"{phase}_{direction}_p50_s"] = report.percentile(seconds, 0.5)
            figures[f"{phase}_{direction}_p99_s"] = report.percentile(seconds, 0.99)
            figures[f"{phase}_{direction}_max_s"] = max(seconds)
    figures["lost"] = sum(measured.lost for measured in times.values())
    return figures


def measure(shop: Shop, amounts: Amounts, *, seconds: int, changes: int) -> dict[str, Times]:
    """The three phases, one after the other on the same shop."""
    door = shop.door()
    for _ in range(5):  # everybody has spoken once: connections are open, statements prepared
        arrivals(shop, [put(door, amounts.change())])
    return {
        "stream": stream(shop, amounts, seconds),
        "isolated": isolated(shop, amounts, changes),
        "pairs": pairs(shop, amounts, changes),
    }


def stream(shop: Shop, amounts: Amounts, seconds: int) -> Times:
    """So many changes a second, each at its time whatever became of those before."""
    mine = local()

    def work(change: Change, at: float) -> Sent:
        if not hasattr(mine, "door"):
            mine.door = shop.door()
        time.sleep(max(0.0, at - time.monotonic()))
        return put(mine.door, change)._replace(at=at)

    began = time.monotonic() + 0.2
    with ThreadPoolExecutor(THREADS) as pool:
        work_to_do = [
            pool.submit(work, amounts.change(), began + number / A_SECOND) for number in range(A_SECOND * seconds)
        ]
        sent = [future.result() for future in work_to_do]
    return settled(shop, sent)


def isolated(shop: Shop, amounts: Amounts, count: int) -> Times:
    """One change, silence once it has arrived, the next one."""
    door = shop.door()
    return together(settled(shop, [put(door, amounts.change())]) for _ in silences(count))


def pairs(shop: Shop, amounts: Amounts, count: int) -> Times:
    """Two changes 1 to 8 ms apart, of the same SKU and of two in turn; of the same one, the last value must arrive."""
    chance = Random(2)
    doors = shop.door(), shop.door()
    with ThreadPoolExecutor(2) as pool:

        def send(number: int) -> list[Sent]:
            first = amounts.change()
            second = amounts.change_of(first.sku, but=first.before) if number % 2 else amounts.change()
            begin = time.monotonic() + 0.01
            times = begin, begin + chance.uniform(0.001, 0.008)
            futures = [
                pool.submit(put_at, door, change, at)
                for door, change, at in zip(doors, (first, second), times, strict=True)
            ]
            sent = [future.result() for future in futures]
            if first.sku != second.sku:
                return sent
            # Which of two at once came last, only the database can say.
            stands = doors[0].call("GET", f"products/{first.sku}")["stock"]["main"]
            amounts.settle(first.sku, stands)
            last = next(one for one in sent if one.change.after == stands)
            return [Sent(Change(first.sku, first.before, stands), last.at)]

        return together(settled(shop, send(number)) for number in silences(count))


def wave(shop: Shop, amounts: Amounts, count: int) -> Times:
    """One change after the other while all listings are planned again for a setting that changes nothing in the end."""
    door, parts = shop.door(), []
    for number, _ in enumerate(silences(count)):
        if planned(shop):
            door.call("PATCH", "backmarket/settings", {"default_max_quantity": 1001 + number})
        parts.append(settled(shop, [put(door, amounts.change())]))
    return together(parts)


def flood(shop: Shop, amounts: Amounts, count: int) -> Times:
    """Stop-sales while all listings are planned again for a setting that changes them all, which are being sent."""
    door = shop.door()
    door.call("PATCH", "backmarket/settings", {"default_safety_quantity": 1})
    return together(settled(shop, [put(door, amounts.stop_sale())]) for _ in range(count))


def planned(shop: Shop) -> bool:
    """Whether all listings are planned with the newest settings."""
    with psycopg.connect(shop.stack.environment["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT planned_settings = settings_generation"
            " FROM companies_account a JOIN sync_accountstate s ON s.account_id = a.id"
        ).fetchone()
    return bool(row and row[0])


def silences(count: int) -> Iterable[int]:
    """Numbers, with silence behind each."""
    chance = Random(3)
    for number in range(1, count + 1):
        yield number
        time.sleep(LONG_SILENCE if number % LONG_EVERY == 0 else chance.uniform(*SILENCE))


def settled(shop: Shop, sent: Sequence[Sent]) -> Times:
    """Wait until all of it has arrived."""
    return timed(sent, arrivals(shop, sent))


def put(door: Door, change: Change) -> Sent:
    """Through REST."""
    began = time.monotonic()
    door.set_stock(change.sku, change.after)
    return Sent(change, began)


def put_at(door: Door, change: Change, at: float) -> Sent:
    """The same, not before its time."""
    time.sleep(max(0.0, at - time.monotonic()))
    return put(door, change)


def arrivals(shop: Shop, sent: Sequence[Sent]) -> list[Line]:
    """What the sandbox has received since it was asked last, once all of `sent` is among it or patience has ended."""
    until = time.monotonic() + PATIENCE
    lines: list[Line] = []
    missing = {(one.change.sku, one.change.after) for one in sent}
    while missing and time.monotonic() < until:
        new = shop.lines()
        lines += new
        missing -= {(line.sku, line.quantity) for line in new}
        time.sleep(LOOK_EVERY if missing else 0)
    return lines


def timed(sent: Sequence[Sent], lines: Sequence[Line]) -> Times:
    """Match each change with the first line of its SKU and value that came after it."""
    arrived: dict[tuple[str, int], list[float]] = {}
    for line in lines:
        if line.status == 200:
            arrived.setdefault((line.sku, line.quantity), []).append(line.at)
    result = Times([], [], 0)
    lost = 0
    for change, at in sent:
        moments = [moment for moment in arrived.get((change.sku, change.after), []) if moment >= at]
        if moments:
            (result.falls if change.falls else result.rises).append(min(moments) - at)
        else:
            lost += 1
    return result._replace(lost=lost)


def together(parts: Iterable[Times]) -> Times:
    """One of many."""
    all_parts = list(parts)
    return Times(
        [seconds for part in all_parts for seconds in part.falls],
        [seconds for part in all_parts for seconds in part.rises],
        sum(part.lost for part in all_parts),
    )


if __name__ == "__main__":
    main()
