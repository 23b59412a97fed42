"""What people and programs ask of Back Market: launch, update, download, cancel, retry. Each ends in a Queued Job."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from listwright.catalog.selection import parse_selection
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, Invalid
from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.sync.commits import commit
from listwright.sync.operations import forcing

TASKS = {
    "launch": "sync.prepare_launch",
    "update": "sync.prepare_update",
    "disable": "sync.prepare_disable",
    "download": "sync.start_download",
}
RETRYABLE = ("launch", "update", "disable")
"""Kinds of jobs whose failed rows can be sent again."""


def launch(*, company: Company, selection: Mapping[str, Any], origin: Origin, now: datetime, priority: int = 1) -> Job:
    """Send product information of the selected products, creating listings or updating them (B1, B2).

    `selection` is `{skus: […]}`, `{filter: {…}}` or `{all: true}`. Raises Invalid for an empty one, NotReady while the
    company is not connected.
    """
    return _ask(company, "launch", selection, {}, origin, now, priority)


def update(*, company: Company, selection: Mapping[str, Any], origin: Origin, now: datetime, priority: int = 1) -> Job:
    """Send current price and quantity together, whatever stands there (B1, B3). Raises as `launch` does."""
    return _ask(company, "update", selection, {}, origin, now, priority)


def disable(
    *, company: Company, selection: Mapping[str, Any], then: str, origin: Origin, now: datetime, priority: int = 2
) -> Job:
    """Disable many products; `then` is `offline` (0 is sent, and confirmed) or `leave`, and must be named (B5)."""
    if then not in ("offline", "leave"):
        message = "Say what happens to the listings on Back Market: offline (quantity 0 is sent) or leave (they stand)."
        raise Invalid("then_missing", message, {"then": message})
    return _ask(company, "disable", selection, {"then": then}, origin, now, priority)


def download(*, company: Company, origin: Origin, now: datetime) -> Job:
    """Download the Active Listings of all markets (B6); while a download is under way, its job is the answer."""
    companies.account(company)
    with commit("ask for a download"):
        Company.objects.select_for_update().get(id=company.id)
        running = Job.objects.filter(company_id=company.id, kind="download", finished_at__isnull=True).first()
        if running is not None:
            return running
        return jobs.create(
            company_id=company.id,
            kind="download",
            origin=origin,
            params={},
            now=now,
            task=TASKS["download"],
            priority=2,
        )


def cancel(*, company: Company, job_id: int, now: datetime) -> Job:
    """Stop a job: what was not sent yet is skipped. Raises NotFound, and Conflict when it has ended."""
    # By itself: whoever prepares the job meanwhile either sees this, or is done before its rows are looked for.
    with commit("ask to cancel a job"):
        jobs.ask_cancel(company_id=company.id, job_id=job_id, now=now)
    try:
        with commit("cancel a job"):
            forcing.withdraw(company_id=company.id, job_id=job_id, now=now)
            return jobs.request_cancel(company_id=company.id, job_id=job_id, now=now)
    except Conflict:
        return Job.objects.get(id=job_id)  # it has ended since: by whoever prepared it, or with its last answer


def retry(*, company: Company, job_id: int, origin: Origin, now: datetime, cause: str = "") -> Job:
    """A new job for the rows of this one that failed, or of them those with a cause (its code).

    Raises NotFound, and Conflict when none did or it is running.
    """
    job = Job.objects.filter(company_id=company.id, id=job_id).first()
    kind = job.kind if job is not None else "launch"
    if kind not in RETRYABLE:
        raise Conflict("not_retryable", f"A {kind} job has no rows to send again. Start a new one.")
    with commit("retry a job"):
        return jobs.retry(company_id=company.id, job_id=job_id, origin=origin, now=now, task=TASKS[kind], cause=cause)


def _ask(
    company: Company,
    kind: str,
    selection: Mapping[str, Any],
    further: Mapping[str, Any],
    origin: Origin,
    now: datetime,
    priority: int,
) -> Job:
    parse_selection(selection, company.currency)
    companies.account(company)
    with commit("ask for a job"):
        return jobs.create(
            company_id=company.id,
            kind=kind,
            origin=origin,
            params={"selection": dict(selection), **further},
            now=now,
            task=TASKS[kind],
            priority=priority,
        )
