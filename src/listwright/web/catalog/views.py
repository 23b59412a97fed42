"""Manage Catalog: the grid, its count, and what its filters offer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from listwright.catalog import grid
from listwright.common.errors import DomainError, Invalid, NotFound, NotReady
from listwright.companies import queries as companies
from listwright.companies.access import Company
from listwright.listings import queries as listings
from listwright.listings.queries.grid_page import GridPage, grid_page
from listwright.web.answers import owner, status_of
from listwright.web.catalog.chips import chips
from listwright.web.catalog.saved import kept, views_for
from listwright.web.components.amounts import home, told_of, told_whole, typed_filters
from listwright.web.components.formats import number
from listwright.web.components.tags import market_name
from listwright.web.components.words import ATTRIBUTE, word

SIZES = (50, 100, 200)
_NOT_FILTERS = ("sort", "cursor", "limit")
_COOKIE = "columns"
_FIRST_TO_CHOOSE = 3  # the third column: the box and the product stay
_COLUMNS = (
    ("sku", "Product", ""),
    ("", "Condition", ""),
    ("", "Ready To Post", ""),
    ("", "State", ""),
    ("", "Markets", ""),
    ("site_price", "Site price", "lw-num"),
    ("back_market_price", "Back Market price", "lw-num"),
    ("available", "Available", "lw-num"),
    ("", "On Back Market", "lw-num"),
    ("", "Verified", ""),
)


def catalog(request: HttpRequest, company: str) -> HttpResponse:
    """The grid. Everything about it stands in its address, which can be shared."""
    firm = owner(request)
    query = request.GET.dict()
    problem, status, errors = "", 200, dict[str, str]()
    page = GridPage([], {}, None)
    sort = query.get("sort", "sku")
    try:
        filters = _filters(query, firm)
        page = grid_page(firm, filters=filters, sort=sort, cursor=query.get("cursor"), limit=_size(query))
    except DomainError as error:
        problem, status = told_whole(error, home(firm), query), status_of(error)
        errors = {name: told_of(name, said, home(firm), query.get(name, "")) for name, said in error.fields.items()}
    given = {name: value for name, value in query.items() if name not in _NOT_FILTERS and value}
    context = {
        "page": page,
        "problem": problem,
        "errors": errors,
        "sort": sort,
        "columns": [_column(*column, sort) for column in _COLUMNS],
        "choices": _columns_to_choose(request.COOKIES.get(_COOKIE, "")),
        "sizes": SIZES,
        "size": _size(query, strict=False),
        "cursor": query.get("cursor", ""),
        "filtered": bool(given),
        "filter_query": urlencode(given),
        "views": views_for(request, firm),
        "view_query": kept(request.GET.urlencode()),
        "chips": chips(
            query,
            conditions=_conditions(firm),
            markets=_markets(firm),
            category=_category(firm, query.get("category", "")),
        ),
    }
    return render(request, "catalog/catalog.html", context, status=status)


def _category(company: Company, number: str) -> str:
    """The path of the category that is filtered by; what was given where it is none."""
    with suppress(ValueError, NotFound, NotReady):
        return listings.category(company, int(number)).path
    return number


def count(request: HttpRequest, company: str) -> HttpResponse:
    """How many match, for htmx: the page does not wait for it."""
    firm = owner(request)
    found = grid.count(firm, filters=_filters(request.GET.dict(), firm))
    return render(request, "catalog/count.html", {"count": found})


def choices(request: HttpRequest, company: str, name: str) -> HttpResponse:
    """What a filter offers that depends on the company, as links which set it in the address `query`, for htmx."""
    if name not in _OFFERS:
        raise Http404(f"The filter “{name}” offers nothing.")
    query = dict(parse_qsl(request.GET.get("query", "")))
    try:
        found = _OFFERS[name](owner(request), request.GET.get("containing", ""), query)
    except NotReady:
        found = []
    links = [(urlencode({**query, name: value}), text) for value, text in found]
    return render(request, "catalog/choices.html", {"links": links, "name": name})


def _leaves(company: Company, containing: str, query: dict[str, str]) -> list[tuple[str, str]]:
    found = listings.leaves(company, containing, 20)
    return [(str(leaf.marketplace_category_id), leaf.path) for leaf in found]


def _attributes(company: Company, containing: str, query: dict[str, str]) -> list[tuple[str, str]]:
    """Those of the category that is filtered by, else of all."""
    category = query.get("category", "")
    chosen = int(category) if category.isascii() and category.isdigit() and len(category) < 10 else None
    return [(f"{ATTRIBUTE}{field}", name) for field, name in listings.asked_attributes(company, chosen)]


def _errors(company: Company, containing: str, query: dict[str, str]) -> list[tuple[str, str]]:
    return [(code, f"{word(code).text} · {number(rows)}") for code, rows in grid.errors(company)]


_OFFERS: dict[str, Callable[[Company, str, dict[str, str]], list[tuple[str, str]]]] = {
    "category": _leaves,
    "missing": _attributes,
    "error": _errors,
}


def _filters(query: dict[str, str], company: Company) -> grid.Filters:
    given = {name: value for name, value in query.items() if name not in _NOT_FILTERS}
    return grid.parse_filters(typed_filters(given, company.currency), company.currency)


def _size(query: dict[str, str], *, strict: bool = True) -> int:
    text = query.get("limit", "") or str(SIZES[0])
    if text.isascii() and text.isdigit() and int(text[:4]) in SIZES:
        return int(text)
    if strict:
        message = f"“{text[:20]}” is no page size: choose {', '.join(map(str, SIZES))}."
        raise Invalid("invalid_limit", message, {"limit": message})
    return SIZES[0]


def _column(name: str, label: str, style: str, sort: str) -> dict[str, Any]:
    """A head: where a click leads (upwards first, then downwards), and how it is sorted now."""
    up, down = sort == name, sort == f"-{name}"
    sorted_as = "ascending" if up else "descending" if down else ""
    return {
        "label": label,
        "style": style,
        "sorted": sorted_as if name else "",
        "to": (f"-{name}" if up else name) if name else "",
    }


def _columns_to_choose(cookie: str) -> list[tuple[int, str, bool]]:
    """(place, label, shown) of each column that can be left out; the cookie holds the places of those that are."""
    left_out = set(cookie.split(".")[: len(_COLUMNS)])
    labels = [label for _, label, _ in _COLUMNS[1:]]
    return [(place, label, str(place) not in left_out) for place, label in enumerate(labels, _FIRST_TO_CHOOSE)]


def _conditions(company: Company) -> list[str]:
    return [condition for condition, _ in companies.conditions(company)]


def _markets(company: Company) -> list[tuple[str, str]]:
    try:
        rows = companies.markets(companies.account(company))
    except NotReady:
        return []
    return [(row.market, market_name(row.market)) for row in rows if row.enabled]
