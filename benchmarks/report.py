"""What a benchmark says at its end: a table for people, one line of JSON for programs, and whether its limits hold."""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NoReturn

from benchmarks.limits import LIMITS

PER_SECOND = "_per_s"


def finish(name: str, figures: Mapping[str, float], *, about: str = "", partly: bool = False) -> NoReturn:
    """Print `figures` with the benchmark's limits and end the process: status 0 when all of them hold, else 1.

    A limit without a figure does not hold, unless the benchmark ran only `partly`. The load of the machine is told
    beside the figures.
    """
    limits = LIMITS[name]
    if about:
        print(about)
    for figure, value in figures.items():
        limit = f"{'≥' if figure.endswith(PER_SECOND) else '≤'} {limits[figure]:g}" if figure in limits else ""
        print(f"  {figure:32} {value:12.3f}  {limit}{'' if holds(figure, figures, limits) else '  NOT HELD'}")
    missing = [figure for figure in limits if figure not in figures]
    if missing:
        print(f"  not measured: {', '.join(missing)}")
    ok = all(holds(figure, figures, limits) for figure in limits if figure in figures or not partly)
    rounded = {figure: round(value, 3) for figure, value in figures.items()}
    rounded["load_average"] = round(os.getloadavg()[0], 2)
    print(json.dumps({"benchmark": name, "figures": rounded, "limits": limits, "ok": ok}))
    sys.exit(0 if ok else 1)


def holds(figure: str, figures: Mapping[str, float], limits: Mapping[str, float]) -> bool:
    """Rates are least values, everything else is a most; what has no limit holds."""
    if figure not in limits:
        return True
    if figure not in figures:
        return False
    value, limit = figures[figure], limits[figure]
    return value >= limit if figure.endswith(PER_SECOND) else value <= limit


def yardstick() -> float:
    """Seconds of a fixed piece of work, about a millisecond: how fast the machine is at this moment."""
    began, total = time.perf_counter(), 0
    for number in range(20_000):
        total += number * number % 7
    return time.perf_counter() - began


def percentile(values: Sequence[float], share: float) -> float:
    """The least of the values that at least `share` of them do not exceed. Raises ValueError for none at all."""
    if not values:
        raise ValueError("there is nothing to take a percentile of")
    ordered = sorted(values)
    place = -(-len(ordered) * share // 1)
    return ordered[max(0, int(place) - 1)]
