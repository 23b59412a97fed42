"""Work done side by side: all of it once, and the first error ends it."""

import threading
from itertools import count

import pytest

from listwright.bulk.alone import side_by_side


@pytest.mark.parametrize("at_once", [1, 3])
def test_each_item_is_worked_on_once(at_once: int) -> None:
    assert sorted(side_by_side(lambda item: item * 2, iter(range(50)), at_once)) == list(range(0, 100, 2))
    assert side_by_side(str, [], at_once) == []


def test_several_are_in_hand_at_a_time() -> None:
    together = threading.Barrier(3, timeout=10)
    assert len(side_by_side(lambda _: together.wait(), range(3), 3)) == 3


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_in_the_work_or_in_the_items_ends_it(at_once: int) -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        side_by_side(work, count(), at_once)
    assert begun[:3] == [0, 1, 2] or at_once > 1

    def items() -> object:
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        side_by_side(str, items(), at_once)  # type: ignore[arg-type]
