"""Tasks of the queue: parse ids, one operation."""

from django.utils import timezone

from listwright.bulk import operations
from listwright.jobs.operations import give_up
from listwright.jobs.queue import task


@task("bulk.preview")
def preview(upload_id: int) -> None:
    """Judge an upload's rows."""
    operations.preview_now(upload_id=upload_id, now=timezone.now(), at_once=operations.AT_ONCE)


@task("bulk.apply")
def apply(job_id: int) -> None:
    """Apply an upload, going on where a dead worker left off."""
    operations.apply_job(job_id=job_id, now=timezone.now(), at_once=operations.AT_ONCE)


@task("bulk.edit", given_up=give_up)
def edit(job_id: int) -> None:
    """Write the file of a bulk edit and have it applied."""
    operations.edit_now(job_id=job_id, now=timezone.now())


@task("bulk.export", given_up=give_up)
def export(job_id: int) -> None:
    """Write the file of an export."""
    operations.export_now(job_id=job_id, now=timezone.now())


@task("bulk.forget_exports", cron="23 * * * *")
def forget_exports(timestamp: int) -> None:
    """Let go of files that nobody needs any more."""
    operations.forget_exports(now=timezone.now())


@task("bulk.start_due", cron="* * * * *")
def start_due(timestamp: int) -> None:
    """Apply the uploads whose time has come."""
    operations.start_due(now=timezone.now())
