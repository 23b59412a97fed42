"""What nobody knows about Back Market: under every position of every such setting of the sandbox, all ends as desired."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.harness import eventually
from tests.stories.shop import PATIENCE, Shop, serving

# Each column holds every position of a setting at least once; all settings of a row hold together.
WORLDS: dict[str, dict[str, Any]] = {
    "as published": {},
    "rows told as lists": {
        "row_value": "list", "max_price_type": "string", "missing_price": "null", "header_errors": "task",
        "empty_cell": "cleared", "bad_filters": "refused", "bulk_changes_grade": False, "validation_after": None,
        "extra_keys": {"snowden": True, "novelty": [{"price": "1.00"}], "quantity_there": "7"},
    },
    "rows told as objects": {
        "row_value": "object", "unknown_columns": "refused", "state_lag_seconds": 2, "create_on_listed": "separate",
        "latency_ms": 50, "address_keys": "snake",
    },
    "rows numbered from 0": {"row_key": "number", "row_number_base": 0, "row_value": "string"},
    "rows numbered from 1, as lists": {"row_key": "number", "row_number_base": 1, "row_value": "list"},
    "rows numbered from 2, as objects": {"row_key": "number", "row_number_base": 2, "row_value": "object"},
}  # fmt: skip


@pytest.fixture(scope="module")
def open_for_all(tmp_path_factory: pytest.TempPathFactory, module_database_url: str) -> Iterator[Shop]:
    with serving(tmp_path_factory.mktemp("questions"), module_database_url, LISTWRIGHT_SWEEP_INTERVAL="1") as shop:
        yield shop


@pytest.fixture
def shop(open_for_all: Shop) -> Iterator[Shop]:
    """The module's shop; what a test switches is switched back behind it."""
    before = open_for_all.sandbox.control("GET", "settings")
    yield open_for_all
    open_for_all.sandbox.control("DELETE", "faults")
    open_for_all.settings(**before)


@pytest.mark.parametrize("world", WORLDS)
def test_products_go_live_and_follow_and_a_refused_row_fails_in_back_markets_words(shop: Shop, world: str) -> None:
    shop.settings(**WORLDS[world])
    fine, refused, last = shop.product("fine"), shop.product("refused"), shop.product("last", stock=3)
    shop.arm("row_fails", sku=refused)
    rows = shop.launch(fine, refused, last)
    assert [rows[sku]["state"] for sku in (fine, refused, last)] == ["succeeded", "failed", "succeeded"], rows
    told = str(shop.sandbox.control("GET", "tasks")["tasks"][-1]["errors"])
    assert "This row was refused." in told and "This row was refused." in rows[refused]["message"]
    assert shop.there(refused) == {}
    assert shop.shown(fine)["link_problem"] == ""
    shop.stock(fine, 2)
    shop.price(fine, "99.00")
    shop.arrived(fine, quantity=2, price="99.00")
    shop.arrived(last, quantity=3, price="120.00")


@pytest.mark.parametrize(("retry_after", "at_least"), [("absent", 10), ("date", 2)])
def test_a_full_window_is_waited_for(shop: Shop, retry_after: str, at_least: float) -> None:
    shop.forget_limits()
    sku = shop.live("window")
    shop.quiet()
    last = shop.sandbox.requests()[-1]["number"]
    shop.settings(limits="real", requests_per_window=1, window_seconds=3, block_seconds=2, retry_after=retry_after)
    shop.stock(sku, 4)
    refused = first_refused(shop, last)
    told = eventually(lambda: (now := shop.status())["wait_until"] and now, within=PATIENCE, what="the wait is shown")
    assert "(429), waiting" in told["wait_reason"]
    shop.settings(requests_per_window=200)
    shop.arrived(sku, quantity=4)
    asked_again = eventually(
        lambda: [request for request in shop.sandbox.requests(after=refused["number"]) if request["status"] == 200],
        within=PATIENCE,
        what="it asks again",
    )[0]
    assert asked_again["monotonic"] - refused["monotonic"] >= at_least
    assert shop.status()["wait_until"] is None


