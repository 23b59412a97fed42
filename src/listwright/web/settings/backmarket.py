"""Company Settings › Toolbox › Back Market › General Settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.common.errors import ChannelError, Conflict, DomainError, Invalid, NotReady
from listwright.companies import operations, queries
from listwright.companies.access import Company
from listwright.companies.queries import SettingsView
from listwright.sync.probe import Probe, probe
from listwright.sync.queries.settings_preview import settings_question
from listwright.web.answers import done, may, origin, owner, status_of
from listwright.web.settings import panels
from listwright.web.settings.confirm import Before, asked_behind, before, digest, opened, part, sealed, seen
from listwright.web.sheet.items import Item, nested, read, returned

# A company that connects sends all of these, also those it left as they stood in the form.
_TO_CONNECT = ("environment", "region", "sandbox_url", "token", "agent_company", "contact_mail", "default_market")

_KEPT = "The token you entered is stored when you save. Leave this empty, or enter another."


def general(request: HttpRequest, company: str) -> HttpResponse:
    """The page; POST saves what was edited, after saying what it would change."""
    if request.method == "POST":
        return _save(request)
    connected = _stored(owner(request)) is not None
    editing = ("edit" in request.GET or not connected) and may(request, "administrator")
    return _shown(request, editing=editing, region=request.GET.get("region", ""))


@require_POST
def test(request: HttpRequest, company: str) -> HttpResponse:
    """*Test Connection*: says whether it works, or what is wrong."""
    try:
        found = probe(company=owner(request))
    except NotReady as error:
        found = Probe(False, error.code, error.message)
    except ChannelError as error:
        found = Probe(False, error.code, error.message, error.request_id)
    if request.headers.get("HX-Request"):
        return render(request, "settings/probe.html", {"probe": found})
    return _shown(request, editing=False, more={"probe": found})


@require_POST
def sending(request: HttpRequest, company: str) -> HttpResponse:
    """Pause all sending by hand, go on, or forget the connection."""
    account, now = queries.account(owner(request)), timezone.now()
    here = f"/{owner(request).slug}/settings/backmarket/"
    match request.POST.get("action"):
        case "pause":
            message = f"Paused by {origin(request).label}. Resume in General Settings."
            operations.pause_account(
                account_id=account.pk, code="by_hand", message=message, origin=origin(request), now=now
            )
            return done(request, "Nothing is sent to Back Market any more.", here)
        case "resume":
            operations.resume_account(account_id=account.pk, origin=origin(request), now=now)
            return done(request, "Sending goes on.", here)
        case "disconnect":
            operations.disconnect_account(company=owner(request), origin=origin(request), now=now)
            return done(request, "Disconnected. Properties and history stay.", here)
    raise Invalid("action_unknown", "Say what to do: pause, resume or disconnect.")


def _save(request: HttpRequest) -> HttpResponse:
    company, typed = owner(request), request.POST.dict()
    typed["token"] = typed.get("token", "").strip() or opened(company, typed.get("sealed_token", ""))
    stored = _stored(company)
    view = stored or panels.BLANK
    values, believed = read(_items(view, typed.get("region", view.region)), typed)
    if stored is None:
        values = {name: typed.get(name, "").strip() for name in _TO_CONNECT} | values
        values |= {f"markets.{row.market}.enabled": True for row in view.markets if _kept(row.market, values, typed)}
        believed = {}
    # Never to be compared or shown.
    believed.pop("token", None)
    changes = nested(values)
    about: dict[str, Any] = {"company": company, "changes": changes, "origin": origin(request), "now": timezone.now()}
    here, behind = f"/{company.slug}/settings/backmarket/", asked_behind(request)
    if not changes:
        return part(request, here, None) if behind else done(request, "Nothing was changed.", here)
    try:
        if stored is not None and not seen(request, digest(changes)):
            operations.check_account(**about, expected=believed)
            question = settings_question(stored.account_id, changes)
            preview = before(request, [("", question)], digest(changes)) if question else None
            if behind:
                return part(request, here, preview)
            if preview:
                return _shown(request, editing=True, typed=typed, preview=preview)
        operations.configure_account(**about, expected=believed)
    except (Invalid, Conflict) as error:
        if behind:
            return part(request, here, None, error.message)
        return _shown(request, editing=True, typed=typed, error=error)
    text = "Saved." if stored else "Connected. Both uploads are off; test the connection, then download the listings."
    return done(request, text, here)


def _shown(
    request: HttpRequest,
    *,
    editing: bool,
    typed: Mapping[str, str] | None = None,
    error: DomainError | None = None,
    preview: Before | None = None,
    more: Mapping[str, Any] | None = None,
    region: str = "",
) -> HttpResponse:
    company = owner(request)
    stored = _stored(company)
    view = stored or panels.BLANK
    region = region or (typed or {}).get("region", view.region)
    overtaken = error is not None and error.code == "changed_meanwhile"
    errors = {**(error.fields if error else {})}
    items = {item.name: item for item in returned(_items(view, region), typed, errors, overtaken=overtaken)}
    token = "" if "token" in errors else (typed or {}).get("token", "")
    if token:
        items["token"] = replace(items["token"], help=_KEPT)
    rows = panels.markets(view, region)

    def filled(given: list[Item]) -> list[Item]:
        return [items[item.name] for item in given]

    context = {
        "view": view,
        "connected": stored is not None,
        "connection": filled(panels.connection(view)),
        "uploads": filled(panels.uploads(view)),
        "defaults": filled(panels.defaults(view)),
        "breaker": filled(panels.breaker(view)),
        "drift": filled(panels.drift(view)),
        "default_market": items["default_market"],
        "markets": [row._replace(enabled=items[row.enabled.name], comment=items[row.comment.name]) for row in rows],
        "editing": editing,
        "administrator": may(request, "administrator"),
        "problem": error.message if error else "",
        "sealed_token": sealed(company, token) if token else "",
        "preview": preview,
        "here": f"/{company.slug}/settings/backmarket/",
    }
    status = status_of(error) if error else 200
    return render(request, "settings/backmarket.html", context | dict(more or {}), status=status)


def _stored(company: Company) -> SettingsView | None:
    try:
        return queries.settings_view(queries.account(company))
    except NotReady:
        return None


def _items(view: SettingsView, region: str) -> list[Item]:
    rows = panels.markets(view, region)
    return [
        *panels.connection(view),
        panels.default_market(view, rows),
        *(item for row in rows for item in (row.enabled, row.comment)),
        *panels.uploads(view),
        *panels.defaults(view),
        *panels.breaker(view),
        *panels.drift(view),
    ]


def _kept(market: str, values: Mapping[str, Any], typed: Mapping[str, str]) -> bool:
    """Whether a market that was ticked in the blank form still is."""
    return values.get(f"markets.{market}.enabled") is not False and f"was.markets.{market}.enabled" in typed
