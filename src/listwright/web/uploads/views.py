"""Bulk Product Update: upload a file, check what it would do, apply it, see what became of it, take it back."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from listwright.bulk import operations, queries
from listwright.common.errors import Conflict, DomainError, Invalid, LimitReached
from listwright.common.paging import decode_cursor, encode_cursor
from listwright.web.answers import done, may, origin, owner, person, status_of
from listwright.web.components.amounts import home
from listwright.web.uploads import asked, page
from listwright.web.uploads.files import download

_PAGE = 50


def uploads(request: HttpRequest, company: str) -> HttpResponse:
    """The way in: upload a file, templates to fill in, and what was uploaded before."""
    if request.method == "POST":
        return _uploaded(request)
    return _listed(request)


def upload(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """One upload, at whichever step it is."""
    return _shown(request, upload_id)


@require_GET
def live(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """The progress, for htmx; the page is drawn anew when the step it shows has ended."""
    record = queries.upload(owner(request), upload_id)
    if record.state != request.GET.get("state"):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "uploads/live.html", {"upload": record, "may_operate": may(request, "operator")})


@require_GET
def look(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """The file's first rows as they are understood, for htmx: reading it is not to delay the page."""
    record = queries.upload(owner(request), upload_id)
    context = {"look": queries.look(owner(request), upload_id), "upload": record}
    return render(request, "uploads/look.html", context)


