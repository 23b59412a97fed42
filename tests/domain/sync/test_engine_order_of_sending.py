"""What goes out first, how far the budget reaches, and what never happens at once."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from listwright.changes.models import Stale
from listwright.companies.models import Account
from listwright.listings.models import ListingState
from listwright.sync.engine import budget, claim
from listwright.sync.engine.claim import Quantities
from listwright.sync.engine.lease import Leases
from listwright.sync.models import AccountState, BudgetMinute, Line
from listwright.sync.queries.status import account_status
from tests.domain.sync.engine_world import QUICK, SystemClock, engine, eventually, lines, seller, state, wake

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_stop_sale_does_not_wait_behind_a_backlog() -> None:
    shop = seller()
    for number in range(60):
        shop.listing(f"RISE-{number}", desired=9, there=5)
    hot = shop.listing("HOT", there=5)
    shop.channel.latency = 0.1
    with engine(shop):
        eventually(lambda: shop.channel.count("update") >= 9)
        before = shop.channel.count("update")
        shop.due(hot, 0)
        eventually(lambda: shop.there(hot) == 0)
        position = [update.quantity for update in shop.channel.updates()].index(0)
    assert position - before <= 2 * QUICK.requests_at_once


def test_lines_go_out_by_urgency_then_age() -> None:
    shop = seller()
    shop.listing("RISE", desired=9, there=5)
    shop.listing("PRICE", price="80.00")
    shop.listing("FALL", desired=4, there=5)
    shop.listing("ZERO", desired=0, there=5)
    gate, claimed = claim_once(shop.account, slots=10)
    assert gate.holds
    assert [(s.draft.quantity, s.draft.price is not None) for s in claimed.sendings] == [
        (0, False),
        (4, False),
        (None, True),
        (9, False),
    ]


def test_a_listing_changed_since_it_was_planned_waits_for_the_planner() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5, planned_generation=1)
    stale = Stale.objects.create(
        product=listing.product, company=shop.account.company, generation=2, since=datetime.now(UTC)
    )
    _, claimed = claim_once(shop.account)
    assert claimed.sendings == []
    ListingState.objects.filter(pk=listing.pk).update(planned_generation=2)
    assert stale.generation == 2
    _, claimed = claim_once(shop.account)
    assert len(claimed.sendings) == 1


def test_what_a_settings_wave_has_yet_to_reach_waits_but_a_zero_does_not() -> None:
    shop = seller()
    rise = shop.listing("RISE", desired=9, there=5)
    zero = shop.listing("ZERO", desired=0, there=5)
    Account.objects.update(settings_generation=2)
    AccountState.objects.update(wave_settings=2, wave_cursor=rise.pk - 1)
    _, claimed = claim_once(shop.account)
    assert [s.draft.listing_id for s in claimed.sendings] == [zero.pk]
    AccountState.objects.update(wave_cursor=rise.pk)
    _, claimed = claim_once(shop.account)
    assert [s.draft.listing_id for s in claimed.sendings] == [rise.pk]


def test_one_listing_never_has_two_requests_under_way() -> None:
    shop = seller()
    listing = shop.listing("A", desired=1, there=50, price="90.00")
    shop.channel.latency = 0.02
    with engine(shop):
        for quantity in range(40, 0, -1):
            shop.due(listing, quantity)
        eventually(lambda: shop.there(listing) == 1 and state(listing).quantity_accepted == 1)
    assert shop.channel.overlaps == []
    assert len(lines(listing)) < 40  # only the newest value waits


def test_the_database_itself_refuses_a_second_open_line_of_a_listing() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5)
    _, first = claim_once(shop.account)
    ListingState.objects.filter(pk=listing.pk).update(quantity_due=True, quantity_desired=2)
    _, second = claim_once(shop.account)
    assert (len(first.sendings), len(second.sendings)) == (1, 0)
    assert state(listing).quantity_due


def test_the_last_lines_of_the_hour_are_kept_for_zeros() -> None:
    shop = seller(hourly_lines=100)
    for number in range(70):
        shop.listing(f"RISE-{number}", desired=9, there=5)
    with engine(shop):
        eventually(lambda: Line.objects.count() == 50)
        [shop.listing(f"ZERO-{number}", desired=0, there=5) for number in range(60)]
        wake()
        eventually(lambda: Line.objects.count() == 100)
    counted = Counter(Line.objects.values_list("quantity", flat=True))
    assert counted == {9: 50, 0: 50}
    now = account_status(shop.account.pk, now=datetime.now(UTC))
    assert (now.spent, now.left, now.backlog) == (100, 0, 30)
    assert now.seconds_to_empty > 0


def test_lines_of_an_hour_ago_free_the_budget_to_the_minute() -> None:
    shop = seller(hourly_lines=100)
    now = datetime(2026, 5, 1, 12, 30, 30, tzinfo=UTC)
    BudgetMinute.objects.create(account=shop.account, minute=now.replace(hour=11, second=0), lines=100)
    with transaction.atomic(), connection.cursor() as cursor:
        assert budget.debit(cursor, shop.account.pk, 10, now) == 0
        assert budget.debit(cursor, shop.account.pk, 10, now + timedelta(seconds=30)) == 10


def test_two_racing_workers_never_overspend() -> None:
    shop = seller(hourly_lines=200)
    granted: list[int] = []
    now = datetime.now(UTC)

    def spend() -> None:
        try:
            for _ in range(20):
                with transaction.atomic(), connection.cursor() as cursor:
                    granted.append(budget.debit(cursor, shop.account.pk, 7, now))
        finally:
            connection.close()

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 150  # a quarter is kept for zeros: 50 at least
    assert sum(BudgetMinute.objects.values_list("lines", flat=True)) == 150


def test_two_workers_claiming_at_once_share_the_lines_and_take_none_twice() -> None:
    shop = seller(hourly_lines=100)
    for number in range(80):
        shop.listing(f"FALL-{number}", desired=2, there=5)
    taken: list[int] = []

    def work() -> None:
        try:
            for _ in range(6):
                with transaction.atomic(), connection.cursor() as cursor:
                    gate = claim.gate(shop.account.pk, 0)
                    claimed = claim.claim(
                        cursor,
                        account_id=shop.account.pk,
                        gate=gate,
                        quantities=Quantities.ALL,
                        slots=8,
                        now=datetime.now(UTC),
                    )
                taken.extend(sending.draft.listing_id for sending in claimed.sendings)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 40 <= len(taken) == len(set(taken)) <= 50
    assert Line.objects.count() == sum(BudgetMinute.objects.values_list("lines", flat=True)) == len(taken)


def test_an_unlinked_listing_is_never_written_to() -> None:
    shop = seller()
    listing = shop.listing("A", desired=0, there=5)
    listing.back_market_id = None
    listing.save()
    _, claimed = claim_once(shop.account)
    assert claimed.sendings == []


def claim_once(account: Account, slots: int = 5) -> tuple[claim.Gate, claim.Claimed]:
    """One round's claim, under a lease of its own."""
    leases = Leases("test", QUICK, SystemClock())
    lease = leases.acquire(account.pk)
    assert lease is not None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            gate = claim.gate(account.pk, lease.fence)
            return gate, claim.claim(
                cursor,
                account_id=account.pk,
                gate=gate,
                quantities=Quantities.ALL,
                slots=slots,
                now=datetime.now(UTC),
            )
    finally:
        leases.release(lease)
