"""The Plugins page of a company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from listwright.common.errors import Conflict, DomainError, Invalid, NotFound
from listwright.companies import operations
from listwright.companies.operations.plugins import EXCLUDED
from listwright.companies.plugins import PluginView, plugins
from listwright.sync.queries.settings_preview import plugin_question
from listwright.web.answers import done, may, origin, owner, status_of
from listwright.web.plugins import form
from listwright.web.settings.confirm import Before, asked_behind, before, digest, part, seen


def page(request: HttpRequest, company: str) -> HttpResponse:
    """Every plugin, its state and its settings."""
    return _shown(request)


def change(request: HttpRequest, company: str, plugin: str) -> HttpResponse:
    """Save one plugin's form."""
    found = next((view for view in plugins(owner(request)) if view.name == plugin), None)
    if found is None:
        raise NotFound("plugin_not_found", f"There is no plugin “{plugin}”.")
    typed = request.POST.dict()
    firm, changes = owner(request), _changes(found, typed)
    here, behind, confirmed = f"/{firm.slug}/plugins/", asked_behind(request), digest(changes)
    try:
        if not seen(request, confirmed):
            question = plugin_question(firm, operations.check_plugin(company=firm, plugin=plugin, changes=changes))
            preview = before(request, [("", question)], confirmed) if question else None
            if behind:
                return part(request, here, preview, about_prices="repricing" in found.hooks)
            if preview:
                return _shown(request, plugin, typed, preview=preview)
        operations.configure_plugin(
            company=firm, plugin=plugin, changes=changes, origin=origin(request), now=timezone.now()
        )
    except (Invalid, Conflict, NotFound) as error:
        if behind:
            return part(request, here, None, error.message)
        return _shown(request, plugin, typed, error)
    state = "on" if typed.get("enabled") == "true" else "off"
    return done(request, f"Saved. {plugin} is {state}.", here)


def _changes(found: PluginView, typed: Mapping[str, str]) -> dict[str, Any]:
    changes: dict[str, Any] = {"enabled": typed.get("enabled") == "true"}
    if found.problem:
        return changes
    changes["settings"] = form.entered(found.schema, typed)
    if "upload_filter" in found.hooks:
        changes["excluded"] = typed.get("excluded", "")
    if "repricing" in found.hooks:
        changes |= {"dry": typed.get("dry") == "true", "share": _whole(typed.get("share", ""))}
    if {"inventory_calculation", "upload_filter", "readiness_checks"} & set(found.hooks):
        changes["refresh_minutes"] = _whole(typed.get("refresh_minutes", ""))
    return changes


def _whole(text: str) -> Any:
    """A number as typed; what is none is left for the operation to refuse."""
    return int(text) if text.strip().isdecimal() else text


def _shown(
    request: HttpRequest,
    named: str = "",
    typed: Mapping[str, str] | None = None,
    error: DomainError | None = None,
    preview: Before | None = None,
) -> HttpResponse:
    views = plugins(owner(request))
    context = {
        "rows": [_row(view, typed if view.name == named else None, error, preview) for view in views],
        "excluded": EXCLUDED.items(),
        "administrator": may(request, "administrator"),
        "here": f"/{owner(request).slug}/plugins/",
    }
    return render(request, "plugins/page.html", context, status=status_of(error) if error else 200)


def _row(
    view: PluginView,
    typed: Mapping[str, str] | None,
    error: DomainError | None,
    preview: Before | None,
) -> dict[str, Any]:
    """A plugin's form: as stored, or with `typed` as it came back, for what is wrong with it or what it would do."""
    hooks = set(view.hooks)
    back = typed is not None
    stored = {name: getattr(view, name) for name in ("enabled", "excluded", "dry", "share", "refresh_minutes")}
    values = stored if typed is None else {**stored, **_changes(view, typed)}
    settings = {**view.settings, **(values.get("settings", {}) if back else {})}
    errors = error.fields if back and error is not None else {}
    return {
        "view": view,
        "values": values,
        "fields": form.fields(view.schema, settings, errors),
        "errors": errors,
        "problem": error.message if back and error is not None else "",
        "preview": preview if back else None,
        "filters": "upload_filter" in hooks,
        "reprices": "repricing" in hooks,
        "refreshes": bool({"inventory_calculation", "upload_filter", "readiness_checks"} & hooks),
    }
