"""Counters of requests and lines, exact to the last one."""

from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright_sandbox.limits import HOUR, Lines, Window
from listwright_sandbox.settings import Settings
from listwright_sandbox.testing import SandboxHandle
from tests.sandbox.client import Client

FRANCE = {"price": "100.00", "max_price": "200.00", "comment": "Bien"}
FILE = ({"sku": "A", "comment": "x"}, {"sku": "B", "comment": "x"})


@pytest.fixture(autouse=True)
def real_limits(sandbox: SandboxHandle) -> None:
    sandbox.set(limits="real")
    for sku, number in (("A", 7), ("B", 8)):
        listing = {"sku": sku, "listing_id": number, "title": sku, "quantity": 3, "markets": {"fr-fr": FRANCE}}
        sandbox.load(listings=[listing])


def test_the_201st_request_in_ten_seconds_is_blocked_for_ten(client: Client, sandbox: SandboxHandle) -> None:
    assert {client.get("/ws/listings/7").status for _ in range(200)} == {200}
    assert client.get("/ws/listings/7").status == 429
    sandbox.advance(9.9)
    assert client.get("/ws/listings/7").status == 429
    sandbox.advance(0.2)
    assert client.get("/ws/listings/7").status == 200


def test_two_hundred_in_any_ten_seconds_are_never_blocked(client: Client, sandbox: SandboxHandle) -> None:
    for _ in range(3):
        assert {client.get("/ws/listings/7").status for _ in range(200)} == {200}
        sandbox.advance(10.01)


def test_the_category_tree_has_a_smaller_window_of_its_own(client: Client, sandbox: SandboxHandle) -> None:
    assert [client.get("/ws/category/tree").status for _ in range(21)] == [200] * 20 + [429]
    assert client.get("/ws/listings/7").status == 200
    sandbox.set(catalog_paths="/ws/(category|tasks)/")
    assert client.get("/ws/tasks/1").status == 429


def test_backbox_takes_two_calls_a_second(client: Client, sandbox: SandboxHandle) -> None:
    address = "/ws/backbox/v1/competitors/7e1f4a8d-b1bb-47aa-9f77-2cca759eb41b"
    assert [client.get(address).status for _ in range(3)] == [404, 404, 429]
    sandbox.advance(1.01)
    assert client.get(address).status == 404


def test_bulk_rows_and_single_updates_share_the_lines_of_the_hour(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(lines_per_hour=5)
    assert client.file(*FILE).status == 200
    assert client.file(*FILE).status == 200
    assert client.file(*FILE).status == 429
    assert client.post("/ws/listings/7", {"quantity": 1}).status == 200
    assert client.post("/ws/listings/7", {"quantity": 2}).status == 429
    assert sandbox.control("GET", "limits")["lines"] == {"used": 5, "most": 5}
    sandbox.advance(3601)
    assert client.post("/ws/listings/7", {"quantity": 2}).status == 200


def test_what_is_refused_for_another_reason_costs_no_line(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(lines_per_hour=1)
    assert client.post("/ws/listings/7", {"quantity": -1}).status == 400
    assert client.post("/ws/listings/99", {"quantity": 1}).status == 404
    assert client.get("/ws/listings").status == 200
    assert client.post("/ws/listings/7", {"quantity": 1}).status == 200
    assert client.post("/ws/listings/7", {"quantity": 1}).status == 429


def test_a_refused_file_makes_no_task(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(lines_per_hour=1)
    assert client.file(*FILE).status == 429
    assert sandbox.control("GET", "tasks")["tasks"] == []


def test_retry_after_as_a_date(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(retry_after="date")
    sandbox.control("PUT", "limits", {"used": {"requests": 200}})
    value = client.get("/ws/listings/7").headers["retry-after"]
    assert parsedate_to_datetime(value).isoformat() == "2026-03-02T10:00:10+00:00"


def test_without_limits_nothing_is_counted(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.set(limits="off", lines_per_hour=1)
    assert {client.post("/ws/listings/7", {"quantity": 1}).status for _ in range(250)} == {200}


def test_the_limits_can_be_freed(client: Client, sandbox: SandboxHandle) -> None:
    sandbox.control("PUT", "limits", {"used": {"requests": 200}})
    assert client.get("/ws/listings/7").status == 429
    sandbox.control("PUT", "limits", {"reset": True})
    assert client.get("/ws/listings/7").status == 200


@given(st.lists(st.floats(0, 3), min_size=1, max_size=80))
def test_no_ten_seconds_ever_hold_more_than_the_window_allows(pauses: list[float]) -> None:
    window, now, passed = Window(), 1000.0, []
    for pause in pauses:
        now += pause
        if window.take(now, 5, 10.0, 10.0) is None:
            passed.append(now)
    for first in passed:
        assert sum(first <= moment < first + 10 for moment in passed) <= 5


@given(st.lists(st.tuples(st.floats(0, 2000), st.integers(1, 40)), max_size=60), st.sampled_from(["rolling", "fixed"]))
def test_no_hour_ever_holds_more_lines_than_allowed_and_the_wait_is_right(
    sent: list[tuple[float, int]], window: str
) -> None:
    knobs = Settings(lines_per_hour=50, line_window=window)
    lines, now, passed = Lines(), 7200.0, []
    for pause, count in sent:
        now += pause
        wait = lines.take(now, count, knobs)
        if wait is None:
            passed.append((now, count))
        else:
            assert 0 < wait <= HOUR + 0.001
            assert lines.take(now + wait + 0.001, count, knobs) is None
            passed.append((now + wait + 0.001, count))
            now += wait + 0.001
    for first, _ in passed:
        end = first + HOUR if window == "rolling" else first - first % HOUR + HOUR
        assert sum(count for moment, count in passed if first <= moment < end) <= 50
