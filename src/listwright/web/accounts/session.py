"""Sign in, sign out, and where one begins."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from listwright.changes.origin import Origin
from listwright.common.errors import DomainError, Invalid
from listwright.companies.access import User
from listwright.companies.operations import profile
from listwright.companies.people import anybody
from listwright.companies.queries import CompanyRow, companies_of
from listwright.web.answers import person, status_of

_BACKEND = "listwright.web.sign_in.PatientBackend"
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST")


def start(request: HttpRequest) -> HttpResponse:
    """To the person's company; to a choice when there are several, to making the first when there is none."""
    found = companies_of(person(request))
    if home := _home(person(request), found):
        return HttpResponseRedirect(home)
    return render(request, "accounts/start.html", {"companies": found})


def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; on a new installation, from this machine, the page that creates its administrator."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(_wanted(request))
    if not anybody():
        return _first(request)
    if request.method != "POST":
        return render(request, "accounts/sign_in.html", {"values": {}, "next": request.GET.get("next", "")})
    username = request.POST.get("username", "")
    user = authenticate(request, username=username, password=request.POST.get("password", ""))
    if not isinstance(user, User):
        # Which of the two was wrong, or whether there is such a person, is nobody's business.
        context = {
            "values": {"username": username},
            "next": request.POST.get("next", ""),
            "problem": "User name and password do not go together. After too many tries, wait fifteen minutes.",
        }
        return render(request, "accounts/sign_in.html", context, status=400)
    if user.last_login is None:
        _at_home(request, user)
    login(request, user)
    wanted = _wanted(request)
    # Straight there: the page between would only lead on.
    return HttpResponseRedirect(wanted if wanted != "/" else _home(user, companies_of(user)) or "/")


def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    logout(request)
    return HttpResponseRedirect("/sign-in/")


def _home(user: User, found: Sequence[CompanyRow]) -> str:
    """Where one begins who is of these companies; empty where that is a choice."""
    if len(found) == 1:
        return f"/{found[0].slug}/"
    return "/settings/companies/new/" if not found and user.is_superuser else ""


def _first(request: HttpRequest) -> HttpResponse:
    local = _from_this_machine(request)
    if request.method != "POST" or not local:
        return render(request, "accounts/first.html", {"local": local}, status=200 if local else 403)
    values = {name: request.POST.get(name, "") for name in ("username", "email")}
    try:
        user = profile.create_first_administrator(
            **values, password=request.POST.get("password", ""), origin=Origin.system("first run"), now=timezone.now()
        )
    except DomainError as error:
        context = {"local": True, "values": values, "errors": error.fields, "problem": error.message}
        return render(request, "accounts/first.html", context, status=status_of(error))
    _at_home(request, user)
    login(request, user, backend=_BACKEND)
    return HttpResponseRedirect("/settings/companies/new/")


def _at_home(request: HttpRequest, user: User) -> None:
    """Who comes for the first time sees times in the zone of their device, where it tells one; My account changes it."""
    with suppress(Invalid):
        profile.update_profile(
            user=user,
            time_zone=request.POST.get("zone", ""),
            theme=user.theme,
            origin=Origin("person", user.pk, user.username),
            now=timezone.now(),
        )


def _from_this_machine(request: HttpRequest) -> bool:
    """Whether the browser runs where Listwright does: a stranger who comes first must not become its administrator."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        near = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        near = False
    return near and host in ("localhost", "127.0.0.1", "[::1]") and not any(name in request.META for name in _FORWARDED)


def _wanted(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"
