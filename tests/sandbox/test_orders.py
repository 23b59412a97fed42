"""Orders: what they do to the stock, who sees them, and how they move."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listwright_sandbox.sandbox import Sandbox
from listwright_sandbox.testing import SandboxHandle
from tests.sandbox.client import Client

FRANCE = {"price": "100.00", "max_price": "200.00", "comment": "Bien"}


def stock(sandbox: SandboxHandle, sku: str = "A") -> int:
    quantity: int = sandbox.listing(sku)["quantity"]
    return quantity


@pytest.fixture(autouse=True)
def two_listings(sandbox: SandboxHandle) -> None:
    offers = {"fr-fr": FRANCE, "en-gb": {**FRANCE, "price": "90.00"}}
    sandbox.load(
        listings=[
            {"sku": "A", "listing_id": 7, "title": "A phone", "quantity": 3, "markets": offers},
            {"sku": "B", "listing_id": 8, "title": "B phone", "quantity": 1, "markets": offers},
        ]
    )


@pytest.mark.parametrize("state", [0, 8, 10, 1, 3, 9])
def test_an_order_lowers_the_stock_at_once_in_every_state(sandbox: SandboxHandle, state: int) -> None:
    sandbox.order("fr-fr", {"sku": "A", "quantity": 2}, state=state)
    assert stock(sandbox) == 1


@pytest.mark.parametrize(("state", "seen"), [(0, False), (8, False), (10, True), (1, True), (3, True), (9, True)])
def test_new_and_unpaid_orders_are_seen_nowhere(client: Client, sandbox: SandboxHandle, state: int, seen: bool) -> None:
    number = sandbox.order("fr-fr", {"sku": "A"}, state=state)["order_id"]
    assert client.get("/ws/orders").json["count"] == seen
    assert client.get("/ws/orders", state=state).json["count"] == seen
    assert client.get(f"/ws/orders/{number}").status == (200 if seen else 404)


def test_an_invisible_order_shows_once_it_is_paid(client: Client, sandbox: SandboxHandle) -> None:
    number = sandbox.order("fr-fr", {"sku": "A"}, state=0)["order_id"]
    sandbox.advance(60)
    sandbox.control("POST", f"orders/{number}", {"state": 1})
    shown = client.get("/ws/orders", date_modification="2026-03-02 10:01:00").json["results"]
    assert [(order["order_id"], order["state"], order["orderlines"][0]["state"]) for order in shown] == [(number, 1, 1)]


def test_what_cannot_be_bought_is_refused_and_nothing_is_sold(sandbox: SandboxHandle) -> None:
    for lines in (
        [{"sku": "A"}, {"sku": "B", "quantity": 2}],
        [{"sku": "A", "quantity": 2}, {"sku": "a", "quantity": 2}],
    ):
        with pytest.raises(ValueError, match="cannot be bought"):
            sandbox.order("fr-fr", *lines)
    with pytest.raises(ValueError, match="cannot be bought"):
        sandbox.order("de-de", {"sku": "A"})
    assert (stock(sandbox, "A"), stock(sandbox, "B")) == (3, 1)


def test_a_race_takes_the_stock_below_zero(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.order("fr-fr", {"sku": "B"})
    sandbox.order("en-gb", {"sku": "B"}, race=True)
    assert stock(sandbox, "B") == -1
    assert client.get("/ws/listings/8").json["publication_state"] == 3


def test_a_line_may_name_a_sku_that_is_no_listing(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.order("fr-fr", {"sku": "STRANGER", "quantity": 2, "price": "30.00", "title": "A stranger"}, {"sku": "A"})
    first, second = client.get("/ws/orders").json["results"][0]["orderlines"]
    assert (first["listing"], first["price"], first["product"]) == ("STRANGER", "30.00", "A stranger")
    assert (second["listing"], second["listing_id"], second["price"]) == ("A", 7, "100.00")


def test_a_buyer_can_be_named(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.order("fr-fr", {"sku": "A"}, buyer={"lastName": "Canary-7f3a"})
    order = client.get("/ws/orders").json["results"][0]
    assert {order[name]["lastName"] for name in ("shipping_address", "billing_address")} == {"Canary-7f3a"}
    assert order["shipping_address"]["city"]


def test_an_order_in_pounds(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.order("en-gb", {"sku": "A", "quantity": 2})
    order = client.get("/ws/orders", country_code="en-gb").json["results"][0]
    assert (order["currency"], order["price"], order["orderlines"][0]["price"]) == ("GBP", "180.00", "180.00")
    assert order["shipping_address"]["country"] == "GB"


@pytest.mark.parametrize(("restocks", "left"), [(False, 1), (True, 3)])
@pytest.mark.parametrize("line_state", [4, 5])
def test_whether_a_cancellation_gives_stock_back_is_a_setting(
    sandbox: SandboxHandle, restocks: bool, left: int, line_state: int
) -> None:
    sandbox.set(cancel_restocks=restocks)
    number = sandbox.order("fr-fr", {"sku": "A", "quantity": 2})["order_id"]
    for _ in range(2):
        sandbox.control("POST", f"orders/{number}", {"lines": {"A": line_state}})
    assert stock(sandbox) == left


@pytest.mark.parametrize(("restocks", "left"), [(False, 2), (True, 3)])
def test_whether_an_unpaid_order_gives_stock_back_is_a_setting(
    sandbox: SandboxHandle, restocks: bool, left: int
) -> None:
    sandbox.set(unpaid_restocks=restocks)
    number = sandbox.order("fr-fr", {"sku": "A"}, state=0)["order_id"]
    sandbox.control("POST", f"orders/{number}", {"state": 8})
    assert stock(sandbox) == left


def test_the_seller_brings_an_order_to_its_end(client: Client, sandbox: SandboxHandle) -> None:
    number = sandbox.order("fr-fr", {"sku": "A"}, {"sku": "B"})["order_id"]

    def move(**body: Any) -> Any:
        return client.post(f"/ws/orders/{number}", {"order_id": number, **body})

    assert move(new_state=2, sku="A").json["state"] == 1
    assert move(new_state=4, sku="b").json["state"] == 3
    assert move(new_state=3).status == 400
    shipped = move(new_state=3, tracking_number="XY1").json
    assert (shipped["state"], [line["state"] for line in shipped["orderlines"]], shipped["tracking_number"]) == (
        9,
        [3, 4],
        "XY1",
    )
    assert "date_shipping" in shipped
    assert move(new_state=2, sku="A").status == 400
    assert move(new_state="soon", sku="A").status == 400


def test_the_keys_of_an_address_are_a_setting(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.order("de-de", {"sku": "A"}, race=True)
    assert {"postalCode", "firstName"} <= client.get("/ws/orders").json["results"][0]["shipping_address"].keys()
    sandbox.set(address_keys="snake")
    assert {"postal_code", "first_name"} <= client.get("/ws/orders").json["results"][0]["shipping_address"].keys()


def test_a_date_that_is_none_is_refused(client: Client) -> None:
    assert client.get("/ws/orders", date_modification="yesterday").status == 400
    assert client.get("/ws/orders", date_modification="2026-03-02T10:00:00+01:00").status == 200


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3)), max_size=12))
@settings(max_examples=50)
def test_stock_is_what_was_there_less_what_was_sold(sales: list[tuple[str, int]]) -> None:
    sandbox = Sandbox()
    for sku in "AB":
        sandbox.listings.put(
            sandbox.listings.parse({"sku": sku, "title": sku, "quantity": 9, "markets": {"fr-fr": FRANCE}})
        )
    sold = {"A": 0, "B": 0}
    for sku, quantity in sales:
        raw = {"market": "fr-fr", "race": True, "lines": [{"sku": sku, "quantity": quantity}]}
        sandbox.orders.place(raw, sandbox.settings, sandbox.clock.now())
        sold[sku] += quantity
    assert {listing.sku: listing.quantity for listing in sandbox.listings} == {sku: 9 - sold[sku] for sku in sold}
