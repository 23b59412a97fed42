"""Each verb as people and scripts use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Command, answers, eventually

PASSWORD = {"LISTWRIGHT_PASSWORD": "a long enough one"}


def first_set_up(listwright: Command) -> str:
    """Person, company, token; returns the token."""
    assert listwright.forked("user", "create", "ana", **PASSWORD).returncode == 0
    assert listwright.forked("company", "create", "acme", "--user", "ana").returncode == 0
    made = listwright("token", "create", "--user", "ana", "--name", "tests")
    assert made.returncode == 0, made.stderr
    return made.stdout.removesuffix("\n")


def test_the_help_names_every_verb_and_loads_none(without_database: Command) -> None:
    shown = without_database("--help")
    assert shown.returncode == 0
    for verb in ("up", "serve", "worker", "migrate", "doctor", "demo", "push", "token"):
        assert f"\n  {verb} " in shown.stdout
    looked = "import sys, listwright.config.entrypoint; print('django' in sys.modules, 'granian' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", looked], env=without_database.environment, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",),
        ("company", "create", "acme"),
        ("token", "create", "--user", "ana"),
        ("serve", "--port", "many"),
        ("push", "sell", "--company", "acme"),
    ],
)
def test_wrong_use_ends_with_status_2(without_database: Command, arguments: tuple[str, ...]) -> None:
    wrong = without_database(*arguments)
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr


def test_what_fails_is_one_line_and_status_1(listwright: Command) -> None:
    failed = listwright("company", "create", "acme", "--user", "nobody")
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert failed.stderr == "listwright: There is no person 'nobody'.\n"
    weak = listwright("user", "create", "ana", LISTWRIGHT_PASSWORD="short")
    assert (weak.returncode, weak.stderr.count("\n")) == (1, 1)


def test_a_database_out_of_reach_is_said(without_database: Command) -> None:
    failed = without_database("migrate", "--wait", "0.1")
    assert failed.returncode == 1
    assert failed.stderr.startswith("listwright: The database cannot be used:")
    assert failed.stderr.count("\n") == 1


def test_two_migrations_at_once_do_not_race(fresh_listwright: Command) -> None:
    unmigrated = fresh_listwright("doctor", "--skip-back-market")
    assert unmigrated.returncode == 1
    assert "Run: listwright migrate" in unmigrated.stdout
    both = [fresh_listwright.start("migrate"), fresh_listwright.start("migrate")]
    assert [process.wait(100) for process in both] == [0, 0]


def test_the_token_stands_alone_on_standard_output_and_opens_the_api(listwright: Command, port: int) -> None:
    token = first_set_up(listwright)
    assert token.startswith("lw_")
    assert "\n" not in token
    listwright.start("serve", "--port", str(port))
    assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz") == 200), listwright.output
    companies = f"http://127.0.0.1:{port}/api/v1/companies"
    assert answers(companies, Authorization=f"Bearer {token}") == 200
    assert answers(companies) == 401


def test_without_its_database_the_server_lives_and_says_so(without_database: Command, port: int) -> None:
    without_database.start("serve", "--port", str(port), LISTWRIGHT_DB_POOL="0")
    address = f"http://127.0.0.1:{port}"
    assert eventually(lambda: answers(f"{address}/healthz") == 200), without_database.output
    assert answers(f"{address}/readyz") == 503
    assert answers(f"{address}/api/v1/companies", Authorization="Bearer lw_something") == 503


def test_a_port_in_use_is_refused(listwright: Command, port: int) -> None:
    listwright.start("serve", "--port", str(port))
    assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz") == 200), listwright.output
    for verb in ("serve", "up"):
        second = listwright(verb, "--port", str(port))
        assert second.returncode == 1
        assert f"Port {port} on 127.0.0.1 is used by another program" in second.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_the_web_server_leaves_nothing_behind_when_it_is_killed(listwright: Command, port: int) -> None:
    process = listwright.start("serve", "--port", str(port))
    assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz") == 200), listwright.output
    children = _children(process.pid)
    assert children
    process.kill()
    assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz") is None, 30)
    assert eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 30)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_up_runs_everything_and_ends_it(listwright: Command, port: int) -> None:
    process = listwright.start("up", "--port", str(port))
    assert eventually(lambda: answers(f"http://127.0.0.1:{port}/readyz") == 200, 60), listwright.output
    children = _children(process.pid)
    assert len(children) == 4
    workers = [f"worker {role}: 1 alive" for role in ("plan", "push", "tasks")]

    def well() -> bool:
        told = listwright("doctor")
        return told.returncode == 0 and all(worker in told.stdout for worker in workers)

    assert eventually(well, 60), listwright.output
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    with psycopg.connect(listwright.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM jobs_workerheartbeat").fetchone() == (0,)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_the_workers_end_with_a_killed_supervisor(listwright: Command) -> None:
    process = listwright.start("worker")
    assert eventually(lambda: len(_children(process.pid)) == 3), listwright.output
    children = _children(process.pid)
    time.sleep(1)
    process.kill()
    assert eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 30)


def test_a_company_is_connected_tried_and_its_products_pushed(listwright: Command, port: int) -> None:
    first_set_up(listwright)
    connection = [
        "--company", "acme", "--environment", "sandbox", "--sandbox-url", f"http://127.0.0.1:{port}",
        "--agent-company", "Acme", "--contact-mail", "ops@acme.example", "--market", "fr-fr", "--market", "de-de",
    ]  # fmt: skip
    early = listwright.forked("push", "launch", "--company", "acme", "--all")
    assert (early.returncode, early.stdout) == (1, "")
    assert "not connected" in early.stderr
    connected = listwright("account", "connect", *connection, LISTWRIGHT_BACKMARKET_TOKEN="top-secret-token")
    assert connected.returncode == 0, connected.stderr
    dead = listwright("account", "test", "--company", "acme")
    assert dead.returncode == 1
    assert "cannot be reached" in dead.stderr
    assert "top-secret" not in dead.stderr + dead.stdout + connected.stderr
    nothing = listwright.forked("push", "launch", "--company", "acme")
    assert nothing.returncode == 1
    assert "Say which products" in nothing.stderr
    misspelt = listwright.forked("push", "launch", "--company", "acme", "--filter", "ready")
    assert misspelt.returncode == 2
    launched = listwright.forked(
        "push", "update", "--company", "acme", "--filter", "ready=true", "--filter", "linked=yes"
    )
    assert launched.returncode == 0
    assert launched.stdout.strip().isdigit()
    downloaded = listwright.forked("download-listings", "--company", "acme")
    assert downloaded.stdout.strip().isdigit()
    again = listwright.forked("download-listings", "--company", "acme")
    assert (again.returncode, again.stdout) == (0, downloaded.stdout)


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def test_a_secret_may_come_from_a_file(listwright: Command, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("a long enough one\n")
    assert listwright("user", "create", "ana", LISTWRIGHT_PASSWORD_FILE=str(file)).returncode == 0
    missing = listwright("user", "create", "bob", LISTWRIGHT_PASSWORD_FILE=str(tmp_path / "nothing"))
    assert missing.returncode == 1
    assert missing.stderr.startswith("LISTWRIGHT_PASSWORD_FILE=")


def test_a_short_secret_key_is_found_by_the_doctor(listwright: Command) -> None:
    found = listwright("doctor", "--skip-back-market", LISTWRIGHT_SECRET_KEY="short")
    assert found.returncode == 1
    assert "Set LISTWRIGHT_SECRET_KEY to 32 characters or more." in found.stdout


def test_a_data_folder_nobody_may_write_is_found(listwright: Command, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    assert "cannot be written" in listwright("doctor").stdout
