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
from listwright.sync.planner.preview import CONTEXT, DIRECT, dry_run

EXACT = 2_000
"""Up to so many listings all are planned; of more, as many spread evenly over them: about a second."""

PREVIEWED = DIRECT | CONTEXT.keys() | {"markets"}
"""The settings whose effect can be told."""

_CONCERNED = """
FROM listings_listing AS listing JOIN catalog_product AS product ON product.id = listing.product_id
WHERE listing.account_id = %(account)s AND """
_OF_CONDITIONS = """
lower(trim(coalesce(nullif(listing.condition, ''), product.condition))) = ANY(%(conditions)s)"""
_OF_WAREHOUSE = """
EXISTS (SELECT FROM catalog_stock WHERE product_id = product.id AND warehouse_id = %(warehouse)s)"""
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
    """What the settings would do to `listings` listings; `about` when it was told from a sample. `becoming_ready` and
    `losing_ready` of them turn to Yes and to No in Ready To Post.

    `lines` are SKU lines more than wait now, `held` those that wait for the first send's approval besides, `hours`
    what all of them take at the account's budget. `failure` is how a plugin failed that was asked.
    """

    listings: int
    changed: int
    going_offline: int
    going_online: int
    becoming_ready: int
    losing_ready: int
    lines: int
    held: int
    hours: float
    about: bool
    failure: str = ""


class Question(NamedTuple):
    """What settings would do, to be asked for: cheap to have, while `told` plans for about a second.

    `overrides` as the planner's `dry_run` takes them; `concerning` is a condition of SQL with its `values`, "" for all
    listings of the account.
    """

    account_id: int
    overrides: Mapping[str, Any]
    concerning: str = ""
    values: Mapping[str, Any] = MappingProxyType({})


def settings_question(account_id: int, changes: Mapping[str, Any]) -> Question | None:
    """About settings as `companies.operations.configure_account` takes them, and checked by it; None when the effect of
    none of them can be told."""
    overrides = {name: value for name, value in changes.items() if name in PREVIEWED}
    if "markets" in overrides:
        given = overrides.pop("markets")
        switched = {code: market["enabled"] for code, market in given.items() if "enabled" in market}
        if switched:
            overrides["markets"] = switched
    return Question(account_id, overrides) if overrides else None


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
    total, ids, scale = _concerned(question) if question.concerning else _listings(account_id)
    before = dry_run(account_id, ids)
    after = dry_run(account_id, ids, overrides)
    lines = max(0, after.lines + after.waiting - before.lines - before.waiting)
    return SettingsPreview(
        listings=total,
        changed=_scaled(after.changed - before.changed, scale),
        going_offline=_scaled(after.going_offline - before.going_offline, scale),
        going_online=_scaled(after.going_online - before.going_online, scale),
        becoming_ready=_scaled(after.becoming_ready - before.becoming_ready, scale),
        losing_ready=_scaled(after.losing_ready - before.losing_ready, scale),
        lines=_scaled(lines, scale),
        held=_scaled(after.held - before.held, scale),
        hours=after.hours * scale,
        about=scale != 1.0,
        failure=after.failure if "plugins" in overrides else "",
    )


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
