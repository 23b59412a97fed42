"""The guardian: a small process that runs the server while somebody uses it.

It belongs to no one program, so that the first to come may be the first to leave. It waits for the lock on the file
`users`, of which every user holds a share, and so learns of the last one's end, however that came. It starts the server
again when it dies alone. It holds the lock that says "a server runs here", which it inherits from the one who started
it. The server gets a signal when the guardian is killed.

Run as `python -m listwright.common.embedded_postgres`, an Order in JSON on standard input. Prints one line, `ready` or
`failed`, and nothing after.
"""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from listwright.common.parentwatch import bound_to_parent

from .leftovers import PID_FILE, end_leftovers, end_server, read_pid
from .locks import FileLock

RESTART_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)
STEADY_SECONDS = 60.0
START_SECONDS = 600.0  # recovery after a crash replays the log, which may take minutes


@dataclass(frozen=True)
class Order:
    """What a guardian is told: the server's command line, whom to run it as, and where things are."""

    command: list[str]
    popen_arguments: dict[str, Any]
    cluster: str
    users: str

    def to_json(self) -> str:
        """As the guardian reads it."""
        return json.dumps(dataclasses.asdict(self))


class Guardian:
    """Runs one server from its start to the last user's end."""

    def __init__(self, order: Order, say: Callable[[str], None]) -> None:
        self._order = order
        self._say = say
        self._cluster = Path(order.cluster)
        self._events: SimpleQueue[str] = SimpleQueue()

    def run(self) -> int:
        """Returns the exit status: 0 after an orderly end, 1 when the server does not start or stay up."""
        for number in (signal.SIGINT, signal.SIGHUP):
            # A Ctrl-C is for the programs, which leave when they are ready. Not SIG_IGN: the server would inherit that,
            # and ignore the signal that ends it until it has set its own handlers.
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._events.put("stop"))
        signal.signal(signal.SIGCHLD, lambda *_: self._events.put("child"))
        threading.Thread(target=self._wait_for_last_user, daemon=True).start()

        server = self._start()
        if not self._is_ready(server):
            self._say("failed")
            return 1
        self._say("ready")
        failures, started = 0, time.monotonic()
        while self._events.get() != "stop":
            if server.poll() is None:
                continue
            failures = 0 if time.monotonic() - started > STEADY_SECONDS else failures + 1
            if failures >= len(RESTART_PAUSES):
                _log("the server keeps ending; giving up")
                return 1
            _log(f"the server ended with status {server.returncode}; starting it again")
            time.sleep(RESTART_PAUSES[failures])
            end_leftovers(self._cluster)
            server, started = self._start(), time.monotonic()
        self._stop(server)
        return 0

    def _wait_for_last_user(self) -> None:
        FileLock(Path(self._order.users)).block_exclusive()  # held until this process ends: newcomers wait for that
        self._events.put("stop")

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._order.command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,  # the log file
            stderr=sys.stderr,
            start_new_session=True,
            preexec_fn=bound_to_parent(signal.SIGINT),
            **self._order.popen_arguments,
        )

    def _is_ready(self, server: subprocess.Popen[bytes]) -> bool:
        """Wait until the server accepts connections; False when it ended, or must stop before it came to that."""
        deadline = time.monotonic() + START_SECONDS
        while server.poll() is None:
            if read_pid(self._cluster) == server.pid and self._status() == "ready":
                return True
            try:
                stop = self._events.get(timeout=0.01) == "stop"
            except Empty:
                stop = False
            if stop or time.monotonic() > deadline:
                self._stop(server)
        return False

    def _stop(self, server: subprocess.Popen[bytes]) -> None:
        end_server(self._cluster)
        server.wait()

    def _status(self) -> str:
        """The state the server wrote into the last line of its pid file."""
        try:
            lines = (self._cluster / PID_FILE).read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""


def _log(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC [{os.getpid()}] guardian: {text}\n")
    sys.stderr.flush()


def main() -> int:
    """Read the order, run the server."""
    order = Order(**json.load(sys.stdin))

    def say(word: str) -> None:
        try:
            sys.stdout.write(f"{word}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            _log("who started this guardian is gone")
        # From here on nothing of ours holds the starter's pipe open.
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), 1)

    return Guardian(order, say).run()
