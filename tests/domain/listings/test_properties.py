"""Back Market properties are changed by one rule, for one product or for many."""

from decimal import Decimal
from typing import Any

import pytest

from listwright.changes.operations import Urgency
from listwright.common.errors import Conflict, NotFound, NotReady
from listwright.companies.models import Company
from listwright.listings import operations
from listwright.listings.models import Listing, ListingMarket
from tests.domain.listings.makers import (
    LATER,
    NOW,
    ORIGIN,
    TREE,
    change,
    connected,
    fresh,
    history,
    leaf,
    listed,
    planned,
    products,
    refused,
    waiting,
)

pytestmark = pytest.mark.django_db


def test_writing_a_value_unticks_its_default_box_and_emptying_ticks_it_again() -> None:
    company, account = connected(default_safety_quantity=2)
    (listing,) = listed(company, account, "A")
    assert change(company, "A", price="250") == {"price": [None, "250.00"], "price_default": [True, False]}
    assert (fresh(listing).price, fresh(listing).price_default) == (Decimal("250.00"), False)
    assert change(company, "A", price=None) == {"price": ["250.00", None], "price_default": [False, True]}
    change(company, "A", safety_quantity=0, max_quantity=3)
    assert (fresh(listing).safety_quantity, fresh(listing).safety_quantity_default) == (0, False)
    assert (fresh(listing).max_quantity, fresh(listing).max_quantity_default) == (3, False)


def test_unticking_a_default_box_keeps_the_value_it_pulled() -> None:
    company, account = connected(default_safety_quantity=2)
    (listing,) = listed(company, account, "A", site_price=Decimal("310.50"))
    change(company, "A", price_default=False, safety_quantity_default=False)
    assert (fresh(listing).price, fresh(listing).price_default) == (Decimal("310.50"), False)
    assert fresh(listing).safety_quantity == 2
    change(company, "A", price_default=True)
    assert (fresh(listing).price, fresh(listing).price_default) == (None, True)


def test_a_box_cannot_be_unticked_where_there_is_no_value_to_take_over() -> None:
    company, account = connected()
    listed(company, account, "A", site_price=None)
    assert "price" in refused(company, "A", price_default=False).fields
    assert "max_quantity" in refused(company, "A", max_quantity_default=False).fields
    assert "price" in refused(company, "A", price=None, price_default=False).fields


def test_a_form_may_send_the_shown_value_together_with_the_ticked_box_but_no_other() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A", site_price=Decimal("200"))
    change(company, "A", price="180")
    change(company, "A", price="180.00", price_default=True)
    assert fresh(listing).price_default
    assert change(company, "A", price="200", price_default=True) == {}
    assert refused(company, "A", price="150", price_default=True).code == "value_and_default"


def test_an_unchanged_value_writes_nothing_and_plans_nothing() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    change(company, "A", title="iPhone 13", price="200")
    planned(listing)
    before = len(history(listing))
    result = operations.update_properties(
        company=company, changes={"A": {"title": " iPhone 13 ", "price": "200.0"}}, origin=ORIGIN, now=LATER
    )
    assert (result.cells, result.unchanged, result.errors) == ({}, 1, {})
    assert waiting(listing) is None
    assert len(history(listing)) == before


@pytest.mark.parametrize(
    ("values", "urgency"),
    [
        ({"title": "x"}, Urgency.CONTENT),
        ({"markets": {"de-de": {"comment": "x"}}}, Urgency.CONTENT),
        ({"title": "x", "price": "9"}, Urgency.PRICE),
        ({"markets": {"de-de": {"price": "9"}}}, Urgency.PRICE),
        ({"price": "9", "safety_quantity": 1}, Urgency.STOCK),
        ({"enabled": True, "title": "x"}, Urgency.STOCK),
    ],
)
def test_a_change_is_planned_as_soon_as_its_most_urgent_field_asks(values: dict[str, Any], urgency: Urgency) -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    planned(listing)
    change(company, "A", **values)
    assert waiting(listing) == urgency


def test_in_a_batch_every_product_keeps_its_own_urgency() -> None:
    company, account = connected()
    title, price, stop = listed(company, account, "T", "P", "S")
    operations.enable(company=company, skus=["S"], origin=ORIGIN, now=NOW)
    planned(title, price, stop)
    operations.update_properties(
        company=company,
        changes={"T": {"title": "x"}, "P": {"price": "5"}, "S": {"enabled": False}},
        then="offline",
        origin=ORIGIN,
        now=LATER,
    )
    assert [waiting(row) for row in (title, price, stop)] == [Urgency.CONTENT, Urgency.PRICE, Urgency.STOP]


