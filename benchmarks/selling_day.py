"""A day of selling, ours beside other ways of sending: what is oversold, how long it could be, and what it takes.

    python -m benchmarks.selling_day [--size N] [--quick]

On a virtual clock, through the planner, urgency, budget, composition of lines and order rules that run in production.
20,000 SKUs, most with one to three units, 500 sales an hour elsewhere and 60 on Back Market, deliveries, and prices that
change so often that everything together is 60, 100 and 180 % of the hour's lines. A request takes 300 ms.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import click

from benchmarks import report
from benchmarks.selling.day import SKUS, Day, Ledger, draw
from benchmarks.selling.others import HOUR, Oracle, Rounds
from benchmarks.selling.ours import Ours
from benchmarks.selling.way import Way, live

NAME = "selling_day"
LOADS = (60, 100, 180)
DAY, QUICK_DAY = 24.0, 4.0
WAYS: Mapping[str, Callable[[Day], Way]] = {
    "ours": Ours,
    "fifo": lambda day: Rounds(day, HOUR / 4),
    "hourly": lambda day: Rounds(day, HOUR),
    "oracle": Oracle,
}


class Told(NamedTuple):
    """What a way came to: units oversold and those to be expected, exposure in SKU-seconds, seconds to zero, how long a
    changed price was wrong (seconds, mean), lines sent, and how many of them changed nothing."""

    oversold: float
    oversold_expected: float
    exposure: float
    to_zero_p50_s: float
    to_zero_p99_s: float
    price_staleness_s: float
    lines: float
    unchanged: float


@click.command()
@click.option(
    "--size", default=SKUS, show_default=True, type=click.IntRange(500), help="SKUs; the rest grows with them."
)
@click.option("--quick", is_flag=True, help="Four hours in place of a day.")
def main(size: int, quick: bool) -> None:
    """Lives the same day in several ways and says whether the limits hold."""
    hours = QUICK_DAY if quick else DAY
    figures: dict[str, float] = {}
    for load in LOADS:
        day = draw(size, hours, load / 100)
        told = {name: tell(live(way(day))) for name, way in WAYS.items()}
        show(load, told)
        figures |= compared(load, told)
    report.finish(NAME, figures, about=f"{size:,} SKUs, {hours:g} hours")


def tell(ledger: Ledger) -> Told:
    """A ledger's figures."""
    return Told(
        ledger.oversold,
        ledger.risk,
        ledger.exposure,
        report.percentile(ledger.to_zero, 0.5),
        report.percentile(ledger.to_zero, 0.99),
        ledger.stale / max(1, ledger.price_changes),
        ledger.lines,
        ledger.unchanged,
    )


def compared(load: int, told: Mapping[str, Told]) -> dict[str, float]:
    """The figures of a load: each way's own, and ours as a share of what is allowed beside the others."""
    figures = {f"{name}_{load}_{field}": value for name, one in told.items() for field, value in one._asdict().items()}
    ours, fifo, oracle = told["ours"], told["fifo"], told["oracle"]
    return figures | {
        f"load_{load}_oversold_beyond_fifo": ours.oversold - fifo.oversold / 10,
        f"load_{load}_oversold_beyond_oracle": ours.oversold - 1.2 * oracle.oversold,
        f"load_{load}_expected_of_fifo": ours.oversold_expected / fifo.oversold_expected,
        f"load_{load}_expected_of_oracle": ours.oversold_expected / oracle.oversold_expected,
    }


def show(load: int, told: Mapping[str, Told]) -> None:
    """One load, the ways side by side."""
    print(f"\n  at {load} % of the budget{'':12}" + "".join(f"{name:>14}" for name in told))
    for field in Told._fields:
        print(f"  {field:32}" + "".join(f"{getattr(one, field):14,.3f}" for one in told.values()))


if __name__ == "__main__":
    main()
