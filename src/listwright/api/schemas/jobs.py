"""Queued Jobs, and the selections they are made from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, Field, WithJsonSchema

from listwright.api.schemas.base import In, Out
from listwright.common.errors import Invalid

PRIORITIES = {"normal": 1, "high": 2, "critical": 3}
_PRIORITY_NAMES = {number: name for name, number in PRIORITIES.items()}

Skus = Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "string"}})]
Filter = Annotated[Any, WithJsonSchema({"type": "object", "description": "as the parameters of GET /products"})]
All = Annotated[Any, WithJsonSchema({"type": "boolean", "enum": [True]})]
Priority = Annotated[Any, WithJsonSchema({"type": "string", "enum": list(PRIORITIES)})]


class Selected(In):
    """Which products: exactly one of `skus`, `filter`, `all: true`."""

    skus: Skus = None
    filter: Filter = None
    all: All = None
    priority: Priority = "normal"

    def selection(self) -> dict[str, Any]:
        """As the domain reads it."""
        return {name: value for name, value in self.given().items() if name != "priority"}

    def priority_number(self) -> int:
        """Raises Invalid for a word that is none."""
        if not isinstance(self.priority, str) or self.priority not in PRIORITIES:
            message = f"“{str(self.priority)[:40]}” is no priority: choose one of {', '.join(PRIORITIES)}."
            raise Invalid("invalid_priority", message, {"priority": message})
        return PRIORITIES[self.priority]


class Job(Out):
    """A Queued Job. `waiting` rows have no outcome yet: total = succeeded + failed + skipped + waiting."""

    id: int
    kind: str
    status: str
    priority: str
    total: int
    succeeded: int
    failed: int
    skipped: int
    waiting: int
    message: str
    asked_by: str
    retry_of: int | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None


class JobAnswer(Out):
    """The job that does what was asked."""

    job: Job


class JobRow(Out):
    """One product in a job; `pending` names what is still to be answered."""

    id: int
    sku: str
    state: str
    code: str
    message: str
    pending: list[str] = Field(validation_alias=AliasChoices("still_open", "pending"))
    finished_at: datetime | None


def job_out(job: Any) -> Job:
    """A job as REST shows it."""
    return Job(
        id=job.id,
        kind=job.kind,
        status=job.status,
        priority=_PRIORITY_NAMES[job.priority],
        total=job.total,
        succeeded=job.succeeded,
        failed=job.failed,
        skipped=job.skipped,
        waiting=job.total - job.succeeded - job.failed - job.skipped,
        message=job.message,
        asked_by=job.origin_label,
        retry_of=job.retry_of_id,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        cancel_requested_at=job.cancel_requested_at,
    )
