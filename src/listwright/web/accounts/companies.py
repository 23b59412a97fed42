"""A new company."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from listwright.catalog import operations
from listwright.common.errors import DomainError
from listwright.companies.people import companies
from listwright.web.answers import done, origin, person, status_of


def new(request: HttpRequest) -> HttpResponse:
    """The form; POST makes the company, its warehouse and its condition map."""
    first = not companies()
    if request.method != "POST":
        return render(request, "accounts/new_company.html", {"values": {"currency": "EUR"}, "first": first})
    values = {name: request.POST.get(name, "").strip() for name in ("slug", "name", "currency")}
    try:
        company = operations.open_company(**values, creator=person(request), origin=origin(request), now=timezone.now())
    except DomainError as error:
        context = {"values": values, "errors": error.fields, "first": first}
        return render(request, "accounts/new_company.html", context, status=status_of(error))
    return done(request, f"{company.name} is ready.", f"/{company.slug}/")
