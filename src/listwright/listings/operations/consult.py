"""Ask a company's plugins about a batch of listings, and keep what they said (E1).

One call per plugin and batch, outside any lock. What cannot be used falls back on what was said before, less what was
sold since, and is kept with the reason; see `rules.plugged`.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from listwright.companies.operations.plugins import note_plugin
from listwright.listings.queries.facts import AccountFacts, ListingFacts
from listwright.listings.queries.offers import product_facts
from listwright.listings.queries.plugged import CHECKS, FILTER, INVENTORY, PluginInForce, StoredAnswer
from listwright.listings.rules.plugged import LastGood, while_failing
from listwright.plugins.answers import Nonsense, PluginFailed
from listwright.plugins.runner import Runner, runner
from listwright.plugins.types import ProductFacts, StartingQuantity, Veto

# Product id order is listing id order within a batch: two planners take the rows in the same order.
STORE = """
INSERT INTO listings_pluginanswer AS a (listing_id, start_plugin, start_epoch, start_quantity, start_reason,
    available_then, veto_plugin, veto_reason, problems, failure)
SELECT new.* FROM (SELECT * FROM unnest(%s::bigint[], %s::text[], %s::integer[], %s::integer[], %s::text[], %s::integer[],
    %s::text[], %s::text[], %s::jsonb[], %s::text[]) AS given (listing_id, start_plugin, start_epoch, start_quantity,
    start_reason, available_then, veto_plugin, veto_reason, problems, failure) ORDER BY listing_id) AS new
JOIN listings_listing l ON l.id = new.listing_id
ON CONFLICT (listing_id) DO UPDATE SET start_plugin = excluded.start_plugin, start_epoch = excluded.start_epoch,
    start_quantity = excluded.start_quantity, start_reason = excluded.start_reason,
    available_then = excluded.available_then, veto_plugin = excluded.veto_plugin, veto_reason = excluded.veto_reason,
    problems = excluded.problems, failure = excluded.failure
"""


def consult(
    account: AccountFacts,
    facts: Sequence[ListingFacts],
    *,
    now: datetime,
    keep: bool = True,
    using: Runner | None = None,
) -> list[ListingFacts]:
    """The facts with what the account's plugins say of them now. `keep` False writes nothing, for a preview."""
    plugins = account.plugins
    if not plugins.asked or not facts:
        return list(facts)
    using = using or runner()
    products = product_facts(facts)
    answers = [item.stored._replace(failure="") for item in facts]
    for plugin, hook, read in _asked(account):
        failures = _ask(using, plugin, hook, products, answers, read)
        if keep and (failures or plugin.failing):
            note_plugin(company_id=account.company_id, plugin=plugin.name, failure=failures, now=now)
    if not plugins.filters:
        answers = [answer._replace(veto_plugin="", veto_reason="") for answer in answers]
    changed = [(item.listing_id, answer) for item, answer in zip(facts, answers, strict=True) if answer != item.stored]
    if keep and changed:
        _store(changed)
    return [item._replace(stored=answer) for item, answer in zip(facts, answers, strict=True)]


Read = Callable[[PluginInForce, StoredAnswer, ProductFacts, Any, str], StoredAnswer]


def _asked(account: AccountFacts) -> list[tuple[PluginInForce, str, Read]]:
    plugins = account.plugins
    asked: list[tuple[PluginInForce, str, Read]] = []
    if plugins.inventory:
        asked.append((plugins.inventory, INVENTORY, _start))
    asked += [(plugin, FILTER, _veto) for plugin in plugins.filters]
    asked += [(plugin, CHECKS, _problems) for plugin in plugins.checks]
    return asked


def _ask(
    using: Runner,
    plugin: PluginInForce,
    hook: str,
    products: Sequence[ProductFacts],
    answers: list[StoredAnswer],
    read: Read,
) -> str:
    """Take the plugin's answers into `answers`; what went wrong, for people, "" when nothing did."""
    try:
        said: Sequence[Any] = using.ask(plugin.name, hook, plugin.settings, products)
    except PluginFailed as failed:
        said = [Nonsense(str(failed))] * len(products)
    first, count = "", 0
    for place, (product, item) in enumerate(zip(products, said, strict=True)):
        failure = ""
        if isinstance(item, Nonsense):
            count += 1
            first = first or (item.reason if len(set(said)) == 1 else f"{product.sku}: {item.reason}")
            failure = f"The plugin {plugin.name} failed. {item.reason}"
        answer = read(plugin, answers[place], product, item, failure)
        if failure:
            answer = answer._replace(failure=f"{answer.failure} {failure}".strip())
        answers[place] = answer
    return f"{first} ({count} of {len(products)} products.)" if count else ""


def _start(plugin: PluginInForce, answer: StoredAnswer, product: ProductFacts, said: Any, failure: str) -> StoredAnswer:
    if isinstance(said, StartingQuantity):
        quantity, reason, available = said.quantity, said.reason, product.available
    elif failure and answer.start_quantity is not None and answer.start_epoch == plugin.epoch:
        last = while_failing(LastGood(answer.start_quantity, answer.available_then), product.available)
        quantity, available = last.quantity, last.available
        reason = f"The last good quantity, less what was sold since. {failure}"
    else:
        return answer._replace(
            start_plugin="", start_epoch=0, start_quantity=None, start_reason="", available_then=None
        )
    return answer._replace(
        start_plugin=plugin.name,
        start_epoch=plugin.epoch,
        start_quantity=quantity,
        start_reason=reason,
        available_then=available,
    )


def _veto(plugin: PluginInForce, answer: StoredAnswer, product: ProductFacts, said: Any, failure: str) -> StoredAnswer:
    if isinstance(said, Veto):
        # The first filter that excludes it is named; a later one does not take its place.
        if answer.veto_plugin in ("", plugin.name):
            return answer._replace(veto_plugin=plugin.name, veto_reason=said.reason)
        return answer
    if failure or answer.veto_plugin != plugin.name:
        return answer
    return answer._replace(veto_plugin="", veto_reason="")


def _problems(
    plugin: PluginInForce, answer: StoredAnswer, product: ProductFacts, said: Any, failure: str
) -> StoredAnswer:
    if failure:
        return answer
    prefix = f"plugin.{plugin.name}."
    others = tuple(problem for problem in answer.problems if not problem[0].startswith(prefix))
    found = tuple((prefix + problem.code, problem.field, problem.message) for problem in said or ())
    return answer._replace(problems=others + found)


def _store(changed: Sequence[tuple[int, StoredAnswer]]) -> None:
    columns: list[list[Any]] = [[] for _ in range(10)]
    for listing_id, answer in changed:
        problems = json.dumps(
            [{"code": code, "field": field, "message": message} for code, field, message in answer.problems],
            ensure_ascii=False,
        )
        for column, value in zip(columns, (listing_id, *answer[:7], problems, answer.failure), strict=True):
            column.append(value)
    with connection.cursor() as cursor:
        cursor.execute(STORE, columns)
