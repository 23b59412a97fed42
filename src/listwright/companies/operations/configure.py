"""Connect a company or change its connection, by the same call: what a program sends does not differ."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from listwright.changes.origin import Origin
from listwright.companies.models import Account, Company
from listwright.companies.operations.accounts import connect_account, update_account_settings

_TO_CONNECT = {
    "environment": "production",
    "region": "eu",
    "token": "",
    "agent_company": "",
    "contact_mail": "",
    "default_market": "fr-fr",
    "sandbox_url": "",
}


@transaction.atomic
def configure_account(
    *,
    company: Company,
    changes: Mapping[str, Any],
    origin: Origin,
    now: datetime,
    expected: Mapping[str, Any] | None = None,
) -> Account:
    """`update_account_settings`, which connects the company first when it is not; raises what the two raise.

    Without an answer the environment is production, the region eu, the default market fr-fr.
    """
    if not Account.objects.filter(company=company).exists():
        given = {name: changes.get(name, usual) for name, usual in _TO_CONNECT.items()}
        markets = [code for code, market in (changes.get("markets") or {}).items() if market.get("enabled", True)]
        connect_account(company=company, markets=markets, origin=origin, now=now, **given)
        changes = {name: value for name, value in changes.items() if name not in _TO_CONNECT}
    return update_account_settings(company=company, changes=changes, origin=origin, now=now, expected=expected)


def check_account(
    *,
    company: Company,
    changes: Mapping[str, Any],
    origin: Origin,
    now: datetime,
    expected: Mapping[str, Any] | None = None,
) -> None:
    """Raise what `configure_account` would raise for the same; nothing is written."""
    with transaction.atomic():
        configure_account(company=company, changes=changes, origin=origin, now=now, expected=expected)
        transaction.set_rollback(True)
