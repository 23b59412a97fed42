"""The rolling read-back on a real database: what it reads, how it judges, what it mends and what it only shows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from listwright.changes.models import Stale
from listwright.common.errors import Unavailable
from listwright.companies.models import Account
from listwright.listings.models import Listing, ListingState
from listwright.listings.queries.facts import GONE
from listwright.sync.models import Line, OrderLine
from tests.domain.sync.verify_world import MARKETS, Shop, price, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.shelf.list("8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f99", "NOBODYS", 1)
    return shop


def is_stale(listing: Listing) -> bool:
    return Stale.objects.filter(product_id=listing.product_id).exists()


def test_everything_is_read_by_lists_and_the_quantity_is_that_of_the_default_market(shop):
    listing = shop.stands("A")
    began = shop.clock.now()
    calls = shop.read()
    assert [(call.method, call.detail) for call in calls] == [("listings", "fr-fr"), ("listings", "de-de")]
    assert state(listing).verified_at > began
    assert min(price(listing, market).verified_at for market in MARKETS) > began
    assert price(listing).verified_at == state(listing).verified_at < price(listing, "de-de").verified_at
    assert (state(listing).drift, price(listing).publication_state, is_stale(listing)) == ("", 2, False)
    assert shop.read(500, each=100) == []
    assert {call.method for call in shop.read(120, each=60)} == {"listings"}


def test_what_was_just_sent_is_read_one_by_one_in_its_market(shop):
    listing = shop.stands("A")
    for number in range(200):
        shop.shelf.list(f"8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f{number:04}", f"OTHER{number}", 1)
    shop.read()
    shop.sent(listing, quantity=5, quantity_before=2)
    ListingState.objects.filter(pk=listing.pk).update(accepted_at=shop.clock.now())
    (call,) = shop.read(15)
    assert (call.method, call.detail) == ("listing", (str(listing.back_market_id), "fr-fr"))
    assert state(listing).verified_at > state(listing).accepted_at


def test_more_units_than_accepted_are_mended_once_two_reads_agree_and_a_price_is_only_shown(shop):
    listing = shop.stands("A")
    shop.there(listing, 9, "80.00")
    began = shop.clock.now()
    shop.read()
    assert (state(listing).quantity_accepted, state(listing).drift) == (9, "changed_there")
    assert is_stale(listing)
    assert (price(listing).price_accepted, price(listing).drift) == (Decimal("100.00"), "changed_there")
    assert began < price(listing).drift_since
    assert shop.shown(listing) == "changed_there"
    shop.there(listing, price="100.00")
    shop.clock.advance(600)
    shop.read()
    assert (price(listing).drift, shop.shown(listing)) == ("", "")


def test_prices_are_sent_again_where_the_account_says_so(shop):
    Account.objects.update(drift_prices="mend", drift_more="show")
    listing = shop.stands("A")
    shop.there(listing, 9, "80.00")
    shop.read()
    assert (state(listing).quantity_accepted, price(listing).price_accepted) == (5, Decimal("80.00"))


def test_a_fall_without_an_order_waits_an_hour_before_it_is_believed(shop):
    listing = shop.stands("A")
    shop.there(listing, 3)
    shop.read()
    assert (state(listing).quantity_accepted, state(listing).drift, shop.shown(listing)) == (
        5,
        "sold_there",
        "sold_there",
    )
    shop.clock.advance(3000)
    shop.read()
    assert state(listing).quantity_accepted == 5
    shop.clock.advance(700)
    shop.read()
    assert (state(listing).quantity_accepted, is_stale(listing)) == (3, True)


def test_a_line_that_changed_nothing_is_sent_again_and_then_shown_as_ignored(shop):
    listing = shop.stands("A")
    shop.there(listing, 8)
    for expected in ("never_applied", "ignored"):
        at = shop.sent(listing, quantity=5, quantity_before=8).resolved_at
        ListingState.objects.filter(pk=listing.pk).update(quantity_accepted=5, accepted_at=at)
        shop.read()
        assert (state(listing).drift, state(listing).quantity_verified) == (expected, 8)
    assert state(listing).quantity_accepted == 5
    assert shop.shown(listing) == "ignored"


def test_a_listing_that_no_list_shows_is_asked_for_and_is_missing_when_it_is_gone(shop):
    gone, moved = shop.stands("GONE"), shop.stands("MOVED")
    del shop.shelf.there[str(gone.back_market_id)]
    shop.shelf.unlisted = {str(moved.back_market_id)}
    began = shop.clock.now()
    shop.read()
    assert Listing.objects.get(pk=gone.pk).missing_there_since is not None
    assert Listing.objects.get(pk=moved.pk).missing_there_since is None
    assert state(moved).verified_at > began
    assert (shop.shown(gone), shop.shown(moved)) == ("vanished", "")


def test_nothing_is_judged_while_an_order_came_in_since_and_no_quantity_taken_while_a_line_is_under_way(shop):
    busy, sold = shop.stands("BUSY"), shop.stands("SOLD")
    Line.objects.create(
        account_id=shop.account_id, listing=busy, kind="single", market="fr-fr", quantity=3, currency="EUR",
        state="unknown", attempted_at=shop.clock.now(),
    )  # fmt: skip
    OrderLine.objects.create(
        account_id=shop.account_id, order_id="1", line_id="1", sku="SOLD", listing=sold, quantity=1, order_state=3,
        line_state=1, first_seen_at=shop.clock.now() + timedelta(hours=1), lowered=True,
    )  # fmt: skip
    for listing in (busy, sold):
        shop.there(listing, 9)
    shop.read()
    assert [(state(one).quantity_accepted, state(one).quantity_verified, state(one).drift) for one in (busy, sold)] == [
        (5, 5, ""),
        (5, 9, ""),
    ]


def test_units_that_a_line_of_unknown_outcome_took_are_not_kept_back_as_sold(shop):
    listing = shop.stands("A")
    shop.there(listing, 0)  # by a zero of ours that nobody answered
    shop.sent(listing, quantity=0, quantity_before=5)
    Line.objects.update(state="unknown", resolved_at=None)
    shop.read()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {GONE} FROM listings_listingstate s WHERE listing_id = %s", [listing.pk])
        assert cursor.fetchone() == (0,)


def test_what_stands_there_of_a_listing_we_keep_our_hands_off_is_believed(shop):
    listing = shop.stands("A", status="never_enabled")
    shop.there(listing, 9, "80.00")
    shop.read()
    assert (state(listing).quantity_accepted, state(listing).drift, is_stale(listing)) == (9, "", False)
    assert price(listing).price_accepted == Decimal("80.00")


def test_a_read_that_fails_is_asked_for_again(shop):
    listing = shop.stands("A")
    shop.shelf.fail("listings", Unavailable("down", "Nobody answers."), times=1)
    began = shop.clock.now()
    with pytest.raises(Unavailable):
        shop.read(3)
    shop.read()
    assert min(price(listing, market).verified_at for market in MARKETS) > began
