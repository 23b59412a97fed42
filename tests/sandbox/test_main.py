"""The command `listwright-sandbox`, as a process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from listwright_sandbox.main import main

SOURCE = Path(__file__).parents[2] / "src"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE)}
COMMAND = [sys.executable, "-m", "listwright_sandbox"]


@contextmanager
def started(*options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A running sandbox and its address."""
    command = [*COMMAND, "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        try:
            yield process, line.split()[-1]
        finally:
            process.kill()


def state(address: str, name: str = "state") -> Any:
    with urlopen(f"{address}/_sandbox/{name}", timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_when_told(number: signal.Signals) -> None:
    with started("--listings", "30", "--limits", "off", "--task-delay", "8", "--apply-after", "7") as (
        process,
        address,
    ):
        settings = state(address, "settings")
        assert state(address)["listings"] == 30
        assert (settings["limits"], settings["task_starts_after"]) == ("off", 2)
        assert (settings["bulk_applies_after"], settings["task_ends_after"]) == (7, 8)
        process.send_signal(number)
        assert process.wait(10) == 0


def test_a_port_that_is_taken_is_said_clearly() -> None:
    with started() as (_, address):
        port = address.rsplit(":", 1)[1]
        second = subprocess.run(
            [*COMMAND, "--port", port], capture_output=True, text=True, env=ENVIRONMENT, timeout=30, check=False
        )
        assert second.returncode == 1
        assert f"cannot listen on 127.0.0.1:{port}" in second.stderr


def test_it_dies_with_its_parent() -> None:
    script = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', 'listwright_sandbox', '--port', '0', "
        "'--die-with-parent'], stdout=subprocess.PIPE, text=True); print(p.pid, p.stdout.readline().split()[-1], flush=True); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as parent:
        assert parent.stdout is not None
        pid, address = parent.stdout.readline().split()
        assert state(address)["listings"] == 0
        parent.kill()
        parent.wait(10)
        for _ in range(100):
            if not alive(int(pid)):
                return
            time.sleep(0.1)
        os.kill(int(pid), signal.SIGKILL)
        pytest.fail("the sandbox outlived its parent by ten seconds")


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_catalog_file_is_loaded_with_its_orders_and_settings(tmp_path: Path) -> None:
    catalog = {
        "settings": {"retry_after": "seconds"},
        "listings": [{"sku": "A", "title": "A", "quantity": 2, "markets": {"fr-fr": {"price": "9", "comment": "x"}}}],
        "orders": [{"lines": [{"sku": "A"}]}],
    }
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    with started(
        "--catalog", str(tmp_path / "catalog.json"), "--setting", "row_key=number", "--setting", "latency_ms=1.5"
    ) as (
        _,
        address,
    ):
        assert state(address, "listings/A")["quantity"] == 1
        settings = state(address, "settings")
        assert (settings["retry_after"], settings["row_key"], settings["latency_ms"]) == ("seconds", "number", 1.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "catalog.json"),
     ('{"listings": [{"sku": "A", "grade": "?"}]}', "listings[0]"), ('{"cars": []}', "cars"), ("[]", "catalog.json")],
)  # fmt: skip
def test_a_bad_catalog_is_wrong_use_and_says_where(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "catalog.json").write_text(text)
    result = CliRunner().invoke(main, ["--catalog", str(tmp_path / "catalog.json")])
    assert result.exit_code == 2
    assert words in result.output


@pytest.mark.parametrize("setting", ["row_key", "row_key=colour", "nothing=1"])
def test_a_bad_setting_is_wrong_use(setting: str) -> None:
    assert CliRunner().invoke(main, ["--setting", setting]).exit_code == 2


def test_a_kept_state_outlives_the_process(tmp_path: Path) -> None:
    kept = tmp_path / "state.json"
    kept.write_text(json.dumps({"listings": [{"sku": "A", "title": "A", "quantity": 2}]}))
    with started("--state", str(kept)) as (process, address):
        identity = state(address, "listings/A")["id"]
        body = json.dumps({"quantity": 7}).encode()
        with urlopen(Request(f"{address}/_sandbox/listings/A", body, method="PUT"), timeout=10):
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    with started("--state", str(kept), "--limits", "off") as (_, address):
        listing = state(address, "listings/A")
        assert (listing["id"], listing["quantity"]) == (identity, 7)
        assert state(address, "settings")["limits"] == "off", "options come after what was kept"
        assert abs(state(address, "clock")["seconds"] - time.time()) < 5


def test_a_kept_state_that_cannot_be_read_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"listings": [{"sku": ""}]}')
    result = CliRunner().invoke(main, ["--state", str(tmp_path / "state.json")])
    assert result.exit_code == 2
    assert "state.json" in result.output
