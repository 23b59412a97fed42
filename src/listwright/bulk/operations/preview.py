"""Judge every row of an upload and keep what it would change, for people to see and for the apply to do."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import F

from listwright.bulk import files
from listwright.bulk.alone import alone, side_by_side, without_waiting
from listwright.bulk.around import around
from listwright.bulk.models import Upload, UploadChunk, UploadRow, UploadState
from listwright.bulk.operations.asked import begin, opened, options_of, origin_of
from listwright.bulk.operations.lines import budget
from listwright.bulk.operations.rollback import backwards
from listwright.bulk.outcome import Counts
from listwright.bulk.plan import Chunk, Plan, Planner
from listwright.changes.cells import written
from listwright.common.errors import DomainError
from listwright.common.garbage import many_rows
from listwright.jobs import operations as jobs

COPY_ROWS = (
    "COPY bulk_uploadrow (upload_id, number, sku, product_id, listing_id, version, status, product, listing, mistakes,"
    " message) FROM STDIN"
)


def preview_now(*, upload_id: int, now: datetime, at_once: int = 1) -> None:
    """Judge the rows of an upload that waits for it; nothing of the catalog is written.

    A worker that dies in the middle leaves an upload that still waits: the next one judges it from the start. `at_once`
    chunks are judged at a time, by threads with a connection of their own.
    """
    with alone("preview", upload_id) as mine:
        upload = Upload.objects.select_related("company", "rollback_of").filter(pk=upload_id).first()
        if not mine or upload is None or upload.state != UploadState.PREVIEWING:
            return
        UploadRow.objects.filter(upload=upload).delete()
        UploadChunk.objects.filter(upload=upload).delete()
        Upload.objects.filter(pk=upload.pk).update(done=0)
        try:
            with many_rows():
                counts = _backwards(upload) if upload.rollback_of_id else _judged(upload, at_once)
                counts.check()
                figures = counts.figures() | budget(upload, counts.changed - counts.created)
        except DomainError as refusal:
            waiting = Upload.objects.filter(pk=upload.pk, state=UploadState.PREVIEWING)
            waiting.update(state=UploadState.FAILED, message=refusal.message, finished_at=now)
            if upload.job_id is not None:
                jobs.fail(job_id=upload.job_id, now=now, message=refusal.message)
            return
        _finish(upload, counts, figures, now)


def _backwards(upload: Upload) -> Counts:
    counts = Counts()
    for plans in backwards(upload):
        with transaction.atomic():
            _keep(upload, plans, counts)
            _keep_chunk(upload, plans[0].source.number, plans[-1].source.number, len(plans))
    return counts


def _judged(upload: Upload, at_once: int) -> Counts:
    with files.fetched(upload) as path:
        source = opened(upload, path)
        planner = Planner(around(upload.company), source, options_of(upload))
        counts = Counts()
        for counted in side_by_side(partial(_judge, upload, planner), planner.chunks(source), at_once):
            counts.merge(counted)
    return counts


def _judge(upload: Upload, planner: Planner, chunk: Chunk) -> Counts:
    """Judge, store and count a chunk."""
    counts = Counts()
    with without_waiting():
        kept, left = planner.differing(upload.pk, chunk)
        counts.add_many(len(kept.numbers), kept.changed, kept.fields, kept.emptied)
        planner.judge(left)
        _keep(upload, left, counts)
        _keep_chunk(upload, *chunk.bounds, len(chunk.rows))
    return counts


def _keep(upload: Upload, plans: Sequence[Plan], counts: Counts) -> None:
    """Store and count judged rows."""
    if not plans:
        return
    with connection.cursor() as cursor, cursor.copy(COPY_ROWS) as copy:
        for plan in plans:
            status = plan.status
            changes = status in ("changed", "created")
            counts.add(status, plan.product if changes else {}, plan.listing if changes else {})
            copy.write_row(
                (
                    upload.pk,
                    plan.source.number,
                    plan.sku,
                    plan.product_id or None,
                    plan.listing_id or None,
                    plan.version,
                    status,
                    written(plan.product) if changes and plan.product else None,
                    written(plan.listing) if changes and plan.listing else None,
                    written([mistake.told() for mistake in plan.mistakes]) if plan.mistakes else None,
                    plan.skipped,
                )
            )


def _keep_chunk(upload: Upload, first: int, last: int, rows: int) -> None:
    UploadChunk.objects.create(upload=upload, first=first, last=last)
    Upload.objects.filter(pk=upload.pk).update(done=F("done") + rows)


def _finish(upload: Upload, counts: Counts, figures: dict[str, object], now: datetime) -> None:
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        if locked.state != UploadState.PREVIEWING:
            return
        for name in ("rows", "changed", "unchanged", "failed", "skipped", "created"):
            setattr(locked, name, getattr(counts, name))
        locked.done, locked.figures = counts.rows, figures
        locked.state, locked.previewed_at = UploadState.READY, now
        locked.save()
        if locked.scheduled_for is not None:
            begin(locked, origin_of(locked), now)
