"""Apply an upload's judged rows, chunk by chunk, each in one transaction that also marks it done."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from listwright.bulk.alone import alone, side_by_side, without_waiting
from listwright.bulk.around import Around, around
from listwright.bulk.models import Upload, UploadChunk, UploadState
from listwright.bulk.operations.asked import APPLY_TASK, PREVIEW_TASK, begin, origin_of
from listwright.bulk.operations.creating import create
from listwright.bulk.operations.meanwhile import moved_meanwhile, taken_merchant_skus
from listwright.bulk.rows import Failure, Stretch, counts_of, fail_rows, skip_rest
from listwright.catalog.operations import lock_product_ids, places, product_marks, store_product_cells
from listwright.catalog.operations.counting import counting
from listwright.changes.operations import mark_selected
from listwright.changes.origin import Origin
from listwright.jobs import operations as jobs
from listwright.jobs import queue
from listwright.listings.operations import listing_marks, lock_listings, store_listing_cells

CANCELLED = "Cancelled before this row was applied."
NOT_ALL = "Not applied: all rows or none were asked for."


class _NotAllError(Exception):
    """Takes back an upload that is applied as a whole or not at all."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__()
        self.failures = failures


class _Applying(NamedTuple):
    upload: Upload
    around: Around
    origin: Origin
    now: datetime


def start_due(*, now: datetime) -> None:
    """Begin the uploads whose time has come, and go on with those a dead worker left behind."""
    due = Upload.objects.filter(state=UploadState.SCHEDULED, scheduled_for__lte=now)
    for upload_id in due.values_list("pk", flat=True):
        with transaction.atomic():
            upload = Upload.objects.select_for_update().get(pk=upload_id)
            if upload.state == UploadState.SCHEDULED:
                begin(upload, origin_of(upload), now)
    for upload in Upload.objects.filter(state__in=(UploadState.PREVIEWING, UploadState.APPLYING)):
        # Whoever is at it already has it to himself.
        if upload.state == UploadState.PREVIEWING:
            queue.defer(PREVIEW_TASK, queueing_key=f"preview {upload.pk}", upload_id=upload.pk)
        elif upload.job_id is not None:
            queue.defer(APPLY_TASK, queueing_key=f"apply {upload.pk}", job_id=upload.job_id)


def apply_job(*, job_id: int, now: datetime, at_once: int = 1) -> None:
    """Apply the upload a Queued Job is for; `at_once` as `apply_now`."""
    upload_id = Upload.objects.filter(job_id=job_id).values_list("pk", flat=True).first()
    if upload_id is not None:
        apply_now(upload_id=upload_id, now=now, at_once=at_once)


def apply_now(*, upload_id: int, now: datetime, wait: bool = False, at_once: int = 1) -> None:
    """Apply what is still to be applied of an upload; running twice, or after a worker's death, does nothing twice.

    Returns at once while somebody else is at it, or with `wait` when he has ended. `at_once` chunks are applied at a
    time, by threads with a connection of their own.
    """
    with alone("apply", upload_id, wait=wait) as mine:
        if mine:
            _apply(upload_id, now, at_once)


def _apply(upload_id: int, now: datetime, at_once: int) -> None:
    upload = Upload.objects.select_related("company").get(pk=upload_id)
    if upload.state != UploadState.APPLYING or upload.job_id is None:
        return
    if jobs.start(job_id=upload.job_id, now=now) is None:
        _finish(upload, now, skipping=CANCELLED, state=UploadState.CANCELLED)
        return
    if upload.started_at is None:
        Upload.objects.filter(pk=upload_id).update(started_at=now, done=0)
        jobs.progress(job_id=upload.job_id, total=upload.rows)
    applying = _Applying(upload, around(upload.company), Origin("upload", upload.pk, upload.file_name), now)
    if upload.all_or_nothing:
        _apply_all(applying)
        return
    cancelled = not _apply_each(applying, at_once)
    _finish(
        upload,
        now,
        skipping=CANCELLED if cancelled else "",
        state=UploadState.CANCELLED if cancelled else UploadState.APPLIED,
    )


def _apply_each(applying: _Applying, at_once: int) -> bool:
    """Each chunk in a transaction of its own; False when somebody asked to stop."""
    job_id = applying.upload.job_id
    assert job_id is not None
    open_chunks = _open_chunks(applying.upload)
    wanted = takewhile(lambda _: not jobs.cancel_requested(job_id=job_id), open_chunks)
    return len(side_by_side(partial(_apply_alone, applying), wanted, at_once)) == len(open_chunks)


