"""Nothing is lost and nothing old is written over something new, whatever happens at the same time."""

import pytest
from django.db import OperationalError, close_old_connections, connection, transaction

from listwright.changes.operations import Urgency
from listwright.changes.origin import Origin
from listwright.common.clock import SystemClock
from listwright.common.killpoints import watching
from listwright.listings.models import Listing, ListingState
from listwright.listings.queries.facts import account_facts
from listwright.sync.models import AccountState
from listwright.sync.operations import held
from listwright.sync.planner import Planner, plan_once
from listwright.sync.planner.store import Advance, Superseded, open_batch, store
from listwright.sync.planner.waves import Computed, WaveBatch, compute, read_policy, store_wave
from tests.domain.sync.engine_world import eventually
from tests.domain.sync.planning import (
    NOW,
    World,
    in_thread,
    is_planned,
    quantity,
    raw,
    rounds_until,
    somebody_waits,
    world,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> World:
    return world()


def computed(shop: World, *listings: Listing) -> Computed:
    """Facts read and planned, and not yet stored: what a planner holds in its hands between the two."""
    account = account_facts(shop.account.id)
    return compute(account, read_policy(account), [listing.id for listing in listings], now=NOW)


def stored(shop: World, batch: Computed) -> list[int]:
    with transaction.atomic():
        open_batch(shop.account.id, batch.account.settings_generation)
        return store(batch.account, batch.planned, now=NOW).refused


def wave_is_under_way(shop: World) -> bool:
    place = shop.place
    return place.wave_cursor > 0 and place.wave_settings == account_facts(shop.account.id).settings_generation


def test_a_change_between_reading_and_storing_is_planned_again(shop):
    phone = shop.listing("A")
    shop.change(phone, physical=4)
    batch = computed(shop, phone)
    shop.change(phone, physical=1)
    stored(shop, batch)
    assert quantity(phone)[0] == 4
    assert not is_planned(phone), "so the push leaves it alone"
    shop.plan()
    assert quantity(phone)[:2] == (1, True)
    assert is_planned(phone)


def test_a_slow_planner_never_writes_older_facts_over_newer_ones(shop):
    phone = shop.listing("A")
    shop.change(phone, physical=4)
    slow = computed(shop, phone)
    shop.change(phone, physical=1)
    shop.plan()
    assert stored(shop, slow) == [phone.id]
    assert quantity(phone)[:2] == (1, True)
    assert is_planned(phone)


def test_what_the_engine_recorded_meanwhile_is_not_written_over(shop):
    phone = shop.listing("A")
    shop.change(phone, physical=4)
    batch = computed(shop, phone)
    ListingState.objects.filter(listing=phone).update(quantity_accepted=4)
    assert stored(shop, batch) == [phone.id]
    assert not is_planned(phone)
    shop.plan()
    assert quantity(phone)[:2] == (4, False)


def test_values_of_old_settings_are_never_written_over_those_of_new_ones(shop):
    phone = shop.listing("A")
    shop.change(phone, physical=9)
    old = computed(shop, phone)
    shop.set(default_safety_quantity=7)
    shop.plan()
    with pytest.raises(Superseded):
        stored(shop, old)
    assert quantity(phone)[0] == 2


class Hurried(SystemClock):
    """Each look at it is a tenth of a second later."""

    def __init__(self) -> None:
        self._looks = 0

    def monotonic(self) -> float:
        self._looks += 1
        return self._looks / 10


def test_a_stop_sale_does_not_wait_for_the_rest_of_a_waves_batch(shop):
    phones, passed = [shop.listing(f"P{n}") for n in range(6)], list[str]()
    shop.set(default_safety_quantity=1)

    def watch(place: str) -> None:
        passed.append(place)
        if place == "after commit begin a wave":
            shop.change(phones[5], physical=0)

    with Planner(Hurried(), wave_batch=100) as planner, watching(watch):
        while planner.round().busy:
            pass
    assert passed.index("after commit plan stale products") < passed.index("before commit plan a wave")
    assert [quantity(phone)[0] for phone in phones] == [4] * 5 + [0]


def test_settings_changed_in_the_middle_of_a_wave_start_it_anew(shop):
    phones = [shop.listing(f"P{n}") for n in range(6)]
    shop.set(default_safety_quantity=1)
    with Planner(wave_batch=2) as planner:
        rounds_until(planner, lambda: wave_is_under_way(shop))
        shop.set(default_safety_quantity=2)
        while planner.round().busy:
            pass
    assert {quantity(phone)[0] for phone in phones} == {3}
    assert shop.place.planned_settings == account_facts(shop.account.id).settings_generation


def test_a_wave_goes_on_from_its_cursor_after_a_restart(shop):
    phones = [shop.listing(f"P{n}") for n in range(6)]
    shop.set(default_safety_quantity=1)
    with Planner(wave_batch=2) as planner:
        rounds_until(planner, lambda: wave_is_under_way(shop))
    place = shop.place
    settings = account_facts(shop.account.id).settings_generation
    assert place.wave_settings == settings > place.planned_settings
    assert phones[1].id <= place.wave_cursor < phones[5].id
    done = [phone for phone in phones if phone.id <= place.wave_cursor]
    assert {quantity(phone)[0] for phone in done} == {4}
    assert {quantity(phone)[0] for phone in phones if phone not in done} == {5}
    result = shop.plan()
    assert result.planned == len(phones) - len(done), "what was behind the cursor is not planned twice"
    assert {quantity(phone)[0] for phone in phones} == {4}
    assert shop.place.planned_settings == settings


def test_a_stale_row_is_planned_before_a_wave_goes_on(shop):
    phones = [shop.listing(f"P{n}") for n in range(8)]
    shop.set(default_safety_quantity=1)
    with Planner(wave_batch=1) as planner:
        planner.round()
        shop.change(phones[7], physical=0)
        planner.round()
        assert quantity(phones[7])[:2] == (0, True)
        state = ListingState.objects.get(listing=phones[7])
        assert state.planned_settings == account_facts(shop.account.id).settings_generation, "it waits for no wave"
        assert quantity(phones[6])[0] == 5, "which has not come so far"
        while planner.round().busy:
            pass
    assert {quantity(phone)[0] for phone in phones[:7]} == {4}


def test_a_backlog_of_less_urgent_rows_does_not_delay_an_urgent_one(shop):
    phones = [shop.listing(f"P{n}") for n in range(4)]
    for phone in phones[:3]:
        shop.change(phone, Urgency.CONTENT, physical=3)
    shop.change(phones[3], Urgency.STOP, physical=0)
    with Planner() as planner:
        assert planner.round().planned == 1
        assert quantity(phones[3])[:2] == (0, True)
        assert planner.round().planned == 3


def test_waves_of_several_accounts_take_turns(shop):
    other = world("other")
    first = [shop.listing(f"P{n}") for n in range(8)]
    second = [other.listing(f"P{n}") for n in range(8)]
    shop.set(default_safety_quantity=1)
    other.set(default_safety_quantity=1)
    with Planner(wave_batch=1) as planner:
        rounds_until(planner, lambda: quantity(first[1])[0] == 4)
        assert quantity(second[0])[0] == 4
    assert quantity(first[7])[0] == quantity(second[7])[0] == 5
    plan_once(now=NOW)
    assert {quantity(phone)[0] for phone in first + second} == {4}


@pytest.mark.parametrize("stored_before", [False, True])
def test_a_planner_killed_in_the_middle_of_a_batch_leaves_it_to_be_planned(shop, stored_before):
    phone = shop.listing("A")
    shop.set(default_safety_quantity=1)
    shop.change(phone, physical=4)
    batch = computed(shop, phone)
    with pytest.raises(OperationalError), transaction.atomic():
        open_batch(shop.account.id, batch.account.settings_generation)
        if stored_before:
            store(batch.account, batch.planned, now=NOW)
        with raw() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        store(batch.account, batch.planned, now=NOW)
    close_old_connections()
    connection.close()
    assert quantity(phone)[:2] == (5, False)
    assert not is_planned(phone)
    shop.plan()
    assert quantity(phone)[:2] == (3, True)
    assert is_planned(phone)


def test_a_wave_moved_by_another_planner_stores_nothing_twice(shop):
    phone = shop.listing("A")
    shop.set(default_safety_quantity=1)
    batch = WaveBatch(computed(shop, phone), Advance(before=0, through=phone.id, last=True))
    shop.plan()
    before = shop.place.planned_settings
    with pytest.raises(Superseded):
        store_wave(batch, now=NOW)
    assert shop.place.planned_settings == before


@pytest.mark.parametrize("approve", [held.approve, held.approve_all])
def test_a_first_send_is_approved_though_a_batch_of_the_planner_is_under_way(shop, approve):
    AccountState.objects.update(first_send_approved_at=None)
    with raw() as planner:
        planner.execute("SELECT 1 FROM companies_account WHERE id = %s FOR SHARE", [shop.account.id])
        approving = in_thread(lambda: approve(company=shop.company, origin=Origin.system("tests"), now=NOW))
        eventually(somebody_waits)
        planner.execute("SET lock_timeout = '2s'")
        planner.execute("UPDATE sync_accountstate SET wave_cursor = 1 WHERE account_id = %s", [shop.account.id])
        planner.commit()
    approving.join(10)
    assert AccountState.objects.get().first_send_approved_at == NOW
