"""Saved views of Manage Catalog: keep the address that is shown, go to one, forget one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.catalog import operations, queries
from listwright.common.errors import Invalid, LimitReached
from listwright.companies.access import Company
from listwright.web.answers import done, owner, person, status_of
from listwright.web.components.amounts import typed_filters


@dataclass(frozen=True, slots=True)
class View:
    """A view in the menu; `current` when the page shows it now, `by` who shares it ("" for one's own)."""

    id: int
    name: str
    query: str
    current: bool
    shared: bool
    own: bool
    by: str


def views_for(request: HttpRequest, company: Company) -> list[View]:
    """The menu's views."""
    shown = kept(request.GET.urlencode())
    return [
        View(row.id, row.name, row.query, row.query == shown, row.shared, row.own, "" if row.own else row.by)
        for row in queries.saved_views(company, person(request).pk)
    ]


def kept(query: str) -> str:
    """What of an address's query a view keeps, in the order it is stored in: all but the place on the pages."""
    return urlencode(sorted((key, value) for key, value in dict(parse_qsl(query)).items() if key != "cursor"))


@require_POST
def save(request: HttpRequest, company: str) -> HttpResponse:
    """Keep the address under a name; refused, the form comes back: into its dialog for htmx, else as a page."""
    firm = owner(request)
    query = kept(request.POST.get("query", ""))
    plain = typed_filters(dict(parse_qsl(query)), firm.currency)
    try:
        operations.save_view(
            company=firm,
            person_id=person(request).pk,
            name=request.POST.get("name", ""),
            query=plain,
            shared=request.POST.get("shared") == "true",
            now=timezone.now(),
        )
    except (Invalid, LimitReached) as error:
        wrong = error.fields.get("name", "")
        context = {
            "view_query": query,
            "view_name": request.POST.get("name", ""),
            "view_shared": request.POST.get("shared") == "true",
            "view_wrong": wrong,
            "view_problem": "" if wrong else error.message,
        }
        template = "save_view.html" if request.headers.get("HX-Request") else "save_view_page.html"
        return render(request, f"catalog/{template}", context, status=status_of(error))
    return done(request, "The view is saved.", f"/{firm.slug}/catalog/{f'?{urlencode(plain)}' if plain else ''}")


@require_POST
def forget(request: HttpRequest, company: str, view_id: int) -> HttpResponse:
    """Remove one of one's own views."""
    firm = owner(request)
    name = operations.forget_view(company=firm, person_id=person(request).pk, view_id=view_id)
    text = f"The view “{name}” is removed." if name else "This view is not among yours any more."
    return done(request, text, f"/{firm.slug}/catalog/")
