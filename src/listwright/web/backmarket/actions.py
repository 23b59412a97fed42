"""What a person asks for one product: post, update, enable, disable, unlink, release."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.catalog.grid import Count
from listwright.listings import operations as listings
from listwright.sync.operations import asked
from listwright.web.answers import done, ended, origin, owner
from listwright.web.catalog.actions import ACTIONS as ALL
from listwright.web.catalog.actions import dialog
from listwright.web.sheet.address import backmarket_address, sku_of
from listwright.web.sheet.then import then_of

ACTIONS = {
    "launch": ALL["launch"]._replace(title="Update/Post Product to BackMarket", button="Send"),
    "update": ALL["update"]._replace(title="Update Price and Qty to BackMarket", button="Send"),
    "enable": ALL["enable"]._replace(leads_on=True),
}


def ask(request: HttpRequest, company: str, sku: str, kind: str) -> HttpResponse:
    """The dialog: whether there is anything to send, how many lines, and how long it takes."""
    if kind not in ACTIONS:
        raise Http404(f"There is no action “{kind}”.")
    selection, to = {"skus": [sku_of(sku)]}, f"{_back(request, sku)}{kind}/"
    return dialog(request, ACTIONS[kind], selection, to, Count(1, False))


@require_POST
def launch(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """*Update/Post Product to BackMarket*."""
    job = asked.launch(
        company=owner(request), selection={"skus": [sku_of(sku)]}, origin=origin(request), now=timezone.now()
    )
    return _queued(request, sku, job.pk, "Posting to Back Market is queued.")


@require_POST
def update(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """*Update Price and Qty to BackMarket*."""
    job = asked.update(
        company=owner(request), selection={"skus": [sku_of(sku)]}, origin=origin(request), now=timezone.now()
    )
    return _queued(request, sku, job.pk, "Price and quantity are queued.")


@require_POST
def enable(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """Enable, as the dialog has said it."""
    return _switch(request, sku, enabled=True)


@require_POST
def set_enabled(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """Enable, or disable with an answer; offline is the one taken when none is given."""
    return _switch(request, sku, enabled=request.POST.get("enabled") == "true")


def _switch(request: HttpRequest, sku: str, *, enabled: bool) -> HttpResponse:
    listings.update_listing(
        company=owner(request),
        sku=sku_of(sku),
        values={"enabled": enabled},
        then=None if enabled else then_of(request.POST.get("then")),
        choice_required=False,
        origin=origin(request),
        now=timezone.now(),
    )
    text = "Enabled for Back Market." if enabled else "Disabled for Back Market."
    return done(request, text, _back(request, sku))


@require_POST
def unlink(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """Untie the product from its listing."""
    result = listings.unlink(
        company=owner(request),
        sku=sku_of(sku),
        then=then_of(request.POST.get("then")) or "offline",
        origin=origin(request),
        now=timezone.now(),
    )
    return done(request, result.message or "Unlinked.", _back(request, sku))


@require_POST
def release(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """A person has looked at what was held; it goes on."""
    listings.release_hold(company=owner(request), sku=sku_of(sku), origin=origin(request), now=timezone.now())
    return done(request, "Released: it goes on as before.", _back(request, sku))


def _queued(request: HttpRequest, sku: str, job_id: int, text: str) -> HttpResponse:
    return ended(request, text, _back(request, sku), url=f"/{owner(request).slug}/jobs/{job_id}/", link="See the job")


def _back(request: HttpRequest, sku: str) -> str:
    return backmarket_address(owner(request).slug, sku_of(sku))
