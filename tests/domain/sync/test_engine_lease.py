"""One worker at a time speaks for an account, and what a lost one left behind is found (rule 7)."""

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from listwright.changes.origin import Origin
from listwright.changes.wake import notify
from listwright.channels.protocol import Connection, Receipt, Recorder
from listwright.channels.testing import FakeAdapter
from listwright.common.clock import ManualClock, SystemClock
from listwright.common.errors import AccessDenied, Unavailable
from listwright.companies import secrets
from listwright.companies.models import Account
from listwright.companies.operations import resume_account
from listwright.listings.models import Listing, ListingState
from listwright.sync.engine import claim, record
from listwright.sync.engine.claim import Sending
from listwright.sync.engine.compose import Draft
from listwright.sync.engine.fenced import Traffic
from listwright.sync.engine.lease import Leases, NotHeld
from listwright.sync.engine.outcome import judge
from listwright.sync.engine.steps import StepContext
from listwright.sync.models import AccountState, Line
from tests.domain.sync.engine_world import QUICK, Seller, engine, eventually, lines, planner, seller, state, wake

pytestmark = pytest.mark.django_db(transaction=True)


def test_only_one_worker_holds_an_account() -> None:
    shop = seller()
    one, other = Leases("one", QUICK, SystemClock()), Leases("other", QUICK, SystemClock())
    first = one.acquire(shop.account.pk)
    assert first is not None and other.acquire(shop.account.pk) is None
    one.release(first)
    second = other.acquire(shop.account.pk)
    assert second is not None and second.fence == first.fence + 1


def test_a_worker_that_slept_through_its_lease_sends_nothing() -> None:
    shop = seller()
    clock = ManualClock()
    lease = Leases("sleeper", QUICK, clock).acquire(shop.account.pk)
    assert lease is not None
    traffic = Traffic(lease, QUICK, clock)
    traffic.check()
    clock.advance(QUICK.lease_length - QUICK.http_timeout)  # a request could no longer end within the lease
    with pytest.raises(NotHeld):
        traffic.check()
    with pytest.raises(NotHeld):
        traffic.permit()
    assert traffic.reserve(5) == 0


def test_a_lease_that_ran_out_is_lost_even_when_nobody_took_it() -> None:
    shop = seller()
    leases = Leases("sleeper", QUICK, SystemClock())
    lease = leases.acquire(shop.account.pk)
    assert lease is not None
    leases.renew()
    assert not lease.lost
    AccountState.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=1))
    leases.renew()
    assert lease.lost


def test_a_worker_without_the_lease_claims_nothing() -> None:
    shop = seller()
    shop.listing("A", desired=0, there=5)
    leases = Leases("one", QUICK, SystemClock())
    lease = leases.acquire(shop.account.pk)
    assert lease is not None
    with transaction.atomic():
        assert claim.gate(shop.account.pk, lease.fence).holds
        assert not claim.gate(shop.account.pk, lease.fence - 1).holds
    AccountState.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=1))
    with transaction.atomic():
        assert not claim.gate(shop.account.pk, lease.fence).holds


def test_two_processes_send_each_line_once() -> None:
    shop = seller()
    listings = [shop.listing(f"A{n}", desired=2, there=5) for n in range(40)]
    shop.channel.latency = 0.02
    with engine(shop), engine(shop):
        eventually(lambda: all(shop.there(listing) == 2 for listing in listings))
    assert len(shop.channel.updates()) == 40
    assert shop.channel.overlaps == []


def test_processes_share_the_accounts_out_and_take_up_what_one_leaves() -> None:
    shops = [seller(slug=f"seller-{number}") for number in range(4)]
    with engine(*shops):
        eventually(lambda: holders() == [4])
        with engine(*shops):
            eventually(lambda: holders() == [2, 2])
        eventually(lambda: holders() == [4])


def test_a_wake_up_reaches_the_worker_of_its_company_alone() -> None:
    one, other = seller(slug="one"), seller(slug="other")
    other.channel = one.channel
    slow = replace(QUICK, sweep_interval=1000)
    with engine(one, other, timing=slow):
        eventually(lambda: holders() == [2])
        time.sleep(0.3)
        listings = [shop.listing(f"{shop.account.pk}", there=5, desired=0) for shop in (one, other)]
        notify("push", other.account.company_id)
        eventually(lambda: other.there(listings[1]) == 0)
        time.sleep(0.3)
        assert one.there(listings[0]) == 5
        notify("push")
        eventually(lambda: one.there(listings[0]) == 0)


