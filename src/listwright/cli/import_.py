"""`listwright import`: a file of products, shown as it would do, asked about, and applied, without a browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from listwright.cli.runtime import say, with_django

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 50


@click.command("import")
@click.argument("file", type=_FILE)
@click.option("--company", "slug", required=True, help="Its slug.")
@click.option("--create-missing", is_flag=True, help="Create products there are none of yet.")
@click.option("--keep-existing", is_flag=True, help="Leave products alone that exist already.")
@click.option("--all-or-nothing", is_flag=True, help="Apply nothing while a row has a mistake.")
@click.option(
    "--then", type=click.Choice(["offline", "leave"]), help="What becomes of listings the file disables on Back Market."
)
@click.option("--preview", "only_preview", is_flag=True, help="Write nothing; say what would change.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@click.option("--result", type=click.Path(dir_okay=False, path_type=Path), help="Write the file with status columns.")
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="The file's decimal sign, where in doubt.")
@click.option("--separator", help="Between cells of a text file: comma, semicolon, tab or vertical.")
@click.option("--encoding", help="Of a text file, such as utf-8 or cp1252.")
@click.option("--quote", help="Around cells of a text file: double, single or none.")
@click.option("--sheet", help="Of a workbook, by name.")
@click.option("--ignore-unknown", is_flag=True, help="Pass over columns nobody knows.")
@with_django
def import_(
    file: Path,
    slug: str,
    create_missing: bool,
    keep_existing: bool,
    all_or_nothing: bool,
    then: Any,
    only_preview: bool,
    yes: bool,
    result: Path | None,
    decimal: Any,
    ignore_unknown: bool,
    **reading: str | None,
) -> None:
    """Apply an XLSX, CSV, TAB or TXT file of products; row errors do not stop the others.

    Exit status 1 when rows failed or nobody agreed, 2 where nobody can be asked and --yes is missing.
    """
    from django.utils import timezone

    from listwright.bulk import operations
    from listwright.bulk import queries as uploads
    from listwright.bulk.outcome import Options
    from listwright.bulk.readers import parse_reading
    from listwright.changes.origin import Origin
    from listwright.companies import queries

    if result is not None and result.resolve() == file.resolve():
        raise click.BadParameter("name another file than the one to import.", param_hint="--result")
    company, origin = queries.company(slug), Origin.system("command line")
    with file.open("rb") as stream:
        upload = operations.start_upload(
            company=company,
            file=stream,
            file_name=file.name,
            options=Options(create_missing, not keep_existing, then, decimal, ignore_unknown, all_or_nothing),
            reading=parse_reading(reading),
            origin=origin,
            now=timezone.now(),
            defer=False,
        )
    for header in upload.ignored:
        say(f"Column “{header}” is not known and was passed over.")
    operations.preview_now(upload_id=upload.pk, now=timezone.now())
    upload = uploads.upload(company, upload.pk)
    if upload.state != "ready":
        raise click.ClickException(upload.message)
    unheard = not (only_preview or yes or sys.stdin.isatty())
    agreed = not (only_preview or unheard) and (yes or _agreed(upload))
    if agreed:
        operations.apply_upload(company=company, upload_id=upload.pk, origin=origin, now=timezone.now())
        operations.apply_now(upload_id=upload.pk, now=timezone.now(), wait=True)
        upload = uploads.upload(company, upload.pk)
    for row in uploads.rows(company, upload.pk, status="mistakes", limit=_SHOWN):
        for mistake in row.mistakes:
            say(f"Row {mistake.row}, {row.sku or 'no SKU'}: {mistake}")
    if upload.failed > _SHOWN:
        say(f"And {upload.failed - _SHOWN} more rows with mistakes; --result FILE writes them all.")
    if result is not None:
        with _created(result) as written:
            uploads.write_result(company, upload.pk, written)
    if not agreed:
        operations.delete_upload(company=company, upload_id=upload.pk, now=timezone.now())
    click.echo(_counts(upload, "" if agreed else "would be "))
    if unheard:
        raise click.UsageError("Nobody can be asked here: say --yes to apply, or --preview to see what would change.")
    if upload.failed or not (agreed or only_preview):
        raise click.exceptions.Exit(1)


def _agreed(upload: Any) -> bool:
    """Whether the person at the terminal wants what the file would do."""
    figures = upload.figures
    say(_counts(upload, "would be "))
    for count, told in (
        (figures.get("emptied"), "cells would be emptied"),
        (figures.get("switched_on"), "listings would be enabled"),
        (figures.get("switched_off"), "listings would be disabled"),
        (figures.get("going_online"), "listings would come online"),
        (figures.get("going_offline"), "listings would go offline"),
        (figures.get("lines"), f"lines to Back Market, {figures.get('hours', 0):g} hours at its limit"),
    ):
        if count:
            say(f"{count} {told}")
    return bool(upload.changed) and click.confirm("Apply?", err=True)


def _counts(upload: Any, would: str) -> str:
    return (
        f"{upload.rows} rows: {upload.changed} {would}changed ({upload.created} {would}created), "
        f"{upload.unchanged} unchanged, {upload.failed} failed, {upload.skipped} skipped"
    )


def _created(path: Path) -> Any:
    try:
        return path.open("wb")
    except OSError as error:
        raise click.ClickException(f"“{path}” cannot be written: {error.strerror}.") from error
