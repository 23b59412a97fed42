"""Dashboard: is everything all right? And, for a company that is not set up yet, what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.catalog import grid
from listwright.common.errors import NotReady
from listwright.companies import queries as companies
from listwright.companies.access import Company
from listwright.jobs import queries as jobs
from listwright.sync.operations import asked
from listwright.sync.queries import overview
from listwright.web import pulse
from listwright.web.answers import ended, origin, owner
from listwright.web.dashboard.charts import DAYS, charts
from listwright.web.dashboard.matters import matters


def dashboard(request: HttpRequest, company: str) -> HttpResponse:
    """The page. Its figures are those of a few seconds ago and come anew behind it."""
    firm, now = owner(request), timezone.now()
    try:
        account = companies.settings_view(companies.account(firm))
    except NotReady:
        account = None
    products = grid.count(firm, filters=grid.Filters())
    recent = list(jobs.jobs(company_id=firm.pk, limit=6))
    context: dict[str, Any] = {"products": products, "jobs": recent, "account": account}
    downloaded = account is not None and bool(jobs.jobs(company_id=firm.pk, kind="download", limit=1))
    if account is None or not products.number or not overview.begun(firm):
        context["steps"] = _steps(account is not None, downloaded, products.number > 0)
    if account is not None:
        known = pulse.remembered(firm.pk)
        days = 7 if request.GET.get("days") == "7" else 1
        context["charts"] = charts(overview.samples(firm, since=now - timedelta(days=days)), known, now)
        context["days"], context["choices"] = days, DAYS
        context |= _figures(firm, known)
    return render(request, "dashboard/dashboard.html", context)


def figures(request: HttpRequest, company: str) -> HttpResponse:
    """The figures, for htmx."""
    firm = owner(request)
    return render(request, "dashboard/figures.html", {"company": firm} | _figures(firm, pulse.read(firm)))


@require_POST
def download(request: HttpRequest, company: str) -> HttpResponse:
    """Download the Active Listings."""
    firm = owner(request)
    job = asked.download(company=firm, origin=origin(request), now=timezone.now())
    to = f"/{firm.slug}/jobs/{job.pk}/"
    return ended(request, "The Active Listings are being downloaded.", to, url=to, link=f"Job {job.pk}")


def _figures(company: Company, known: dict[str, Any] | None) -> dict[str, Any]:
    """`causes` and `matters` only with figures: a page that has none yet gets all of it a moment later."""
    if known is None:
        return {"pulse": None}
    account = companies.settings_view(companies.account(company))
    causes = overview.causes(company)
    counts = [cause.listings for cause in causes]
    refused = grid.Count(sum(count.number for count in counts), any(count.capped for count in counts))
    seen = known | {"refused": refused}
    uploads = (account.inventory_upload, account.prices_upload)
    return {
        "pulse": known,
        "causes": causes,
        "matters": matters(seen, paused_message=account.paused_message, uploads=uploads),
    }


def _steps(connected: bool, downloaded: bool, products: bool) -> list[dict[str, Any]]:
    steps = [
        {"name": "company", "done": True},
        {"name": "connection", "done": connected},
        {"name": "products", "done": products or downloaded},
        {"name": "launch", "done": False},
    ]
    following = next(step for step in steps if not step["done"])
    return [step | {"next": step is following} for step in steps]
