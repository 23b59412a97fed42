"""What holds for every page: no inline code, one id once, refusals as pages and toasts, the frame."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from listwright.companies import operations
from listwright.companies.models import Account, Company, User
from listwright.jobs.models import Job
from listwright.sync.operations import asked
from listwright.web.components.tags import all_there
from tests.api.conftest import ORIGIN, open_company, person
from tests.web.conftest import SANDBOX, Strict, signed_in, text

PAGES = [
    "/account/", "/settings/people/", "/settings/companies/new/", "/acme/", "/acme/pulse/", "/acme/figures/",
    "/acme/catalog/", "/acme/catalog/?ready=false&sort=-available", "/acme/catalog/?search=nothing-like-it",
    "/acme/actions/count/", "/acme/actions/choices/error/", "/acme/products/new/", "/acme/jobs/", "/acme/no-such-page/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_a_page_holds_nothing_inline_and_no_id_twice(
    browser: Client, account: Account, products: Callable[..., list[str]], address: str
) -> None:
    products("A", "B", "C/1")
    response = browser.get(address)
    assert response.status_code == (404 if "no-such" in address else 200)
    page = Strict(response.content.decode())
    assert page.refused == []
    assert len(page.ids) == len(set(page.ids)), sorted(name for name in page.ids if page.ids.count(name) > 1)
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_htmx_may_neither_evaluate_code_nor_add_its_style(browser: Client, acme: Company) -> None:
    page = browser.get("/acme/").content.decode()
    assert '"allowEval":false' in page
    assert '"includeIndicatorStyles":false' in page


def test_a_person_who_is_no_member_learns_nothing_of_a_company(ana: User, acme: Company, now: datetime) -> None:
    stranger = signed_in(person("stranger", now))
    there, nowhere = stranger.get("/acme/catalog/"), stranger.get("/nowhere/catalog/")
    assert there.status_code == nowhere.status_code == 404
    assert text(there).replace("acme", "") == text(nowhere).replace("nowhere", "")


def test_what_a_viewer_may_not_do_is_not_offered_and_refused(
    viewer: User, account: Account, products: Callable[..., list[str]]
) -> None:
    products("A")
    browser = signed_in(viewer)
    page = browser.get("/acme/catalog/").content.decode()
    assert "Add product" not in page
    assert "Launch on Channel" not in page
    refused = browser.post("/acme/actions/launch/", {"selection": '{"all": true}'})
    assert refused.status_code == 403
    assert "You may not do this" in text(refused)
    assert "This needs the role Operator; yours is Viewer." in text(refused)
    part = browser.post("/acme/actions/launch/ask/", {"sku": "A"}, headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Retarget"]) == (403, "#toasts")
    assert "<html" not in part.content.decode()


def test_a_refusal_is_a_page_and_for_htmx_a_toast(browser: Client, account: Account) -> None:
    page = browser.get("/acme/jobs/999/")
    assert page.status_code == 404
    assert "There is no job 999 here." in text(page)
    part = browser.get("/acme/jobs/999/live/", headers={"HX-Request": "true"})
    assert part.status_code == 404
    assert part.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in part.content.decode()


def test_a_form_without_its_csrf_token_is_refused(ana: User, acme: Company) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    refused = client.post("/acme/products/new/", {"sku": "A"})
    assert refused.status_code == 403
    assert "Reload it and try again." in text(refused)
    assert client.get("/acme/catalog/?search=A").status_code == 200


def test_every_environment_but_production_has_a_banner(browser: Client, acme: Company, account: Account) -> None:
    assert "simulated Back Market" in text(browser.get("/acme/"))
    Account.objects.update(environment="production")
    assert "simulated" not in text(browser.get("/acme/"))


def test_a_paused_account_says_so_on_every_page(browser: Client, account: Account, now: datetime) -> None:
    operations.pause_account(account_id=account.pk, code="access_denied", message="The token was refused.", now=now)
    for address in ("/acme/", "/acme/catalog/", "/acme/jobs/"):
        page = text(browser.get(address))
        assert "Nothing is sent to Back Market." in page
        assert "The token was refused." in page
    assert "The account is paused" in text(browser.get("/acme/figures/"))


def test_the_frame_counts_running_jobs_and_the_budget(
    browser: Client, acme: Company, account: Account, products: Callable[..., list[str]], now: datetime
) -> None:
    products("A")
    asked.launch(company=acme, selection={"all": True}, origin=ORIGIN, now=now)
    part = browser.get("/acme/pulse/", headers={"HX-Request": "true"})
    assert "0 / 2,000" in text(part)
    assert '<span id="count-running" class="lw-count" hx-swap-oob="true"><span class="badge bg-blue-lt">1</span>' in (
        part.content.decode()
    )


def test_a_company_that_is_not_set_up_is_led_through(browser: Client, acme: Company, now: datetime) -> None:
    page = text(browser.get("/acme/"))
    assert "Connect Back Market" in page
    assert "General Settings" in page
    operations.connect_account(company=acme, origin=ORIGIN, now=now, markets=["fr-fr"], **SANDBOX)
    assert "Download Active Listings" in text(browser.get("/acme/"))
    for address in ("/acme/", "/acme/catalog/"):
        assert '<a class="btn" href="/acme/uploads/">Upload a file</a>' in browser.get(address).content.decode()
    answer = browser.post("/acme/downloads/", follow=True)
    assert "The Active Listings are being downloaded." in text(answer)
    assert "The Active Listings are being downloaded." in text(browser.post("/acme/downloads/", follow=True))
    assert Job.objects.count() == 1


def test_a_company_with_products_is_led_to_its_first_launch_until_something_was_launched_or_linked(
    browser: Client, acme: Company, account: Account, products: Callable[..., list[str]], now: datetime
) -> None:
    products("A")
    page = browser.get("/acme/").content.decode()
    assert 'aria-current="step"' in page and "First launch" in page
    assert '<a class="btn btn-primary" href="/acme/catalog/">Manage Catalog</a>' in page
    asked.launch(company=acme, selection={"all": True}, origin=ORIGIN, now=now)
    assert "First launch" not in text(browser.get("/acme/"))


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({"backlog": 0}, "nothing waits to be sent"),
        ({"backlog": 5, "seconds_to_empty": 20.0}, "all there in under a minute"),
        ({"backlog": 5, "seconds_to_empty": 7500.0}, "all there in about 2 h 5 min"),
        ({"backlog": 5, "seconds_to_empty": float("inf")}, "none is sent: 0 lines an hour are allowed"),
        ({"backlog": 5, "seconds_to_empty": 20.0, "paused_code": "by_hand"}, "until sending, which is paused, goes on"),
    ],
)
def test_no_time_is_promised_while_nothing_is_sent(figures: dict[str, Any], told: str) -> None:
    assert all_there({"paused_code": "", "seconds_to_empty": 0.0, **figures}) == told


def test_the_start_leads_to_the_only_company_or_lets_choose(
    browser: Client, ana: User, acme: Company, now: datetime
) -> None:
    assert browser.get("/").headers["Location"] == "/acme/"
    open_company("second", ana, now)
    assert "second" in text(browser.get("/"))
