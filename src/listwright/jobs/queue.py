"""The only door to the queue (Procrastinate on our own PostgreSQL).

A task is a plain function that parses ids and calls one operation. Tasks are named, so that a lower package can defer a
higher one's work without importing it. What must happen also stands in a table, so a lost task costs a sweep.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import procrastinate
from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from procrastinate import exceptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

log = logging.getLogger(__name__)

# What is put in the queue goes over Django's connection of the thread it happens in. While a worker runs, `app` speaks
# over the pool of the worker's event loop, which no other thread may touch.
_deferring = JobManager(DjangoConnector())
# A worker that has not been heard of for this long (seconds) has died; its tasks run again.
RESCUE_AFTER = 30
# A job without a task is given one after so many seconds: until then whoever asked for it is about to.
TAKEN_UP_AFTER = 60
LOST = """
SELECT id, task FROM jobs_job j WHERE status = 'submitted' AND task <> '' AND created_at < %s AND NOT EXISTS (
    SELECT FROM procrastinate_jobs q
    WHERE q.status IN ('todo', 'doing') AND q.task_name = j.task AND (q.args->>'job_id')::bigint = j.id)
ORDER BY priority DESC, id LIMIT 100
"""


def task(
    name: str,
    *,
    cron: str | None = None,
    tries: int = 5,
    given_up: Callable[..., None] | None = None,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a task under a name. `cron` runs it by itself too (it is then passed `timestamp`, seconds since 1970).

    When the last of its tries has failed, `given_up` is called with the same arguments and the `error`.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        def run(context: procrastinate.JobContext, /, **arguments: Any) -> None:
            close_old_connections()
            try:
                function(**arguments)
            except Exception as error:
                if given_up is not None and context.task.get_retry_exception(error, context.job) is None:
                    close_old_connections()
                    given_up(**arguments, error=error)
                raise
            finally:
                close_old_connections()

        registered = app.task(
            name=name,
            pass_context=True,
            retry=procrastinate.RetryStrategy(max_attempts=tries, exponential_wait=2) if tries else False,
        )(run)
        if cron:
            app.periodic(cron=cron, periodic_id=name)(registered)  # type: ignore[arg-type]
        return function

    return register


def defer(name: str, *, queueing_key: str | None = None, **arguments: Any) -> None:
    """Run the task of that name once the current transaction has committed.

    `queueing_key`: while a task with this key waits, another is not added. On commit, not inside the transaction: a
    refused key would abort it, and a waiting one would make every other change wait for this commit.
    """

    def send() -> None:
        try:
            with transaction.atomic():
                configure_task(name=name, job_manager=_deferring, queueing_lock=queueing_key).defer(**arguments)
        except exceptions.AlreadyEnqueued:
            log.debug("task %s waits already under %s", name, queueing_key)

    transaction.on_commit(send)


def defer_lost(*, now: datetime) -> None:
    """Have the tasks run of jobs that have none: who asked may have died between their commit and the queue's."""
    with connection.cursor() as cursor:
        cursor.execute(LOST, [now - timedelta(seconds=TAKEN_UP_AFTER)])
        lost = cursor.fetchall()
    for job_id, name in lost:
        defer(name, queueing_key=f"job {job_id}", job_id=job_id)


@task("jobs.take_up_lost", cron="* * * * *", tries=0)
def take_up_lost(timestamp: int) -> None:
    """Put in the queue what nobody lived to put there."""
    defer_lost(now=timezone.now())


@app.periodic(cron="* * * * *", periodic_id="jobs.rescue")
@app.task(name="jobs.rescue", pass_context=True)
async def rescue(context: procrastinate.JobContext, timestamp: int) -> None:
    """Run again what a dead worker left behind. In the worker's event loop, whose pool this speaks over."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=RESCUE_AFTER):
        log.warning("task %s %s was left behind by a dead worker: it runs again", job.id, job.task_name)
        await manager.retry_job(job)


def run_worker(stop: threading.Event, *, concurrency: int = 4) -> None:
    """Work on tasks until `stop` is set. Finished tasks leave the queue at once; what people see stands in jobs."""

    async def work() -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(connector):
            async with app.open_async():
                worker = asyncio.create_task(
                    app.run_worker_async(
                        concurrency=concurrency,
                        install_signal_handlers=False,
                        fetch_job_polling_interval=1.0,
                        shutdown_graceful_timeout=10,
                        delete_jobs="always",
                    )
                )
                while not stop.is_set() and not worker.done():  # noqa: ASYNC110 - the event is a thread's
                    await asyncio.sleep(0.2)
                worker.cancel()
                try:
                    await worker
                except asyncio.CancelledError:
                    log.info("task worker stopped")

    asyncio.run(work())
