"""The BackBox: who wins, and rivals who answer."""

from typing import Any

import pytest

from listwright_sandbox.testing import SandboxHandle
from tests.sandbox.client import Client

UUID = "7e1f4a8d-b1bb-47aa-9f77-2cca759eb41b"
ADDRESS = f"/ws/backbox/v1/competitors/{UUID}"


@pytest.fixture(autouse=True)
def one_listing(sandbox: SandboxHandle) -> None:
    markets = {
        market: {"price": "100.00", "max_price": "200.00", "comment": "Bien"} for market in ("fr-fr", "de-de", "en-gb")
    }
    rivals = {"fr-fr": ["110.00", "105.00"], "en-gb": ["100.00"]}
    sandbox.load(
        listings=[
            {"sku": "A", "id": UUID, "listing_id": 7, "title": "A", "quantity": 3, "rivals": rivals, "markets": markets}
        ]
    )


def in_france(client: Client) -> Any:
    return next(entry for entry in client.get(ADDRESS).json if entry["market"] == "FR")


def test_only_markets_with_rivals_are_there_and_a_tie_is_no_win(client: Client) -> None:
    assert [(entry["market"], entry["is_winning"]) for entry in client.get(ADDRESS).json] == [
        ("FR", True),
        ("GB", False),
    ]


def test_the_price_to_win_wins(client: Client) -> None:
    client.post("/ws/listings/7", {"price": "150.00"})
    losing = in_france(client)
    assert (losing["is_winning"], losing["winner_price"]["amount"]) == (False, "105.00")
    client.post("/ws/listings/7", {"price": losing["price_to_win"]["amount"]})
    assert in_france(client)["is_winning"]


def test_a_rival_who_answers_goes_lower_after_a_while_but_not_forever(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(rivals="undercut", rivals_react_after=30)
    client.post("/ws/listings/7", {"price": "99.00"})
    sandbox.advance(29)
    assert in_france(client)["is_winning"]
    sandbox.advance(2)
    assert in_france(client)["winner_price"]["amount"] == "98.00"
    client.post("/ws/listings/7", {"price": "10.00"})
    sandbox.advance(31)
    assert in_france(client)["is_winning"]


def test_an_unknown_or_malformed_listing_is_told_apart(client: Client) -> None:
    assert client.get(ADDRESS.replace("7e", "8e")).status == 404
    assert client.get("/ws/backbox/v1/competitors/7").status == 422


def test_the_older_view_has_the_same_winner(client: Client) -> None:
    (entry,) = client.get("/ws/listings_bi").json["results"]
    assert (entry["sku"], entry["buybox"], entry["price_for_buybox"]) == ("A", True, 104.99)
