"""What a setting would change, before it is saved (C4): exact for most accounts, from a sample for the largest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import connection

from listwright.common.errors import NotReady
from listwright.companies import queries as companies
from listwright.companies.models import Company, CompanyPlugin
from listwright.listings.queries.plugged import Plugins, plugins_if, plugins_in_force
from listwright.listings.rules.conditions import condition_key
from listwright.sync.planner.overrides import BREAKER, CONTEXT, DIRECT, HANDED_OVER, MENDING, Breaker
from listwright.sync.planner.preview import PlanPreview, dry_run
from listwright.sync.queries.settings_notes import NOTED, notes

EXACT = 2_000
"""Up to so many listings all are planned; of more, as many spread evenly over them: about a second."""

PLANNED = (DIRECT | CONTEXT.keys() | BREAKER | MENDING | HANDED_OVER) - {"currency"}
"""The account's settings whose effect is planned; that of `markets` besides."""

_CONCERNED = """
FROM listings_listing AS listing JOIN catalog_product AS product ON product.id = listing.product_id
WHERE listing.account_id = %(account)s AND """
_OF_CONDITIONS = """
lower(trim(coalesce(nullif(listing.condition, ''), product.condition))) = ANY(%(conditions)s)"""
_OF_WAREHOUSE = """
EXISTS (SELECT FROM catalog_stock WHERE product_id = product.id AND warehouse_id = %(warehouse)s)"""
# Each kind of settings concerns few listings, which are planned all even of a large account.
_NARROW = (
    (
        BREAKER,
        "held or waiting to be sent",
        """
listing.id IN (
    SELECT listing_id FROM listings_listingstate WHERE account_id = %(account)s AND hold <> ''
    UNION ALL SELECT listing_id FROM listings_listingstate WHERE account_id = %(account)s AND quantity_due
    UNION ALL SELECT listing_id FROM listings_listingmarketstate WHERE account_id = %(account)s AND hold <> ''
    UNION ALL SELECT listing_id FROM listings_listingmarketstate WHERE account_id = %(account)s AND price_due)""",
    ),
    (
        MENDING,
        "that differ there",
        """
listing.id IN (
    SELECT listing_id FROM listings_listingstate
    WHERE account_id = %(account)s AND (drift_since IS NOT NULL OR unseen_since IS NOT NULL)
    UNION ALL SELECT listing_id FROM listings_listingmarketstate
    WHERE account_id = %(account)s AND drift_since IS NOT NULL)""",
    ),
    (HANDED_OVER, "with repricing", "listing.repricing_enabled"),
)
_SAMPLE = """
SELECT DISTINCT found.id
FROM (SELECT min(id) AS first, max(id) AS last FROM listings_listing WHERE account_id = %(account)s) AS span
CROSS JOIN generate_series(0, %(wanted)s - 1) AS place
CROSS JOIN LATERAL (
    SELECT id FROM listings_listing
    WHERE account_id = %(account)s AND id >= first + (last - first) * place / %(wanted)s ORDER BY id LIMIT 1) AS found
"""


@dataclass(frozen=True, slots=True)
class SettingsPreview:
    """What the settings would do to `listings` listings, `concerned` says which ("": all); `about` when it was told from
    a sample. `becoming_ready` and `losing_ready` of them turn to Yes and to No in Ready To Post.

    `lines` are SKU lines more than wait now, `held` those that wait for the first send's approval besides, `hours`
    what all of them take at the account's budget. `stopped` and `released` are values the breaker would hold, and let
    go. `failure` is how a plugin failed that was asked. `notes` say what comes later; where nothing else does, nothing
    was `planned` and all figures are none.
    """

    listings: int = 0
    changed: int = 0
    going_offline: int = 0
    going_online: int = 0
    becoming_ready: int = 0
    losing_ready: int = 0
    lines: int = 0
    held: int = 0
    stopped: int = 0
    released: int = 0
    hours: float = 0.0
    about: bool = False
    failure: str = ""
    concerned: str = ""
    notes: tuple[str, ...] = ()
    planned: bool = True


class Question(NamedTuple):
    """What settings would do, to be asked for: cheap to have, while `told` plans for about a second.

    `overrides` as the planner's `dry_run` takes them; `concerning` is a condition of SQL with its `values`, "" for all
    listings of the account, and `concerned` its words. `noted` are changes that do something from then on.
    """

    account_id: int
    overrides: Mapping[str, Any]
    concerning: str = ""
    values: Mapping[str, Any] = MappingProxyType({})
    concerned: str = ""
    noted: Mapping[str, Any] = MappingProxyType({})


def settings_question(account_id: int, changes: Mapping[str, Any]) -> Question | None:
    """About settings as `companies.operations.configure_account` takes them, and checked by it; None when the effect of
    none of them can be told."""
    overrides = {name: value for name, value in changes.items() if name in PLANNED}
    given = changes.get("markets", {})
    switched = {code: market["enabled"] for code, market in given.items() if "enabled" in market}
    if switched:
        overrides["markets"] = switched
    noted = {name: value for name, value in changes.items() if name in NOTED}
    if not overrides and not noted:
        return None
    for names, concerned, condition in _NARROW:
        if overrides and overrides.keys() <= names:
            return Question(account_id, overrides, condition, concerned=concerned, noted=noted)
    return Question(account_id, overrides, noted=noted)


def currency_question(account_id: int, currency: str) -> Question | None:
    """About another currency of the company (A6); None when it has no listings."""
    changed = {"currency": currency}
    return _if_any(Question(account_id, changed, noted=changed))


