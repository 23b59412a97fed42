"""The command as people run it: real processes on a database of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"


FORKS = """
import json, os, sys
import django
from listwright.config.entrypoint import main
django.setup()
import listwright.bulk.operations, listwright.companies.operations, listwright.listings.operations, listwright.sync.operations
for line in iter(sys.stdin.readline, ""):
    arguments, environment, files = json.loads(line)
    child = os.fork()
    if not child:
        os.environ.update(environment)
        for number, name in enumerate((os.devnull, *files)):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), number)
        main(arguments)
        sys.exit()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Command:
    """`listwright` with its environment."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LISTWRIGHT_")},
            "PYTHONPATH": str(SOURCE),
            "PYTHONWARNINGS": "ignore",
            **environment,
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self._log = Path(self.environment["LISTWRIGHT_DATA_DIR"]) / "output.log"
        self._started: list[subprocess.Popen[str]] = []
        self._forks: subprocess.Popen[str] | None = None

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._line(arguments),
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def forked(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The same in a fork of a process that has imported everything, which takes a third of a whole start.

        Not for variables that Django's settings read.
        """
        if self._forks is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            settings = {"DJANGO_SETTINGS_MODULE": "listwright.config.settings"}
            self._forks = subprocess.Popen([sys.executable, "-c", FORKS], env=self.environment | settings, **pipes)
        forks = self._forks
        assert forks.stdin and forks.stdout
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("stdout", "stderr")]
            print(json.dumps([arguments, environment, [str(file) for file in files]]), file=forks.stdin, flush=True)
            status = int(forks.stdout.readline())
            return subprocess.CompletedProcess(self._line(arguments), status, *(file.read_text() for file in files))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """A command that goes on; ended with the test."""
        with self._log.open("a") as log:
            process = subprocess.Popen(
                self._line(arguments),
                env=self.environment | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def end(self) -> None:
        if self._forks is not None:
            self._forks.communicate(timeout=20)
        for process in self._started:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    @property
    def output(self) -> str:
        """What the started ones have said, for the message of a failing test."""
        return self._log.read_text()

    def _line(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "listwright.config.entrypoint", *arguments]


def _command(database: str, folder: Path) -> Iterator[Command]:
    secret = "a key of the tests, which keeps nothing secret"
    command = Command({"DATABASE_URL": database, "LISTWRIGHT_DATA_DIR": str(folder), "LISTWRIGHT_SECRET_KEY": secret})
    yield command
    command.end()


@pytest.fixture
def listwright(database_url: str, tmp_path: Path) -> Iterator[Command]:
    """The command on a migrated database."""
    yield from _command(database_url, tmp_path)


@pytest.fixture
def fresh_listwright(empty_database_url: str, tmp_path: Path) -> Iterator[Command]:
    """The command on an empty database."""
    yield from _command(empty_database_url, tmp_path)


@pytest.fixture
def without_database(tmp_path: Path) -> Iterator[Command]:
    """The command where no database can be had."""
    yield from _command("postgresql://nobody@127.0.0.1:1/nothing", tmp_path)


@pytest.fixture
def port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(address: str, **headers: str) -> int | None:
    """The status of a GET, None when nobody listens."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def eventually(holds: Callable[[], bool], seconds: float = 40.0) -> bool:
    """Whether it holds within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
