"""What is done to Queued Jobs and to their rows."""

from listwright.jobs.operations.counts import FINAL, count_rows, settle
from listwright.jobs.operations.jobs import (
    advance,
    ask_cancel,
    asked_by,
    cancel_requested,
    create,
    fail,
    finish,
    give_up,
    progress,
    report,
    request_cancel,
    retry,
    start,
)
from listwright.jobs.operations.rows import (
    NEWEST,
    Answer,
    RowInput,
    RowOutcome,
    add_rows,
    answer_pending,
    expand_step,
    lock_rows,
    record_rows,
)

__all__ = [
    "FINAL", "NEWEST", "Answer", "RowInput", "RowOutcome", "add_rows", "advance", "answer_pending", "ask_cancel", "asked_by",
    "cancel_requested", "count_rows", "create", "expand_step", "fail", "finish", "give_up", "lock_rows", "progress",
    "record_rows", "report", "request_cancel", "retry", "settle", "start",
]  # fmt: skip
