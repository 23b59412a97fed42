"""People of the installation: invite, give roles, disable."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.common.errors import DomainError
from listwright.companies import operations, queries
from listwright.companies import people as everybody
from listwright.companies.operations import profile
from listwright.web.accounts.once import keep, taken, unkept
from listwright.web.answers import done, origin, person, status_of
from listwright.web.components.words import ROLES

_HERE = "/settings/people/"


def people(request: HttpRequest) -> HttpResponse:
    """Everybody; POST creates a person and shows their first password once."""
    if request.method != "POST":
        return _page(request)
    values = {name: request.POST.get(name, "") for name in ("username", "email", "company", "role")}
    values["superuser"] = request.POST.get("superuser", "")
    try:
        user, password = profile.invite(
            username=values["username"],
            email=values["email"],
            company=queries.company(values["company"]) if values["company"] else None,
            role=values["role"],
            superuser=values["superuser"] == "true",
            origin=origin(request),
            now=timezone.now(),
        )
    except DomainError as error:
        return _page(request, error, values=values)
    keep(request, "password", user.username, password)
    return HttpResponseRedirect(_HERE)


@require_POST
def role(request: HttpRequest, user_id: int) -> HttpResponse:
    """A person's role in one company; none takes it away."""
    user, chosen = everybody.person(user_id), request.POST.get("role", "")
    company = queries.company(request.POST.get("company", ""))
    operations.set_member(company=company, user=user, role=chosen or None, origin=origin(request), now=timezone.now())
    may = f"is {ROLES[chosen]} of" if chosen else "has no role any more in"
    return done(request, f"{user.username} {may} {company.name}.", _HERE)


@require_POST
def active(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a person in, or no more."""
    user, wanted = everybody.person(user_id), request.POST.get("active") == "true"
    profile.set_active(user=user, active=wanted, by=person(request), origin=origin(request), now=timezone.now())
    text = "can sign in again" if wanted else "is disabled: sessions and tokens have ended"
    return done(request, f"{user.username} {text}.", _HERE)


def _page(request: HttpRequest, error: DomainError | None = None, **more: Any) -> HttpResponse:
    shown = taken(request, "password")
    context = {
        "invited": shown,
        "people": everybody.people(),
        "companies": everybody.companies(),
        "roles": list(ROLES.items()),
        "values": {"role": "operator"},
        "errors": error.fields if error else {},
        "problem": error.message if error and not error.fields else "",
    } | more
    response = render(request, "accounts/people.html", context, status=status_of(error) if error else 200)
    return unkept(response) if shown else response
