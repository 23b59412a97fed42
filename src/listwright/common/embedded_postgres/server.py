"""Taking and giving back the use of the embedded server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import guardian
from .cluster import DATABASE, ROLE, make_folders, owner_of, prepare_cluster, require_open_way, server_command
from .errors import EmbeddedPostgresError, FolderInUseError
from .leftovers import end_leftovers, read_pid
from .locks import FileLock
from .programs import Programs, find_programs, last_lines, server_user

LOG_BYTES = 10 * 1024 * 1024
# Longer than a server takes to stop, and than one takes to start.
LOCK_SECONDS = 180.0
PORT_TRIES = 5


class EmbeddedPostgres:
    """The PostgreSQL of one data folder, shared by all who use it.

    Everything is in `data_dir/postgresql`: `cluster` (PostgreSQL's own folder), `password`, `port`, `server.log`, and
    the lock files `users` (a share for each user), `program`, `starting` and `running` (held by the guardian).

    `durable=False` is for tests alone: the server then never waits for the disk.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir
        self.folder = data_dir.expanduser().resolve() / "postgresql"
        self.cluster = self.folder / "cluster"
        self.log = self.folder / "server.log"
        self._durable = durable
        self._share: FileLock | None = None
        self._program: FileLock | None = None
        self._guardian: subprocess.Popen[str] | None = None

    def open(self, program: str | None = None) -> str:
        """Take a share in the server, starting it when it does not run; returns its URL. close() gives it back.

        `program` names a program that must be the only one of its kind on the folder, like `listwright up`. Commands
        that only join in leave it out.

        Raises FolderInUseError when another such program runs, EmbeddedPostgresError when there can be no server.
        """
        if self._share is not None:
            raise RuntimeError("open() was called already")
        try:
            make_folders(self.folder)
            if program is not None:
                self._program = self._be_the_only_program(program)
            self._share = FileLock(self.folder / "users")
            if not self._share.wait_shared(LOCK_SECONDS):
                raise EmbeddedPostgresError(f"The server in {self.folder} has been stopping for {LOCK_SECONDS:.0f} s.")
            self.ensure_running()
            return self.url()
        except OSError as error:
            self.close()
            raise EmbeddedPostgresError(
                f"The embedded PostgreSQL in {self.folder} cannot be used: {error}.\n{self._log_tail(0)}"
            ) from error
        except BaseException:
            self.close()
            raise

    def ensure_running(self) -> None:
        """Start the server when it does not run; for one who has a share. A long-lived program calls it now and then,
        so that a killed guardian is replaced.

        Raises EmbeddedPostgresError when there can be no server.
        """
        with FileLock(self.folder / "starting") as starting:
            if not starting.wait_exclusive(LOCK_SECONDS):
                raise EmbeddedPostgresError(f"Another process has been starting the server in {self.folder} for long.")
            with FileLock(self.folder / "running") as running:
                if running.try_exclusive():
                    self._start(running)

    def url(self) -> str:
        """Where to connect: `postgresql://user:password@127.0.0.1:port/database`."""
        password = (self.folder / "password").read_text().strip()
        return f"postgresql://{ROLE}:{password}@127.0.0.1:{self._port()}/{DATABASE}"

    def server_pid(self) -> int | None:
        """The main server process's id, None when no server runs."""
        return read_pid(self.cluster)

    def close(self) -> None:
        """Give back the share; when it was the last one, wait until the server has stopped. May be called again."""
        share, self._share = self._share, None
        if share is not None:
            # Nobody else holds a share, or the guardian was quicker and has the whole lock already.
            last = share.try_exclusive() or not share.try_shared()
            share.close()
            if last:
                with FileLock(self.folder / "running") as running:
                    running.wait_exclusive(LOCK_SECONDS)
                if self._guardian is not None:
                    self._guardian.wait()
        if self._program is not None:
            self._program.close()
            self._program = None

    def _be_the_only_program(self, name: str) -> FileLock:
        lock = FileLock(self.folder / "program")
        if lock.try_exclusive():
            lock.write_note(f"{os.getpid()} {name}")
            return lock
        pid, _, other = lock.read_note().partition(" ")
        lock.close()
        known = pid.isdecimal()
        raise FolderInUseError(
            f"{other if known else 'Another program'} already runs on the data folder {self.data_dir}"
            f"{f' (process {pid})' if known else ''}. Stop it first, or give this one another folder with "
            "LISTWRIGHT_DATA_DIR.",
            int(pid) if known else None,
        )

    def _start(self, running: FileLock) -> None:
        """With the locks `starting` and `running` held: nobody else starts a server here, and no guardian lives."""
        end_leftovers(self.cluster)
        user = server_user(owner_of(self.cluster))
        require_open_way(self.folder, user)
        programs = find_programs(user, self.folder / "programs")
        prepare_cluster(self.cluster, self.folder / "password", programs, durable=self._durable)
        self._trim_log()
        for attempt in range(PORT_TRIES):
            seen = self.log.stat().st_size if self.log.exists() else 0
            if self._start_guardian(programs, running):
                break
            tail = self._log_tail(seen)
            if "could not create any TCP/IP sockets" not in tail or attempt == PORT_TRIES - 1:
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL did not start. The last lines of {self.log}:\n{tail}"
                )
            (self.folder / "port").unlink(missing_ok=True)  # another program has taken it meanwhile
        self._create_database()

    def _start_guardian(self, programs: Programs, running: FileLock) -> bool:
        order = guardian.Order(
            command=server_command(self.cluster, programs, self._port(), durable=self._durable),
            popen_arguments=programs.user.popen_arguments(),
            cluster=str(self.cluster),
            users=str(self.folder / "users"),
        )
        source = Path(__file__).resolve().parents[3]
        self.log.touch(mode=0o600)
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", __package__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd="/",
                env=os.environ | {"PYTHONPATH": str(source)},
                start_new_session=True,
                pass_fds=[running.fileno()],
            )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the guardian was started without pipes")
        with process.stdin, process.stdout:
            process.stdin.write(order.to_json())
            process.stdin.close()
            ready = process.stdout.readline() == "ready\n"
        if ready:
            self._guardian = process
        else:
            process.wait()
        return ready

    def _port(self) -> int:
        """The server's port: the same at each start, unless another program has taken it."""
        file = self.folder / "port"
        kept = file.read_text().strip() if file.exists() else ""
        if kept.isdecimal() and 0 < int(kept) < 65536:
            return int(kept)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        fresh = file.with_suffix(".new")
        fresh.write_text(f"{port}\n")
        fresh.rename(file)
        return port

    def _create_database(self) -> None:
        import psycopg  # here, because the guardian's start must not pay for it

        maintenance = self.url().rsplit("/", 1)[0] + "/postgres"
        with psycopg.connect(maintenance, autocommit=True, connect_timeout=10) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _trim_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.rename(self.log.with_suffix(".log.old"))

    def _log_tail(self, start: int) -> str:
        if not self.log.exists():
            return "    (the log is empty)"
        with self.log.open("rb") as file:
            file.seek(max(start, self.log.stat().st_size - 16_384))
            return last_lines(file.read().decode(errors="replace"))


@contextmanager
def embedded_postgres(data_dir: Path, *, program: str | None = None, durable: bool = True) -> Iterator[str]:
    """Hold a share in the server of `data_dir` while the block runs; gives its URL. See EmbeddedPostgres."""
    server = EmbeddedPostgres(data_dir, durable=durable)
    url = server.open(program)
    try:
        yield url
    finally:
        server.close()


def default_data_dir() -> Path:
    """Where data goes when nobody says otherwise: a place that works for this user, root included."""
    if os.geteuid() == 0:
        return Path("/var/lib/listwright")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Listwright"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "listwright"
