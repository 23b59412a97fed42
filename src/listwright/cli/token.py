"""`listwright token`: keys for programs."""

from __future__ import annotations

import click

from listwright.cli.runtime import with_django


@click.group()
def token() -> None:
    """Keys for programs, each acting as one person."""


@token.command()
@click.option("--user", "username", required=True, help="Whose rights it has.")
@click.option("--name", required=True, help="What will use it; shown in history.")
@with_django
def create(username: str, name: str) -> None:
    """Create a key for the REST API and print it, alone on standard output. It is shown this once."""
    from django.utils import timezone

    from listwright.changes.origin import Origin
    from listwright.companies import operations, queries

    _, plain = operations.create_token(
        user=queries.user(username), name=name, origin=Origin.system("command line"), now=timezone.now()
    )
    click.echo(plain)
