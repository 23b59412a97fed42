"""A form that is sent twice, by a double click or a browser that tries again, is done once; both get the same answer.

The form carries a key ({% once %}). Under it the answer is kept, in the transaction of what the form did, so that either
both are there or neither. Pages and refusals are not kept: what only asks may be asked again, and what was refused did
nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from listwright.changes import once

FIELD = "once"
_KEPT = ("Location", "Content-Type", "HX-Redirect", "HX-Retarget", "HX-Reswap", "HX-Trigger")
Handler = Callable[[HttpRequest], HttpResponse]


class Repeats:
    """Stands inside the session, whose cookies must not wait for the transaction, and outside the messages."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _has_key(request):
            return self.get_response(request)
        with transaction.atomic():
            response = self.get_response(request)
            key = getattr(request, "claimed", None)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif key and _ends_it(response):
                once.keep(key=key, answer=_packed(response))
            elif key:
                once.release(key=key)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], arguments: Any, named: Any
    ) -> HttpResponse | None:
        """Behind the check of the CSRF token; who waits here waits for another sending of the same form."""
        if not _has_key(request):
            return None
        key = _key(request)
        answer = once.claim(key=key, now=timezone.now())
        if answer is not None:
            return _unpacked(answer)
        request.claimed = key  # type: ignore[attr-defined]
        return None


def _has_key(request: HttpRequest) -> bool:
    return request.method == "POST" and not request.path.startswith("/api/") and FIELD in request.POST


def _key(request: HttpRequest) -> str:
    """The same for the same person, address and content: a form that was mended and sent again is another."""
    content = hashlib.sha256(repr((request.user.pk, request.path, *_content(request))).encode())
    return content.hexdigest()


def _content(request: HttpRequest) -> Iterator[tuple[str, Any]]:
    for name, values in sorted(request.POST.lists()):
        if name != "csrfmiddlewaretoken":
            yield name, values
    for name, files in sorted(request.FILES.lists()):
        yield name, [(file.name, file.size) for file in files]


def _ends_it(response: HttpResponse) -> bool:
    """A way on to another page, or a toast."""
    elsewhere = response.status_code // 100 == 3 or "HX-Redirect" in response.headers
    return elsewhere or response.headers.get("HX-Retarget") == "#toasts"


def _packed(response: HttpResponse) -> dict[str, Any]:
    return {
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in _KEPT if name in response.headers},
        "body": response.content.decode(),
        "said": response.cookies["messages"].OutputString() if "messages" in response.cookies else "",
    }


def _unpacked(answer: Any) -> HttpResponse:
    response = HttpResponse(answer["body"], status=answer["status"], headers=answer["headers"])
    if answer["said"]:
        response.cookies.load(answer["said"])
    return response
