"""The whole state of a sandbox, in memory, and what happens in it when its time has come."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from . import backbox
from .bulk import Desk
from .categories import Categories, default_tree
from .clock import Clock, Event, Schedule
from .faults import TASK, Faults
from .ids import Ids
from .limits import Limits
from .listings import Listing, Listings
from .log import Log
from .market import MARKETS, Market
from .orders import Orders
from .products import Products
from .settings import Settings
from .tasks import DONE, FAILED, Task

APPLY_FILE, APPLY_REQUEST, VALIDATE, UNDERCUT = "apply_file", "apply_request", "validate", "undercut"


@dataclass
class Sandbox:
    """Everything Back Market knows about one seller. Nothing here does I/O or waits."""

    seed: int = 1
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 (the same luck for the same seed)
        self.log = Log()
        self.reset()

    def reset(self) -> None:
        """Forgets listings, products, orders, tasks, faults, counters and waiting events; keeps settings, clock and log."""
        self.ids = Ids(self.random)
        self.schedule = Schedule()
        self.products = Products(self.ids)
        self.listings = Listings(self.ids, self.products)
        self.categories = Categories()
        self.categories.load(default_tree())
        self.orders = Orders(self.listings, self.ids, self.random)
        self.tasks: dict[int, Task] = {}
        self.limits = Limits()
        self.faults = Faults(self.random)

    def run_due(self) -> list[dict[str, Any]]:
        """Lets everything happen whose time has come. Returns the requests that are to be applied only now."""
        now = self.clock.now()
        late = []
        for event in self.schedule.take_due(now):
            if event.kind == APPLY_REQUEST:
                late.append(event.details)
            else:
                self._happen(event)
        return late

    def new_task(self, rows: list[dict[str, str]], market: Market, request: int, *, does_nothing: bool = False) -> Task:
        """A task for a file, which takes its time; `does_nothing`: its rows are never applied and never reported."""
        now, settings = self.clock.now(), self.settings
        task = Task(
            task_id=self.ids.number("task"),
            market=market.code,
            starts=now + settings.task_starts_after,
            ends=now + settings.task_ends_after,
            rows=[] if does_nothing else rows,
            request=request,
        )
        kinds = {kind: about for kind, about in TASK.items() if kind.startswith("task_")}
        fault = self.faults.take(kinds, method="POST", path="/ws/listings", market=market.code)
        if fault is not None and fault.kind == "task_never_ends":
            task.ends = None
        elif fault is not None and fault.kind == "task_fails":
            task.last_status = FAILED
            task.rows_before_failure = int(fault.options.get("rows", 0))
            task.last_error = fault.options.get("message")
        elif fault is not None:
            task.last_status = int(fault.options.get("status", 7))
        self.tasks[task.task_id] = task
        applies = min(settings.bulk_applies_after, settings.task_ends_after)
        self.schedule.plan(now + applies, APPLY_FILE, {"task_id": task.task_id})
        return task

    def listing_changed(self, listing: Listing, market: Market) -> None:
        """Lets a rival plan its answer to a new price."""
        beaten = self.settings.rivals == "undercut" and backbox.wins(listing, market, self.settings)
        if beaten or self.settings.rivals == "reprice":
            details = {"id": listing.id, "market": market.code}
            self.schedule.plan(self.clock.now() + self.settings.rivals_react_after, UNDERCUT, details)

    def before_write(self, listing: Listing, market: Market, method: str, path: str) -> None:
        """Keeps the publication states of this moment for reads, where they are to lag behind the coming write."""
        seconds = self.settings.state_lag_seconds
        fault = self.faults.take({"state_lags": ""}, method=method, path=path, market=market.code, sku=listing.sku)
        if fault is not None:
            seconds = float(fault.options.get("seconds", 30))
        if seconds:
            self.listings.keep_states(listing, self.settings, self.clock.now(), seconds)

    def plan_validation(self, product_id: str) -> None:
        if self.settings.validation_after is not None:
            due = self.clock.now() + self.settings.validation_after
            self.schedule.plan(due, VALIDATE, {"product_id": product_id})

    def _happen(self, event: Event) -> None:
        if event.kind == APPLY_FILE:
            self._apply_file(self.tasks[event.details["task_id"]], event.due)
        elif event.kind == VALIDATE:
            if event.details["product_id"] in self.products:
                self.products[event.details["product_id"]].validated = True
                self.listings.touched()
        elif event.kind == UNDERCUT:
            listing = self.listings.by_reference(event.details["id"])
            if listing is not None:
                market = MARKETS[event.details["market"]]
                answer = backbox.reprice if self.settings.rivals == "reprice" else backbox.undercut
                answer(listing, market, self.settings)

    def _apply_file(self, task: Task, moment: float) -> None:
        market = MARKETS[task.market]
        desk = Desk(self.listings, self.products, self.categories, self.settings, self.random)
        record = self.log.find(task.request) if task.request is not None else None
        rows = task.rows if task.last_status != FAILED else task.rows[: task.rows_before_failure]
        for number, row in enumerate(rows, start=self.settings.row_number_base):
            fault = self._row_fault(row["sku"], market)
            if fault == "row_lost":
                continue
            if fault == "row_fails":
                outcome = desk.refuse("This row was refused.")
            else:
                known = self.listings.by_sku(row["sku"])
                if known is not None:
                    self.before_write(known, market, "POST", "/ws/listings")
                outcome = desk.apply_row(row, market)
                if outcome.listing is not None:
                    self.listing_changed(outcome.listing, market)
                if outcome.proposed:
                    self.plan_validation(outcome.proposed)
                if record is not None:
                    record.changed(outcome.changes, moment)
            if fault != "row_unreported":
                task.report(row, number, outcome, self.settings)
        task.rows = []
        if record is not None:
            record.applied = "yes" if task.last_status == DONE or rows else "no"

    def _row_fault(self, sku: str, market: Market) -> str | None:
        kinds = {kind: about for kind, about in TASK.items() if kind.startswith("row_")}
        fault = self.faults.take(kinds, method="POST", path="/ws/listings", market=market.code, sku=sku)
        return None if fault is None else fault.kind
