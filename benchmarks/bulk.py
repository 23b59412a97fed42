"""How fast a file of products goes in and comes out, beside django-import-export and beside bare SQL.

    python -m benchmarks.bulk [--size N] [--quick]

A workbook names existing products with listings in three markets and changes all of its eleven columns in each row. It
is uploaded, previewed and applied, history and grid included, in a process of its own whose memory is measured. Then a
flat table with the same columns is updated from the same values by django-import-export, and by COPY and UPDATE.
Without options it runs at 100,000 rows and at 1,000,000.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

NAME = "bulk"
QUICK = 30_000
SIZES = (100_000, 1_000_000)
OTHERS = 3_000
"""Rows the other library is given: at its pace all of them would take minutes."""

HEADERS = (
    "SKU", "ProductName", "Brand", "Condition", "WeightOz", "SitePrice", "ListPrice", "Description", "Qty",
    "BackmarketTitle", "BackmarketPrice", "BackmarketSafetyQty",
)  # fmt: skip


def row(number: int) -> tuple[Any, ...]:
    """The cells for one product; each says something else than what stands there."""
    return (
        f"BENCH-{number:08d}",
        f"Phone {number} 128 GB, as new",
        ("Apple", "Samsung", "Google")[number % 3],
        ("Used", "Fine")[number % 2],
        5 + number % 50 / 8,
        550 + number % 997 / 4,
        800 + number % 983 / 4,
        f"Tested, cleaned, with charger. Batch {number % 5000}.",
        20 + number % 70,
        f"Phone {number} 128 GB - unlocked",
        520 + number % 911 / 4,
        1 + number % 5,
    )


@click.command()
@click.option("--size", type=click.IntRange(1000), help="Rows, in place of 100,000 and 1,000,000.")
@click.option("--quick", is_flag=True, help=f"{QUICK:,} rows; rates are held to the same limits.")
def main(size: int | None, quick: bool) -> None:
    """Measures bulk uploads and exports, and says whether their limits hold."""
    from benchmarks.report import finish

    sizes = (QUICK,) if quick else (size,) if size else SIZES
    figures: dict[str, float] = {}
    for rows in sizes:
        found = measured(rows)
        name = {100_000: "100k_", 1_000_000: "1m_"}.get(rows, "")
        figures |= found if rows == sizes[0] else {f"{name}{figure}": value for figure, value in found.items()}
    finish(NAME, figures, about=f"{sizes[0]:,} rows of {len(HEADERS) - 1} columns besides the SKU")


def measured(size: int) -> dict[str, float]:
    """The figures of one size, in a database and a process of their own."""
    from benchmarks.plan import database

    with tempfile.TemporaryDirectory(prefix="listwright-bench-") as folder, database() as url:
        environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "listwright.config.settings"}
        environment |= {"LISTWRIGHT_DATA_DIR": folder, "LISTWRIGHT_SECRET_KEY": "a key of the benchmarks"}
        figures: dict[str, float] = {}
        for step in ("prepare", "upload", "download", "others"):
            command = [
                sys.executable,
                "-c",
                f"import django; django.setup(); from benchmarks.bulk import {step}; {step}()",
                folder,
                str(size),
            ]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            figures |= json.loads(done.stdout.splitlines()[-1])
        return figures


@contextmanager
def process() -> Iterator[tuple[Path, int, dict[str, float]]]:
    """One process: the folder, the size, and the figures it prints at its end."""
    figures: dict[str, float] = {}
    yield Path(sys.argv[1]), int(sys.argv[2]), figures
    print(json.dumps(figures), flush=True)


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Seconds the block takes."""
    began = time.perf_counter()
    yield
    figures[name] = time.perf_counter() - began