@pytest.mark.parametrize("line_window", ["rolling", "fixed"])
def test_a_spent_hour_is_waited_for_as_told(shop: Shop, line_window: str) -> None:
    shop.forget_limits()
    sku = shop.live("hour")
    shop.quiet()
    last = shop.sandbox.requests()[-1]["number"]
    # Another program of the seller has spent the hour, which ends in three seconds: rolling, or by the clock.
    started = datetime.now(UTC)
    hour = started.replace(minute=0, second=0, microsecond=0)
    shop.sandbox.control("PUT", "clock", {"now": (hour + timedelta(seconds=1)).isoformat()})
    shop.settings(limits="real", lines_per_hour=100, line_window=line_window, retry_after="seconds")
    shop.sandbox.control("PUT", "limits", {"reset": True, "used": {"lines": 100}})
    shop.sandbox.control("PUT", "clock", {"now": (hour + timedelta(minutes=59, seconds=57)).isoformat()})
    try:
        shop.stock(sku, 1)
        shop.price(sku, "98.00")
        refused = first_refused(shop, last)
        shop.arrived(sku, quantity=1, price="98.00")
    finally:
        shop.sandbox.control("PUT", "clock", {"now": datetime.now(UTC).isoformat()})
    sent = [request for request in shop.sandbox.requests(after=refused["number"]) if request["skus"] == [sku]]
    assert all(request["status"] == 200 for request in sent), sent
    assert not any(line["state"] == "rejected" for line in shop.lines(sku))


def first_refused(shop: Shop, last: int) -> dict[str, Any]:
    """The first request after number `last` that was refused with 429."""
    found: dict[str, Any] = eventually(
        lambda: next((request for request in shop.sandbox.requests(after=last) if request["status"] == 429), None),
        within=PATIENCE,
        what="a limit is met",
    )
    return found


def older_listing(shop: Shop, sku: str) -> str:
    """Another listing of the seller's for the same product and grade, not of our making; returns its SKU."""
    ean = shop.api.get(f"products/{sku}")["ean"]
    market = {"price": "150.00", "comment": "As it was.", "warranty_delay": 24}
    older: dict[str, Any] = {"sku": f"older-{sku}", "ean": ean, "title": "Phone", "quantity": 4, "grade": "GOOD"}
    shop.sandbox.control("POST", "listings", {"listings": [older | {"markets": {"fr-fr": market}}]})
    return f"older-{sku}"


def test_a_create_that_was_answered_with_an_older_listing_waits_for_a_person(shop: Shop) -> None:
    shop.settings(create_on_listed="older")
    sku = shop.product("stands-in")
    older = older_listing(shop, sku)
    before = shop.there(older)
    row = shop.launch(sku)[sku]
    assert (row["state"], row["code"]) == ("failed", "created_elsewhere"), row
    shown = shop.shown(sku)
    assert (shown["linked"], shown["link_problem"]) == (False, "created_elsewhere")
    assert sku in shown["link_problem_message"] and "older listing" in shown["link_problem_message"]
    shop.stock(sku, 9)
    shop.price(sku, "80.00")
    again = shop.launch(sku)[sku]
    assert (again["state"], again["code"]) == ("skipped", "held")
    shop.api.finished(shop.api.call("POST", "listings/download")["job"], within=PATIENCE)
    shop.quiet()
    assert shop.there(older) == before
    assert older in {row["sku"] for row in shop.api.get("listings/unlinked")["results"]}


@pytest.mark.parametrize("position", ["sibling", "separate"])
def test_a_create_beside_an_older_listing_leaves_that_as_it_stands(shop: Shop, position: str) -> None:
    shop.settings(create_on_listed=position)
    sku = shop.product("beside")
    older = older_listing(shop, sku)
    before = shop.there(older)
    assert shop.launch(sku)[sku]["state"] == "succeeded"
    shop.stock(sku, 2)
    shop.arrived(sku, quantity=2, price="120.00")
    assert shop.there(older) == before


@pytest.mark.parametrize("header_errors", ["request", "task"])
def test_a_header_back_market_does_not_know_fails_the_rows_in_its_words(shop: Shop, header_errors: str) -> None:
    tree = shop.sandbox.control("GET", "dump")["categories"]
    sku = shop.product("header")
    shop.settings(header_errors=header_errors, unknown_columns="refused")
    shop.sandbox.control("POST", "listings", {"categories": without_attributes(tree)})
    try:
        row = shop.launch(sku)[sku]
    finally:
        shop.sandbox.control("POST", "listings", {"categories": tree})
    assert row["state"] == "failed"
    assert "unknown columns" in row["message"], row
    assert shop.there(sku) == {}
    shop.settings(unknown_columns="ignored")
    assert shop.launch(sku)[sku]["state"] == "succeeded"
    shop.arrived(sku, quantity=5)


def without_attributes(tree: Any) -> Any:
    """The same categories, whose leaves ask for nothing."""
    return [node | {"attributes": [], "childrens": without_attributes(node.get("childrens") or [])} for node in tree]


