"""A form that is sent twice is done once, and both sendings get the same answer; test_access.py sends each of them twice."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from listwright.catalog.models import Product
from listwright.changes import once
from listwright.changes.models import Answered
from listwright.companies.models import Account, ApiToken, Company, User
from listwright.jobs.models import Job
from tests.web.conftest import signed_in, text

TEMPLATES = Path(__file__).parents[2] / "src/listwright/web/templates"
# What these do twice is what they do once, and their cookies are new with each answer; others only ask.
WITHOUT = {"accounts/first.html", "accounts/sign_in.html", "components/topbar.html", "accounts/account.html: password",
           "catalog/catalog.html: grid", "settings/backmarket.html: test"}  # fmt: skip
_FORM = re.compile(r'<form\b[^>]*method="post"[^>]*>(?:(?!{% csrf_token %}).)*{% csrf_token %}({% once %})?', re.S)


def test_every_form_that_does_something_carries_its_key() -> None:
    without = [
        f"{path.relative_to(TEMPLATES)}: {form[0][:90]}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for form in _FORM.finditer(path.read_text())
        if not form[1]
    ]
    assert len(without) == len(WITHOUT), without
    for name in WITHOUT:
        path, _, told = name.partition(": ")
        assert [form for form in without if form.startswith(path) and told in form], name


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_a_slow_server_makes_one_job_and_both_clicks_hear_of_it(
    ana: User, account: Account, products: Callable[..., list[str]]
) -> None:
    products("A")
    answers: list[HttpResponse] = []
    start = threading.Barrier(4)

    def click() -> None:
        browser = signed_in(ana)
        start.wait()
        body = {"selection": '{"skus": ["A"]}', "once": "one page"}
        answers.append(browser.post("/acme/actions/launch/", body, headers={"HX-Request": "true"}))  # type: ignore[arg-type]
        connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    job = Job.objects.get()
    assert {answer.status_code for answer in answers} == {200}
    assert all(f"Job {job.pk}" in text(answer) for answer in answers)
    assert {answer.headers["HX-Retarget"] for answer in answers} == {"#toasts"}


def test_a_product_that_is_created_twice_is_there_once_and_both_answers_lead_to_it(
    browser: Client, acme: Company
) -> None:
    new = browser.get("/acme/products/new/").content.decode()
    match = re.search(r'name="once" value="([^"]+)"', new)
    assert match
    body = {"sku": "NEW", "name": "Phone", "once": match[1]}
    first = browser.post("/acme/products/new/", body)
    second = browser.post("/acme/products/new/", body)
    assert first.headers["Location"] == second.headers["Location"] == "/acme/catalog/NEW/"
    assert Product.objects.count() == 1
    # The toast of the answer that nobody saw is on the page behind the second.
    assert "NEW" in text(browser.get("/acme/catalog/NEW/"))


def test_a_token_is_made_once_and_shown_behind_the_second_click(browser: Client) -> None:
    for _ in range(2):
        assert browser.post("/account/tokens/", {"token": "feed", "once": "k"}).headers["Location"] == "/account/"
    assert ApiToken.objects.count() == 1
    assert 'id="new-token"' in browser.get("/account/").content.decode()


def test_what_was_refused_and_what_was_mended_since_is_done_when_it_is_sent_again(
    browser: Client, acme: Company
) -> None:
    refused = {"sku": "", "name": "Phone", "once": "k"}
    assert [browser.post("/acme/products/new/", refused).status_code for _ in range(2)] == [400, 400]
    assert Answered.objects.count() == 0
    assert browser.post("/acme/products/new/", refused | {"sku": "NEW"}).status_code == 302
    assert browser.post("/acme/products/new/", refused | {"sku": "NEW-2"}).status_code == 302
    assert Product.objects.count() == 2


def test_another_persons_form_with_the_same_key_is_another_form(acme: Company, ana: User, viewer: User) -> None:
    for user in (ana, viewer):
        answer = signed_in(user).post("/acme/views/", {"name": "Late", "query": "ready=false", "once": "k"})
        assert answer.status_code == 302
    assert Answered.objects.count() == 2


def test_a_form_whose_effect_is_rolled_back_leaves_no_answer_behind(
    browser: Client, acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.raise_request_exception = False
    monkeypatch.setattr("listwright.web.catalog.products.done", None)  # it breaks behind the operation
    assert browser.post("/acme/products/new/", {"sku": "NEW", "once": "k"}).status_code == 500
    assert (Product.objects.count(), Answered.objects.count()) == (0, 0)
    monkeypatch.undo()
    assert browser.post("/acme/products/new/", {"sku": "NEW", "once": "k"}).status_code == 302


def test_keys_are_forgotten_after_a_day(browser: Client, acme: Company) -> None:
    browser.post("/acme/products/new/", {"sku": "NEW", "once": "k"})
    kept = Answered.objects.get()
    once.forget(before=kept.at)
    assert Answered.objects.count() == 1
    once.forget(before=kept.at + timedelta(seconds=1))
    assert Answered.objects.count() == 0
