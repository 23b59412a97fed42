"""Stock, orders, prices, faults, reads, time and deaths in any order: the same invariants, found by hypothesis."""

import contextlib
import os
import random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from listwright.catalog.operations import update_product
from listwright.common.errors import ChannelError
from listwright.sync.engine.events import Woken
from listwright.sync.engine.lease import NotHeld
from listwright.sync.verify.step import VerifyStep
from listwright_sandbox.testing import SandboxHandle
from tests.chaos.life import ORIGIN, UNITS, Shop

MINUTES = float(os.environ.get("LISTWRIGHT_CHAOS_MINUTES") or 0)
EXAMPLES = int(MINUTES * 20) or 3
FAULTS = ("rate_limited", "unavailable", "bot_wall", "reset", "answer_lost", "late_applied", "truncated", "forbidden")
PLACES = (
    "before commit claim",
    "after commit claim",
    "before request update",
    "after request update",
    "before commit store a page of orders",
    "after commit store a page of orders",
    "before commit finish a read of orders",
    "after request listing",
    "before commit believe a read",
    "after commit believe a read",
    "before commit look for what was left",
    "before commit plan stale products",
    "after commit plan stale products",
)


class Selling(RuleBasedStateMachine):
    """A shop, and whatever happens to it."""

    sandbox: SandboxHandle

    @initialize()
    def open(self) -> None:
        random.seed(1)
        self.shop = Shop(self.sandbox)
        self.verify = VerifyStep(rate=5, interval=10)

    @rule(which=st.integers(0, 2), to_zero=st.booleans())
    def stock(self, which: int, to_zero: bool) -> None:
        self.shop.stock(which, 0 if to_zero else UNITS + len(self.shop.wishes) + 1)

    @rule(which=st.integers(0, 2), price=st.integers(80, 120))
    def price(self, which: int, price: int) -> None:
        changes = {"site_price": f"{price}.00"}
        shop = self.shop
        update_product(
            company=shop.account.company, sku=shop.skus[which], changes=changes, origin=ORIGIN, now=shop.clock.now()
        )

    @rule(which=st.integers(0, 2), quantity=st.integers(1, 3), hidden=st.booleans())
    def order(self, which: int, quantity: int, hidden: bool) -> None:
        try:
            line = {"sku": self.shop.skus[which], "quantity": quantity}
            self.shop.orders.append(self.sandbox.order("fr-fr", line, state=0 if hidden else 1)["order_id"])
        except ValueError:
            pass  # sold out there

    @rule(which=st.integers(0, 20), step=st.sampled_from(["pay", "ship", "cancel"]))
    def move_order(self, which: int, step: str) -> None:
        if not self.shop.orders:
            return
        number = self.shop.orders[which % len(self.shop.orders)]
        order = self.sandbox.control("GET", f"orders/{number}")
        sku, state = order["lines"][0]["sku"], order["lines"][0]["state"]
        if order["state"] == 0:
            self.sandbox.control("POST", f"orders/{number}", {"state": 1})
        elif state in (1, 2) and step != "pay":
            self.sandbox.control("POST", f"orders/{number}", {"lines": {sku: 3 if step == "ship" else 4}})

    @rule(kind=st.sampled_from(FAULTS), count=st.integers(1, 2))
    def fault(self, kind: str, count: int) -> None:
        options = {"after": 4} if kind == "late_applied" else {}
        self.sandbox.arm(kind, count=count, method="POST", **options)

    @rule(kind=st.sampled_from(["reset", "truncated", "unavailable"]))
    def fault_of_reads(self, kind: str) -> None:
        self.sandbox.arm(kind, count=1, method="GET")

    @rule()
    def work(self) -> None:
        self.shop.work()

    @rule()
    def plan(self) -> None:
        self.shop.plan()

    @rule()
    def read_back(self) -> None:
        with contextlib.suppress(ChannelError, NotHeld):  # asked again later, as any step
            self.shop.life.attend(self.verify)

    @rule(seconds=st.sampled_from([0.5, 2, 6, 11]))
    def pass_time(self, seconds: float) -> None:
        self.shop.pass_time(seconds)

    @rule(place=st.sampled_from(PLACES))
    def die(self, place: str) -> None:
        with self.shop.dying(place):
            self.shop.work()

    @rule(side=st.sampled_from(["before", "after"]))
    def die_reading_back(self, side: str) -> None:
        with self.shop.dying(f"{side} commit take reads"):
            self.read_back()

    @rule()
    def sleep(self) -> None:
        """The process sleeps through its lease with lines claimed; what it does when it wakes is nothing."""
        asleep = self.shop.life
        self.shop.next_life()
        self.shop.work()
        before = len(self.sandbox.requests())
        asleep.desk.put(Woken())
        assert not asleep.pump.round()
        assert len(self.sandbox.requests()) == before

    @invariant()
    def a_moment_passes(self) -> None:
        self.shop.pass_time(0.001)

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            assert self.shop.settle() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(max(600, MINUTES * 60 * 3))
def test_whatever_happens_in_whatever_order_everything_ends_as_desired(sandbox: SandboxHandle) -> None:
    Selling.sandbox = sandbox
    run_state_machine_as_test(
        Selling,
        settings=settings(
            derandomize=not MINUTES,
            max_examples=EXAMPLES,
            stateful_step_count=20,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            # In the short run a failure is told at once: shrinking it takes longer than all other tests.
            phases=[phase for phase in Phase if MINUTES or phase is not Phase.shrink],
        ),
    )
