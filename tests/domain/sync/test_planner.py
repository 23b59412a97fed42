"""The planner, on a real database: what it desires, what becomes due, and what it leaves alone."""

from decimal import Decimal

import pytest

from listwright.catalog.models import Product
from listwright.changes.models import Stale
from listwright.changes.operations import Urgency
from listwright.companies.models import AccountMarket, Company
from listwright.listings.models import Listing, ListingMarket, ListingMarketState, ListingState
from listwright.sync.decisions.urgency import LineUrgency
from listwright.sync.models import AccountState
from tests.domain.sync.planning import (
    LATER,
    MARKETS,
    NOW,
    World,
    grid_row,
    is_planned,
    own_price,
    prices,
    quantity,
    world,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> World:
    return world()


def test_a_fall_of_stock_becomes_due_and_counts_as_planned(shop):
    phone = shop.listing("A")
    assert quantity(phone) == (5, False, LineUrgency.NONE)
    shop.change(phone, physical=4)
    assert not is_planned(phone)
    shop.plan(LATER)
    assert quantity(phone) == (4, True, LineUrgency.FALL)
    assert is_planned(phone)
    assert ListingState.objects.get(listing=phone).due_since == LATER


def test_reservations_and_the_safety_quantity_are_taken_off(shop):
    phone = shop.listing("A")
    shop.set(default_safety_quantity=2)
    shop.change(phone, physical=9, reserved=3)
    shop.plan()
    assert quantity(phone)[0] == 4


def test_stock_never_set_is_unknown_and_nothing_is_sent(shop):
    phone = shop.listing("A", physical=None)
    assert quantity(phone) == (None, False, LineUrgency.NONE)
    ListingState.objects.filter(listing=phone).update(forced=True)
    shop.stale(phone.product_id)
    shop.plan()
    assert quantity(phone) == (None, False, LineUrgency.NONE)


def test_ten_changes_become_one_line_and_a_change_taken_back_none(shop):
    phone = shop.listing("A", physical=20, accepted=20)
    for units in range(9, -1, -1):
        shop.change(phone, physical=units)
        shop.plan(NOW if units == 9 else LATER)
    assert quantity(phone) == (0, True, LineUrgency.ZERO)
    assert ListingState.objects.get(listing=phone).due_since == NOW, "it has been waiting since the first"
    shop.change(phone, physical=20)
    shop.plan()
    assert quantity(phone) == (20, False, LineUrgency.NONE)
    assert ListingState.objects.get(listing=phone).due_since is None


def test_a_price_goes_to_markets_in_the_companys_currency_and_to_others_only_with_their_own(shop):
    phone = shop.listing("A")
    shop.change(phone, Urgency.PRICE, site_price=Decimal("120.00"))
    shop.plan()
    assert prices(phone) == {"de-de": ("120.00", True), "en-gb": (None, False), "fr-fr": ("120.00", True)}
    own_price(phone, "en-gb", "99.00")
    shop.stale(phone.product_id)
    shop.plan()
    assert prices(phone)["en-gb"] == ("99.00", True)


def test_a_market_switched_off_gets_no_price_while_the_shared_quantity_still_goes(shop):
    phone = shop.listing("A")
    AccountMarket.objects.filter(account=shop.account, market="de-de").update(enabled=False)
    shop.set()
    ListingMarket.objects.create(listing=phone, market="fr-fr", enabled=False)
    shop.change(phone, site_price=Decimal("120.00"), physical=3)
    shop.plan()
    assert not any(due for _, due in prices(phone).values())
    assert quantity(phone)[1]


def test_a_market_added_later_gets_its_place_and_its_price():
    shop = world(markets=("fr-fr",))
    phone = shop.listing("A")
    assert prices(phone) == {"fr-fr": ("100.00", False)}
    AccountMarket.objects.create(account=shop.account, market="de-de")
    shop.set()
    shop.plan()
    assert prices(phone) == {"de-de": ("100.00", True), "fr-fr": ("100.00", False)}
    AccountMarket.objects.filter(account=shop.account, market="de-de").delete()
    shop.set()
    shop.plan()
    assert prices(phone)["de-de"] == ("100.00", False), "a market taken away is due no more"


@pytest.mark.parametrize(("inventory", "asked"), [(False, "price"), (True, "quantity")])
def test_only_what_its_upload_lets_go_is_due(inventory, asked):
    shop = world(inventory_upload=inventory, prices_upload=not inventory)
    phone = shop.listing("A")
    shop.change(phone, physical=3, site_price=Decimal("90.00"))
    shop.plan()
    assert quantity(phone)[1] is (asked == "quantity")
    assert prices(phone)["fr-fr"] == ("90.00", asked == "price")


def test_switching_an_upload_off_takes_what_waits_back(shop):
    phone = shop.listing("A")
    shop.change(phone, physical=3)
    shop.plan()
    assert quantity(phone)[1]
    shop.set(inventory_upload=False)
    shop.plan()
    assert quantity(phone) == (3, False, LineUrgency.NONE)


def test_going_offline_is_due_whatever_uploads_readiness_and_approval_say():
    shop = world(inventory_upload=False, prices_upload=False)
    phone = shop.listing("A", title="")
    AccountState.objects.update(first_send_approved_at=None)
    Listing.objects.filter(id=phone.id).update(status="taken_offline")
    shop.stale(phone.product_id, Urgency.STOP)
    shop.plan()
    assert quantity(phone) == (0, True, LineUrgency.ZERO)
    assert not any(due for _, due in prices(phone).values())
    assert (grid_row(phone).state, grid_row(phone).enabled, grid_row(phone).ready) == ("taken_offline", False, False)


@pytest.mark.parametrize("status", ["never_enabled", "left_standing"])
def test_a_listing_that_is_not_on_is_left_alone(shop, status):
    phone = shop.listing("A", status=status)
    ListingState.objects.filter(listing=phone).update(forced=True)
    shop.change(phone, physical=0, site_price=Decimal("90.00"))
    shop.plan()
    assert not quantity(phone)[1]
    assert not any(due for _, due in prices(phone).values())


@pytest.mark.parametrize(
    "broken", [{"back_market_id": None}, {"link_problem": "sibling"}, {"missing_there_since": NOW}], ids=str
)
def test_without_a_sound_link_nothing_is_due(shop, broken):
    phone = shop.listing("A")
    Listing.objects.filter(id=phone.id).update(**broken)
    shop.change(phone, physical=0, site_price=Decimal("90.00"))
    shop.plan()
    assert not quantity(phone)[1]
    assert not any(due for _, due in prices(phone).values())


def test_a_manual_update_sends_both_values_although_they_stand_there_and_uploads_are_off():
    shop = world(inventory_upload=False, prices_upload=False)
    phone = shop.listing("A")
    ListingState.objects.filter(listing=phone).update(forced=True)
    ListingMarketState.objects.filter(listing=phone).update(forced=True)
    shop.stale(phone.product_id, Urgency.PRICE)
    shop.plan()
    assert quantity(phone) == (5, True, LineUrgency.PRICE)
    assert prices(phone) == {"de-de": ("100.00", True), "en-gb": (None, False), "fr-fr": ("100.00", True)}


def test_a_refused_value_waits_for_a_change(shop):
    phone = shop.listing("A")
    shop.change(phone, physical=3)
    shop.plan()
    generation = Stale.objects.get(product_id=phone.product_id).generation
    ListingState.objects.filter(listing=phone).update(rejected_generation=generation, quantity_due=False)
    shop.set()
    shop.plan()
    assert not quantity(phone)[1], "a settings wave is no change of the product"
    shop.change(phone, physical=3)
    shop.plan()
    assert quantity(phone)[1]


def test_a_paused_account_is_planned_all_the_same(shop):
    phone = shop.listing("A")
    shop.set(paused_at=NOW, paused_code="access_denied")
    shop.change(phone, physical=2)
    shop.plan()
    assert quantity(phone)[:2] == (2, True)


def test_readiness_is_stored_with_its_words_and_shown_in_the_grid(shop):
    phone = shop.listing("A")
    assert grid_row(phone).ready
    assert grid_row(phone).back_market_price == Decimal("100.00")
    Product.objects.filter(id=phone.product_id).update(ean="", name="Ünï “quoted” \\ name")
    Listing.objects.filter(id=phone.id).update(title="")
    shop.stale(phone.product_id, Urgency.CONTENT)
    shop.plan()
    state = ListingState.objects.get(listing=phone)
    assert not state.ready
    assert [item["code"] for item in state.missing] == ["back_market_title", "ean"]
    assert all(item["field"] and item["message"] for item in state.missing)
    row = grid_row(phone)
    assert (row.ready, set(row.missing), row.enabled, row.linked) == (False, {"back_market_title", "ean"}, True, True)


def test_planning_what_is_planned_writes_nothing(shop):
    phone = shop.listing("A", title="", ean="“”\\")
    before = ListingState.objects.filter(listing=phone).extra(select={"version": "xmin::text"}).get().version
    shop.set()
    shop.plan()
    assert ListingState.objects.filter(listing=phone).extra(select={"version": "xmin::text"}).get().version == before
    assert shop.place.planned_settings > 1


def test_a_product_without_a_listing_gets_one_when_it_is_planned(shop):
    product = shop.product("NEW")
    shop.plan()
    listing = Listing.objects.get(product=product)
    assert (listing.status, listing.effective_merchant_sku) == ("never_enabled", "NEW")
    assert set(prices(listing)) == set(MARKETS)
    assert is_planned(listing)
    assert grid_row(listing).ready is False


def test_a_sku_that_another_listing_uses_as_its_merchant_sku_is_held_for_a_person(shop):
    phone = shop.listing("A")
    Listing.objects.filter(id=phone.id).update(merchant_sku="b-1", effective_merchant_sku="b-1")
    product = shop.product("B-1")
    shop.plan()
    listing = Listing.objects.get(product=product)
    assert listing.link_problem == "merchant_sku_taken"
    assert listing.effective_merchant_sku.lower() != "b-1"
    assert grid_row(listing).error == "merchant_sku_taken"


def test_products_from_before_the_connection_get_listings_when_the_company_connects():
    bare = Company.objects.create(slug="bare", name="Bare", created_at=NOW)
    other = world("other")
    products = [World(bare, other.account).product(f"P{n}") for n in range(5)]
    other.plan()
    assert not Listing.objects.filter(product__company=bare).exists()
    assert not Stale.objects.filter(company=bare, planned=0).exists(), "nothing waits for a connection"
    other.account.__class__.objects.create(company=bare, created_at=NOW)
    other.plan()
    assert Listing.objects.filter(product__in=products).count() == 5
    assert set(ListingState.objects.filter(listing__product__in=products).values_list("ready", flat=True)) == {False}
    assert not ListingState.objects.filter(listing__product__in=products, missing=[]).exists()
