"""A seller whose listings are to be made or read in bulk, a channel whose uploads end as a test says, a clock to move."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from listwright.catalog.models import Product
from listwright.changes.origin import Origin
from listwright.channels.protocol import BulkRow, RemoteListing, TaskResult, TaskState
from listwright.channels.testing import FakeAdapter, FakeChannel
from listwright.common.clock import ManualClock
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job, JobRow
from listwright.jobs.operations import RowInput
from listwright.listings.models import Listing, ListingState
from listwright.sync.bulk.step import BulkStep
from listwright.sync.bulk.times import BulkTimes
from listwright.sync.engine.steps import StepContext
from listwright.sync.engine.timing import Timing
from listwright.sync.models import Line
from tests.domain.sync.engine_world import Seller, seller

TIMES = BulkTimes(quarantine_bulk=60, poll_first=1, poll_longest=10, task_patience=100, read_again=5)


@dataclass
class Task:
    """How an upload's task goes: the rows it applies (None: all), and what it says in the end."""

    applies: Sequence[str] | None = None
    state: TaskState = TaskState.DONE
    errors: Mapping[str, str] = field(default_factory=dict)
    silent: Sequence[str] = ()
    message: str = ""


class Shelf(FakeChannel):
    """A channel that makes the listings of an upload's rows, as the `Task` planned for it says."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: list[Task] = []
        self.uploads: list[tuple[str, Sequence[BulkRow]]] = []
        self.unlisted: set[str] = set()
        """Back Market IDs that pages leave out, since the set moves while it is read."""

    def take(self, market: str, rows: Sequence[BulkRow]) -> TaskResult:
        plan = self.plans.pop(0) if self.plans else Task()
        self.uploads.append((market, rows))
        for row in rows:
            if row.sku not in plan.errors and (plan.applies is None or row.sku in plan.applies):
                known = next((one for one in self.there.values() if one.sku.lower() == row.sku.lower()), None)
                if known is None:
                    self.list(str(uuid.uuid4()), row.sku)
                elif "quantity" in row.columns:
                    known.quantity = int(row.columns["quantity"])
        told = frozenset(row.sku for row in rows if row.sku not in plan.errors and row.sku not in plan.silent)
        done = plan.state is TaskState.DONE
        return TaskResult(plan.state, told if done else frozenset(), plan.errors if done else {}, plan.message)


class ShelfAdapter(FakeAdapter):
    """A line to a `Shelf`."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(shelf, lambda exchange: None)
        self.shelf = shelf

    def listings(self, market: str) -> Iterator[Sequence[RemoteListing]]:
        def listed(page: Sequence[RemoteListing]) -> list[RemoteListing]:
            return [one for one in page if one.back_market_id not in self.shelf.unlisted]

        return map(listed, super().listings(market))

    def upload(self, market: str, rows: Sequence[BulkRow]) -> tuple[str, str]:
        fault = self.shelf.enter("upload", (market, tuple(rows)))
        task_id = str(len(self.shelf.tasks) + 1)
        self.shelf.tasks[task_id] = self.shelf.take(market, rows)
        if fault is not None:
            raise fault.error
        return task_id, f"r-task-{task_id}"


class World:
    """A company and its launches."""

    def __init__(self, slug: str = "seller") -> None:
        self.shelf = Shelf()
        self.seller: Seller = seller(slug=slug)
        self.clock = ManualClock(datetime.now().astimezone())
        self.step = BulkStep(TIMES)

    @property
    def account_id(self) -> int:
        return int(self.seller.account.pk)

    def context(self) -> StepContext:
        return StepContext(
            account_id=self.account_id,
            company_id=self.seller.account.company_id,
            default_market="fr-fr",
            adapter=ShelfAdapter(self.shelf),
            clock=self.clock,
            timing=Timing(),
            ending=lambda: False,
        )

    def product(self, sku: str, **values: object) -> Listing:
        """A product that is on and not there yet."""
        now = self.clock.now()
        product = Product.objects.create(
            company_id=self.seller.account.company_id, sku=sku, name=sku, physical=3, site_price=Decimal("100.00"),
            created_at=now, updated_at=now,
        )  # fmt: skip
        listing = Listing.objects.create(
            account=self.seller.account, product=product, status="on", status_since=now, effective_merchant_sku=sku,
            comment="Fine.", **values,
        )  # fmt: skip
        ListingState.objects.create(listing=listing, account=self.seller.account)
        return listing

    def launch(self, *listings: Listing, steps: Sequence[str] = ("create",)) -> Job:
        """A launch job under way, with a row for each listing."""
        now = self.clock.now()
        job = jobs.create(
            company_id=self.seller.account.company_id, kind="launch", origin=Origin.system("test"),
            params={"selection": {"all": True}}, now=now, task="sync.prepare_launch",
        )  # fmt: skip
        jobs.start(job_id=job.pk, now=now)
        rows = [
            RowInput(listing.product_id, listing.effective_merchant_sku, pending=list(steps)) for listing in listings
        ]
        jobs.count_rows(job_id=job.pk, states=jobs.add_rows(job_id=job.pk, rows=rows, now=now))
        return job

    def round(self, after: float = 0) -> None:
        """Let time pass, then run the step once."""
        self.clock.advance(after)
        self.step.run(self.context())

    def rounds(self, count: int = 6, *, each: float = 10) -> None:
        """Some rounds, with time between."""
        for _ in range(count):
            self.round(each)

    def row(self, job: Job, listing: Listing) -> JobRow:
        """What became of a listing in a job."""
        return JobRow.objects.get(job_id=job.pk, product_id=listing.product_id)

    def lines(self, listing: Listing) -> list[Line]:
        """What was uploaded for it."""
        return list(Line.objects.filter(listing=listing).order_by("id"))

    def created(self) -> list[str]:
        """The SKUs of all create rows that were uploaded."""
        return [row.sku for _, rows in self.shelf.uploads for row in rows if "quantity" in row.columns]
