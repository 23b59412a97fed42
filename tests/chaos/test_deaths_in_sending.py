"""Deaths of the process that sends: at its lease, on a line's way, at reads of orders, while it finds out what became of one."""

from collections.abc import Callable

import pytest
from django.db import connection

from listwright.catalog import grid
from listwright.catalog.models import GridRow, Product
from listwright.channels.protocol import Exchange
from listwright.common.clock import SystemClock
from listwright.common.errors import AccessDenied
from listwright.companies.models import Account
from listwright.companies.operations import resume_account
from listwright.sync.engine.exchanges import ExchangeRecorder
from listwright.sync.engine.lease import Leases
from listwright.sync.engine.stepping import Turns
from listwright.sync.engine.worker import Worker
from listwright.sync.models import AccountState, Line, OrderLine
from tests.chaos.deaths import dies_at, dying, killed_at, read_back, sides, state, there
from tests.chaos.life import ORIGIN, TIMING, Life, Shop

pytestmark = pytest.mark.django_db(transaction=True)


@dying("commit claim", "request update")
def test_a_line_goes_out_once_more_at_most_wherever_its_process_dies(shop: Shop) -> None:
    for number, place in enumerate(sides("commit claim", "request update")):
        shop.pass_time(6)
        shop.stock(0, quantity := 3 + number)
        dies_at(shop, place, shop.work)
        sent = [line["fields"]["quantity"] for line in shop.sandbox.lines(sku=shop.skus[0])]
        assert sent.count(quantity) == (place == "after request update")
        assert shop.settle() == []
        assert there(shop)[0] == quantity


@dying("commit store a page of orders", "commit finish a read of orders", "request orders")
def test_each_order_is_counted_once_wherever_the_reading_process_dies(shop: Shop) -> None:
    places = sides("commit store a page of orders", "commit finish a read of orders", "request orders")
    for count, place in enumerate(places, start=1):
        shop.sandbox.order("fr-fr", {"sku": shop.skus[0]}, state=3)
        shop.pass_time(6)
        dies_at(shop, place, shop.work)
        shop.pass_time(6)
        shop.work()
        assert Product.objects.get(sku=shop.skus[0]).reserved == count, place
        assert OrderLine.objects.filter(account=shop.account).count() == count
    assert shop.settle() == []


def find_out(shop: Shop) -> None:
    """Read twice, with time between."""
    for _ in range(2):
        shop.work()
        shop.pass_time(2)


@dying("commit look for what was left", "commit believe a read", "request listing")
def test_what_became_of_a_line_is_found_out_by_whoever_looks_next(shop: Shop) -> None:
    for number, place in enumerate(sides("commit look for what was left", "commit believe a read", "request listing")):
        shop.pass_time(6)
        shop.sandbox.arm("answer_lost", count=1, method="POST")
        shop.stock(0, 3 + number)
        shop.work()
        assert Line.objects.filter(account=shop.account, state="unknown").count() == 1
        shop.pass_time(11)
        dies_at(shop, place, lambda: find_out(shop))
        assert shop.settle() == []
        assert there(shop)[0] == 3 + number


@dying("request probe")
def test_a_denial_that_nobody_could_ask_about_is_asked_about_by_the_next(shop: Shop) -> None:
    for number, place in enumerate(sides("request probe")):
        shop.pass_time(6)
        shop.sandbox.arm("forbidden", count=1, method="POST")
        shop.stock(0, 3 + number)
        dies_at(shop, place, shop.work)
        assert shop.settle() == []
        assert Account.objects.get(pk=shop.account.pk).paused_at is None


@dying("commit show in the grid")
def test_what_was_not_shown_in_the_grid_is_shown_once_it_is_read_back(shop: Shop) -> None:
    grid.refresh(list(Product.objects.filter(company=shop.account.company).values_list("id", flat=True)))
    for place, shown in zip(sides("commit show in the grid"), (20, 4), strict=True):
        shop.pass_time(6)
        shop.stock(0, 3 if shown == 20 else 4)
        dies_at(shop, place, shop.work)
        assert GridRow.objects.get(product__sku=shop.skus[0]).quantity_there == shown
        shop.pass_time(10)
        shop.work()
        read_back(shop)
        assert GridRow.objects.get(product__sku=shop.skus[0]).quantity_there == there(shop)[0]


