"""What every answer carries and what every request must pass."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from listwright.common.errors import DomainError
from listwright.common.reading import one_reading
from listwright.web.access import admit
from listwright.web.answers import refusal

Handler = Callable[[HttpRequest], HttpResponse]


class SecurityHeaders:
    """A strict Content-Security-Policy: nothing inline, nothing from elsewhere but product pictures."""

    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: http: data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


class Readings:
    """What only reads is one reading."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with one_reading():
            return self.get_response(request)


class DefaultDeny:
    """Lets nobody through whom the access table does not name. The REST API has its own guard (api.auth)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], arguments: Any, named: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        assert match is not None
        return None if match.app_names == ["ninja"] else admit(request, match)


class Refusals:
    """Tells what a DomainError says as a clear page, or to htmx as a toast."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match = request.resolver_match
        if not isinstance(error, DomainError) or match is None or match.app_names == ["ninja"]:
            return None
        return refusal(request, error)
