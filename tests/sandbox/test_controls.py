"""The controls: settings, clock, catalog, the request log, dump and load."""

import json
import time
from typing import Any

import pytest

from listwright_sandbox.log import Log
from listwright_sandbox.testing import SandboxHandle, running
from tests.sandbox.client import Client
from tests.transcripts.load import STANDARD_HEADERS

FRANCE = {"price": "100.00", "max_price": "200.00", "comment": "Bien"}
LISTING = {"sku": "A/1 é", "listing_id": 7, "title": "A phone", "quantity": 3, "markets": {"fr-fr": FRANCE}}


def test_a_setting_out_of_its_range_changes_none(sandbox: SandboxHandle) -> None:
    before = sandbox.control("GET", "settings")
    wrongs: tuple[dict[str, Any], ...] = (
        {"row_key": "colour"}, {"nothing": 1}, {"latency_ms": -1}, {"lines_per_hour": 1.5}, {"bulk_changes_grade": "yes"},
        {"extra_keys": []}, {"token": ""}, {"catalog_paths": "("}, {"validation_after": "soon"}, {"lines_per_hour": True},
    )  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            sandbox.set(region="na", **wrong)
    assert sandbox.control("GET", "settings") == before


def test_the_clock_stands_moves_and_runs(sandbox: SandboxHandle) -> None:
    def now() -> Any:
        return sandbox.control("GET", "clock")["now"]

    assert now() == "2026-03-02T10:00:00Z"
    sandbox.advance(90)
    assert now() == "2026-03-02T10:01:30Z"
    sandbox.control("PUT", "clock", {"frozen": False, "now": "2030-01-01 00:00:00"})
    time.sleep(0.01)
    assert "2030-01-01T00:00:00" < now() < "2030-01-01T00:01:00"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PUT", "clock", {"now": "noon"}), ("PUT", "clock", {"then": 1}), ("PUT", "limits", {"used": {"luck": 1}}),
     ("POST", "listings", {"cars": []}), ("POST", "listings", {"listings": [{"sku": "B", "colour": 1}]}),
     ("POST", "listings", {"listings": [{"sku": "B"}, {"sku": "B", "grade": "?"}]}), ("POST", "listings", {"listings": [{}]}),
     ("POST", "listings", {"listings": [{"sku": "B", "markets": {"mars": {}}}]}),
     ("POST", "listings", {"listings": [{"sku": "B", "listing_id": 7}]}), ("POST", "listings", {"listings": ["B"]}),
     ("POST", "listings", {"products": [{"product_id": "x"}]}), ("POST", "listings", []),
     ("POST", "listings", {"products": [{"ean": "1"}], "categories": [{"category_id": 1}]}),
     ("PUT", "listings/A%2F1%20%C3%A9", {"price": 1}), ("PUT", "listings/nobody", {}), ("GET", "orders/1", None),
     ("POST", "orders", {"market": "mars", "lines": [{"sku": "A"}]}), ("POST", "orders", {"lines": []}),
     ("POST", "orders", {"lines": [{"sku": "A", "quantity": 0}]}), ("POST", "orders", {"date": "now", "lines": [{"sku": "A"}]}),
     ("GET", "tasks/1", None), ("GET", "products/1", None), ("PUT", "load", {"tasks": [{}]}), ("GET", "nothing", None)],
)  # fmt: skip
def test_a_control_that_is_wrong_says_why_and_changes_nothing(
    sandbox: SandboxHandle, client: Client, method: str, path: str, body: Any
) -> None:
    sandbox.load(listings=[LISTING])
    before = sandbox.control("GET", "dump")
    answer = client.raw(method, f"/_sandbox/{path}", {}, None if body is None else json.dumps(body).encode())
    assert answer.status in (400, 404, 409)
    assert answer.json["error"]
    after = sandbox.control("GET", "dump")
    drawn = {"random": None, "ids": None}  # what was drawn for it is not given again, as with a database's sequences
    assert after | drawn == before | drawn


def test_a_catalog_is_loaded_again_over_itself(sandbox: SandboxHandle) -> None:
    product = {"product_id": "6d4ad966-db97-4d88-b409-b28cc2a0f8c9", "titles": {"fr-fr": "Un"}}
    sandbox.load(products=[product], listings=[{**LISTING, "title": "x", "product_id": product["product_id"]}])
    loaded = sandbox.load(products=[{**product, "titles": {"fr-fr": "Deux"}}])
    assert loaded == {"products": 1, "listings": 0, "categories": 0}
    with Client(sandbox.url) as client:
        assert client.get("/ws/listings/7").json["title"] == "Deux"
    sandbox.load(listings=[{**LISTING, "quantity": 9}])
    assert sandbox.control("GET", "listings")["count"] == 1
    assert sandbox.listing("A/1 é")["quantity"] == 9


def test_the_back_office_changes_what_the_api_cannot(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[LISTING])
    sandbox.control("PUT", "listings/7", {"quantity": 5, "grade": "FAIR", "markets": {"fr-fr": {"max_price": "90"}}})
    shown = client.get("/ws/listings/7").json
    assert (shown["quantity"], shown["grade"], shown["price"], shown["publication_state"]) == (5, "FAIR", "100.00", 3)
    sandbox.control("DELETE", "listings/7")
    assert client.get("/ws/listings/7").status == 404


