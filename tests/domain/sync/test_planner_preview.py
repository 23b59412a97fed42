"""Plans that write nothing: what a setting would change, and what waits for the first send's approval."""

from decimal import Decimal

import pytest
from django.db import connection

from listwright.common.errors import Invalid
from listwright.listings.models import Listing, ListingState
from listwright.sync.models import AccountState
from listwright.sync.planner import dry_run, held, preview
from tests.domain.sync.planning import LATER, World, prices, quantity, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> World:
    return world()


def test_a_preview_tells_what_a_setting_would_change_and_writes_nothing(shop):
    few = shop.listing("FEW", physical=2, accepted=2)
    many = shop.listing("MANY", physical=9, accepted=9)
    shop.listing("OFF", physical=9, accepted=9, status="never_enabled")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        preview = dry_run(shop.account.id, overrides={"default_safety_quantity": 3})
    assert (preview.listings, preview.going_offline, preview.going_online) == (3, 1, 0)
    assert (preview.lines, preview.waiting, preview.held) == (2, 0, 0)
    assert preview.changed == 3, "what is not on changes too, and sends nothing"
    assert preview.hours == pytest.approx(2 / 2000)
    assert quantity(few)[:2] == (2, False)
    assert quantity(many)[:2] == (9, False)
    assert ListingState.objects.filter(quantity_due=True).count() == 0


def test_a_preview_of_things_as_they_are_counts_what_waits_already(shop):
    phone = shop.listing("A")
    shop.change(phone, physical=0, site_price=Decimal("90.00"))
    shop.plan()
    preview = dry_run(shop.account.id)
    assert (preview.changed, preview.lines, preview.waiting, preview.going_offline) == (0, 0, 2, 1)
    assert dry_run(shop.account.id, [phone.id]).waiting == 2
    assert dry_run(shop.account.id, []).listings == 0


def test_switching_uploads_on_shows_the_lines_it_will_take():
    shop = world(inventory_upload=False, prices_upload=False)
    phone = shop.listing("A", accepted=0)
    shop.change(phone, site_price=Decimal("90.00"))
    shop.plan()
    preview = dry_run(shop.account.id, overrides={"prices_upload": True, "inventory_upload": True, "hourly_lines": 4})
    assert (preview.lines, preview.going_online, preview.hours) == (2, 1, 0.5)
    preview = dry_run(shop.account.id, overrides={"prices_upload": True, "markets": {"fr-fr": False, "de-de": False}})
    assert preview.lines == 0


def test_a_preview_knows_which_settings_it_can_try(shop):
    with pytest.raises(Invalid, match="token"):
        dry_run(shop.account.id, overrides={"token": "x"})


def test_before_approval_nothing_goes_by_itself_and_the_difference_is_listed_for_a_person(shop):
    AccountState.objects.update(first_send_approved_at=None)
    phone = shop.listing("A", physical=4, accepted=7)
    other = shop.listing("B", physical=7, accepted=7)
    off = shop.listing("C", physical=1, accepted=7, status="never_enabled")
    shop.change(phone, site_price=Decimal("80.00"))
    shop.plan()
    assert quantity(phone)[:2] == (4, False)
    assert prices(phone)["fr-fr"] == ("80.00", False)
    rows = held(shop.account.id)
    assert {row.sku for row in rows} == {"A"}
    assert [(row.market, row.currency, str(row.standing), str(row.wanted)) for row in rows] == [
        ("", "", "7", "4"),
        ("de-de", "EUR", "100.00", "80.00"),
        ("fr-fr", "EUR", "100.00", "80.00"),
    ]
    assert held(shop.account.id, after=phone.id) == []
    assert dry_run(shop.account.id).held == 2
    assert other.id
    assert off.id


def test_held_rows_are_paged_by_listing(shop):
    AccountState.objects.update(first_send_approved_at=None)
    listings = [shop.listing(f"P{n}", physical=2, accepted=6) for n in range(5)]
    first = held(shop.account.id, limit=2)
    assert [row.listing_id for row in first] == [listings[0].id, listings[1].id]
    rest = held(shop.account.id, after=first[-1].listing_id)
    assert [row.listing_id for row in rest] == [listing.id for listing in listings[2:]]


def test_a_page_of_held_sends_plans_no_more_listings_than_it_shows(shop, monkeypatch):
    AccountState.objects.update(first_send_approved_at=None)
    for number in range(3):
        shop.listing(f"P{number}", physical=2, accepted=6)
    planned, load = [], preview.load

    def loaded(account, ids):
        planned.append(len(ids))
        return load(account, ids)

    monkeypatch.setattr(preview, "load", loaded)
    assert len({row.listing_id for row in held(shop.account.id, limit=1)}) == 1
    assert planned == [1]


def test_going_offline_and_manual_updates_pass_before_approval(shop):
    AccountState.objects.update(first_send_approved_at=None)
    gone = shop.listing("GONE")
    asked = shop.listing("ASKED")
    Listing.objects.filter(id=gone.id).update(status="taken_offline")
    ListingState.objects.filter(listing=asked).update(forced=True)
    shop.stale(gone.product_id)
    shop.stale(asked.product_id)
    shop.plan()
    assert quantity(gone)[:2] == (0, True)
    assert quantity(asked)[:2] == (5, True)


def test_approving_the_first_send_makes_what_was_held_due(shop):
    AccountState.objects.update(first_send_approved_at=None)
    phone = shop.listing("A", physical=4, accepted=7)
    AccountState.objects.update(first_send_approved_at=LATER)
    shop.set()
    shop.plan(LATER)
    assert quantity(phone)[:2] == (4, True)
    assert held(shop.account.id) == []