@require_GET
def log(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """What the upload changed, from history."""
    firm, cursor, search = owner(request), request.GET.get("cursor", ""), request.GET.get("search", "")
    found = queries.log(firm, upload_id, search=search, after=_after(cursor), limit=_PAGE)
    last = max((line.row for line in found), default=0)
    more = bool(found) and bool(queries.log(firm, upload_id, search=search, after=last, limit=1))
    context = {
        "upload": queries.upload(firm, upload_id),
        "lines": [(line, page.shown_cells(line.cells, home(firm))) for line in found],
        "search": search,
        "cursor": cursor,
        "following": encode_cursor([last]) if more else None,
    }
    return render(request, "uploads/log.html", context)


@require_GET
def result(request: HttpRequest, company: str, upload_id: int) -> FileResponse:
    """The uploaded file with its status columns."""
    record = queries.upload(owner(request), upload_id)
    name = f"{record.file_name.rpartition('.')[0] or record.file_name} result"
    form: Any = "xlsx" if record.file_format == "xlsx" else "tab" if record.separator == "\t" else "csv"
    return download(lambda stream: queries.write_result(owner(request), upload_id, stream), name, form)


@require_GET
def original(request: HttpRequest, company: str, upload_id: int) -> StreamingHttpResponse:
    """The file as it was uploaded."""
    record = queries.upload(owner(request), upload_id)
    pieces = queries.file_bytes(owner(request), upload_id)
    response = StreamingHttpResponse(pieces, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = page.attachment(record.file_name)
    return response


@require_POST
def options(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """Judge the file anew, read and meant otherwise."""
    form = request.POST.dict()
    record = queries.upload(owner(request), upload_id)
    if form.pop("only", "") == "then":  # the one question of the check; all else stays as it was
        form = {name: value for name, value in asked.values_of(record).items() if value} | {
            "then": form.get("then", "")
        }
    try:
        operations.change_options(
            company=owner(request),
            upload_id=upload_id,
            options=asked.options_of(form),
            reading=asked.reading_of(form),
            now=timezone.now(),
        )
    except (Invalid, Conflict, LimitReached) as error:
        return _shown(request, upload_id, error, values=form)
    return HttpResponseRedirect(_address(request, upload_id))


@require_POST
def apply(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """Do what the check showed, now or at a time."""
    typed, now = request.POST.get("at", ""), timezone.now()
    try:
        at = asked.moment_of(typed, person(request).time_zone, now)
        record = operations.apply_upload(
            company=owner(request), upload_id=upload_id, origin=origin(request), now=now, at=at
        )
    except (Invalid, Conflict) as error:
        return _shown(request, upload_id, error, at=typed)
    if record.job_id is None:
        return done(request, "It is scheduled.", _address(request, upload_id))
    job = reverse("job", kwargs={"company": owner(request).slug, "job_id": record.job_id})
    return done(request, "It is queued.", _address(request, upload_id), url=job, link=f"Job {record.job_id}")


@require_POST
def cancel(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """Stop it; rows that were applied stay applied."""
    record = operations.cancel_upload(company=owner(request), upload_id=upload_id, now=timezone.now())
    begun = record.state == "applying" or record.started_at is not None
    told = "It stops: whole rows only, and those done stay done." if begun else "It was discarded; nothing was changed."
    return done(request, told, _address(request, upload_id))


@require_POST
def roll_back(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """Have it checked what restoring the cells would do; that is applied like a file."""
    back = operations.roll_back_upload(
        company=owner(request), upload_id=upload_id, origin=origin(request), now=timezone.now()
    )
    return HttpResponseRedirect(_address(request, back.pk))


@require_POST
def delete(request: HttpRequest, company: str, upload_id: int) -> HttpResponse:
    """Forget the file and its rows."""
    operations.delete_upload(company=owner(request), upload_id=upload_id, now=timezone.now())
    to = reverse("uploads", kwargs={"company": owner(request).slug})
    return done(request, "The file was deleted. What it changed stays in each product's history.", to)


def _uploaded(request: HttpRequest) -> HttpResponse:
    file = request.FILES.get("file")
    form = request.POST.dict()
    try:
        if file is None:
            raise Invalid("file_missing", "Choose a file.", {"file": "Choose a file."})
        record = operations.start_upload(
            company=owner(request),
            file=file,
            file_name=file.name or "",
            options=asked.options_of(form),
            reading=asked.reading_of(form),
            origin=origin(request),
            now=timezone.now(),
        )
    except DomainError as error:
        return _listed(request, error, file.name if file else "")
    return HttpResponseRedirect(_address(request, record.pk))


def _shown(request: HttpRequest, upload_id: int, error: DomainError | None = None, **typed: Any) -> HttpResponse:
    """The upload's page; after a refusal with what was typed, and the reason beside its field or above all."""
    context = page.context(request, upload_id) | typed
    if error is not None:
        marked = error.fields if error.fields.keys() <= page.MARKED else {}
        context |= {"errors": marked, "problem": "" if marked else error.message}
    return render(request, "uploads/upload.html", context, status=status_of(error) if error else 200)


def _listed(request: HttpRequest, error: DomainError | None = None, file_name: str | None = None) -> HttpResponse:
    firm, cursor = owner(request), request.GET.get("cursor", "")
    found = queries.uploads(firm, before_id=_after(cursor) or None, limit=_PAGE + 1)
    context = {
        "uploads": found[:_PAGE],
        "following": encode_cursor([found[_PAGE - 1].pk]) if len(found) > _PAGE else None,
        "cursor": cursor,
        "templates": queries.templates(firm),
        "may_operate": may(request, "operator"),
        "values": request.POST.dict() if error else {},
        "choices": asked.CHOICES,
        "problem": error.message if error else "",
        "errors": error.fields if error else {},
        "file_name": file_name,
        "headers_unknown": error is not None and error.code == "headers_unknown",
        "moving": any(record.state in page.MOVING for record in found[:_PAGE]),
    }
    return render(request, "uploads/uploads.html", context, status=status_of(error) if error else 200)


def _address(request: HttpRequest, upload_id: int) -> str:
    return reverse("upload", kwargs={"company": owner(request).slug, "upload_id": upload_id})


def _after(cursor: str) -> int:
    value = decode_cursor(cursor, (int,))[0] if cursor else 0
    return value if isinstance(value, int) else 0
