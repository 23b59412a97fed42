"""Facts are gathered set-based, for one account, with the generation read first."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from listwright.changes.prepared import rows as execute
from listwright.common.errors import NotFound
from listwright.companies.models import AccountMarket
from listwright.listings.models import Category, Listing, ListingMarket
from listwright.listings.queries.facts import account_facts, load
from listwright.listings.queries.offers import offers
from tests.domain.sync.planning import World, own_price, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> World:
    return world()


def test_only_the_accounts_own_listings_are_loaded(shop):
    mine, other = shop.listing("A"), world("other").listing("A")
    found = load(account_facts(shop.account.id), [mine.id, other.id, 10**12])
    assert [facts.listing_id for facts in found] == [mine.id]
    with pytest.raises(NotFound):
        account_facts(10**12)


def test_what_a_listing_has_of_its_own_in_a_market_comes_with_it(shop):
    phone = shop.listing("A")
    own_price(phone, "en-gb", "88.50")
    ListingMarket.objects.create(listing=phone, market="de-de", enabled=False)
    account = account_facts(shop.account.id)
    (facts,) = load(account, [phone.id])
    assert [(market.market, market.currency, market.price) for market in facts.markets] == [
        ("de-de", "EUR", None),
        ("en-gb", "GBP", Decimal("88.50")),
        ("fr-fr", "EUR", None),
    ]
    prices = {price.market: price.price for price in offers(account, [facts])[0].prices}
    assert prices == {"de-de": Decimal("100.00"), "en-gb": Decimal("88.50"), "fr-fr": Decimal("100.00")}


def test_readiness_looks_at_the_markets_that_are_updated_only(shop):
    phone = shop.listing("A")
    account = account_facts(shop.account.id)
    (facts,) = load(account, [phone.id])
    assert [warning.field for warning in offers(account, [facts])[0].readiness.warnings] == ["markets.en-gb.price"]
    AccountMarket.objects.filter(account=shop.account, market="en-gb").update(enabled=False)
    account = account_facts(shop.account.id)
    (facts,) = load(account, [phone.id])
    assert offers(account, [facts])[0].readiness.warnings == ()


def test_a_leaf_nobody_knows_is_told_apart_from_a_tree_never_downloaded(shop):
    phone = shop.listing("A", category_id=4711)
    account = account_facts(shop.account.id)
    (facts,) = load(account, [phone.id])
    (missing,) = offers(account, [facts])[0].readiness.missing
    assert "4711" in missing.message
    Category.objects.all().delete()
    account = account_facts(shop.account.id)
    (facts,) = load(account, [phone.id])
    (missing,) = offers(account, [facts])[0].readiness.missing
    assert "downloaded" in missing.message


def test_a_new_product_is_asked_for_what_its_category_requires(shop):
    asked = {"field": "color", "name": "Color", "type": 2, "allowed": [], "required": True}
    Category.objects.update(attributes=[asked])
    phone = shop.listing("A")
    Listing.objects.filter(id=phone.id).update(back_market_id=None, known_to_back_market=False, attributes={})
    account = account_facts(shop.account.id)
    (facts,) = load(account, [phone.id])
    assert "color" in offers(account, [facts])[0].readiness.missing[0].field
    Listing.objects.filter(id=phone.id).update(attributes={"color": "Black"})
    (facts,) = load(account, [phone.id])
    assert offers(account, [facts])[0].readiness.ready


def test_any_number_of_listings_takes_the_same_few_statements(shop):
    phones = [shop.listing(f"P{n}") for n in range(6)]
    account = account_facts(shop.account.id)
    counted = "SELECT count(*) FROM pg_prepared_statements"
    with CaptureQueriesContext(connection) as for_one:
        load(account, [phones[0].id])
    before = execute(counted, [])
    with CaptureQueriesContext(connection) as for_six:
        assert len(load(account, [phone.id for phone in phones])) == 6
    assert 0 < len(for_six) <= len(for_one)
    assert execute(counted, []) == before, "no statement that was not there for one"
