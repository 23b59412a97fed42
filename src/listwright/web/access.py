"""Who may see a page: signed-in people, their rights by the access table; what it does not name is refused."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import ResolverMatch
from django.utils import timezone

from listwright.common.access import Who, operation
from listwright.common.errors import NotAllowed, NotFound
from listwright.companies.access import require, require_installation
from listwright.companies.operations import token_user

log = logging.getLogger(__name__)

SIGN_IN = "/sign-in/"
# Programs read these; they send a token as for REST.
_BY_TOKEN_TOO = frozenset({"GET /metrics"})


def admit(request: HttpRequest, match: ResolverMatch) -> HttpResponse | None:
    """None when the person may go on, with `request.company` set where the address names one; else the answer.

    Raises Http404 for a company the person is no member of, PermissionDenied for too small a role and for an address
    the table does not name.
    """
    assert request.method is not None
    name = operation(request.method, match.route)
    who = settings.ACCESS.get(name)
    if who is None:
        log.error("no rule says who may use %s, so nobody may", name)
        raise PermissionDenied("No rule says who may use this address, so nobody may.")
    if who is Who.PUBLIC:
        return None
    if name in _BY_TOKEN_TOO and (token := _bearer(request)):
        person = token_user(plain=token, now=timezone.now())
        if person is None:
            return HttpResponse("This token is not valid.\n", status=401, content_type="text/plain")
        request.user = person
    if not request.user.is_authenticated:
        return _to_sign_in(request)
    try:
        if who is Who.INSTALLATION:
            require_installation(request.user)
        if who.is_role:
            request.company = require(request.user, match.kwargs["company"], who.value)  # type: ignore[attr-defined]
    except NotFound as error:
        raise Http404(error.message) from None
    except NotAllowed as error:
        raise PermissionDenied(error.message) from None
    return None


def _bearer(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token.isascii() and token.isprintable() else ""


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back afterwards; a part of a page fetched by htmx makes the whole page go there."""
    if request.headers.get("HX-Request"):
        current = request.headers.get("HX-Current-URL", "/")
        back = "/" + current.partition("://")[2].partition("/")[2] if "://" in current else "/"
        response = HttpResponse(status=401)
        response["HX-Redirect"] = f"{SIGN_IN}?{urlencode({'next': back})}"
        return response
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return HttpResponseRedirect(f"{SIGN_IN}?{urlencode({'next': back})}")
