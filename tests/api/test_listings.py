"""Back Market properties, launches, unlinked listings, categories and orders through REST."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from listwright.companies.models import Account
from listwright.jobs.models import Job
from listwright.listings.models import Category, Listing, ListingMarketState, ListingState
from listwright.sync.models import Line, OrderLine, UnlinkedListing
from tests.api.conftest import Api, open_company, person, token

UUIDS = [f"5b4b0c6e-3f4b-4c1c-9a59-00000000000{number}" for number in range(5)]


@pytest.fixture
def leaf(account: Account, now: datetime) -> Category:
    root = Category.objects.create(
        account=account, category_id=1, marketplace_category_id=10, name="Phones", path="Phones", is_leaf=False,
        fetched_at=now,
    )  # fmt: skip
    color = {"field": "color", "name": "Color", "type": 3, "allowed": ["Black", "Blue"], "required": True}
    return Category.objects.create(
        account=account, category_id=2, marketplace_category_id=20, parent=root, name="iPhone",
        path="Phones › iPhone", is_leaf=True, attributes=[color], fetched_at=now,
    )  # fmt: skip


@pytest.fixture
def unlinked(account: Account, now: datetime) -> list[str]:
    there = {
        "price": "149.00", "currency": "EUR", "comment": "Good", "warranty_months": 12, "min_price": None,
        "max_price": None, "publication_state": 2,
    }  # fmt: skip
    for number, sku in enumerate(("OLD-1", "OLD-2", "PHONE-BM")):
        UnlinkedListing.objects.create(
            account=account, back_market_id=UUIDS[number], back_market_listing_id=number, sku=sku, title=f"Title {sku}",
            grade="GOOD", quantity=2, markets={"fr-fr": there}, seen_at=now,
        )  # fmt: skip
    return UUIDS[:3]


def test_properties_are_written_and_readiness_says_what_is_missing(
    api: Api, account: Account, leaf: Category, phone: str
) -> None:
    before = api("GET", f"products/{phone}/backmarket")
    assert before.status == 200
    assert before.json["enabled"] is False
    assert before.json["readiness"]["ready"] is False
    missing = {item["field"]: item for item in before.json["readiness"]["missing"]}
    assert missing["title"]["message"]
    changed = api(
        "PATCH",
        f"products/{phone}/backmarket",
        {
            "title": "iPhone 12",
            "category": 20,
            "attributes": {"color": "Blue"},
            "warranty_months": 12,
            "price": "179.00",
            "markets": {"en-gb": {"price": "159.00", "comment": "As new"}},
            "enabled": True,
        },
    )
    assert changed.status == 200
    assert changed.json["price"] == "179.00"
    assert changed.json["price_default"] is False
    assert changed.json["markets"]["en-gb"]["price"] == "159.00"
    assert changed.json["markets"]["en-gb"]["currency"] == "GBP"
    assert changed.json["markets"]["fr-fr"]["price_in_force"] == "179.00"
    assert changed.json["category_path"] == "Phones › iPhone"
    assert changed.json["attributes"] == {"color": "Blue"}
    assert changed.json["enabled"] is True
    assert changed.json["quantity"]["available"] == changed.json["quantity"]["for_back_market"] == 3
    assert "title" not in {item["field"] for item in changed.json["readiness"]["missing"]}
    assert api("GET", f"products/{phone}/backmarket").json == changed.json


def test_null_ticks_a_default_box_again(api: Api, account: Account, phone: str) -> None:
    api("PATCH", f"products/{phone}/backmarket", {"price": "179.00"})
    emptied = api("PATCH", f"products/{phone}/backmarket", {"price": None})
    assert (emptied.json["price_default"], emptied.json["price"]) == (True, "199.90")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": "cheap"}, "price"),
        ({"price": 1.999}, "price"),
        ({"prise": "1"}, "prise"),
        ({"warranty_months": 3}, "warranty_months"),
        ({"markets": "fr-fr"}, "markets"),
        ({"markets": {"xx-xx": {"price": "1"}}}, "markets.xx-xx"),
        ({"markets": {"fr-fr": ["price"]}}, "markets.fr-fr"),
        ({"markets": {"fr-fr": {"price": "much"}}}, "markets.fr-fr.price"),
        ({"attributes": "blue"}, "attributes"),
        ({"category": [1]}, "category"),
        ({"enabled": "yes"}, "enabled"),
        ({"then": "perhaps"}, "then"),
        ({"min_price": "500.00", "price": "1.00", "repricing_enabled": True}, "price"),
    ],
)
def test_a_wrong_property_is_named_and_nothing_changes(
    api: Api, account: Account, leaf: Category, phone: str, change: dict[str, Any], field: str
) -> None:
    before = api("PATCH", f"products/{phone}/backmarket", {"title": "Phone"}).json
    answer = api("PATCH", f"products/{phone}/backmarket", change)
    assert answer.status == 422, answer.json
    assert answer.code
    assert field in answer.json["fields"]
    assert api("GET", f"products/{phone}/backmarket").json == before


def test_disabling_needs_a_choice(api: Api, account: Account, phone: str) -> None:
    api("PATCH", f"products/{phone}/backmarket", {"enabled": True})
    answer = api("PATCH", f"products/{phone}/backmarket", {"enabled": False})
    assert (answer.status, answer.code) == (422, "choice_needed")
    off = api("PATCH", f"products/{phone}/backmarket", {"enabled": False, "then": "offline"})
    assert (off.json["enabled"], off.json["status"]) == (False, "taken_offline")


def test_what_was_desired_submitted_accepted_and_verified_is_shown_per_market(
    api: Api, account: Account, phone: str, now: datetime
) -> None:
    api("PATCH", f"products/{phone}/backmarket", {"title": "Phone"})
    listing = Listing.objects.get(product__sku=phone)
    ListingState.objects.filter(listing=listing).update(
        quantity_desired=3, quantity_accepted=2, quantity_verified=1, accepted_at=now, verified_at=now
    )
    ListingMarketState.objects.filter(listing=listing, market="fr-fr").update(
        price_desired="199.90", price_accepted="189.90", price_verified="179.90", publication_state=2
    )
    Line.objects.create(
        account=account, listing=listing, kind="single", market="fr-fr", quantity=3, price="199.90", currency="EUR",
        attempted_at=now,
    )  # fmt: skip
    shown = api("GET", f"products/{phone}/backmarket").json
    quantity, market = shown["quantity"], shown["markets"]["fr-fr"]
    assert [quantity[name] for name in ("desired", "submitted", "accepted", "verified")] == [3, 3, 2, 1]
    assert [market[name] for name in ("desired", "submitted", "accepted", "verified")] == [
        "199.90", "199.90", "189.90", "179.90",
    ]  # fmt: skip
    assert market["publication_state"] == 2
    assert market["submitted_at"]


def test_why_explains_quantity_and_price(api: Api, account: Account, phone: str) -> None:
    answer = api("GET", f"products/{phone}/backmarket/why")
    assert answer.status == 200
    assert answer.json["quantity"]["for_back_market"] == 3
    assert answer.json["quantity"]["steps"][0]["source"]
    assert answer.json["prices"]["fr-fr"]["price"] == "199.90"
    assert answer.json["prices"]["en-gb"]["price"] is None


def test_without_a_connection_properties_are_not_ready(api: Api, phone: str) -> None:
    for address in (f"products/{phone}/backmarket", f"products/{phone}/backmarket/why", "categories", "orders"):
        answer = api("GET", address)
        assert (answer.status, answer.code) == (409, "not_connected"), address


@pytest.mark.parametrize("action", ["launch", "update"])
def test_a_launch_or_update_becomes_a_queued_job(api: Api, account: Account, phone: str, action: str) -> None:
    answer = api("POST", f"listings/{action}", {"skus": [phone], "priority": "high"})
    assert answer.status == 202
    job = answer.json["job"]
    assert (job["kind"], job["status"], job["priority"], job["asked_by"]) == (action, "submitted", "high", "tests")
    assert api("GET", f"jobs/{job['id']}").json == job
    assert [row["id"] for row in api("GET", "jobs").json["results"]] == [job["id"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "selection_unclear"),
        ({"skus": []}, "selection_empty"),
        ({"filter": {}}, "selection_empty"),
        ({"filter": {"redy": True}}, "invalid_filter"),
        ({"skus": ["A"], "all": True}, "selection_unclear"),
        ({"skus": "A"}, "selection_invalid"),
        ({"all": "yes"}, "selection_invalid"),
        ({"all": True, "priority": "soon"}, "invalid_priority"),
        ({"sku": ["A"]}, "unknown_field"),
    ],
)
def test_all_is_always_said(api: Api, account: Account, body: dict[str, Any], code: str) -> None:
    answer = api("POST", "listings/launch", body)
    assert (answer.status, answer.code) == (422, code)
    assert not Job.objects.exists()


def test_while_a_download_runs_asking_again_answers_with_its_job(api: Api, account: Account) -> None:
    first = api("POST", "listings/download")
    again = api("POST", "listings/download")
    assert (first.status, again.status) == (202, 202)
    assert again.json["job"]["id"] == first.json["job"]["id"]


def test_a_listing_is_untied_with_a_choice_and_offline_waits_for_zero(
    api: Api, account: Account, unlinked: list[str], phone: str
) -> None:
    address = f"products/{phone}/backmarket/unlink"
    api("POST", "listings/unlinked", {"action": "link", "back_market_ids": unlinked[:1], "sku": phone})
    assert api("POST", address, {}).code == "choice_needed"
    assert api("POST", address, {"then": "offline"}).json["state"] == "waiting"
    assert api("GET", f"products/{phone}/backmarket").json["back_market_id"] == unlinked[0]
    assert api("POST", address, {"then": "leave"}).json["state"] == "unlinked"
    assert api("GET", f"products/{phone}/backmarket").json["back_market_id"] is None
    assert api("POST", address, {"then": "leave"}).code == "not_linked"


def test_unlinked_listings_are_paged_and_searched(api: Api, unlinked: list[str]) -> None:
    first = api("GET", "listings/unlinked?limit=2")
    assert [row["sku"] for row in first.json["results"]] == ["OLD-1", "OLD-2"]
    second = api("GET", f"listings/unlinked?limit=2&cursor={first.json['next']}")
    assert ([row["sku"] for row in second.json["results"]], second.json["next"]) == (["PHONE-BM"], None)
    assert [row["sku"] for row in api("GET", "listings/unlinked?search=old-2").json["results"]] == ["OLD-2"]


def test_an_unlinked_listing_is_linked_to_a_product_as_it_stands(api: Api, unlinked: list[str], phone: str) -> None:
    answer = api("POST", "listings/unlinked", {"action": "link", "back_market_ids": [unlinked[2]], "sku": phone})
    assert (answer.status, answer.json) == (200, {"done": 1})
    shown = api("GET", f"products/{phone}/backmarket").json
    assert shown["back_market_id"] == unlinked[2]
    assert (shown["enabled"], shown["adopted"], shown["merchant_sku"]) == (False, True, "PHONE-BM")
    assert shown["markets"]["fr-fr"]["accepted"] == "149.00"


def test_products_are_made_of_unlinked_listings(api: Api, unlinked: list[str]) -> None:
    assert api("POST", "listings/unlinked", {"action": "create", "back_market_ids": unlinked[:2]}).json == {"done": 2}
    assert api("GET", "products/OLD-1").json["site_price"] == "149.00"
    assert [row["sku"] for row in api("GET", "listings/unlinked").json["results"]] == ["PHONE-BM"]


def test_unlinked_listings_are_ignored_and_restored(api: Api, unlinked: list[str]) -> None:
    api("POST", "listings/unlinked", {"action": "ignore", "back_market_ids": unlinked[:1]})
    assert [row["sku"] for row in api("GET", "listings/unlinked?ignored=true").json["results"]] == ["OLD-1"]
    api("POST", "listings/unlinked", {"action": "restore", "back_market_ids": unlinked[:1]})
    assert len(api("GET", "listings/unlinked").json["results"]) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "link", "back_market_ids": UUIDS[:2], "sku": "PHONE"}, "sku"),
        ({"action": "link", "back_market_ids": UUIDS[:1]}, "sku"),
        ({"action": "ignore", "back_market_ids": []}, "back_market_ids"),
        ({"action": "ignore", "back_market_ids": ["x"]}, "back_market_ids"),
        ({"action": "ignore", "back_market_ids": [5]}, "back_market_ids"),
        ({"action": "sell", "back_market_ids": UUIDS[:1]}, "action"),
    ],
)
def test_a_wrong_decision_is_told(api: Api, unlinked: list[str], body: dict[str, Any], field: str) -> None:
    answer = api("POST", "listings/unlinked", body)
    assert (answer.status, answer.code) == (422, "invalid_decision")
    assert set(answer.json["fields"]) == {field}


def test_categories_are_read_level_by_level(api: Api, leaf: Category) -> None:
    roots = api("GET", "categories").json["results"]
    assert [(row["name"], row["is_leaf"]) for row in roots] == [("Phones", False)]
    below = api("GET", f"categories?parent={roots[0]['category_id']}").json["results"]
    assert [(row["path"], row["marketplace_category_id"]) for row in below] == [("Phones › iPhone", 20)]
    assert below[0]["attributes"][0]["allowed"] == ["Black", "Blue"]
    assert api("GET", "categories?parent=99").status == 404
    assert api("GET", "categories?parent=x").code == "invalid_request"


def test_orders_show_nothing_of_the_buyer(api: Api, account: Account, now: datetime) -> None:
    for number in range(3):
        OrderLine.objects.create(
            account=account, order_id="77", line_id=str(number), sku="PHONE", quantity=1, order_state=1, line_state=2,
            market="fr-fr", first_seen_at=now,
        )  # fmt: skip
    page = api("GET", "orders?limit=2")
    assert [row["line_id"] for row in page.json["results"]] == ["2", "1"]
    assert page.json["results"][0]["line_state_name"] == "Accepted"
    assert set(page.json["results"][0]) == {
        "order_id", "line_id", "sku", "linked", "quantity", "market", "order_state", "line_state", "line_state_name",
        "stage", "counted", "created_there", "modified_there",
    }  # fmt: skip
    assert len(api("GET", f"orders?cursor={page.json['next']}").json["results"]) == 1
    OrderLine.objects.filter(line_id="1").update(line_state=3)
    OrderLine.objects.filter(line_id="2").update(order_state=8)
    stages = {stage: api("GET", f"orders?stage={stage}").json["results"] for stage in ("open", "shipped", "returned")}
    assert {stage: [row["line_id"] for row in rows] for stage, rows in stages.items()} == {
        "open": ["0"],
        "shipped": ["1"],
        "returned": ["2"],
    }
    assert all(row["stage"] == stage for stage, rows in stages.items() for row in rows)
    assert len(api("GET", "orders?unknown=true").json["results"]) == 3
    assert api("GET", "orders?stage=lost").status == 422


def test_another_companys_unlinked_listing_cannot_be_taken(
    api: Api, unlinked: list[str], now: datetime, phone: str
) -> None:
    from listwright.companies import operations
    from tests.api.conftest import ORIGIN

    bob = person("bob", now)
    other = open_company("other", bob, now)
    operations.connect_account(
        company=other, environment="sandbox", region="eu", token="t", agent_company="O", contact_mail="o@o.example",
        default_market="fr-fr", sandbox_url="http://127.0.0.1:9", origin=ORIGIN, now=now,
    )  # fmt: skip
    theirs = Api(token(bob, now), "other")
    assert theirs("GET", "listings/unlinked").json["results"] == []
    assert theirs("POST", "listings/unlinked", {"action": "create", "back_market_ids": unlinked}).status == 404
    assert theirs("POST", "listings/unlinked", {"action": "ignore", "back_market_ids": unlinked}).json == {"done": 0}
    assert UnlinkedListing.objects.filter(ignored_at__isnull=True, back_market_id=UUID(unlinked[0])).exists()
