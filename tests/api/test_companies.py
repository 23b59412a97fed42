"""Companies, settings, conditions and warehouses through REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from listwright.companies import operations
from listwright.companies.models import Account, Company
from listwright.listings.models import Listing, ListingState
from listwright.sync.models import BudgetMinute
from tests.api.conftest import Api

CONNECTION = {
    "environment": "sandbox",
    "region": "eu",
    "token": "top-secret-token",
    "agent_company": "Acme",
    "contact_mail": "ops@acme.example",
    "default_market": "fr-fr",
    "sandbox_url": "http://127.0.0.1:9",
    "markets": {"fr-fr": {"enabled": True}, "de-de": {"enabled": True, "comment": "Geprüft"}},
}


def test_a_person_sees_their_own_companies(api: Api, installer: Api) -> None:
    assert api("GET", "/companies").json["results"] == [
        {"slug": "acme", "name": "acme", "currency": "EUR", "role": "administrator"}
    ]
    assert installer("GET", "/companies").json["results"] == []


def test_only_the_installations_administrator_creates_companies(api: Api, installer: Api) -> None:
    body = {"slug": "new-co", "name": "New", "currency": "GBP"}
    refused = api("POST", "/companies", body)
    assert (refused.status, refused.code) == (403, "not_installation_administrator")
    made = installer("POST", "/companies", body)
    assert (made.status, made.json) == (201, body | {"role": "administrator"})
    assert installer("GET", "/companies").json["results"] == [made.json]
    taken = installer("POST", "/companies", body)
    assert (taken.status, taken.code) == (409, "slug_taken")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"slug": "Not Good", "name": "N"}, "slug"),
        ({"slug": "api", "name": "N"}, "slug"),
        ({"slug": "good", "name": ""}, "name"),
        ({"slug": "good", "name": None}, "name"),
        ({"slug": "good", "name": "N", "currency": "euro"}, "currency"),
        ({"slug": 5, "name": "N"}, "slug"),
        ({"name": "N"}, "slug"),
    ],
)
def test_a_wrong_company_is_told_why(installer: Api, body: dict[str, Any], field: str) -> None:
    answer = installer("POST", "/companies", body)
    assert answer.status == 422
    assert answer.code
    assert set(answer.json["fields"]) == {field}


def test_client_settings_are_of_the_installation(api: Api, installer: Api) -> None:
    assert api("GET", "/client-settings").status == 403
    assert installer("GET", "/client-settings").json == {
        "custom_inventory_calculation": False,
        "filtered_products": False,
    }
    assert installer("PATCH", "/client-settings", {"filtered_products": True}).json["filtered_products"] is True
    assert installer("PATCH", "/client-settings", {"filtered_products": "yes"}).code == "invalid_client_settings"


def test_conditions_are_mapped_and_removed(api: Api) -> None:
    assert api("GET", "conditions").json["conditions"]["Grade A"] == "EXCELLENT"
    changed = api("PATCH", "conditions", {"conditions": {"Grade A": "PREMIUM", "Scratched": "", "Grade B": None}})
    assert changed.json["conditions"]["Grade A"] == "PREMIUM"
    assert changed.json["conditions"]["Scratched"] == ""
    assert "Grade B" not in changed.json["conditions"]
    wrong = api("PATCH", "conditions", {"conditions": {"Grade A": "BEST"}})
    assert (wrong.status, wrong.code) == (422, "invalid_conditions")
    assert api("PATCH", "conditions", {"conditions": {"Grade A": 5}}).code == "invalid_request"
    assert api("PATCH", "conditions", {}).code == "invalid_request"


def test_warehouses_are_added_renamed_and_opened_for_sale(api: Api) -> None:
    assert api("GET", "warehouses").json["results"] == [{"name": "main", "sellable": True}]
    assert api("POST", "warehouses", {"name": "Repair"}).status == 201
    changed = api("PATCH", "warehouses", {"name": "Repair", "rename": "Workshop", "sellable": True})
    assert changed.json == {"name": "Workshop", "sellable": True}
    assert api("PATCH", "warehouses", {"name": "main", "rename": "other"}).code == "main_warehouse"
    assert api("PATCH", "warehouses", {"name": "nowhere", "sellable": True}).status == 404
    assert api("POST", "warehouses", {"name": "MAIN"}).code == "warehouse_taken"
    assert api("POST", "warehouses", {"name": ""}).code == "invalid_warehouse"
    assert api("PATCH", "warehouses", {"name": 5}).code == "invalid_request"


def test_the_first_settings_connect_the_company_and_the_token_never_comes_back(api: Api) -> None:
    assert api("GET", "backmarket/settings").code == "not_connected"
    made = api("PATCH", "backmarket/settings", CONNECTION | {"hourly_lines": 500})
    assert made.status == 200, made.json
    assert made.json["token_set"] is True
    assert "token" not in made.json
    assert "top-secret" not in str(made.json)
    assert made.json["hourly_lines"] == 500
    assert made.json["markets"] == {
        "fr-fr": {"enabled": True, "comment": ""},
        "de-de": {"enabled": True, "comment": "Geprüft"},
    }
    assert (made.json["inventory_upload"], made.json["prices_upload"]) == (False, False)
    assert api("GET", "backmarket/settings").json == made.json


def test_settings_change_by_any_subset(api: Api, account: Account) -> None:
    changed = api("PATCH", "backmarket/settings", {"prices_upload": True, "markets": {"es-es": {"enabled": True}}})
    assert changed.json["prices_upload"] is True
    assert {code for code, market in changed.json["markets"].items() if market["enabled"]} == {
        "fr-fr", "en-gb", "es-es",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"default_market": "xx-xx"}, "default_market"),
        ({"inventory_upload": True}, "inventory_upload"),
        ({"default_warranty_months": 3}, "default_warranty_months"),
        ({"markets": {"xx-xx": {"enabled": True}}}, "markets.xx-xx"),
        ({"markets": {"fr-fr": {"enabled": "yes"}}}, "markets.fr-fr.enabled"),
        ({"markets": {"fr-fr": True}}, "markets.fr-fr"),
        ({"markets": ["fr-fr"]}, "markets"),
        ({"toke": "x"}, "toke"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_changes(
    api: Api, account: Account, change: dict[str, Any], field: str
) -> None:
    before = api("GET", "backmarket/settings").json
    answer = api("PATCH", "backmarket/settings", change)
    assert answer.status == 422
    assert answer.code
    assert field in answer.json["fields"]
    assert api("GET", "backmarket/settings").json == before


def test_an_incomplete_connection_is_not_made(api: Api) -> None:
    answer = api("PATCH", "backmarket/settings", {"environment": "sandbox", "hourly_lines": 5})
    assert answer.status == 422
    assert {"token", "agent_company", "contact_mail"} <= set(answer.json["fields"])
    assert api("GET", "backmarket/settings").code == "not_connected"


def test_a_dead_connection_is_told_in_a_sentence(api: Api, account: Account) -> None:
    answer = api("POST", "backmarket/test")
    assert answer.status == 200
    assert answer.json["ok"] is False
    assert "cannot be reached" in answer.json["message"]
    assert "top-secret" not in str(answer.json)


def test_sending_is_paused_and_resumed(api: Api, account: Account) -> None:
    paused = api("POST", "backmarket/sending", {"action": "pause"})
    assert (paused.status, paused.json["paused_code"]) == (200, "by_hand")
    assert api("GET", "backmarket/status").json["paused_at"] is not None
    assert api("POST", "backmarket/sending", {"action": "stop"}).code == "action_unknown"
    assert api("POST", "backmarket/sending", {"action": "resume"}).json["paused_at"] is None


def test_settings_are_the_administrators(as_role: Callable[[str], Api], account: Account, acme: Company) -> None:
    operator = as_role("operator")
    assert operator("GET", "backmarket/settings").status == 200
    for method, address, body in [
        ("PATCH", "backmarket/settings", {"hourly_lines": 5}),
        ("POST", "backmarket/test", None),
        ("POST", "backmarket/sending", {"action": "resume"}),
        ("PATCH", "conditions", {"conditions": {}}),
        ("POST", "warehouses", {"name": "x"}),
        ("PATCH", "warehouses", {"name": "main"}),
    ]:
        assert operator(method, address, body).code == "role_too_small", address


def test_the_status_says_what_waits_and_what_is_proven(api: Api, account: Account, phone: str, now: datetime) -> None:
    BudgetMinute.objects.create(account=account, minute=now, lines=30)
    BudgetMinute.objects.create(account=account, minute=now - timedelta(minutes=61), lines=500)
    api("PATCH", f"products/{phone}/backmarket", {"title": "Phone"})
    before = api("GET", "backmarket/status").json
    assert before["budget"] == {"used": 30, "hourly": 2000, "left": 1970, "reserved": 100, "learned": None}
    assert before["backlog"]["to_plan"] == 1
    assert (before["linked"], before["verified_share"], before["paused_at"]) == (0, None, None)
    Listing.objects.update(back_market_id="5b4b0c6e-3f4b-4c1c-9a59-000000000001")
    ListingState.objects.update(
        quantity_accepted=3, quantity_verified=3, accepted_at=now, verified_at=now, quantity_due=True, due_since=now
    )
    operations.pause_account(account_id=account.pk, code="access_denied", message="Enter a new token.", now=now)
    after = api("GET", "backmarket/status").json
    assert (after["linked"], after["verified"], after["verified_share"], after["drift"]) == (1, 1, 1.0, 0)
    assert after["backlog"]["quantities"] == 1
    assert (after["paused_code"], after["paused_message"]) == ("access_denied", "Enter a new token.")
    ListingState.objects.update(quantity_verified=2)
    assert api("GET", "backmarket/status").json["verified_share"] == 0.0
