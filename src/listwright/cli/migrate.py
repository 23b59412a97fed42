"""`listwright migrate`: bring the database up to date."""

from __future__ import annotations

import time

import click

from listwright.cli.runtime import say, with_django

OLDEST_POSTGRESQL = 150000
# Any number that no other program uses for an advisory lock in this database.
LOCK = 0x4C495354


@click.command()
@click.option("--wait", default=30.0, show_default=True, metavar="SECONDS", help="How long to wait for the database.")
@with_django
def migrate(wait: float) -> None:
    """Bring the database up to date. Safe to run by several machines at once: one works, the others wait."""
    bring_up_to_date(wait)


def bring_up_to_date(wait: float) -> None:
    """Wait for the database up to `wait` seconds, then migrate it under an advisory lock."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from listwright.changes.operations import make_partitions
    from listwright.common.errors import NotReady

    _wait_for_database(wait)
    version = connection.pg_version  # type: ignore[attr-defined]
    if version < OLDEST_POSTGRESQL:
        raise NotReady("postgresql_too_old", f"PostgreSQL {version // 10000} is too old: Listwright needs 15 or newer.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            call_command("migrate", verbosity=0, interactive=False)
            make_partitions(now=timezone.now())
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    say("The database is up to date.")


def _wait_for_database(seconds: float) -> None:
    from django.db import OperationalError, connection

    deadline = time.monotonic() + seconds
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(0.2)
