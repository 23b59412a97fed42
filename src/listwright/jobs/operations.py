"""Create Queued Jobs, answer their rows, keep their counts, finish them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from listwright.changes.origin import Origin
from listwright.changes.wake import wake
from listwright.common.errors import Conflict, NotFound
from listwright.jobs import queue
from listwright.jobs.causes import cause_code
from listwright.jobs.models import Job, JobStatus

FINAL = ("succeeded", "failed", "skipped")
# In the place of a line's number: what is answered are the rows there are.
NEWEST = 2**63 - 1


class RowInput(NamedTuple):
    """A product in a job. `pending`: the markets or steps whose answer makes the row final."""

    product_id: int | None
    sku: str
    state: str = "waiting"
    code: str = ""
    message: str = ""
    pending: Sequence[str] = ()


class RowOutcome(NamedTuple):
    """What became of a row: state `sent`, `succeeded`, `failed` or `skipped`; code and a sentence when not plain success."""

    row_id: int
    state: str
    code: str = ""
    message: str = ""


class Answer(NamedTuple):
    """The answer to one line of a product: `market` as in the rows' `pending`, `line` its number, which grows."""

    product_id: int
    market: str
    line: int
    ok: bool
    code: str = ""
    message: str = ""


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


def add_rows(
    *, job_id: int, rows: Iterable[RowInput], now: datetime, after_line: int = 0, count: bool = True
) -> Counter[str]:
    """Add rows in one go; how many of each state. `after_line`: the newest line there is, which does not answer them.

    Without `count` the job does not know of them yet, and its row is free for others: see `count_rows`.
    """
    values = list(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(
            "COPY jobs_jobrow (job_id, product_id, sku, state, pending, code, message, after_line, created_at, finished_at)"
            " FROM STDIN"
        ) as copy:
            for row in values:
                finished = now if row.state in FINAL else None
                copy.write_row(
                    (
                        job_id,
                        row.product_id,
                        row.sku,
                        row.state,
                        list(row.pending),
                        row.code,
                        row.message,
                        after_line,
                        now,
                        finished,
                    )
                )
        states = Counter(str(row.state) for row in values)
        if count:
            count_rows(job_id=job_id, states=states)
    return states


def count_rows(*, job_id: int, states: Counter[str]) -> bool:
    """Count rows that were added, in their transaction; False when the job was cancelled, or ended, meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET total = total + %s, succeeded = succeeded + %s, failed = failed + %s,"
            " skipped = skipped + %s WHERE id = %s AND finished_at IS NULL AND cancel_requested_at IS NULL",
            [states.total(), states["succeeded"], states["failed"], states["skipped"], job_id],
        )
        return bool(cursor.rowcount)


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


def lock_rows(*, row_ids: Sequence[int]) -> None:
    """Hold rows until the caller's transaction ends, in the order everybody takes them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM jobs_jobrow WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(row_ids)])


def record_rows(*, outcomes: Sequence[RowOutcome], now: datetime) -> None:
    """Write what became of rows, set-based. A row that is final stays as it is; finished jobs are settled."""
    if not outcomes:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_jobrow AS row SET state = outcome.state, code = outcome.code, message = outcome.message,
                finished_at = CASE WHEN outcome.state = ANY(%s) THEN %s::timestamptz END
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS outcome (id, state, code, message)
            WHERE row.id = outcome.id AND row.state IN ('waiting', 'sent')
            RETURNING row.job_id, row.state
            """,
            [
                list(FINAL),
                now,
                [outcome.row_id for outcome in outcomes],
                [outcome.state for outcome in outcomes],
                [outcome.code[:64] for outcome in outcomes],
                [outcome.message for outcome in outcomes],
            ],
        )
        _count(cursor.fetchall(), now)


def answer_pending(*, answers: Sequence[Answer], now: datetime) -> None:
    """Strike answered markets off the rows that wait for them; a row with none left is final.

    Only rows that were there before the line was written are answered by it: no clock tells that, for the line may be
    another machine's. One refusal makes the row failed.
    """
    if not answers:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # In a statement of its own: the next one then sees what others struck off while this one waited for the rows.
        cursor.execute(
            "SELECT FROM jobs_jobrow WHERE product_id = ANY(%s) AND state IN ('waiting', 'sent') ORDER BY id"
            " FOR NO KEY UPDATE",
            [[answer.product_id for answer in answers]],
        )
        cursor.execute(
            """
            WITH answer AS (
                SELECT product_id, array_agg(market) AS markets, max(line) AS line,
                       bool_and(ok) AS ok, coalesce(max(code) FILTER (WHERE NOT ok), '') AS code,
                       coalesce(string_agg(DISTINCT message, ' ') FILTER (WHERE NOT ok), '') AS message
                FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::boolean[], %s::text[], %s::text[])
                     AS given (product_id, market, line, ok, code, message)
                GROUP BY product_id
            ), hit AS (
                SELECT row.id, answer.*, ARRAY(SELECT unnest(row.pending) EXCEPT SELECT unnest(answer.markets)) AS remaining,
                       answer.ok AND row.code = '' AS good
                FROM jobs_jobrow AS row JOIN answer USING (product_id)
                WHERE row.state IN ('waiting', 'sent') AND row.after_line < answer.line
                  AND row.pending && answer.markets::varchar[]
            )
            UPDATE jobs_jobrow AS row SET
                pending = hit.remaining,
                code = CASE WHEN hit.ok THEN row.code ELSE hit.code END,
                message = CASE WHEN hit.ok THEN row.message ELSE hit.message END,
                state = CASE WHEN hit.remaining <> '{}' THEN 'sent' WHEN hit.good THEN 'succeeded' ELSE 'failed' END,
                finished_at = CASE WHEN hit.remaining = '{}' THEN %s::timestamptz END
            FROM hit WHERE row.id = hit.id
            RETURNING row.job_id, row.state
            """,
            [
                [answer.product_id for answer in answers],
                [answer.market for answer in answers],
                [answer.line for answer in answers],
                [answer.ok for answer in answers],
                [cause_code(answer.code, answer.message)[:64] for answer in answers],
                [answer.message for answer in answers],
                now,
            ],
        )
        _count(cursor.fetchall(), now)


def expand_step(*, steps: Mapping[int, Sequence[str]], step: str, now: datetime) -> None:
    """Put further steps in the place of one, by product: a listing that was created has its prices still to be sent.

    A row left without steps has succeeded.
    """
    if not steps:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE jobs_jobrow AS row SET
                pending = array_remove(row.pending, %(step)s) || further.steps,
                state = CASE WHEN array_remove(row.pending, %(step)s) || further.steps = '{}' THEN 'succeeded' ELSE 'sent' END,
                finished_at = CASE WHEN array_remove(row.pending, %(step)s) || further.steps = '{}'
                                   THEN %(now)s::timestamptz END
            FROM (SELECT product_id, coalesce(string_to_array(nullif(steps, ''), ',')::varchar[], '{}') AS steps
                  FROM unnest(%(products)s::bigint[], %(further)s::text[]) AS item (product_id, steps)) AS further
            WHERE row.product_id = further.product_id AND row.state IN ('waiting', 'sent') AND %(step)s = ANY(row.pending)
            RETURNING row.job_id, row.state
            """,
            {
                "step": step,
                "now": now,
                "products": list(steps),
                "further": [",".join(further) for further in steps.values()],
            },
        )
        _count(cursor.fetchall(), now)


def _count(rows: Sequence[tuple[int, str]], now: datetime) -> None:
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
            _count(cursor.fetchall(), now)
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
        rows = job.rows.filter(state="failed", **({"code": cause} if cause else {}))
        failed = list(rows.order_by("id").values_list("sku", flat=True))
        if not failed:
            raise Conflict("nothing_failed", f"No row of job {job_id} failed, so there is nothing to retry.")
        params = job.params | {"selection": {"skus": failed}}
        return create(
            company_id=company_id, kind=job.kind, origin=origin, params=params, now=now, task=task, retry_of=job.id
        )
