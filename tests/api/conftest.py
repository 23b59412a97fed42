"""Two companies, their people by role, and a client per person."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from listwright.catalog import operations as catalog
from listwright.catalog.types import ProductData
from listwright.changes.origin import Origin
from listwright.companies import operations
from listwright.companies.models import Account, Company, User

ORIGIN = Origin.system("tests")
BASE = "/api/v1"


class Answer:
    """Status, headers and JSON of an answer."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.json: Any = None if response.streaming or not response.content else json.loads(response.content)

    @property
    def code(self) -> str:
        """The code of a problem; it must be one."""
        assert self.headers["Content-Type"] == "application/problem+json", self.headers
        assert set(self.json) == {"type", "title", "status", "code", "detail", "fields"}
        assert self.json["status"] == self.status
        assert self.json["detail"]
        return str(self.json["code"])


class Api:
    """REST as one person; addresses below the company unless they begin with a slash."""

    def __init__(self, token: str | None, company: str = "acme") -> None:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        self.client = Client(headers=headers)  # type: ignore[arg-type]
        self._company = company

    def __call__(self, method: str, address: str, body: Any = None, *, raw: bytes | None = None) -> Answer:
        path = f"{BASE}{address}" if address.startswith("/") else f"{BASE}/companies/{self._company}/{address}"
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        return Answer(self.client.generic(method, path, data, content_type="application/json"))


@pytest.fixture
def now(db: None) -> datetime:
    return timezone.now()


def person(name: str, now: datetime, **rights: Any) -> User:
    return operations.create_user(username=name, password="a long enough one", origin=ORIGIN, now=now, **rights)


def open_company(slug: str, creator: User, now: datetime) -> Company:
    return catalog.open_company(slug=slug, name=slug, currency="EUR", creator=creator, origin=ORIGIN, now=now)


def token(user: User, now: datetime) -> str:
    return operations.create_token(user=user, name="tests", origin=ORIGIN, now=now)[1]


@pytest.fixture
def ana(now: datetime) -> User:
    """Acme's administrator."""
    return person("ana", now)


@pytest.fixture
def acme(ana: User, now: datetime) -> Company:
    return open_company("acme", ana, now)


@pytest.fixture
def api(acme: Company, ana: User, now: datetime) -> Api:
    """REST as Acme's administrator."""
    return Api(token(ana, now))


@pytest.fixture
def as_role(acme: Company, now: datetime) -> Callable[[str], Api]:
    """REST as somebody of a role in Acme."""

    def make(role: str) -> Api:
        user = person(role, now)
        operations.set_member(company=acme, user=user, role=role, origin=ORIGIN, now=now)
        return Api(token(user, now))

    return make


@pytest.fixture
def installer(now: datetime) -> Api:
    """REST as an administrator of the installation, of no company."""
    return Api(token(person("ines", now, superuser=True), now))


@pytest.fixture
def account(acme: Company, now: datetime) -> Account:
    return operations.connect_account(
        company=acme,
        environment="sandbox",
        region="eu",
        token="top-secret-token",
        agent_company="Acme",
        contact_mail="ops@acme.example",
        default_market="fr-fr",
        sandbox_url="http://127.0.0.1:9",
        markets=["fr-fr", "en-gb"],
        origin=ORIGIN,
        now=now,
    )


@pytest.fixture
def phone(acme: Company, now: datetime) -> str:
    """The SKU of a product."""
    catalog.create_products(
        company=acme,
        products=[ProductData(sku="PHONE", name="Phone", site_price="199.90", stock={"main": 3})],
        origin=ORIGIN,
        now=now,
    )
    return "PHONE"
