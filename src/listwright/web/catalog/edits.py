"""Bulk edit: one property of the selected products set to one value, as a Queued Job."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.bulk import operations
from listwright.bulk.columns import Column
from listwright.catalog.selection import counted, parse_selection
from listwright.common.errors import Invalid
from listwright.web.answers import ended, origin, owner, status_of
from listwright.web.catalog.actions import decoded, selection_of
from listwright.web.components.amounts import home, told_of
from listwright.web.sheet.labels import label

_CLEAR = "[clear]"
_GROUPS = {"product": "Product", "listing": "Back Market Properties"}


@require_POST
def ask(request: HttpRequest, company: str) -> HttpResponse:
    """The dialog: which property, and its value."""
    return _dialog(request, selection_of(request))


def value(request: HttpRequest, company: str) -> HttpResponse:
    """The input of the property that was chosen, for htmx."""
    column = _chosen(operations.editable(owner(request)), request.GET.get("property", ""))
    return render(request, "catalog/edit_value.html", {"column": column, "hint": _hint(column)})


@require_POST
def apply(request: HttpRequest, company: str) -> HttpResponse:
    """Queue it, and say where it can be watched."""
    firm, selection = owner(request), decoded(request.POST.get("selection", ""))
    given = _CLEAR if request.POST.get("clear") == "true" else request.POST.get("value", "")
    try:
        job = operations.edit_selected(
            company=firm,
            selection=selection,
            header=request.POST.get("property", ""),
            value=given,
            origin=origin(request),
            now=timezone.now(),
        )
    except Invalid as error:
        if "value" not in error.fields:
            raise
        return _dialog(request, selection, error)
    to = f"/{firm.slug}/jobs/{job.pk}/"
    return ended(request, "Bulk edit: it is queued.", f"/{firm.slug}/catalog/", url=to, link=f"Job {job.pk}")


def _dialog(request: HttpRequest, selection: Any, error: Invalid | None = None) -> HttpResponse:
    firm = owner(request)
    columns = operations.editable(firm)
    groups = [
        (_GROUPS[subject], [(column.header, label(column.field)) for column in own])
        for subject, own in groupby(columns, key=lambda column: column.subject)
    ]
    column = _chosen(columns, request.POST.get("property", ""))
    typed = request.POST.get("value", "") if error else ""
    context = {
        "company": firm,
        "count": counted(firm, parse_selection(selection, firm.currency)),
        "selection": json.dumps(selection),
        "groups": groups,
        "column": column,
        "hint": _hint(column),
        "typed": typed,
        "error": told_of(column.field, error.fields["value"], home(firm), typed) if error else "",
    }
    return render(request, "catalog/edit.html", context, status=status_of(error) if error else 200)


def _chosen(columns: list[Column], header: str) -> Column:
    return next((column for column in columns if column.header == header), columns[0])


def _hint(column: Column) -> str:
    """What the property is, unless its name says so, and how it is written, unless it is any text."""
    said = (column.meaning if column.meaning != label(column.field) else "", column.kind.explained)
    return ": ".join(part for part in said if part not in ("", "text"))