def holders() -> list[int]:
    """How many accounts each process that holds any speaks for."""
    owners = AccountState.objects.filter(lease_until__gt=datetime.now(UTC)).values_list("lease_owner", flat=True)
    return sorted(Counter(owners).values())


def test_a_late_answer_is_recorded_for_its_line() -> None:
    shop = seller()
    listing = shop.listing("A", there=5, desired=3)
    line = old_line(shop, listing, quantity=3, state="unknown")
    answer(shop, listing, line, Receipt("r-late"))
    assert [(line.state, line.request_id) for line in lines(listing)] == [("accepted", "r-late")]
    assert state(listing).quantity_accepted == 3


def test_a_late_answer_is_not_believed_over_a_newer_line() -> None:
    shop = seller()
    listing = shop.listing("A", there=5)
    late = old_line(shop, listing, quantity=9, state="unknown")
    old_line(shop, listing, quantity=0, state="accepted")
    ListingState.objects.filter(pk=listing.pk).update(quantity_accepted=0)
    answer(shop, listing, late, Receipt("r-late"))
    assert lines(listing)[0].state == "accepted"
    assert state(listing).quantity_accepted == 0


def test_an_answer_to_a_line_read_back_meanwhile_changes_nothing() -> None:
    shop = seller()
    listing = shop.listing("A", there=5)
    late = old_line(shop, listing, quantity=9, state="not_applied")
    answer(shop, listing, late, Receipt("r-late"))
    assert lines(listing)[0].state == "not_applied"
    assert state(listing).quantity_accepted == 5


def test_what_a_dead_worker_left_open_is_read_back() -> None:
    shop = seller()
    listing = shop.listing("A", there=5)
    old_line(shop, listing, quantity=9, state="open")
    shop.channel.there[str(listing.back_market_id)].quantity = 9  # it had been applied
    with engine(shop):
        eventually(lambda: lines(listing)[0].state == "accepted")
    assert lines(listing)[0].code == "worker_lost"
    assert state(listing).quantity_accepted == 9
    assert shop.channel.updates() == []


def test_a_zero_a_dead_worker_left_open_is_planned_and_sent_anew_at_once() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=0)
    old_line(shop, listing, quantity=0, state="open")
    with planner(), engine(shop, timing=replace(QUICK, quarantine_single=60)):
        eventually(lambda: shop.there(listing) == 0)


def test_a_denied_account_is_paused_once_a_probe_confirms_it_and_keeps_its_queue() -> None:
    shop = seller()
    listings = [shop.listing(f"A{n}", desired=0, there=5) for n in range(20)]
    denied = AccessDenied("access_denied", "The token is not accepted any more.", status=401)
    shop.channel.fail("update", denied, times=-1)
    shop.channel.fail("probe", denied, times=-1)
    with engine(shop):
        eventually(lambda: Account.objects.get().paused_at is not None)
        time.sleep(0.3)
        sent = shop.channel.count("update")
        assert sent <= QUICK.requests_at_once
        account = Account.objects.get()
        assert (account.paused_code, account.paused_message) == ("access_denied", denied.message)
        assert all(state(listing).quantity_due for listing in listings)
        shop.channel.heal()
        resume_account(account_id=account.pk, origin=Origin.system("test"), now=datetime.now(UTC))
        eventually(lambda: all(shop.there(listing) == 0 for listing in listings))
    assert {line.state for line in Line.objects.all()} == {"not_applied", "accepted"}


def test_a_denial_that_was_meant_for_the_token_before_does_not_pause_the_account() -> None:
    shop = seller()
    listing = shop.listing("A", desired=0, there=5)
    denied = AccessDenied("access_denied", "The token is not accepted any more.", status=401)
    shop.channel.fail("update", denied)
    shop.channel.fail("probe", denied)
    asked, go_on = threading.Event(), threading.Event()

    connect = shop.channel.connect

    def denied_late(to: Connection, record: Recorder, *, timeout: float = 4.0) -> FakeAdapter:
        adapter = connect(to, record, timeout=timeout)
        probe = adapter.probe

        def late() -> None:
            asked.set()
            assert go_on.wait(10)
            probe()

        adapter.probe = late  # type: ignore[method-assign]
        return adapter

    shop.channel.connect = denied_late  # type: ignore[method-assign]
    with engine(shop):
        assert asked.wait(10)
        Account.objects.update(token_encrypted=secrets.encrypt("another"))
        go_on.set()
        eventually(lambda: shop.there(listing) == 0)
    assert Account.objects.get().paused_at is None
    assert shop.channel.connections[-1].token == "another"


