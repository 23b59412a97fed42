"""Worker processes on a PostgreSQL of their own, and their parent's hands on them: SIGKILL, SIGSTOP, late SIGCONT."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from listwright.common.embedded_postgres import EmbeddedPostgres
from tests.harness import Program

ROLES = {"push-1": "push", "push-2": "push", "plan": "plan", "tasks": "tasks"}
# Short, so that a minute holds many lives; `slow` of the sandbox is longer than an answer is waited for.
TIMES = {
    "LISTWRIGHT_LEASE_LENGTH": "3",
    "LISTWRIGHT_LEASE_HEARTBEAT": "0.5",
    "LISTWRIGHT_HTTP_TIMEOUT": "1.5",
    "LISTWRIGHT_SWEEP_INTERVAL": "1",
    "LISTWRIGHT_QUARANTINE_SINGLE": "2",
    "LISTWRIGHT_QUARANTINE_BULK": "4",
    "LISTWRIGHT_POLL_FIRST": "0.2",
    "LISTWRIGHT_POLL_LONGEST": "1",
    "LISTWRIGHT_READ_AGAIN": "0.5",
    "LISTWRIGHT_TASK_PATIENCE": "4",
    "LISTWRIGHT_ORDERS_FRESH": "2",
    "LISTWRIGHT_WINDOW_REQUESTS": "100000",
    "LISTWRIGHT_DOWNLOAD_INTERVAL": "1000000",
}
LEASE = 3.0


@dataclass
class Worker:
    """One process after another under one name: a worker, or the clerk; the file tells the living one where to stop."""

    name: str
    role: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    lives: int = 0
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        self.told = self.folder / f"{self.name}.place"
        self.start()

    def start(self) -> None:
        """A new life."""
        self.lives += 1
        self.disarm()
        environment = {**self.environment, "LISTWRIGHT_KILL_POINTS": str(self.told), "PGAPPNAME": f"sync-{self.name}"}
        self.program = Program(self.name, self.arguments, environment, self.folder / f"{self.name}.log")

    @property
    def alive(self) -> bool:
        return self.program.process.poll() is None

    def arm(self, place: str) -> None:
        """Have it stop itself when it gets to this place."""
        fresh = self.told.with_suffix(".new")
        fresh.write_text(place)
        fresh.rename(self.told)

    def disarm(self) -> bool:
        """Have it stop nowhere; False when it has got there meanwhile."""
        try:
            self.told.unlink()
        except FileNotFoundError:
            return False
        return True

    def stopped(self, within: float) -> bool:
        """Whether it stops itself within so many seconds."""
        until = time.monotonic() + within
        options = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        while time.monotonic() < until and self.alive:
            with contextlib.suppress(ChildProcessError):
                if os.waitid(os.P_PID, self.program.process.pid, options) is not None:
                    return True
            time.sleep(0.01)
        return False

    def signal(self, number: signal.Signals) -> None:
        """As its parent."""
        with contextlib.suppress(ProcessLookupError):
            self.program.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and gone."""
        self.signal(signal.SIGKILL)
        self.program.stop(signal.SIGKILL)

    def passed(self) -> set[str]:
        """The places its lives have passed."""
        file = self.told.with_name(f"{self.told.name}.passed")
        return set(file.read_text().splitlines()) if file.exists() else set()


def environment_of(folder: Path, database_url: str) -> dict[str, str]:
    """Of every process of ours."""
    return {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DJANGO_SETTINGS_MODULE": "listwright.config.settings",
        "DATABASE_URL": database_url,
        "LISTWRIGHT_DATA_DIR": str(folder),
        "LISTWRIGHT_SECRET_KEY": os.environ["LISTWRIGHT_SECRET_KEY"],
        **TIMES,
    }


class Workers:
    """Two that push, one that plans, one for the tasks; and somebody at the pages of the company `clerk_for`."""

    def __init__(
        self, folder: Path, database_url: str, *, names: Sequence[str] = tuple(ROLES), clerk_for: str = "", **times: str
    ) -> None:
        environment = environment_of(folder, database_url) | times
        self._dismissed: set[str] = set()
        # Where each of its threads is, it says when it is asked by a signal.
        source = (
            "import faulthandler, signal; faulthandler.register(signal.SIGUSR1);"
            " from listwright.config.entrypoint import main; main()"
        )
        worker = ["-c", source, "worker", "--role"]
        self.all = {name: Worker(name, ROLES[name], [*worker, ROLES[name]], folder, environment) for name in names}
        if clerk_for:
            self.all["clerk"] = Worker("clerk", "clerk", ["-m", "tests.chaos.clerk", clerk_for], folder, environment)

    def revive(self) -> None:
        """Wake those that sleep, start those that are dead."""
        for worker in self.all.values():
            if worker.name in self._dismissed:
                continue
            worker.disarm()
            if worker.alive:
                worker.signal(signal.SIGCONT)
            else:
                worker.start()

    @contextlib.contextmanager
    def kept_alive(self) -> Iterator[None]:
        """Start whoever ends meanwhile, as their supervisor does: one that has lost its database ends by itself."""
        over = threading.Event()

        def keep() -> None:
            while not over.wait(1):
                for worker in self.all.values():
                    if worker.name not in self._dismissed and not worker.alive:
                        worker.start()

        keeper = threading.Thread(target=keep, daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def dismiss(self, name: str) -> None:
        """End one for good."""
        self._dismissed.add(name)
        self.all[name].kill()

    def passed(self) -> set[str]:
        """The places any of them has passed."""
        return set().union(*(worker.passed() for worker in self.all.values()))

    def end(self) -> None:
        """All of them."""
        for worker in self.all.values():
            worker.kill()

    def logs(self) -> str:
        """The end of what each said, and where it is now."""
        for name in ROLES:
            if name in self.all:
                self.all[name].signal(signal.SIGUSR1)
        time.sleep(1)
        return "\n".join(f"--- {name}\n{worker.program.output[-15000:]}" for name, worker in self.all.items())


def crash(server: EmbeddedPostgres) -> None:
    """PostgreSQL dies at once, all of it; its guardian starts it again."""
    pid = server.server_pid()
    assert pid is not None
    os.kill(pid, signal.SIGQUIT)