def free(shop: Shop) -> bool:
    """Whether another process may speak for the account."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(lease_until < clock_timestamp(), true) FROM sync_accountstate WHERE account_id = %s",
            [shop.account.pk],
        )
        return bool(cursor.fetchone()[0])


@dying("commit take a lease", "commit renew leases", "commit give a lease back")
def test_a_lease_is_as_long_as_it_was_committed_and_never_two_processes_at_once(shop: Shop) -> None:
    def acts(lease: Life) -> dict[str, Callable[[], object]]:
        return {
            "take a lease": lambda: Life(shop.account, shop.clock, shop.pass_time),
            "renew leases": lease.leases.renew,
            "give a lease back": lambda: lease.leases.release(lease.desk.lease),
        }

    left_free = {"before commit take a lease": True, "after commit give a lease back": True}
    for name in acts(shop.life):
        for place in sides(f"commit {name}"):
            if name == "take a lease":
                shop.let_lease_end()
            fence = AccountState.objects.get(account=shop.account).lease_fence
            killed_at(place, acts(shop.life)[name], clock=shop.clock)
            assert free(shop) is left_free.get(place, False), place
            taken = AccountState.objects.get(account=shop.account).lease_fence - fence
            assert taken == (place == "after commit take a lease")
            shop.next_life()
    shop.stock(0, 3)
    assert shop.settle() == []


@dying("commit leave")
def test_a_process_that_is_gone_counts_among_those_that_push_no_longer_than_its_lease(shop: Shop) -> None:
    def present(owner: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM sync_pushprocess WHERE owner = %s", [owner])
            return cursor.fetchone() is not None

    for place, there_still in zip(sides("commit leave"), (True, False), strict=True):
        leases = Leases(place, TIMING, shop.clock)
        leases.renew()
        killed_at(place, leases.stop)
        assert present(place) is there_still
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sync_pushprocess SET until = clock_timestamp() - interval '2 minutes'")
        Leases("another", TIMING, shop.clock).stop()
        assert not present(place)


@dying("commit pause an account without a connection")
def test_an_account_that_cannot_be_connected_is_paused_by_whoever_tries_next(shop: Shop) -> None:
    def refuse(*_: object) -> None:
        raise AccessDenied("no_token", "There is no token.")

    def worker() -> None:
        worker = Worker(
            shop.account.pk, company_id=shop.account.company_id, turns=Turns(1), clock=SystemClock(), timing=TIMING,
            leases=Leases("worker", TIMING, SystemClock()), connect=refuse, exchanges=ExchangeRecorder(SystemClock()),
        )  # fmt: skip
        worker.start()
        worker.join(30)

    for place in sides("commit pause an account without a connection"):
        shop.let_lease_end()
        killed_at(place, worker)
        assert (Account.objects.get(pk=shop.account.pk).paused_at is not None) is place.startswith("after")
        shop.let_lease_end()
        worker()
        assert Account.objects.get(pk=shop.account.pk).paused_at is not None
        resume_account(account_id=shop.account.pk, origin=ORIGIN, now=shop.clock.now())
    shop.next_life()
    shop.stock(0, 3)
    assert shop.settle() == []


@dying("commit record exchanges")
def test_the_diary_of_exchanges_lacks_what_was_not_committed_and_nothing_else_does(shop: Shop) -> None:
    exchange = Exchange(SystemClock().now(), "GET", "/ws/listings", "fr-fr", 200, "", "r-1", 12, "", "")

    def record() -> None:
        recorder = ExchangeRecorder(SystemClock())
        recorder.start()
        recorder.take(shop.account.pk, exchange)
        recorder.stop()

    for place, known in zip(sides("commit record exchanges"), (0, 1), strict=True):
        killed_at(place, record)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sync_exchange WHERE account_id = %s", [shop.account.pk])
            assert cursor.fetchone() == (known,)
    shop.stock(0, 3)
    assert shop.settle() == []
    assert state(shop).quantity_accepted == 3
