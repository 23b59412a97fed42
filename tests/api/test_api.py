"""What holds for every operation of REST."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from listwright.companies import operations
from listwright.companies.models import ApiToken, Company, User
from tests.api.conftest import ORIGIN, Api, token
from tests.domain.sync.planning import raw


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer lw_wrong", "Basic YTpi", "Bearer \u00e9", "lw_x"])
def test_without_a_valid_token_nothing_is_told(acme: Company, header: str) -> None:
    client = Client(headers={"authorization": header})
    for address in ("companies", "companies/acme/products", "companies/nobody/products"):
        response = client.get(f"/api/v1/{address}")
        assert response.status_code == 401
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(acme: Company, ana: User) -> None:
    client = Client()
    client.force_login(ana)
    assert client.get("/api/v1/companies").status_code == 401


def test_a_revoked_token_and_one_of_a_blocked_person_are_refused(acme: Company, ana: User, now: datetime) -> None:
    plain = token(ana, now)
    assert Api(plain)("GET", "/companies").status == 200
    operations.revoke_token(user=ana, token_id=ApiToken.objects.get().pk, origin=ORIGIN, now=now)
    assert Api(plain)("GET", "/companies").status == 401
    other = token(ana, now)
    User.objects.update(is_active=False)
    assert Api(other)("GET", "/companies").status == 401


def test_the_use_of_a_token_is_noted(acme: Company, ana: User, now: datetime) -> None:
    Api(token(ana, now))("GET", "/companies")
    used = ApiToken.objects.get().last_used_at
    assert used is not None
    assert used - now < timedelta(minutes=1)


def test_history_names_the_token(api: Api, phone: str) -> None:
    from listwright.changes.models import Change

    api("PATCH", f"products/{phone}", {"name": "New"})
    change = Change.objects.order_by("-id")[0]
    assert (change.origin, change.origin_id, change.origin_label) == ("token", ApiToken.objects.get().pk, "tests")


def test_an_unknown_address_and_another_method_are_problems(api: Api) -> None:
    assert api("GET", "/nothing").code == "address_unknown"
    assert api("GET", "/").code == "address_unknown"
    other = api("PUT", "products")
    assert (other.status, other.code) == (405, "method_not_allowed")
    assert other.headers["Allow"] == "GET, POST"


def test_the_description_is_for_those_inside(api: Api, ana: User) -> None:
    assert Client().get("/api/v1/openapi.json").status_code == 401
    inside = Client()
    inside.force_login(ana)
    assert inside.get("/api/v1/openapi.json").status_code == 200
    described = api("GET", "/openapi.json").json
    product = described["paths"]["/api/v1/companies/{company}/products"]
    assert {item["name"] for item in product["get"]["parameters"]} > {"search", "sort", "cursor", "limit"}
    assert product["post"]["security"] == [{"Guard": []}]
    problem = product["post"]["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"]
    assert problem == "#/components/schemas/Problem"
    assert set(described["components"]["schemas"]["Problem"]["required"]) > {"code", "detail", "fields"}


def test_a_defect_is_a_problem_that_tells_nothing(api: Api) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE companies_membership RENAME TO secret_detail")
    api.client.raise_request_exception = False
    answer = api("GET", "/companies")
    assert (answer.status, answer.code) == (500, "defect")
    assert "membership" not in str(answer.json)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_is_told_as_503_and_the_log_says_why(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with raw() as other, connection.cursor() as cursor:
        other.execute("LOCK TABLE catalog_product")
        cursor.execute("SET lock_timeout = '20ms'")
        try:
            answer = api("GET", "products")
        finally:
            cursor.execute("RESET lock_timeout")
        other.rollback()
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "database_unavailable", "2")
    assert "GET /api/v1/companies/acme/products: the database failed: canceling statement" in caplog.text
