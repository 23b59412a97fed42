"""Programs, servers and guardians that are killed: nothing committed is lost, and nothing is left running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from listwright.common.embedded_postgres import (
    EmbeddedPostgres,
)
from tests.unit.embedded_postgres.user import (
    AS_ROOT,
    User,
    borrowed,
    guardian_of,
    query,
    running,
    until,
)


def test_a_killed_program_takes_the_server_with_it_and_nothing_committed_is_lost(data_dir: Path) -> None:
    user = User(data_dir, "listwright up")
    query(user.url, "INSERT INTO kept VALUES ('committed')")
    user.kill()
    until(lambda: not running(data_dir))
    with borrowed(data_dir, program="listwright up") as url:
        assert query(url, "SELECT count(*) FROM kept") == 2


def test_a_killed_server_is_started_again_at_the_same_address_while_it_is_used(data_dir: Path) -> None:
    with borrowed(data_dir) as url:
        query(url, "INSERT INTO kept VALUES ('committed')")
        before = running(data_dir)[0]
        os.kill(before, signal.SIGKILL)

        def answers() -> bool:
            try:
                return query(url, "SELECT count(*) FROM kept") == 2
            except psycopg.OperationalError:
                return False

        until(answers)
        assert running(data_dir)[0] != before
    assert not running(data_dir)


def test_a_server_process_killed_under_a_connection_leaves_a_working_server(data_dir: Path) -> None:
    with borrowed(data_dir) as url:
        with psycopg.connect(url) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")

        def answers() -> bool:
            try:
                return query(url, "SELECT word FROM kept") == "yes"
            except psycopg.OperationalError:
                return False

        until(answers)


def test_a_killed_guardian_takes_the_server_with_it_and_the_user_gets_another(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    url = server.open()
    query(url, "INSERT INTO kept VALUES ('committed')")
    os.kill(guardian_of(data_dir), signal.SIGKILL)
    until(lambda: not running(data_dir))
    server.ensure_running()
    assert query(url, "SELECT count(*) FROM kept") == 2
    server.close()
    assert not running(data_dir)


@pytest.mark.parametrize("pause", [0.0, 0.1, 0.3])
def test_leaving_while_the_server_restarts_after_a_crash_takes_seconds_and_loses_nothing(
    data_dir: Path, pause: float
) -> None:
    """PostgreSQL 18.6 asked politely at this moment would never end."""
    user = User(data_dir)
    query(user.url, "INSERT INTO kept VALUES ('committed')")
    os.kill(running(data_dir)[1], signal.SIGKILL)
    time.sleep(pause)
    started = time.monotonic()
    user.leave()
    assert time.monotonic() - started < 20
    assert not running(data_dir)
    with borrowed(data_dir) as url:
        assert query(url, "SELECT count(*) FROM kept") == 2


def test_all_killed_at_once_is_recovered_by_the_next_start(data_dir: Path) -> None:
    user = User(data_dir, "listwright up")
    query(user.url, "INSERT INTO kept VALUES ('committed')")
    for pid in (guardian_of(data_dir), *running(data_dir)):
        with contextlib.suppress(ProcessLookupError):  # some end with those killed before them
            os.kill(pid, signal.SIGKILL)
    user.kill()
    with borrowed(data_dir, program="listwright up") as url:
        assert query(url, "SELECT count(*) FROM kept") == 2


@pytest.mark.parametrize(
    "left",
    [
        pytest.param("", id="empty"),
        pytest.param("12", id="half a pid"),
        pytest.param("x\0\0", id="rubbish"),
        pytest.param("{pid}\n/elsewhere\n", id="half-written, with the pid of a stranger"),
        pytest.param("{pid}\n{cluster}\n1700000000\n5432\n\n127.0.0.1\n 1 1\nready   \n", id="the pid of a stranger"),
        pytest.param("999999999\n{cluster}\n1700000000\n5432\n\n127.0.0.1\n 1 1\nready   \n", id="the pid of nobody"),
    ],
)
def test_a_pid_file_is_not_believed(data_dir: Path, left: str) -> None:
    cluster = data_dir / "postgresql" / "cluster"
    # A stranger of the same user is the worst case: PostgreSQL itself would take it for a running server.
    stranger = subprocess.Popen(["sleep", "60"], **({"user": cluster.stat().st_uid} if AS_ROOT else {}))
    file = cluster / "postmaster.pid"
    file.write_text(left.format(pid=stranger.pid, cluster=cluster))
    os.chown(file, cluster.stat().st_uid, cluster.stat().st_gid)
    try:
        with borrowed(data_dir) as url:
            assert query(url, "SELECT word FROM kept") == "yes"
        assert stranger.poll() is None, "a stranger was killed"
    finally:
        stranger.kill()
        stranger.wait()
