"""Ask for the results of uploads, and believe them row by row."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from listwright.channels.protocol import TaskResult, TaskState
from listwright.channels.registry import channel
from listwright.common.errors import ProtocolBroken, Rejected
from listwright.jobs import operations as jobs
from listwright.jobs.operations import Answer
from listwright.listings import operations as listings
from listwright.sync.bulk.times import BulkTimes
from listwright.sync.bulk.work import CONTENT, CREATE
from listwright.sync.commits import commit
from listwright.sync.decisions.task_rows import RowResult, row_results
from listwright.sync.engine.steps import StepContext
from listwright.sync.models import Line, Submission

CHANNEL = "backmarket"
# What a create line waits to be read for: kept in its `code` until the listing has been looked up.
TOLD_SUCCESS, TOLD_NOTHING, TASK_FAILED, ANSWER_LOST = "told_success", "told_nothing", "task_failed", "answer_lost"


def due(account_id: int, now: datetime) -> bool:
    """Whether an upload wants to be asked about."""
    return Submission.objects.filter(
        account_id=account_id, state__in=["open", "unknown"], next_poll_at__lte=now
    ).exists()


def poll_due(context: StepContext, times: BulkTimes) -> None:
    """Ask about each upload whose time has come."""
    now = context.clock.now()
    for submission in Submission.objects.filter(
        account_id=context.account_id, state__in=["open", "unknown"], next_poll_at__lte=now
    ).order_by("next_poll_at")[:50]:
        if context.ending():
            return
        if submission.state == "unknown":
            _end_quarantine(submission, now)
        elif not submission.task_id:
            # Its worker died between the attempt and the answer.
            quarantine(
                submission, until=now + timedelta(seconds=times.quarantine_bulk), message="The answer never came."
            )
        else:
            _ask(context, submission, times)


def _ask(context: StepContext, submission: Submission, times: BulkTimes) -> None:
    try:
        result = context.adapter.task(submission.task_id)
    except (Rejected, ProtocolBroken) as strange:
        result = TaskResult(TaskState.UNEXPLAINED, frozenset(), {}, str(strange))
    now = context.clock.now()
    if result.state is TaskState.DONE:
        finish_task(submission, result, now)
    elif result.state is TaskState.FAILED:
        _give_up(
            submission, f"Back Market's task {submission.task_id} failed: {result.message or 'no reason given'}.", now
        )
    elif now - submission.attempted_at > timedelta(seconds=times.task_patience):
        _give_up(submission, f"Back Market's task {submission.task_id} never ended. {result.message}".strip(), now)
    else:
        with commit("note a poll"):
            Submission.objects.filter(id=submission.id).update(
                polls=submission.polls + 1, next_poll_at=times.next_poll(submission.polls, now), message=result.message
            )


def finish_task(submission: Submission, result: TaskResult, now: datetime) -> None:
    """Write what a finished task says of each row; creates are read back before anything is believed."""
    lines = list(Line.objects.filter(submission=submission, state="open").select_related("listing").order_by("id"))
    rows = row_results([line.listing.effective_merchant_sku for line in lines], result)
    with commit("finish a task"):
        _answer(submission, lines, rows, now)
        Submission.objects.filter(id=submission.id).update(
            state="done", finished_at=now, next_poll_at=None, message=result.message
        )


def _answer(submission: Submission, lines: Sequence[Line], rows: Sequence[RowResult], now: datetime) -> None:
    creating = submission.kind == "create"
    step = CREATE if creating else f"{CONTENT}{submission.market}"
    answers = []
    for line, row in zip(lines, rows, strict=True):
        if row.outcome == "refused":
            line.state, line.resolved_at, line.code, line.message = "rejected", now, "rejected", row.message
            answers.append(Answer(line.listing.product_id, step, line.pk, False, "rejected", row.message))
        elif creating or row.outcome == "unknown":
            told = TOLD_SUCCESS if row.outcome == "succeeded" else TOLD_NOTHING
            line.state, line.quarantine_until, line.code, line.message = "unknown", now, told, row.message
        else:
            line.state, line.resolved_at = "accepted", now
            answers.append(Answer(line.listing.product_id, step, line.pk, True))
    Line.objects.bulk_update(lines, ["state", "resolved_at", "code", "message", "quarantine_until"])
    jobs.answer_pending(answers=answers, now=now)
    if creating:
        back_market = channel(CHANNEL)
        listings.set_unknown_to_back_market(
            account_id=submission.account_id,
            listing_ids=[
                line.listing_id
                for line, row in zip(lines, rows, strict=True)
                if row.outcome == "refused" and back_market.says_unknown_product(row.message)
            ],
            now=now,
        )


def _give_up(submission: Submission, message: str, now: datetime) -> None:
    """A task that failed or never ended: product information was not taken; creates are looked for."""
    with commit("give a task up"):
        lines = list(Line.objects.filter(submission=submission, state="open").select_related("listing"))
        if submission.kind == "create":
            Line.objects.filter(submission=submission, state="open").update(
                state="unknown", quarantine_until=now, code=TASK_FAILED, message=message
            )
        else:
            Line.objects.filter(submission=submission, state="open").update(
                state="rejected", resolved_at=now, code=TASK_FAILED, message=message
            )
            step = f"{CONTENT}{submission.market}"
            jobs.answer_pending(
                answers=[Answer(line.listing.product_id, step, line.pk, False, TASK_FAILED, message) for line in lines],
                now=now,
            )
        Submission.objects.filter(id=submission.id).update(
            state="failed", finished_at=now, next_poll_at=None, message=message
        )


def quarantine(submission: Submission, *, until: datetime, message: str) -> None:
    """The answer to an upload was lost: perhaps applied, perhaps later. Nothing is believed before `until` (UTC)."""
    with commit("quarantine an upload"):
        Line.objects.filter(submission=submission, state="open").update(
            state="unknown", quarantine_until=until, code=ANSWER_LOST, message=message
        )
        Submission.objects.filter(id=submission.id).update(state="unknown", next_poll_at=until, message=message)


def _end_quarantine(submission: Submission, now: datetime) -> None:
    """Product information is absolute, so it is simply sent again; creates are looked up first (their lines stay)."""
    with commit("end a quarantine"):
        if submission.kind == "content":
            Line.objects.filter(submission=submission, state="unknown").update(state="not_applied", resolved_at=now)
        Submission.objects.filter(id=submission.id).update(state="failed", finished_at=now, next_poll_at=None)


def not_applied(submission: Submission, *, message: str, now: datetime) -> None:
    """An upload that certainly was not taken: its rows wait as they did before."""
    with commit("take an upload back"):
        Line.objects.filter(submission=submission, state="open").update(
            state="not_applied", resolved_at=now, message=message
        )
        Submission.objects.filter(id=submission.id).update(
            state="failed", finished_at=now, next_poll_at=None, message=message
        )
