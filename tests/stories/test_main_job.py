"""The main job, with nothing but REST and Back Market's own addresses: a product becomes a live listing and follows."""

import time

from tests.harness import Api, Stack, eventually
from tests.stories.conftest import set_up

PRODUCT = {
    "sku": "IPH13-128-MID-VG",
    "name": "iPhone 13 128 GB Midnight",
    "condition": "Very good",
    "site_price": "399.00",
    "stock": {"main": 12},
}
REST_OF_IT = {
    "ean": "4006381333931",
    "brand": "Apple",
    "weight_lbs": "0",
    "weight_oz": "6.14",
    "list_price": "909.00",
    "description": "A refurbished iPhone, tested on forty points.",
    "images": [{"url": "https://pictures.example/iph13.jpg", "main": True}],
}


def first_leaf(api: Api) -> dict:  # type: ignore[type-arg]
    """Down the tree, always the first child."""
    level = eventually(lambda: api.get("categories")["results"], within=60, what="the categories were read")
    while not level[0]["is_leaf"]:
        level = api.get("categories", parent=level[0]["category_id"])["results"]
    return level[0]


def seconds_to_arrive(stack: Stack, api: Api, sku: str, units: int) -> float:
    """How long stock and price, changed now, need until they stand there."""
    price, began = f"37{units}.00", time.monotonic()
    api.call("PUT", f"products/{sku}/stock", {"physical": units})
    api.call("PATCH", f"products/{sku}", {"site_price": price})
    eventually(
        lambda: (now := stack.sandbox.listing(sku)) and (now["quantity"], now["price"]) == (units, price),
        within=60,
        what="stock and price arrived",
    )
    return time.monotonic() - began


def test_a_product_becomes_a_live_listing_that_follows_its_price_and_stock(stack: Stack) -> None:
    api = set_up(stack)
    api.call(
        "PATCH",
        "backmarket/settings",
        {"orders_download": True, "stock_feed": "stock_master", "inventory_upload": True, "prices_upload": True},
    )
    leaf = first_leaf(api)

    api.call("POST", "products", PRODUCT)
    sku = PRODUCT["sku"]
    before = api.get(f"products/{sku}/backmarket")
    assert before["readiness"]["ready"] is False
    missing = {item["code"] for item in before["readiness"]["missing"]}
    assert {
        "back_market_title",
        "back_market_description",
        "ean",
        "weight",
        "images",
        "category",
        "warranty",
    } <= missing

    api.call("PATCH", f"products/{sku}", REST_OF_IT)
    attributes = {
        item["field"]: item["allowed"][0] if item["allowed"] else "1" for item in leaf["attributes"] if item["required"]
    }
    filled = api.call(
        "PATCH",
        f"products/{sku}/backmarket",
        {
            "title": "iPhone 13 128 Go - Minuit - Débloqué",
            "description": "Un iPhone reconditionné, testé sur quarante points.",
            "category": leaf["marketplace_category_id"],
            "attributes": attributes,
            "warranty_months": 12,
            "comment": "Testé et nettoyé.",
            "markets": {"en-gb": {"price": "349.00", "comment": "Tested and cleaned."}},
            "enabled": True,
        },
    )
    assert filled["readiness"] == {"ready": True, "missing": [], "warnings": filled["readiness"]["warnings"]}

    job = api.call("POST", "listings/launch", {"skus": [sku]})["job"]
    ended = api.finished(job)
    assert (ended["status"], ended["succeeded"], ended["total"]) == ("completed", 1, 1), api.get(
        f"jobs/{job['id']}/rows"
    )["results"][0]["message"]

    there = stack.sandbox.listing(sku)
    assert there is not None
    assert (there["quantity"], there["price"], there["grade"]) == (12, "399.00", "VERY_GOOD")
    british = stack.sandbox.listing(sku, "en-gb")
    assert british is not None and (british["price"], british["currency"]) == ("349.00", "GBP")
    shown = api.get(f"products/{sku}/backmarket")
    assert shown["back_market_id"] == there["id"]

    api.call("POST", "held", {"action": "approve", "all": True})
    eventually(
        lambda: not any(api.get("backmarket/status")["backlog"].values()), within=30, what="nothing is left to send"
    )
    # The best of a few: on a machine that is busy with other tests one may be late.
    assert min(seconds_to_arrive(stack, api, sku, units) for units in (5, 6, 7)) < 1.0 + 0.3, "within a second"

    api.call("PATCH", f"products/{sku}/backmarket", {"enabled": False, "then": "offline"})
    eventually(lambda: (now := stack.sandbox.listing(sku)) and now["quantity"] == 0, within=60, what="it is offline")
    why = api.get(f"products/{sku}/backmarket/why")
    assert why["quantity"]["available"] == 7