def prepare() -> None:
    """Tables, products with listings, and the workbook."""
    import xlsxwriter
    from django.core.management import call_command

    from benchmarks.plan import process as worker
    from benchmarks.plan import replan
    from benchmarks.plan_data import build, settle
    from listwright.companies.models import Account

    with process() as (folder, size, _):
        call_command("migrate", verbosity=0, interactive=False)
        account_id, indexes = build(size, now=datetime.now(UTC))
        planner = worker("plan")
        try:
            replan(Account.objects.select_related("company").get(id=account_id), default_safety_quantity=1)
        finally:
            planner.terminate()
            planner.wait()
        settle(account_id, indexes)
        with xlsxwriter.Workbook(str(folder / "upload.xlsx"), {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADERS)
            for number in range(1, size + 1):
                sheet.write_row(number, 0, row(number))


def upload() -> None:
    """The workbook goes in."""
    from listwright.bulk import operations, queries
    from listwright.bulk.outcome import Options
    from listwright.changes.origin import Origin
    from listwright.companies.queries import company

    with process() as (folder, size, figures):
        bench, origin = company("bench"), Origin.system("bench")
        with timed(figures, "upload_s"), (folder / "upload.xlsx").open("rb") as file:
            made = operations.start_upload(
                company=bench,
                file=file,
                file_name="upload.xlsx",
                options=Options(),
                origin=origin,
                now=datetime.now(UTC),
                defer=False,
            )
        with timed(figures, "preview_s"):
            operations.preview_now(upload_id=made.pk, now=datetime.now(UTC), at_once=operations.AT_ONCE)
        operations.apply_upload(company=bench, upload_id=made.pk, origin=origin, now=datetime.now(UTC))
        with timed(figures, "apply_s"):
            operations.apply_now(upload_id=made.pk, now=datetime.now(UTC), at_once=operations.AT_ONCE)
        done = queries.upload(bench, made.pk)
        cells = sum(done.figures["fields"].values())
        assert (done.state, done.changed) == ("applied", size), (done.state, done.changed, done.message)
        assert cells >= size * (len(HEADERS) - 1), done.figures
        seconds = figures["upload_s"] + figures["preview_s"] + figures["apply_s"]
        figures |= {"rows_per_s": size / seconds, "upload_mb": megabytes()}


def download() -> None:
    """All of it comes out, as text and as a workbook."""
    from listwright.bulk.export import export
    from listwright.bulk.writers import FileFormat
    from listwright.catalog.selection import Selection
    from listwright.companies.queries import company

    with process() as (folder, size, figures):
        formats: tuple[tuple[str, FileFormat], ...] = (("export_s", "csv"), ("export_xlsx_s", "xlsx"))
        for figure, file_format in formats:
            with timed(figures, figure), (folder / f"out.{file_format}").open("wb") as stream:
                done = export(
                    company=company("bench"),
                    selection=Selection(everything=True),
                    stream=stream,
                    file_format=file_format,
                )
            assert done.products == size
        figures["export_mb"] = megabytes()


def others() -> None:
    """A flat table with the same columns: bare SQL, and the library most Django projects use."""
    from django.db import connection, models
    from import_export import resources
    from tablib import Dataset

    names = (
        "sku",
        "name",
        "brand",
        "condition",
        "oz",
        "site",
        "list",
        "description",
        "qty",
        "title",
        "price",
        "safety",
    )
    texts = {"sku", "name", "brand", "condition", "description", "title"}
    fields: dict[str, Any] = {name: models.TextField() if name in texts else models.FloatField() for name in names}
    fields["sku"] = models.TextField(primary_key=True)

    class Meta:
        app_label = "bulk"  # any that is installed
        db_table = "bench_flat"

    flat = type("Flat", (models.Model,), {**fields, "Meta": Meta, "__module__": __name__})
    columns = ", ".join(names)
    with process() as (_, size, figures), connection.cursor() as cursor:
        with connection.schema_editor() as editor:
            editor.create_model(flat)
        with cursor.copy(f"COPY bench_flat ({columns}) FROM STDIN") as copy:
            for number in range(1, size + 1):
                cells = row(number)
                copy.write_row([cell if name == "sku" else f"{cell}0" for name, cell in zip(names, cells, strict=True)])
        cursor.execute("ANALYZE bench_flat")
        with timed(figures, "floor_s"):
            cursor.execute("CREATE TEMP TABLE given (LIKE bench_flat)")
            with cursor.copy(f"COPY given ({columns}) FROM STDIN") as copy:
                for number in range(1, size + 1):
                    copy.write_row(row(number))
            cursor.execute(
                f"UPDATE bench_flat AS flat SET {', '.join(f'{name} = given.{name}' for name in names)}"
                " FROM given WHERE given.sku = flat.sku"
            )
        figures["floor_rows_per_s"] = size / figures.pop("floor_s")

        class Flat(resources.ModelResource):
            class Meta:
                model = flat
                import_id_fields = ("sku",)

        count = min(size, OTHERS)
        book = Dataset(
            *([*row(number)[:1], *(f"{cell}1" for cell in row(number)[1:])] for number in range(1, count + 1)),
            headers=names,
        )
        content = book.export("csv")
        with timed(figures, "other_s"):
            result = Flat().import_data(Dataset().load(content, format="csv"), raise_errors=True)
        assert result.totals["update"] == count
        figures["import_export_rows_per_s"] = count / figures.pop("other_s")


def megabytes() -> float:
    """The most memory this process has had."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
