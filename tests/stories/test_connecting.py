"""Connecting to a shop with thousands of live listings changes nothing there before a person has approved it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Sandbox, Stack, eventually, running
from tests.stories.catalogs import make_products
from tests.stories.conftest import QUICK, set_up

LIVE = 3000


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Stack]:
    with running(tmp_path, database_url, "--limits", "off", **QUICK) as stack:
        load(stack.sandbox)
        yield stack
        print(stack.logs())


def load(sandbox: Sandbox) -> None:
    """Live listings whose SKUs our products have, in other letter case, at prices and quantities that are not ours."""
    markets = {
        market: {"price": f"{price}.50", "comment": "As it was."}
        for market, price in (("fr-fr", 250), ("de-de", 260), ("en-gb", 230))
    }
    sandbox.control(
        "POST",
        "listings",
        {
            "listings": [
                {"sku": f"live-{number:06d}", "quantity": 3, "grade": "GOOD", "markets": markets}
                for number in range(1, LIVE + 1)
            ]
        },
    )


def writes(sandbox: Sandbox) -> list[dict]:  # type: ignore[type-arg]
    return [request for request in sandbox.requests() if request["method"] == "POST"]


@pytest.mark.timeout(240)
def test_nothing_is_sent_until_the_differences_are_approved(shop: Stack) -> None:
    api = set_up(shop)
    make_products(shop, LIVE - 5, prefix="LIVE-", fill=False)
    ended = api.finished(api.call("POST", "listings/download")["job"], within=90)
    assert ended["status"] == "completed", ended
    status = api.get("backmarket/status")
    assert status["linked"] == LIVE - 5
    assert len(api.get("listings/unlinked")["results"]) == 5
    shown = api.get("products/LIVE-000001/backmarket")
    assert (shown["enabled"], shown["price_default"], shown["price"]) == (False, False, "250.50")
    assert shown["markets"]["en-gb"]["price"] == "230.50"
    assert shown["quantity"]["verified"] == 3

    api.call(
        "PATCH",
        "backmarket/settings",
        {"orders_download": True, "stock_feed": "already_excludes", "inventory_upload": True, "prices_upload": True},
    )
    time.sleep(2)
    assert writes(shop.sandbox) == []

    for number in range(1, 21):
        api.call("PATCH", f"products/LIVE-{number:06d}/backmarket", {"enabled": True})
    held = eventually(
        lambda: (rows := api.get("held", limit=100)["results"]) and len({row["sku"] for row in rows}) >= 15 and rows,
        within=60,
        what="the differences are shown",
    )
    # Stock is 1 + n % 7 here, and 3 stands there: every enabled product but those with exactly 3 differs.
    assert {row["sku"] for row in held} == {f"LIVE-{number:06d}" for number in range(1, 21) if 1 + number % 7 != 3}
    assert all((row["standing"], row["market"]) == (3, "") for row in held)
    time.sleep(1)
    assert writes(shop.sandbox) == []

    api.call("POST", "held", {"action": "approve", "all": True})
    eventually(
        lambda: all(
            (there := shop.sandbox.listing(f"live-{number:06d}")) and there["quantity"] == 1 + number % 7
            for number in range(1, 21)
        ),
        within=60,
        what="the approved differences arrived",
    )
    sent = writes(shop.sandbox)
    assert len(sent) == len(held), "one line per difference, and nothing else"
    assert shop.sandbox.listing("live-000021")["quantity"] == 3  # type: ignore[index]
    assert shop.sandbox.listing("live-000001")["price"] == "250.50"  # type: ignore[index]
