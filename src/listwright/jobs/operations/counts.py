"""A job's counts, and what its end follows from."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

FINAL = ("succeeded", "failed", "skipped")


def count_rows(*, job_id: int, states: Counter[str]) -> bool:
    """Count rows that were added, in their transaction; False when the job was cancelled, or ended, meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET total = total + %s, succeeded = succeeded + %s, failed = failed + %s,"
            " skipped = skipped + %s WHERE id = %s AND finished_at IS NULL AND cancel_requested_at IS NULL",
            [states.total(), states["succeeded"], states["failed"], states["skipped"], job_id],
        )
        return bool(cursor.rowcount)


def count_final(rows: Sequence[tuple[int, str]], now: datetime) -> None:
    """Add newly final rows to their jobs' counts and settle those jobs. Jobs are locked in id order."""
    counts: dict[int, dict[str, int]] = {}
    for job_id, state in rows:
        if state in FINAL:
            counts.setdefault(job_id, dict.fromkeys(FINAL, 0))[state] += 1
    with connection.cursor() as cursor:
        for job_id in sorted(counts):
            cursor.execute(
                "UPDATE jobs_job SET succeeded = succeeded + %s, failed = failed + %s, skipped = skipped + %s WHERE id = %s",
                [*(counts[job_id][state] for state in FINAL), job_id],
            )
    settle(job_ids=sorted(counts), now=now)


def settle(*, job_ids: Sequence[int], now: datetime, message: str = "", rowless: bool = False) -> None:
    """Finish the jobs among these whose every row is answered.

    Completed: every row that had to do with it succeeded. Partial success: some did. Failed: none did, so a job in
    which nothing happened never says completed. Cancelled: it was asked to stop. `rowless` finishes jobs without rows.
    """
    if not job_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_job SET finished_at = %s,
                message = CASE WHEN %s <> '' THEN %s ELSE message END,
                status = CASE
                    WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
                    WHEN total = succeeded THEN 'completed'
                    WHEN succeeded > 0 THEN 'partial_success'
                    ELSE 'failed' END
            WHERE id = ANY(%s) AND finished_at IS NULL AND status IN ('processing', 'on_hold')
              AND total = succeeded + failed + skipped AND (total > 0 OR %s)
            """,
            [now, message, message, list(job_ids), rowless],
        )
