"""Export the products selected in Manage Catalog, as a file that can be edited and uploaded again."""

from __future__ import annotations

import json

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.bulk import queries
from listwright.bulk.template import write_template
from listwright.bulk.writers import parse_format
from listwright.catalog.selection import parse_selection
from listwright.web.answers import owner
from listwright.web.catalog.actions import decoded, selection_of
from listwright.web.uploads.files import download
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
def export(request: HttpRequest, company: str) -> FileResponse:
    """The file. A workbook has the lists and notes of a template."""
    firm = owner(request)
    selection = parse_selection(decoded(request.POST.get("selection", "")), firm.currency)
    form = parse_format(request.POST.get("format"), "xlsx")
    headers = request.POST.getlist("column")
    given = request.POST.get("template", "")
    if given.isascii() and given.isdigit() and len(given) < 18:
        headers = queries.template(firm, int(given)).headers
    name = f"products {timezone.localdate().isoformat()}"
    return download(
        lambda stream: write_template(company=firm, headers=headers, stream=stream, file_format=form, fill=selection),
        name,
        form,
    )
