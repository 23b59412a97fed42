"""Faults on demand: what the client sees, what was applied, and how often they strike."""

import json
import time

import pytest

from listwright_sandbox.testing import SandboxHandle
from tests.sandbox.client import Client

FRANCE = {"price": "100.00", "max_price": "200.00", "comment": "Bien"}


@pytest.fixture(autouse=True)
def one_listing(sandbox: SandboxHandle) -> None:
    sandbox.load(
        listings=[{"sku": "A", "listing_id": 7, "title": "A phone", "quantity": 3, "markets": {"fr-fr": FRANCE}}]
    )


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [("rate_limited", 429, False), ("unavailable", 503, False), ("bot_wall", 403, False), ("bot_challenge", 403, False),
     ("unauthorized", 401, False), ("forbidden", 403, False), ("reset", 0, False), ("late_applied", 0, False),
     ("answer_lost", 0, True), ("truncated", 200, True)],
)  # fmt: skip
def test_each_fault_applies_the_write_or_does_not(
    client: Client, sandbox: SandboxHandle, kind: str, status: int, applied: bool
) -> None:
    sandbox.arm(kind, count=1, method="POST")
    answer = client.post("/ws/listings/7", {"quantity": 9})
    assert answer.status == status
    assert sandbox.listing("A")["quantity"] == (9 if applied else 3)
    (record,) = sandbox.requests(method="POST")
    assert (record["fault"], record["applied"]) == (
        kind,
        "yes" if applied else "pending" if kind == "late_applied" else "no",
    )
    assert client.post("/ws/listings/7", {"quantity": 5}).status == 200


def test_a_late_write_overwrites_what_came_in_between(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("late_applied", after=30, count=1)
    assert client.post("/ws/listings/7", {"quantity": 9}).reset
    sandbox.advance(10)
    client.post("/ws/listings/7", {"quantity": 1})
    sandbox.advance(25)
    assert client.get("/ws/listings/7").json["quantity"] == 9
    assert [(entry["number"], entry["to"]) for entry in sandbox.changes()] == [(2, 1), (1, 9)]
    assert sandbox.requests(method="POST")[0]["applied"] == "yes"


def test_a_file_can_be_late_too(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("late_applied", after=30, count=1)
    assert client.file({"sku": "A", "comment": "Mieux"}).reset
    sandbox.advance(29)
    assert sandbox.control("GET", "tasks")["tasks"] == []
    sandbox.advance(2)
    assert len(sandbox.control("GET", "tasks")["tasks"]) == 1
    sandbox.advance(10)
    assert sandbox.listing("A")["markets"]["fr-fr"]["comment"] == "Mieux"


def test_a_file_whose_answer_is_lost_applies_all_the_same(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("answer_lost", count=1)
    assert client.file({"sku": "A", "comment": "Mieux"}).reset
    sandbox.advance(10)
    assert sandbox.listing("A")["markets"]["fr-fr"]["comment"] == "Mieux"


def test_a_cut_answer_is_no_json(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("truncated", count=1)
    with pytest.raises(json.JSONDecodeError):
        _ = client.get("/ws/listings/7").json


def test_a_hard_cut_does_not_reach_the_promised_length(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("truncated", hard=True, count=1)
    assert client.get("/ws/listings/7").reset


def test_a_slow_answer_was_applied_long_before(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("slow", seconds=0.3, count=1)
    began = time.monotonic()
    assert client.post("/ws/listings/7", {"quantity": 9}).status == 200
    assert time.monotonic() - began >= 0.3


def test_latency_is_added_to_every_answer(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(latency_ms=120)
    began = time.monotonic()
    client.get("/ws/listings/7")
    assert time.monotonic() - began >= 0.12


def test_filters_say_whom_a_fault_meets(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("unavailable", method="POST")
    sandbox.arm("bot_wall", path="^/ws/orders")
    sandbox.arm("forbidden", market="en-gb")
    sandbox.arm("unauthorized", sku="b")
    sandbox.load(listings=[{"sku": "B", "listing_id": 8, "title": "B"}])
    assert client.get("/ws/listings/7").status == 200
    assert client.post("/ws/listings/7", {}).status == 503
    assert client.get("/ws/orders").content_type == "text/html"
    assert client.get("/ws/listings/7", market="en-gb").status == 403
    assert client.get("/ws/listings/8").status == 401
    assert client.get("/ws/listings/detail", sku="B").status == 401
    sandbox.clear_faults()
    assert client.get("/ws/listings/8").status == 200


def test_skip_and_count_say_which_requests_are_met(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("unavailable", skip=2, count=2)
    assert [client.get("/ws/listings/7").status for _ in range(6)] == [200, 200, 503, 503, 200, 200]


def test_a_probability_is_met_about_as_often(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.arm("unavailable", probability=0.3)
    met = sum(client.get("/ws/listings/7").status == 503 for _ in range(400))
    assert 80 < met < 160


@pytest.mark.parametrize(
    "fault",
    [{"kind": "earthquake"}, {}, {"kind": "reset", "probability": 2}, {"kind": "reset", "count": -1},
     {"kind": "reset", "when": "now"}, {"kind": "reset", "path": "("},
     {"kind": "slow", "seconds": "long"}, {"kind": "reset", "seconds": 3}],
)  # fmt: skip
def test_a_fault_nobody_can_understand_is_refused(sandbox: SandboxHandle, fault: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fault"):
        sandbox.control("POST", "faults", fault)
    assert sandbox.control("GET", "faults") == {"faults": []}


def test_controls_meet_no_faults(sandbox: SandboxHandle) -> None:
    sandbox.arm("reset")
    assert sandbox.control("GET", "state")["listings"] == 1
