"""Folders that cannot be used, and users: told in words.

As root (CI's containers) the same is tried as a normal user too.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from listwright.common.embedded_postgres import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    default_data_dir,
)
from listwright.common.embedded_postgres.leftovers import command_line
from listwright.common.embedded_postgres.programs import closed_folder
from tests.unit.embedded_postgres.user import (
    NOBODY,
    SOURCE,
    User,
    borrowed,
    only_root,
    query,
    running,
    until,
)


def test_a_folder_of_another_major_version_is_refused_with_the_way_to_upgrade(data_dir: Path) -> None:
    version = data_dir / "postgresql" / "cluster" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("15\n")
    with pytest.raises(
        EmbeddedPostgresError, match=r"PostgreSQL 15, and PostgreSQL \d+ is installed.*pg_dump"
    ) as caught:
        EmbeddedPostgres(data_dir, durable=False).open()
    guide = re.search(r"docs/\S+\.md", str(caught.value))
    assert guide is not None
    assert (SOURCE.parent / guide.group()).exists()
    version.write_text(ours)
    with borrowed(data_dir) as url:
        assert query(url, "SELECT word FROM kept") == "yes"


def test_a_server_that_does_not_start_is_explained_with_its_own_last_words(data_dir: Path) -> None:
    control = data_dir / "postgresql" / "cluster" / "global" / "pg_control"
    kept = control.rename(control.with_suffix(".kept"))
    with pytest.raises(EmbeddedPostgresError, match=r"did not start[\s\S]*pg_control"):
        EmbeddedPostgres(data_dir, durable=False).open()
    kept.rename(control)
    with borrowed(data_dir) as url:
        assert query(url, "SELECT word FROM kept") == "yes"


def test_a_data_dir_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedPostgresError, match=r"file/data"):
        EmbeddedPostgres(tmp_path / "file" / "data").open()


@only_root
def test_a_folder_closed_to_the_servers_user_is_refused_and_left_as_it_is(empty_dir: Path) -> None:
    closed = empty_dir / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedPostgresError, match=rf"cannot pass {closed} .*/var/lib/listwright"):
        EmbeddedPostgres(closed / "data").open()
    assert closed.stat().st_mode & 0o777 == 0o700


def owners(data_dir: Path) -> set[int]:
    """The users that the server's processes run as."""
    found = set()
    for pid in running(data_dir):
        with suppress(FileNotFoundError):  # the process of a connection that has just ended
            found.add(Path(f"/proc/{pid}").stat().st_uid)
    return found


@only_root
def test_root_gets_a_server_that_is_not_root_whatever_the_umask(empty_dir: Path) -> None:
    before = os.umask(0o077)
    try:
        with borrowed(empty_dir / "a" / "b") as url:
            assert query(url, "SELECT 1") == 1
            found = owners(empty_dir / "a" / "b")
    finally:
        os.umask(before)
    assert len(found) == 1
    assert 0 not in found


@only_root
def test_programs_that_the_servers_user_cannot_reach_are_copied(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the environment lies in /root."""
    from listwright.common.embedded_postgres import programs

    monkeypatch.setattr(programs, "closed_folder", lambda path, *_: path if "site-packages" in str(path) else None)
    with borrowed(data_dir) as url:
        assert query(url, "SELECT word FROM kept") == "yes"
        assert str(data_dir) in (command_line(running(data_dir)[0]) or "").split("\0")[0]
    with borrowed(data_dir) as url:
        assert query(url, "SELECT word FROM kept") == "yes"


@only_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_a_normal_user_gets_a_server_of_his_own(empty_dir: Path) -> None:
    empty_dir.chmod(0o777)
    # The capability is for reading this Python and these sources, which may lie in root's home.
    prefix = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    prefix += ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    data_dir = empty_dir / "data"
    for _ in range(2):
        user = User(data_dir, "listwright up", prefix=prefix, HOME=str(empty_dir))
        assert user.error == ""
        assert query(user.url, "SELECT 1") == 1
        assert owners(data_dir) == {NOBODY}
        user.leave()
    user = User(data_dir, "listwright up", prefix=prefix, HOME=str(empty_dir))
    user.kill()
    until(lambda: not running(data_dir))


@only_root
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_another_users_folder_is_refused_by_name(data_dir: Path) -> None:
    for path in [data_dir, *data_dir.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o007)
    prefix = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    prefix += ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    owner = (data_dir / "postgresql" / "cluster").owner()
    if owner == "nobody":
        pytest.skip("on this machine root's server runs as nobody itself")
    assert f"belongs to user {owner}" in User(data_dir, prefix=prefix).error


def test_the_default_data_dir_is_reachable_for_the_servers_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert closed_folder(default_data_dir(), NOBODY, NOBODY) is None
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    if sys.platform.startswith("linux"):
        assert default_data_dir() == Path("/somewhere/listwright")
