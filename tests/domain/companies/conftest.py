from datetime import UTC, datetime

import pytest

from listwright.changes.origin import Origin
from listwright.companies import operations
from listwright.companies.models import Account, Company, User

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORIGIN = Origin("person", 1, "Ana")


@pytest.fixture
def ana(db: None) -> User:
    return operations.create_user(username="ana", password="a long enough one", origin=ORIGIN, now=NOW)


@pytest.fixture
def acme(ana: User) -> Company:
    return operations.create_company(
        slug="acme", name="Acme Phones", currency="EUR", creator=ana, origin=ORIGIN, now=NOW
    )


def connect(company: Company, **changes: object) -> Account:
    values = {
        "environment": "sandbox",
        "region": "eu",
        "token": "top-secret-token",
        "agent_company": "Acme",
        "contact_mail": "ops@acme.example",
        "default_market": "fr-fr",
        "sandbox_url": "http://127.0.0.1:8100",
        "markets": ["fr-fr", "de-de"],
    } | changes
    return operations.connect_account(company=company, **values, origin=ORIGIN, now=NOW)  # type: ignore[arg-type]


@pytest.fixture
def account(acme: Company) -> Account:
    return connect(acme)
