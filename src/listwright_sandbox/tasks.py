"""Tasks: what a file turns into, from status 0 over 2 to 9, 8, or no end at all."""

from dataclasses import dataclass, field
from typing import Any

from .bulk import Outcome
from .settings import Settings

TODO, RUNNING, FAILED, DONE = 0, 2, 8, 9
INTERRUPTED = "Task has been interrupted."


@dataclass
class Task:
    """A task as it is dumped and loaded. `ends` None: never. `rows` wait until they have applied.

    `last_status` is the one it ends with; `rows_before_failure` how many rows apply when that is 8.
    """

    task_id: int
    market: str
    starts: float
    ends: float | None
    rows: list[dict[str, str]] = field(default_factory=list)
    request: int | None = None
    last_status: int = DONE
    last_error: str | None = None
    rows_before_failure: int = 0
    successes: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)

    def status(self, now: float) -> int:
        if now < self.starts:
            return TODO
        return RUNNING if self.ends is None or now < self.ends else self.last_status

    def report(self, row: dict[str, str], number: int, outcome: Outcome, settings: Settings) -> None:
        """Notes what a row did, under the key and in the shape that the settings say."""
        by_sku = settings.row_key == "sku"
        key = row["sku"] if by_sku else str(number)
        target = self.successes if outcome.error is None else self.errors
        target[key] = _value(outcome, settings.row_value, None if by_sku else row["sku"])


def document(task: Task, now: float) -> dict[str, Any]:
    """A task as the API shows it."""
    status = task.status(now)
    return {
        "task_id": task.task_id,
        "action_status": status,
        "last_action_error": (task.last_error or INTERRUPTED) if status == FAILED else None,
        "result": {"product_success": task.successes, "product_errors": task.errors} if status == DONE else {},
        "statuscode": 200,
    }


def _value(outcome: Outcome, shape: str, sku: str | None) -> Any:
    if shape == "string":
        return outcome.message
    if shape == "list":
        return [outcome.message]
    named = {} if sku is None else {"sku": sku}
    if outcome.error is None:
        return {**named, "message": outcome.message}
    return {**named, outcome.error.field: [outcome.error.message]}
