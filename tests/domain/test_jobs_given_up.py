"""A task that fails again and again ends its job, and says so; until then the job goes on."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from listwright.changes.origin import Origin
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.jobs.queue import run_worker
from tests.domain.sync.engine_world import eventually
from tests.domain.sync.planning import world

pytestmark = pytest.mark.django_db(transaction=True)

TASK = "sync.prepare_update"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def worked_off(tries_before: int) -> Job:
    """A job that lacks what its preparing needs, after one more try of its task."""
    job = jobs.create(
        company_id=world().company.id, kind="update", origin=Origin.system("test"),
        params={}, now=NOW, task=TASK,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = %s", [tries_before])
    stop = threading.Event()
    worker = threading.Thread(target=run_worker, args=[stop])
    worker.start()
    try:
        eventually(lambda: tries() != [tries_before])
    finally:
        stop.set()
        worker.join(30)
        assert not worker.is_alive()
    job.refresh_from_db()
    return job


def tries() -> list[int]:
    """How often the task has been tried, as long as it is in the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attempts FROM procrastinate_jobs WHERE task_name = %s AND (status = 'todo' OR attempts = 0)", [TASK]
        )
        return [attempts for (attempts,) in cursor.fetchall()]


def test_a_job_whose_task_failed_once_is_tried_again() -> None:
    job = worked_off(0)
    assert job.finished_at is None
    assert tries() == [1]


def test_a_job_whose_task_failed_as_often_as_it_may_says_so() -> None:
    job = worked_off(5)
    assert (job.status, job.finished_at is not None) == ("failed", True)
    assert "again and again" in job.message and "Ask for it again" in job.message
    assert tries() == []
