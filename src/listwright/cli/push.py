"""`listwright push` and `listwright download-listings`: work with Back Market without a browser."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import click

from listwright.cli.runtime import say, with_django

ENDED = ("completed", "partial_success", "failed", "cancelled")
_wait = click.option("--wait", is_flag=True, help="Stay until the job has ended; exit status 1 unless all succeeded.")
_company = click.option("--company", "slug", required=True, help="Its slug.")


@click.command()
@click.argument("what", type=click.Choice(["launch", "update"]))
@_company
@click.option("--sku", "skus", multiple=True, help="A product; again for each.")
@click.option(
    "--filter", "filters", multiple=True, metavar="NAME=VALUE", help="As on Manage Catalog, such as ready=true."
)
@click.option("--all", "everything", is_flag=True, help="Every product.")
@click.option("--priority", type=click.Choice(["normal", "high", "critical"]), default="normal", show_default=True)
@_wait
@with_django
def push(
    what: str,
    slug: str,
    skus: Sequence[str],
    filters: Sequence[str],
    everything: bool,
    priority: str,
    wait: bool,
) -> None:
    """Send products to Back Market as a Queued Job, and print the job's number.

    launch: product information, creating listings or updating them. update: current price and quantity.
    """
    from django.utils import timezone

    from listwright.changes.origin import Origin
    from listwright.companies import queries
    from listwright.sync.operations import asked

    send = asked.launch if what == "launch" else asked.update
    chosen = selection(skus, filters, everything)
    job = send(
        company=queries.company(slug),
        selection=chosen,
        priority={"normal": 1, "high": 2, "critical": 3}[priority],
        origin=Origin.system("command line"),
        now=timezone.now(),
    )
    click.echo(job.pk)
    if wait:
        _follow(job.company_id, job.pk)


@click.command("download-listings")
@_company
@_wait
@with_django
def download_listings(slug: str, wait: bool) -> None:
    """Download the Active Listings of all markets as a Queued Job, and print the job's number."""
    from django.utils import timezone

    from listwright.changes.origin import Origin
    from listwright.companies import queries
    from listwright.sync.operations import asked

    job = asked.download(company=queries.company(slug), origin=Origin.system("command line"), now=timezone.now())
    click.echo(job.pk)
    if wait:
        _follow(job.company_id, job.pk)


def selection(skus: Sequence[str], filters: Sequence[str], everything: bool) -> dict[str, Any]:
    """The options as a selection; which of them must be given is the domain's to say."""
    chosen: dict[str, Any] = {}
    if skus:
        chosen["skus"] = list(skus)
    if filters:
        pairs = [item.partition("=") for item in filters]
        for name, sign, _ in pairs:
            if not sign:
                raise click.BadParameter(f"“{name}” is no NAME=VALUE, such as ready=true.", param_hint="--filter")
        chosen["filter"] = {name: value for name, _, value in pairs}
    if everything:
        chosen["all"] = True
    return chosen


def _follow(company_id: int, job_id: int) -> None:
    """Say how the job goes until it ends. Raises Exit with status 1 unless it completed."""
    from listwright.jobs import queries

    told = ""
    while True:
        job = queries.job(company_id=company_id, job_id=job_id)
        done = job.succeeded + job.failed + job.skipped
        now_told = f"{job.get_status_display()}: {done} of {job.total}"
        if now_told != told:
            say(now_told)
            told = now_told
        if job.status in ENDED:
            if job.message:
                say(job.message)
            if job.status != "completed":
                raise click.exceptions.Exit(1)
            return
        time.sleep(0.5)
