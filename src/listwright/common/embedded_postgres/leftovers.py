"""Server processes and pid files that an earlier run left behind.

Nothing here believes a pid file: a pid may be another program's by now, and the file may be half-written. Processes are
known by their command line: the main one names its data folder, the others carry `cluster_name` in their titles.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .errors import EmbeddedPostgresError

PID_FILE = "postmaster.pid"
STOP_STEPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
STUCK_SECONDS = 2.0


def cluster_name(cluster: Path) -> str:
    """A name for the cluster in this folder, shown in the titles of its processes."""
    return "listwright-" + hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]


def read_pid(cluster: Path) -> int | None:
    """The main server process's id as its pid file has it; None when there is no file or it is half-written."""
    try:
        first = (cluster / PID_FILE).read_text(errors="replace").split("\n")[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdecimal() and int(first) > 1 else None


def command_line(pid: int) -> str | None:
    """The command line of a running process, words separated by NUL on Linux, by spaces elsewhere; None when there
    is no such process."""
    return next((line for found, line in _processes() if found == pid), None)


def server_processes(cluster: Path) -> list[int]:
    """Ids of all running server processes of the cluster in this folder, the main one first."""
    return list(_server_processes(cluster))


def end_server(cluster: Path) -> None:
    """End all server processes of this cluster: with a checkpoint, else without one (the next start then recovers).

    Raises EmbeddedPostgresError when processes survive even SIGKILL.
    """
    for number, seconds in STOP_STEPS:
        if _end(cluster, number, seconds):
            return
    raise EmbeddedPostgresError(f"Server processes of {cluster} do not end: {server_processes(cluster)}.")


def _end(cluster: Path, number: signal.Signals, seconds: float) -> bool:
    started = busy = time.monotonic()
    told: dict[int, float] = {}
    while lines := _server_processes(cluster):
        now = time.monotonic()
        if not _is_stuck(cluster, lines):
            busy = now
        if now - started > seconds or now - busy > STUCK_SECONDS:
            return False
        for pid in _targets(cluster, lines, number):
            if now - told.get(pid, 0.0) > 1.0:  # again, since a process that is just starting may lose one
                told[pid] = now
                _signal(pid, number)
        time.sleep(0.02)
    return True


def _is_stuck(cluster: Path, lines: dict[int, str]) -> bool:
    """Whether nothing is left but the main process, an idle checkpointer and I/O workers. A PostgreSQL 18.6 that is
    asked to end while it restarts after a crash stays like that for ever."""
    idle = re.compile(re.escape(_title(cluster)) + r"(checkpointer|io worker \d+)[\0 ]*")
    titles = [line for line in lines.values() if line.startswith(_title(cluster))]
    return bool(titles) and all(idle.fullmatch(title) for title in titles)


def end_leftovers(cluster: Path) -> None:
    """End what still runs of the cluster, and remove its pid file. The caller holds the lock that makes it the only one
    to start a server here.

    Raises EmbeddedPostgresError when a server that somebody else started runs in the folder.
    """
    end_server(cluster)
    pid = read_pid(cluster)
    line = command_line(pid) if pid is not None else None
    if line is not None and "postgres" in line.split("\0")[0] and " -D " not in line.replace("\0", " "):
        raise EmbeddedPostgresError(
            f"Process {pid} is a PostgreSQL that was started by hand and may be using {cluster}. Stop it first."
        )
    (cluster / PID_FILE).unlink(missing_ok=True)


def _server_processes(cluster: Path) -> dict[int, str]:
    """Ids and command lines, the main process first."""
    try:
        owner = cluster.stat().st_uid
    except FileNotFoundError:
        return {}
    main, others = {}, {}
    for pid, line in _processes(owner):
        if line.startswith(_title(cluster)):
            others[pid] = line
        elif f" -D {cluster} " in f"{line} ".replace("\0", " ") and re.match(r"[^\0 ]*postgres[\0 ]", line):
            main[pid] = line
    return main | others


def _title(cluster: Path) -> str:
    return f"postgres: {cluster_name(cluster)}: "


def _targets(cluster: Path, lines: dict[int, str], number: signal.Signals) -> list[int]:
    """Whom to tell: the main process, which tells the others; where it is dead, or all must die, each."""
    main = [pid for pid, line in lines.items() if not line.startswith(_title(cluster))]
    return main if main and number is not signal.SIGKILL else list(lines)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _processes(owner: int | None = None) -> Iterator[tuple[int, str]]:
    """Id and command line of the running processes of a user, or of all. Zombies have none."""
    if sys.platform.startswith("linux"):
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                if owner is None or entry.stat().st_uid == owner:
                    line = (entry / "cmdline").read_bytes().decode(errors="surrogateescape")
                    if line:
                        yield int(entry.name), line
            except (FileNotFoundError, ProcessLookupError):
                continue  # ended meanwhile
        return
    selection = ["-ax"] if owner is None else ["-U", str(owner)]
    listing = subprocess.run(
        ["ps", *selection, "-o", "pid=,command=", "-ww"], capture_output=True, text=True, check=True
    )
    for row in listing.stdout.splitlines():
        pid, _, line = row.strip().partition(" ")
        if not line.strip().startswith("("):
            yield int(pid), line.strip()
