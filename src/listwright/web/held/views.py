"""What waits for a person before it is sent: the first send's diff (B6), and what the circuit breaker holds."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.common.errors import Invalid
from listwright.common.paging import decode_cursor, encode_cursor
from listwright.companies import queries as companies
from listwright.sync import planner
from listwright.sync.operations import held as operations
from listwright.sync.operations import held_all
from listwright.sync.planner import HeldRow
from listwright.sync.queries.deciding import deciding
from listwright.sync.queries.overview import reasons
from listwright.sync.queries.settings_preview import first_send
from listwright.sync.queries.status import account_status
from listwright.web.answers import done, may, origin, owner
from listwright.web.components import formats
from listwright.web.components.amounts import Home, told
from listwright.web.sheet.connected import needs_connection

LISTINGS = 50
WHY = {
    "zeros": "Too many zeros at once",
    "price_fall": "A price that falls far",
    "storm": "Too many like it were refused",
}


class Difference(NamedTuple):
    """One value of a listing: what Back Market has, and what would be sent; `falls` marks less than there is.

    `pair` names it in a decision.
    """

    market: str
    standing: str
    wanted: str
    falls: bool
    why: str
    message: str
    pair: str


class Held(NamedTuple):
    """A listing with all that waits of it."""

    sku: str
    name: str
    differences: list[Difference]


@needs_connection
def held(request: HttpRequest, company: str) -> HttpResponse:
    """What waits, listing by listing."""
    account = companies.account(owner(request))
    cursor = request.GET.get("cursor", "")
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    rows = planner.held(account.pk, after=after if isinstance(after, int) else 0, limit=LISTINGS)
    listings = _by_listing(row for row in rows if row.why == planner.FIRST_SEND)
    stopped = _by_listing(row for row in rows if row.why != planner.FIRST_SEND)
    stands = account_status(account.pk, now=timezone.now())
    context = {
        "listings": listings,
        "stopped": stopped,
        "stopped_count": planner.held_by_breaker(account.pk) if stopped else 0,
        "counted_up_to": planner.COUNTED_UP_TO,
        "reasons": reasons(account.pk) if stopped else [],
        "approved_at": stands.first_send_approved_at,
        "uploads": account.inventory_upload or account.prices_upload,
        "cursor": cursor,
        "next": encode_cursor([rows[-1].listing_id]) if len({row.listing_id for row in rows}) == LISTINGS else None,
        "administrator": may(request, "administrator"),
        "here": f"/{owner(request).slug}/held/",
    }
    return render(request, "held/page.html", context)


@needs_connection
def first(request: HttpRequest, company: str) -> HttpResponse:
    """How much the first send is, for htmx: to plan it beforehand may take a second."""
    account = companies.account(owner(request))
    context = {"first": first_send(account.pk), "administrator": may(request, "administrator")}
    return render(request, "held/first.html", context)


@require_POST
def approve(request: HttpRequest, company: str) -> HttpResponse:
    """Let the account's automatic sends go from now on."""
    job = held_all.approve_first_send(company=owner(request), origin=origin(request), now=timezone.now())
    if job is not None:
        return _follow(request, job.pk, "Approved: automatic sends go as soon as")
    return done(request, "Approved. Automatic sends go from now on.", f"/{owner(request).slug}/held/")


@require_POST
def reject(request: HttpRequest, company: str) -> HttpResponse:
    """Nothing of those chosen is sent: they are disabled, and their listings left as they stand."""
    skus = request.POST.getlist("sku")
    if not skus:
        raise Invalid("nothing_chosen", "Choose at least one listing.")
    count = operations.reject(company=owner(request), skus=skus, origin=origin(request), now=timezone.now())
    text = f"{count} disabled and left as they stand on Back Market."
    return done(request, text, f"/{owner(request).slug}/held/")


@require_POST
def ask(request: HttpRequest, company: str) -> HttpResponse:
    """The dialog: how many values, lines and how long it takes to send what is chosen, or all of it.

    To count very many takes longer than a dialog may: it asks for their figures once it is there.
    """
    texts = request.POST.getlist("pair")
    pairs = None if request.POST.get("all") == "true" else [_pair(text) for text in texts]
    if pairs == []:
        raise Invalid("nothing_chosen", "Choose at least one value.")
    firm, chosen = owner(request), None if pairs is None else [(pair.sku, pair.market) for pair in pairs]
    context = {"company": firm, "pairs": texts if pairs else [], "here": f"/{firm.slug}/held/"}
    if chosen or planner.held_by_breaker(companies.account(firm).pk) < planner.COUNTED_UP_TO:
        context["deciding"] = deciding(firm, chosen, now=timezone.now())
    return render(request, "held/ask.html", context)


@needs_connection
def figures(request: HttpRequest, company: str) -> HttpResponse:
    """How much deciding about all that the breaker holds is, for htmx."""
    context = {"deciding": deciding(owner(request), None, now=timezone.now())}
    return render(request, "held/figures.html", context)


@require_POST
def decide(request: HttpRequest, company: str) -> HttpResponse:
    """Approve or reject what the breaker holds: the values chosen, or all of it."""
    action = request.POST.get("action", "")
    if action not in ("approve", "reject"):
        raise Invalid("action_unknown", "Say what to do: approve or reject.")
    about: dict[str, Any] = {"company": owner(request), "approve": action == "approve", "origin": origin(request)}
    if request.POST.get("all") == "true":
        decided = held_all.decide_all(**about, first_send=False, now=timezone.now())
    else:
        pairs = [_pair(text) for text in request.POST.getlist("pair")]
        if not pairs:
            raise Invalid("nothing_chosen", "Choose at least one value.")
        decided = operations.decide(**about, pairs=pairs, now=timezone.now())
    if not isinstance(decided, operations.Decided):
        begun = "Approved: they are sent as" if action == "approve" else "Rejected: they are kept back as"
        return _follow(request, decided.pk, begun)
    text = f"{decided.done:,} sent now." if action == "approve" else f"{decided.done:,} not sent until they change."
    if decided.passed_by:
        text += f" {len(decided.passed_by):,} had changed meanwhile: look again."
    return done(request, text, f"/{owner(request).slug}/held/")


def _follow(request: HttpRequest, job_id: int, begun: str) -> HttpResponse:
    """To the job of a decision about more than one waits for."""
    text = f"{begun} job {job_id} goes through them."
    return done(request, text, f"/{owner(request).slug}/jobs/{job_id}/")


def _pair(text: str) -> operations.Pair:
    generation, _, rest = text.partition(":")
    market, _, sku = rest.partition(":")
    if not (generation.isascii() and generation.isdecimal() and len(generation) < 19 and sku):
        raise Invalid("pair_unknown", f"“{text[:80]}” names nothing that is held. Load the page again.")
    return operations.Pair(sku, market, int(generation))


def _by_listing(rows: Iterable[HeldRow]) -> list[Held]:
    made: dict[int, Held] = {}
    for row in rows:
        listing = made.setdefault(row.listing_id, Held(row.sku, row.name, []))
        falls = row.standing is not None and row.wanted is not None and row.wanted < row.standing
        shown = (_shown(row.standing, row), _shown(row.wanted, row), falls)
        pair = f"{row.generation}:{row.market}:{row.sku}"
        listing.differences.append(
            Difference(
                row.market, *shown, WHY.get(row.why, ""), told(row.message, Home(row.currency, row.market)), pair
            )
        )
    return list(made.values())


def _shown(value: int | Decimal | None, row: HeldRow) -> str:
    return formats.money(value, row.currency, row.market) if isinstance(value, Decimal) else formats.number(value)
