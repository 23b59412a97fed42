"""The benchmark of a selling day holds with our order of sending, and fails with a worse one."""

from collections.abc import Callable

import pytest
from benchmarks import selling_day
from benchmarks.limits import SELLING_DAY
from benchmarks.report import holds
from benchmarks.selling.day import Day, draw
from benchmarks.selling.ours import Ours
from benchmarks.selling.way import live

from listwright.sync.decisions import delta
from listwright.sync.decisions.urgency import LineUrgency, PriceChange, QuantityChange, Rank, rank

LOAD = 180


@pytest.fixture(scope="module")
def day() -> Day:
    """Two hours of a small shop that wants nearly twice what the budget takes."""
    return draw(2_000, 2.0, LOAD / 100)


@pytest.fixture(scope="module")
def others(day: Day) -> dict[str, selling_day.Told]:
    return {name: selling_day.tell(live(way(day))) for name, way in selling_day.WAYS.items() if name != "ours"}


def broken(day: Day, others: dict[str, selling_day.Told]) -> list[str]:
    """The limits that do not hold."""
    figures = selling_day.compared(LOAD, {"ours": selling_day.tell(live(Ours(day))), **others})
    limits = {name: limit for name, limit in SELLING_DAY.items() if f"_{LOAD}_" in name}
    assert len(limits) == 6
    return sorted(name for name in limits if not holds(name, figures, limits))


def test_with_our_urgency_every_limit_holds(day: Day, others: dict[str, selling_day.Told]) -> None:
    assert broken(day, others) == []


def zeros_last(change: QuantityChange | PriceChange, *, sold: int) -> Rank:
    place = rank(change, sold=sold)
    return Rank(LineUrgency.RISE) if place.urgency is LineUrgency.ZERO else place


def first_come_first_served(change: QuantityChange | PriceChange, *, sold: int) -> Rank:
    return Rank(LineUrgency.RISE)


@pytest.mark.parametrize("worse", [zeros_last, first_come_first_served])
def test_with_a_worse_urgency_it_fails(
    day: Day,
    others: dict[str, selling_day.Told],
    monkeypatch: pytest.MonkeyPatch,
    worse: Callable[..., Rank],
) -> None:
    monkeypatch.setattr(delta, "rank", worse)
    assert f"ours_{LOAD}_to_zero_p99_s" in broken(day, others)
    assert f"load_{LOAD}_expected_of_oracle" in broken(day, others)


def test_a_day_is_drawn_the_same_every_time() -> None:
    assert draw(500, 1.0, 1.0) == draw(500, 1.0, 1.0)
