"""Sign in and out, first run, my account, people, tokens."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings

from listwright.companies.models import Company, User
from listwright.companies.operations import token_user
from listwright.config import settings as product
from tests.api.conftest import open_company, person
from tests.web.conftest import signed_in, text

PASSWORD = "a long enough one"


def test_one_is_sent_to_sign_in_and_back_again(ana: User, acme: Company) -> None:
    client = Client()
    away = client.get("/acme/jobs/?status=failed")
    assert away.headers["Location"] == "/sign-in/?next=%2Facme%2Fjobs%2F%3Fstatus%3Dfailed"
    values = {"username": "ana", "password": PASSWORD, "next": "/acme/jobs/?status=failed"}
    assert client.post("/sign-in/", values).headers["Location"] == "/acme/jobs/?status=failed"
    assert client.get("/acme/jobs/").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_sign_in_leads_nowhere_else(ana: User, elsewhere: str) -> None:
    answer = Client().post("/sign-in/", {"username": "ana", "password": PASSWORD, "next": elsewhere})
    assert answer.headers["Location"] == "/settings/companies/new/"


def test_sign_in_leads_straight_to_the_only_company_and_else_to_a_choice(ana: User, now: datetime) -> None:
    values = {"username": "ana", "password": PASSWORD}
    for made, address in (("", "/settings/companies/new/"), ("acme", "/acme/"), ("outlet", "/")):
        if made:
            open_company(made, ana, now)
        client = Client()
        assert client.post("/sign-in/", values).headers["Location"] == address
        assert made in client.get(address).content.decode()


def test_sign_in_does_not_tell_which_part_was_wrong(ana: User) -> None:
    wrong_password = Client().post("/sign-in/", {"username": "ana", "password": "wrong"})
    wrong_name = Client().post("/sign-in/", {"username": "who", "password": "wrong"})
    assert wrong_password.status_code == wrong_name.status_code == 400
    assert text(wrong_password) == text(wrong_name)
    assert 'value="ana"' in wrong_password.content.decode()
    assert "wrong" not in wrong_password.content.decode()


@override_settings(PASSWORD_HASHERS=product.PASSWORD_HASHERS)
def test_a_password_from_before_argon2_is_taken_and_kept_as_argon2id_from_then_on(
    ana: User,
) -> None:
    User.objects.filter(pk=ana.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    for _ in range(2):
        client = Client()
        assert client.post("/sign-in/", {"username": "ana", "password": "wrong"}).status_code == 400
        assert client.post("/sign-in/", {"username": "ana", "password": PASSWORD}).status_code == 302
        assert client.get("/account/").status_code == 200
        ana.refresh_from_db()
        assert ana.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_who_comes_for_the_first_time_sees_times_in_the_zone_of_their_device(ana: User) -> None:
    for told, kept in (("Nowhere/At All", "UTC"), ("Europe/Berlin", "Europe/Berlin"), ("Asia/Tokyo", "Europe/Berlin")):
        Client().post("/sign-in/", {"username": "ana", "password": PASSWORD, "zone": told})
        ana.refresh_from_db()
        assert ana.time_zone == kept
        if told.startswith("Nowhere"):
            User.objects.update(last_login=None)


def test_sign_out_ends_the_session_and_only_by_post(browser: Client) -> None:
    assert browser.get("/sign-out/").status_code in (403, 405)
    browser.post("/sign-out/")
    assert browser.get("/account/").status_code == 302


def test_the_first_person_becomes_administrator_from_this_machine_only(db: None) -> None:
    values = {"username": "first", "password": PASSWORD}
    stranger = Client(REMOTE_ADDR="203.0.113.9", HTTP_HOST="localhost")
    assert stranger.post("/sign-in/", values).status_code == 403
    proxied = Client(HTTP_HOST="localhost", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert proxied.post("/sign-in/", values).status_code == 403
    assert not User.objects.exists()
    near = Client(HTTP_HOST="localhost")
    assert "Nobody is here yet" in text(near.get("/sign-in/"))
    short = near.post("/sign-in/", values | {"password": "short"})
    assert short.status_code == 400
    assert 'value="first"' in short.content.decode()
    assert near.post("/sign-in/", values).headers["Location"] == "/settings/companies/new/"
    assert User.objects.get().is_superuser
    made = near.post("/settings/companies/new/", {"name": "Acme", "slug": "acme", "currency": "eur"})
    assert made.headers["Location"] == "/acme/"
    assert "Set up Acme" in text(near.get("/acme/"))


def test_a_wrong_company_keeps_what_was_typed_and_marks_the_field(browser: Client) -> None:
    answer = browser.post("/settings/companies/new/", {"name": "Acme", "slug": "Not Usable!", "currency": "EUR"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert 'value="Not Usable!"' in page
    assert 'aria-invalid="true"' in page
    assert "is not usable" in text(answer)


def test_a_new_password_ends_the_other_sessions(ana: User) -> None:
    here, elsewhere = signed_in(ana), signed_in(ana)
    wrong = here.post(
        "/account/password/", {"current": "no", "new": "another long one", "repeated": "another long one"}
    )
    assert wrong.status_code == 400
    assert "This is not your present password." in text(wrong)
    here.post("/account/password/", {"current": PASSWORD, "new": "another long one", "repeated": "another long one"})
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_time_zone_and_theme_are_the_persons(browser: Client, ana: User, acme: Company) -> None:
    browser.post("/account/", {"time_zone": "Asia/Tokyo", "theme": "dark"})
    page = browser.get("/account/").content.decode()
    assert 'data-theme-wanted="dark"' in page
    browser.post("/account/tokens/", {"token": "feed"})
    assert " JST" in browser.get("/account/").content.decode()
    wrong = browser.post("/account/", {"time_zone": "Mars/Olympus", "theme": "dark"})
    assert "is no time zone" in text(wrong)


def test_a_token_is_shown_once_works_and_can_be_revoked(browser: Client, ana: User, now: datetime) -> None:
    made = browser.post("/account/tokens/", {"token": "stock feed"}, follow=True)
    found = re.search(r'id="new-token"[^>]*>([^<]+)<', made.content.decode())
    assert found
    assert made.headers["Cache-Control"] == "no-store"
    assert token_user(plain=found[1], now=now) == ana
    page = browser.get("/account/").content.decode()
    assert found[1] not in page
    assert "stock feed" in page
    revoke = re.search(r'action="(/account/tokens/\d+/revoke/)"', page)
    assert revoke
    browser.post(revoke[1])
    assert token_user(plain=found[1], now=now) is None


def test_somebody_elses_token_cannot_be_revoked(browser: Client, ana: User, now: datetime) -> None:
    other = signed_in(person("otto", now))
    other.post("/account/tokens/", {"token": "his"})
    page = other.get("/account/").content.decode()
    revoke = re.search(r'action="(/account/tokens/\d+/revoke/)"', page)
    assert revoke
    assert browser.post(revoke[1]).status_code == 404


def test_an_invited_person_signs_in_with_the_first_password(browser: Client, acme: Company) -> None:
    made = browser.post("/settings/people/", {"username": "paul", "company": "acme", "role": "operator"}, follow=True)
    found = re.search(r'id="first-password"[^>]*>([^<]+)<', made.content.decode())
    assert found
    assert found[1] not in browser.get("/settings/people/").content.decode()
    client = Client()
    client.post("/sign-in/", {"username": "paul", "password": found[1]})
    assert "Add product" in text(client.get("/acme/catalog/"))
    assert client.get("/settings/people/").status_code == 403


def test_a_disabled_person_is_out_at_once(browser: Client, viewer: User) -> None:
    theirs = signed_in(viewer)
    assert theirs.get("/acme/").status_code == 200
    browser.post(f"/settings/people/{viewer.pk}/active/", {"active": "false"})
    assert theirs.get("/acme/").status_code == 302
    browser.post(f"/settings/people/{viewer.pk}/active/", {"active": "true"})
    assert signed_in(viewer).get("/acme/").status_code == 200


def test_nobody_disables_themselves_or_leaves_a_company_without_administrator(
    browser: Client, ana: User, acme: Company
) -> None:
    assert browser.post(f"/settings/people/{ana.pk}/active/", {"active": "false"}).status_code == 409
    leaving = browser.post(f"/settings/people/{ana.pk}/role/", {"company": "acme", "role": ""})
    assert leaving.status_code == 409
    assert "only administrator" in text(leaving)


def test_a_role_that_does_not_exist_is_refused(browser: Client, viewer: User, acme: Company) -> None:
    answer = browser.post(f"/settings/people/{viewer.pk}/role/", {"company": "acme", "role": "emperor"})
    assert answer.status_code == 400
