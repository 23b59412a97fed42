"""A worker or its connections that die in the middle of a file: whoever goes on judges and applies every row exactly once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

ROWS, CHUNK, JUDGED = 1500, 100, 25
PREPARE = f"""
from listwright.bulk import plan
plan.CHUNK = {CHUNK}
from listwright.bulk import operations
from tests.domain.bulk.makers import ANA, NOW, create, sheet, shop, uploaded
company = shop(account=False)
skus = [f"S{{number:05}}" for number in range({ROWS})]
create(company, *skus, brand="Apple", stock={{"main": 1}})
rows = [[sku, "Nokia", str(100 + place % 50), "5"] for place, sku in enumerate(skus)]
upload = uploaded(company, sheet(["SKU", "Brand", "SitePrice", "Qty"], *rows))
assert upload.changed == {ROWS}, upload.message
operations.apply_upload(company=company, upload_id=upload.pk, origin=ANA, now=NOW)
"""
APPLY = """
from django.utils import timezone
from listwright.bulk import operations
from listwright.bulk.models import Upload
operations.apply_now(upload_id=Upload.objects.get().pk, now=timezone.now(), wait=True)
"""
START = f"""
import io
from listwright.bulk import operations
from listwright.bulk.outcome import Options
from tests.domain.bulk.makers import ANA, NOW, create, sheet, shop
company = shop(account=False)
skus = [f"S{{number:05}}" for number in range({ROWS})]
create(company, *skus, brand="Apple", stock={{"main": 1}})
content = sheet(["SKU", "Brand"], *([sku, "Nokia" if place % 3 else "Apple"] for place, sku in enumerate(skus)))
operations.start_upload(company=company, file=io.BytesIO(content), file_name="a.csv", options=Options(), origin=ANA, now=NOW)
"""
JUDGE = f"""
from django.utils import timezone
from listwright.bulk import operations, plan
from listwright.bulk.models import Upload
plan.CHUNK = {JUDGED}
operations.preview_now(upload_id=Upload.objects.get().pk, now=timezone.now(), at_once=2)
"""

EXPORT = f"""
from listwright.bulk import operations
from tests.domain.bulk.makers import ANA, NOW, create, shop
company = shop(account=False)
create(company, *(f"S{{number:05}}" for number in range({ROWS})), brand="Apple")
operations.export_selected(
    company=company, selection={{"all": True}}, headers=["SKU", "Brand"], file_format="csv", origin=ANA, now=NOW
)
"""
WRITE = f"""
from django.utils import timezone
from listwright.bulk import export, operations, template
from listwright.jobs.models import Job
export.CHUNK = template.CHUNK = {JUDGED}
operations.export_now(job_id=Job.objects.get().pk, now=timezone.now())
"""


@pytest.mark.parametrize("dies", ["the worker", "its connections"])
def test_every_row_is_judged_exactly_once_whoever_dies_meanwhile(database_url: str, dies: str) -> None:
    run(START, database_url).wait()
    with psycopg.connect(database_url, autocommit=True) as connection:
        answer = asking(connection)
        for after in (1, 4):
            connection.execute("UPDATE bulk_upload SET done = 0")
            worker = run(JUDGE, database_url)
            while answer("SELECT done FROM bulk_upload") < after * JUDGED and worker.poll() is None:
                time.sleep(0.002)
            if dies == "the worker":
                os.kill(worker.pid, signal.SIGKILL)
            else:
                # As a server that is started again ends all of them at once.
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                )
            assert worker.wait(60) != 0
            assert answer("SELECT count(*) FROM bulk_upload WHERE state = 'previewing'") == 1
        assert run(JUDGE, database_url).wait(60) == 0

        assert answer("SELECT count(*) FROM bulk_upload WHERE state = 'ready' AND failed + skipped + created = 0") == 1
        figures = "SELECT changed FROM bulk_upload", "SELECT unchanged FROM bulk_upload", "SELECT rows FROM bulk_upload"
        assert [answer(figure) for figure in figures] == [ROWS * 2 // 3, ROWS // 3, ROWS]
        assert answer("SELECT sum(last - first + 1) FROM bulk_uploadchunk") == ROWS
        assert answer("SELECT count(*) FROM catalog_product WHERE brand = 'Nokia'") == 0


def test_every_row_is_applied_exactly_once_whenever_a_worker_is_killed(database_url: str) -> None:
    run(PREPARE, database_url).wait()
    with psycopg.connect(database_url, autocommit=True) as connection:
        answer = asking(connection)
        applied = "SELECT count(*) FROM bulk_uploadchunk WHERE applied_at IS NOT NULL"
        assert answer("SELECT state FROM bulk_upload") == "applying"
        for killed_after in (1, 5):
            worker = run(APPLY, database_url)
            while answer(applied) < killed_after and worker.poll() is None:
                time.sleep(0.005)
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            assert killed_after <= answer(applied) < ROWS // CHUNK
        assert answer("SELECT state FROM bulk_upload") == "applying"
        assert (
            answer("SELECT succeeded FROM jobs_job")
            == answer("SELECT done FROM bulk_upload")
            == answer("SELECT count(*) FROM changes_change WHERE origin = 'upload' AND origin_id IS NOT NULL")
        )
        run(APPLY, database_url).wait()

        assert answer("SELECT state FROM bulk_upload") == "applied"
        assert answer("SELECT status || total || ' ' || succeeded FROM jobs_job") == f"completed{ROWS} {ROWS}"
        assert answer("SELECT count(*) FROM catalog_product WHERE brand = 'Nokia' AND physical = 5") == ROWS
        assert answer(
            "SELECT count(*) FROM (SELECT subject_id FROM changes_change WHERE origin = 'upload' AND origin_id IS NOT NULL"
            " GROUP BY subject_id HAVING count(*) = 1) AS once"
        ) == ROWS  # fmt: skip
        assert answer("SELECT count(DISTINCT generation) FROM changes_stale") == 1


def test_an_export_is_whole_and_there_once_whenever_its_worker_is_killed(database_url: str) -> None:
    run(EXPORT, database_url).wait()
    with psycopg.connect(database_url, autocommit=True) as connection:
        answer = asking(connection)
        worker = run(WRITE, database_url)
        while not answer("SELECT succeeded FROM jobs_job") and worker.poll() is None:
            time.sleep(0.002)
        os.kill(worker.pid, signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL
        with connection.transaction():  # it comes as far as keeping its file, and no farther
            connection.execute("LOCK TABLE bulk_exportpiece IN SHARE MODE")
            worker = run(WRITE, database_url)
            waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'bulk_exportpiece'::regclass AND NOT granted"
            while not answer(waiting) and worker.poll() is None:
                time.sleep(0.01)
            os.kill(worker.pid, signal.SIGKILL)
            assert worker.wait() == -signal.SIGKILL
        assert answer("SELECT count(*) FROM bulk_exportpiece") == 0
        assert answer("SELECT status FROM jobs_job") == "processing"
        assert run(WRITE, database_url).wait(60) == 0

        assert answer("SELECT status || total || ' ' || succeeded FROM jobs_job") == f"completed{ROWS} {ROWS}"
        file = answer("SELECT string_agg(content, '' ORDER BY number) FROM bulk_exportpiece")
        assert isinstance(file, bytes)
        skus = [f"S{number:05}" for number in range(ROWS)]
        assert file.decode("utf-8-sig").split() == ["SKU,Brand", *(f"{sku},Apple" for sku in skus)]


def asking(connection: psycopg.Connection) -> Callable[[str], Any]:
    """The one value that a statement answers."""

    def answer(statement: str) -> Any:
        row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return row[0]

    return answer


def run(script: str, database_url: str) -> subprocess.Popen[bytes]:
    """The script in a process of its own, Django set up on the database."""
    root = Path(__file__).resolve().parents[3]
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)]),
    }
    return subprocess.Popen([sys.executable, "-c", "import django; django.setup()\n" + script], env=environment)
