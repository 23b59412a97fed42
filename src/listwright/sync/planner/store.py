"""Write what was planned: one transaction per batch, only rows that differ, only forward.

Two things make a batch safe to write although it was computed outside the transaction. Each row is replaced only where
it is still the version that was read, so nothing the engine recorded meanwhile is lost; and the account's settings
generation is held still and compared, so values of old settings are never written over those of new ones. What was
refused for one of these reasons is planned again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from listwright.changes.operations import Urgency, mark_stale
from listwright.changes.prepared import rows as execute
from listwright.changes.wake import wake
from listwright.listings.operations.grid_part import refresh_grid
from listwright.listings.queries.facts import AccountFacts
from listwright.sync.planner.compute import Planned

# The planner gives way: its batch is planned again, the other's work would be lost.
LOCK_TIMEOUT = "200ms"
# Arrays without nulls are bound in binary, which takes a fraction of the time.
# A batch is a few hundred keys out of perhaps millions of rows: look each of them up.
SETTINGS = """
SELECT set_config('lock_timeout', %s, true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)
"""
GUARD = "SELECT settings_generation FROM companies_account WHERE id = %s FOR SHARE"
MARKETS = """
UPDATE listings_listingmarketstate AS stored
SET price_desired = new.price, price_due = new.due, price_urgency = new.urgency,
    due_since = CASE WHEN new.due THEN
        CASE WHEN stored.price_due THEN coalesce(stored.due_since, new.now) ELSE new.now END END,
    turn = CASE WHEN new.due THEN
        CASE WHEN stored.price_due THEN coalesce(stored.due_since, new.now) ELSE new.now END
        - make_interval(secs => new.lead) END,
    hold = new.hold,
    hold_since = CASE WHEN new.hold <> '' THEN CASE WHEN stored.hold = '' THEN new.now ELSE stored.hold_since END END
FROM (SELECT *, %s::timestamptz AS now
      FROM unnest(%b::bigint[], %b::text[], %b::text[], %s::numeric[], %b::boolean[], %b::smallint[],
        %b::integer[], %b::text[])
      AS given (listing_id, market, version, price, due, urgency, lead, hold)) AS new
WHERE stored.listing_id = new.listing_id AND stored.market = new.market AND stored.xmin = new.version::xid
RETURNING stored.listing_id, stored.market
"""
STATES = """
UPDATE listings_listingstate AS stored
SET planned_generation = new.generation, planned_settings = new.settings, quantity_desired = new.quantity,
    quantity_due = new.due, quantity_urgency = new.urgency, ready = new.ready, missing = new.missing::jsonb,
    due_since = CASE WHEN new.due THEN
        CASE WHEN stored.quantity_due THEN coalesce(stored.due_since, new.now) ELSE new.now END END,
    turn = CASE WHEN new.due THEN
        CASE WHEN stored.quantity_due THEN coalesce(stored.due_since, new.now) ELSE new.now END
        - make_interval(secs => new.lead) END,
    hold = new.hold,
    hold_since = CASE WHEN new.hold <> '' THEN CASE WHEN stored.hold = '' THEN new.now ELSE stored.hold_since END END
FROM (SELECT *, %s::timestamptz AS now, %s::bigint AS settings
      FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %s::integer[], %b::boolean[], %b::smallint[], %b::integer[],
        %b::boolean[], %b::text[], %b::text[])
      AS given (listing_id, version, generation, quantity, due, urgency, lead, ready, missing, hold)) AS new
WHERE stored.listing_id = new.listing_id AND stored.xmin = new.version::xid
    AND stored.planned_generation <= new.generation
RETURNING stored.listing_id
"""
# Last, in product id order, as everybody who takes these rows does.
STALE = """
UPDATE changes_stale AS stored SET planned = new.generation
FROM (SELECT * FROM unnest(%b::bigint[], %b::bigint[]) AS given (product_id, generation)
      ORDER BY product_id OFFSET 0) AS new
WHERE stored.product_id = new.product_id AND stored.planned < new.generation
"""
ADVANCE = """
UPDATE sync_accountstate SET wave_cursor = %s, planned_settings = CASE WHEN %s THEN wave_settings ELSE planned_settings END
WHERE account_id = %s AND wave_settings = %s AND wave_cursor = %s
"""


class Superseded(Exception):  # noqa: N818 - nothing is wrong: newer settings or another planner came first
    """The batch is void as a whole: the account's settings changed, or another planner moved the wave."""


