"""Whether the queue works and somebody works on it."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from listwright.jobs import heartbeat


class QueueHealth(NamedTuple):
    """`waiting` tasks nobody has taken up; `workers` alive by role (plan, push, tasks)."""

    waiting: int
    workers: dict[str, int]

    @property
    def served(self) -> bool:
        """Whether each role has a worker."""
        return all(self.workers.values())


def health(*, now: datetime) -> QueueHealth:
    """The queue as it stands; raises django.db.Error when it cannot be read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        (waiting,) = cursor.fetchone()
    return QueueHealth(waiting, heartbeat.alive(now=now))


def job_counts(*, company_ids: list[int] | None) -> dict[tuple[str, str, str], int]:
    """{(company, kind, status): jobs}; of all companies when none are named."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT company.slug, job.kind, job.status, count(*) FROM jobs_job AS job"
            " JOIN companies_company AS company ON company.id = job.company_id"
            " WHERE %s::bigint[] IS NULL OR job.company_id = ANY(%s) GROUP BY 1, 2, 3",
            [company_ids, company_ids],
        )
        return {(slug, kind, status): count for slug, kind, status, count in cursor.fetchall()}
