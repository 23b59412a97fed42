"""Warehouses, and which of them are for sale (A1)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from listwright.catalog import operations, queries
from listwright.common.errors import Conflict, DomainError, Invalid
from listwright.sync.queries.settings_preview import warehouse_question
from listwright.web.answers import done, may, origin, owner, status_of
from listwright.web.settings.confirm import Before, account_id, asked_behind, before, digest, part, seen


def warehouses(request: HttpRequest, company: str) -> HttpResponse:
    """The page; POST adds one or changes one."""
    here = f"/{owner(request).slug}/settings/warehouses/"
    context: dict[str, Any] = {"administrator": may(request, "administrator"), "here": here}
    status = 200
    if request.method == "POST":
        try:
            preview = _preview(request)
            if asked_behind(request):
                return part(request, here, preview, concerned="with stock there")
            if preview is None:
                return done(request, _changed(request), here)
            context |= {"preview": preview, "asked": request.POST.dict()}
        except (Invalid, Conflict) as error:
            wrong = error.fields.get("name", "")
            context |= {"typed": request.POST.dict(), "wrong": wrong, "problem": "" if wrong else error.message}
            status = status_of(error)
    context["warehouses"] = queries.warehouses(owner(request))
    return render(request, "settings/warehouses.html", context, status=status)


def _preview(request: HttpRequest) -> Before | None:
    """What putting a warehouse on sale or taking it off would do; None when that was seen already, or it does nothing."""
    sellable = {"sellable": True, "unsellable": False}.get(request.POST.get("action", ""))
    account = account_id(owner(request))
    name = request.POST.get("name", "").strip().lower()
    confirmed = digest({name: sellable})
    if sellable is None or account is None or seen(request, confirmed):
        return None
    found = next((row for row in queries.warehouses(owner(request)) if row.name.lower() == name), None)
    if found is None or found.sellable == sellable:
        return None
    question = warehouse_question(account, warehouse_id=found.id, sellable=sellable)
    return before(request, [("", question)], confirmed) if question else None


def _changed(request: HttpRequest) -> str:
    """Do what was asked and say what happened. Raises DomainError."""
    about: dict[str, Any] = {"company": owner(request), "origin": origin(request), "now": timezone.now()}
    name = request.POST.get("name", "").strip()
    match request.POST.get("action"):
        case "add":
            operations.create_warehouse(name=name, sellable=request.POST.get("sellable") == "true", **about)
            return f"Warehouse {name} was added."
        case "sellable" | "unsellable" as action:
            changed = operations.update_warehouse(name=name, changes={"sellable": action == "sellable"}, **about)
            text = f"Stock in {name} is {'now' if action == 'sellable' else 'no more'} for sale."
            return text if changed.counted_through is None else f"{text} What is available is being counted again."
        case "rename":
            operations.update_warehouse(name=name, changes={"name": request.POST.get("rename", "").strip()}, **about)
            return f"Warehouse {name} was renamed."
    raise _unknown()


def _unknown() -> DomainError:
    return Invalid("action_unknown", "Say what to do: add, sellable, unsellable or rename.")
