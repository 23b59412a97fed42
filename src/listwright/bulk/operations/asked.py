"""What people and programs ask for: upload, other options, apply, cancel, roll back, delete."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO

from django.db import transaction

from listwright.bulk import files
from listwright.bulk.around import around
from listwright.bulk.models import Upload, UploadState
from listwright.bulk.outcome import Options
from listwright.bulk.plan import Planner
from listwright.bulk.readers import Reading, Source, open_source
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, Invalid, NotFound
from listwright.common.text import clipped, visible
from listwright.companies.models import Company
from listwright.jobs import operations as jobs
from listwright.jobs import queue

PREVIEW_TASK = "bulk.preview"
APPLY_TASK = "bulk.apply"
KIND = "import"
_STILL = (UploadState.PREVIEWING, UploadState.READY, UploadState.SCHEDULED, UploadState.FAILED)


@transaction.atomic
def start_upload(
    *,
    company: Company,
    file: IO[bytes],
    file_name: str,
    options: Options,
    origin: Origin,
    now: datetime,
    reading: Reading | None = None,
    job_id: int | None = None,
    defer: bool = True,
) -> Upload:
    """Keep a file and have it previewed; with `job_id` it is applied by that Queued Job as soon as it is. Without
    `defer`, the caller previews it himself (`preview_now`).

    `reading` is what a person chose instead of what looking finds. Raises Invalid for a file nobody can read and for
    headers nobody knows, LimitReached for one too large, NotReady for Back Market columns while the company is not
    connected; nothing is kept then.
    """
    upload = Upload(
        company=company,
        origin_kind=origin.kind,
        origin_id=origin.id,
        origin_label=origin.label[:200],
        file_name=clipped(visible(file_name.strip() or "upload"), 200),
        job_id=job_id,
        scheduled_for=now if job_id else None,
        reading=asdict(reading or Reading()),
        created_at=now,
        **_stored(options),
    )
    upload.save()
    upload.file_bytes = files.store(upload, file)
    _recognise(upload)
    upload.save()
    if defer:
        queue.defer(PREVIEW_TASK, upload_id=upload.pk)
    return upload


@transaction.atomic
def change_options(
    *, company: Company, upload_id: int, options: Options, now: datetime, reading: Reading | None = None
) -> Upload:
    """Judge an upload anew under other options, read as before unless said otherwise.

    Raises NotFound, Conflict once it is being applied, and as `start_upload`.
    """
    upload = locked(company, upload_id)
    _refuse_begun(upload, "Upload the file again to apply it with other options.")
    if upload.rollback_of_id is not None:
        raise _conflict("rollback_options", "A rollback restores what was: it has no options.")
    for name, value in _stored(options).items():
        setattr(upload, name, value)
    if reading is not None:
        upload.reading = asdict(reading)
    _recognise(upload)
    upload.state, upload.message, upload.scheduled_for, upload.previewed_at = UploadState.PREVIEWING, "", None, None
    upload.save()
    queue.defer(PREVIEW_TASK, upload_id=upload.pk)
    return upload


@transaction.atomic
def apply_upload(
    *, company: Company, upload_id: int, origin: Origin, now: datetime, at: datetime | None = None
) -> Upload:
    """Apply what the preview showed, as a Queued Job (`upload.job`), now or at a time to come.

    Raises NotFound, and Conflict unless the preview is done and nothing was applied yet.
    """
    upload = locked(company, upload_id)
    _refuse_begun(upload, "It can be applied once.")
    if upload.state not in (UploadState.READY, UploadState.SCHEDULED):
        why = upload.message or "Its rows are being judged; wait until the preview is there."
        raise _conflict("upload_not_ready", f"This upload cannot be applied. {why}")
    if upload.all_or_nothing and upload.failed:
        raise _conflict(
            "upload_has_mistakes",
            f"{upload.failed} rows have mistakes, and all rows or none were asked for. Mend them and upload again.",
        )
    if at is not None and at > now:
        upload.state, upload.scheduled_for = UploadState.SCHEDULED, at
        upload.save()
        return upload
    begin(upload, origin, now)
    return upload


def origin_of(upload: Upload) -> Origin:
    """Who uploaded it."""
    return Origin(upload.origin_kind, upload.origin_id, upload.origin_label)  # type: ignore[arg-type]


def begin(upload: Upload, origin: Origin, now: datetime) -> None:
    """Make the Queued Job of a locked upload, unless it has one, and its task."""
    upload.state, upload.scheduled_for = UploadState.APPLYING, None
    if upload.job_id is not None:
        upload.save()
        queue.defer(APPLY_TASK, job_id=upload.job_id)
        return
    upload.job = jobs.create(
        company_id=upload.company_id,
        kind="rollback" if upload.rollback_of_id else KIND,
        origin=origin,
        params={"upload": upload.pk, "file": upload.file_name},
        now=now,
        task=APPLY_TASK,
    )
    upload.save()


@transaction.atomic
def cancel_upload(*, company: Company, upload_id: int, now: datetime) -> Upload:
    """Stop: rows not applied yet are skipped, those applied stay. Raises NotFound, Conflict when it has ended."""
    upload = locked(company, upload_id)
    if upload.state == UploadState.APPLYING and upload.job_id is not None:
        job = jobs.request_cancel(company_id=company.pk, job_id=upload.job_id, now=now)
        if job.finished_at is None or upload.started_at is not None:
            return upload
    elif upload.state not in _STILL:
        raise _conflict("upload_ended", "This upload has ended already.")
    upload.state, upload.message, upload.finished_at = (
        UploadState.CANCELLED,
        "Cancelled before anything was applied.",
        now,
    )
    upload.save()
    return upload


@transaction.atomic
def roll_back_upload(*, company: Company, upload_id: int, origin: Origin, now: datetime, apply: bool = False) -> Upload:
    """A new upload that restores, cell by cell, what another one changed; cells changed since are left and reported.

    With `apply` it is applied as soon as it is previewed. Raises NotFound, and Conflict when nothing was changed.
    """
    upload = locked(company, upload_id)
    if upload.state in (UploadState.PREVIEWING, UploadState.READY, UploadState.SCHEDULED, UploadState.APPLYING):
        raise _conflict("upload_not_applied", "Only what has been applied can be rolled back.")
    if not upload.changed:
        raise _conflict("nothing_to_roll_back", "This upload changed nothing.")
    rollback = Upload.objects.create(
        company=company,
        origin_kind=origin.kind,
        origin_id=origin.id,
        origin_label=origin.label[:200],
        rollback_of=upload,
        file_name=clipped(f"Rollback of {upload.file_name}", 200),
        columns=upload.columns,
        scheduled_for=now if apply else None,
        created_at=now,
    )
    queue.defer(PREVIEW_TASK, upload_id=rollback.pk)
    return rollback


@transaction.atomic
def delete_upload(*, company: Company, upload_id: int, now: datetime) -> None:
    """Forget a file and its rows; history keeps what it changed. Raises NotFound, Conflict while it is applied."""
    upload = locked(company, upload_id)
    if upload.state == UploadState.APPLYING:
        raise _conflict("upload_running", "This upload is being applied. Cancel it first.")
    upload.delete()


def locked(company: Company, upload_id: int) -> Upload:
    """The company's upload, held until the transaction ends. Raises NotFound."""
    found = Upload.objects.select_for_update().filter(company=company, pk=upload_id).first()
    if found is None:
        raise NotFound("upload_not_found", f"There is no upload {upload_id} here.")
    return found


