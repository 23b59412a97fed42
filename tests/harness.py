"""The whole of Listwright as real processes, beside a sandbox: for stories, browser tests and benchmarks.

Everything listens on the loopback, every wait is bounded, and only processes started here are ended, by their ids.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

TOKEN = "sandbox-token"
STARTING = 60.0
"""Seconds for a program to answer: a second or two, but others may be starting at the same time."""
# To start Python and import everything takes longer than any of these commands.
COMMANDS = """
import json, sys
from listwright.config.entrypoint import main
for arguments in json.load(sys.stdin):
    try:
        main(arguments)
    except SystemExit as end:
        if end.code:
            raise
"""


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(check: Callable[[], Any], *, within: float, every: float = 0.05, what: str = "") -> Any:
    """The first true answer of `check`; fails with the last one after `within` seconds.

    The longer it takes the less often it looks (up to a tenth of the time it has waited): looking costs what is waited for.
    """
    began = time.monotonic()
    answer = None
    while (waited := time.monotonic() - began) < within:
        answer = check()
        if answer:
            return answer
        time.sleep(max(every, min(waited / 10, 0.5)))
    raise AssertionError(f"{what or 'it'} did not hold within {within:g} s; the last answer was {answer!r}")


class Program:
    """A process with its output kept in a file."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._file = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM, *, within: float = 10) -> None:
        """End it and what it started; with SIGKILL after so many seconds."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            try:
                self.process.wait(within)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        self._file.close()


class Sandbox:
    """The simulator as a process of its own, with its controls."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder, self._options = folder, options
        self.program = self._start(0)
        self.url = eventually(
            lambda: (found := re.search(r"listening on (\S+)", self.program.output)) and found[1],
            within=STARTING,
            what="the sandbox",
        )
        self.http = httpx2.Client(base_url=self.url, timeout=30)

    def _start(self, port: int, *more: str) -> Program:
        source = "from listwright_sandbox.main import main; main()"
        return Program(
            "sandbox",
            ["-c", source, "--port", str(port), "--die-with-parent", *self._options, *more],
            {"PYTHONPATH": os.pathsep.join(sys.path)},
            self._folder / "sandbox.log",
        )

    def start_again(self, dump: Any = None) -> None:
        """A new one at the same address, after `program` was stopped; it begins with what was dumped, or with what its
        options say, else with nothing."""
        begin: tuple[str, ...] = ()
        if dump is not None:
            (file := self._folder / "begin.json").write_text(json.dumps(dump))
            begin = ("--state", str(file))
        self.program = self._start(httpx2.URL(self.url).port or 0, *begin)

        def answers() -> bool:
            with contextlib.suppress(httpx2.HTTPError):
                return self.http.get("/_sandbox/state").status_code == 200
            return False

        eventually(answers, within=STARTING, what="the sandbox")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A control under /_sandbox/."""
        answer = self.http.request(method, f"/_sandbox/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def listing(self, sku: str, market: str = "fr-fr") -> dict[str, Any] | None:
        """A listing as Back Market's own address shows it."""
        answer = self.http.get(
            "/ws/listings/detail",
            params={"sku": sku},
            headers={
                "Authorization": f"Basic {TOKEN}",
                "User-Agent": "BM-Test-Listwright;test@example.com",
                "Accept-Language": market,
            },
        )
        return answer.json() if answer.status_code == 200 else None

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """What it has received, oldest first."""
        answer = self.http.get("/_sandbox/requests", params=filters)
        found = answer.json()
        return found["requests"] if isinstance(found, dict) else found

    def stop(self) -> None:
        """End it."""
        self.http.close()
        self.program.stop()


class Api:
    """REST with a token; `json` bodies in, parsed answers out."""

    def __init__(self, url: str, token: str, company: str) -> None:
        self.company = company
        self.http = httpx2.Client(base_url=f"{url}/api/v1/", headers={"Authorization": f"Bearer {token}"}, timeout=30)

    def call(self, method: str, path: str, body: Any = None, *, expect: int | None = None, **query: Any) -> Any:
        """`path` is under the company unless it starts with a slash; fails on any status but `expect` or a 2xx."""
        where = path[1:] if path.startswith("/") else f"companies/{self.company}/{path}"
        answer = self.http.request(method, where, json=body, params=query or None)
        right = answer.status_code == expect if expect else 200 <= answer.status_code < 300
        assert right, f"{method} {where}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    def get(self, path: str, **query: Any) -> Any:
        """GET."""
        return self.call("GET", path, **query)

    def finished(self, job: Mapping[str, Any], within: float = 60) -> dict[str, Any]:
        """A job once it has ended."""
        found: dict[str, Any] = eventually(
            lambda: (now := self.get(f"jobs/{job['id']}")) and now.get("finished_at") and now,
            within=within,
            every=0.1,
            what=f"job {job['id']} ended",
        )
        return found


class Stack:
    """Web server and worker on a database of their own, beside a sandbox."""

    def __init__(self, folder: Path, database_url: str, sandbox: Sandbox, **environment: str) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "DJANGO_SETTINGS_MODULE": "listwright.config.settings",
            "DATABASE_URL": database_url,
            "LISTWRIGHT_DATA_DIR": str(folder),
            "LISTWRIGHT_SECRET_KEY": "a key of the tests, which keeps nothing secret",
            "LISTWRIGHT_PORT": str(self.port),
            **environment,
        }
        self.programs: dict[str, Program] = {}

    def start(self, name: str, *arguments: str) -> Program:
        """Start `listwright ARGUMENTS` under a name."""
        program = Program(
            name,
            ["-c", "from listwright.config.entrypoint import main; main()", *arguments],
            self.environment,
            self.folder / f"{name}.log",
        )
        self.programs[name] = program
        return program

    def run(self, *lines: Sequence[str]) -> str:
        """Run `listwright ARGUMENTS` for each line, one after the other in one process; returns what they printed."""
        done = subprocess.run(
            [sys.executable, "-c", COMMANDS],
            env={**os.environ, **self.environment},
            input=json.dumps(lines),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{lines}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def python(self, source: str) -> str:
        """Run Python in a process of its own on the stack's database, Django set up; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{source}"],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def up(self) -> None:
        """Web server and the three workers; returns when the web server answers."""
        self.start("web", "serve")
        for role in ("plan", "push", "tasks"):
            self.start(role, "worker", "--role", role)

        def answers() -> bool:
            with contextlib.suppress(httpx2.HTTPError):
                return httpx2.get(f"{self.url}/healthz", timeout=2).status_code == 200
            return False

        eventually(answers, within=STARTING, what="the web server")

    def stop(self) -> None:
        """End everything that was started here, all at once."""
        threads = [threading.Thread(target=program.stop) for program in self.programs.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def logs(self) -> str:
        """The output of all programs, for the message of a failed test."""
        return "\n".join(
            f"--- {program.name}\n{program.output[-4000:]}"
            for program in [*self.programs.values(), self.sandbox.program]
        )


@contextlib.contextmanager
def running(folder: Path, database_url: str, *sandbox_options: str, **environment: str) -> Iterator[Stack]:
    """A stack that is up, with its sandbox; everything is ended behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(folder, *sandbox_options)
    stack = Stack(folder, database_url, sandbox, **environment)
    try:
        stack.up()
        yield stack
    finally:
        stack.stop()
        sandbox.stop()


def dumped(value: Any) -> str:
    """Readable JSON."""
    return json.dumps(value, indent=1, default=str)
