"""What a setting would do is told before it is saved (C4), and what was told is what is saved: a form names what it confirms.

To work it out takes about a second. So the page comes back at once, and asks for it by htmx as soon as it is there; only
with the answer comes the button that confirms. Without JavaScript a button asks for it instead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from listwright.common.errors import NotReady
from listwright.companies import queries, secrets
from listwright.companies.access import Company
from listwright.sync.queries.settings_preview import Question, SettingsPreview, told

TELL = "tell"
"""The field of a form that asks what it would do."""


class Before(NamedTuple):
    """What stands above a form before it is saved: (name, what it would do), () while that is not worked out, and what
    the form confirms then."""

    told: tuple[tuple[str, SettingsPreview], ...]
    confirmed: str


def before(request: HttpRequest, questions: Sequence[tuple[str, Question]], confirmed: str) -> Before:
    """The answers if they are asked for, else room for them."""
    answers = [(name, told(question)) for name, question in questions] if TELL in request.POST else ()
    return Before(tuple(answers), confirmed)


def seen(request: HttpRequest, confirmed: str) -> bool:
    """Whether what the form would do was told and is confirmed; a form that asks for it confirms nothing."""
    return TELL not in request.POST and request.POST.get("confirmed") == confirmed


def asked_behind(request: HttpRequest) -> bool:
    """Whether a page that is there already asks what its form would do."""
    return TELL in request.POST and bool(request.headers.get("HX-Request"))


def part(request: HttpRequest, here: str, preview: Before | None, problem: str = "", **more: Any) -> HttpResponse:
    """The answer to that: what it would do, or why it cannot be saved, or (neither) that nothing would change."""
    context = {"company": getattr(request, "company", None), "here": here, "preview": preview, "problem": problem}
    return render(request, "settings/told.html", context | more)


def digest(changes: Mapping[str, Any]) -> str:
    """The same for the same changes; a token is no part of it."""
    plain = {name: value for name, value in changes.items() if name != "token"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def sealed(company: Company, token: str) -> str:
    """A token a form has brought, for the same form to bring again: no page holds a token that could be read."""
    return secrets.encrypt(f"{company.pk} {token}").decode()


def opened(company: Company, text: str) -> str:
    """What `sealed` hid for this company; "" for anything else."""
    try:
        of_company, _, token = secrets.decrypt(text.encode()).partition(" ")
    except NotReady:
        return ""
    return token if of_company == str(company.pk) else ""


def account_id(company: Company) -> int | None:
    """The company's account; None while it is not connected, when nothing can change on Back Market."""
    try:
        return queries.account(company).pk
    except NotReady:
        return None
