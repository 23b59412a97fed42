"""The hour and the order within it, in the database: ranks, courtesies, what is kept, and what refusals teach."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from listwright.common.errors import RateLimited
from listwright.listings.models import ListingMarketState, ListingState
from listwright.sync.decisions.budget import Minute, minute_of
from listwright.sync.decisions.urgency import COURTESIES, COURTESY, LineUrgency
from listwright.sync.engine import budget, claim
from listwright.sync.engine.claim import Quantities
from listwright.sync.models import AccountState, BudgetMinute, Line, OrderLine
from listwright.sync.orders import speed
from listwright.sync.queries.status import account_status
from tests.domain.sync.engine_world import Seller, engine, eventually, lines, order, seller, state
from tests.domain.sync.planning import NOW, World, world
from tests.domain.sync.test_engine_orders import read

pytestmark = pytest.mark.django_db(transaction=True)


def claimed(shop: Seller, slots: int = 10, *, gone: int = 0) -> list[str]:
    """The SKUs of the next lines, in the order they go out."""
    with transaction.atomic(), connection.cursor() as cursor:
        gate = claim.gate(shop.account.pk, 0)
        now = datetime.now(UTC)
        found = claim.claim(
            cursor,
            account_id=shop.account.pk,
            gate=gate,
            quantities=Quantities.ALL,
            slots=slots,
            now=now,
            gone=gone,
        )
    skus = dict(Line.objects.values_list("id", "listing__effective_merchant_sku"))
    return [skus[sending.line_id] for sending in found.sendings]


def turns(**minutes: int) -> None:
    """Set turns, by SKU, to so many minutes ago."""
    for sku, ago in minutes.items():
        at = datetime.now(UTC) - timedelta(minutes=ago)
        ListingState.objects.filter(listing__effective_merchant_sku=sku).update(turn=at)
        ListingMarketState.objects.filter(listing__effective_merchant_sku=sku).update(turn=at)


def test_within_a_class_lines_go_out_by_turn() -> None:
    shop = seller()
    for sku in ("LATE", "EARLY", "MIDDLE"):
        shop.listing(sku, desired=9, there=5)
    shop.listing("ZERO", desired=0, there=5)
    turns(LATE=1, EARLY=90, MIDDLE=30, ZERO=0)
    assert claimed(shop) == ["ZERO", "EARLY", "MIDDLE", "LATE"]


def test_a_lower_class_gets_its_courtesy_but_never_a_stop_sales_place() -> None:
    shop = seller()
    for number in range(5):
        shop.listing(f"FALL-{number}", desired=2, there=5, urgency=1)
    shop.listing("RISE", desired=9, there=5)
    before_a_rise = COURTESY * COURTESIES.index(LineUrgency.RISE) + COURTESY - 1
    assert claimed(shop, 2, gone=0) == ["FALL-0", "FALL-1"]
    shop.listing("ZERO-0", desired=0, there=5)
    shop.listing("ZERO-1", desired=0, there=5)
    assert claimed(shop, 2, gone=before_a_rise) == ["ZERO-0", "ZERO-1"]
    assert claimed(shop, 2, gone=before_a_rise) == ["RISE", "FALL-2"]


def test_when_only_falls_are_kept_for_they_go_out_and_prices_wait() -> None:
    shop = seller(hourly_lines=200)
    shop.listing("PRICE", price="80.00")
    shop.listing("FALL", desired=4, there=5)
    # Nothing comes free for a while, and four falls a minute were sent lately.
    now = datetime.now(UTC)
    for ago in range(5):
        at = minute_of(now) - timedelta(minutes=ago)
        BudgetMinute.objects.create(account=shop.account, minute=at, lines=20, falls=4)
    assert claimed(shop) == ["FALL"]
    assert Minute(*BudgetMinute.objects.order_by("-minute").values_list("minute", "lines", "zeros", "falls")[0]) >= (
        minute_of(now),
        1,
    )
    assert sum(BudgetMinute.objects.values_list("falls", flat=True)) == 21


def test_a_line_refused_for_the_hours_lines_teaches_a_limit_that_other_workers_know() -> None:
    shop = seller()
    now = datetime.now(UTC)
    BudgetMinute.objects.create(account=shop.account, minute=minute_of(now) - timedelta(minutes=20), lines=600)
    listing = shop.listing("A", desired=9, there=5)
    shop.channel.fail("update", RateLimited("line_limit", "The hour is spent", wait=0.2, by_lines=True), times=-1)
    with engine(shop):
        eventually(lambda: AccountState.objects.get().lines_taken)
    place = AccountState.objects.get()
    assert place.lines_taken == 600 + len(lines(listing))
    assert place.limited_at == []  # the window of requests is another limit
    zero = shop.listing("ZERO", desired=0, there=5)
    shop.channel.heal()
    with engine(shop):
        eventually(lambda: shop.there(zero) == 0)  # a stop-sale tries all the same
    assert state(listing).quantity_accepted == 5
    stands = account_status(shop.account.pk, now=datetime.now(UTC))
    assert stands.learned is not None and 600 < stands.learned < 650
    later = datetime.now(UTC) + timedelta(hours=1)
    assert account_status(shop.account.pk, now=later).learned is None


def test_a_429_for_requests_is_remembered_by_the_next_worker() -> None:
    shop = seller()
    shop.channel.fail("update", RateLimited("request_limit", "Too fast", wait=0.2))
    listing = shop.listing("A", desired=9, there=5)
    with engine(shop):
        eventually(lambda: state(listing).quantity_accepted == 9)
    [met] = AccountState.objects.get().limited_at or []
    shop.channel.fail("update", RateLimited("request_limit", "Too fast", wait=0.2))
    other = shop.listing("B", desired=9, there=5)
    with engine(shop):
        eventually(lambda: len(AccountState.objects.get().limited_at or []) == 2)
    first, second = AccountState.objects.get().limited_at or []
    assert abs(first - met) < timedelta(seconds=1) < second - first
    # The second within ten minutes waits longer than told (20 s), though another worker met the first.
    until = AccountState.objects.get().wait_until
    assert until is not None and until - second > timedelta(seconds=15)
    assert state(other).quantity_accepted == 5


def test_the_budget_is_read_from_the_database_by_whoever_sends_next() -> None:
    shop = seller(hourly_lines=120)
    for number in range(90):
        shop.listing(f"RISE-{number}", desired=9, there=5)
    with engine(shop):
        eventually(lambda: Line.objects.count() >= 20)
    sent = sum(BudgetMinute.objects.values_list("lines", flat=True))  # less what was given back at the end
    with transaction.atomic(), connection.cursor() as cursor:
        room = budget.lock_room(cursor, shop.account.pk, datetime.now(UTC))
    assert room == (120 - sent, 70 - sent, 70 - sent)
    while claimed(shop, 16):
        pass
    assert sum(BudgetMinute.objects.values_list("lines", flat=True)) == 70  # 50 are kept for stop-sales


def test_units_ordered_in_thirty_days_are_counted_and_forgotten_again() -> None:
    shop = seller(orders=True)
    listing, other = shop.listing("A", there=5), shop.listing("B", there=5)
    now = datetime.now(UTC)
    read(shop, order(1, "A", quantity=2), order(2, "A"), order(3, "B"))
    read(shop, order(3, "B", state=4))  # cancelled
    OrderLine.objects.filter(line_id="line-2").update(created_there=now - timedelta(days=29))
    assert speed.count_sales(now=now) == 1
    assert (state(listing).sold_30_days, state(other).sold_30_days) == (3, 0)
    assert speed.count_sales(now=now) == 0
    assert speed.count_sales(now=now + timedelta(days=2)) == 1
    assert state(listing).sold_30_days == 2


def test_the_planner_gives_a_line_that_loses_more_an_earlier_turn() -> None:
    shop: World = world(markets=("fr-fr",))
    slow, fast = shop.listing("SLOW"), shop.listing("FAST")
    ListingState.objects.filter(listing=fast).update(sold_30_days=60)
    for listing in (slow, fast):
        shop.change(listing, physical=0, site_price=Decimal("80.00"))
    shop.plan()
    first, second = (ListingState.objects.get(listing=listing) for listing in (fast, slow))
    assert first.due_since == second.due_since == NOW
    assert first.turn is not None and second.turn is not None and first.turn < second.turn < NOW
    prices = {row.listing_id: row for row in ListingMarketState.objects.all()}
    assert prices[fast.pk].price_due and prices[fast.pk].turn < prices[slow.pk].turn
    shop.change(slow, physical=5)
    shop.plan()
    assert ListingState.objects.get(listing=slow).turn is None