def test_a_denial_that_no_probe_confirms_only_slows_down() -> None:
    shop = seller()
    listing = shop.listing("A", desired=0, there=5)
    shop.channel.fail("update", AccessDenied("access_denied", "Not this way.", status=403))
    with engine(shop):
        eventually(lambda: shop.there(listing) == 0)
    assert Account.objects.get().paused_at is None
    assert shop.channel.count("probe") == 1


def test_a_new_token_is_used_for_the_next_request() -> None:
    shop = seller()
    with engine(shop):
        eventually(lambda: len(shop.channel.connections) == 1)
        Account.objects.update(agent_company="Renamed")
        shop.due(shop.listing("A", there=5), 0)
        eventually(lambda: shop.channel.updates())
    assert shop.channel.connections[-1].agent_company == "Renamed"


def test_a_connection_that_lacks_something_pauses_the_account_and_says_so() -> None:
    shop = seller()
    shop.listing("A", desired=0, there=5)

    def refuse(to: Connection, record: Recorder, *, timeout: float = 4.0) -> FakeAdapter:
        raise AccessDenied("connection_incomplete", "Enter a contact mail.")

    shop.channel.connect = refuse  # type: ignore[method-assign]
    with engine(shop):
        eventually(lambda: Account.objects.get().paused_at is not None)
    assert Account.objects.get().paused_message == "Enter a contact mail."


def test_an_orderly_end_waits_for_the_answers_under_way() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5)
    shop.channel.latency = 0.5
    with engine(shop):
        eventually(lambda: shop.channel.count("update") == 1)
    assert lines(listing)[0].state == "accepted"
    assert AccountState.objects.get().lease_until is None


def test_pushes_survive_a_database_connection_that_is_cut() -> None:
    shop = seller()
    first = shop.listing("A", desired=3, there=5)
    with engine(shop):
        eventually(lambda: state(first).quantity_accepted == 3)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        second = shop.listing("B", desired=3, there=5)
        wake()
        eventually(lambda: state(second).quantity_accepted == 3)


def test_a_slow_step_never_delays_a_stop_sale() -> None:
    shop = seller()
    step = SlowStep()
    with engine(shop, steps=[step]):
        eventually(step.begun.is_set)
        listing = shop.listing("A", there=5)
        shop.due(listing, 0)
        eventually(lambda: shop.there(listing) == 0)
        assert not step.done.is_set()
        step.go.set()
    assert step.granted == 3


def test_a_step_that_fails_is_asked_again_later() -> None:
    shop = seller()

    class Failing:
        name = "failing"
        runs = 0

        def due(self, account_id: int, now: datetime) -> bool:
            return True

        def run(self, context: StepContext) -> None:
            self.runs += 1
            raise Unavailable("unavailable", "Down")

    step = Failing()
    with engine(shop, steps=[step]):
        eventually(lambda: step.runs >= 2)


class SlowStep:
    """Debits some lines, then takes its time."""

    name = "slow"

    def __init__(self) -> None:
        self.begun, self.go, self.done = threading.Event(), threading.Event(), threading.Event()
        self.granted = 0

    def due(self, account_id: int, now: datetime) -> bool:
        return not self.begun.is_set()

    def run(self, context: StepContext) -> None:
        with transaction.atomic():
            self.granted = context.debit(3)
        self.begun.set()
        self.go.wait(60)
        self.done.set()


def old_line(shop: Seller, listing: Listing, *, quantity: int, state: str) -> Line:
    """A line another worker wrote some time ago."""
    then = datetime.now(UTC) - timedelta(minutes=1)
    return Line.objects.create(
        account=shop.account, listing=listing, kind="single", market="fr-fr", quantity=quantity, quantity_before=5,
        state=state, attempted_at=then, quarantine_until=datetime.now(UTC) if state == "unknown" else None,
        resolved_at=then if state in ("accepted", "not_applied") else None,
    )  # fmt: skip


def answer(shop: Seller, listing: Listing, line: Line, result: Receipt) -> None:
    """Record a result as the worker that sent the line would."""
    draft = Draft(
        listing.pk,
        listing.product_id,
        str(listing.back_market_id),
        "fr-fr",
        line.quantity,
        None,
        "",
        5,
        None,
        0,
        1,
        False,
        0,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        record.record(
            cursor,
            account_id=shop.account.pk,
            company_id=shop.account.company_id,
            outcomes=[judge(Sending(line.pk, draft, line.attempted_at), result, 0.5)],
            now=datetime.now(UTC),
            quarantine=30,
        )
