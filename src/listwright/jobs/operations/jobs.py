"""Queued Jobs: asked for, taken up, reported on, ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from listwright.changes.origin import Origin
from listwright.changes.wake import wake
from listwright.common.errors import Conflict, NotFound
from listwright.jobs import queue
from listwright.jobs.models import Job, JobStatus
from listwright.jobs.operations.counts import count_final, settle


def create(
    *,
    company_id: int,
    kind: str,
    origin: Origin,
    params: Mapping[str, Any],
    now: datetime,
    task: str,
    priority: int = 1,
    retry_of: int | None = None,
) -> Job:
    """Put a job in the list and, once committed, its task in the queue. The task is passed `job_id`.

    Whoever dies in between leaves a job without a task: `queue.defer_lost` finds it.
    """
    with transaction.atomic():
        job = Job.objects.create(
            company_id=company_id,
            kind=kind,
            task=task,
            created_by_id=origin.id if origin.kind == "person" else None,
            origin_label=origin.label[:200],
            params=dict(params),
            priority=priority,
            retry_of_id=retry_of,
            created_at=now,
        )
        queue.defer(task, job_id=job.id)
    return job


def asked_by(job: Job) -> Origin:
    """Who asked for a job, for the history of what it changes."""
    return Origin("person" if job.created_by_id else "system", job.created_by_id, job.origin_label)


def start(*, job_id: int, now: datetime) -> Job | None:
    """Take a job up. None when it was cancelled or has ended, so that a task that runs twice does nothing twice."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(id=job_id).first()
        if job is None or job.status not in (JobStatus.SUBMITTED, JobStatus.PROCESSING):
            return None
        if job.cancel_requested_at is not None:
            job.status, job.finished_at = JobStatus.CANCELLED, now
            job.save(update_fields=["status", "finished_at"])
            return None
        if job.status == JobStatus.SUBMITTED:
            job.status, job.started_at = JobStatus.PROCESSING, now
            job.save(update_fields=["status", "started_at"])
        return job


def finish(*, job_id: int, now: datetime, message: str = "") -> None:
    """End a job that has no rows waiting; its status follows from its counts."""
    settle(job_ids=[job_id], now=now, message=message, rowless=True)


def fail(*, job_id: int, now: datetime, message: str) -> None:
    """End a job that could not be carried out; rows still waiting are failed with the same message."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_jobrow SET state = 'failed', code = 'job_failed', message = %s, finished_at = %s"
            " WHERE job_id = %s AND state IN ('waiting', 'sent')",
            [message, now, job_id],
        )
        cursor.execute(
            "UPDATE jobs_job SET failed = failed + %s, status = 'failed', message = %s, finished_at = %s"
            " WHERE id = %s AND finished_at IS NULL",
            [cursor.rowcount, message, now, job_id],
        )


def give_up(*, job_id: int, error: Exception) -> None:
    """End a job whose task failed as often as it may, so that nobody is left to wait for it."""
    message = (
        f"It failed again and again for a reason nobody foresaw ({type(error).__name__}); the log of the task worker has"
        " all of it. What was done by then stands. Ask for it again once the reason is mended."
    )
    fail(job_id=job_id, now=timezone.now(), message=message)


def report(*, job_id: int, message: str, total: int | None = None, succeeded: int | None = None) -> None:
    """Progress of a job without rows: a sentence, and figures that only grow."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET message = %s, total = greatest(total, coalesce(%s, total)),"
            " succeeded = greatest(succeeded, coalesce(%s, succeeded)) WHERE id = %s AND finished_at IS NULL",
            [message, total, succeeded, job_id],
        )


def progress(*, job_id: int, total: int, succeeded: int = 0, failed: int = 0, skipped: int = 0) -> None:
    """Counts of a job whose rows are kept elsewhere, as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET total = %s, succeeded = %s, failed = %s, skipped = %s"
            " WHERE id = %s AND finished_at IS NULL",
            [total, succeeded, failed, skipped, job_id],
        )


def advance(*, job_id: int, succeeded: int, failed: int, skipped: int) -> None:
    """Add to the counts of a job whose rows are kept elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET succeeded = succeeded + %s, failed = failed + %s, skipped = skipped + %s"
            " WHERE id = %s AND finished_at IS NULL",
            [succeeded, failed, skipped, job_id],
        )


def cancel_requested(*, job_id: int) -> bool:
    """Whether somebody has asked to stop the job."""
    return Job.objects.filter(id=job_id, cancel_requested_at__isnull=False).exists()


def ask_cancel(*, company_id: int, job_id: int, now: datetime) -> None:
    """Let whoever prepares the job know that it is not wanted any more. Raises NotFound, and Conflict when it has ended."""
    if not Job.objects.filter(company_id=company_id, id=job_id, finished_at=None).update(cancel_requested_at=now):
        _to_cancel(company_id, job_id)


def _to_cancel(company_id: int, job_id: int) -> Job:
    job = Job.objects.filter(company_id=company_id, id=job_id).first()
    if job is None:
        raise NotFound("job_not_found", f"There is no job {job_id} here.")
    if job.finished_at is not None:
        raise Conflict("job_ended", f"Job {job_id} has ended already: {job.get_status_display()}.")
    return job


def request_cancel(*, company_id: int, job_id: int, now: datetime) -> Job:
    """Stop a job: rows not sent yet are skipped, rows under way end by themselves. Raises Conflict when it has ended."""
    with transaction.atomic():
        job = _to_cancel(company_id, job_id)
        with connection.cursor() as cursor:
            # Rows before their job, as everywhere else, or two could wait for each other.
            cursor.execute(
                "SELECT id FROM jobs_jobrow WHERE job_id = %s AND state = 'waiting' ORDER BY id FOR UPDATE", [job_id]
            )
            Job.objects.filter(id=job_id).update(cancel_requested_at=now)
            cursor.execute(
                "UPDATE jobs_jobrow SET state = 'skipped', code = 'cancelled', message = 'Cancelled before it was sent.',"
                " finished_at = %s WHERE job_id = %s AND state = 'waiting' RETURNING job_id, state",
                [now, job_id],
            )
            count_final(cursor.fetchall(), now)
        Job.objects.filter(id=job_id, status=JobStatus.SUBMITTED).update(status=JobStatus.CANCELLED, finished_at=now)
        settle(job_ids=[job_id], now=now, rowless=True)
        wake("push", company_id)
    job.refresh_from_db()
    return job


def retry(*, company_id: int, job_id: int, origin: Origin, now: datetime, task: str, cause: str = "") -> Job:
    """A new job of the same kind for the rows that failed, for one reason (its code) or any. Raises Conflict when none
    did."""
    with transaction.atomic():
        job = Job.objects.filter(company_id=company_id, id=job_id).first()
        if job is None:
            raise NotFound("job_not_found", f"There is no job {job_id} here.")
        if job.finished_at is None:
            raise Conflict("job_running", f"Job {job_id} is still under way. Retry it when it has ended.")
        if not job.rows.filter(state="failed", **({"code": cause} if cause else {})).exists():
            raise Conflict("nothing_failed", f"No row of job {job_id} failed, so there is nothing to retry.")
        params = job.params | {"selection": {"failed_of": job_id, "cause": cause}}
        return create(
            company_id=company_id, kind=job.kind, origin=origin, params=params, now=now, task=task, retry_of=job.id
        )