@pytest.mark.parametrize("empty_cell", ["kept", "cleared"])
def test_a_launch_of_what_is_live_clears_nothing_there(shop: Shop, empty_cell: str) -> None:
    shop.settings(empty_cell=empty_cell)
    told, silent = shop.live("told"), shop.live("silent")
    shop.quiet()
    for sku in (told, silent):
        shop.sandbox.control(
            "PUT", f"listings/{sku}", {"markets": {"fr-fr": {"min_price": "115.00", "comment": "By hand."}}}
        )
    shop.api.call("PATCH", f"products/{silent}/backmarket", {"comment": None})
    shop.api.call("PATCH", f"products/{told}/backmarket", {"comment": "Nouveau.", "warranty_months": 18})
    rows = shop.launch(told, silent)
    assert {row["state"] for row in rows.values()} == {"succeeded"}, rows
    there = {sku: shop.there(sku) for sku in (told, silent)}
    assert (there[told]["comment"], there[told]["warranty_delay"]) == ("Nouveau.", 18)
    assert there[silent]["comment"] == "By hand."
    assert all((now["min_price"], now["quantity"], now["grade"]) == ("115.00", 5, "GOOD") for now in there.values())


@pytest.mark.parametrize("changes", [True, False])
def test_a_grade_is_never_changed_by_a_launch(shop: Shop, changes: bool) -> None:
    shop.settings(bulk_changes_grade=changes)
    sku = shop.live("grade")
    shop.sandbox.control("PUT", f"listings/{sku}", {"grade": "FAIR"})
    shop.launch(sku)
    assert shop.there(sku)["grade"] == "FAIR"


@pytest.mark.parametrize("bounds", ["ignored", "refused"])
def test_a_price_outside_the_back_pricers_bounds_is_taken_or_told(shop: Shop, bounds: str) -> None:
    shop.settings(backpricer_bounds=bounds)
    sku = shop.live("bounds", price="105.00")
    shop.quiet()
    shop.sandbox.control("PUT", f"listings/{sku}", {"markets": {"fr-fr": {"min_price": "100.00"}}})
    shop.price(sku, "150.00")
    shop.stock(sku, 7)
    if bounds == "ignored":
        shop.arrived(sku, quantity=7, price="150.00")
        return
    shop.arrived(sku, quantity=7, price="105.00")
    told = eventually(lambda: shop.shown(sku)["markets"]["fr-fr"]["error_message"], within=PATIENCE, what="it is told")
    assert "min_price" in told
    shop.price(sku, "106.00")
    shop.arrived(sku, quantity=7, price="106.00")
    eventually(lambda: shop.shown(sku)["markets"]["fr-fr"]["error_message"] == "", within=PATIENCE, what="it is over")


@pytest.mark.parametrize("restocks", [False, True])
@pytest.mark.parametrize("address_keys", ["camel", "snake"])
def test_a_cancelled_order_gives_its_stock_back_once(shop: Shop, restocks: bool, address_keys: str) -> None:
    shop.settings(cancel_restocks=restocks, address_keys=address_keys)
    sku = shop.live("cancelled", stock=10)
    shop.arrived(sku, quantity=10)
    order = shop.sandbox.control("POST", "orders", {"lines": [{"sku": sku, "quantity": 2}]})
    eventually(lambda: shop.api.get(f"products/{sku}")["reserved"] == 2, within=PATIENCE, what="the order is seen")
    shop.sandbox.control("POST", f"orders/{order['order_id']}", {"lines": {sku: 4}})
    eventually(lambda: shop.api.get(f"products/{sku}")["reserved"] == 0, within=PATIENCE, what="it is seen cancelled")
    shop.arrived(sku, quantity=10)
    shop.stock(sku, 6)
    shop.arrived(sku, quantity=6)


@pytest.mark.parametrize("restocks", [False, True])
def test_an_order_that_was_never_shown_is_not_sold_again_by_us(shop: Shop, restocks: bool) -> None:
    shop.settings(unpaid_restocks=restocks)
    sku = shop.live("unpaid", stock=10)
    shop.arrived(sku, quantity=10)
    shop.quiet()
    order = shop.sandbox.control("POST", "orders", {"state": 0, "lines": [{"sku": sku, "quantity": 2}]})
    shop.api.finished(shop.api.call("POST", "listings/download")["job"], within=PATIENCE)
    shop.quiet()
    assert shop.there(sku)["quantity"] == 8, "a fall nobody explains is not raised"
    assert shop.shown(sku)["quantity"]["verified"] == 8
    shop.sandbox.control("POST", f"orders/{order['order_id']}", {"state": 8})
    assert shop.there(sku)["quantity"] == (10 if restocks else 8)
    shop.stock(sku, 7)
    shop.arrived(sku, quantity=7)
