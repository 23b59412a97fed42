"""What Manage Catalog's Actions do: each asks in a dialog what it would come to, then ends in a Queued Job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.bulk.operations import enable_selected
from listwright.catalog.grid import Count
from listwright.catalog.selection import counted, parse_selection
from listwright.common.errors import DomainError, Invalid
from listwright.sync.operations import asked
from listwright.sync.queries.asking import Kind, asking
from listwright.web.answers import ended, origin, owner
from listwright.web.components.amounts import home, told_whole, typed_filters


class Action(NamedTuple):
    """`kind` as the domain calls it; `title` of its dialog, `button` that starts it, `hint` what it does; `leads_on` to
    another page instead of staying on this one; `again` what was decided before goes for."""

    kind: Kind
    title: str
    button: str
    hint: str
    leads_on: bool = False
    again: bool = False


ACTIONS = {
    "launch": Action(
        "launch",
        "Launch on Channel",
        "Launch",
        "Sends product information: new products get a listing there, existing listings are updated.",
    ),
    "update": Action(
        "update",
        "Update Inventory on Channel",
        "Update",
        "Sends current stock and price together, whatever stands there. You cannot update them separately.",
    ),
    "enable": Action(
        "enable", "Enable for Back Market", "Enable", "Listwright may send these products to Back Market."
    ),
    "disable": Action(
        "disable", "Disable for Back Market", "Disable", "Listwright sends nothing more of these products."
    ),
}
SKIPPED = {
    "not_enabled": "Back Market Enabled is off",
    "not_linked": "not on Back Market yet: launch them first",
    "not_ready": "not ready to post",
    "held": "held for a person",
    "missing_there": "not on Back Market any more",
    "enabled_already": "enabled already",
    "unknown_sku": "no such product",
}
COUNTED_AT_ONCE = 1_000
_REASONS_OF_DISABLE = {"not_enabled": "not enabled anyway"}


@require_POST
def ask(request: HttpRequest, company: str, kind: str) -> HttpResponse:
    """The dialog: what is selected, how many rows and lines that is, and how long it takes.

    To count very many takes longer than a dialog may: it asks for their figures once it is there.
    """
    action, firm, selection = _action(kind), owner(request), selection_of(request)
    to = reverse("action", kwargs={"company": firm.slug, "kind": kind})
    return dialog(request, action, selection, to, counted(firm, parse_selection(selection, firm.currency)))


@require_POST
def figures(request: HttpRequest, company: str, kind: str) -> HttpResponse:
    """What the action of an open dialog would come to, and its button, for htmx."""
    action = _action(kind)._replace(again="again" in request.GET)
    try:
        found = _come_to(request, action, decoded(request.POST.get("selection", "")))
    except DomainError as error:  # said where the figures would stand, instead of counting for ever
        found = {"problem": told_whole(error, home(owner(request)))}
    return render(request, "catalog/ask_figures.html", {"action": action} | found)


def dialog(request: HttpRequest, action: Action, selection: Mapping[str, Any], to: str, count: Count) -> HttpResponse:
    """What an action on a selection of so many would come to, with the button that posts it to an address."""
    context: dict[str, Any] = {"action": action, "selection": json.dumps(selection), "to": to}
    if count.number <= COUNTED_AT_ONCE:
        context |= _come_to(request, action, selection)
    else:
        figures = reverse("action-figures", kwargs={"company": owner(request).slug, "kind": action.kind})
        context |= {"count": count, "figures": f"{figures}?again" if action.again else figures}
    return render(request, "catalog/ask.html", context)


def _come_to(request: HttpRequest, action: Action, selection: Mapping[str, Any]) -> dict[str, Any]:
    found = asking(owner(request), action.kind, selection, now=timezone.now())
    names = SKIPPED | (_REASONS_OF_DISABLE if action.kind == "disable" else {})
    skipped = [(names.get(reason, reason), rows) for reason, rows in found.skipped.items()]
    return {"asking": found, "skipped": skipped}


@require_POST
def act(request: HttpRequest, company: str, kind: str) -> HttpResponse:
    """Do it, and say where it can be watched."""
    action, firm = _action(kind), owner(request)
    common: dict[str, Any] = {
        "company": firm,
        "selection": decoded(request.POST.get("selection", "")),
        "origin": origin(request),
        "now": timezone.now(),
    }
    if action.kind == "disable":
        job = asked.disable(then=request.POST.get("then", ""), **common)
    else:
        job = {"launch": asked.launch, "update": asked.update, "enable": enable_selected}[action.kind](**common)
    to = f"/{firm.slug}/jobs/{job.pk}/"
    return ended(request, f"{action.title}: it is queued.", f"/{firm.slug}/catalog/", url=to, link=f"Job {job.pk}")


def _action(kind: str) -> Action:
    if kind not in ACTIONS:
        raise Http404(f"There is no action “{kind}”.")
    return ACTIONS[kind]


def selection_of(request: HttpRequest) -> dict[str, Any]:
    """What the grid's form selects: rows by SKU, or all that match the address's filter."""
    if request.POST.get("scope") != "matching":
        return {"skus": request.POST.getlist("sku")}
    filters = dict(parse_qsl(request.POST.get("filter", "")))
    filters = typed_filters(filters, owner(request).currency)
    return {"filter": filters} if filters else {"all": True}


def decoded(text: str) -> Mapping[str, Any]:
    """The selection a dialog carries. Raises Invalid."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid("selection_unclear", "The selection got lost. Go back to the catalog and select again.")
    return found
