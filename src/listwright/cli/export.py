"""`listwright export`: products as a file, without a browser."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from listwright.cli.runtime import say, with_django


@click.command()
@click.option("--company", "slug", required=True, help="Its slug.")
@click.option("--all", "everything", is_flag=True, help="Every product.")
@click.option("--sku", "skus", multiple=True, help="A product; again for each.")
@click.option("--filter", "filters", metavar="JSON", help="As on Manage Catalog, such as '{\"ready\": true}'.")
@click.option("--columns", help="Headers, separated by commas; the usual ones when left out.")
@click.option(
    "--format", "file_format", type=click.Choice(["csv", "tab", "xlsx"]), default="csv", show_default=True
)  # fmt: skip
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; standard output when left out."
)
@with_django
def export(
    slug: str,
    everything: bool,
    skus: Sequence[str],
    filters: str | None,
    columns: str | None,
    file_format: Any,
    output: Path | None,
) -> None:
    """Write products in the columns that `import` reads."""
    from listwright.bulk.export import export as write
    from listwright.catalog.selection import parse_selection
    from listwright.companies import queries

    chosen: dict[str, Any] = {"skus": list(skus) or None, "all": everything or None, "filter": _filter(filters)}
    company = queries.company(slug)
    selection = parse_selection(chosen, company.currency)
    headers = [header for header in (columns or "").split(",") if header.strip()]
    if output is None:
        done = write(
            company=company,
            selection=selection,
            stream=sys.stdout.buffer,
            file_format=file_format,
            headers=headers,
        )
        sys.stdout.flush()
    else:
        unfinished = output.with_name(f".{output.name}.{os.getpid()}")
        try:
            with unfinished.open("wb") as stream:
                done = write(
                    company=company, selection=selection, stream=stream, file_format=file_format, headers=headers
                )
            unfinished.replace(output)
        except OSError as error:
            raise click.ClickException(f"“{output}” cannot be written: {error.strerror}.") from error
        finally:
            unfinished.unlink(missing_ok=True)
    for sku in done.unknown:
        say(f"There is no product “{sku}”.")
    say(f"{done.products} products")
    if done.unknown:
        raise click.exceptions.Exit(1)


def _filter(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        raise click.BadParameter('write it as JSON, such as {"ready": true}.', param_hint="--filter") from None
