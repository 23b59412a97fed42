"""Which plugins are in force for a company, and what is stored of their answers."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from listwright.changes import prepared
from listwright.companies.models import CompanyPlugin
from listwright.companies.queries import client_settings
from listwright.listings.rules.facts import Missing, ProposedPrice, StartingQuantity
from listwright.listings.rules.plugged import Plugged, VetoFacts

INVENTORY, FILTER, CHECKS, REPRICING = "inventory_calculation", "upload_filter", "readiness_checks", "repricing"


class PluginInForce(NamedTuple):
    """A plugin a company has switched on. `share` is in percent of the hour's lines; `failing`: it failed lately."""

    name: str
    settings: Mapping[str, Any]
    excluded: str
    dry: bool
    share: int
    epoch: int
    failing: bool


class Plugins(NamedTuple):
    """Who decides what: at most one plugin for quantities and one for prices, any number of filters and checks."""

    inventory: PluginInForce | None = None
    filters: tuple[PluginInForce, ...] = ()
    checks: tuple[PluginInForce, ...] = ()
    repricing: PluginInForce | None = None

    @property
    def asked(self) -> bool:
        """Whether planning asks any of them."""
        return bool(self.inventory or self.filters or self.checks)


_rows = partial(prepared.rows, binary=True)

NONE = Plugins()


class StoredAnswer(NamedTuple):
    """What plugins said of one listing when it was planned last; `problems` are (code, field, message)."""

    start_plugin: str = ""
    start_epoch: int = 0
    start_quantity: int | None = None
    start_reason: str = ""
    available_then: int | None = None
    veto_plugin: str = ""
    veto_reason: str = ""
    problems: tuple[tuple[str, str, str], ...] = ()
    failure: str = ""


NO_ANSWER = StoredAnswer()
NO_PRICES: Mapping[str, ProposedPrice] = MappingProxyType({})

IN_FORCE = """
SELECT p.plugin, p.hooks::text, p.settings::text, p.excluded, p.dry, p.share, p.epoch, p.failed_at IS NOT NULL,
    coalesce(c.custom_inventory_calculation, false), coalesce(c.filtered_products, false)
FROM companies_companyplugin p LEFT JOIN companies_clientsettings c ON c.id = 1
WHERE p.company_id = %s AND p.enabled ORDER BY p.plugin
"""
STORED = """
SELECT a.listing_id, a.start_plugin, a.start_epoch, a.start_quantity, a.start_reason, a.available_then, a.veto_plugin,
    a.veto_reason, a.problems::text, a.failure
FROM listings_pluginanswer a WHERE a.listing_id = ANY(%b::bigint[])
"""
PROPOSED = """
SELECT listing_id, market, price, plugin, reason FROM listings_proposal
WHERE listing_id = ANY(%b::bigint[]) AND plugin = %s AND epoch = %s
"""


def plugins_in_force(company_id: int) -> Plugins:
    """Where the client setting and the company's plugin are both on (C2); for the other hooks, where the plugin is."""
    return _in_force(_rows(IN_FORCE, [company_id]))


def plugins_if(
    company_id: int, *, changed: CompanyPlugin | None = None, client: Mapping[str, bool] = MappingProxyType({})
) -> Plugins:
    """Those that would be in force if the record of one were as `changed`, or client settings (by field) as `client`."""
    row = client_settings()
    custom = client.get("custom_inventory_calculation", row.custom_inventory_calculation)
    filtered = client.get("filtered_products", row.filtered_products)
    rows = [row[:-2] for row in _rows(IN_FORCE, [company_id]) if changed is None or row[0] != changed.plugin]
    if changed is not None and changed.enabled:
        hooks, settings = json.dumps(changed.hooks), json.dumps(changed.settings)
        rows.append(
            (changed.plugin, hooks, settings, changed.excluded, changed.dry, changed.share, changed.epoch, False)
        )
    return _in_force([(*row, custom, filtered) for row in sorted(rows)])


def _in_force(rows: Sequence[tuple[Any, ...]]) -> Plugins:
    if not rows:
        return NONE
    by_hook: dict[str, list[PluginInForce]] = {INVENTORY: [], FILTER: [], CHECKS: [], REPRICING: []}
    for name, hooks, settings, excluded, dry, share, epoch, failing, custom, filtered in rows:
        made = PluginInForce(name, json.loads(settings), excluded, dry, share, epoch, failing)
        allowed = {INVENTORY: custom, FILTER: filtered}
        for hook in json.loads(hooks):
            if hook in by_hook and allowed.get(hook, True):
                by_hook[hook].append(made)
    return Plugins(
        next(iter(by_hook[INVENTORY]), None),
        tuple(by_hook[FILTER]),
        tuple(by_hook[CHECKS]),
        next(iter(by_hook[REPRICING]), None),
    )


def stored_answers(plugins: Plugins, listing_ids: Sequence[int]) -> dict[int, StoredAnswer]:
    """What is stored of the answers for these listings; nothing is read where no plugin is asked."""
    if not plugins.asked:
        return {}
    return {
        row[0]: StoredAnswer._make((*row[1:8], _problems(row[8]), row[9])) for row in _rows(STORED, [list(listing_ids)])
    }


def proposed_prices(plugins: Plugins, listing_ids: Sequence[int]) -> dict[int, dict[str, ProposedPrice]]:
    """The repricer's standing prices by listing and market; none in a dry run."""
    repricer = plugins.repricing
    if repricer is None or repricer.dry:
        return {}
    found: dict[int, dict[str, ProposedPrice]] = {}
    rows = _rows(PROPOSED, [list(listing_ids), repricer.name, repricer.epoch])
    for listing_id, market, price, plugin, reason in rows:
        found.setdefault(listing_id, {})[market] = ProposedPrice(Decimal(price), plugin, reason)
    return found


def plugged(plugins: Plugins, stored: StoredAnswer, prices: Mapping[str, ProposedPrice]) -> Plugged:
    """What the rules are told of plugins: of what is stored, that which comes from those in force."""
    start = None
    inventory = plugins.inventory
    if inventory and stored.start_quantity is not None and stored.start_epoch == inventory.epoch:
        start = StartingQuantity(stored.start_quantity, stored.start_plugin, stored.start_reason)
    veto = next(
        (
            VetoFacts(one.name, stored.veto_reason, one.excluded)
            for one in plugins.filters
            if one.name == stored.veto_plugin
        ),
        None,
    )
    problems = tuple([Missing(*problem) for problem in stored.problems]) if plugins.checks else ()
    failure = stored.failure if plugins.asked else ""
    return Plugged(start, veto, problems, failure, prices)


def _problems(text: str) -> tuple[tuple[str, str, str], ...]:
    if text == "[]":
        return ()
    return tuple([(item["code"], item["field"], item["message"]) for item in json.loads(text)])
