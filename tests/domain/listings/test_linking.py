"""Connecting changes nothing: what stands there is the baseline."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.catalog.models import GridRow, Product
from listwright.changes.operations import Urgency
from listwright.channels.protocol import RemoteListing
from listwright.common.errors import Conflict, Invalid, NotFound
from listwright.companies.operations import set_conditions
from listwright.listings import operations
from listwright.listings.models import ListingMarket, ListingMarketState, ListingState
from listwright.listings.operations import Baseline, MarketThere
from listwright.listings.operations.edits import EMPTY_MARKET, Row
from listwright.listings.operations.linking import adoption
from listwright.listings.operations.rows import COLUMNS
from listwright.listings.queries import readiness
from listwright.listings.rules.facts import MarketFacts, PriceFacts
from listwright.listings.rules.pricing import price_for_market
from tests.domain.listings.makers import (
    LATER,
    NOW,
    ORIGIN,
    connected,
    fresh,
    history,
    linked,
    listed,
    planned,
    standing,
    waiting,
)

pytestmark = pytest.mark.django_db


def test_linking_takes_what_stands_there_as_accepted_and_verified() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")
    assert (listing.back_market_id, listing.back_market_listing_id) == (UUID(int=1), 1001)
    assert (listing.back_market_product_id, listing.linked_at, listing.known_to_back_market) == ("P1", NOW, True)
    assert (listing.state.quantity_accepted, listing.state.quantity_verified) == (5, 5)
    assert listing.state.verified_at == NOW
    market = ListingMarketState.objects.get(listing=listing, market="en-gb")
    assert (market.price_accepted, market.price_verified, market.currency) == (Decimal("170"), Decimal("170"), "GBP")
    assert (market.comment_there, market.warranty_there, market.publication_state) == ("As good as new", 12, 2)
    row = GridRow.objects.get(product_id=listing.product_id)
    assert (row.linked, row.quantity_there, row.markets_online) == (True, 5, ["de-de", "en-gb", "fr-fr"])


def test_a_listing_we_created_keeps_its_state_and_its_prices() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")
    assert (listing.status, listing.adopted, listing.price_default) == ("on", False, True)
    assert history(listing)[-1] == ("link", {"back_market_id": [None, str(UUID(int=1))]})


def test_linking_ends_a_hold() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    operations.hold_for_person(
        account_id=account.pk, listing_id=listing.pk, code="ambiguous", message="Which?", origin=ORIGIN, now=NOW
    )
    operations.link(
        account_id=account.pk, baselines=[standing(listing, fr_fr="1")], adopted=True, origin=ORIGIN, now=NOW
    )
    assert (fresh(listing).link_problem, fresh(listing).link_problem_message) == ("", "")


def test_adopting_switches_off_and_takes_every_price_over() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A", site_price=Decimal("250"))
    operations.enable(company=company, skus=["A"], origin=ORIGIN, now=NOW)
    there = standing(listing, fr_fr="200", de_de="210", en_gb="170", es_es="200")
    operations.link(account_id=account.pk, baselines=[there], adopted=True, origin=ORIGIN, now=LATER)
    after = fresh(listing)
    assert (after.status, after.adopted, after.price, after.price_default) == (
        "never_enabled",
        True,
        Decimal("200"),
        False,
    )
    own = dict(ListingMarket.objects.filter(listing=listing).values_list("market", "price"))
    assert own == {"de-de": Decimal("210"), "en-gb": Decimal("170")}
    operation, cells = history(listing)[-1]
    assert operation == "adopt"
    assert cells["enabled"] == [True, False]
    assert cells["price"] == [None, "200.00"]
    assert cells["markets.de-de.price"] == [None, "210.00"]


amounts = st.none() | st.decimals(Decimal("0.01"), Decimal("9999"), places=2)


@given(
    currency=st.sampled_from(["EUR", "GBP", "SEK"]),
    default=st.sampled_from(["fr-fr", "en-gb"]),
    there=st.dictionaries(st.sampled_from(["fr-fr", "de-de", "en-gb", "sv-se"]), amounts),
    before=st.dictionaries(st.sampled_from(["fr-fr", "de-de", "en-gb"]), amounts),
    price=amounts,
    site=amounts,
)
def test_after_adopting_the_price_desired_is_the_one_that_stands_there_in_every_market(
    currency: str, default: str, there: dict[str, Any], before: dict[str, Any], price: Any, site: Any
) -> None:
    currencies = {"en-gb": "GBP", "sv-se": "SEK"}
    markets = {code: MarketThere(currencies.get(code, "EUR"), amount) for code, amount in there.items()}
    columns: dict[str, Any] = {**dict.fromkeys(COLUMNS), "status": "on", "price": price, "price_default": price is None}
    own = {code: {**EMPTY_MARKET, "price": amount} for code, amount in before.items()}
    row = Row(1, 1, "A", site, False, columns, own)
    new, new_own = adoption(row, markets, currency, default)
    columns |= new
    own |= new_own
    listing = PriceFacts(currency, site, columns["price"], columns["price_default"], False, None, None)
    for code, stands in markets.items():
        if stands.price is not None:
            facts = MarketFacts(code, stands.currency, own.get(code, EMPTY_MARKET)["price"])
            assert price_for_market(listing, facts).price == stands.price
    assert columns["price_default"] or columns["price"] is not None
    assert columns["status"] == "never_enabled"


def test_a_listing_is_linked_once_and_only_to_one_product() -> None:
    company, account = connected()
    one, two, three = listed(company, account, "A", "B", "C")
    link = partial(operations.link, account_id=account.pk, adopted=True, origin=ORIGIN, now=NOW)
    link(baselines=[standing(one, 1, fr_fr="9")])
    again = link(baselines=[standing(one, 1, fr_fr="9"), standing(two, 1, fr_fr="9"), standing(three, 3, fr_fr="9")])
    assert again.linked == (one.pk, three.pk)
    assert again.errors[two.pk].code == "linked_elsewhere"
    moved = link(baselines=[standing(one, 4, fr_fr="9")])
    assert moved.errors[one.pk].code == "linked_already"
    assert fresh(one).back_market_id == UUID(int=1)
    assert len(history(one)) == 1


def test_another_accounts_listing_cannot_be_linked_or_written() -> None:
    company, account = connected()
    other, theirs = connected("other")
    (foreign,) = linked(other, theirs, "A")
    result = operations.link(
        account_id=account.pk, baselines=[standing(foreign, 9, fr_fr="1")], adopted=True, origin=ORIGIN, now=LATER
    )
    assert isinstance(result.errors[foreign.pk], NotFound)
    assert (
        operations.record_there(
            account_id=account.pk, baselines=[standing(foreign, 1, quantity=0, fr_fr="1")], read_at=LATER
        )
        == []
    )
    assert fresh(foreign).state.quantity_verified == 5
    assert operations.mark_missing_there(account_id=account.pk, listing_ids=[foreign.pk], origin=ORIGIN, now=NOW) == []
    with pytest.raises(NotFound):
        operations.release_hold(company=company, sku="A", origin=ORIGIN, now=LATER)


def test_a_later_read_writes_verified_values_and_leaves_accepted_ones() -> None:
    company, account = connected()
    same, moved = linked(company, account, "A", "B")
    planned(same, moved)
    reads = [
        standing(same, 1, quantity=5, fr_fr="200"),
        standing(moved, 2, quantity=-1, fr_fr="190", it_it="210"),
    ]
    assert operations.record_there(account_id=account.pk, baselines=reads, read_at=LATER) == [moved.pk]
    state = ListingState.objects.get(listing=moved)
    assert (state.quantity_accepted, state.quantity_verified, state.verified_at) == (5, -1, LATER)
    price = ListingMarketState.objects.get(listing=moved, market="fr-fr")
    assert (price.price_accepted, price.price_verified) == (Decimal("200"), Decimal("190"))
    new = ListingMarketState.objects.get(listing=moved, market="it-it")
    assert (new.price_accepted, new.price_verified, new.currency) == (None, Decimal("210"), "EUR")
    untouched = ListingMarketState.objects.get(listing=moved, market="en-gb")
    assert (untouched.price_verified, untouched.verified_at) == (Decimal("170"), NOW)
    assert fresh(same).state.verified_at == LATER
    assert waiting(moved) is None  # whether it is drift is for sync to say


def test_an_older_read_never_overwrites_a_newer_one() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")
    operations.record_there(account_id=account.pk, baselines=[standing(listing, quantity=2, fr_fr="1")], read_at=LATER)
    older = LATER - timedelta(seconds=1)
    read = [standing(listing, quantity=9, fr_fr="8")]
    assert operations.record_there(account_id=account.pk, baselines=read, read_at=older) == []
    assert fresh(listing).state.quantity_verified == 2


def test_a_listing_that_vanished_is_missing_there_until_a_read_finds_it() -> None:
    company, account = connected()
    (listing,) = linked(company, account, "A")
    planned(listing)
    assert operations.mark_missing_there(account_id=account.pk, listing_ids=[listing.pk], origin=ORIGIN, now=LATER) == [
        listing.pk
    ]
    assert (
        operations.mark_missing_there(account_id=account.pk, listing_ids=[listing.pk], origin=ORIGIN, now=LATER) == []
    )
    assert waiting(listing) == Urgency.STOCK
    assert GridRow.objects.get(product_id=listing.product_id).error == "missing_there"
    found = operations.record_there(account_id=account.pk, baselines=[standing(listing, fr_fr="200")], read_at=LATER)
    assert found == [listing.pk]
    assert fresh(listing).missing_there_since is None


def test_a_listing_is_held_for_a_person_who_releases_it() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    operations.hold_for_person(
        account_id=account.pk,
        listing_id=listing.pk,
        code="other_sku",
        message="It has another SKU.",
        origin=ORIGIN,
        now=NOW,
    )
    assert (fresh(listing).link_problem, fresh(listing).link_problem_message) == ("other_sku", "It has another SKU.")
    assert waiting(listing) == Urgency.STOCK
    operations.release_hold(company=company, sku="a", origin=ORIGIN, now=LATER)
    assert fresh(listing).link_problem == ""
    with pytest.raises(Conflict):
        operations.release_hold(company=company, sku="A", origin=ORIGIN, now=LATER)


def test_a_baseline_is_made_of_one_listings_reads() -> None:
    def read(identity: str, market: str, quantity: int | None) -> RemoteListing:
        return RemoteListing(
            identity, 5, "P", "A", market, "t", "GOOD", quantity, Decimal("9"), "EUR", None, None, "c", 12, 2
        )

    made = operations.baseline(7, [read("x", "fr-fr", 4), read("x", "de-de", None)])
    assert made == Baseline(
        7,
        "x",
        5,
        "P",
        4,
        dict.fromkeys(("fr-fr", "de-de"), MarketThere("EUR", Decimal("9"), "c", 12, None, None, 2)),
        "GOOD",
    )
    with pytest.raises(Invalid):
        operations.baseline(7, [])
    with pytest.raises(Invalid):
        operations.baseline(7, [read("x", "fr-fr", 4), read("y", "de-de", 4)])


def test_statements_of_a_download_do_not_grow_with_its_size(django_assert_max_num_queries: Any) -> None:
    company, account = connected()
    listings = listed(company, account, *[f"S{number}" for number in range(200)])
    baselines = [standing(row, n, fr_fr="10", de_de="11", en_gb="9") for n, row in enumerate(listings, start=1)]
    with django_assert_max_num_queries(20):
        operations.link(account_id=account.pk, baselines=baselines, adopted=True, origin=ORIGIN, now=NOW)
    with django_assert_max_num_queries(8):
        operations.record_there(account_id=account.pk, baselines=baselines, read_at=LATER)


def test_another_grade_there_is_a_warning_and_nothing_is_missing_for_it() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    set_conditions(company=company, grades={"Very good": "VERY_GOOD"}, origin=ORIGIN, now=NOW)
    Product.objects.filter(pk=listing.product_id).update(condition="Very good")
    there = standing(listing, 1, quantity=5, fr_fr="200")
    for grade, codes in (("VERY_GOOD", set()), ("FAIR", {"grade_differs"})):
        baselines = [there._replace(grade=grade)]
        operations.link(account_id=account.pk, baselines=baselines, adopted=False, origin=ORIGIN, now=NOW)
        operations.record_there(account_id=account.pk, baselines=baselines, read_at=LATER)
        found = readiness(company, ["A"])["A"]
        assert {item.code for item in found.warnings} & {"grade_differs"} == codes
        assert "grade_differs" not in {item.code for item in found.missing}
