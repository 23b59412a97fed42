"""A fall on Back Market without a visible order is not raised again until one explains it or 60 minutes pass (B10)."""

from datetime import UTC, datetime, timedelta

import pytest

from listwright.companies.models import Account
from listwright.listings.models import Listing, ListingState
from listwright.sync.models import Line, OrderLine
from listwright.sync.orders import unseen
from tests.domain.sync.engine_world import Seller, engine, eventually, lines, order, planner, seller, state
from tests.domain.sync.planning import LATER, NOW, World, quantity, world
from tests.domain.sync.test_engine_orders import read

pytestmark = pytest.mark.django_db(transaction=True)


def fallen(shop: World, *, there: int = 3, **values: int) -> Listing:
    """A listing of 5 units of which a later read showed fewer."""
    listing = shop.listing("A", **values)
    seen(listing, there)
    return listing


def seen(listing: Listing, there: int) -> None:
    ListingState.objects.filter(listing=listing).update(
        accepted_at=NOW - timedelta(minutes=2), quantity_verified=there, verified_at=NOW - timedelta(minutes=1)
    )


def test_a_fall_without_an_order_is_neither_raised_nor_sent_as_it_stands() -> None:
    shop = world()
    listing = fallen(shop)
    shop.stale(listing.product_id)
    shop.plan(LATER)
    assert quantity(listing) == (3, False, 9)


def test_stock_that_changes_meanwhile_goes_out_less_what_is_gone() -> None:
    shop = world()
    listing = fallen(shop)
    for physical, expected in ((6, 4), (4, 2), (2, 0), (0, 0)):
        shop.change(listing, physical=physical)
        shop.plan(LATER)
        assert quantity(listing)[:2] == (expected, True)


def test_a_capped_listing_is_not_refilled_before_the_fall_is_explained() -> None:
    shop = world()
    listing = shop.listing("A", accepted=3, max_quantity_enabled=True, max_quantity=3, max_quantity_default=False)
    seen(listing, 2)
    shop.change(listing, physical=50)
    shop.plan(LATER)
    assert quantity(listing) == (2, False, 9)


def test_a_read_right_behind_the_answer_lags_and_says_nothing() -> None:
    shop = world()
    listing = fallen(shop)
    ListingState.objects.update(accepted_at=NOW - timedelta(seconds=65))
    shop.stale(listing.product_id)
    shop.plan(LATER)
    assert quantity(listing)[0] == 5


def test_an_order_that_becomes_visible_explains_the_fall_and_lowers_what_we_believe() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=5)
    now = datetime.now(UTC)
    ListingState.objects.update(quantity_verified=3, verified_at=now)
    read(shop, order(1, "A", quantity=2, at=now - timedelta(seconds=30)))
    assert (state(listing).quantity_accepted, state(listing).quantity_verified) == (3, 3)
    assert OrderLine.objects.get().lowered


def test_a_read_that_was_answered_after_the_order_though_it_began_before_shows_it_already() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=5)
    now = datetime.now(UTC)
    ListingState.objects.update(quantity_verified=3, verified_at=now - timedelta(seconds=2))
    read(shop, order(1, "A", quantity=2, at=now - timedelta(seconds=1)))
    assert (state(listing).quantity_accepted, state(listing).quantity_verified) == (3, 3)
    ListingState.objects.update(
        quantity_verified=2, verified_at=now - timedelta(seconds=20), accepted_at=now - timedelta(seconds=30)
    )
    read(shop, order(2, "A", quantity=1, at=now - timedelta(seconds=1)))
    assert (state(listing).quantity_accepted, state(listing).quantity_verified) == (2, 1)  # another one, long before


def test_a_read_answered_between_two_orders_shows_the_first_of_them_already() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=20, physical=20)
    now = datetime.now(UTC)
    ListingState.objects.update(quantity_verified=18, verified_at=now - timedelta(seconds=2))
    at = now - timedelta(seconds=1)
    read(shop, order(1, "A", quantity=2, at=at), order(2, "A", quantity=3, at=at))
    assert (state(listing).quantity_accepted, state(listing).quantity_verified) == (15, 15)


def test_a_line_sent_meanwhile_does_not_make_the_fall_forgotten() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=5)
    shop.channel.there[str(listing.back_market_id)].quantity = 3  # sold there to somebody who has not paid yet
    now = datetime.now(UTC)
    ListingState.objects.update(quantity_verified=3, verified_at=now)
    listing.product.physical = 4
    listing.product.save()
    with planner(), engine(shop):
        mark(shop, listing)
        eventually(lambda: state(listing).quantity_accepted == 2)
    assert shop.there(listing) == 2
    assert (state(listing).unseen, state(listing).unseen_since) == (2, now)
    with planner():
        mark(shop, listing)
        eventually(lambda: state(listing).planned_generation >= 2)
    assert (state(listing).quantity_desired, state(listing).quantity_due) == (2, False)


