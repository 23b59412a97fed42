"""Templates: choose columns, keep them under a name, download them to be filled in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from listwright.bulk import operations, queries
from listwright.bulk.columns import Column
from listwright.bulk.plugged import PluginColumn
from listwright.bulk.template import Fill, write_template
from listwright.bulk.writers import parse_format
from listwright.common.errors import DomainError, Invalid
from listwright.web.answers import done, origin, owner, status_of
from listwright.web.uploads.files import download

_FILLS: dict[str, Fill] = {"": "empty", "empty": "empty", "sample": "sample"}


def new(request: HttpRequest, company: str) -> HttpResponse:
    """Choose the columns; POST keeps them under a name."""
    firm = owner(request)
    name, chosen = request.POST.get("name", ""), request.POST.getlist("column")
    error: DomainError | None = None
    if request.method == "POST":
        try:
            kept = operations.save_template(
                company=firm, name=name, headers=chosen, origin=origin(request), now=timezone.now()
            )
            to = reverse("uploads", kwargs={"company": firm.slug})
            return done(request, f"The template “{kept.name}” was saved.", to)
        except DomainError as refused:
            error = refused
    elif given := request.GET.get("template", ""):
        found = queries.template(firm, int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0)
        name, chosen = found.name, found.headers
    context = {
        "groups": groups(queries.columns(firm)),
        "chosen": set(chosen),
        "values": {"name": name},
        "errors": error.fields if error else {},
        "problem": error.message if error and not error.fields else "",
    }
    return render(request, "uploads/columns.html", context, status=status_of(error) if error else 200)


@require_GET
def file(request: HttpRequest, company: str, template_id: int) -> FileResponse:
    """A template as a file to fill in."""
    found = queries.template(owner(request), template_id)
    return _file(request, found.headers, found.name)


@require_GET
def usual_file(request: HttpRequest, company: str) -> FileResponse:
    """The usual columns as a file to fill in."""
    return _file(request, (), "products")


@require_POST
def delete(request: HttpRequest, company: str, template_id: int) -> HttpResponse:
    """Forget a template."""
    operations.delete_template(company=owner(request), template_id=template_id)
    return done(request, "The template was deleted.", reverse("uploads", kwargs={"company": owner(request).slug}))


def groups(columns: Sequence[Column | PluginColumn]) -> list[tuple[str, list[Column | PluginColumn]]]:
    """Columns as people look for them: (title, columns)."""
    return [(title, list(found)) for title, found in groupby(columns, key=_group)]


def _group(column: Column | PluginColumn) -> str:
    if isinstance(column, PluginColumn):
        return f"Added by {column.plugin}"
    if column.subject == "sku" or (column.subject == "product" and column.path[0] != "stock"):
        return "Product"
    if column.path[0] == "stock":
        return "Stock"
    if column.path[0] == "attributes":
        return "Attributes of categories"
    return f"Only in {column.path[1]}" if column.path[0] == "markets" else "Back Market Properties"


def _file(request: HttpRequest, headers: Sequence[str], name: str) -> FileResponse:
    form = parse_format(request.GET.get("format"), "xlsx")
    given = request.GET.get("fill", "")
    if given not in _FILLS:
        message = "A template is empty, or has a sample row: fill=sample."
        raise Invalid("invalid_fill", message, {"fill": message})
    options: dict[str, Any] = {"headers": headers, "file_format": form, "fill": _FILLS[given]}
    return download(lambda stream: write_template(company=owner(request), stream=stream, **options), name, form)
