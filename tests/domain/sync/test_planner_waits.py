"""The planner holds nobody up: not by rows that others hold, by a defect, by a backlog, nor by its own end."""

import random
import threading
import time

import pytest
from django.db import DatabaseError, connection, transaction

from listwright.catalog.models import Product
from listwright.changes.models import Stale
from listwright.changes.operations import Urgency
from listwright.common.killpoints import watching
from listwright.companies.models import AccountMarket
from listwright.listings.models import ListingState
from listwright.listings.queries.facts import account_facts
from listwright.sync.planner import Planner, run, stale
from listwright.sync.planner.store import is_lost
from tests.domain.sync.planning import World, in_thread, is_planned, quantity, raw, rounds_until, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> World:
    return world()


def test_rows_that_somebody_else_holds_are_left_for_later_and_delay_nobody(shop):
    phones = [shop.listing(f"P{n}") for n in range(5)]
    for phone in phones:
        shop.change(phone, physical=1)
    with raw() as other:
        other.execute("UPDATE changes_stale SET urgency = urgency WHERE product_id = %s", [phones[2].product_id])
        started = time.monotonic()
        result = shop.plan()
        assert time.monotonic() - started < 5
        assert result.busy
        assert [is_planned(phone) for phone in phones] == [True, True, False, True, True]
        other.rollback()
    assert not shop.plan().busy
    assert is_planned(phones[2])


def test_what_somebody_else_holds_is_looked_at_again_within_moments(shop):
    phone = shop.listing("P")
    with raw() as other, Planner() as planner:
        assert planner.look_again_in(15) == 15
        shop.change(phone, physical=1)
        other.execute("UPDATE changes_stale SET urgency = urgency WHERE product_id = %s", [phone.product_id])
        while planner.round().busy:
            pass
        assert planner.waiting
        assert 0 < planner.look_again_in(15) <= 0.5
        other.rollback()
        rounds_until(planner, lambda: is_planned(phone))
        assert planner.look_again_in(15) == 15


def test_a_listing_that_cannot_be_planned_holds_up_nobody_and_is_not_pushed(shop):
    phones = [shop.listing(f"P{n}") for n in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET site_price = 'NaN' WHERE id = %s", [phones[1].product_id])
    shop.set(default_safety_quantity=1)
    assert shop.plan().busy
    assert quantity(phones[0])[0] == quantity(phones[2])[0] == 4
    assert shop.place.planned_settings == account_facts(shop.account.id).settings_generation
    assert not is_planned(phones[1])
    shop.change(phones[1], site_price="80.00")
    assert not shop.plan().busy
    assert is_planned(phones[1])


def test_an_account_that_cannot_be_planned_holds_up_no_other(shop):
    other = world("other")
    broken, sound = shop.listing("A"), other.listing("A")
    AccountMarket.objects.create(account=shop.account, market="xx-xx")
    shop.set(default_safety_quantity=1)
    other.set(default_safety_quantity=1)
    shop.change(broken, Urgency.STOP, physical=3)
    other.change(sound, Urgency.STOCK, physical=3)
    assert shop.plan().busy
    assert quantity(sound)[:2] == (2, True)
    assert not is_planned(broken)
    assert shop.place.planned_settings < account_facts(other.account.id).settings_generation
    AccountMarket.objects.filter(market="xx-xx").delete()
    assert not shop.plan().busy
    assert quantity(broken)[:2] == (2, True)


def test_waves_get_their_turn_while_stale_rows_keep_coming(shop):
    phones = [shop.listing(f"P{n}") for n in range(3)]
    shop.set(default_safety_quantity=1)
    with Planner(wave_batch=1) as planner:
        for _ in range(60):
            shop.change(phones[2], physical=5)
            planner.round()
    assert quantity(phones[0])[0] == 4


def test_two_planners_and_a_busy_shop_end_with_what_is_true(shop):
    phones = [shop.listing(f"P{n}") for n in range(30)]
    chance = random.Random(7)
    stop = threading.Event()

    def plan() -> None:
        with Planner(wave_batch=4) as planner:
            while not stop.is_set():
                planner.woken()
                planner.round()

    planners = [in_thread(plan) for _ in range(2)]
    try:
        for step in range(60):
            shop.change(phones[chance.randrange(30)], physical=chance.randrange(12))
            if step % 20 == 10:
                shop.set(default_safety_quantity=chance.randrange(3))
            if step % 3 == 0:
                ListingState.objects.filter(listing=phones[chance.randrange(30)]).update(quantity_accepted=step)
    finally:
        stop.set()
        for planner in planners:
            planner.join(20)
    shop.plan()
    account = account_facts(shop.account.id)
    for phone in phones:
        physical = Product.objects.get(id=phone.product_id).physical
        assert quantity(phone)[0] == max(0, physical - account.default_safety_quantity)
        assert is_planned(phone)
    assert shop.place.planned_settings == account.settings_generation


def test_the_resident_loop_plans_a_change_within_moments_and_stops_when_told(shop, settings):
    settings.SYNC = settings.SYNC | {"sweep_interval": 600}
    phone = shop.listing("A")
    stop = threading.Event()
    loop = in_thread(lambda: run(stop))
    seconds = []
    try:
        for units in (4, 3, 2):
            time.sleep(1.2)
            changed = time.monotonic()
            with transaction.atomic():
                shop.change(phone, physical=units)
            while quantity(phone)[0] != units and time.monotonic() - changed < 5:
                time.sleep(0.005)
            assert quantity(phone)[0] == units
            seconds.append(time.monotonic() - changed)
        assert min(seconds) < 1, seconds
        shop.set(default_safety_quantity=1)
        shop.stale(phone.product_id)  # wakes, as the operation on settings does
        while shop.place.planned_settings < account_facts(shop.account.id).settings_generation:
            assert time.monotonic() - changed < 5
            time.sleep(0.005)
    finally:
        stop.set()
        loop.join(5)
    assert not loop.is_alive()
    assert not Stale.objects.filter(product_id=phone.product_id, planned=0).exists()


def test_the_resident_loop_survives_a_server_that_drops_its_connections(shop, settings):
    settings.SYNC = settings.SYNC | {"sweep_interval": 600}
    phone = shop.listing("A")
    stop = threading.Event()
    loop = in_thread(lambda: run(stop))
    try:
        time.sleep(0.5)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] > 0
        shop.change(phone, physical=2)
        until = time.monotonic() + 20
        while quantity(phone)[0] != 2 and time.monotonic() < until:
            time.sleep(0.02)
        assert quantity(phone)[:2] == (2, True)
    finally:
        stop.set()
        loop.join(10)
    assert not loop.is_alive()


