"""A secret that is shown once: kept, sealed, from the form that made it to the page behind it, so that reloading that
page neither makes another nor shows it again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from listwright.common.errors import NotReady
from listwright.companies import secrets

_KEY = "shown_once_"


def keep(request: HttpRequest, kind: str, name: str, secret: str) -> None:
    """For the next page that takes it."""
    request.session[f"{_KEY}{kind}"] = [name, secrets.encrypt(secret).decode()]


def taken(request: HttpRequest, kind: str) -> tuple[str, str] | None:
    """(name, secret), once; None where nothing is kept."""
    found = request.session.pop(f"{_KEY}{kind}", None)
    if found is None:
        return None
    try:
        return found[0], secrets.decrypt(found[1].encode())
    except NotReady:  # the secret key was changed meanwhile
        return None


def unkept(response: HttpResponse) -> HttpResponse:
    """No cache keeps the page."""
    response["Cache-Control"] = "no-store"
    return response
