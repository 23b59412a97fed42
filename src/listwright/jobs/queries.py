"""Read jobs and their rows."""

from collections.abc import Iterator, Sequence

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from listwright.common.errors import NotFound
from listwright.jobs.models import Job, JobRow, JobStatus

# Nothing goes to Back Market while its account is paused: what has not ended of these waits until it goes on.
_ON_HOLD = Q(
    kind__in=("launch", "update", "offline", "download", "categories"),
    finished_at=None,
    cancel_requested_at=None,
    company__account__paused_at__isnull=False,
)


def jobs(
    *, company_id: int, kind: str = "", status: str = "", before_id: int | None = None, limit: int = 50
) -> Sequence[Job]:
    """A company's jobs, newest first; `before_id` is the last id of the page before. Not to be saved: they are on hold
    while what they are about is."""
    rows = _jobs(company_id)
    if kind:
        rows = rows.filter(kind=kind)
    if status == JobStatus.ON_HOLD:
        rows = rows.filter(_ON_HOLD)
    elif status:
        rows = rows.filter(~_ON_HOLD, status=status)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return [_told(row) for row in rows.order_by("-id")[:limit]]


def job(*, company_id: int, job_id: int) -> Job:
    """One job, as in `jobs`; raises NotFound, also for another company's."""
    found = _jobs(company_id).filter(id=job_id).first()
    if found is None:
        raise NotFound("job_not_found", f"There is no job {job_id} here.")
    return _told(found)


def rows(*, company_id: int, job_id: int, state: str = "", after_id: int = 0, limit: int = 100) -> Sequence[JobRow]:
    """A job's rows in the order they were added."""
    found = JobRow.objects.filter(job_id=job_id, job__company_id=company_id, id__gt=after_id)
    if state:
        found = found.filter(state=state)
    return list(found.order_by("id")[:limit])


_BATCH = 2_000


def every_row(*, company_id: int, job_id: int) -> Iterator[JobRow]:
    """All of a job's rows in the order they were added, read in batches: a job may have a million."""
    after = 0
    while found := rows(company_id=company_id, job_id=job_id, after_id=after, limit=_BATCH):
        yield from found
        after = found[-1].pk


def waiting(*, company_id: int, kinds: Sequence[str], limit: int) -> Sequence[JobRow]:
    """Rows nobody has sent yet of jobs under way, oldest job first within the higher priority."""
    found = JobRow.objects.filter(
        job__company_id=company_id, job__kind__in=kinds, job__status="processing", state="waiting"
    )
    return list(found.order_by("-job__priority", "id").select_related("job")[:limit])


def _jobs(company_id: int) -> "QuerySet[Job]":
    return (
        Job.objects.filter(company_id=company_id)
        .select_related("created_by")
        .annotate(held=ExpressionWrapper(_ON_HOLD, output_field=BooleanField()))
    )


def _told(job: Job) -> Job:
    if job.held:  # type: ignore[attr-defined]
        job.status = JobStatus.ON_HOLD
    return job
