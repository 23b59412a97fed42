"""What is shown of a listing comes from the rules that compute it, for one product as for many."""

from decimal import Decimal
from typing import Any

import pytest

from listwright.catalog.models import GridRow, ProductImage
from listwright.common.errors import NotFound, NotReady
from listwright.companies.models import Company, ConditionMapping
from listwright.listings import operations, queries
from listwright.listings.models import Listing, ListingState
from listwright.listings.queries import condition_use
from tests.domain.listings.makers import (
    LATER,
    NOW,
    ORIGIN,
    TREE,
    connected,
    listed,
    products,
    standing,
)

pytestmark = pytest.mark.django_db


def update(company: Company, sku: str, **values: Any) -> None:
    operations.update_listing(company=company, sku=sku, values=values, origin=ORIGIN, now=NOW)


def codes(company: Company, sku: str) -> set[str]:
    return {missing.code for missing in queries.properties(company, sku).readiness.missing}


def test_a_ticked_default_box_shows_the_value_it_pulls() -> None:
    company, account = connected(default_safety_quantity=2, default_max_quantity=9)
    listed(company, account, "A", site_price=Decimal("310"), physical=20, reserved=1)
    shown = queries.properties(company, "a")
    assert (shown.price, shown.safety_quantity, shown.max_quantity) == (Decimal("310"), 2, 9)
    assert (shown.quantity.available, shown.quantity.for_back_market) == (19, 17)
    update(company, "A", price="300", safety_quantity=1, max_quantity=4, max_quantity_enabled=True)
    shown = queries.properties(company, "A")
    assert (shown.price, shown.safety_quantity, shown.max_quantity) == (Decimal("300"), 1, 4)
    assert shown.quantity.for_back_market == 4


def test_a_read_listing_written_back_changes_nothing() -> None:
    company, account = connected()
    listed(company, account, "A")
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    update(company, "A", category=1002, attributes={"color": "Black"}, price="5", markets={"de-de": {"price": "6"}})
    shown = queries.properties(company, "A")
    writable = {
        name: getattr(shown, name)
        for name in (
            "enabled", "merchant_sku", "title", "description", "category", "attributes", "warranty_months", "comment",
            "max_quantity_enabled", "max_quantity", "max_quantity_default", "safety_quantity", "condition",
            "safety_quantity_default", "price", "price_default", "repricing_enabled", "min_price", "ceiling",
        )
    }  # fmt: skip
    writable["markets"] = {
        market.market: {
            name: getattr(market, name)
            for name in ("enabled", "price", "min_price", "ceiling", "comment", "title", "description")
        }
        for market in shown.markets
    }
    result = operations.update_properties(company=company, changes={"A": writable}, origin=ORIGIN, now=LATER)
    assert (result.cells, result.unchanged, result.errors) == ({}, 1, {})


def test_readiness_lists_what_is_missing_until_nothing_is() -> None:
    company, account = connected(default_warranty_months=24)
    (listing,) = listed(company, account, "A", site_price=None)
    ConditionMapping.objects.create(company=company, condition="Very Good", grade="VERY_GOOD")
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    assert codes(company, "A") == {
        "back_market_title", "back_market_description", "ean", "weight", "images", "category", "condition", "quantity",
        "price",
    }  # fmt: skip
    update(company, "A", title="iPhone", description="Good", category="iPad", condition="very good", price="99")
    product = listing.product
    product.ean, product.weight_lbs, product.physical = "4006381333931", Decimal(1), 3
    product.image_count, product.main_image = 1, "https://example.com/1.jpg"
    product.save()
    ProductImage.objects.create(product=product, url="https://example.com/1.jpg", main=True)
    shown = queries.properties(company, "A")
    assert shown.readiness.ready
    assert {warning.code for warning in shown.readiness.warnings} >= {"attribute:color", "brand"}
    assert (shown.grade, shown.category_path) == ("VERY_GOOD", "Tablets › iPad")
    assert [attribute.field for attribute in shown.category_attributes] == ["color"]
    assert queries.readiness(company, ["a", "NONE"]) == {"a": shown.readiness}


def test_a_linked_listing_shows_what_stands_there_by_market() -> None:
    company, account = connected(default_market="de-de")
    (listing,) = listed(company, account, "A")
    operations.link(
        account_id=account.pk,
        baselines=[standing(listing, 7, fr_fr="200", de_de="210", en_gb="170")],
        adopted=True,
        origin=ORIGIN,
        now=NOW,
    )
    shown = queries.properties(company, "A")
    assert (shown.back_market_id, shown.listing_id, shown.product_id) == (str(listing_id(7)), 1007, "P7")
    assert (shown.linked, shown.enabled, shown.status, shown.adopted) == (True, False, "never_enabled", True)
    assert (shown.quantity.accepted, shown.quantity.verified, shown.quantity.verified_at) == (5, 5, NOW)
    assert [market.market for market in shown.markets] == ["de-de", "en-gb", "fr-fr"]
    german, british, french = shown.markets
    assert (german.price, german.price_in_force, german.accepted) == (None, Decimal("210"), Decimal("210"))
    assert (british.price, british.currency, british.verified) == (Decimal("170"), "GBP", Decimal("170"))
    assert (french.price_in_force, french.verified) == (Decimal("200"), Decimal("200"))
    assert (german.comment_there, german.warranty_months_there, german.publication_state) == ("As good as new", 12, 2)
    assert queries.linked_skus(company, ["a", "B"]) == ["A"]


