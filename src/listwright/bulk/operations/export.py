"""Exports: a selection of products as a file that uploads read, written by a worker as a Queued Job (D4)."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from listwright.bulk import files
from listwright.bulk.around import around
from listwright.bulk.export import columns_for
from listwright.bulk.models import ExportPiece
from listwright.bulk.template import write_template
from listwright.bulk.writers import FileFormat
from listwright.catalog.selection import parse_selection
from listwright.changes.origin import Origin
from listwright.common.errors import DomainError
from listwright.companies.models import Company
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job

KIND = "export"
TASK = "bulk.export"


class _Stopped(Exception):  # noqa: N818
    """Somebody has cancelled it."""


def export_selected(
    *,
    company: Company,
    selection: Mapping[str, Any],
    headers: Sequence[str],
    file_format: FileFormat,
    origin: Origin,
    now: datetime,
) -> Job:
    """Have the selected products written to a file, in the usual columns where none are named.

    Raises Invalid for an empty selection and for headers nobody knows, NotReady for Back Market columns while the company
    is not connected.
    """
    parse_selection(selection, company.currency)
    columns_for(around(company), headers)
    params = {"selection": dict(selection), "headers": list(headers), "format": file_format}
    return jobs.create(company_id=company.pk, kind=KIND, origin=origin, params=params, now=now, task=TASK)


def export_now(*, job_id: int, now: datetime) -> None:
    """Write the job's file and keep it. A worker that takes it up again writes it anew."""
    job = jobs.start(job_id=job_id, now=now)
    if job is None:
        return
    company = Company.objects.get(pk=job.company_id)
    counted = 0

    def told(written: int, total: int) -> None:
        nonlocal counted
        counted = total
        jobs.progress(job_id=job_id, total=total, succeeded=written)
        if jobs.cancel_requested(job_id=job_id):
            raise _Stopped

    with tempfile.TemporaryFile() as file:
        try:
            write_template(
                company=company,
                headers=job.params["headers"],
                stream=file,
                file_format=job.params["format"],
                fill=parse_selection(job.params["selection"], company.currency),
                told=told,
            )
            file.seek(0)
            _keep(job_id, file, counted)
        except DomainError as error:
            jobs.fail(job_id=job_id, now=timezone.now(), message=error.message)
        except _Stopped:
            jobs.progress(job_id=job_id, total=counted, skipped=counted)
            jobs.finish(job_id=job_id, now=timezone.now(), message="Cancelled before the file was written.")


def _keep(job_id: int, file: Any, products: int) -> None:
    """The file and the job's end, both or neither."""
    with transaction.atomic():
        if jobs.cancel_requested(job_id=job_id):
            raise _Stopped
        ExportPiece.objects.filter(job_id=job_id).delete()
        for _ in files.keep(files.EXPORTS, job_id, file):
            pass
        jobs.progress(job_id=job_id, total=products, succeeded=products)
        jobs.finish(job_id=job_id, now=timezone.now())


def forget_exports(*, now: datetime) -> None:
    """Files that were written a week ago are kept no longer."""
    ExportPiece.objects.filter(job__finished_at__lt=now - files.EXPORTS_KEPT_FOR).delete()
