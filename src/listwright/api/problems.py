"""Everything that goes wrong as problem+json (RFC 9457): the one translation of errors for REST.

`type` urn:listwright:problem:CODE, `title` the status in words, `status`, `code` for programs, `detail` a sentence,
`fields` {REST name: sentence}.
"""

from __future__ import annotations

import difflib
import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from listwright.common.errors import Conflict, DomainError, Invalid, LimitReached, NotAllowed, NotFound, NotReady

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
STATUS: Mapping[type[DomainError], int] = {NotFound: 404, NotAllowed: 403, Invalid: 422, Conflict: 409, NotReady: 409}


def problem(status: int, code: str, detail: str, fields: Mapping[str, str] | None = None) -> HttpResponse:
    """An answer that says what is wrong."""
    body = {
        "type": f"urn:listwright:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "fields": dict(fields or {}),
    }
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)


def of_domain_error(request: HttpRequest, error: DomainError | type[DomainError]) -> HttpResponse:
    """404, 403, 422 or 409 by class; what is too much is 413 when it was sent, 429 when it was asked for."""
    assert isinstance(error, DomainError)
    if isinstance(error, LimitReached):
        status = 429 if request.method == "GET" else 413
    else:
        status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    return problem(status, error.code, error.message, error.fields)


def unauthenticated() -> HttpResponse:
    """401, the same for no token and for a wrong one."""
    answer = problem(401, "unauthenticated", "Send a valid token: Authorization: Bearer TOKEN.")
    answer["WWW-Authenticate"] = 'Bearer realm="Listwright"'
    return answer


def meant(name: str, known: Iterable[str]) -> str:
    """“ Did you mean “price”?”, or nothing when no known name comes near."""
    near = difflib.get_close_matches(name, sorted(known), 1, 0.5)
    return f" Did you mean “{near[0]}”?" if near else ""


def translate(api: NinjaAPI) -> None:
    """Let the API answer with problems."""
    api.add_exception_handler(DomainError, of_domain_error)
    api.add_exception_handler(ValidationError, _of_shape)
    api.add_exception_handler(AuthenticationError, lambda request, error: unauthenticated())
    api.add_exception_handler(HttpError, _of_http_error)
    api.add_exception_handler(Http404, lambda request, error: not_found())
    api.add_exception_handler(RequestDataTooBig, lambda request, error: _too_big())
    api.add_exception_handler(OperationalError, _database_away)
    api.add_exception_handler(InterfaceError, _database_away)
    api.add_exception_handler(
        DataError,
        lambda request, error: problem(422, "not_storable", "A value holds a number or character nobody can store."),
    )


def not_found() -> HttpResponse:
    """No such address; of a record that is not there, the domain says which."""
    return problem(404, "address_unknown", "There is nothing at this address. See /api/v1/openapi.json.")


def _too_big() -> HttpResponse:
    return problem(413, "body_too_large", "The request is larger than 8 MB. Send it in parts.")


def _database_away(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    log.warning("%s %s: the database failed: %s", request.method, request.path, error)
    answer = problem(503, "database_unavailable", "The database cannot be reached at the moment. Try again.")
    answer["Retry-After"] = "2"
    return answer


def _of_http_error(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)
    cause = error.__cause__
    if isinstance(cause, DomainError):
        return of_domain_error(request, cause)
    if isinstance(cause, ValueError | RecursionError):  # the parser's
        return problem(400, "malformed_json", f"The body is not JSON: {_told(cause)}.")
    return problem(error.status_code, "bad_request", str(error))


def _told(cause: BaseException) -> str:
    if isinstance(cause, json.JSONDecodeError):
        return f"{cause.msg} at line {cause.lineno}, column {cause.colno}"
    return "it is nested too deeply" if isinstance(cause, RecursionError) else "it is not UTF-8 text"


def _of_shape(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    """The wrong shape of a body or query: a field unknown, missing, or not of its kind."""
    assert isinstance(error, ValidationError)
    fields: dict[str, str] = {}
    for item in error.errors:
        source, *place = item["loc"]
        if source == "body":
            place = place[1:]  # the parameter's name in our own code
        name = ".".join(str(part) for part in place) or str(source)
        fields[name] = _sentence(item)
    code = "unknown_field" if all(item["type"] == "extra_forbidden" for item in error.errors) else "invalid_request"
    detail = " ".join(f"{name}: {sentence}" for name, sentence in list(fields.items())[:5])
    return problem(422, code, detail, fields)


def _sentence(item: Mapping[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        return "There is no field of this name here."
    if item["type"] == "missing":
        return "This is needed."
    return f"{item['msg'].removeprefix('Value error, ').rstrip('.')}."
