"""Back Market Properties: viewed, edited, and what moves on it by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from listwright.common.errors import Conflict, DomainError, Invalid, NotFound
from listwright.common.reading import one_reading
from listwright.companies import queries as companies
from listwright.listings import operations as listings
from listwright.listings import queries
from listwright.listings.queries import ListingView
from listwright.listings.rules.facts import AttributeFacts
from listwright.web.answers import done, may, origin, owner, status_of
from listwright.web.backmarket import competition, page, panels
from listwright.web.components.amounts import told_whole
from listwright.web.sheet.address import backmarket_address, sku_of
from listwright.web.sheet.connected import needs_connection
from listwright.web.sheet.items import by_name, nested, read, returned
from listwright.web.sheet.then import then_of

FOUND = 50


@needs_connection
def properties(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """The page; POST saves what was edited."""
    if request.method == "POST":
        return _save(request, sku_of(sku))
    return _shown(request, sku_of(sku), editing="edit" in request.GET and may(request, "operator"))


@needs_connection
def live(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """What stands there and the timeline, for htmx; nothing while it is what the page shows already."""
    view = queries.properties(owner(request), sku_of(sku))
    context = page.live(owner(request), view.sku, view)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "backmarket/live.html", context | {"listing": view})


@needs_connection
def categories(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """Leaves whose path contains what was typed, as suggestions."""
    typed = request.GET.get("category", "").partition("#")[0]
    found = queries.leaves(owner(request), containing=typed[:200], limit=FOUND)
    texts = [panels.category_text(row.path, row.marketplace_category_id) for row in found]
    return render(request, "backmarket/categories.html", {"texts": texts})


@needs_connection
def attributes(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """The attributes a category asks for, while it is being chosen; what was typed so far is kept."""
    view = queries.properties(owner(request), sku_of(sku))
    asked = _asked(request, view, request.GET.get("category", ""))
    items = list(returned(panels.attributes(view, asked), request.GET.dict(), {}))
    return render(request, "backmarket/attributes.html", {"attributes": items, "editing": True})


def _save(request: HttpRequest, sku: str) -> HttpResponse:
    company, typed = owner(request), request.POST.dict()
    with one_reading():
        found = page.load(company, sku)
    here = backmarket_address(company.slug, found.view.sku)
    asked = _asked(request, found.view, typed.get("category", ""))
    values, believed = read(page.all_items(found, here, asked), typed)
    for given in (values, believed):
        if "category" in given:
            given["category"] = panels.category_value(given["category"])
    disabling = values.get("enabled") is False
    try:
        if values:
            listings.update_listing(
                company=company,
                sku=sku,
                values=nested(values),
                then=then_of(typed.get("then")) if disabling else None,
                choice_required=False,
                expected=believed,
                origin=origin(request),
                now=timezone.now(),
            )
    except (Invalid, Conflict) as error:
        return _shown(request, sku, editing=True, typed=typed, error=error)
    return done(request, "Saved." if values else "Nothing was changed.", here)


def _shown(
    request: HttpRequest,
    sku: str,
    *,
    editing: bool,
    typed: Mapping[str, str] | None = None,
    error: DomainError | None = None,
) -> HttpResponse:
    company = owner(request)
    found, why = page.load(company, sku), queries.why(company, sku)
    view = found.view
    here = backmarket_address(company.slug, view.sku)
    asked = _asked(request, view, typed["category"] if typed and "category" in typed else None)
    overtaken = error is not None and error.code == "changed_meanwhile"
    rows = returned(page.all_items(found, here, asked), typed, error.fields if error else {}, overtaken=overtaken)
    items = by_name(rows)
    markets = page.market_rows(found, why, items)
    context: dict[str, Any] = {
        "product": found.product,
        "listing": view,
        "general": [items[item.name] for item in panels.general(view, found.product, here)],
        "attributes": [items[item.name] for item in panels.attributes(view, asked)],
        "inventory": [items[item.name] for item in panels.inventory(view, found.account)],
        "pricing": [items[item.name] for item in panels.pricing(view, found.product, found.home)],
        "markets": markets,
        "owning": any(row.has_own for row in markets.all),
        "then": (typed or {}).get("then", ""),
        "quantity_why": why["quantity"],
        "waterfall": page.waterfall(why["quantity"]),
        "conditions": [condition for condition, _ in companies.conditions(company)],
        "editing": editing,
        "writer": may(request, "operator"),
        "administrator": may(request, "administrator"),
        "problem": told_whole(error, found.home, typed or {}) if error else "",
        "here": here,
    }
    context |= page.live(company, view.sku, view)
    context |= competition.panel(company, view.id, timezone.now())
    return render(request, "backmarket/page.html", context, status=status_of(error) if error else 200)


def _asked(request: HttpRequest, view: ListingView, typed: str | None) -> tuple[AttributeFacts, ...]:
    """What the category in the form asks for: the stored one's, or that of the one being chosen."""
    chosen = panels.category_value(typed)
    if typed is None or chosen == view.category:
        return view.category_attributes
    if not isinstance(chosen, int):
        return ()
    try:
        return queries.category(owner(request), chosen).attributes
    except NotFound:
        return ()
