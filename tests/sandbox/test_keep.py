"""What was answered is kept, whenever the process dies: SIGKILL of a sandbox that has a state file."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from listwright_sandbox.arrival import Arrival
from listwright_sandbox.keep import Kept
from listwright_sandbox.sandbox import Sandbox
from listwright_sandbox.server import Server
from tests.sandbox.client import Client

SOURCE = Path(__file__).parents[2] / "src"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE)}
MARKETS = {"fr-fr": {"price": "100", "comment": "x"}}


@contextmanager
def started(*options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running sandbox and its address."""
    command = [sys.executable, "-m", "listwright_sandbox", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on"), line
        try:
            yield process, line.split()[-1]
        finally:
            process.kill()


def control(address: str, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{address}/_sandbox/{path}", data, method=method), timeout=10) as answer:
        return json.load(answer)


def everything(address: str) -> dict[str, Any]:
    """All that the controls show, but for the time of day."""
    found: dict[str, Any] = control(address, "GET", "dump")
    del found["clock"]
    requests = control(address, "GET", "requests")
    return {**found, "requests": requests["requests"], "last": requests["last"]}


def stir(address: str, chance: random.Random) -> None:
    """What clients, buyers and the back office do, one request in five meeting a fault."""
    faults = [
        "answer_lost",
        "truncated",
        "reset",
        "unavailable",
        "late_applied",
        "state_lags",
        "row_lost",
        "task_fails",
    ]
    armed = [
        {"kind": kind, "probability": 0.03, **({"after": 0.01} if kind == "late_applied" else {})} for kind in faults
    ]
    control(address, "PUT", "faults", {"faults": armed})
    with Client(address) as client:
        for number in range(120):
            sku = f"SKU {chance.randrange(8)} é"
            match chance.randrange(5):
                case 0:
                    client.file({"sku": f"new {number}", "ean": "4006381333931", "quantity": "2", "comment": "x"})
                case 1:
                    listing = control(address, "GET", "listings")["listings"][chance.randrange(8)]
                    control(address, "PUT", f"listings/{listing['id']}", {"quantity": 50})
                case 2:
                    control(address, "POST", "orders", {"race": True, "lines": [{"sku": sku, "quantity": 2}]})
                case 3:
                    client.get("/ws/listings", sku="a+b&c")
                case _:
                    client.post(f"/ws/listings/{chance.randrange(1, 9)}", {"quantity": number, "price": "99.50"})


def test_a_killed_sandbox_comes_back_as_it_was_with_all_it_answered(tmp_path: Path) -> None:
    kept = ("--state", str(tmp_path / "state.json"), "--task-delay", "0.05", "--setting", "lines_per_hour=40")
    listings = [
        {"sku": f"SKU {number} é", "listing_id": number + 1, "title": "A", "quantity": 9, "markets": MARKETS}
        for number in range(8)
    ]
    chance, before = random.Random(7), {}
    with started(*kept) as (process, address):
        control(address, "POST", "listings", {"listings": listings})
        control(address, "PUT", "clock", {"advance": 1000})
    for _ in range(3):
        with started(*kept) as (process, address):
            assert not before or settled(address) == before
            assert abs(control(address, "GET", "clock")["seconds"] - time.time() - 1000) < 30
            stir(address, chance)
            before = settled(address)
            process.send_signal(signal.SIGKILL)
            process.wait(10)


def settled(address: str) -> dict[str, Any]:
    """Everything, with no fault armed and whatever has come due done."""
    control(address, "PUT", "faults", {"faults": []})
    time.sleep(0.1)
    return everything(address)


def arrival(sku: str, quantity: int) -> Arrival:
    body = json.dumps({"listings": [{"sku": sku, "title": sku, "quantity": quantity}]}).encode()
    return Arrival("POST", "/_sandbox/listings", "", [], {}, body, "application/json", "http://a", 1e9, 5.0)


def order(sku: str) -> Arrival:
    body = json.dumps({"race": True, "lines": [{"sku": sku}]}).encode()
    return Arrival("POST", "/_sandbox/orders", "", [], {}, body, "application/json", "http://a", 1e9, 5.0)


def live(path: Path) -> tuple[Sandbox, Kept, Server]:
    """As a process begins."""
    sandbox = Sandbox()
    server, kept = Server(sandbox), Kept(path)
    kept.read(sandbox, server.take)
    return sandbox, kept, server


def quantity(sandbox: Sandbox, sku: str) -> int:
    listing = sandbox.listings.by_sku(sku)
    assert listing is not None
    return listing.quantity


def test_a_death_while_the_file_is_written_anew_tells_nothing_twice(tmp_path: Path) -> None:
    file, journal = tmp_path / "state.json", tmp_path / "state.json.journal"
    sandbox, kept, server = live(file)
    kept.write(sandbox)
    for request in (arrival("A", 5), order("A"), order("A")):
        kept.note(request)
        server.take(request)
    noted = journal.read_bytes()
    assert quantity(live(file)[0], "A") == 3
    kept.write(sandbox)
    assert journal.read_bytes() == b""
    assert quantity(live(file)[0], "A") == 3
    journal.write_bytes(noted)  # it died before the journal was begun anew
    sandbox, kept, server = live(file)
    assert quantity(sandbox, "A") == 3
    kept.note(order("A"))
    assert quantity(live(file)[0], "A") == 2


def test_a_request_that_a_death_cut_short_never_came_and_those_behind_it_did(tmp_path: Path) -> None:
    file, journal = tmp_path / "state.json", tmp_path / "state.json.journal"
    sandbox, kept, _ = live(file)
    kept.write(sandbox)
    kept.note(arrival("A", 5))
    whole = journal.read_bytes()
    kept.note(order("A"))
    journal.write_bytes(journal.read_bytes()[:-10])
    assert journal.read_bytes().startswith(whole)
    sandbox, kept, _ = live(file)
    assert quantity(sandbox, "A") == 5
    kept.note(arrival("B", 1))
    sandbox, _, _ = live(file)
    assert (quantity(sandbox, "A"), quantity(sandbox, "B")) == (5, 1)


def test_the_journal_of_a_state_that_was_put_away_is_not_told_to_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    sandbox, kept, _ = live(file)
    kept.write(sandbox)
    kept.note(arrival("A", 5))
    file.write_text(json.dumps({"listings": [{"sku": "B", "title": "B", "quantity": 1}]}))
    sandbox, kept, _ = live(file)
    assert sandbox.listings.by_sku("A") is None
    kept.write(sandbox)
    kept.note(order("B"))
    assert quantity(live(file)[0], "B") == 0
