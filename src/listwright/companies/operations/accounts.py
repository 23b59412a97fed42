"""Connect a company to Back Market, and change how (C1)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from listwright.changes.meanwhile import refuse_overtaken
from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.changes.wake import wake
from listwright.channels.registry import channel
from listwright.common.errors import Conflict, Invalid, NotFound, NotReady
from listwright.companies import fields, secrets
from listwright.companies.models import Account, AccountMarket, Company, Environment
from listwright.companies.operations.settings_wave import settings_changed

DISCONNECTED = "disconnected"
ACCESS_DENIED = "access_denied"
_MENDED_BY_TOKEN = (DISCONNECTED, ACCESS_DENIED)
_IDENTITY = ("environment", "region")
_HIDDEN = "••••"


@transaction.atomic
def connect_account(
    *,
    company: Company,
    environment: str,
    region: str,
    token: str,
    agent_company: str,
    contact_mail: str,
    default_market: str,
    sandbox_url: str = "",
    markets: Iterable[str] = (),
    origin: Origin,
    now: datetime,
) -> Account:
    """Connect the company: both uploads off, the given markets on (without any, the default market alone).

    Raises Invalid naming the field, Conflict when the company has its one connection already.
    """
    if Account.objects.filter(company=company).exists():
        raise Conflict(
            "account_exists",
            f"{company.name} is connected to Back Market already; change that connection in General Settings instead.",
        )
    given = {
        "environment": environment,
        "region": region,
        "token": token,
        "agent_company": agent_company,
        "contact_mail": contact_mail,
        "default_market": default_market,
        "sandbox_url": sandbox_url,
    }
    values, wrong = fields.parse_all(given, fields.ACCOUNT)
    chosen = {code: {"enabled": True} for code in (list(markets) or [default_market])}
    account = Account(company=company, created_at=now)
    after = _with(account, values)
    wanted, market_errors = _markets_after({}, chosen, after.region)
    wrong |= market_errors
    if not wrong:
        wrong = _disagreements(after, {"token", *values}, wanted)
    if wrong:
        raise Invalid("invalid_account", "The account was not connected: " + " ".join(wrong.values()), wrong)
    after.save()
    AccountMarket.objects.bulk_create(
        AccountMarket(account=after, market=code, enabled=enabled, comment=comment)
        for code, (enabled, comment) in wanted.items()
    )
    cells = {name: [None, _HIDDEN if name == "token" else value] for name, value in values.items()}
    cells["markets"] = [None, sorted(wanted)]
    record(company_id=company.pk, entries=[Entry("account", after.pk, "connect", cells)], origin=origin, now=now)
    wake("plan")
    return after


@transaction.atomic
def update_account_settings(
    *,
    company: Company,
    changes: Mapping[str, Any],
    origin: Origin,
    now: datetime,
    expected: Mapping[str, Any] | None = None,
) -> Account:
    """Change any subset of the settings; `markets` is {code: {enabled, comment}}, markets not named stay.

    `expected` are the values a person saw, as history writes them: a field that is another's by now is a Conflict.

    Unchanged values write nothing. A new token ends a pause that the old one caused. Raises Invalid naming the fields;
    Conflict for another environment or region while listings are linked (rule 10); NotReady without a connection.
    """
    account = _locked(company)
    changes = dict(changes)
    market_changes = changes.pop("markets", None)
    values, wrong = fields.parse_all(changes, fields.ACCOUNT)
    after = _with(account, values)
    before_markets = {row.market: (row.enabled, row.comment) for row in account.markets.all()}
    wanted, market_errors = _markets_after(before_markets, market_changes or {}, after.region)
    wrong |= market_errors
    if not wrong:
        wrong = _disagreements(after, set(values), wanted)
    if wrong:
        raise Invalid("invalid_settings", "Nothing was changed: " + " ".join(wrong.values()), wrong)

    cells = _cells(account, values)
    moved = [name for name in _IDENTITY if name in cells]
    if moved:
        _refuse_while_linked(account, f"The {' and '.join(moved)} cannot be changed", moved)
    for code, value in wanted.items():
        old = before_markets.get(code, (False, ""))
        for name, was, is_now in zip(("enabled", "comment"), old, value, strict=True):
            if was != is_now:
                cells[f"markets.{code}.{name}"] = [was, is_now]
    if not cells:
        return account
    refuse_overtaken(cells, expected)
    if "token" in cells and account.paused_code in _MENDED_BY_TOKEN:
        after.paused_at, after.paused_code, after.paused_message = None, "", ""
        cells["paused"] = [account.paused_code, None]
        wake("lease")
    after.save()
    _store_markets(after, wanted, before_markets)
    record(company_id=company.pk, entries=[Entry("account", after.pk, "update", cells)], origin=origin, now=now)
    if any(name.partition(".")[0] in fields.ALTER_DESIRED for name in cells):
        settings_changed(company_id=company.pk)
        after.refresh_from_db(fields=["settings_generation"])
    return after


def set_markets(
    *, company: Company, markets: Mapping[str, Mapping[str, Any]], origin: Origin, now: datetime
) -> Account:
    """Switch markets on or off and set their comments: {code: {enabled, comment}}; as `update_account_settings`."""
    return update_account_settings(company=company, changes={"markets": markets}, origin=origin, now=now)


@transaction.atomic
def disconnect_account(*, company: Company, origin: Origin, now: datetime) -> None:
    """Forget the token and switch both uploads off; properties and history stay for a later connection.

    Raises Conflict while listings are linked (rule 10), NotReady without a connection.
    """
    account = _locked(company)
    if not account.token_encrypted:
        return
    _refuse_while_linked(account, "Back Market cannot be disconnected", [])
    cells = {"token": [_HIDDEN, None]}
    for name in ("inventory_upload", "prices_upload"):
        if getattr(account, name):
            cells[name] = [True, False]  # type: ignore[list-item]
            setattr(account, name, False)
    account.token_encrypted = b""
    account.paused_at, account.paused_code = now, DISCONNECTED
    account.paused_message = "Disconnected. Enter a token to connect again."
    account.save()
    record(company_id=company.pk, entries=[Entry("account", account.pk, "disconnect", cells)], origin=origin, now=now)
    settings_changed(company_id=company.pk)


@transaction.atomic
def pause_account(
    *, account_id: int, code: str, message: str, token: bytes | None = None, origin: Origin | None = None, now: datetime
) -> bool:
    """Stop all sending for an account and keep its queue; True when it was not paused before.

    `code` says why (`access_denied`, `by_hand`, …), `message` is shown to people with the remedy. `token`: the sealed
    token whose use is the reason, which is none any more once the account has another.
    """
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise NotFound("account_not_found", f"There is no account {account_id}.")
    if account.paused_at is not None or token not in (None, bytes(account.token_encrypted)):
        return False
    account.paused_at, account.paused_code, account.paused_message = now, code, message
    account.save(update_fields=["paused_at", "paused_code", "paused_message"])
    entry = Entry("account", account.pk, "pause", {"paused": [None, code], "message": [None, message]})
    record(company_id=account.company_id, entries=[entry], origin=origin or Origin.system("sync"), now=now)
    return True


@transaction.atomic
def resume_account(*, account_id: int, origin: Origin, now: datetime) -> bool:
    """Send again; True when it was paused. Raises NotReady for a disconnected account, which needs its token first."""
    account = Account.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise NotFound("account_not_found", f"There is no account {account_id}.")
    if account.paused_at is None:
        return False
    if not account.token_encrypted:
        raise NotReady("not_connected", "There is no token to send with. Enter it in General Settings.")
    entry = Entry("account", account.pk, "resume", {"paused": [account.paused_code, None]})
    account.paused_at, account.paused_code, account.paused_message = None, "", ""
    account.save(update_fields=["paused_at", "paused_code", "paused_message"])
    record(company_id=account.company_id, entries=[entry], origin=origin, now=now)
    wake("plan")
    wake("lease")
    return True


def _locked(company: Company) -> Account:
    account = Account.objects.select_for_update(no_key=True).filter(company=company).first()
    if account is None:
        raise NotReady("not_connected", f"{company.name} is not connected to Back Market yet.")
    return account


def _with(account: Account, values: Mapping[str, Any]) -> Account:
    """A second, unsaved object of the same row that holds the new values."""
    stored = {field.attname: getattr(account, field.attname) for field in Account._meta.concrete_fields}
    after = Account(**stored)
    after._state.adding = account._state.adding
    after._state.db = account._state.db
    for name, value in values.items():
        if name == "token":
            after.token_encrypted = secrets.encrypt(value)
        else:
            setattr(after, name, value)
    return after


def _cells(account: Account, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    cells = {
        name: [getattr(account, name), value]
        for name, value in values.items()
        if name != "token" and getattr(account, name) != value
    }
    if "token" in values and (not account.token_encrypted or _token(account) != values["token"]):
        cells["token"] = [_HIDDEN if account.token_encrypted else None, _HIDDEN]
    return cells


def _token(account: Account) -> str | None:
    try:
        return secrets.decrypt(account.token_encrypted)
    except NotReady:  # the secret key was lost: any token is a new one
        return None


def _markets_after(
    before: Mapping[str, tuple[bool, str]], changes: Mapping[str, Mapping[str, Any]], region: str
) -> tuple[dict[str, tuple[bool, str]], dict[str, str]]:
    """The markets of the region with the changes made: {code: (enabled, comment)}, and {field: sentence}."""
    if region not in fields.REGIONS:  # said next to the region itself
        return {}, {}
    known = {market.code for market in channel("backmarket").markets(region)}
    # Those of another region fall away when the region changes.
    after = {code: value for code, value in before.items() if code in known}
    parsers = {"enabled": fields.flag, "comment": fields.text(500)}
    wrong: dict[str, str] = {}
    for code, change in changes.items():
        if code not in known:
            wrong[f"markets.{code}"] = (
                f"'{code}' is no market of {fields.REGIONS[region]}: choose among {', '.join(sorted(known))}."
            )
            continue
        values, errors = fields.parse_all(change, parsers)
        wrong |= {f"markets.{code}.{name}": sentence for name, sentence in errors.items()}
        enabled, comment = after.get(code, (False, ""))
        after[code] = (values.get("enabled", enabled), values.get("comment", comment))
    return after, wrong


def _disagreements(account: Account, given: set[str], markets: Mapping[str, tuple[bool, str]]) -> dict[str, str]:
    """What is wrong between settings that are each right in themselves: {field: sentence}."""
    wrong: dict[str, str] = {}
    if not markets.get(account.default_market, (False, ""))[0]:
        wrong["default_market"] = (
            f"The default market {account.default_market} must be one of the markets switched on: "
            f"{', '.join(sorted(code for code, (enabled, _) in markets.items() if enabled)) or 'none is'}."
        )
    if account.environment == Environment.SANDBOX and not account.sandbox_url:
        wrong["sandbox_url"] = "Give the sandbox's address, such as http://127.0.0.1:8100."
    if account.inventory_upload and not account.orders_download:
        field = "orders_download" if "orders_download" in given else "inventory_upload"
        wrong[field] = (
            "Inventory upload needs order download: without orders, Listwright would raise what Back Market just sold."
        )
    if account.inventory_upload and not account.stock_feed:
        wrong["stock_feed"] = (
            "Inventory upload needs an answer: what do your stock figures say of Back Market's orders?"
        )
    if (account.inventory_upload or account.prices_upload) and not account.token_encrypted:
        wrong["token"] = "Enter the token before switching an upload on."  # noqa: S105
    return wrong


def _store_markets(
    account: Account, wanted: Mapping[str, tuple[bool, str]], before: Mapping[str, tuple[bool, str]]
) -> None:
    AccountMarket.objects.filter(account=account, market__in=set(before) - set(wanted)).delete()
    AccountMarket.objects.bulk_create(
        [
            AccountMarket(account=account, market=code, enabled=enabled, comment=comment)
            for code, (enabled, comment) in wanted.items()
            if before.get(code) != (enabled, comment)
        ],
        update_conflicts=True,
        unique_fields=["account", "market"],
        update_fields=["enabled", "comment"],
    )


def _refuse_while_linked(account: Account, what: str, names: Sequence[str]) -> None:
    # The listings are above this package; the account's own relation to them is all that is asked here.
    linked = account.listings.filter(back_market_id__isnull=False).count()
    if linked:
        message = (
            f"{what} while {linked} listing{'s are' if linked > 1 else ' is'} linked to Back Market: "
            "first take them offline or leave them as they stand, and unlink them."
        )
        raise Conflict("listings_linked", message, dict.fromkeys(names, message))
