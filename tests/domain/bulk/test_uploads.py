"""Uploads: kept, previewed, applied as a Queued Job, told row by row."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from listwright.bulk import operations, queries
from listwright.bulk.models import UploadChunk, UploadRow
from listwright.catalog import queries as catalog
from listwright.catalog.operations import ensure_main_warehouse, set_product_stock, update_products
from listwright.changes.models import Change
from listwright.common.errors import Conflict, Invalid
from listwright.companies.models import Company
from listwright.sync.planner import dry_run, plan_once
from tests.domain.bulk.makers import ANA, NOW, create, finished, sheet, shop, uploaded
from tests.domain.sync.planning import world

pytestmark = pytest.mark.django_db


def test_a_preview_shows_every_change_and_every_mistake_and_writes_nothing() -> None:
    company = shop("A", "B", brand="Apple")
    before = Change.objects.count()
    upload = uploaded(
        company, sheet(["SKU", "Brand", "SitePrice"], ["A", "Nokia", "150"], ["B", "Apple", "x"], ["C", "", ""])
    )
    assert (upload.state, upload.rows, upload.changed, upload.failed) == ("ready", 3, 1, 2)
    assert Change.objects.count() == before
    first, second, third = queries.rows(company, upload.pk)
    assert [(cell.column, cell.old, cell.new) for cell in first.cells] == [
        ("Brand", "Apple", "Nokia"),
        ("SitePrice", "199.90", "150.00"),
    ]
    assert [(mistake.row, mistake.column, mistake.value) for mistake in second.mistakes] == [(3, "SitePrice", "x")]
    assert (third.status, third.mistakes[0].column) == ("failed", "SKU")
    assert [row.number for row in queries.rows(company, upload.pk, search="nokia")] == [2]


def test_an_upload_is_applied_as_a_job_and_its_log_is_history() -> None:
    company = shop("A", "B", brand="Apple")
    upload = finished(
        company, uploaded(company, sheet(["SKU", "Brand", "BackmarketTitle"], ["A", "Nokia", "T"], ["B", "", ""]))
    )
    assert upload.state == "applied"
    assert upload.job is not None
    assert (upload.job.kind, upload.job.status, upload.job.total, upload.job.succeeded) == ("import", "completed", 2, 2)
    assert catalog.product(company, "A").brand == "Nokia"
    (line, *_) = queries.log(company, upload.pk)
    assert (line.row, line.sku, line.cells[0].column, line.cells[0].new) == (2, "A", "Brand", "Nokia")


def test_the_result_file_is_the_uploaded_one_with_a_status() -> None:
    company = shop("A")
    upload = finished(company, uploaded(company, sheet(["SKU", "Brand"], ["A", "Nokia"], ["X", "y"])))
    stream = io.BytesIO()
    queries.write_result(company, upload.pk, stream)
    lines = stream.getvalue().decode("utf-8-sig").splitlines()
    assert lines[0] == "SKU,Brand,ListwrightStatus,ListwrightMessage"
    assert lines[1].startswith("A,Nokia,changed")
    assert lines[2].startswith('X,y,failed,"SKU: There is no product')


def test_a_file_nobody_can_read_is_refused_and_not_kept() -> None:
    company = shop("A")
    with pytest.raises(Invalid):
        uploaded(company, sheet(["SKU", "Colour of the sky"], ["A", "blue"]))
    assert queries.uploads(company) == []


def test_an_upload_is_applied_once() -> None:
    company = shop("A")
    upload = finished(company, uploaded(company, sheet(["SKU", "Brand"], ["A", "Nokia"])))
    with pytest.raises(Conflict):
        operations.apply_upload(company=company, upload_id=upload.pk, origin=ANA, now=NOW)


def test_all_rows_or_none_when_asked() -> None:
    company = shop("A", "B")
    with pytest.raises(Conflict, match="1 rows have mistakes"):
        finished(
            company,
            uploaded(company, sheet(["SKU", "SitePrice"], ["A", "150"], ["B", "x"]), all_or_nothing=True),
        )
    upload = uploaded(company, sheet(["SKU", "SitePrice"], ["A", "150"], ["B", "160"]), all_or_nothing=True)
    update_products(company=company, changes={"B": {"site_price": "170"}}, origin=ANA, now=NOW)
    upload = finished(company, upload)
    assert (upload.state, upload.changed, upload.failed, upload.skipped) == ("failed", 0, 1, 1)
    assert upload.job is not None
    assert upload.job.status == "failed"
    assert str(catalog.product(company, "A").site_price) == "199.90"
    assert [row.status for row in queries.rows(company, upload.pk)] == ["skipped", "failed"]


class Impatient:
    """Somebody who watches the database, and cancels an upload when its first chunk is marked done."""

    def __init__(self, company: Company, upload_id: int) -> None:
        self._cancel: list[Callable[[], object]] = [
            lambda: operations.cancel_upload(company=company, upload_id=upload_id, now=NOW)
        ]

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        result = execute(sql, *arguments)
        if sql.startswith('UPDATE "bulk_uploadchunk" SET "applied_at"') and self._cancel:
            self._cancel.pop()()
        return result


def test_a_cancelled_upload_leaves_whole_chunks_and_skips_the_rest() -> None:
    company = shop(account=False)
    skus = [f"S{number:04}" for number in range(2100)]
    create(company, *skus)
    upload = uploaded(company, sheet(["SKU", "Brand"], *([sku, "Nokia"] for sku in skus)))
    operations.apply_upload(company=company, upload_id=upload.pk, origin=ANA, now=NOW)
    with connection.execute_wrapper(Impatient(company, upload.pk)):
        operations.apply_now(upload_id=upload.pk, now=NOW)
    upload = queries.upload(company, upload.pk)
    assert (upload.state, upload.changed, upload.skipped) == ("cancelled", 2000, 100)
    assert upload.job is not None
    assert (upload.job.status, upload.job.succeeded, upload.job.skipped) == ("cancelled", 2000, 100)


def test_nothing_is_kept_of_an_upload_that_was_deleted_while_it_was_judged() -> None:
    company = shop("A")
    pk = uploaded(company, sheet(["SKU", "Brand"], ["A", "Nokia"])).pk
    operations.delete_upload(company=company, upload_id=pk, now=NOW)
    assert not UploadRow.objects.filter(upload_id=pk).exists()

    # Rows are stored with their chunk, in one transaction.
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        UploadChunk.objects.create(upload_id=pk, first=2, last=2)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_upload_waits_for_its_time() -> None:
    company = shop("A")
    upload = uploaded(company, sheet(["SKU", "Brand"], ["A", "Nokia"]))
    later = NOW + timedelta(hours=2)
    upload = operations.apply_upload(company=company, upload_id=upload.pk, origin=ANA, now=NOW, at=later)
    assert (upload.state, upload.job) == ("scheduled", None)
    operations.start_due(now=NOW)
    assert queries.upload(company, upload.pk).state == "scheduled"
    operations.start_due(now=later)
    operations.apply_now(upload_id=upload.pk, now=later)
    assert queries.upload(company, upload.pk).state == "applied"
    assert catalog.product(company, "A").brand == "Nokia"


def test_a_row_without_an_outcome_fails_the_job() -> None:
    company = shop("A", "B")
    upload = uploaded(company, sheet(["SKU", "Brand"], ["A", "Nokia"], ["B", "Nokia"]))
    UploadRow.objects.filter(upload=upload, number=3).delete()
    upload = finished(company, upload)
    assert upload.state == "failed"
    assert upload.job is not None
    assert (upload.job.status, "2 rows were read, but 1" in upload.job.message) == ("failed", True)


@pytest.mark.django_db(transaction=True)
def test_the_preview_tells_what_it_costs_on_back_market_as_the_planner_then_finds() -> None:
    shop = world()
    ensure_main_warehouse(company=shop.company)
    for sku in ("GONE", "DEARER", "AWAY", "SAME"):
        shop.listing(sku)
        set_product_stock(company=shop.company, sku=sku, physical=5, origin=ANA, now=NOW)
    while plan_once(now=NOW).busy:
        pass
    content = sheet(
        ["SKU", "ProductName", "Qty", "SitePrice", "BackmarketEnabled", "BackmarketPrice:en-gb"],
        ["GONE", "", "0", "", "", ""],
        ["DEARER", "", "", "120", "", "90"],
        ["AWAY", "", "", "", "No", ""],
        ["SAME", "Another name", "", "", "", ""],
    )
    upload = uploaded(shop.company, content, then="offline")
    assert (upload.changed, upload.figures["switched_off"], upload.figures["about"]) == (4, 1, False)
    assert upload.figures["going_offline"] == 2
    finished(shop.company, upload)
    while plan_once(now=NOW).busy:
        pass
    assert upload.figures["lines"] == dry_run(shop.account.pk).waiting > 2
    assert upload.figures["hours"] > 0