def test_one_wrong_product_does_not_stop_the_others_and_is_named() -> None:
    company, account = connected()
    good, bad = listed(company, account, "GOOD", "BAD")
    result = operations.update_properties(
        company=company,
        changes={
            "good": {"title": "Right"},
            "BAD": {"title": "Left out", "warranty_months": 6, "color": "red"},
            "NONE": {"title": "x"},
            "GOOD ": {"title": "Twice"},
        },
        origin=ORIGIN,
        now=LATER,
    )
    assert list(result.cells) == ["good"]
    assert list(result.errors) == ["BAD", "NONE", "GOOD "]
    assert set(result.errors["BAD"].fields) == {"warranty_months", "color"}
    assert isinstance(result.errors["NONE"], NotFound)
    assert isinstance(result.errors["GOOD "], Conflict)
    assert (fresh(good).title, fresh(bad).title) == ("Right", "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "-1"),
        ("price", "1.999"),
        ("price", "12,50"),
        ("price", 19.9),
        ("price", True),
        ("min_price", "abc"),
        ("warranty_months", 11),
        ("warranty_months", "1.5"),
        ("max_quantity", -1),
        ("max_quantity", 2.0),
        ("safety_quantity", True),
        ("comment", "x" * 501),
        ("title", "x" * 501),
        ("title", 5),
        ("title", "a\x00b"),
        ("merchant_sku", "x" * 201),
        ("max_quantity_enabled", "yes"),
        ("repricing_enabled", None),
        ("enabled", "true"),
        ("back_market_id", "x"),
        ("attributes", "color"),
        ("markets", [1]),
    ],
)
def test_bad_input_is_refused_naming_the_field_and_nothing_is_written(field: str, value: Any) -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    error = refused(company, "A", **{"comment": "right in itself", field: value})
    assert field in error.fields
    assert fresh(listing).comment == ""
    assert history(listing) == []


def test_a_price_below_min_price_is_an_error_wherever_either_of_them_is_written() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A", site_price=Decimal("100"))
    assert "price" in refused(company, "A", min_price="100.01").fields
    change(company, "A", min_price="90", price="95")
    assert "price" in refused(company, "A", price="89.99").fields
    assert "ceiling" in refused(company, "A", ceiling="89").fields
    assert "markets.de-de.price" in refused(company, "A", markets={"de-de": {"price": "80"}}).fields
    change(company, "A", markets={"en-gb": {"min_price": "500"}})  # pounds are not euros
    change(company, "A", markets={"en-gb": {"price": "80", "min_price": None}})
    assert "markets.en-gb.price" in refused(company, "A", markets={"en-gb": {"min_price": "81"}}).fields
    assert fresh(listing).min_price == Decimal("90")


def test_what_was_wrong_before_does_not_stop_another_change() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A", site_price=Decimal("100"))
    change(company, "A", min_price="90")
    listing.product.site_price = Decimal("50")
    listing.product.save()
    change(company, "A", markets={"de-de": {"price": "120"}}, title="Goes on")
    assert fresh(listing).title == "Goes on"


def test_a_market_has_values_of_its_own_in_its_currency_until_they_are_emptied() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    cells = change(company, "A", markets={"en-gb": {"price": "150.5", "enabled": False}, "de-de": {"title": "Wie neu"}})
    assert cells["markets.en-gb.price"] == [None, "150.50"]
    assert cells["markets.en-gb.enabled"] == [None, False]
    own = ListingMarket.objects.get(listing=listing, market="en-gb")
    assert (own.price, own.enabled, own.comment) == (Decimal("150.50"), False, "")
    change(company, "A", markets={"en-gb": {"price": None}, "de-de": None})
    assert list(ListingMarket.objects.filter(listing=listing).values_list("market", "price", "enabled")) == [
        ("en-gb", None, False)
    ]
    assert "markets.xx-xx" in refused(company, "A", markets={"xx-xx": {"price": "1"}}).fields
    assert "markets.ja-jp" in refused(company, "A", markets={"ja-jp": {"price": "1"}}).fields
    assert "markets.fr-fr.currency" in refused(company, "A", markets={"fr-fr": {"currency": "EUR"}}).fields


