"""`listwright company`: companies."""

from __future__ import annotations

import click

from listwright.cli.runtime import say, with_django


@click.group()
def company() -> None:
    """Sellers."""


@company.command()
@click.argument("slug")
@click.option("--name", help="As shown; the slug when left out.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217 code of its catalog's prices.")
@click.option("--user", "username", required=True, help="Who becomes its administrator.")
@with_django
def create(slug: str, name: str | None, currency: str, username: str) -> None:
    """Create a company. SLUG is its place in every address, such as acme-phones."""
    from django.utils import timezone

    from listwright.catalog import operations
    from listwright.changes.origin import Origin
    from listwright.companies import queries

    created = operations.open_company(
        slug=slug,
        name=name or slug,
        currency=currency,
        creator=queries.user(username),
        origin=Origin.system("command line"),
        now=timezone.now(),
    )
    say(f"{created.name} is at /{created.slug}/; {username} is its administrator.")
