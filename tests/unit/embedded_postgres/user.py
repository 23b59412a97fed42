"""A program that uses the embedded server, in a process of its own, and what tests look for."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from listwright.common.embedded_postgres import (
    embedded_postgres,
)
from listwright.common.embedded_postgres.leftovers import read_pid, server_processes

SOURCE = Path(__file__).resolve().parents[3] / "src"
AS_ROOT = os.geteuid() == 0
NOBODY = 65534
# A killed process loses nothing that it gave to the operating system: only the tests of settings need the disk.
borrowed = functools.partial(embedded_postgres, durable=False)
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")

# A program that uses the server until its standard input ends. It prints the URL, or the error, as a line of JSON.
USER = """
import json, sys
from pathlib import Path
from listwright.common.embedded_postgres import EmbeddedPostgresError, embedded_postgres
try:
    with embedded_postgres(Path(sys.argv[1]), program=sys.argv[2] or None, durable=False) as url:
        print(json.dumps({"url": url}), flush=True)
        sys.stdin.read()
except EmbeddedPostgresError as error:
    print(json.dumps({"error": str(error)}), flush=True)
"""


class User:
    """Such a program, in a process of its own."""

    def __init__(self, data_dir: Path, program: str = "", *, prefix: tuple[str, ...] = (), **environment: str) -> None:
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", USER, str(data_dir), program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE), **environment},
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, "the program said nothing"
        answer = json.loads(said)
        self.url: str = answer.get("url", "")
        self.error: str = answer.get("error", "")

    def leave(self) -> None:
        self.process.communicate("", timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.02)


def query(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def guardian_of(data_dir: Path) -> int:
    """The parent of the main server process."""
    pid = read_pid(data_dir / "postgresql" / "cluster")
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rsplit(")", 1)[1].split()[1])


def running(data_dir: Path) -> list[int]:
    return server_processes(data_dir.resolve() / "postgresql" / "cluster")
