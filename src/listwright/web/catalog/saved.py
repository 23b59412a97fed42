"""Saved views of Manage Catalog: keep the address that is shown, go to one, forget one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.catalog import operations, queries
from listwright.companies.access import Company
from listwright.web.answers import done, owner, person


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
    """Keep the address under a name."""
    firm = owner(request)
    query = kept(request.POST.get("query", ""))
    operations.save_view(
        company=firm,
        person_id=person(request).pk,
        name=request.POST.get("name", ""),
        query=dict(parse_qsl(query)),
        shared=request.POST.get("shared") == "true",
        now=timezone.now(),
    )
    return done(request, "The view is saved.", f"/{firm.slug}/catalog/{f'?{query}' if query else ''}")


@require_POST
def forget(request: HttpRequest, company: str, view_id: int) -> HttpResponse:
    """Remove one of one's own views."""
    firm = owner(request)
    name = operations.forget_view(company=firm, person_id=person(request).pk, view_id=view_id)
    text = f"The view “{name}” is removed." if name else "This view is not among yours any more."
    return done(request, text, f"/{firm.slug}/catalog/")
