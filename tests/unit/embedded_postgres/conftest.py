"""Folders with and without a cluster in them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from listwright.common.embedded_postgres.leftovers import server_processes
from tests.unit.embedded_postgres.user import (
    borrowed,
    query,
    until,
)


@pytest.fixture
def empty_dir() -> Iterator[Path]:
    """A folder that every user may pass, which pytest's own is not. Nothing may run in it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="listwright-pg-"))
    folder.chmod(0o755)
    yield folder
    try:
        for cluster in folder.glob("**/cluster"):
            until(lambda at=cluster: not server_processes(at))
    finally:
        for cluster in folder.glob("**/cluster"):
            for pid in server_processes(cluster):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """A data folder with a cluster in it and one row, to be copied; initdb takes half a second each time."""
    folder = Path(tempfile.mkdtemp(prefix="listwright-pg-"))
    folder.chmod(0o755)
    with borrowed(folder / "data") as url:
        query(url, "CREATE TABLE kept AS SELECT 'yes' AS word")
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(prepared: Path, empty_dir: Path) -> Path:
    subprocess.run(["cp", "-a", str(prepared), str(empty_dir / "data")], check=True)
    return empty_dir / "data"
