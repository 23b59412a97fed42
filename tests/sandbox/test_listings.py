"""Listings over HTTP: what is shared, what is a market's own, and the publication state."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright_sandbox.listings import Listing, Offer
from listwright_sandbox.market import MARKETS, markets_of
from listwright_sandbox.products import Product
from listwright_sandbox.settings import Settings
from listwright_sandbox.testing import SandboxHandle, running
from tests.sandbox.client import Client
from tests.transcripts.load import STANDARD_HEADERS

FRANCE = {"price": "100.00", "max_price": "200.00", "comment": "Bien"}


def listing(sku: str = "A", **values: Any) -> dict[str, Any]:
    return {"sku": sku, "title": "A phone", "quantity": 3, "markets": {"fr-fr": FRANCE}, **values}


def test_the_platform_of_europe_has_fourteen_markets() -> None:
    assert len(markets_of("eu")) == 14
    assert {market.currency for market in markets_of("eu")} == {"EUR", "GBP", "SEK"}


@given(
    quantity=st.integers(-2, 5),
    price=st.none() | st.decimals(0, 300, places=2),
    comment=st.sampled_from([None, "Bien"]),
    validated=st.booleans(),
    disabled=st.booleans(),
)
def test_the_states_0_1_and_4_win_over_the_stock_rule(
    quantity: int, price: Decimal | None, comment: str | None, validated: bool, disabled: bool
) -> None:
    product = Product("p", 1, None, 0, {"fr-fr": "x"}, validated=validated)
    offer = Offer(price=price, max_price=Decimal(200), comment=comment, disabled=disabled)
    state = Listing("l", 1, "A", product, "GOOD", quantity, offers={"fr-fr": offer}).true_state(
        MARKETS["fr-fr"], Settings()
    )
    if disabled:
        assert state == 4
    elif not validated:
        assert state == 1
    elif not price or not comment:
        assert state == 0
    else:
        assert state == (2 if quantity > 0 and price <= 200 else 3)


def test_a_price_that_is_the_highest_allowed_is_online(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing(listing_id=7)])
    assert client.post("/ws/listings/7", {"price": "200.00"}).json["publication_state"] == 2
    assert client.post("/ws/listings/7", {"price": "200.01"}).json["publication_state"] == 3


def test_a_token_must_be_the_right_one(client: Client) -> None:
    for value in ("Basic wrong", "Bearer sandbox-token", "sandbox-token", "Basic"):
        assert client.raw("GET", "/ws/listings", {**STANDARD_HEADERS, "Authorization": value}).status == 401, value


def test_a_language_no_market_has_is_the_default_view(sandbox: SandboxHandle, client: Client) -> None:
    sandbox.load(listings=[listing()])
    assert client.get("/ws/listings/detail", market="tlh-kx", sku="A").json["price"] == "100.00"
    assert client.get("/ws/listings/detail", market="FR-fr,en;q=0.5", sku="A").json["price"] == "100.00"


def test_the_american_platform_speaks_dollars(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(region="na")
    sandbox.load(listings=[listing(markets={"en-us": FRANCE})])
    assert client.get("/ws/listings/detail", market="fr-fr", sku="A").json["currency"] == "USD"


def test_japan_wants_its_currency_with_every_price(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(region="ap")
    sandbox.load(listings=[listing(listing_id=7)])
    assert client.post("/ws/listings/7", {"price": "9000"}, "ja-jp").status == 400
    assert client.post("/ws/listings/7", {"price": "9000", "currency": "JPY"}, "ja-jp").json["price"] == "9000.00"


@pytest.mark.parametrize(
    "body",
    [{"quantity": -1}, {"quantity": 1.5}, {"quantity": True}, {"quantity": None}, {"price": "NaN"}, {"price": "-1"},
     {"price": None}, {"price": "Infinity"}, {"warranty_delay": 11}, {"comment": 5}, {"min_price": "x"}, [], "x", None],
)  # fmt: skip
def test_a_bad_value_is_a_bare_string_and_changes_nothing(client: Client, sandbox: SandboxHandle, body: Any) -> None:
    sandbox.load(listings=[listing(listing_id=7)])
    before = sandbox.listing("A")
    full = {"quantity": 2, **body} if isinstance(body, dict) and "quantity" not in body else body
    answer = client.post("/ws/listings/7", full)
    assert answer.status == 400
    assert isinstance(answer.json, str)
    assert sandbox.listing("A") == before
    assert sandbox.changes() == []


def test_a_body_that_is_no_json_is_refused(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing(listing_id=7)])
    assert client.raw("POST", "/ws/listings/7", None, b"{").status == 400
    assert client.raw("POST", "/ws/listings/7", None, b"[" * 100_000).status == 400
    assert client.raw("POST", "/ws/listings/7", None, b"\xff").status == 400


def test_half_a_character_in_a_comment_does_not_break_the_answer(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing(listing_id=7)])
    assert client.raw("POST", "/ws/listings/7", None, b'{"comment": "\\ud83d"}').status == 200
    assert client.get("/ws/listings/7").status == 200


def test_the_backpricer_bounds_are_a_setting(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing(listing_id=7)])
    assert client.post("/ws/listings/7", {"price": "150.00", "min_price": "100.00"}).status == 200
    sandbox.set(backpricer_bounds="refused")
    assert client.post("/ws/listings/7", {"price": "108.01", "min_price": "100.00"}).status == 400
    assert client.post("/ws/listings/7", {"price": "108.00", "min_price": "100.00"}).status == 200


def test_a_state_that_lags_is_the_one_before_the_first_write(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing(listing_id=7)])
    sandbox.arm("state_lags", seconds=60, count=1)
    assert client.post("/ws/listings/7", {"quantity": 0}).json["publication_state"] == 2
    assert client.get("/ws/listings", publication_state=2).json["count"] == 1
    sandbox.advance(61)
    assert client.get("/ws/listings", publication_state=2).json["count"] == 0
    assert client.get("/ws/listings", publication_state=3).json["count"] == 1


def test_a_filter_sees_every_change_at_once(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing("A", listing_id=7), listing("B", listing_id=8, quantity=0)])
    assert client.get("/ws/listings", publication_state=2).json["count"] == 1
    client.post("/ws/listings/8", {"quantity": 1})
    assert client.get("/ws/listings", publication_state=2).json["count"] == 2
    sandbox.control("PUT", "listings/A", {"markets": {"fr-fr": {"disabled": True}}})
    assert client.get("/ws/listings", publication_state=4).json["count"] == 1


def test_reading_all_pages_finds_every_listing_once(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing(f"S{number}") for number in range(120)])
    found: list[str] = []
    address = f"{sandbox.url}/ws/listings?page-size=99&min_quantity=1"
    while address:
        page = client.raw("GET", address.removeprefix(sandbox.url), STANDARD_HEADERS).json
        found += [item["sku"] for item in page["results"]]
        assert len(page["results"]) <= 50
        address = page["next"]
    assert found == [f"S{number}" for number in range(120)]


def test_next_stays_on_the_host_that_was_asked(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing(f"S{number}") for number in range(11)])
    headers = {**STANDARD_HEADERS, "Host": "sandbox.example:81"}
    assert client.raw("GET", "/ws/listings", headers).json["next"] == "http://sandbox.example:81/ws/listings?page=2"


def test_bad_filters_are_ignored_or_refused(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[listing()])
    assert client.get("/ws/listings", publication_state="two").json["count"] == 1
    sandbox.set(bad_filters="refused")
    assert client.get("/ws/listings", publication_state="two").status == 400
    assert client.get("/ws/listings", page=0).status == 400


def test_a_request_without_a_named_sender_meets_the_bot_wall(client: Client) -> None:
    for agent in ("python-httpx/0.27", "BM-Company;mail@example.com", "BM-A-B", ""):
        answer = client.raw("GET", "/ws/listings", {**STANDARD_HEADERS, "User-Agent": agent})
        assert (answer.status, answer.content_type) == (403, "text/html"), agent


def test_an_unknown_address_and_a_wrong_method_are_told_apart(client: Client) -> None:
    assert client.get("/ws/nothing").status == 404
    answer = client.raw("DELETE", "/ws/listings")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


def test_two_seeds_make_other_ids_and_one_seed_the_same() -> None:
    def ids(seed: int) -> list[str]:
        with running(seed=seed) as sandbox:
            sandbox.load(listings=[listing("A"), listing("B")])
            return [sandbox.listing(sku)["id"] for sku in ("A", "B")]

    assert ids(1) == ids(1) != ids(2)