def test_a_category_is_an_id_a_path_or_the_name_of_one_leaf() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    assert change(company, "A", category="77")["category"] == [None, 77]  # the tree is not known yet
    assert refused(company, "A", category="iPhone").code == "category_tree_unknown"
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    for value in (1002, "1002", "iphone", "Smartphones › iPhone", "smartphones > IPHONE"):
        change(company, "A", category=value)
        assert fresh(listing).category_id == 1002
        change(company, "A", category=None)
    assert refused(company, "A", category="Accessories").code == "category_ambiguous"
    change(company, "A", category="Tablets › Accessories")
    assert fresh(listing).category_id == 1006
    operations.store_categories(account_id=account.pk, tree=(*TREE, leaf(9, "Accessories")), now=NOW)
    change(company, "A", category="accessories")  # the whole path of one, though the name of three
    assert fresh(listing).category_id == 1009
    assert refused(company, "A", category=1001).code == "category_no_leaf"
    assert refused(company, "A", category="Smartphones").code == "category_no_leaf"
    assert refused(company, "A", category=9999).code == "category_unknown"
    assert refused(company, "A", category="Fridges").code == "category_unknown"


def test_attributes_are_those_of_the_category_and_unknown_ones_are_named() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    operations.store_categories(account_id=account.pk, tree=TREE, now=NOW)
    change(company, "A", category="iPhone", attributes={"color": "black", "storage": 128})
    assert fresh(listing).attributes == {"color": "Black", "storage": "128"}
    error = refused(company, "A", attributes={"color": "Pink", "weight": "1", "storage": "lots"})
    assert set(error.fields) == {"attributes.color", "attributes.weight", "attributes.storage"}
    assert change(company, "A", attributes={"color": None}) == {"attributes.color": ["Black", None]}
    cells = change(company, "A", category="iPad")
    assert cells == {"category": [1002, 1005], "attributes.storage": ["128", None]}
    assert fresh(listing).attributes == {}


def test_a_product_without_a_listing_gets_one_with_its_first_property() -> None:
    company, _ = connected()
    products(company, "NEW")
    change(company, "new", title="First")
    listing = Listing.objects.get(product__sku="NEW")
    assert (listing.title, listing.state.planned_generation) == ("First", 0)


def test_another_companys_product_is_not_found_and_an_unconnected_company_is_told() -> None:
    company, _ = connected()
    other, account = connected("other")
    (theirs,) = listed(other, account, "A")
    assert isinstance(refused(company, "A", title="mine now"), NotFound)
    assert fresh(theirs).title == ""
    bare = Company.objects.create(slug="bare", name="bare", created_at=NOW)
    assert isinstance(refused(bare, "A", title="x"), NotReady)


def test_hostile_names_are_refused_in_words() -> None:
    company, account = connected()
    listed(company, account, "A")
    hostile = ("a\x00", "\ud800", "", " ", "\u2028")
    result = operations.update_properties(
        company=company, changes={sku: {"title": "x"} for sku in hostile}, origin=ORIGIN, now=LATER
    )
    assert set(result.errors) == set(hostile)
    for field in ("a\x00", "\ud800", "x" * 501):
        assert refused(company, "A", attributes={field: "x"}).fields
        assert refused(company, "A", **{field: "x"}).fields
        assert refused(company, "A", markets={field: {"price": "1"}}).fields
    assert refused(company, "A", attributes={"color": "\x00"}).fields
    assert len(refused(company, "A", title=["x" * 10_000]).message) < 200


def test_history_backwards_is_the_same_change_undone() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    change(company, "A", price="150", title="Before", markets={"en-gb": {"price": "99"}})
    cells = change(company, "A", price=None, title="After", safety_quantity=4, markets={"en-gb": {"price": "101"}})
    undone: dict[str, Any] = {"markets": {}}
    for name, (old, _) in cells.items():
        if name.startswith("markets."):
            _, market, field = name.split(".")
            undone["markets"].setdefault(market, {})[field] = old
        else:
            undone[name] = old
    change(company, "A", **undone)
    after = fresh(listing)
    assert (after.price, after.price_default, after.title) == (Decimal("150"), False, "Before")
    assert (after.safety_quantity, after.safety_quantity_default) == (None, True)
    assert ListingMarket.objects.get(listing=listing, market="en-gb").price == Decimal("99")


def test_statements_do_not_grow_with_the_number_of_products(django_assert_max_num_queries: Any) -> None:
    company, account = connected()
    skus = [f"S{number}" for number in range(300)]
    listed(company, account, *skus)
    changes = {
        sku: {"price": "10", "title": sku, "markets": {"en-gb": {"price": "9"}}, "merchant_sku": f"M{sku}"}
        for sku in skus
    }
    with django_assert_max_num_queries(16):
        result = operations.update_properties(company=company, changes=changes, origin=ORIGIN, now=LATER)
    assert len(result.cells) == 300
