"""Read companies, accounts and settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from listwright.changes import prepared
from listwright.channels.protocol import Connection
from listwright.channels.registry import channel
from listwright.common.errors import NotFound, NotReady
from listwright.common.reading import asked_once
from listwright.common.text import fold, visible
from listwright.companies import secrets
from listwright.companies.models import (
    Account,
    AccountMarket,
    ApiToken,
    ClientSettings,
    Company,
    ConditionMapping,
    Membership,
    User,
)


class CompanyRow(NamedTuple):
    """A company as one person sees it."""

    id: int
    slug: str
    name: str
    currency: str
    role: str


class MemberRow(NamedTuple):
    """A person in a company."""

    user_id: int
    username: str
    email: str
    role: str
    created_at: datetime


class MarketSettings(NamedTuple):
    """One market of an account."""

    market: str
    enabled: bool
    comment: str


@dataclass(frozen=True, slots=True)
class SettingsView:
    """An account's settings for people and programs: everything but the token."""

    account_id: int
    environment: str
    region: str
    sandbox_url: str
    token_set: bool
    agent_company: str
    contact_mail: str
    default_market: str
    inventory_upload: bool
    prices_upload: bool
    orders_download: bool
    stock_feed: str
    default_max_quantity: int | None
    default_safety_quantity: int
    default_warranty_months: int | None
    default_comment: str
    hourly_lines: int
    send_min_price: bool
    breaker_zeros_share: int | None
    breaker_zeros_least: int
    breaker_price_fall: int | None
    breaker_refused_share: int | None
    breaker_refused_least: int
    breaker_minutes: int
    drift_prices: str
    drift_more: str
    drift_less: str
    drift_grace_minutes: int
    settings_generation: int
    paused_at: datetime | None
    paused_code: str
    paused_message: str
    markets: tuple[MarketSettings, ...]


def company(slug: str) -> Company:
    """A company by its slug, for the command line; other front doors go through `access.require`. Raises NotFound."""
    found = Company.objects.filter(slug__iexact=visible(slug)).first()
    if found is None:
        raise NotFound("company_not_found", f"There is no company '{slug}'.")
    return found


def everyone() -> list[Company]:
    """All companies, by slug; for the command line and monitoring, never for a person's page."""
    return list(Company.objects.order_by("slug"))


_COMPANIES_OF = """SELECT company.id, company.slug, company.name, company.currency, membership.role
FROM companies_membership AS membership JOIN companies_company AS company ON company.id = membership.company_id
WHERE membership.user_id = %s ORDER BY company.name, company.id"""


@asked_once
def companies_of(user: User) -> list[CompanyRow]:
    """The companies a person is a member of, by name."""
    return [CompanyRow(*row) for row in prepared.rows(_COMPANIES_OF, [user.pk])]


def members(company: Company) -> list[MemberRow]:
    """The people of a company, by name."""
    rows = Membership.objects.filter(company=company).order_by("user__username")
    return [
        MemberRow(*row) for row in rows.values_list("user_id", "user__username", "user__email", "role", "created_at")
    ]


def user(username: str) -> User:
    """A person by name, letter case ignored. Raises NotFound."""
    found = User.objects.filter(username__iexact=visible(username)).first()
    if found is None:
        raise NotFound("user_not_found", f"There is no person '{username}'.")
    return found


def person(user_id: int) -> User | None:
    """A person by number, for the session."""
    return next(iter(prepared.instances(User, "row.id = %s", [user_id])), None)


def users() -> QuerySet[User]:
    """Everybody, by name; for the installation's administrators."""
    return User.objects.order_by("username")


def tokens(user: User) -> QuerySet[ApiToken]:
    """A person's live tokens, newest first."""
    return ApiToken.objects.filter(user=user, revoked_at__isnull=True).order_by("-created_at", "-id")


@asked_once
def account(company: Company) -> Account:
    """The company's connection to Back Market. Raises NotReady when there is none yet."""
    found = prepared.instances(Account, "row.company_id = %s", [company.pk])
    if not found:
        raise NotReady("not_connected", f"{company.name} is not connected to Back Market yet.")
    return found[0]


def connection(account: Account) -> Connection:
    """How to reach the account, its token in the clear: for the adapter alone. Raises NotReady without a token."""
    if not account.token_encrypted:
        raise NotReady("not_connected", "There is no token for Back Market. Enter it in General Settings.")
    return Connection(
        environment=account.environment,
        region=account.region,
        token=secrets.decrypt(account.token_encrypted),
        agent_company=account.agent_company,
        contact_mail=account.contact_mail,
        default_market=account.default_market,
        base_url=account.sandbox_url if account.environment == "sandbox" else "",
    )


@asked_once
def markets(account: Account) -> list[AccountMarket]:
    """The account's markets, switched on or off, by code."""
    return prepared.instances(AccountMarket, "row.account_id = %s ORDER BY row.market", [account.pk])


def main_market(company: Company) -> str:
    """The market a company's own amounts are written for: its default market if that is in its currency, else the first
    that is switched on and is; "" for none."""
    try:
        connected = account(company)
    except NotReady:
        return ""
    codes = [row.market for row in markets(connected) if row.enabled]
    if codes:
        codes.insert(0, connected.default_market)
    return next((code for code in codes if channel("backmarket").market(code).currency == company.currency), "")


def settings_view(account: Account) -> SettingsView:
    """The settings as shown; never the token."""
    same = {name: getattr(account, name) for name in SettingsView.__slots__ if hasattr(account, name)}
    same["markets"] = tuple(MarketSettings(row.market, row.enabled, row.comment) for row in markets(account))
    return SettingsView(account_id=account.pk, token_set=bool(account.token_encrypted), **same)


def condition_map(company: Company | int) -> dict[str, str]:
    """{folded condition: grade} of the conditions that have a grade; look up with `common.text.fold`."""
    company_id = company if isinstance(company, int) else company.pk
    rows = ConditionMapping.objects.filter(company_id=company_id).exclude(grade="").values_list("condition", "grade")
    return {fold(condition): grade for condition, grade in rows}


@asked_once
def conditions(company: Company) -> Sequence[tuple[str, str]]:
    """(condition, grade) as written by the company, by condition; grade "" when it has none."""
    statement = "SELECT condition, grade FROM companies_conditionmapping WHERE company_id = %s ORDER BY condition"
    return [(condition, grade) for condition, grade in prepared.rows(statement, [company.pk])]


@asked_once
def client_settings() -> ClientSettings:
    """The installation's settings; the defaults while nobody has set any."""
    return ClientSettings.objects.filter(pk=1).first() or ClientSettings(pk=1)
