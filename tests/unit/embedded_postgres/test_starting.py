"""Real servers of the embedded PostgreSQL: started, shared, started again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from listwright.common.embedded_postgres import (
    EmbeddedPostgres,
    FolderInUseError,
    embedded_postgres,
)
from listwright.common.embedded_postgres.cluster import MEBIBYTE, server_settings
from listwright.common.embedded_postgres.leftovers import command_line
from listwright.common.embedded_postgres.locks import FileLock
from tests.unit.embedded_postgres.user import (
    User,
    borrowed,
    query,
    running,
)


def test_a_first_start_makes_a_database_in_utf8_and_utc_and_the_last_out_stops_it(empty_dir: Path) -> None:
    data_dir = empty_dir / "not" / "there yet" / "données"
    with embedded_postgres(data_dir) as url:
        assert re.fullmatch(r"postgresql://listwright:\w{48}@127\.0\.0\.1:\d+/listwright", url)
        with psycopg.connect(url) as connection:
            settings = dict(
                connection.execute(
                    "SELECT name, setting FROM pg_settings WHERE name IN ('TimeZone', 'fsync', 'server_encoding', "
                    "'max_connections', 'synchronous_commit', 'full_page_writes', 'listen_addresses')"
                ).fetchall()
            )
            connection.execute("CREATE EXTENSION pg_trgm")
        assert settings == {
            "TimeZone": "UTC",
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "server_encoding": "UTF8",
            "max_connections": "200",
            "listen_addresses": "127.0.0.1",
        }
        assert query(url, "SELECT upper('éø')") == "ÉØ"
        assert running(data_dir)
    assert not running(data_dir)


def test_a_start_on_an_existing_folder_takes_under_two_seconds_and_keeps_data_and_address(data_dir: Path) -> None:
    seconds, urls = [], set()
    for _ in range(3):
        started = time.monotonic()
        with embedded_postgres(data_dir) as url:
            seconds.append(time.monotonic() - started)
            assert query(url, "SELECT word FROM kept") == "yes"
            urls.add(url)
    assert len(urls) == 1
    assert min(seconds) < 2, seconds


def test_nobody_gets_in_without_the_password(data_dir: Path) -> None:
    assert (data_dir / "postgresql" / "password").stat().st_mode & 0o777 == 0o600
    with borrowed(data_dir) as url:
        for wrong in (re.sub(r":\w{48}@", "@", url), re.sub(r":\w{48}@", ":guess@", url)):
            with pytest.raises(psycopg.OperationalError, match=r"password"):
                psycopg.connect(wrong, passfile="/nonexistent")


def test_a_lost_password_is_replaced(data_dir: Path) -> None:
    (data_dir / "postgresql" / "password").unlink()
    with borrowed(data_dir) as url:
        assert query(url, "SELECT word FROM kept") == "yes"


def test_a_taken_port_is_exchanged(data_dir: Path) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        (data_dir / "postgresql" / "port").write_text(f"{other.getsockname()[1]}\n")
        with borrowed(data_dir) as url:
            assert f":{other.getsockname()[1]}/" not in url
            assert query(url, "SELECT word FROM kept") == "yes"


def test_the_first_to_come_may_be_the_first_to_leave(data_dir: Path) -> None:
    first, second = User(data_dir, "listwright up"), User(data_dir)
    assert first.url == second.url
    first.leave()
    assert query(second.url, "SELECT word FROM kept") == "yes"
    second.leave()
    assert not running(data_dir)


def test_a_second_program_on_the_folder_is_refused_with_the_first_ones_pid_while_commands_join(data_dir: Path) -> None:
    first = User(data_dir, "listwright up")
    second = User(data_dir, "listwright up")
    assert f"listwright up already runs on the data folder {data_dir} (process {first.process.pid})" in second.error
    with pytest.raises(FolderInUseError) as caught:
        EmbeddedPostgres(data_dir, durable=False).open("listwright demo")
    assert caught.value.pid == first.process.pid
    with borrowed(data_dir) as url:
        assert url == first.url
    assert query(first.url, "SELECT word FROM kept") == "yes"
    first.leave()
    third = User(data_dir, "listwright up")
    assert third.url
    third.leave()


def test_two_that_start_at_once_get_one_server(data_dir: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        users = list(pool.map(lambda _: User(data_dir), range(4)))
    assert len({user.url for user in users}) == 1
    assert len([pid for pid in running(data_dir) if "-D" in (command_line(pid) or "")]) == 1
    for user in users:
        user.leave()


def test_a_forked_child_does_not_keep_the_folder(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir, durable=False)
    server.open("listwright up")
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        server.close()
        assert not running(data_dir)
        server.open("listwright up")
        server.close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_an_interrupted_first_start_is_begun_anew(empty_dir: Path) -> None:
    unfinished = empty_dir / "postgresql" / "cluster.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with borrowed(empty_dir) as url:
        assert query(url, "SELECT 1") == 1
    assert not unfinished.exists()


def test_a_path_longer_than_a_sockets_works(prepared: Path, empty_dir: Path) -> None:
    data_dir = empty_dir / ("d" * 120)
    subprocess.run(["cp", "-a", str(prepared), str(data_dir)], check=True)
    with borrowed(data_dir) as url:
        assert query(url, "SELECT word FROM kept") == "yes"


def test_a_language_that_the_machine_lacks_and_variables_of_another_postgresql_do_no_harm(empty_dir: Path) -> None:
    strange = {"LANG": "xx_YY.UTF-8", "LC_ALL": "tlh_KX.utf8", "PGPORT": "1", "PGDATA": "/", "PGUSER": "stranger"}
    user = User(empty_dir, **strange)
    assert user.error == ""
    assert query(user.url, "SELECT upper('ü')") == "Ü"
    user.leave()


def test_settings_fit_the_machine_and_only_tests_do_without_the_disk() -> None:
    small = server_settings(512 * MEBIBYTE, 64 * MEBIBYTE, durable=True)
    large = server_settings(64 * 1024 * MEBIBYTE, 32 * 1024 * MEBIBYTE, durable=True)
    assert (small["shared_buffers"], large["shared_buffers"]) == ("64MB", "1024MB")
    assert (small["dynamic_shared_memory_type"], large["dynamic_shared_memory_type"]) == ("mmap", "posix")
    assert "fsync" not in large
    assert server_settings(1, 1, durable=False)["fsync"] == "off"


def test_a_lock_is_told_from_a_share(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock") as one, FileLock(tmp_path / "lock") as two:
        assert one.try_shared()
        assert two.try_shared()
        assert not one.try_exclusive()
        two.close()
        assert one.try_exclusive()
        with FileLock(tmp_path / "lock") as three:
            assert not three.wait_shared(0.05)