def listing_id(number: int) -> object:
    return Listing.objects.get(back_market_listing_id=1000 + number).back_market_id


def test_a_product_whose_listing_has_yet_to_be_made_is_shown_as_it_will_be() -> None:
    company, account = connected(default_safety_quantity=1)
    (product,) = products(company, "NEW", physical=4)
    before = queries.properties(company, "new")
    assert (before.id, before.status, before.quantity.for_back_market) == (0, "never_enabled", 3)
    explained = queries.why(company, "NEW")
    missing = queries.readiness(company, ["NEW"])["NEW"]
    assert not Listing.objects.exists()
    operations.ensure(account_id=account.pk, product_ids=[product.pk], now=NOW)
    after = queries.properties(company, "NEW")
    assert (after.readiness, after.quantity, after.markets) == (before.readiness, before.quantity, before.markets)
    assert queries.why(company, "NEW") == explained
    assert queries.readiness(company, ["NEW"])["NEW"] == missing


def test_why_ends_in_the_figures_that_are_shown() -> None:
    company, account = connected(default_safety_quantity=2)
    listed(company, account, "A", physical=7, reserved=1)
    explained = queries.why(company, "a")
    shown = queries.properties(company, "A")
    assert explained["quantity"]["steps"][-1]["value"] == shown.quantity.for_back_market == 4
    assert explained["prices"]["fr-fr"]["price"] == "199.90"
    assert explained["prices"]["en-gb"]["field"] == "markets.en-gb.price"


def test_nothing_of_another_company_is_shown() -> None:
    company, _ = connected()
    other, theirs = connected("other")
    (foreign,) = listed(other, theirs, "A")
    operations.store_categories(account_id=theirs.pk, tree=TREE, now=NOW)
    with pytest.raises(NotFound):
        queries.properties(company, "A")
    with pytest.raises(NotFound):
        queries.why(company, "A")
    assert queries.properties_of(company, [foreign.product_id]) == []
    assert queries.readiness(company, ["A"]) == {}
    assert queries.linked_skus(company, ["A"]) == []
    assert queries.categories(company) == []
    with pytest.raises(NotReady):
        queries.properties(Company.objects.create(slug="bare", name="bare", created_at=NOW), "A")


def test_categories_are_walked_from_the_roots_and_searched() -> None:
    company, account = connected()
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    roots = queries.categories(company)
    assert [(row.name, row.category_id, row.is_leaf) for row in roots] == [
        ("Smartphones", 1, False),
        ("Tablets", 4, False),
    ]
    below = queries.categories(company, roots[0].category_id)
    assert [(row.name, row.marketplace_category_id, row.parent) for row in below] == [
        ("Accessories", 1003, 1),
        ("iPhone", 1002, 1),
    ]
    assert below[1].attributes[0].allowed == ("Black", "White")
    assert [row.path for row in queries.leaves(company, "ACCESS")] == [
        "Smartphones › Accessories",
        "Tablets › Accessories",
    ]
    operations.store_categories(account_id=account.pk, tree=TREE[:1], now=LATER)
    assert queries.category(company, 1005).gone
    for lookup in (lambda: queries.categories(company, 4), lambda: queries.category(company, 1001)):
        with pytest.raises(NotFound):
            lookup()


def test_conditions_show_how_many_products_wait_for_a_grade() -> None:
    company, account = connected()
    listed(company, account, "A", "B", condition="Sealed")
    listed(company, account, "C", condition="good")
    update(company, "B", condition="Good")
    ConditionMapping.objects.create(company=company, condition="Good", grade="GOOD")
    ConditionMapping.objects.create(company=company, condition="Fair", grade="")
    assert _in_use(company) == [("Fair", "", "0"), ("Sealed", "", "1"), ("Good", "GOOD", "2")]


def test_a_condition_that_no_product_is_listed_under_any_more_is_not_shown() -> None:
    company, account = connected()
    listed(company, account, "A", "B", condition="Sealed")
    update(company, "A", condition="Boxed")
    assert _in_use(company) == [("Boxed", "", "1"), ("Sealed", "", "1")]
    update(company, "B", condition=" boxed")
    assert _in_use(company) == [("Boxed", "", "2")]


def test_products_of_a_condition_are_counted_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    company, account = connected()
    listed(company, account, "A", "B", "C", condition="Sealed")
    monkeypatch.setattr(condition_use, "COUNT_CAP", 2)
    assert _in_use(company) == [("Sealed", "", "2+")]


def _in_use(company: Company) -> list[tuple[str, str, str]]:
    return [(row.condition, row.grade, row.products.text) for row in queries.conditions(company)]


def test_products_that_lack_a_thing_are_paged_by_sku() -> None:
    company, account = connected()
    rows = listed(company, account, "b", "A", "C")
    GridRow.objects.filter(product_id__in=[row.product_id for row in rows]).update(missing=["ean", "weight"])
    assert queries.products_missing(company, "ean", limit=2) == ["A", "b"]
    assert queries.products_missing(company, "ean", after="b") == ["C"]
    assert queries.products_missing(company, "images") == []


def test_statements_do_not_grow_with_the_number_of_products_shown(django_assert_max_num_queries: Any) -> None:
    company, account = connected()
    rows = listed(company, account, *[f"S{number}" for number in range(100)])
    with django_assert_max_num_queries(14):
        shown = queries.properties_of(company, [row.product_id for row in rows])
    assert [view.sku for view in shown] == [f"S{number}" for number in range(100)]
    assert ListingState.objects.count() == 100
