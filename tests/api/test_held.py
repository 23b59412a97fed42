"""What is held for a person, listed and decided through REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from listwright.catalog.models import Product
from listwright.companies.models import Account, Company
from listwright.listings import operations
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.sync.models import AccountState
from listwright.sync.operations import held_all
from tests.api.conftest import Api

UUID = "5b4b0c6e-3f4b-4c1c-9a59-000000000000"


def test_what_is_held_is_listed_until_it_is_approved(
    api: Api, account: Account, phone: str, acme: Company, now: datetime
) -> None:
    api("PATCH", "backmarket/settings", {
        "orders_download": True, "stock_feed": "already_excludes", "inventory_upload": True, "prices_upload": True,
    })  # fmt: skip
    api("PATCH", f"products/{phone}/backmarket", {"enabled": True})
    listing = Listing.objects.get(product__sku=phone)
    Listing.objects.filter(pk=listing.pk).update(back_market_id=UUID, linked_at=now)
    AccountState.objects.get_or_create(account=account)
    ListingState.objects.filter(listing=listing).update(quantity_desired=3, quantity_accepted=1)
    ListingMarketState.objects.filter(listing=listing, market="fr-fr").update(
        price_desired="199.90", price_accepted="149.00"
    )
    held = api("GET", "held")
    assert held.status == 200
    assert {(row["sku"], row["market"], row["standing"], row["wanted"]) for row in held.json["results"]} == {
        (phone, "", 1, 3),
        (phone, "fr-fr", "149.00", "199.90"),
    }
    assert api("POST", "held", {"action": "approve"}).json["fields"].keys() == {"all"}
    assert api("POST", "held", {"action": "approve", "all": True}).json["approved"] == 0
    assert api("GET", "held").json["results"] == []
    assert api("POST", "held", {"action": "approve", "all": True}).code == "approved_already"


def test_what_the_breaker_holds_is_decided_by_the_pair_that_was_listed(
    api: Api, account: Account, phone: str, now: datetime
) -> None:
    api("PATCH", f"products/{phone}/backmarket", {"enabled": True})
    AccountState.objects.update_or_create(account=account, defaults={"first_send_approved_at": now})
    listing = Listing.objects.get(product__sku=phone)
    Listing.objects.filter(pk=listing.pk).update(back_market_id=UUID, linked_at=now)
    ListingState.objects.filter(listing=listing).update(planned_generation=7)
    ListingMarketState.objects.filter(listing=listing, market="fr-fr").update(
        price_desired="49.90", price_accepted="149.00", hold="held", hold_since=now
    )
    (row,) = api("GET", "held").json["results"]
    assert (row["why"], row["message"], row["generation"]) == ("price_fall", "Falls by 67 %.", 7)
    assert api("GET", "backmarket/status").json["held"] == 1
    pair = {name: row[name] for name in ("sku", "market", "generation")}
    late = pair | {"generation": 6}
    decided = api("POST", "held", {"action": "approve", "held": [late]}).json
    assert (decided["approved"], decided["passed_by"]) == (0, [late])
    for wrong in ([], "x", [5], [pair | {"generation": "7"}], [pair | {"more": 1}]):
        assert api("POST", "held", {"action": "reject", "held": wrong}).json["fields"].keys() == {"held"}
    assert api("POST", "held", {"action": "reject", "held": [pair]}).json["rejected"] == 1
    assert api("GET", "held").json["results"] == []
    market = api("GET", f"products/{phone}/backmarket").json["markets"]["fr-fr"]
    assert (market["hold"], market["drift"]) == ("rejected", "")


def test_a_decision_about_more_than_one_waits_for_is_answered_with_its_job(
    api: Api, account: Account, phone: str, now: datetime
) -> None:
    company = account.company
    numbers = range(held_all.VALUES_AT_ONCE + 1)
    made = Product.objects.bulk_create(
        Product(company=company, sku=f"P{number}", created_at=now, updated_at=now) for number in numbers
    )
    operations.ensure(account_id=account.pk, product_ids=[product.pk for product in made], now=now)
    ListingState.objects.update(hold="held")
    answer = api("POST", "held", {"action": "reject", "all": True}).json
    job = api("GET", f"jobs/{answer['job']}").json
    assert (answer["rejected"], job["kind"], job["status"]) == (0, "reject_held", "submitted")


def test_what_is_rejected_is_disabled_and_left_standing(api: Api, account: Account, phone: str) -> None:
    api("PATCH", f"products/{phone}/backmarket", {"enabled": True})
    assert api("POST", "held", {"action": "reject", "skus": [phone]}).json["disabled"] == 1
    assert api("GET", f"products/{phone}/backmarket").json["status"] == "left_standing"
    assert api("POST", "held", {"action": "reject"}).code == "invalid_decision"
    assert api("POST", "held", {"action": "maybe"}).code == "invalid_decision"


def test_only_an_administrator_approves(as_role: Callable[[str], Api], account: Account) -> None:
    operator = as_role("operator")
    assert operator("GET", "held").status == 200
    assert operator("POST", "held", {"action": "approve", "all": True}).code == "role_too_small"
