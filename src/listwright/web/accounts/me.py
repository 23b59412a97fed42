"""My account: password, how times and colours are shown, and keys for programs."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.common.errors import DomainError
from listwright.companies import operations, queries
from listwright.companies.operations import profile
from listwright.web.accounts.once import keep, taken, unkept
from listwright.web.answers import done, origin, person, status_of

_THEMES = [("auto", "As the device"), ("light", "Light"), ("dark", "Dark")]


def account(request: HttpRequest) -> HttpResponse:
    """The page; POST changes time zone and theme."""
    if request.method != "POST":
        return _page(request)
    given = {name: request.POST.get(name, "") for name in ("time_zone", "theme")}
    try:
        profile.update_profile(user=person(request), **given, origin=origin(request), now=timezone.now())
    except DomainError as error:
        return _page(request, error, profile_values=given)
    return done(request, "Saved.", "/account/")


@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """A new password; this session goes on, all others end."""
    given = {name: request.POST.get(name, "") for name in ("current", "new", "repeated")}
    try:
        user = profile.change_password(user=person(request), **given, origin=origin(request), now=timezone.now())
    except DomainError as error:
        return _page(request, error)
    update_session_auth_hash(request, user)
    return done(request, "The password is changed. Everywhere else you are signed out.", "/account/")


@require_POST
def add_token(request: HttpRequest) -> HttpResponse:
    """A new API token, shown this once."""
    name = request.POST.get("token", "")
    try:
        token, plain = operations.create_token(
            user=person(request), name=name, origin=origin(request), now=timezone.now()
        )
    except DomainError as error:
        renamed = type(error)(error.code, error.message, {"token": error.fields.get("name", error.message)})
        return _page(request, renamed, token_values={"token": name})
    keep(request, "token", token.name, plain)
    return HttpResponseRedirect("/account/")


@cache
def _zones() -> list[tuple[str, str]]:
    """Of this machine, which has them in some hundred files."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones())]


@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token."""
    operations.revoke_token(user=person(request), token_id=token_id, origin=origin(request), now=timezone.now())
    return done(request, "The token is revoked: no program gets in with it any more.", "/account/")


def _page(request: HttpRequest, error: DomainError | None = None, **more: Any) -> HttpResponse:
    user = person(request)
    shown = taken(request, "token")
    context = {
        "new_token": shown,
        "tokens": queries.tokens(user),
        "profile_values": {"time_zone": user.time_zone, "theme": user.theme},
        "zones": _zones(),
        "themes": _THEMES,
        "errors": error.fields if error else {},
    } | more
    response = render(request, "accounts/account.html", context, status=status_of(error) if error else 200)
    return unkept(response) if shown else response
