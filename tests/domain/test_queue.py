"""The queue, with a real worker in a thread: who may put tasks there, and what becomes of a dead worker's."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from listwright.jobs import queue
from tests.domain.sync.engine_world import eventually

pytestmark = pytest.mark.django_db(transaction=True)

HARMLESS = "catalog.count_warehouse"
"""There is no warehouse 0, so that nothing is counted."""


def run(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def left() -> list[tuple[object, ...]]:
    return run(f"SELECT id, status, attempts FROM procrastinate_jobs WHERE task_name = '{HARMLESS}'")


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker that runs, in this process as everything else here."""
    stop = threading.Event()
    thread = threading.Thread(target=queue.run_worker, args=[stop])
    thread.start()
    try:
        eventually(lambda: run("SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - interval '5 s'"))
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def put_there(number: int) -> None:
    try:
        with transaction.atomic():
            queue.defer(HARMLESS, warehouse_id=0)
    finally:
        connection.close()  # this thread's own


def test_any_thread_may_put_tasks_in_the_queue_while_a_worker_runs(worker: None) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put_there, range(200)))
    eventually(lambda: not left())


def test_a_task_that_a_dead_worker_left_behind_runs_again(worker: None) -> None:
    run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
    run(
        f"""INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id, abort_requested)
        SELECT 'default', '{HARMLESS}', '{{"warehouse_id": 0}}', 'doing', max(id), false FROM procrastinate_workers"""
    )
    assert left()
    queue.defer("jobs.rescue", timestamp=0)
    eventually(lambda: not left())