def _apply_alone(applying: _Applying, first: int) -> None:
    with without_waiting():
        _apply_chunk(applying, first)


def _apply_all(applying: _Applying) -> None:
    """All chunks in one transaction, taken back at the first row that cannot be applied."""
    upload = applying.upload
    assert upload.job_id is not None
    try:
        with transaction.atomic():
            for first in _open_chunks(upload):
                if jobs.cancel_requested(job_id=upload.job_id):
                    raise _NotAllError([])
                if failures := _apply_chunk(applying, first):
                    raise _NotAllError(failures)
    except _NotAllError as nothing:
        fail_rows(upload, nothing.failures)
        state = UploadState.FAILED if nothing.failures else UploadState.CANCELLED
        _finish(upload, applying.now, skipping=NOT_ALL if nothing.failures else CANCELLED, state=state)
        return
    _finish(upload, applying.now)


def _open_chunks(upload: Upload) -> list[int]:
    chunks = UploadChunk.objects.filter(upload=upload, applied_at__isnull=True).order_by("first")
    return list(chunks.values_list("first", flat=True))


def _apply_chunk(applying: _Applying, first: int) -> Sequence[Failure]:
    """Apply one chunk in the caller's transaction, unless it was applied meanwhile. Returns the rows that failed."""
    upload, _, _, now = applying
    chunk = UploadChunk.objects.select_for_update().filter(upload=upload, first=first, applied_at__isnull=True).first()
    if chunk is None:
        return []
    stretch = Stretch(upload, chunk.first, chunk.last)
    failures = _write(applying, stretch)
    UploadChunk.objects.filter(pk=chunk.pk).update(applied_at=now)
    counts = counts_of(upload, stretch)
    Upload.objects.filter(pk=upload.pk).update(done=F("done") + sum(counts.values()))
    assert upload.job_id is not None
    jobs.advance(
        job_id=upload.job_id,
        succeeded=counts["changed"] + counts["created"] + counts["unchanged"],
        failed=counts["failed"],
        skipped=counts["skipped"],
    )
    return failures


def _write(applying: _Applying, stretch: Stretch) -> Sequence[Failure]:
    """Lock, look again, write. What others hold is taken in the order everybody takes it: listings, products."""
    upload, surroundings, origin, now = applying
    company = upload.company
    failures: list[Failure] = []
    with counting(company.pk):
        failures += taken_merchant_skus(stretch, surroundings)
        failures += create(stretch, surroundings, origin, now)
        listing_ids, product_ids = stretch.subjects()
        lock_listings(listing_ids=listing_ids)
        lock_product_ids(company.pk, product_ids)
        warehouses = places(company.pk)
        failures += moved_meanwhile(stretch, surroundings, warehouses)
        marks = []
        if products := stretch.changes("product"):
            store_product_cells(company_id=company.pk, changes=products, places=warehouses, origin=origin, now=now)
            marks.append(product_marks(products, warehouses))
        if listings := stretch.changes("listing"):
            store_listing_cells(company_id=company.pk, changes=listings, origin=origin, now=now)
            marks.append(listing_marks(listings))
        mark_selected(company_id=company.pk, marks=marks, now=now)
    return failures


def _finish(upload: Upload, now: datetime, *, skipping: str = "", state: str = UploadState.APPLIED) -> None:
    """End the upload and its job: every row read has exactly one outcome, or the job is Failed."""
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        if locked.state != UploadState.APPLYING or locked.job_id is None:
            return
        if skipping:
            skip_rest(locked, skipping)
        counts = counts_of(locked)
        locked.changed, locked.created = counts["changed"] + counts["created"], counts["created"]
        locked.unchanged, locked.failed, locked.skipped = counts["unchanged"], counts["failed"], counts["skipped"]
        locked.state, locked.finished_at, locked.done = state, now, locked.rows
        succeeded = locked.changed + locked.unchanged
        if counts.total() == locked.rows:
            jobs.progress(
                job_id=locked.job_id,
                total=locked.rows,
                succeeded=succeeded,
                failed=locked.failed,
                skipped=locked.skipped,
            )
        else:
            locked.state = UploadState.FAILED
            locked.message = (
                f"{locked.rows} rows were read, but {counts.total()} have an outcome. Upload the file again."
            )
        if state == UploadState.FAILED:
            locked.message = f"{locked.failed} rows could not be applied, so none was: all or nothing was asked for."
        locked.save()
        if locked.state == UploadState.FAILED:
            jobs.fail(job_id=locked.job_id, now=now, message=locked.message)
        else:
            jobs.finish(job_id=locked.job_id, now=now)
