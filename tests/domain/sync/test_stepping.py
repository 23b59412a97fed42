"""The steps of an account: one that fails puts off itself alone, and never for long."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from listwright.common.clock import ManualClock
from listwright.common.errors import Unavailable
from listwright.sync.engine.desk import Desk
from listwright.sync.engine.stepping import Stepping
from listwright.sync.engine.steps import StepContext
from listwright.sync.engine.timing import Timing
from tests.domain.sync.engine_world import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Failing:
    """A step that Back Market never answers."""

    name: str = "failing"
    runs: list[float] = field(default_factory=list)

    def due(self, account_id: int, now: datetime) -> bool:
        return True

    def run(self, context: StepContext) -> None:
        self.runs.append(context.clock.monotonic())
        raise Unavailable("unavailable", "503", status=503)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def step() -> Failing:
    return Failing()


@pytest.fixture
def stepping(clock: ManualClock, step: Failing) -> Iterator[Stepping]:
    desk = SimpleNamespace(
        account_id=1, clock=clock, timing=Timing(), fenced=None, lease=SimpleNamespace(lost=False), put=lambda _: None
    )
    found = Stepping(
        cast(Desk, cast(Any, desk)),
        [step],
        company_id=1,
        default_market="fr-fr",
        turns=threading.BoundedSemaphore(1),
    )
    found.start()
    yield found
    found.stop(5)


def test_a_step_that_failed_for_hours_is_tried_again_within_half_a_minute(
    clock: ManualClock, step: Failing, stepping: Stepping
) -> None:
    def put_off() -> bool:
        return stepping._not_before[step.name] > clock.monotonic()

    for runs in range(1, 13):
        eventually(lambda runs=runs: len(step.runs) == runs and put_off())
        clock.advance(31)
        stepping.wake()
    assert all(later - earlier <= 31 for earlier, later in zip(step.runs, step.runs[1:], strict=False))
