"""Read jobs and their rows."""

from collections.abc import Iterator, Sequence

from listwright.common.errors import NotFound
from listwright.jobs.models import Job, JobRow


def jobs(
    *, company_id: int, kind: str = "", status: str = "", before_id: int | None = None, limit: int = 50
) -> Sequence[Job]:
    """A company's jobs, newest first; `before_id` is the last id of the page before."""
    rows = Job.objects.filter(company_id=company_id).select_related("created_by")
    if kind:
        rows = rows.filter(kind=kind)
    if status:
        rows = rows.filter(status=status)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return list(rows.order_by("-id")[:limit])


def job(*, company_id: int, job_id: int) -> Job:
    """One job; raises NotFound, also for another company's."""
    found = Job.objects.filter(company_id=company_id, id=job_id).select_related("created_by").first()
    if found is None:
        raise NotFound("job_not_found", f"There is no job {job_id} here.")
    return found


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
