"""An export is a Queued Job that writes a file, which is kept for a week."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from listwright.bulk import operations, queries
from listwright.bulk.models import ExportPiece
from listwright.bulk.operations import export
from listwright.catalog.operations import delete_products
from listwright.changes.origin import Origin
from listwright.common.errors import Invalid, NotReady
from listwright.companies.models import Company
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from tests.domain.bulk.makers import NOW, shop

pytestmark = pytest.mark.django_db
ANA = Origin("person", None, "Ana")


def asked(company: Company, selection: dict[str, Any], *headers: str, file_format: Any = "csv") -> Job:
    """The job, waiting for a worker."""
    return operations.export_selected(
        company=company,
        selection=selection,
        headers=headers or ("Brand",),
        file_format=file_format,
        origin=ANA,
        now=NOW,
    )


def written(job: Job) -> Job:
    """The job, carried out."""
    operations.export_now(job_id=job.pk, now=NOW)
    job.refresh_from_db()
    return job


def lines(job: Job) -> list[str]:
    """The lines of the file that was written."""
    return b"".join(queries.exported_bytes(job)).decode("utf-8-sig").splitlines()


def test_the_selected_products_are_in_the_file_and_counted() -> None:
    job = written(asked(shop("A", "B", "C", brand="Apple"), {"skus": ["A", "C"]}))
    assert (job.kind, job.status, job.total, job.succeeded) == ("export", "completed", 2, 2)
    assert lines(job) == ["SKU,Brand", "A,Apple", "C,Apple"]
    found = queries.exported(job)
    assert found is not None
    assert (found.name, found.format) == (f"products_{NOW.date()}_job_{job.pk}.csv", "csv")


def test_who_takes_it_up_again_writes_it_anew_and_a_third_time_does_nothing() -> None:
    job = asked(shop("A", brand="Apple"), {"all": True})
    jobs.start(job_id=job.pk, now=NOW)
    ExportPiece.objects.create(job=job, number=0, content=b"half of it, by a worker that died")
    assert lines(written(job)) == ["SKU,Brand", "A,Apple"]
    assert lines(written(job)) == ["SKU,Brand", "A,Apple"]


def test_a_large_file_comes_out_of_its_pieces_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    company = shop(*(f"S-{n:04}" for n in range(50)), brand="Größe 中")
    whole = lines(written(asked(company, {"all": True})))
    monkeypatch.setattr(export.files, "PIECE", 7)
    job = written(asked(company, {"all": True}))
    assert ExportPiece.objects.filter(job=job).count() > 50
    assert lines(job) == whole
    assert len(whole) == 51


def test_cancelled_while_it_is_written_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    job = asked(shop("A", "B"), {"all": True})

    def write(**asked: Any) -> None:
        asked["told"](0, 2)
        jobs.request_cancel(company_id=job.company_id, job_id=job.pk, now=NOW)
        asked["told"](1, 2)

    monkeypatch.setattr(export, "write_template", write)
    written(job)
    assert (job.status, job.total, job.skipped) == ("cancelled", 2, 2)
    assert queries.exported(job) is None
    assert not ExportPiece.objects.exists()


def test_cancelled_at_the_last_moment_leaves_none_either(monkeypatch: pytest.MonkeyPatch) -> None:
    job = asked(shop("A", "B"), {"all": True})

    def write(**asked: Any) -> None:
        asked["told"](0, 2)
        jobs.request_cancel(company_id=job.company_id, job_id=job.pk, now=NOW)

    monkeypatch.setattr(export, "write_template", write)
    written(job)
    assert job.status == "cancelled"
    assert not ExportPiece.objects.exists()


def test_what_cannot_be_exported_is_refused_when_asked_or_told_by_the_job() -> None:
    company = shop("A", account=False)
    for selection, headers, wanted in (
        ({"skus": []}, ("Brand",), Invalid), ({"all": True}, ("Brnd",), Invalid), ({"all": True}, ("BackmarketPrice",), NotReady),
    ):  # fmt: skip
        with pytest.raises(wanted):
            asked(company, selection, *headers)
    assert not Job.objects.exists()
    job = asked(company, {"all": True})
    delete_products(company=company, skus=["A"], then="leave", origin=ANA, now=NOW)
    written(job)
    assert (job.status, job.message) == ("failed", "No product matches: there is nothing to write.")


def test_a_file_is_kept_for_a_week() -> None:
    job = written(asked(shop("A"), {"all": True}))
    operations.forget_exports(now=timezone.now() + timedelta(days=6))
    found = queries.exported(job)
    assert found is not None
    operations.forget_exports(now=found.kept_until + timedelta(seconds=1))
    assert queries.exported(job) is None
    assert Job.objects.filter(pk=job.pk).exists()
