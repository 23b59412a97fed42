"""Deaths of the process that plans: whatever it had not committed, the next one plans."""

import pytest

from listwright.catalog.operations import create_products
from listwright.catalog.types import ProductData
from listwright.changes.models import Stale
from listwright.companies.models import AccountMarket, Company
from listwright.listings.models import Listing, ListingMarketState
from listwright.sync.models import AccountState
from tests.chaos.deaths import dies_at, dying, killed_at, settings, sides, there
from tests.chaos.life import ORIGIN, UNITS, Shop
from tests.domain.sync.engine_world import seller

pytestmark = pytest.mark.django_db(transaction=True)


def new_product(shop: Shop, company: Company, sku: str) -> None:
    create_products(company=company, products=[ProductData(sku=sku)], origin=ORIGIN, now=shop.clock.now())


def unplanned(company: Company) -> list[str]:
    rows = Stale.objects.filter(company_id=company.pk).values_list("product_id", "generation", "planned")
    return [f"product {product}" for product, generation, planned in rows if planned < generation]


@dying("commit plan stale products")
def test_a_change_is_planned_by_whoever_comes_next(shop: Shop) -> None:
    for number, place in enumerate(sides("commit plan stale products")):
        shop.stock(0, 3 + number)
        dies_at(shop, place, shop.plan)
        assert (unplanned(shop.account.company) == []) is place.startswith("after")
        shop.work()
        assert there(shop)[0] == 3 + number
    assert shop.settle() == []


@dying("commit give listings")
def test_a_new_product_has_one_listing_though_its_planner_dies(shop: Shop) -> None:
    company = shop.account.company
    for place in sides("commit give listings"):
        new_product(shop, company, place)
        dies_at(shop, place, shop.plan)
        assert Listing.objects.filter(product__sku=place).count() == place.startswith("after")
        shop.plan()
        assert Listing.objects.filter(product__sku=place).count() == 1
        assert unplanned(company) == []
    assert there(shop) == [UNITS] * 3


@dying("commit give states")
def test_a_further_market_is_planned_though_its_planner_dies(shop: Shop) -> None:
    for market, place in zip(("de-de", "es-es"), sides("commit give states"), strict=True):
        AccountMarket.objects.create(account=shop.account, market=market)
        dies_at(shop, place, lambda: settings(shop, default_safety_quantity=4))
        shop.plan()
        assert ListingMarketState.objects.filter(account=shop.account, market=market).count() == 3
        AccountMarket.objects.filter(market=market).delete()
        settings(shop, default_safety_quantity=0)
    assert shop.settle() == []


@dying("commit nothing to plan")
def test_changes_of_a_company_without_a_connection_wait_for_nobody(shop: Shop) -> None:
    company = Company.objects.create(slug="unconnected", name="Unconnected", created_at=shop.clock.now())
    for place in sides("commit nothing to plan"):
        new_product(shop, company, place)
        killed_at(place, shop.plan, clock=shop.clock)
        assert (unplanned(company) == []) is place.startswith("after")
        shop.plan()
        assert unplanned(company) == []


@dying("commit give accounts their place", "commit give listings in a wave")
def test_a_company_that_is_connected_gets_all_its_listings_though_its_planner_dies(shop: Shop) -> None:
    places = sides("commit give accounts their place", "commit give listings in a wave")
    for number, place in enumerate(places):
        account = seller(slug=f"connected-{number}").account
        AccountState.objects.filter(account=account).delete()
        for sku in ("one", "two"):
            new_product(shop, account.company, sku)
        Stale.objects.filter(company_id=account.company_id).delete()  # planned for nothing before it was connected
        killed_at(place, shop.plan, clock=shop.clock)
        shop.plan()
        assert Listing.objects.filter(account=account).count() == 2
        assert AccountState.objects.get(account=account).planned_settings == 1
    assert there(shop) == [UNITS] * 3
