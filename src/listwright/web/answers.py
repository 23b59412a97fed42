"""What views answer: pages for refusals, toasts, and the origin of what a person does."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html

from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, DomainError, Invalid, LimitReached, NotAllowed, NotFound, NotReady
from listwright.companies.access import Company, User, allows
from listwright.companies.queries import companies_of
from listwright.web.components.amounts import home, told_whole

_STATUS = {NotFound: 404, NotAllowed: 403, Invalid: 400, Conflict: 409, NotReady: 409, LimitReached: 429}
_PAGES = {404: ("help-circle", "There is nothing here"), 403: ("lock", "You may not do this")}


def owner(request: HttpRequest) -> Company:
    """The company in the address, which the access table has let the person into."""
    company: Company = request.company  # type: ignore[attr-defined]
    return company


def person(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User), "the access table lets only signed-in people in here"
    return request.user


def origin(request: HttpRequest) -> Origin:
    """Who does it, as history keeps it."""
    user = person(request)
    return Origin("person", user.pk, user.get_full_name() or user.username)


def may(request: HttpRequest, role: str) -> bool:
    """Whether the person holds the role in the company of the address; what they may not do is not offered."""
    company = owner(request)
    held = next((row.role for row in companies_of(person(request)) if row.id == company.pk), None)
    return held is not None and allows(held, role)


def status_of(error: DomainError) -> int:
    """The HTTP status that belongs to a refusal."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page that says it, or for htmx a toast that leaves the page as it is."""
    status, text = status_of(error), error.message
    if hasattr(request, "company"):
        text = told_whole(error, home(owner(request)))
    if request.headers.get("HX-Request"):
        return toast(request, text, level="error", status=status)
    picture, title = _PAGES.get(status, ("alert-circle", "This cannot be done"))
    back = request.headers.get("Referer", "") if request.method == "POST" else ""
    here = f"{request.scheme}://{request.get_host()}/"
    context = {"picture": picture, "title": title, "text": text}
    if back.startswith(here):
        context |= {"back": back, "back_text": "Back"}
    elif hasattr(request, "company"):
        context |= {"back": f"/{owner(request).slug}/"}
    return render(request, "problem_page.html", context, status=status)


def toast(
    request: HttpRequest, text: str, *, level: str = "success", url: str = "", link: str = "", status: int = 200
) -> HttpResponse:
    """For htmx: a toast and nothing else; open dialogs close unless it is an error."""
    response = render(
        request, "components/toast.html", {"text": text, "level": level, "url": url, "link": link}, status=status
    )
    response["HX-Retarget"] = "#toasts"
    response["HX-Reswap"] = "beforeend"
    if level != "error":
        response["HX-Trigger"] = "listwright:close"
    return response


def done(request: HttpRequest, text: str, to: str, *, url: str = "", link: str = "") -> HttpResponse:
    """Go to another page, where a toast says what happened; htmx would put what a redirect leads to into the page."""
    messages.success(request, format_html('{} <a href="{}">{}</a>', text, url, link) if url else text)
    return HttpResponse(headers={"HX-Redirect": to}) if request.headers.get("HX-Request") else HttpResponseRedirect(to)


def ended(request: HttpRequest, text: str, to: str, *, url: str = "", link: str = "") -> HttpResponse:
    """What an action that was asked for by htmx or by a plain form ends in: a toast here, or there."""
    if request.headers.get("HX-Request"):
        return toast(request, text, url=url, link=link)
    return done(request, text, to, url=url, link=link)


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for 403: too small a role, or an address nobody has a right to."""
    return _plain(request, 403, str(exception) or "This is not for you.")


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for 404."""
    said = exception.args[0] if exception.args else ""
    return _plain(request, 404, said if isinstance(said, str) and said else "No page has this address.")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its CSRF token: an old page, another sign-in meanwhile, or somebody else's page."""
    return _plain(request, 403, "This page is too old, or you have signed in anew since. Reload it and try again.")


def _plain(request: HttpRequest, status: int, text: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return toast(request, text, level="error", status=status)
    picture, title = _PAGES[status]
    return render(request, "problem_page.html", {"picture": picture, "title": title, "text": text}, status=status)