def test_a_stop_sale_is_chosen_beside_another_companys_backlog():
    busy, quiet = world("busy"), world("quiet")
    backlog = [busy.product(f"B{number}") for number in range(20)]
    busy.plan()
    for product in backlog:
        busy.stale(product, Urgency.STOP)
    quiet.stale(quiet.product("Q"), Urgency.STOP)  # the last to come
    chosen = stale.choose(6)
    assert [row.account_id for row in chosen].count(quiet.account.id) == 1
    assert [row.account_id for row in chosen].count(busy.account.id) == 3
    assert len(stale.choose(100)) == 21


def test_a_stop_sale_is_stored_before_another_companys_backlog_of_the_same_batch():
    backlog, other = world("backlog"), world("other")
    many, one = [backlog.listing(f"P{number}") for number in range(4)], other.listing("A")
    for phone in many:
        backlog.change(phone, physical=0)
    other.change(one, physical=0)
    seen = []

    def look(place: str) -> None:
        if place == "after commit plan stale products":
            seen.append([is_planned(phone) for phone in (one, *many)])

    with watching(look), Planner() as planner:
        planner.round()
    assert seen == [[True, False, False, False, False], [True] * 5]


def test_what_is_put_off_hides_nobody_elses_change():
    first, second = world("first"), world("second")
    held = first.product("A")
    first.plan()
    first.stale(held, Urgency.STOP)
    second.stale(second.product("B"), Urgency.PRICE)
    (waiting,) = stale.choose(10)
    assert waiting.product_id == held.id
    (other,) = stale.choose(10, [waiting.mark])
    assert other.account_id == second.account.id


def test_a_planner_that_was_stopped_keeps_the_stale_rows_no_longer_than_a_lease(settings):
    settings.SYNC = settings.SYNC | {"lease_length": 0.5}
    taken, let_go = threading.Event(), threading.Event()

    def sleep_with_the_lock():
        assert stale.lock(0)
        taken.set()
        let_go.wait(20)
        connection.close()

    asleep = threading.Thread(target=sleep_with_the_lock, daemon=True)
    asleep.start()
    assert taken.wait(10)
    settings.SYNC = settings.SYNC | {"lease_length": 6}
    began = time.monotonic()
    while not stale.lock(0):
        assert time.monotonic() - began < 10
        time.sleep(0.05)
    stale.unlock(0)
    time.sleep(0.6)  # whoever has let it go may be silent for as long as it likes
    assert stale.choose(1) == []
    let_go.set()
    asleep.join(10)


def test_a_transaction_that_the_database_ended_because_its_process_was_stopped_is_no_defect():
    with pytest.raises(DatabaseError) as ended, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
        time.sleep(0.2)
        cursor.execute("SELECT 1")
    connection.close()
    assert is_lost(ended.value)