def options_of(upload: Upload) -> Options:
    """How an upload is meant."""
    return Options(
        create_missing=upload.create_missing,
        update_existing=upload.update_existing,
        then=upload.then or None,  # type: ignore[arg-type]
        decimal=upload.decimal or None,  # type: ignore[arg-type]
        ignore_unknown=upload.ignore_unknown,
        all_or_nothing=upload.all_or_nothing,
    )


def _stored(options: Options) -> dict[str, object]:
    if options.then not in (None, "offline", "leave"):
        message = f"“{options.then}” is no choice: offline (quantity 0) or leave."
        raise Invalid("choice_unknown", message, {"then": message})
    return {
        "create_missing": options.create_missing,
        "update_existing": options.update_existing,
        "all_or_nothing": options.all_or_nothing,
        "ignore_unknown": options.ignore_unknown,
        "then": options.then or "",
        "decimal": options.decimal or "",
    }


def opened(upload: Upload, path: Path) -> Source:
    """The uploaded file, read as it was said to be read."""
    return open_source(path, reading=Reading(**upload.reading))


def _recognise(upload: Upload) -> None:
    with files.fetched(upload) as path:
        source = opened(upload, path)
        planner = Planner(around(upload.company), source, options_of(upload))
    upload.file_format, upload.separator, upload.encoding = source.format, source.separator, source.encoding
    upload.sheet = source.sheet[:100]
    upload.columns = [
        {"header": header, "subject": column.subject if column else "", "field": column.field if column else ""}
        if header.strip()
        else None
        for header, column in zip(planner.headers, planner.columns.columns, strict=True)
    ]


def _refuse_begun(upload: Upload, remedy: str) -> None:
    if upload.state not in _STILL:
        state = UploadState(upload.state).label.lower()
        raise _conflict("upload_begun", f"This upload is {state} already. {remedy}")


def _conflict(code: str, message: str) -> Conflict:
    return Conflict(code, message)