def test_an_order_from_before_explains_what_was_remembered_and_the_time_of_grace_lets_it_go() -> None:
    shop = seller(orders=True)
    Account.objects.update(drift_grace_minutes=90)
    listing = shop.listing("A", there=2, physical=4)
    now = datetime.now(UTC)
    ListingState.objects.update(unseen=2, unseen_since=now - timedelta(minutes=20), accepted_at=now)
    read(shop, order(1, "A", at=now - timedelta(minutes=25)))
    assert (state(listing).unseen, state(listing).quantity_accepted) == (1, 2)
    assert OrderLine.objects.get().lowered and state(listing).unseen_since is not None
    assert unseen.let_go(now=now + timedelta(minutes=69)) == 0
    assert unseen.let_go(now=now + timedelta(minutes=71)) == 1
    assert (state(listing).unseen, state(listing).unseen_since) == (0, None)
    with planner():
        eventually(lambda: state(listing).quantity_desired == 3)
    assert state(listing).quantity_due  # 4 in stock, one of them reserved


def test_nothing_is_let_go_while_an_order_of_the_listing_is_not_settled() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=2, physical=4)
    now = datetime.now(UTC)
    ListingState.objects.update(unseen=1, unseen_since=now - timedelta(hours=1), accepted_at=now)
    read(shop, order(1, "A", quantity=2, at=now - timedelta(minutes=90)))  # more than is unseen: it must be read back
    assert not OrderLine.objects.get().lowered
    assert unseen.let_go(now=now) == 0
    OrderLine.objects.update(lowered=True)
    assert unseen.let_go(now=now) == 1
    assert state(listing).unseen == 0


def test_an_order_that_is_cancelled_before_it_is_settled_still_explains_the_fall() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=5)
    shop.channel.there[str(listing.back_market_id)].quantity = 3  # sold, cancelled, and not given back
    now = datetime.now(UTC)
    ListingState.objects.update(accepted_at=now, quantity_verified=3, verified_at=now)
    read(shop, order(1, "A", quantity=2, at=now - timedelta(seconds=1)))
    read(shop, order(1, "A", quantity=2, state=4, at=now - timedelta(seconds=1)))
    with planner(), engine(shop):
        eventually(lambda: shop.there(listing) == 5)
    assert state(listing).unseen == 0


def test_what_was_kept_back_for_an_order_is_let_go_once_the_listing_was_read_back() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=3, physical=5)
    now = datetime.now(UTC)
    ListingState.objects.update(unseen=2, unseen_since=now - timedelta(minutes=1), accepted_at=now)
    read(shop, order(1, "A", quantity=2, state=4, at=now - timedelta(minutes=2)))  # first seen when it was over
    with planner(), engine(shop):
        eventually(lambda: shop.there(listing) == 5)
    assert (state(listing).unseen, state(listing).unseen_since) == (0, None)


def test_of_orders_settled_together_one_may_explain_what_was_kept_back_and_another_the_fall_since() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=10)
    now = datetime.now(UTC)
    ListingState.objects.update(unseen=2, unseen_since=now - timedelta(minutes=1), accepted_at=now)
    shop.channel.there[str(listing.back_market_id)].quantity = 4
    before, after = (now + timedelta(seconds=seconds) for seconds in (-60, 1))
    read(shop, order(1, "A", quantity=2, at=before), order(2, "A", quantity=1, at=after))
    assert not OrderLine.objects.filter(lowered=True).exists()  # which came when, nobody can tell
    with planner(), engine(shop):
        eventually(lambda: shop.there(listing) == 7)
    assert state(listing).unseen == 0


def test_what_was_kept_back_for_orders_is_let_go_though_an_older_line_of_unknown_outcome_is_settled_with_them() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=13)
    now = datetime.now(UTC)
    ListingState.objects.update(unseen=3, unseen_since=now - timedelta(minutes=1), accepted_at=now)
    Line.objects.create(
        account=shop.account, listing=listing, kind="single", market="fr-fr", quantity=9, currency="EUR", state="unknown",
        attempted_at=now - timedelta(minutes=1), quarantine_until=now,
    )  # fmt: skip
    at = now - timedelta(seconds=30)
    read(shop, order(1, "A", quantity=1, at=at), order(2, "A", quantity=2, at=at))
    with planner(), engine(shop):
        eventually(lambda: shop.there(listing) == 10)
    assert (state(listing).unseen, lines(listing)[0].state) == (0, "not_applied")


def test_an_order_counted_once_does_not_explain_another_fall_when_it_is_cancelled() -> None:
    shop = seller(orders=True)
    listing = shop.listing("A", there=5, physical=5)
    read(shop, order(1, "A", quantity=2))
    shop.channel.there[str(listing.back_market_id)].quantity = 2  # and one unit more, to somebody nobody shows us
    read(shop, order(1, "A", quantity=2, state=4))
    assert (state(listing).quantity_accepted, OrderLine.objects.get().lowered) == (3, False)
    with engine(shop):
        eventually(lambda: OrderLine.objects.get().lowered)
    with planner(), engine(shop):
        eventually(lambda: shop.there(listing) == 4)
    assert state(listing).unseen == 1


def mark(shop: Seller, listing: Listing) -> None:
    from listwright.changes.operations import Urgency, mark_stale

    mark_stale(
        company_id=shop.account.company_id,
        product_ids=[listing.product_id],
        urgency=Urgency.STOCK,
        now=datetime.now(UTC),
    )
