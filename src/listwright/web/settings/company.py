"""Company Settings, and the Client Settings of the whole installation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from listwright.common.errors import Conflict, Invalid
from listwright.companies import operations, queries
from listwright.companies.plugins import client_notes
from listwright.sync.queries.settings_preview import client_questions, currency_question
from listwright.web.answers import done, may, origin, owner, status_of
from listwright.web.settings import panels
from listwright.web.settings.confirm import Before, account_id, asked_behind, before, digest, part, seen
from listwright.web.sheet.items import read, returned


def settings(request: HttpRequest, company: str) -> HttpResponse:
    """The company and its Toolbox; POST saves what was edited, after saying what another currency would change."""
    found, writer = owner(request), may(request, "administrator")
    items, here = panels.company(found), f"/{found.slug}/settings/"
    context = {"items": items, "editing": "edit" in request.GET and writer, "administrator": writer, "here": here}
    if request.method != "POST":
        return render(request, "settings/company.html", context)
    typed, behind = request.POST.dict(), asked_behind(request)
    values, _ = read(items, typed)
    try:
        preview = _preview(request, values)
        if behind:
            return part(request, here, preview)
        if preview:
            context |= {"items": list(returned(items, typed, {})), "editing": True, "preview": preview}
            return render(request, "settings/company.html", context)
        operations.update_company(company=found, changes=values, origin=origin(request), now=timezone.now())
    except (Invalid, Conflict) as error:
        if behind:
            return part(request, here, None, error.message)
        context |= {"items": list(returned(items, typed, error.fields)), "editing": True, "problem": error.message}
        return render(request, "settings/company.html", context, status=status_of(error))
    return done(request, "Saved." if values else "Nothing was changed.", here)


def _preview(request: HttpRequest, values: Mapping[str, Any]) -> Before | None:
    """What another currency would do; None when that was seen already, or the currency stays. Raises Invalid."""
    company, confirmed = owner(request), digest(values)
    account = account_id(company)
    if account is None or seen(request, confirmed):
        return None
    changed = operations.check_company(
        company=company, changes=values, origin=origin(request), now=timezone.now()
    ).currency
    question = currency_question(account, changed) if changed != company.currency else None
    return before(request, [("", question)], confirmed) if question else None


def client(request: HttpRequest) -> HttpResponse:
    """*Client Settings*: in force where the company's plugin is on, too."""
    stored = queries.client_settings()
    items = panels.client(stored.custom_inventory_calculation, stored.filtered_products, client_notes())
    notes = [(item.label, item.help) for item in items]
    if request.method != "POST":
        return render(
            request, "settings/client.html", {"items": items, "notes": notes, "editing": "edit" in request.GET}
        )
    typed = request.POST.dict()
    values, _ = read(items, typed)
    here, confirmed = "/settings/client/", digest(values)
    context = {"items": list(returned(items, typed, {})), "editing": True, "here": here}
    questions = [] if seen(request, confirmed) else client_questions(values)
    preview = before(request, questions, confirmed) if questions else None
    if asked_behind(request):
        return part(request, here, preview)
    if preview:
        return render(request, "settings/client.html", context | {"preview": preview})
    try:
        operations.update_client_settings(changes=values, origin=origin(request), now=timezone.now())
    except Invalid as error:
        context |= {"items": list(returned(items, typed, error.fields)), "problem": error.message}
        return render(request, "settings/client.html", context, status=status_of(error))
    return done(request, "Saved." if values else "Nothing was changed.", here)