class Contended(Exception):  # noqa: N818 - nothing is wrong: others keep writing the same rows
    """Rows of the batch were written by others again and again: it is to be planned anew."""


@dataclass(frozen=True, slots=True)
class Advance:
    """How far a settings wave gets with a batch: listings behind `before` up to `through`; `last` when none is left."""

    before: int
    through: int
    last: bool


@dataclass(slots=True)
class Stored:
    """What became of a batch: listings written, those with something due, and those to be planned again."""

    planned: int = 0
    due: int = 0
    refused: list[int] = field(default_factory=list)

    def add(self, other: "Stored") -> None:
        """Count another part of the same batch; what was refused is that part's."""
        self.planned += other.planned
        self.due += other.due
        self.refused = other.refused


def open_batch(account_id: int, settings: int) -> None:
    """First statements of a batch's transaction. Raises Superseded when the settings moved on."""
    execute(SETTINGS, [LOCK_TIMEOUT])
    if execute(GUARD, [account_id]) != [(settings,)]:
        raise Superseded


def store(account: AccountFacts, batch: Sequence[Planned], *, now: datetime, always_shown: bool = False) -> Stored:
    """Write a batch of one account inside its transaction, and wake the pushes when something is due.

    A listing is written whole or not at all. Its stale row counts as planned only when it was written. The grid is
    brought in step where the plan changes what it shows, with `always_shown` for every listing: a change of a property
    that planning does not look at (merchant SKU, category, link) shows there too.
    """
    markets = [row for planned in batch for row in planned.markets]
    refused: set[int] = set()
    if markets:
        written = execute(MARKETS, [now, *_columns(markets)])
        if len(written) < len(markets):
            refused = {row.listing_id for row in markets} - _whole(markets, written)
    states = [planned.state for planned in batch if planned.state is not None and planned.listing_id not in refused]
    if states:
        stored = execute(STATES, [now, account.settings_generation, *_columns(states)])
        if len(stored) < len(states):
            refused |= {row.listing_id for row in states} - {row[0] for row in stored}
    kept = [planned for planned in batch if planned.listing_id not in refused]
    refresh_grid(listing_ids=[planned.listing_id for planned in kept if always_shown or planned.shown])
    generations = [(planned.product_id, planned.generation) for planned in kept if planned.stale]
    if generations:
        execute(STALE, list(_columns(generations)))
    due = sum([planned.due for planned in kept])
    if due:
        wake("push", account.company_id)
    return Stored(len(kept), due, sorted(refused))


def advance(account_id: int, settings: int, step: Advance) -> None:
    """Move the wave's cursor inside the batch's transaction. Raises Superseded when it is not where it was."""
    with connection.cursor() as cursor:
        cursor.execute(ADVANCE, [step.through, step.last, account_id, settings, step.before])
        if cursor.rowcount != 1:
            raise Superseded


def set_aside(company_id: int, product_ids: Sequence[int], *, now: datetime) -> None:
    """Hold listings that cannot be planned (a defect) back from being pushed, without holding up the others."""
    mark_stale(company_id=company_id, product_ids=product_ids, urgency=Urgency.SETTINGS, now=now)


def is_conflict(error: BaseException) -> bool:
    """Whether a batch gave way to another transaction: it is to be planned again, nothing is wrong."""
    cause = error.__cause__ if isinstance(error, OperationalError) else error
    return isinstance(
        cause,
        psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure,
    )


def is_lost(error: BaseException) -> bool:
    """Whether the database went away: nothing is known to be wrong with what was planned."""
    broken = OperationalError | InterfaceError | psycopg.OperationalError | psycopg.InterfaceError
    # A transaction left idle for a lease is ended by the database, which counts that as an internal error.
    left_idle = psycopg.errors.IdleInTransactionSessionTimeout
    return (isinstance(error, broken | left_idle) and not is_conflict(error)) or isinstance(error.__cause__, left_idle)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _whole(rows: Sequence[tuple[Any, ...]], written: Sequence[tuple[Any, ...]]) -> set[int]:
    """The listings of which every row was written."""
    done = set(written)
    lost = {row[0] for row in rows if (row[0], row[1]) not in done}
    return {row[0] for row in rows} - lost
