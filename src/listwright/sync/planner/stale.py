"""Stale rows: the products whose facts changed, the most urgent first, chosen anew for every batch, fair to all companies.

One planner at a time works on them, under an advisory lock that dies with its connection; other planners run settings
waves meanwhile. The lock only spares work done twice: what keeps values right is in `store`.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.conf import settings

from listwright.changes.prepared import rows as execute
from listwright.common.errors import NotFound
from listwright.listings.operations.ensure import ensure
from listwright.listings.queries.facts import AccountFacts, account_facts
from listwright.sync.commits import commit
from listwright.sync.decisions.delta import Policy
from listwright.sync.planner.store import Superseded, is_conflict, is_lost, open_batch, store
from listwright.sync.planner.waves import compute, read_policy

logger = logging.getLogger(__name__)

# The planner's advisory locks: (LOCKS, 0) for the stale rows, (LOCKS, account id) for an account's wave.
LOCKS = 0x4C57
# The lock, and where it was got, how long its holder may say nothing.
TRY_LOCK = """
SELECT tried.got, CASE WHEN tried.got THEN set_config('idle_session_timeout', %s, false) END
FROM (SELECT pg_try_advisory_lock(%s, %s) AS got OFFSET 0) AS tried
"""
UNLOCK = "SELECT pg_advisory_unlock(%s, %s), set_config('idle_session_timeout', '0', false)"
# Of the most urgent class, the oldest of each company, so many that all companies get the same share: a stop-sale does
# not wait behind another company's hundred thousand.
CHOOSE = """
WITH RECURSIVE put_off AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS given (product_id, generation)
), top AS (
    SELECT s.urgency FROM changes_stale s WHERE s.planned < s.generation
        AND NOT EXISTS (SELECT FROM put_off p WHERE p.product_id = s.product_id AND p.generation = s.generation)
    ORDER BY s.urgency LIMIT 1
), company AS (
    SELECT min(s.company_id) AS id FROM changes_stale s
    WHERE s.planned < s.generation AND s.urgency = (SELECT urgency FROM top)
    UNION ALL
    SELECT (SELECT min(s.company_id) FROM changes_stale s WHERE s.planned < s.generation
                AND s.urgency = (SELECT urgency FROM top) AND s.company_id > company.id)
    FROM company WHERE company.id IS NOT NULL
), chosen AS (
    SELECT oldest.* FROM company CROSS JOIN LATERAL (
        SELECT s.product_id, s.generation, s.urgency, s.since, s.company_id FROM changes_stale s
        WHERE s.planned < s.generation AND s.urgency = (SELECT urgency FROM top) AND s.company_id = company.id
            AND NOT EXISTS (SELECT FROM put_off p WHERE p.product_id = s.product_id AND p.generation = s.generation)
        ORDER BY s.since LIMIT greatest(1, %s / nullif((SELECT count(id) FROM company), 0))) AS oldest
)
SELECT chosen.product_id, chosen.generation, chosen.urgency, a.id, l.id FROM chosen
LEFT JOIN LATERAL (SELECT id FROM companies_account WHERE company_id = chosen.company_id OFFSET 0) a ON true
LEFT JOIN LATERAL (
    SELECT id FROM listings_listing WHERE product_id = chosen.product_id AND account_id = a.id OFFSET 0
) l ON true
ORDER BY chosen.since LIMIT %s
"""
NOTHING_TO_PLAN = """
UPDATE changes_stale AS stored SET planned = given.generation
FROM unnest(%s::bigint[], %s::bigint[]) AS given (product_id, generation)
WHERE stored.product_id = given.product_id AND stored.planned < given.generation
"""


Mark = tuple[int, int]
"""A product and its generation: a further change makes it another."""


class Waiting(NamedTuple):
    """A stale row: `account_id` None for a company without a connection, `listing_id` None until it has one."""

    product_id: int
    generation: int
    urgency: int
    account_id: int | None
    listing_id: int | None

    @property
    def mark(self) -> Mark:
        """The change that waits."""
        return self.product_id, self.generation


@dataclass(slots=True)
class StaleResult:
    """`planned` listings were stored, `due` of them have lines to send. `held` could not be planned because somebody
    else holds their rows, `failed` because of a defect."""

    planned: int = 0
    due: int = 0
    held: list[Mark] = field(default_factory=list)
    failed: list[Mark] = field(default_factory=list)


def lock(key: int) -> bool:
    """Take one of the planner's advisory locks for this connection; False when another planner has it.

    While it has the stale rows' lock, a connection that says nothing for a lease is ended by the database: a planner
    that was stopped there must not keep every stop-sale from being planned.
    """
    if key:
        return bool(execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, key])[0][0])
    return bool(execute(TRY_LOCK, [f"{int(settings.SYNC['lease_length'] * 1000)}ms", LOCKS, key])[0][0])


def unlock(key: int) -> None:
    """Let an advisory lock go."""
    execute("SELECT pg_advisory_unlock(%s, %s)" if key else UNLOCK, [LOCKS, key])


def choose(limit: int, put_off: Sequence[Mark] = ()) -> list[Waiting]:
    """The next stale rows, all of the most urgent class there is, but for those put off; each company gets its share."""
    products, generations = [mark[0] for mark in put_off], [mark[1] for mark in put_off]
    return [Waiting(*row) for row in execute(CHOOSE, [products, generations, limit, limit])]


def plan_stale(rows: Sequence[Waiting], *, now: datetime) -> StaleResult:
    """Plan these rows, account by account: what goes wrong with one holds up no other. Those with few rows come first:
    their stop-sale is on its way while another's backlog is planned."""
    result = StaleResult()
    ordered = sorted(rows, key=lambda row: (row.account_id or 0, row.product_id))
    groups = [(account_id, list(group)) for account_id, group in groupby(ordered, key=lambda row: row.account_id)]
    for account_id, waiting in sorted(groups, key=lambda group: len(group[1])):
        if account_id is None:
            _nothing_to_plan(waiting)
            continue
        try:
            account = account_facts(account_id)
            policy = read_policy(account)
        except NotFound:
            continue  # disconnected a moment ago
        except Exception as error:
            if is_lost(error):
                raise
            logger.exception("Account %s cannot be planned.", account_id)
            result.failed += [row.mark for row in waiting]
            continue
        _plan_account(account, policy, waiting, result, now)
    return result


