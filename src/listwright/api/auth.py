"""Who calls, and whether they may: every REST operation passes here, and what the access table does not name is
refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.security import HttpBearer

from listwright.api.problems import meant, of_domain_error, unauthenticated
from listwright.changes.origin import Origin
from listwright.common.access import Who, operation
from listwright.common.errors import DomainError, Invalid, NotAllowed
from listwright.companies import operations as companies
from listwright.companies.access import Company, User, require, require_installation

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Caller:
    """The person a token acts as, what history calls it, and the time of the request (UTC)."""

    user: User
    origin: Origin
    now: datetime


@dataclass(frozen=True, slots=True)
class Member(Caller):
    """A caller who holds the role that the operation needs in the company of the address."""

    company: Company


class Guard(HttpBearer):
    """Bearer tokens, rights by the access table, and no parameters nobody reads.

    `parameters(operation)` gives the names of the query parameters an operation reads.
    """

    def __init__(self, parameters: Callable[[str], frozenset[str]]) -> None:
        super().__init__()
        self._parameters = parameters

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        now = timezone.now()
        found = companies.token_of(plain=token, now=now) if token.isascii() and token.isprintable() else None
        if found is None:
            return None
        caller = self._admitted(request, Caller(found.user, Origin("token", found.pk, found.name), now))
        self._refuse_unknown_parameters(request)
        return caller

    def describes(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """The description itself: for a token, and for whoever is signed in."""

        @wraps(view)
        def run(request: HttpRequest, **arguments: Any) -> HttpResponse:
            try:
                allowed = self(request) is not None or request.user.is_authenticated
            except DomainError as error:
                return of_domain_error(request, error)
            return view(request, **arguments) if allowed else unauthenticated()

        return run

    def _admitted(self, request: HttpRequest, caller: Caller) -> Caller:
        match = request.resolver_match
        assert match is not None and request.method is not None
        who = settings.ACCESS.get(operation(request.method, match.route))
        if who is None:
            raise NotAllowed("no_rule", "No rule says who may use this address, so nobody may.")
        if who is Who.INSTALLATION:
            require_installation(caller.user)
        if who.is_role:
            company = require(caller.user, match.kwargs["company"], who.value)
            return Member(caller.user, caller.origin, caller.now, company)
        return caller

    def _refuse_unknown_parameters(self, request: HttpRequest) -> None:
        if not request.GET:
            return
        match = request.resolver_match
        assert match is not None and request.method is not None
        known = self._parameters(operation(request.method, match.route))
        wrong: dict[str, str] = {}
        for name, values in request.GET.lists():
            if name not in known:
                choice = meant(name, known) or (f" Choose among {', '.join(sorted(known))}." if known else "")
                wrong[name] = f"This address has no parameter “{name}”.{choice}"
            elif len(values) > 1:
                wrong[name] = "Give this parameter once."
            elif "\x00" in values[0]:
                wrong[name] = "This holds a NUL character."
        if wrong:
            raise Invalid("unknown_parameter", " ".join(wrong.values()), wrong)


def caller(request: HttpRequest) -> Caller:
    """Who calls an operation that is of no company."""
    found: Caller = request.auth  # type: ignore[attr-defined]
    return found


def member(request: HttpRequest) -> Member:
    """Who calls an operation of a company; the company is `member(request).company`."""
    found = request.auth  # type: ignore[attr-defined]
    assert isinstance(found, Member), "the access table must name a role for an address with a company"
    return found
