"""`listwright doctor`: what is wrong with this installation, and what mends it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from listwright.cli.migrate import OLDEST_POSTGRESQL
from listwright.cli.runtime import Runtime

SHORTEST_KEY = 32


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `remedy` is empty when it is as it should be."""

    what: str
    told: str
    remedy: str = ""


@click.command()
@click.option("--skip-back-market", is_flag=True, help="Do not ask Back Market.")
@click.pass_obj
def doctor(runtime: Runtime, skip_back_market: bool) -> None:
    """Look at everything Listwright needs, and say what mends what is wrong."""
    findings = [*_data_folder(runtime.data_dir())]
    try:
        with runtime.django():
            checks: list[Callable[[], Iterator[Finding]]] = [_database, _migrations, _partitions, _secret_key, _workers]
            if not skip_back_market:
                checks.append(_accounts)
            for check in checks:
                findings += _looked(check)
    except Exception as error:
        # Whatever keeps the database away is a finding here, and the last one.
        remedy = "Start the server, or mend DATABASE_URL; unset it to use the embedded one."
        findings.append(Finding("database", " ".join(str(error).split()), remedy))
    for finding in findings:
        click.echo(f"{'FAIL' if finding.remedy else 'ok  '}  {finding.what}: {finding.told}")
        if finding.remedy:
            click.echo(f"      {finding.remedy}")
    if any(finding.remedy for finding in findings):
        raise click.exceptions.Exit(1)


def _looked(check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """A check that cannot be made is a finding of its own, and the others are still made."""
    from django.db import Error

    try:
        return list(check())
    except Error as error:
        what = check.__name__.strip("_").replace("_", " ")
        return [Finding(what, " ".join(str(error).split()), "Run: listwright migrate")]


def _data_folder(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding("data folder", f"{folder} is made at the first start")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("data folder", f"{folder} cannot be written", f"Run: chown {os.getuid()} {folder}")
    else:
        yield Finding("data folder", str(folder))


def _database() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_database(), getdatabaseencoding()")
        version, name, encoding = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        (searchable,) = cursor.fetchone()
    old = connection.pg_version < OLDEST_POSTGRESQL  # type: ignore[attr-defined]
    yield Finding(
        "database", f"PostgreSQL {version}, {name}", "Listwright needs PostgreSQL 15 or newer." if old else ""
    )
    if encoding != "UTF8":
        yield Finding("encoding", encoding, "Create the database with ENCODING 'UTF8'.")
    remedy = "" if searchable else "As a superuser of the database: CREATE EXTENSION pg_trgm;"
    yield Finding("search", "pg_trgm is there" if searchable else "pg_trgm is missing", remedy)


def _migrations() -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    told = f"{len(waiting)} are not applied" if waiting else "all applied"
    yield Finding("migrations", told, "Run: listwright migrate" if waiting else "")


def _partitions() -> Iterator[Finding]:
    from django.utils import timezone

    from listwright.changes.queries import missing_partitions

    missing = missing_partitions(now=timezone.now())
    remedy = "Run: listwright migrate. The tasks worker makes them ahead of time." if missing else ""
    yield Finding("partitions", f"missing: {', '.join(missing)}" if missing else "made ahead", remedy)


def _secret_key() -> Iterator[Finding]:
    from django.conf import settings

    short = len(settings.SECRET_KEY) < SHORTEST_KEY
    remedy = f"Set LISTWRIGHT_SECRET_KEY to {SHORTEST_KEY} characters or more." if short else ""
    yield Finding("secret key", f"{len(settings.SECRET_KEY)} characters", remedy)


def _workers() -> Iterator[Finding]:
    from django.utils import timezone

    from listwright.jobs.health import health

    found = health(now=timezone.now())
    for role, count in found.workers.items():
        remedy = "" if count else f"Run: listwright up, or listwright worker --role {role}"
        yield Finding(f"worker {role}", f"{count} alive" if count else "none", remedy)


def _accounts() -> Iterator[Finding]:
    from listwright.common.errors import NotReady
    from listwright.companies import queries
    from listwright.sync.probe import probe

    for company in queries.everyone():
        what = f"Back Market of {company.slug}"
        try:
            answer = probe(company=company)
        except NotReady as error:
            if error.code == "not_connected":
                yield Finding(what, "not connected")
            else:
                yield Finding(what, error.message, "Restore the key, or enter the token in General Settings.")
            continue
        remedy = (
            "" if answer.ok else f"Mend it in General Settings, then: listwright account test --company {company.slug}"
        )
        yield Finding(what, answer.message, remedy)
