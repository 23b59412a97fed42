"""A shop whose push process lives in the test itself, on a clock of ours: it dies exactly where it is told to.

The real planner, pump, steps, adapter, tables and sandbox; only time is ours, and a thread's work is done at once, so
that a sequence that breaks something breaks it again. From the place of a death on, nothing is committed and nothing sent.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from listwright.catalog.operations import set_stock
from listwright.catalog.types import StockChange
from listwright.changes.origin import Origin
from listwright.channels.registry import channel
from listwright.common import killpoints
from listwright.common.clock import ManualClock
from listwright.companies import queries as companies
from listwright.companies import secrets
from listwright.companies.models import Account
from listwright.listings.models import Listing, ListingState
from listwright.sync.engine import claim
from listwright.sync.engine.desk import Desk
from listwright.sync.engine.events import Woken
from listwright.sync.engine.fenced import Traffic
from listwright.sync.engine.lease import Lease, Leases
from listwright.sync.engine.pump import Pump
from listwright.sync.engine.steps import Step, StepContext
from listwright.sync.engine.timing import Timing
from listwright.sync.planner import plan_once
from listwright_sandbox.testing import SandboxHandle
from tests.chaos import looking
from tests.chaos.invariants import Wish, broken, unsettled
from tests.domain.sync.engine_world import seller

ORIGIN = Origin.system("chaos")
TIMING = Timing(lease_length=20, http_timeout=2, quarantine_single=10, orders_fresh=5, sweep_interval=5, read_gap=1)
UNITS = 20
_numbers = itertools.count(1)


class TickingClock(ManualClock):
    """No two moments are the same, as on a real clock."""

    def now(self) -> datetime:
        self.advance(1e-6)
        return super().now()


class Died(BaseException):
    """The process is no more."""


class Death:
    """Watches the places; from the one it is waiting for on, every further one is refused."""

    def __init__(self, place: str) -> None:
        self.place, self.came = place, False

    def __call__(self, place: str) -> None:
        self.came = self.came or place == self.place
        if self.came:
            raise Died


class QuickTraffic(Traffic):
    """Who waits for room lets the time pass in which it comes."""

    def __init__(self, lease: Lease, clock: ManualClock, pass_time: Callable[[float], None]) -> None:
        super().__init__(lease, TIMING, clock)
        self._pass_time = pass_time

    def sleep(self, seconds: float) -> None:
        self._pass_time(seconds)


class QuickDesk(Desk):
    """Work for other threads is done at once."""

    def submit(self, work: Callable[..., None], *arguments: Any) -> None:
        work(*arguments)

    def submit_later(self, seconds: float, work: Callable[..., None]) -> None:
        work()

    @property
    def idle(self) -> bool:
        return self._inbox.empty()


class Life:
    """A push process, round by round."""

    def __init__(self, account: Account, clock: ManualClock, pass_time: Callable[[float], None]) -> None:
        self.leases = Leases(f"life-{next(_numbers)}", TIMING, clock)
        lease = self.leases.acquire(account.pk)
        assert lease is not None
        adapter = channel("backmarket").connect(companies.connection(account), lambda exchange: None, timeout=2)
        token = bytes(account.token_encrypted)
        self.desk = QuickDesk(lease, adapter, QuickTraffic(lease, clock, pass_time), TIMING, clock, token=token)
        self.pump = Pump(self.desk, claim.gate(account.pk, lease.fence))
        self.context = StepContext(
            account_id=account.pk,
            company_id=account.company_id,
            default_market=account.default_market,
            adapter=self.desk.fenced,
            clock=clock,
            timing=TIMING,
            ending=lambda: False,
        )

    def work(self) -> None:
        """Rounds until nothing more comes of them now."""
        self.leases.renew()
        for _ in range(40):
            self.desk.put(Woken())
            if not self.pump.round() or self.desk.idle:
                return

    def attend(self, step: Step) -> None:
        """Run a step of the account when it is due."""
        self.leases.renew()
        if step.due(self.context.account_id, self.context.clock.now()):
            step.run(self.context)


class Shop:
    """A company with three listings, its sandbox, and one life after another."""

    def __init__(self, sandbox: SandboxHandle) -> None:
        self.sandbox = sandbox
        self.clock = TickingClock(datetime.now(UTC))
        sandbox.control("POST", "reset", {})
        sandbox.freeze(self.clock.now().isoformat())
        self.slug = f"selling-{next(_numbers)}"
        made = seller(orders=True, slug=self.slug)
        values = {"sandbox_url": sandbox.url, "token_encrypted": secrets.encrypt(sandbox.token)}
        Account.objects.filter(pk=made.account.pk).update(**values)
        self.account = Account.objects.get(pk=made.account.pk)
        self.skus = [f"{self.slug}-{number}" for number in range(3)]
        there = []
        for sku in self.skus:
            listing = made.listing(sku, there=UNITS, physical=UNITS)
            markets = {"fr-fr": {"price": "100.00", "comment": "Tested", "warranty_delay": 12}}
            there.append({"sku": sku, "id": str(listing.back_market_id), "quantity": UNITS, "markets": markets})
        earlier = self.clock.now() - timedelta(minutes=1)
        ListingState.objects.filter(account=self.account).update(accepted_at=earlier)
        Listing.objects.filter(account=self.account).update(linked_at=earlier)
        sandbox.load(listings=there)
        self.wishes: list[Wish] = []
        self.orders: list[int] = []
        self.life = Life(self.account, self.clock, self.pass_time)
        for number in range(3):  # so that each has a stale row, and orders are read
            self.stock(number, UNITS)
        self.pass_time(10)
        self.work()

    def stock(self, which: int, quantity: int) -> None:
        """A new figure, which people gave us."""
        number = len(self.wishes) + 1
        change = StockChange(self.skus[which], quantity)
        set_stock(company=self.account.company, changes=[change], origin=ORIGIN, now=self.clock.now())
        self.wishes.append(Wish(self.skus[which], number, quantity, True))

    def plan(self) -> None:
        plan_once(now=self.clock.now())

    def work(self) -> None:
        """Plan, and send; by another process where this one has slept through its lease."""
        self.plan()
        if self.life.desk.lease.lost:
            self.next_life()
        self.life.work()

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.sandbox.advance(seconds)

    @contextmanager
    def dying(self, place: str) -> Iterator[Death]:
        """The process dies at this place, if it gets there; another one comes after its lease."""
        death = Death(place)
        try:
            with killpoints.watching(death):
                yield death
        except Died:
            assert death.came
        if death.came:
            self.next_life()

    def next_life(self) -> None:
        """Another process, once the lease of the last one has run out."""
        connection.close()  # as the process's own would be
        self.let_lease_end()
        self.life = Life(self.account, self.clock, self.pass_time)

    def let_lease_end(self) -> None:
        """So much time passes that whoever holds the lease does not any more."""
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sync_accountstate SET lease_until = clock_timestamp() - interval '1 second'")
        self.pass_time(TIMING.lease_length + 1)

    def settle(self) -> list[str]:
        """Without faults and with every order paid, everything comes to be as desired by itself; what does not, and what
        was broken on the way."""
        self.sandbox.clear_faults()
        for number in self.orders:
            if self.sandbox.control("GET", f"orders/{number}")["state"] == 0:
                self.sandbox.control("POST", f"orders/{number}", {"state": 1})
        wrong: list[str] = ["nothing was looked at"]
        for _ in range(40):
            self.pass_time(5)
            self.work()
            ours, theirs = looking.ours(database_url(), self.slug), looking.theirs(self.sandbox.url)
            wrong = list(unsettled(ours, theirs))
            if not wrong:
                break
        return [*wrong, *broken(ours, theirs, self.wishes, stocked={})]


def database_url() -> str:
    """Of the tables Django is on."""
    at = connection.settings_dict
    return f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
