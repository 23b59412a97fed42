"""How fast lines go out, how urgent ones get past a limit, and how many are sent for what is needed.

    python -m benchmarks.push [--size N] [--quick]

First against a sandbox that answers after 300 ms and takes 200 requests in 10 s: a hundred stop-sales from rest, then
ten minutes of more changes than may go out, with stop-sales in between. Then against one that answers at once, without
limits. Each run begins at REST and ends in the sandbox's log.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import click

from benchmarks import report
from benchmarks.shop import NO_WINDOW, Line, Shop, running

NAME = "push"
LINES = 10_000
STOP_SALES = 100
SLOW = ("--latency-ms", "300", "--setting", "lines_per_hour=1000000")
FAST = ("--latency-ms", "0", "--limits", "off")
# The sandbox's limit, and the time after which nothing of it is used.
PER_WINDOW, WINDOW = 200, 10.0
BLOCK = 10.0
QUIET = 2.0
# Of the generated listings so many may be sold.
SELLABLE_SHARE = 0.8


class Wish(NamedTuple):
    """A quantity asked for through REST, at a monotonic time."""

    sku: str
    quantity: int
    at: float


class Economy(NamedTuple):
    """`needed` changes that arrived, the `lines` sent for them, and how many of these told what stood there already."""

    needed: int
    lines: int
    standing: int


@click.command()
@click.option("--size", default=LINES, show_default=True, type=click.IntRange(1000), help="Lines sent without limits.")
@click.option("--quick", is_flag=True, help="A third of the lines, and one minute at the limit in place of ten.")
def main(size: int, quick: bool) -> None:
    """Measures the pushes and says whether their limits hold."""
    minutes, size = (1, size // 3) if quick else (10, size)
    figures: dict[str, float] = {}
    economies: list[Economy] = []
    backlog = int(minutes * 60 / WINDOW * PER_WINDOW)
    with running(int((backlog + 4 * STOP_SALES) / SELLABLE_SHARE), SLOW, {}) as shop:
        figures |= at_the_limit(shop, backlog, minutes, economies)
    with running(int(size / SELLABLE_SHARE), FAST, NO_WINDOW) as shop:
        figures |= at_full_speed(shop, size, economies)
    figures["lines_per_change"] = sum(one.lines for one in economies) / sum(one.needed for one in economies)
    figures["standing_lines"] = sum(one.standing for one in economies)
    report.finish(NAME, figures, about=f"{minutes} minutes at the limit, {size:,} lines without one")


def at_the_limit(shop: Shop, backlog: int, minutes: int, economies: list[Economy]) -> dict[str, float]:
    """Stop-sales from rest, then so many minutes with more to send than the limit takes, and stop-sales meanwhile."""
    door = shop.door()
    skus = iter(shop.quantities)
    groups = [list(islice(skus, STOP_SALES)) for _ in range(3)]
    time.sleep(WINDOW + 1)  # what the start took of the window is free again
    wishes = set_stocks(shop, dict.fromkeys(groups[0], 0))
    figures = {"stop_sales_s": arrival(shop, wishes, within=60)}
    began = time.monotonic()
    rest = [*islice(skus, backlog)]
    for start in range(0, len(rest), LINES):
        wishes += set_stocks(shop, {sku: shop.quantities[sku] + 1 for sku in rest[start : start + LINES]})
    figures["stop_sales_in_backlog_s"] = 0.0
    for number, group in enumerate(groups[1:], start=1):
        pause_until(shop, began + minutes * 20 * number)
        urgent = set_stocks(shop, dict.fromkeys(group, 0))
        wishes += urgent
        figures["stop_sales_in_backlog_s"] = max(figures["stop_sales_in_backlog_s"], arrival(shop, urgent, within=120))
    pause_until(shop, began + minutes * 60)
    moments = shop.limited()
    figures["blocks"] = blocks(moments)
    figures["requests_per_10_s"] = len([line for line in shop.received if line.at > began]) / (minutes * 60 / WINDOW)
    economies.append(economy(shop.quantities, wishes, shop.received, refused=len(moments)))
    door.close()
    return figures


def at_full_speed(shop: Shop, size: int, economies: list[Economy]) -> dict[str, float]:
    """All at once; then the same again, of which nothing may be sent."""
    time.sleep(QUIET)
    stocks = {
        sku: units + 1 if number % 2 else units // 2 for number, (sku, units) in enumerate(shop.quantities.items())
    }
    stocks = {sku: units for sku, units in islice(stocks.items(), size) if units != shop.quantities[sku]}
    began = time.monotonic()
    wishes = set_stocks(shop, stocks)
    answered = time.monotonic() - began
    arrival(shop, wishes, within=600)
    set_stocks(shop, stocks)
    pause_until(shop, time.monotonic() + QUIET)
    first, last = shop.received[0].at, max(line.at for line in shop.received)
    economies.append(economy(shop.quantities, wishes, shop.received))
    return {
        "lines_per_s": len(wishes) / (last - first),
        "from_request_per_s": len(wishes) / (last - began),
        "request_s": answered,
        "first_line_s": first - began,
    }


def set_stocks(shop: Shop, stocks: Mapping[str, int]) -> list[Wish]:
    """Through REST, in one request."""
    door = shop.door()
    at = time.monotonic()
    door.set_stocks(stocks)
    door.close()
    return [Wish(sku, quantity, at) for sku, quantity in stocks.items()]


def arrival(shop: Shop, wishes: Sequence[Wish], *, within: float) -> float:
    """Seconds from the first wish until the last of them arrived."""
    began = min(wish.at for wish in wishes)
    missing = {(wish.sku, wish.quantity) for wish in wishes}
    missing -= {(line.sku, line.quantity) for line in shop.received if line.at >= began and line.status == 200}
    last = began
    while missing:
        if time.monotonic() > began + within:
            raise SystemExit(f"{len(missing)} of {len(wishes)} lines did not arrive within {within:g} s")
        time.sleep(0.1)
        for line in shop.lines():
            if line.status == 200 and (line.sku, line.quantity) in missing:
                missing.discard((line.sku, line.quantity))
                last = max(last, line.at)
    return last - began


def pause_until(shop: Shop, moment: float) -> None:
    """Take note of lines until then."""
    while (left := moment - time.monotonic()) > 0:
        time.sleep(min(1.0, left))
        shop.lines()


def blocks(limited: Iterable[float]) -> int:
    """How many blocks of the limit these requests met: what is refused within one belongs to it."""
    count, until = 0, float("-inf")
    for moment in sorted(limited):
        if moment >= until:
            count, until = count + 1, moment + BLOCK
    return count


def economy(standing: Mapping[str, int], wishes: Iterable[Wish], lines: Iterable[Line], *, refused: int = 0) -> Economy:
    """What was sent for what was needed. `standing` is what stood there before; `refused` requests count as lines."""
    stands = dict(standing)
    wanted = {(wish.sku, wish.quantity) for wish in wishes}
    arrived: set[tuple[str, int]] = set()
    sent = repeated = 0
    for line in sorted(lines, key=lambda one: one.number):
        sent += 1
        if line.status == 200:
            repeated += stands.get(line.sku) == line.quantity
            stands[line.sku] = line.quantity
            arrived.add((line.sku, line.quantity))
    return Economy(len(wanted & arrived), sent + refused, repeated)


if __name__ == "__main__":
    main()
