"""Listings Back Market has and Listwright does not: link, create a product, ignore (B6)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.catalog import grid
from listwright.catalog import queries as catalog
from listwright.common.errors import Conflict, Invalid, NotFound
from listwright.common.paging import decode_cursor, encode_cursor
from listwright.companies import queries as companies
from listwright.jobs.queries import jobs
from listwright.sync.operations import asked
from listwright.sync.operations import unlinked as operations
from listwright.sync.queries import unlinked as queries
from listwright.web.answers import done, ended, may, origin, owner, status_of
from listwright.web.components import formats
from listwright.web.sheet.address import product_address
from listwright.web.sheet.connected import needs_connection

ROWS = 50
FOUND = 12


class UnlinkedRow(Protocol):
    """As `sync.queries.unlinked.rows` answers it."""

    id: int
    sku: str
    markets: Mapping[str, Any]


class Row(NamedTuple):
    """An unlinked listing; `price` that of its first market, as people write it."""

    listing: UnlinkedRow
    markets: list[str]
    price: str


@needs_connection
def unlinked(request: HttpRequest, company: str) -> HttpResponse:
    """The list; `ignored` shows those put aside."""
    companies.account(owner(request))
    cursor, search = request.GET.get("cursor", ""), request.GET.get("search", "").strip()[:200]
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    rows = queries.rows(
        owner(request),
        ignored="ignored" in request.GET,
        search=search.replace("\x00", ""),
        after_id=after if isinstance(after, int) else 0,
        limit=ROWS,
    )
    context = {
        "rows": [Row(row, _sold_in(row.markets), _price(row.markets)) for row in rows],
        "waiting": queries.count(owner(request)),
        "ignored": "ignored" in request.GET,
        "search": search,
        "cursor": cursor,
        "next": encode_cursor([rows[-1].id]) if len(rows) == ROWS else None,
        "writer": may(request, "operator"),
        "here": f"/{owner(request).slug}/unlinked/",
    }
    return render(request, "unlinked/page.html", context | _download(request))


@require_POST
def decide(request: HttpRequest, company: str) -> HttpResponse:
    """Link one to a product, make products of some, ignore some or bring them back."""
    about: dict[str, Any] = {"company": owner(request), "now": timezone.now()}
    ids = _ids(request.POST.getlist("back_market_id"))
    here = f"/{owner(request).slug}/unlinked/"
    match request.POST.get("action"):
        case "link":
            if len(ids) != 1:
                raise Invalid("one_listing", "Choose one listing to link.")
            return _linked(request, ids[0], here)
        case "create":
            made = operations.create(back_market_ids=ids, origin=origin(request), **about)
            text = (
                f"{made} product{'s were' if made != 1 else ' was'} created and linked. Their stock is still unknown."
            )
            return done(request, text, here)
        case "ignore":
            count = operations.ignore(back_market_ids=ids, ignored=True, **about)
            return done(request, f"{count} put aside. They are never written to.", here)
        case "restore":
            count = operations.ignore(back_market_ids=ids, ignored=False, **about)
            return done(request, f"{count} brought back.", f"{here}?ignored=1")
    raise Invalid("action_unknown", "Say what to do: link, create, ignore or restore.")


@require_POST
def download(request: HttpRequest, company: str) -> HttpResponse:
    """Download the Active Listings of all markets now."""
    job = asked.download(company=owner(request), origin=origin(request), now=timezone.now())
    address = f"/{owner(request).slug}/jobs/{job.pk}/"
    here = f"/{owner(request).slug}/unlinked/"
    return ended(request, "The Active Listings are being downloaded.", here, url=address, link="See the job")


@needs_connection
def progress(request: HttpRequest, company: str) -> HttpResponse:
    """How far the download is, for htmx."""
    return render(request, "unlinked/progress.html", _download(request))


@needs_connection
def ask_link(request: HttpRequest, company: str) -> HttpResponse:
    """The dialog that finds the product a listing belongs to."""
    sku = request.GET.get("sku", "")[:200]
    ids = _ids([request.GET.get("back_market_id", "")])
    context = {"back_market_id": ids[0], "listing": sku, "title": request.GET.get("title", "")[:500], "search": sku}
    return render(request, "unlinked/link.html", context | {"products": _found(request, sku)})


@needs_connection
def products(request: HttpRequest, company: str) -> HttpResponse:
    """Products that match what is typed, for htmx."""
    search = request.GET.get("search", "").strip()[:200]
    return render(request, "unlinked/products.html", {"products": _found(request, search), "search": search})


def _linked(request: HttpRequest, back_market_id: str, here: str) -> HttpResponse:
    """Link it to the product chosen; refused, the form comes back: into its dialog for htmx, else as a page."""
    sku = request.POST.get("sku", "").strip()
    try:
        if not sku:
            raise Invalid("sku_needed", "Choose the product this listing belongs to: search by its SKU, name or EAN.")
        operations.link(
            company=owner(request), back_market_id=back_market_id, sku=sku, origin=origin(request), now=timezone.now()
        )
    except (Invalid, Conflict, NotFound) as error:
        search, gone = request.POST.get("search", "").strip()[:200], error.code == "unlinked_not_found"
        found = _found(request, search)
        context = {
            "back_market_id": back_market_id,
            "listing": request.POST.get("listing", "")[:200],
            "title": request.POST.get("title", "")[:500],
            "search": search,
            "products": found,
            "chosen": sku if any(product.sku == sku for product in found) else "",
            "wrong": "" if gone else error.message,
            "problem": error.message if gone else "",
        }
        template = "link_form.html" if request.headers.get("HX-Request") else "link_page.html"
        return render(request, f"unlinked/{template}", context, status=status_of(error))
    address = f"{product_address(owner(request).slug, sku)}backmarket/"
    text = "Linked as it stands there. Nothing is sent until the product is enabled."
    return done(request, text, here, url=address, link=f"Open {sku}")


def _found(request: HttpRequest, search: str) -> Any:
    if len(search) < 3:
        return []
    filters = grid.parse_filters({"search": search, "linked": False}, owner(request).currency)
    return catalog.products(owner(request), filters=filters, limit=FOUND).products


def _sold_in(markets: Mapping[str, Any]) -> list[str]:
    """The markets it has a price in."""
    return sorted(market for market, there in markets.items() if there["price"])


def _price(markets: Mapping[str, Any]) -> str:
    """Of the first market that shows one."""
    found = sorted((market, there) for market, there in markets.items() if there["price"])
    return (
        formats.money(Decimal(found[0][1]["price"]), found[0][1]["currency"], found[0][0]) if found else formats.NOTHING
    )


def _download(request: HttpRequest) -> dict[str, Any]:
    last = next(iter(jobs(company_id=owner(request).pk, kind="download", limit=1)), None)
    return {"job": last, "running": last is not None and last.finished_at is None}


def _ids(values: list[str]) -> list[str]:
    if not values:
        raise Invalid("nothing_chosen", "Choose at least one listing.")
    try:
        return [str(UUID(value)) for value in values[:1000]]
    except ValueError:
        raise Invalid("back_market_id", "A Back Market ID is a UUID. Reload the list and choose again.") from None
