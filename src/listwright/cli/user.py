"""`listwright user`: people."""

from __future__ import annotations

import click

from listwright.cli.runtime import say, with_django


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command()
@click.argument("username")
@click.option("--email", default="", help="For messages of Listwright.")
@click.option("--administrator", is_flag=True, help="Administrator of the whole installation.")
@click.password_option(
    envvar="LISTWRIGHT_PASSWORD", help="Asked for when left out; in scripts give it as LISTWRIGHT_PASSWORD."
)
@with_django
def create(username: str, email: str, administrator: bool, password: str) -> None:
    """Create a person. Their role in a company is given when it is created, or on its People page."""
    from django.utils import timezone

    from listwright.changes.origin import Origin
    from listwright.companies import operations

    created = operations.create_user(
        username=username,
        password=password,
        email=email,
        superuser=administrator,
        origin=Origin.system("command line"),
        now=timezone.now(),
    )
    say(f"{created.username} can sign in.")