def _plan_account(
    account: AccountFacts, policy: Policy, rows: list[Waiting], result: StaleResult, now: datetime
) -> None:
    """One transaction for all; when it fails it is halved, until what held it up stands alone."""
    pieces = [rows]
    while pieces:
        piece = pieces.pop()
        try:
            _plan(account, policy, piece, result, now)
        except Superseded:
            continue  # chosen again in the next round, with the new settings
        except Exception as error:
            if is_lost(error):
                raise
            if len(piece) > 1:
                middle = len(piece) // 2
                pieces += [piece[:middle], piece[middle:]]
            elif is_conflict(error):
                result.held.append(piece[0].mark)
            else:
                logger.exception("Product %s cannot be planned.", piece[0].product_id)
                result.failed.append(piece[0].mark)


def _plan(account: AccountFacts, policy: Policy, rows: Sequence[Waiting], result: StaleResult, now: datetime) -> None:
    listings: Mapping[int, int | None] = {row.product_id: row.listing_id for row in rows}
    lacking = [product_id for product_id, listing_id in listings.items() if listing_id is None]
    if lacking:
        with commit("give listings"):
            listings = {**listings, **ensure(account_id=account.account_id, product_ids=lacking, now=now)}
    computed = compute(account, policy, sorted(id_ for id_ in listings.values() if id_ is not None), now=now)
    with commit("plan stale products"):
        open_batch(account.account_id, account.settings_generation)
        done = store(account, computed.planned, now=now, always_shown=True)
    result.planned += done.planned
    result.due += done.due
    result.failed += [row.mark for row in rows if row.product_id in computed.failed]


def _nothing_to_plan(rows: Sequence[Waiting]) -> None:
    """Without a connection there is no listing; connecting plans everything."""
    with commit("nothing to plan"):
        execute(NOTHING_TO_PLAN, [[row.product_id for row in rows], [row.generation for row in rows]])
