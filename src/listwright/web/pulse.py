"""The figures in the frame of every page, remembered for some seconds: a page never waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from listwright.companies.access import Company
from listwright.sync.queries import overview
from listwright.web.answers import owner

FRESH_SECONDS = 3
# What takes long to read is read more seldom: reading takes at most this share of the time.
_SHARE_OF_TIME = 0.02
_REMEMBERED_SECONDS = 600
_READ_BY_ANOTHER_SECONDS = 30


def remembered(company_id: int) -> dict[str, Any] | None:
    """The company's figures as last read by anybody; None when that is long ago."""
    found = [cache.get(_key(company_id, name)) for name in ("standing", "shares")]
    return None if None in found else _together(*(figures for _, figures in found))


def read(company: Company) -> dict[str, Any]:
    """The company's figures, at most some seconds old; those that look at every listing older, where there are many."""
    now = timezone.now()
    standing = _kept(_key(company.pk, "standing"), lambda: overview.standing(company, now=now)._asdict())
    return _together(standing, _kept(_key(company.pk, "shares"), lambda: overview.shares(company, now=now)._asdict()))


def _kept(key: str, read_anew: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    found: tuple[float, dict[str, Any]] | None = cache.get(key)
    began = time.monotonic()
    if found and began < found[0]:
        return found[1]
    if found and not cache.add(f"{key}:reading", True, _READ_BY_ANOTHER_SECONDS):
        return found[1]
    figures = read_anew()
    took = time.monotonic() - began
    cache.delete(f"{key}:reading")
    cache.set(key, (began + max(FRESH_SECONDS, took / _SHARE_OF_TIME), figures), _REMEMBERED_SECONDS)
    return figures


def _together(standing: dict[str, Any], shares: dict[str, Any]) -> dict[str, Any]:
    return standing | shares | {"mostly_verified": shares["verified"] * 100 >= shares["linked"] * 99}


def pulse(request: HttpRequest, company: str) -> HttpResponse:
    """The parts of the frame that move, for htmx: the budget, and beside it what is swapped elsewhere."""
    figures = read(owner(request))
    shell = {"connected": True, "paused": figures["paused_code"]}
    return render(request, "components/pulse.html", {"pulse": figures, "shell": shell})


def _key(company_id: int, name: str) -> str:
    return f"pulse:{name}:{company_id}"
