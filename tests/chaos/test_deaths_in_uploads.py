"""Deaths at every commit and request of an upload, however it goes: nothing is overwritten, and it comes to its end."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from django.db import connection

from listwright.channels.protocol import BulkRow, TaskResult, TaskState
from listwright.common.errors import ChannelError, OutcomeUnknown, RateLimited, Rejected, Unavailable
from listwright.common.killpoints import watching
from listwright.jobs.models import JobRow
from listwright.listings.models import Listing
from listwright.sync.bulk.step import BulkStep
from listwright.sync.engine.fenced import FencedAdapter
from listwright.sync.engine.steps import StepContext
from listwright.sync.models import Line
from tests.chaos.deaths import died, dying
from tests.chaos.life import Died
from tests.domain.sync.bulk_world import TIMES, Shelf, Task, World

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 40
THERE = "8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f12"
_numbers = itertools.count(1)


def silently_taken(shelf: Shelf) -> None:
    shelf.plans.append(Task(silent=["A"]))
    for listing in shelf.there.values():
        listing.comment = "Fine."


LOST = OutcomeUnknown("lost", "The answer was lost.")
SCENARIOS: dict[str, Callable[[Shelf], object]] = {
    "all goes well": lambda shelf: None,
    "the answer is lost": lambda shelf: shelf.fail("upload", LOST, applied=True),
    "the file is lost": lambda shelf: shelf.fail("upload", LOST),
    "the file is refused": lambda shelf: shelf.fail("upload", Rejected("bad_file", "no column sku", "r-1", 400)),
    "nobody is there": lambda shelf: shelf.fail("upload", Unavailable("down", "down")),
    "too many come": lambda shelf: shelf.fail("upload", RateLimited("slow", "slow", wait=1)),
    "success is told and nothing made": lambda shelf: shelf.plans.append(Task(applies=[])),
    "nothing is told and nothing made": lambda shelf: shelf.plans.append(Task(applies=[], silent=["A"])),
    "nothing is told of what was taken": lambda shelf: silently_taken(shelf),
    "the row is refused": lambda shelf: shelf.plans.append(Task(errors={"A": "This EAN is none."})),
    "the task fails": lambda shelf: shelf.plans.append(Task(applies=[], state=TaskState.FAILED, message="Broken.")),
    "the task never ends": lambda shelf: shelf.plans.append(Task(applies=[], state=TaskState.RUNNING)),
    "somebody has it already": lambda shelf: shelf.list(THERE, "a", 9),
}
COMMITS = (
    "attempt an upload",
    "end a quarantine",
    "fail a line",
    "fail what is somebody's",
    "finish a task",
    "give a task up",
    "go on with what is linked",
    "have a line read again",
    "hold a create",
    "judge product information",
    "link what was created",
    "note a poll",
    "note a refused upload",
    "note an upload's task",
    "note that a create is not there",
    "quarantine an upload",
    "skip rows",
    "take an upload back",
)
REQUESTS = ("upload", "task", "listing by SKU")


class CarefulShelf(Shelf):
    """Notes the create rows that met a listing: Back Market takes each to quantity 0."""

    def __init__(self) -> None:
        super().__init__()
        self.overwritten: list[str] = []

    def take(self, market: str, rows: Sequence[BulkRow]) -> TaskResult:
        known = {one.sku.lower() for one in self.there.values()}
        self.overwritten += [row.sku for row in rows if "quantity" in row.columns and row.sku.lower() in known]
        return super().take(market, rows)


class Launch(World):
    """A product to be created, or one whose texts are sent, and a process that does it, which may die."""

    def __init__(self, scenario: str, *, texts: bool = False) -> None:
        super().__init__(f"seller-{next(_numbers)}")
        self.shelf, self.texts = CarefulShelf(), texts
        now = self.clock.now()
        self.listing = self.product("A", back_market_id=THERE, linked_at=now) if texts else self.product("A")
        if texts:
            self.shelf.list(THERE, "A", 7)
        SCENARIOS[scenario](self.shelf)
        self.job = self.launch(self.listing, steps=["content:fr-fr"] if texts else ["create"])

    def context(self) -> StepContext:
        return replace(super().context(), adapter=FencedAdapter(super().context().adapter, lambda: None))

    def live(self, watch: Callable[[str], None]) -> None:
        """Rounds until the job has ended, or the process."""
        with watching(watch):
            for _ in range(ROUNDS):
                try:
                    self.round(10)
                except ChannelError:
                    continue
                except Died:
                    connection.close()  # as the process's own would be
                    self.step = BulkStep(TIMES)
                    return
                if self.outcome() != "under way":
                    return

    def outcome(self) -> str:
        """Price and quantity of what is linked follow by another road."""
        linked = Listing.objects.get(pk=self.listing.pk).back_market_id is not None
        state = JobRow.objects.get(job=self.job).state
        return (
            "well"
            if state == "succeeded" or (linked and not self.texts)
            else state
            if state == "failed"
            else "under way"
        )

    def end(self) -> str:
        """How it went."""
        assert self.outcome() != "under way"
        assert not Line.objects.filter(listing=self.listing, state__in=["open", "unknown"]).exists()
        assert self.shelf.overwritten == []
        assert [one.sku.lower() for one in self.shelf.there.values()] in ([], ["a"])
        return self.outcome()


def dying_at(place: str, came: list[str]) -> Callable[[str], None]:
    def watch(passed: str) -> None:
        if came or passed == place:
            came.append(passed)
            raise Died

    return watch


def places(scenario: str, texts: bool, known: set[str]) -> Iterator[str]:
    """Those that this one passes and none before it did."""
    passed: list[str] = []
    whole = Launch(scenario, texts=texts)
    whole.live(passed.append)
    expected[scenario, texts] = whole.end()
    for place in dict.fromkeys(passed):
        if place not in known:
            known.add(place)
            yield place


expected: dict[tuple[str, bool], str] = {}


@dying(*(f"commit {name}" for name in COMMITS), *(f"request {name}" for name in REQUESTS))
def test_an_upload_ends_well_wherever_its_process_dies() -> None:
    known: set[str] = set()
    for scenario, texts in [
        *((name, False) for name in SCENARIOS),
        ("all goes well", True),
        ("the answer is lost", True),
        ("nothing is told of what was taken", True),
    ]:
        for place in places(scenario, texts, known):
            launch, came = Launch(scenario, texts=texts), []
            launch.live(dying_at(place, came))
            assert came, f"{scenario}: {place} was not met"
            died(place)
            launch.live(lambda _: None)
            # What told us that it failed may have died with the process: then it was done again, and went well.
            assert launch.end() in (expected[scenario, texts], "well"), f"{scenario}: {place}"