def test_every_request_and_what_it_changed_can_be_asked_for(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[LISTING, {"sku": "B", "listing_id": 8, "title": "B"}])
    client.get("/ws/listings", market="de-de")
    client.post("/ws/listings/7", {"quantity": 1, "price": "120.00"})
    client.post("/ws/listings/7", {"quantity": 1})
    client.file({"sku": "b", "comment": "Neu"}, {"sku": "C", "comment": "Neu"}, market="de-de")
    client.post("/ws/listings/8", {"quantity": "many"})
    sandbox.advance(10)

    assert [(r["method"], r["market"], r["status"], r["applied"]) for r in sandbox.requests()] == [
        ("GET", "de-de", 200, "no"), ("POST", "fr-fr", 200, "yes"), ("POST", "fr-fr", 200, "yes"), ("POST", "de-de", 200, "yes"),
        ("POST", "fr-fr", 400, "no"),
    ]  # fmt: skip
    assert [(line["sku"], line["fields"], line["status"]) for line in sandbox.lines(after=1)] == [
        ("A/1 é", {"quantity": 1, "price": "120.00"}, 200),
        ("A/1 é", {"quantity": 1}, 200),
        ("b", {"sku": "b", "comment": "Neu"}, 200),
        ("C", {"sku": "C", "comment": "Neu"}, 200),
        ("B", {"quantity": "many"}, 400),
    ]
    assert [(c["sku"], c["market"], c["field"], c["from"], c["to"]) for c in sandbox.changes()] == [
        ("A/1 é", None, "quantity", 3, 1),
        ("A/1 é", "fr-fr", "price", "100.00", "120.00"),
        ("B", "de-de", "comment", None, "Neu"),
    ]
    assert sandbox.changes()[-1]["time"] == "2026-03-02T10:00:01.500000Z"


def test_requests_are_filtered(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[LISTING, {"sku": "B", "listing_id": 8, "title": "B"}])
    client.get("/ws/listings/7")
    client.get("/ws/orders", market="de-de")
    client.post("/ws/listings/8", {"quantity": 1})
    client.file({"sku": "A/1 é", "comment": "x"}, {"sku": "B", "comment": "x"})

    def numbers(**filters: Any) -> list[int]:
        return [request["number"] for request in sandbox.requests(**filters)]

    assert numbers(path="/ws/listings") == [1, 3, 4]
    assert numbers(method="post") == [3, 4]
    assert numbers(market="de-de") == [2]
    assert numbers(sku="b") == [3, 4]
    assert numbers(after=2, limit=1) == [4]
    assert numbers(since=time.time() + 60) == []
    assert [line["number"] for line in sandbox.lines(sku="a/1 É")] == [4]
    with pytest.raises(ValueError, match="colour"):
        sandbox.requests(colour="red")
    sandbox.control("POST", "requests/clear")
    assert (numbers(), sandbox.control("GET", "state")["last_request"]) == ([], 4)


def test_the_body_of_a_refused_write_is_kept_too(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[LISTING])
    sandbox.arm("bot_wall")
    client.post("/ws/listings/7", {"quantity": 1})
    (request,) = sandbox.requests(sku="A/1 é")
    assert (json.loads(request["body"]), request["status"], request["fault"]) == ({"quantity": 1}, 403, "bot_wall")


def test_the_log_is_bounded_in_number_and_in_bytes() -> None:
    log = Log()
    for number in range(100):
        record = log.start("POST", "/ws/listings", "", "fr-fr", now=0.0, wall=0.0, monotonic=0.0)
        log.keep(record, "x", 10, most=50, most_bytes=200)
        assert log.find(record.number) is record
        assert len(log) <= min(number + 1, 20)
    assert [record.number for record in log] == list(range(81, 101))
    log.trim(12, 200)
    assert len(log) == 12
    log.grow(record, 150)
    log.trim(50, 200)
    assert len(log) == 5
    assert log.find(80) is None


def test_a_dumped_state_is_loaded_with_everything_that_waits(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[LISTING], products=[{"ean": "4006381333931", "title": "Known", "rivals": {"fr-fr": ["90"]}}])
    sandbox.set(limits="real")
    client.post("/ws/listings/7", {"quantity": 2})
    sandbox.order("fr-fr", {"sku": "A/1 é"}, state=0)
    sandbox.arm("late_applied", after=60, count=1)
    client.post("/ws/listings/7", {"comment": "Plus tard"})
    client.file({"sku": "NEW", "ean": "4006381333931", "quantity": "0", "price": "5.00"})
    dumped = sandbox.control("GET", "dump")

    with running() as other:
        other.control("PUT", "load", json.loads(json.dumps(dumped)))
        assert other.control("GET", "dump") == {**dumped, "tasks": [{**dumped["tasks"][0], "request": None}]}
        other.advance(100)
        other.control("GET", "state")
        assert other.listing("A/1 é")["markets"]["fr-fr"]["comment"] == "Plus tard"
        assert other.listing("NEW")["quantity"] == 0
        assert other.control("GET", "limits")["lines"]["used"] == 3
        assert other.control("GET", "orders")["count"] == 1
        assert other.listing("NEW")["id"] != other.listing("A/1 é")["id"]


def test_a_reset_forgets_all_but_the_settings(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[LISTING])
    client.get("/ws/listings")
    sandbox.set(row_key="number")
    sandbox.control("POST", "reset")
    assert (sandbox.control("GET", "state")["listings"], sandbox.requests()) == (0, [])
    assert sandbox.control("GET", "settings")["row_key"] == "number"
    sandbox.control("POST", "reset", {"settings": True})
    assert sandbox.control("GET", "settings")["row_key"] == "sku"


def test_functions_run_in_the_server_with_the_sandbox_itself(sandbox: SandboxHandle) -> None:
    sandbox.load(listings=[LISTING])
    assert sandbox.run(lambda state: len(state.listings)) == 1


def test_a_stopped_sandbox_answers_no_more() -> None:
    with running() as sandbox:
        address = sandbox.url
    with Client(address) as client:
        assert client.raw("GET", "/ws/listings", STANDARD_HEADERS).reset
