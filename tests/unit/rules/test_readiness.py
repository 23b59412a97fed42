"""A2 and A4: what is missing, what is only to be noticed, and which field mends it."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from listwright.listings.rules.attributes import allowed_values, value_problem
from listwright.listings.rules.facts import (
    AttributeFacts,
    Missing,
    QuantityRules,
    Readiness,
    ReadinessContext,
    ReadinessFacts,
)
from listwright.listings.rules.pricing import price_for_market
from listwright.listings.rules.readiness import readiness
from tests.unit.rules.facts import BRITAIN, CONTEXT, EUROS, FRANCE, NO_RULES, READY, contexts, readiness_facts

REST_FIELD = re.compile(
    r"ean|brand|condition|weight_lbs|site_price|list_price|images|stock|merchant_sku|title|description|category"
    r"|attributes\.\w+|warranty_months|max_quantity|safety_quantity|price|comment|markets\.\w\w-\w\w\.price"
)


def missing_of(context: ReadinessContext = CONTEXT, **changes: Any) -> list[tuple[str, str]]:
    return [(missing.code, missing.field) for missing in readiness(READY._replace(**changes), context).missing]


def test_a_listing_with_everything_is_ready() -> None:
    assert readiness(READY, CONTEXT) == Readiness(True, (), ())


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"title": ""}, "back_market_title", "title"),
        ({"title": " "}, "back_market_title", "title"),
        ({"title": "x" * 201}, "title_too_long", "title"),
        ({"description_size": 0}, "back_market_description", "description"),
        ({"comment": "x" * 501}, "comment_too_long", "comment"),
        ({"ean": ""}, "ean", "ean"),
        ({"ean": "400638133393"}, "ean_check_digit", "ean"),
        ({"ean": "4006381333930"}, "ean_check_digit", "ean"),
        ({"ean": "40063"}, "ean_format", "ean"),
        ({"weight_oz": None}, "weight", "weight_lbs"),
        ({"weight_lbs": None, "weight_oz": Decimal(0)}, "weight", "weight_lbs"),
        ({"weight_oz": Decimal("0.03")}, "weight_too_low", "weight_lbs"),
        ({"weight_oz": Decimal("0.0001")}, "weight_too_low", "weight_lbs"),
        ({"image_count": 0, "main_image": ""}, "images", "images"),
        ({"main_image": ""}, "main_image", "images"),
        ({"category": None}, "category", "category"),
        ({"category": 99}, "category_unknown", "category"),
        ({"condition": ""}, "condition", "condition"),
        ({"condition": "Odd"}, "condition_unmapped", "condition"),
        ({"merchant_sku": "x" * 201}, "merchant_sku_too_long", "merchant_sku"),
        ({"warranty_months": 11}, "warranty_too_short", "warranty_months"),
        ({"quantity": 0, "available": 0}, "quantity", "stock"),
        ({"quantity": None, "available": None}, "quantity", "stock"),
        ({"prices": ()}, "price", "price"),
        ({"prices": (price_for_market(EUROS._replace(site_price=None), FRANCE),)}, "price", "site_price"),
        ({"brand": ""}, "brand", "brand"),
        ({"brand": "x" * 101}, "brand_too_long", "brand"),
        ({"list_price": None}, "list_price", "list_price"),
        ({"list_price": Decimal(0)}, "list_price", "list_price"),
    ],
)
def test_each_attribute_is_missed_alone_and_leads_to_the_field_that_mends_it(
    changes: dict[str, Any], code: str, field: str
) -> None:
    assert missing_of(**changes) == [(code, field)]


def test_the_limits_themselves_are_allowed() -> None:
    changes: dict[str, Any] = {"title": "x" * 200, "brand": "x" * 100, "merchant_sku": "x" * 200, "warranty_months": 12}
    assert missing_of(**changes, weight_lbs=None, weight_oz=Decimal("0.06"), comment="x" * 500) == []


@pytest.mark.parametrize(
    ("own", "company", "code"),
    [(None, 12, None), (None, None, "warranty"), (None, 6, "warranty_too_short"), (24, None, None), (24, 6, None)],
)
def test_a_blank_warranty_takes_the_companys(own: int | None, company: int | None, code: str | None) -> None:
    found = missing_of(CONTEXT._replace(company_warranty_months=company), warranty_months=own)
    assert [missing for missing, _ in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("rules", "available", "field", "words"),
    [
        (NO_RULES._replace(company_safety_quantity=3), 2, "safety_quantity", "Safety Qty 3 keeps everything back: 2"),
        (NO_RULES._replace(company_safety_quantity=3), 0, "stock", "No units are available"),
        (NO_RULES, -1, "stock", "Available Qty is -1"),
        (NO_RULES._replace(max_quantity_enabled=True, company_max_quantity=0), 2, "max_quantity", "Max Quantity is 0"),
    ],
)
def test_the_quantity_message_names_the_cause(rules: QuantityRules, available: int, field: str, words: str) -> None:
    found = readiness(READY._replace(rules=rules, available=available, quantity=0), CONTEXT).missing
    assert [missing.code for missing in found] == ["quantity"]
    assert found[0].field == field and words in found[0].message


def test_stock_never_set_is_called_unknown() -> None:
    found = readiness(READY._replace(available=None, quantity=None), CONTEXT).missing
    assert "never been set" in found[0].message


NEW_PRODUCT_LACKS: dict[str, Any] = {
    "brand": "",
    "list_price": None,
    "weight_oz": Decimal("0.03"),
    "attributes": {"memory": "x"},
}
LACKED = {
    "brand",
    "list_price",
    "weight_too_low",
    "attribute:screen_size",
    "attribute:memory",
    "attribute:model",
    "attribute:color",
}


def test_what_only_a_new_product_needs_is_missing_when_back_market_does_not_know_it() -> None:
    answer = readiness(READY._replace(**NEW_PRODUCT_LACKS, known_to_back_market=False), CONTEXT)
    assert {missing.code for missing in answer.missing} == LACKED and not answer.warnings


def test_what_only_a_new_product_needs_is_a_warning_until_back_market_has_said() -> None:
    answer = readiness(READY._replace(**NEW_PRODUCT_LACKS, known_to_back_market=None), CONTEXT)
    assert answer.ready
    assert {warning.code for warning in answer.warnings} == LACKED


@pytest.mark.parametrize("known", [{"known_to_back_market": True}, {"linked": True}])
def test_what_only_a_new_product_needs_is_not_asked_of_a_known_or_linked_one(known: dict[str, bool]) -> None:
    assert readiness(READY._replace(**(NEW_PRODUCT_LACKS | known)), CONTEXT) == Readiness(True, (), ())


def test_another_market_without_a_price_is_a_warning_and_the_default_market_without_one_is_missing() -> None:
    both = tuple(price_for_market(EUROS, market) for market in (FRANCE, BRITAIN))
    answer = readiness(READY._replace(prices=both), CONTEXT)
    assert answer.ready and [warning.field for warning in answer.warnings] == ["markets.en-gb.price"]
    answer = readiness(READY._replace(prices=both), CONTEXT._replace(default_market="en-gb"))
    assert [missing.field for missing in answer.missing] == ["markets.en-gb.price"]


def test_one_blank_site_price_is_told_once_however_many_markets_it_would_serve() -> None:
    blank = EUROS._replace(site_price=None)
    prices = tuple(price_for_market(blank, FRANCE._replace(market=market)) for market in ("fr-fr", "de-de", "es-es"))
    answer = readiness(READY._replace(prices=prices), CONTEXT)
    assert [missing.field for missing in answer.missing] == ["site_price"]
    assert not answer.warnings
    own = price_for_market(blank, FRANCE._replace(price=Decimal("150.00")))
    answer = readiness(READY._replace(prices=(own, *prices[1:])), CONTEXT)
    assert answer.ready and [warning.field for warning in answer.warnings] == ["site_price"]


def test_a_listing_without_any_comment_is_warned_of_because_it_would_stay_offline() -> None:
    context = CONTEXT._replace(company_comment="")
    assert [warning.code for warning in readiness(READY, context).warnings] == ["comment"]
    assert not readiness(READY._replace(comment="Tested"), context).warnings
    assert not readiness(READY._replace(linked=True), context).warnings


def test_a_grade_that_differs_there_is_a_warning() -> None:
    answer = readiness(READY._replace(linked=True, grade_there="FAIR"), CONTEXT)
    assert answer.ready and [warning.code for warning in answer.warnings] == ["grade_differs"]
    assert not readiness(READY._replace(linked=True, grade_there="GOOD"), CONTEXT).warnings


def test_what_a_plugin_finds_missing_counts() -> None:
    veto = Missing("photo_quality", "images", "The main image is too small.")
    assert readiness(READY, CONTEXT, (veto,)) == Readiness(False, (veto,), ())


def test_categories_not_downloaded_yet_are_told_apart_from_a_category_that_is_gone() -> None:
    gone = readiness(READY._replace(category=99), CONTEXT).missing[0]
    never = readiness(READY, CONTEXT._replace(categories={})).missing[0]
    assert "no leaf" in gone.message and "not been downloaded" in never.message


@given(readiness_facts, contexts)
def test_a_listing_is_ready_if_and_only_if_nothing_is_missing(facts: ReadinessFacts, context: ReadinessContext) -> None:
    answer = readiness(facts, context)
    assert answer.ready == (not answer.missing)
    for found in answer.missing + answer.warnings:
        assert re.fullmatch(r"[a-z_]+|attribute:\w+", found.code), found
        assert REST_FIELD.fullmatch(found.field), found
        assert found.message.endswith(".") and len(found.message) > 15, found
    keys = [(found.code, found.field) for found in answer.missing]
    assert len(keys) == len(set(keys))


@given(readiness_facts, contexts)
def test_knowing_less_about_back_market_never_blocks_more_than_knowing_it_is_new_there(
    facts: ReadinessFacts, context: ReadinessContext
) -> None:
    new, unknown, known = (
        set(readiness(facts._replace(known_to_back_market=state), context).missing) for state in (False, None, True)
    )
    assert known == unknown <= new


@pytest.mark.parametrize(
    ("type_", "allowed", "value", "fine"),
    [
        (0, (), "6.1", True),
        (0, (), "6", True),
        (0, (), "6,1", False),
        (0, (), "NaN", False),
        (1, (), "128", True),
        (1, (), "-1", True),
        (1, (), "128.0", False),
        (1, (), "١٢", False),
        (2, (), "anything", True),
        (3, ("Black", "White"), "Black", True),
        (3, ("Black", "White"), "Pink", False),
        (3, (), "Pink", True),
        (17, (), "?", True),
    ],
)
def test_a_value_is_checked_against_its_type_and_choices(
    type_: int, allowed: tuple[str, ...], value: str, fine: bool
) -> None:
    problem = value_problem(AttributeFacts("f", "Field", type_, allowed, True), value)
    assert (problem is None) == fine
    assert problem is None or (value in problem and "Field" in problem)


def test_the_trees_comma_joined_choices_are_taken_apart() -> None:
    assert allowed_values("Black, Space grey,,White ") == ("Black", "Space grey", "White")
    assert allowed_values("") == ()
