"""Rows of Queued Jobs: a product each, and what becomes of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from listwright.jobs.causes import cause_code
from listwright.jobs.operations.counts import FINAL, count_final

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


def add_rows(*, job_id: int, rows: Iterable[RowInput], now: datetime, after_line: int = 0) -> Counter[str]:
    """Add rows in one go; how many of each state. `after_line`: the newest line there is, which does not answer them.

    The job does not know of them yet, and its row is free for others: see `count_rows`.
    """
    values = list(rows)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY jobs_jobrow (job_id, product_id, sku, state, pending, code, message, after_line, created_at, finished_at)"
            " FROM STDIN"
        ) as copy,
    ):
        for row in values:
            told = (row.product_id, row.sku, row.state, list(row.pending), row.code, row.message)
            copy.write_row((job_id, *told, after_line, now, now if row.state in FINAL else None))
    return Counter(str(row.state) for row in values)


def lock_rows(*, row_ids: Sequence[int]) -> list[str]:
    """Hold rows until the caller's transaction ends, in the order everybody takes them; their states."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state FROM jobs_jobrow WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(row_ids)]
        )
        return [state for (state,) in cursor.fetchall()]


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
        count_final(cursor.fetchall(), now)


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
        count_final(cursor.fetchall(), now)


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
        count_final(cursor.fetchall(), now)