def conditions_question(account_id: int, grades: Mapping[str, str | None]) -> Question | None:
    """About other grades for these conditions (C3), as `companies.operations.set_conditions` takes them; None when no
    listing has one of the conditions."""
    keys = [condition_key(condition) for condition in grades]
    return _if_any(Question(account_id, {"conditions": grades}, _OF_CONDITIONS, {"conditions": keys}))


def warehouse_question(account_id: int, *, warehouse_id: int, sellable: bool) -> Question | None:
    """About putting a warehouse on sale or taking it off (A1); None when no listing has stock there."""
    changed = {"warehouse": (warehouse_id, sellable)}
    return _if_any(Question(account_id, changed, _OF_WAREHOUSE, {"warehouse": warehouse_id}))


def plugin_question(company: Company, changed: CompanyPlugin) -> Question | None:
    """About a plugin's record (as `companies.operations.check_plugin` answers it); None when nothing would be in force
    that is not now, or the company has no listings. The answer asks the plugins."""
    return _plugged(company, plugins_if(company.pk, changed=changed))


def client_questions(changes: Mapping[str, bool]) -> list[tuple[str, Question]]:
    """About client settings (C2): (name, question) of each company where they change what is in force."""
    concerned = Company.objects.filter(plugins__enabled=True).distinct().order_by("name")
    found = [(company.name, _plugged(company, plugins_if(company.pk, client=changes))) for company in concerned]
    return [(name, question) for name, question in found if question is not None]


def _plugged(company: Company, plugins: Plugins) -> Question | None:
    if plugins == plugins_in_force(company.pk):
        return None
    try:
        account_id = companies.account(company).pk
    except NotReady:
        return None
    return _if_any(Question(account_id, {"plugins": plugins}))


def _if_any(question: Question) -> Question | None:
    """The question, if it concerns any listing."""
    condition = question.concerning or "true"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT {_CONCERNED}{condition})", _values(question))
        (any_there,) = cursor.fetchone()
    return question if any_there else None


def told(question: Question) -> SettingsPreview:
    """The answer: planning as things are compared with planning under the overrides. Writes nothing."""
    account_id, overrides = question.account_id, question.overrides
    if not overrides:
        said = notes(account_id, question.noted, PlanPreview(), scale=1.0)
        return SettingsPreview(notes=said, planned=False)
    total, ids, scale = _concerned(question) if question.concerning else _listings(account_id)
    breaker = _breaker(overrides)
    before = dry_run(account_id, ids, breaker=breaker)
    after = dry_run(account_id, ids, overrides, breaker=breaker)

    def more(name: str) -> int:
        return _scaled(getattr(after, name) - getattr(before, name), scale)

    return SettingsPreview(
        listings=total,
        changed=more("changed"),
        going_offline=more("going_offline"),
        going_online=more("going_online"),
        becoming_ready=more("becoming_ready"),
        losing_ready=more("losing_ready"),
        lines=_scaled(after.lines + after.waiting - before.lines - before.waiting, scale),
        held=more("held"),
        stopped=more("stopped") if breaker == "on" else 0,
        released=more("released") if breaker != "off" else 0,
        hours=after.hours * scale,
        about=scale != 1.0,
        failure=after.failure if overrides.keys() & {"plugins", "currency"} else "",
        concerned=question.concerned,
        notes=notes(account_id, question.noted, after, scale=scale),
    )


def _breaker(overrides: Mapping[str, Any]) -> Breaker:
    """What other settings bring counts whatever the breaker makes of it; its own thresholds are judged by what it holds."""
    if not overrides.keys() & BREAKER:
        return "off"
    return "on" if overrides.keys() <= BREAKER else "held"


@dataclass(frozen=True, slots=True)
class FirstSend:
    """What approving the first send lets go: SKU `lines`, and the hours they take; `about` when from a sample."""

    lines: int
    hours: float
    about: bool


def first_send(account_id: int) -> FirstSend:
    """What waits for the first send's approval (B6). Writes nothing."""
    _, ids, scale = _listings(account_id)
    found = dry_run(account_id, ids)
    lines = _scaled(found.held, scale)
    return FirstSend(lines, lines / found.hourly_lines if found.hourly_lines else 0.0, ids is not None)


class Listings(NamedTuple):
    """How many are meant, those to plan (None: all of the account), and what a count of these is multiplied by."""

    total: int
    ids: list[int] | None
    scale: float


def _listings(account_id: int) -> Listings:
    """All of the account."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM listings_listing WHERE account_id = %s", [account_id])
        (total,) = cursor.fetchone()
        if total <= EXACT:
            return Listings(total, None, 1.0)
        cursor.execute(_SAMPLE, {"account": account_id, "wanted": EXACT})
        ids = [listing_id for (listing_id,) in cursor.fetchall()]
    return Listings(total, ids, total / len(ids))


def _concerned(question: Question) -> Listings:
    """Those the question's condition holds for."""
    condition, values = question.concerning, _values(question)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_CONCERNED}{condition}", values)
        (total,) = cursor.fetchone()
        every = -(-total // EXACT) or 1
        cursor.execute(
            f"SELECT id FROM (SELECT listing.id, row_number() OVER (ORDER BY listing.id) {_CONCERNED}{condition})"  # noqa: S608
            " AS numbered WHERE row_number %% %(every)s = 0",
            {**values, "every": every},
        )
        ids = [listing_id for (listing_id,) in cursor.fetchall()]
    return Listings(total, ids, total / len(ids) if ids else 1.0)


def _values(question: Question) -> dict[str, Any]:
    return {**question.values, "account": question.account_id}


def _scaled(count: int, scale: float) -> int:
    return max(0, round(count * scale))
