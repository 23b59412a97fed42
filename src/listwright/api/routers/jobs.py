"""Queued Jobs."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router

from listwright.api.auth import member
from listwright.api.paging import by_id
from listwright.api.schemas import jobs as schema
from listwright.api.schemas.base import Page
from listwright.jobs import queries
from listwright.sync.operations import asked

router = Router(tags=["jobs"])
Slug = Path[str]


@router.get("/jobs", response=Page[schema.Job])
def list_jobs(
    request: HttpRequest,
    company: Slug,
    kind: str = "",
    status: str = "",
    cursor: str | None = None,
    limit: str | None = None,
) -> dict[str, Any]:
    """Jobs, newest first."""
    owner = member(request).company
    return by_id(
        lambda last, size: queries.jobs(company_id=owner.pk, kind=kind, status=status, before_id=last, limit=size),
        schema.job_out,
        cursor,
        limit,
    )


@router.get("/jobs/{int:job_id}", response=schema.Job)
def get_job(request: HttpRequest, company: Slug, job_id: int) -> schema.Job:
    """A job."""
    return schema.job_out(queries.job(company_id=member(request).company.pk, job_id=job_id))


@router.get("/jobs/{int:job_id}/rows", response=Page[schema.JobRow])
def list_job_rows(
    request: HttpRequest,
    company: Slug,
    job_id: int,
    state: str = "",
    cursor: str | None = None,
    limit: str | None = None,
) -> dict[str, Any]:
    """What became of each product in a job, in the order they were added; skipped rows say why."""
    found = queries.job(company_id=member(request).company.pk, job_id=job_id)
    return by_id(
        lambda last, size: queries.rows(
            company_id=found.company_id, job_id=found.pk, state=state, after_id=last or 0, limit=size
        ),
        schema.JobRow.model_validate,
        cursor,
        limit,
    )


@router.post("/jobs/{int:job_id}/cancel", response=schema.JobAnswer)
def cancel_job(request: HttpRequest, company: Slug, job_id: int) -> dict[str, Any]:
    """Stop a job: what was not sent yet is skipped, what is under way ends by itself."""
    who = member(request)
    return {"job": schema.job_out(asked.cancel(company=who.company, job_id=job_id, now=who.now))}


@router.post("/jobs/{int:job_id}/retry", response={202: schema.JobAnswer})
def retry_job(request: HttpRequest, company: Slug, job_id: int) -> dict[str, Any]:
    """A new job for the rows that failed."""
    who = member(request)
    return {"job": schema.job_out(asked.retry(company=who.company, job_id=job_id, origin=who.origin, now=who.now))}
