"""Export the products selected in Manage Catalog, as a file that can be edited and uploaded again."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from listwright.bulk import operations, queries
from listwright.bulk.writers import MEDIA_TYPES, parse_format
from listwright.catalog.selection import parse_selection
from listwright.common.errors import NotFound
from listwright.jobs.queries import job as job_of
from listwright.web.answers import ended, origin, owner
from listwright.web.catalog.actions import decoded, selection_of
from listwright.web.uploads.page import attachment
from listwright.web.uploads.templates import groups


@require_POST
def ask(request: HttpRequest, company: str) -> HttpResponse:
    """The dialog: which columns, in which format."""
    firm, selection = owner(request), selection_of(request)
    parse_selection(selection, firm.currency)
    context = {
        "selection": json.dumps(selection),
        "selected": len(selection["skus"]) if "skus" in selection else None,
        "everything": "all" in selection,
        "templates": queries.templates(firm),
        "groups": groups(queries.columns(firm)),
    }
    return render(request, "uploads/ask_export.html", context)


@require_POST
def export(request: HttpRequest, company: str) -> HttpResponse:
    """Have the file written. A workbook has the lists and notes of a template."""
    firm = owner(request)
    form = parse_format(request.POST.get("format"), "xlsx")
    headers = request.POST.getlist("column")
    given = request.POST.get("template", "")
    if given.isascii() and given.isdigit() and len(given) < 18:
        headers = queries.template(firm, int(given)).headers
    job = operations.export_selected(
        company=firm,
        selection=decoded(request.POST.get("selection", "")),
        headers=headers,
        file_format=form,
        origin=origin(request),
        now=timezone.now(),
    )
    to = f"/{firm.slug}/jobs/{job.pk}/"
    return ended(request, "Export: it is queued.", f"/{firm.slug}/catalog/", url=to, link=f"Job {job.pk}")


@require_GET
def file(request: HttpRequest, company: str, job_id: int) -> StreamingHttpResponse:
    """What an export wrote. Raises NotFound once it is kept no longer."""
    job = job_of(company_id=owner(request).pk, job_id=job_id)
    found = queries.exported(job)
    if found is None:
        raise NotFound("file_not_found", "The file of this export is not there (any more). Export again.")
    response = StreamingHttpResponse(queries.exported_bytes(job), content_type=MEDIA_TYPES[found.format])
    response.headers["Content-Disposition"] = attachment(found.name)
    return response
