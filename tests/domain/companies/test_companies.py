from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from listwright.changes.models import Change
from listwright.common.errors import Conflict, Invalid, NotAllowed, NotFound
from listwright.common.text import visible
from listwright.companies import access, operations, queries
from listwright.companies.models import Account, ApiToken, Company, User

from .conftest import NOW, ORIGIN


def create(slug: str = "other", **changes: str) -> Company:
    values = {"slug": slug, "name": "Other", "currency": "EUR"} | changes
    return operations.create_company(**values, creator=None, origin=ORIGIN, now=NOW)


def test_a_new_company_has_an_administrator_and_a_suggested_condition_map(acme: Company, ana: User) -> None:
    assert [row.role for row in queries.companies_of(ana)] == ["administrator"]
    assert queries.condition_map(acme)["very good"] == "VERY_GOOD"
    assert Change.objects.filter(subject="company", operation="create").count() == 1


@pytest.mark.parametrize("slug", ["", "Acme", "a b", "-a", "a-", "a_b", "é", "x" * 65, "settings", "api", "healthz"])
def test_an_unusable_slug_is_refused(db: None, slug: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create(slug)
    assert "slug" in refusal.value.fields


def test_a_taken_slug_is_a_conflict(acme: Company) -> None:
    with pytest.raises(Conflict, match="acme"):
        create("acme")


def test_a_currency_has_three_letters(db: None) -> None:
    with pytest.raises(Invalid) as refusal:
        create(currency="euro")
    assert "currency" in refusal.value.fields
    assert create(currency="gbp").currency == "GBP"


def test_another_currency_starts_a_wave(account: Account) -> None:
    operations.update_company(company=account.company, changes={"currency": "GBP"}, origin=ORIGIN, now=NOW)
    assert queries.account(account.company).settings_generation == account.settings_generation + 1
    operations.update_company(company=account.company, changes={"name": "New"}, origin=ORIGIN, now=NOW)
    assert queries.account(account.company).settings_generation == account.settings_generation + 1


def test_a_stranger_cannot_tell_a_foreign_company_from_none(acme: Company) -> None:
    stranger = User.objects.create(username="stranger")
    sayings = set()
    for user in (stranger, AnonymousUser(), None):
        for slug in ("acme", "nowhere", "a\x00b"):
            with pytest.raises(NotFound) as refusal:
                access.require(user, slug, "viewer")
            sayings.add((refusal.value.code, refusal.value.message.replace(visible(slug), "…")))
    assert len(sayings) == 1


def test_roles_include_the_smaller_ones(acme: Company) -> None:
    person = User.objects.create(username="vera")
    order = ["viewer", "operator", "administrator"]
    for rank, held in enumerate(order):
        operations.set_member(company=acme, user=person, role=held, origin=ORIGIN, now=NOW)
        for needed in order[: rank + 1]:
            assert access.require(person, "ACME", needed) == acme
        for needed in order[rank + 1 :]:
            with pytest.raises(NotAllowed):
                access.require(person, "acme", needed)


def test_an_inactive_person_is_a_stranger(acme: Company, ana: User) -> None:
    ana.is_active = False
    ana.save()
    with pytest.raises(NotFound):
        access.require(ana, "acme", "viewer")


def test_the_last_administrator_stays(acme: Company, ana: User) -> None:
    for role in ("viewer", None):
        with pytest.raises(Conflict, match="only administrator"):
            operations.set_member(company=acme, user=ana, role=role, origin=ORIGIN, now=NOW)
    other = User.objects.create(username="bea")
    operations.set_member(company=acme, user=other, role="administrator", origin=ORIGIN, now=NOW)
    operations.set_member(company=acme, user=ana, role=None, origin=ORIGIN, now=NOW)
    assert [row.username for row in queries.members(acme)] == ["bea"]


def test_only_a_superuser_administers_the_installation(ana: User) -> None:
    with pytest.raises(NotAllowed):
        access.require_installation(ana)
    ana.is_superuser = True
    assert access.require_installation(ana) == ana


def test_a_user_name_is_taken_whatever_its_letter_case(ana: User) -> None:
    with pytest.raises(Conflict):
        operations.create_user(username="ANA", password="a long enough one", origin=ORIGIN, now=NOW)
    with pytest.raises(Invalid) as refusal:
        operations.create_user(username="b b", password="short", email="x", origin=ORIGIN, now=NOW)
    assert set(refusal.value.fields) == {"username", "password", "email"}


def test_a_token_acts_as_its_person_until_it_is_revoked(ana: User) -> None:
    token, plain = operations.create_token(user=ana, name="feed", origin=ORIGIN, now=NOW)
    assert operations.token_user(plain=plain, now=NOW) == ana
    assert operations.token_user(plain=plain + "x", now=NOW) is None
    assert plain not in str(ApiToken.objects.values().get()) + str(list(Change.objects.values()))
    operations.revoke_token(user=ana, token_id=token.pk, origin=ORIGIN, now=NOW)
    assert operations.token_user(plain=plain, now=NOW) is None
    with pytest.raises(NotFound):
        operations.revoke_token(user=ana, token_id=token.pk, origin=ORIGIN, now=NOW)


def test_a_token_of_somebody_else_cannot_be_revoked(ana: User) -> None:
    token, plain = operations.create_token(user=ana, name="feed", origin=ORIGIN, now=NOW)
    with pytest.raises(NotFound):
        operations.revoke_token(user=User.objects.create(username="eve"), token_id=token.pk, origin=ORIGIN, now=NOW)
    assert operations.token_user(plain=plain, now=NOW) == ana


def test_a_token_of_an_inactive_person_opens_nothing(ana: User) -> None:
    _, plain = operations.create_token(user=ana, name="feed", origin=ORIGIN, now=NOW)
    User.objects.update(is_active=False)
    assert operations.token_user(plain=plain, now=NOW) is None


def test_the_use_of_a_token_is_noted_once_a_minute(ana: User) -> None:
    _, plain = operations.create_token(user=ana, name="feed", origin=ORIGIN, now=NOW)
    for seconds, statements in ((0, 2), (30, 1), (59, 1), (60, 2)):
        with CaptureQueriesContext(connection) as captured:
            operations.token_user(plain=plain, now=NOW + timedelta(seconds=seconds))
        assert len(captured) == statements


def test_conditions_are_mapped_ignoring_letter_case(account: Account) -> None:
    acme = account.company
    operations.set_conditions(
        company=acme, grades={"GRADE a": "GOOD", "Ex-display": "FAIR", "Fair": None}, origin=ORIGIN, now=NOW
    )
    mapped = queries.condition_map(acme)
    assert (mapped["grade a"], mapped["ex-display"], mapped.get("fair")) == ("GOOD", "FAIR", None)
    assert queries.account(acme).settings_generation == account.settings_generation + 1
    assert Change.objects.latest("id").cells == {
        "GRADE a": ["EXCELLENT", "GOOD"],
        "Ex-display": [None, "FAIR"],
        "Fair": ["FAIR", None],
    }


def test_an_unmapped_condition_is_kept_without_a_grade(acme: Company) -> None:
    operations.set_condition(company=acme, condition="Scratched", grade="", origin=ORIGIN, now=NOW)
    assert ("Scratched", "") in queries.conditions(acme)
    assert "scratched" not in queries.condition_map(acme)


def test_an_unknown_grade_changes_nothing(acme: Company) -> None:
    before = queries.conditions(acme)
    with pytest.raises(Invalid) as refusal:
        grades = {"New": "GOOD", "Odd": "SHINY", "a\x00b": "GOOD", " ": "GOOD", "new": "FAIR"}
        operations.set_conditions(company=acme, grades=grades, origin=ORIGIN, now=NOW)
    assert set(refusal.value.fields) == {"Odd", "a\x00b", " ", "new"}
    assert queries.conditions(acme) == before


def test_client_settings_start_a_wave_in_every_company(account: Account) -> None:
    assert not queries.client_settings().filtered_products
    for _ in range(2):  # the second time nothing changes
        operations.update_client_settings(changes={"filtered_products": True}, origin=ORIGIN, now=NOW)
    assert queries.client_settings().filtered_products
    assert queries.account(account.company).settings_generation == account.settings_generation + 1
    with pytest.raises(Invalid):
        operations.update_client_settings(changes={"filtered_products": "yes"}, origin=ORIGIN, now=NOW)
