"""What every page's frame needs: one company, its connection, the other companies, and the way around."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from listwright.common.errors import NotReady
from listwright.companies import queries as companies
from listwright.companies.access import Company, allows
from listwright.companies.queries import CompanyRow
from listwright.web import pulse


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation. `count` names the figure of the pulse that stands beside it."""

    name: str
    url: str
    icon: str = ""
    level: int = 0
    count: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """`pulse` are figures of a few seconds ago, None when there are none yet: they are fetched behind the page."""

    companies: list[CompanyRow]
    navigation: list[Entry]
    may_operate: bool = False
    may_administer: bool = False
    connected: bool = False
    environment: str = ""
    paused: datetime | None = None
    paused_message: str = ""
    pulse: dict[str, Any] | None = None


def shell(request: HttpRequest) -> dict[str, Any]:
    """Values for the frame around each page: `company` (when the address names one) and `shell`."""
    company: Company | None = getattr(request, "company", None)
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.headers.get("HX-Request"):
        # A part of a page has no frame around it.
        return {"company": company}
    members = companies.companies_of(user)
    if company is None:
        plain = [Entry(row.name, f"/{row.slug}/", "building") for row in members]
        return {"company": None, "shell": Shell(members, plain)}
    role = next((row.role for row in members if row.id == company.pk), "viewer")
    around: dict[str, Any] = {
        "companies": members,
        "navigation": _navigation(company.slug, request.path),
        "may_operate": allows(role, "operator"),
        "may_administer": allows(role, "administrator"),
    }
    try:
        account = companies.account(company)
    except NotReady:
        return {"company": company, "shell": Shell(**around)}
    return {
        "company": company,
        "shell": Shell(
            **around,
            connected=True,
            environment=account.environment,
            paused=account.paused_at,
            paused_message=account.paused_message,
            pulse=pulse.remembered(company.pk),
        ),
    }


def _navigation(slug: str, path: str) -> list[Entry]:
    entries = [
        Entry("Dashboard", f"/{slug}/", "layout-dashboard"),
        Entry("Catalog", "", "packages"),
        Entry("Manage Catalog", f"/{slug}/catalog/", level=1),
        Entry("Unlinked listings", f"/{slug}/unlinked/", level=1, count="unlinked"),
        Entry("Bulk Product Update", f"/{slug}/uploads/", level=1),
        Entry("Queued Jobs", f"/{slug}/jobs/", "list-check", count="running"),
        Entry("Held sends", f"/{slug}/held/", "shield-check"),
        Entry("Orders", f"/{slug}/orders/", "shopping-cart"),
        Entry("Settings", f"/{slug}/settings/", "settings"),
    ]
    here = max((entry.url for entry in entries if entry.url and path.startswith(entry.url)), key=len, default="")
    if here == f"/{slug}/" and path != here:
        here = f"/{slug}/catalog/" if path.startswith(f"/{slug}/products/") else ""
    return [replace(entry, current=bool(entry.url) and entry.url == here) for entry in entries]
