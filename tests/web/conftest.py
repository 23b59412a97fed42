"""A company with people of each role, a connection, and some products; a browser's client per person."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from listwright.catalog import operations as catalog
from listwright.catalog.types import ProductData
from listwright.companies import operations
from listwright.companies.models import Account, Company, User
from tests.api.conftest import ORIGIN, open_company, person

SANDBOX = {
    "environment": "sandbox",
    "region": "eu",
    "token": "t",
    "agent_company": "Acme",
    "contact_mail": "a@acme.example",
    "default_market": "fr-fr",
    "sandbox_url": "http://127.0.0.1:9",
}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def now(db: None) -> datetime:
    return timezone.now()


@pytest.fixture
def ana(now: datetime) -> User:
    """Administrator of Acme and of the installation."""
    return person("ana", now, superuser=True)


@pytest.fixture
def acme(ana: User, now: datetime) -> Company:
    return open_company("acme", ana, now)


@pytest.fixture
def account(acme: Company, now: datetime) -> Account:
    return operations.connect_account(company=acme, markets=["fr-fr", "de-de"], origin=ORIGIN, now=now, **SANDBOX)


@pytest.fixture
def viewer(acme: Company, now: datetime) -> User:
    user = person("vera", now)
    operations.set_member(company=acme, user=user, role="viewer", origin=ORIGIN, now=now)
    return user


@pytest.fixture
def browser(ana: User) -> Client:
    """Ana's browser; forms need their CSRF token, as in a real one."""
    return signed_in(ana)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def products(acme: Company, now: datetime) -> Callable[..., list[str]]:
    """Creates products by SKU; further values are the same for all."""

    def create(*skus: str, **values: object) -> list[str]:
        rows = [ProductData(sku=sku, name=f"Phone {sku}", **values) for sku in skus]  # type: ignore[arg-type]
        return [row.sku for row in catalog.create_products(company=acme, products=rows, origin=ORIGIN, now=now)]

    return create


def text(response: HttpResponse) -> str:
    """What a person reads on the page, in one line."""
    shown = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown)).strip()


class Strict(HTMLParser):
    """Collects what a strict Content-Security-Policy would refuse, and ids that are there twice."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.inputs: list[dict[str, str | None]] = []
        self._bare_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._bare_script = tag == "script" and "src" not in given
        if tag == "style":
            self.refused.append("<style>")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")) or (value or "").strip().startswith("javascript:"):
                self.refused.append(f"<{tag} {name}={value}>")
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label" and given.get("for"):
            self.labels.add(str(given["for"]))
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden" and "hidden" not in given:
            self.inputs.append(given)

    def handle_data(self, data: str) -> None:
        if self._bare_script and data.strip():
            self.refused.append(f"<script>{data[:60]}")
        self._bare_script = False
