"""One real PostgreSQL for the whole run.

With `DATABASE_URL` that server is used (its databases are left alone), else an embedded one, shared by all workers of
the run and stopped with the last. Migrations run once, in a template; each worker and each `database_url` is a copy.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from pytest_django.plugin import DjangoDbBlocker

from listwright.common.embedded_postgres import embedded_postgres
from listwright.common.embedded_postgres.locks import FileLock

# Hundreds of processes are started here: each would compile all of Listwright anew, which is half of what a start takes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What helpers assert is told as fully as what tests do.
pytest.register_assert_rewrite(
    *(f"tests.{part}" for part in ("api", "browser", "channels", "chaos", "domain", "harness", "stories", "web"))
)

# How long an example takes says nothing about the code on a machine that has other work.
hypothesis.settings.register_profile(
    "listwright", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("listwright")

RUN = "LISTWRIGHT_TEST_RUN"
ABANDONED_AFTER = 6 * 3600
LARGE = 1024 * 1024
USED_TABLES = """
SELECT oid::regclass::text, pg_relation_size(oid), current_setting('is_superuser') = 'on' FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission', 'procrastinate_version')
"""
# The longest first, so that none of them is begun when everything else has ended.
LONGEST = (
    "stories/test_open_questions.py",
    "stories/test_every_fault.py",
    "stories/test_faults.py",
    "cli/test_commands.py",
    "stories/",
    "browser/",
    "cli/",
    "unit/embedded_postgres/test_dying.py",
    "unit/embedded_postgres/test_starting.py",
    "api/test_nonsense.py",
    "domain/",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Two more than processors: stories and browser tests wait for most of their time."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order of LONGEST (with `--no-loadscope-reorder`, else xdist takes the files with the most tests first)."""
    tests = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(tests).as_posix()
        return next((at for at, name in enumerate(LONGEST) if path.startswith(name)), len(LONGEST))

    items.sort(key=place)


def pytest_configure(config: pytest.Config) -> None:
    """In the main process: name the run, for its workers to inherit."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = f"listwright_test_{int(time.time())}_{secrets.token_hex(3)}"
        data_dir = Path(os.environ["LISTWRIGHT_TEST_DATA_DIR"])
        data_dir.chmod(0o711)  # the server's user must get in


def pytest_unconfigure(config: pytest.Config) -> None:
    """In the main process, when all workers are gone: leave nothing behind."""
    if hasattr(config, "workerinput") or RUN not in os.environ:
        return
    if url := os.environ.get("DATABASE_URL"):
        with psycopg.connect(url, autocommit=True) as connection:
            for name in _databases(connection, rf"{os.environ[RUN]}_\w+"):
                _drop(connection, name)
    shutil.rmtree(os.environ["LISTWRIGHT_TEST_DATA_DIR"], ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server of this run. Its own database is for CREATE DATABASE alone."""
    if url := os.environ.get("DATABASE_URL"):
        with psycopg.connect(url, autocommit=True) as connection:
            _drop_abandoned(connection)
        yield url
        return
    with embedded_postgres(Path(os.environ["LISTWRIGHT_TEST_DATA_DIR"]), durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def template_database(postgres_url: str, django_db_blocker: DjangoDbBlocker, django_test_environment: None) -> str:
    """The name of the migrated database that all others are copied from; made by the first worker to come."""
    from django.core.management import call_command

    name = f"{os.environ[RUN]}_template"
    with FileLock(Path(os.environ["LISTWRIGHT_TEST_DATA_DIR"]) / "template.lock") as lock:
        lock.block_exclusive()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            if not _databases(connection, name):
                unfinished = f"{name}_unfinished"
                _drop(connection, unfinished)
                _create(connection, unfinished)
                with django_db_blocker.unblock(), _django_on(replace_database(postgres_url, unfinished)):
                    call_command("migrate", verbosity=0, interactive=False)
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                connection.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, postgres_url: str, template_database: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Django's database of this worker (instead of pytest-django's own, which would migrate for each)."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with database_copy(postgres_url, template_database, worker) as url, django_db_blocker.unblock(), _django_on(url):
        django_db_blocker.block()
        yield
        django_db_blocker.restore()


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """A fresh, migrated database of its own, for tests that start real server processes."""
    with database_copy(postgres_url, template_database, secrets.token_hex(4)) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A database without any table, for tests of migrations and of first starts."""
    with database_copy(postgres_url, "template0", secrets.token_hex(4)) as url:
        yield url


@pytest.fixture(autouse=True, scope="session")
def _quick_flush(django_test_environment: None) -> Iterator[None]:
    """After a transactional test Django truncates each of its tables, which takes half a second, and makes permissions
    anew. Emptying what has rows takes a few milliseconds, and does not spare tables that are not Django's."""
    from django.test import TransactionTestCase

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: _empty_tables())
        yield


def _empty_tables() -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(USED_TABLES)
        tables = cursor.fetchall()
        names = [name for name, _, _ in tables]
        if any(size > LARGE or not superuser for _, size, superuser in tables):
            # Made small again, too: the next tests look through all of it.
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")
        elif names:
            # Without the keys between them, so that their order is of no account.
            deletes = [f"DELETE FROM {name}" for name in names]
            cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *deletes]))


def replace_database(url: str, name: str) -> str:
    """The same server, another database. `url` must name a database, as in `postgresql://user@host:5432/name`."""
    replaced, count = re.subn(r"(//[^/?]*)/[^?]*", rf"\1/{name}", url, count=1)
    if not count:
        raise ValueError("DATABASE_URL names no database; give it as postgresql://user@host:5432/name")
    return replaced


@contextmanager
def _django_on(url: str) -> Iterator[None]:
    """Point Django's default connection at another database."""
    from django.db import connections

    from listwright.config.settings import database

    connection = connections["default"]
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(database(url))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@contextmanager
def database_copy(server: str, template: str, suffix: str) -> Iterator[str]:
    """A copy of a database on the same server, dropped in the end; its URL."""
    name = f"{os.environ[RUN]}_{suffix}"
    with psycopg.connect(server, autocommit=True) as connection:
        _create(connection, name, template)
    try:
        yield replace_database(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            _drop(connection, name)


def _databases(connection: psycopg.Connection, pattern: str) -> list[str]:
    rows = connection.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{pattern}$"])
    return [row[0] for row in rows]


def _create(connection: psycopg.Connection, name: str, template: str = "template0") -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _drop_abandoned(connection: psycopg.Connection) -> None:
    """What killed runs left behind."""
    for name in _databases(connection, r"listwright_test_\d+_\w+"):
        if int(name.split("_")[2]) < time.time() - ABANDONED_AFTER:
            _drop(connection, name)
