"""Queued Jobs: the list, a job with its rows as it goes on, cancel and retry."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, BinaryIO

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from listwright.bulk.queries import exported, upload_of_job
from listwright.bulk.writers import writer
from listwright.catalog.grid import Count
from listwright.common.errors import NotReady
from listwright.common.paging import decode_cursor, encode_cursor
from listwright.jobs import queries
from listwright.jobs.causes import causes
from listwright.sync.operations import asked
from listwright.sync.queries import arrivals
from listwright.web.answers import done, may, origin, owner
from listwright.web.catalog.actions import ACTIONS, dialog
from listwright.web.components.amounts import home, told
from listwright.web.components.formats import arrival
from listwright.web.components.words import JOB_KINDS, STATUSES
from listwright.web.uploads.files import download

_PAGE = 50
_STATUSES = ("submitted", "processing", "completed", "partial_success", "failed", "cancelled", "on_hold")
_COLUMNS = ("SKU", "Outcome", "Reason", "Told", "Still open", "Ended")
_AGAIN = "A new job for the rows of this one that failed, as it was asked for."
_ROW_STATES = ("waiting", "sent", "succeeded", "failed", "skipped")


def jobs(request: HttpRequest, company: str) -> HttpResponse:
    """A company's jobs, newest first."""
    query = request.GET
    kind, status, cursor = query.get("kind", ""), query.get("status", ""), query.get("cursor", "")
    found = list(
        queries.jobs(
            company_id=owner(request).pk, kind=kind, status=status, before_id=_last(cursor) or None, limit=_PAGE + 1
        )
    )
    context = {
        "jobs": found[:_PAGE],
        "following": encode_cursor([found[_PAGE - 1].pk]) if len(found) > _PAGE else None,
        "cursor": cursor,
        "kind": kind,
        "status": status,
        "kinds": list(JOB_KINDS.items()),
        "statuses": [(code, STATUSES[code].text) for code in _STATUSES],
        "moving": any(job.finished_at is None for job in found[:_PAGE]),
    }
    return render(request, "jobs/jobs.html", context)


def job(request: HttpRequest, company: str, job_id: int) -> HttpResponse:
    """One job: how far it is, why rows failed or were skipped, and each row."""
    firm = owner(request)
    state, cursor = request.GET.get("state", ""), request.GET.get("cursor", "")
    rows = list(queries.rows(company_id=firm.pk, job_id=job_id, state=state, after_id=_last(cursor), limit=_PAGE + 1))
    for row in rows:
        if row.state == "succeeded":  # what failed is told in the words of whoever refused it
            row.message = told(row.message, home(firm))
    context = _progress(request, job_id) | {
        "rows": rows[:_PAGE],
        "following": encode_cursor([rows[_PAGE - 1].pk]) if len(rows) > _PAGE else None,
        "cursor": cursor,
        "state": state,
        "states": _ROW_STATES,
    }
    return render(request, "jobs/job.html", context)


def live(request: HttpRequest, company: str, job_id: int) -> HttpResponse:
    """The part of a job's page that moves, for htmx; it asks again until the job has ended."""
    context = _progress(request, job_id)
    response = render(request, "jobs/live.html", context)
    if context["job"].finished_at is not None:
        response["HX-Trigger"] = "job-ended"
    return response


@require_GET
def file(request: HttpRequest, company: str, job_id: int) -> FileResponse:
    """The output file: each row and what became of it."""
    firm = owner(request)
    found = queries.job(company_id=firm.pk, job_id=job_id)

    def write(stream: BinaryIO) -> None:
        with writer(stream, "csv") as lines:
            lines.write(_COLUMNS)
            for row in queries.every_row(company_id=firm.pk, job_id=job_id):
                ended = row.finished_at.isoformat(timespec="seconds") if row.finished_at else ""
                lines.write(
                    [row.sku, STATUSES[row.state].text, row.code, row.message, ", ".join(row.still_open), ended]
                )

    return download(write, f"job {job_id} {JOB_KINDS.get(found.kind, found.kind)}", "csv")


@require_POST
def cancel(request: HttpRequest, company: str, job_id: int) -> HttpResponse:
    """Stop a job."""
    found = asked.cancel(company=owner(request), job_id=job_id, now=timezone.now())
    text = "is cancelled" if found.finished_at else "stops: what was sent already ends by itself"
    return done(request, f"Job {job_id} {text}.", f"/{owner(request).slug}/jobs/{job_id}/")


@require_GET
def ask_retry(request: HttpRequest, company: str, job_id: int) -> HttpResponse:
    """The dialog: how many of the failed rows would be sent, lines and time; those of one `cause`, or all."""
    firm, cause = owner(request), request.GET.get("cause", "")
    found = queries.job(company_id=firm.pk, job_id=job_id)
    if found.kind not in asked.RETRYABLE:
        raise Http404(f"Job {job_id} has no rows to send again.")
    action = ACTIONS[found.kind]._replace(
        title="Send again", button="Send again", hint=_AGAIN, leads_on=True, again=True
    )
    to = reverse("job-retry", kwargs={"company": firm.slug, "job_id": job_id}) + (
        f"?{urlencode({'cause': cause})}" if cause else ""
    )
    return dialog(request, action, {"failed_of": job_id, "cause": cause}, to, Count(found.failed, False))


@require_POST
def retry(request: HttpRequest, company: str, job_id: int) -> HttpResponse:
    """A new job for the rows that failed, or of them those with one cause."""
    again = asked.retry(
        company=owner(request),
        job_id=job_id,
        origin=origin(request),
        now=timezone.now(),
        cause=request.GET.get("cause", "") or request.POST.get("cause", ""),
    )
    return done(
        request, f"The failed rows of job {job_id} are queued again.", f"/{owner(request).slug}/jobs/{again.pk}/"
    )


def _progress(request: HttpRequest, job_id: int) -> dict[str, Any]:
    firm = owner(request)
    found = queries.job(company_id=firm.pk, job_id=job_id)
    answered = found.succeeded + found.failed + found.skipped
    arriving = None
    if found.finished_at is None and found.kind in ("launch", "update", "disable") and answered < found.total:
        with suppress(NotReady):
            arriving = arrivals.of_job(firm, job_id, now=timezone.now())
    return {
        "company": firm,
        "job": found,
        "arriving": None if arriving is None else arrival(arriving),
        "answered": answered,
        "waiting": found.total - answered,
        "upload": upload_of_job(firm, job_id),
        "exported": exported(found),
        "has_rows": bool(queries.rows(company_id=firm.pk, job_id=job_id, limit=1)),
        "causes": causes(company_id=firm.pk, job_id=job_id),
        "may_operate": may(request, "operator"),
        "retryable": found.finished_at is not None and found.failed and found.kind in asked.RETRYABLE,
    }


def _last(cursor: str) -> int:
    """The id a cursor stands at. Raises Invalid."""
    value = decode_cursor(cursor, (int,))[0] if cursor else 0
    return value if isinstance(value, int) else 0
