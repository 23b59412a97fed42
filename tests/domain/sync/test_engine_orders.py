"""Orders: counted once, reserved, and what we believe stands there follows (rule 2, B10)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from listwright.catalog.models import Product, Reservation, Stock
from listwright.channels.protocol import RemoteOrder
from listwright.common.errors import Unavailable
from listwright.companies.models import Account
from listwright.listings.models import Listing, ListingState
from listwright.sync.models import AccountState, OrderLine
from listwright.sync.orders import adopt, store
from listwright.sync.orders.store import Reading
from tests.domain.sync.engine_world import QUICK, Seller, engine, eventually, order, planner, seller, state, wake

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_read_takes_open_orders_only_and_lowers_nothing() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5)
    read(shop, order(1, "A"), order(2, "A", state=3), order(3, "A", state=4), first=True)
    assert [(line.line_id, line.lowered) for line in OrderLine.objects.all()] == [("line-1", True)]
    assert state(listing).quantity_accepted == 5
    assert Product.objects.get().reserved == 1


def test_a_new_order_lowers_what_stands_there_once_however_often_it_is_read() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=5)
    for _ in range(3):
        read(shop, order(1, "a", quantity=2))  # letter case is no difference
    assert state(listing).quantity_accepted == 3
    assert Product.objects.get().reserved == 2
    assert OrderLine.objects.get().lowered


def test_an_order_from_before_our_last_update_is_read_back_instead() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5)
    ListingState.objects.update(accepted_at=datetime.now(UTC))
    read(shop, order(1, "A", at=datetime.now(UTC) - timedelta(seconds=2)))
    assert state(listing).quantity_accepted == 5
    assert unsettled(shop) == [listing.pk]


def test_a_doubtful_order_is_settled_by_reading_the_listing() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=50)
    with engine(shop):
        eventually(lambda: AccountState.objects.get().orders_from is not None)
        ListingState.objects.update(accepted_at=datetime.now(UTC) + timedelta(seconds=1))
        shop.channel.sell(order(1, "A", quantity=2))
        eventually(lambda: OrderLine.objects.filter(lowered=True).exists())
    assert state(listing).quantity_accepted == shop.there(listing) == 3


def test_an_order_for_an_unknown_sku_is_kept_and_counted_once_its_product_exists() -> None:
    shop = seller(orders=True)
    read(shop, order(1, "LATER"))
    assert OrderLine.objects.get().listing is None
    shop.listing("LATER", there=5)
    read(shop, order(1, "LATER"))
    assert OrderLine.objects.get().listing is not None
    assert Product.objects.get().reserved == 1


def test_an_order_of_long_ago_is_counted_once_its_product_exists_though_it_is_not_read_again() -> None:
    shop = seller(orders=True)
    read(shop, order(1, "LATER", quantity=2), order(2, "NEVER"), order(3, "LATER", state=3))
    listing = shop.listing("Later", there=5)
    now = datetime.now(UTC)
    assert [adopt.adopt(now=now), adopt.adopt(now=now)] == [2, 0]
    assert Product.objects.get().reserved == 2
    assert list(OrderLine.objects.order_by("id").values_list("listing", "lowered")) == [
        (listing.pk, True),
        (None, False),
        (listing.pk, True),
    ]
    read(shop, order(1, "LATER", quantity=2, state=4))
    assert Product.objects.get().reserved == 0


@pytest.mark.parametrize(
    ("feed", "physical_after"), [("includes_unshipped", 5), ("stock_master", 4)], ids=["includes unshipped", "master"]
)
def test_a_shipped_line_ends_its_reservation(feed: str, physical_after: int) -> None:
    shop = seller(orders=True, feed=feed)
    shop.listing("A", there=5, physical=5)
    read(shop, order(1, "A"))
    assert Product.objects.get().reserved == 1
    read(shop, order(1, "A", state=3))
    product = Product.objects.get()
    assert (product.reserved, product.physical) == (0, physical_after)


@pytest.mark.parametrize("ended", [4, 5, 7])
def test_a_cancellation_gives_back_our_reservation_and_raises_no_stock(ended: int) -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=5)
    read(shop, order(1, "A"))
    read(shop, order(1, "A", state=ended))
    product = Product.objects.get()
    assert (product.reserved, product.physical) == (0, 5)
    assert Reservation.objects.get().state == "released"
    assert unsettled(shop) == [listing.pk]  # whether the unit is back over there must be read


def test_an_order_sold_and_shipped_between_two_reads_lowers_the_masters_stock() -> None:
    shop = seller(orders=True)
    shop.listing("A", there=5, physical=5)
    read(shop, order(1, "A", state=3))
    product = Product.objects.get()
    assert (product.reserved, product.physical) == (0, 4)


def test_an_old_order_that_is_touched_again_is_none_of_ours() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=5)
    read(shop, order(1, "A", state=6, at=datetime.now(UTC) - timedelta(days=9)))
    assert OrderLine.objects.count() == 0
    assert (Product.objects.get().physical, state(listing).quantity_accepted) == (5, 5)


def test_a_feed_that_leaves_orders_out_reserves_nothing() -> None:
    shop = seller(orders=True, feed="already_excludes")
    shop.listing("A", there=3, physical=50)
    read(shop, order(1, "A"))
    assert Reservation.objects.count() == 0


@pytest.mark.parametrize("ended", [3, 4, 5, 6, 7])
@pytest.mark.parametrize("feed", ["already_excludes", ""])
def test_what_was_reserved_before_the_feed_left_orders_out_is_given_back_when_its_order_ends(
    feed: str, ended: int
) -> None:
    shop = seller(orders=True)
    shop.listing("A", there=5, physical=5)
    read(shop, order(1, "A"))
    Account.objects.update(stock_feed="already_excludes")
    shop.account.refresh_from_db()
    read(shop, order(1, "A"))
    assert Product.objects.get().reserved == 1
    read(shop, order(1, "A", state=ended))
    product = Product.objects.get()
    assert (product.reserved, product.physical) == (0, 5)


def test_with_such_a_feed_the_last_unit_is_not_put_up_again_before_a_newer_figure() -> None:
    shop = seller(orders=True, feed="already_excludes")
    listing = shop.listing("A", there=1, physical=1)
    read(shop, order(1, "A"))
    # What stands there is not lowered: the planner would find 1 desired, 0 there, and offer the sold unit again.
    assert state(listing).quantity_accepted == 1
    assert unsettled(shop, "already_excludes") == []
    Stock.objects.update(physical=0, as_of=datetime.now(UTC) + timedelta(seconds=1))
    assert unsettled(shop, "already_excludes") == [listing.pk]


def test_with_such_a_feed_a_capped_listing_that_stays_backed_is_lowered_at_once() -> None:
    shop = seller(orders=True, feed="already_excludes")
    listing = shop.listing("A", there=3, physical=50)
    read(shop, order(1, "A"))
    assert state(listing).quantity_accepted == 2


def test_nothing_above_zero_goes_out_before_orders_were_read() -> None:
    shop = seller(orders=True)
    rise = shop.listing("RISE", desired=9, there=5, physical=9)
    zero = shop.listing("ZERO", desired=0, there=5, physical=0)
    with engine(shop):
        eventually(lambda: shop.there(rise) == 9 and shop.there(zero) == 0)
    methods = [call.method for call in shop.channel.calls]
    zeros = [index for index, call in enumerate(shop.channel.calls) if getattr(call.detail, "quantity", None) == 0]
    rises = [index for index, call in enumerate(shop.channel.calls) if getattr(call.detail, "quantity", None) == 9]
    assert methods.index("orders") < rises[0] and zeros[0] < rises[0]


def test_when_orders_cannot_be_read_falls_and_prices_pass_and_rises_wait() -> None:
    shop = seller(orders=True)
    shop.channel.fail("orders", Unavailable("unavailable", "Down", status=503), times=-1)
    rise = shop.listing("RISE", desired=9, there=5)
    fall = shop.listing("FALL", desired=2, there=5)
    zero = shop.listing("ZERO", desired=0, there=5)
    priced = shop.listing("PRICE", price="80.00")
    with engine(shop):
        eventually(lambda: shop.there(fall) == 2 and shop.there(zero) == 0)
        eventually(lambda: str(shop.channel.there[str(priced.back_market_id)].prices["fr-fr"]) == "80.00")
        assert shop.there(rise) == 5
        shop.channel.heal()
        eventually(lambda: shop.there(rise) == 9, within=60)


def test_the_cursor_moves_only_when_the_whole_window_was_stored() -> None:
    shop = seller(orders=True)
    shop.listing("A", there=5)
    placed = order(1, "A")
    shop.channel.sell(placed)
    shop.channel.fail("orders", Unavailable("unavailable", "Down", status=503))
    with engine(shop):
        eventually(lambda: shop.channel.count("orders") >= 1)
        eventually(lambda: AccountState.objects.get().orders_since == placed.modified_at)
    first = next(call.detail for call in shop.channel.calls if call.method == "orders")
    assert isinstance(first, datetime) and first < datetime.now(UTC) - timedelta(days=50)


def test_windows_overlap() -> None:
    shop = seller(orders=True)
    shop.listing("A", there=5)
    placed = order(1, "A")
    shop.channel.sell(placed)
    with engine(shop):
        eventually(lambda: shop.channel.count("orders") >= 3)
    since = [call.detail for call in shop.channel.calls if call.method == "orders"][-1]
    assert since == (placed.modified_at or datetime.now(UTC)) - timedelta(seconds=QUICK.orders_overlap)


def test_a_capped_listing_is_refilled_after_an_order_and_no_line_is_wasted_on_an_uncapped_one() -> None:
    shop = seller(orders=True)
    capped = shop.listing("CAPPED", there=3, physical=10)
    Listing.objects.filter(pk=capped.pk).update(max_quantity_enabled=True, max_quantity=3, max_quantity_default=False)
    plain = shop.listing("PLAIN", there=5, physical=5)
    with planner(), engine(shop, timing=replace(QUICK, orders_fresh=2)):
        eventually(lambda: AccountState.objects.get().orders_from is not None)
        before = AccountState.objects.get().orders_read_at
        assert before is not None
        wake()
        at = datetime.now(UTC) + timedelta(seconds=1)
        shop.channel.sell(order(1, "CAPPED", at=at))
        shop.channel.sell(order(2, "PLAIN", at=at))
        eventually(lambda: shop.there(capped) == 3 and state(capped).quantity_accepted == 3 and shop.channel.updates())
        eventually(lambda: state(plain).quantity_accepted == 4)
    assert shop.there(plain) == 4
    assert [(update.back_market_id, update.quantity) for update in shop.channel.updates()] == [
        (str(capped.back_market_id), 3)
    ]


def test_a_fall_that_no_order_explains_is_not_believed_when_a_doubtful_order_is_settled() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=50)
    with engine(shop):
        eventually(lambda: AccountState.objects.get().orders_from is not None)
        ListingState.objects.update(accepted_at=datetime.now(UTC) + timedelta(seconds=1))
        shop.channel.sell(order(1, "A"))
        shop.channel.there[str(listing.back_market_id)].quantity = 3  # an order nobody shows us yet took another one
        eventually(lambda: OrderLine.objects.filter(lowered=True).exists())
    assert (state(listing).quantity_accepted, state(listing).quantity_verified) == (4, 3)


def read(shop: Seller, *orders: RemoteOrder, first: bool = False) -> None:
    """A page, as the pump stores it; a later read unless it is the first."""
    now = datetime.now(UTC)
    reading = Reading(
        shop.account.pk,
        shop.account.company_id,
        shop.account.stock_feed,
        None if first else now - timedelta(hours=1),
        None if first else now - timedelta(seconds=5),
    )
    with connection.cursor() as cursor:
        store.store(cursor, reading, orders, now)


def unsettled(shop: Seller, feed: str = "stock_master") -> list[int]:
    with connection.cursor() as cursor:
        return [row[0] for row in store.unsettled(cursor, account_id=shop.account.pk, feed=feed, limit=10)]
