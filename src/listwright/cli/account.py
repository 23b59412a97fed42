"""`listwright account`: a company's connection to Back Market."""

from __future__ import annotations

import click

from listwright.cli.runtime import say, with_django


@click.group()
def account() -> None:
    """A company's connection to Back Market."""


@account.command()
@click.option("--company", "slug", required=True, help="Its slug.")
@click.option(
    "--environment", type=click.Choice(["production", "preprod", "sandbox"]), default="production", show_default=True
)
@click.option("--region", type=click.Choice(["eu", "na", "ap"]), default="eu", show_default=True)
@click.option("--agent-company", required=True, help="The seller's name, sent in the user agent.")
@click.option("--contact-mail", required=True, help="Sent in the user agent.")
@click.option("--default-market", default="fr-fr", show_default=True)
@click.option("--market", "markets", multiple=True, help="A market to keep right; again for each.")
@click.option("--sandbox-url", default="", help="Where the sandbox answers.")
@click.option(
    "--token",
    envvar="LISTWRIGHT_BACKMARKET_TOKEN",
    prompt=True,
    hide_input=True,
    help="Back Market's token. Asked for when left out; in scripts give it as LISTWRIGHT_BACKMARKET_TOKEN.",
)
@with_django
def connect(slug: str, markets: tuple[str, ...], **settings: str) -> None:
    """Connect a company to Back Market. Nothing is sent before that is switched on."""
    from django.utils import timezone

    from listwright.changes.origin import Origin
    from listwright.companies import operations, queries

    operations.connect_account(
        company=queries.company(slug),
        markets=markets,
        origin=Origin.system("command line"),
        now=timezone.now(),
        **settings,
    )
    say(f"{slug} is connected. Try it: listwright account test --company {slug}")


@account.command()
@click.option("--company", "slug", required=True, help="Its slug.")
@with_django
def test(slug: str) -> None:
    """Ask Back Market one cheap question with the stored connection."""
    from listwright.companies import queries
    from listwright.sync.probe import probe

    answer = probe(company=queries.company(slug))
    say(answer.message)
    if not answer.ok:
        raise click.exceptions.Exit(1)
