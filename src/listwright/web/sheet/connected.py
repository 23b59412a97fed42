"""Pages that need a connection say what is to be done while there is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from listwright.common.errors import NotReady

View = Callable[..., HttpResponse]


def needs_connection(view: View) -> View:
    """Shows how to connect in the place of a page of a company that is not connected to Back Market."""

    @wraps(view)
    def shown(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *arguments, **named)
        except NotReady as error:
            if error.code != "not_connected" or request.method != "GET" or request.headers.get("HX-Request"):
                raise
            return render(request, "sheet/not_connected.html")

    return shown
