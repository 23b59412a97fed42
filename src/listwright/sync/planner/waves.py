"""Settings waves: when an account's settings change, all its listings are planned again, in id order, by cursor.

The cursor stands in the account's row and moves in the transaction that stores a batch, so a planner that dies takes
nothing with it, and listings behind the cursor are known to rest on the new settings.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listwright.changes.prepared import rows as execute
from listwright.changes.wake import wake
from listwright.listings.operations.consult import consult
from listwright.listings.operations.ensure import ensure, ensure_states, products_without_listing
from listwright.listings.queries.facts import (
    AccountFacts,
    ListingFacts,
    account_facts,
    load,
    without_categories,
)
from listwright.listings.queries.offers import said_of
from listwright.listings.rules.plugged import Plugged
from listwright.sync.commits import commit
from listwright.sync.decisions.delta import Policy
from listwright.sync.planner.compute import Planned, lacks_market, plan_listing, policy_of
from listwright.sync.planner.store import (
    Advance,
    Contended,
    Stored,
    advance,
    open_batch,
    set_aside,
    store,
)

logger = logging.getLogger(__name__)

Read = tuple[AccountFacts, list[int], list[ListingFacts]]
Reader = Callable[..., Future[Any]]
# Rows another writer touched are read and stored once more, this often, before the whole batch is.
TRIES = 4
NEW_ACCOUNTS = """
INSERT INTO sync_accountstate (account_id, lease_owner, lease_fence, planned_settings, wave_settings, wave_cursor,
    wait_reason, broken_answers)
SELECT id, '', 0, 0, 0, 0, '', 0 FROM companies_account a
WHERE NOT EXISTS (SELECT FROM sync_accountstate WHERE account_id = a.id) ON CONFLICT DO NOTHING
"""
WAITING = """
SELECT s.account_id FROM sync_accountstate s JOIN companies_account a ON a.id = s.account_id
WHERE s.planned_settings < a.settings_generation ORDER BY s.account_id
"""
BEGIN = """
UPDATE sync_accountstate SET wave_settings = %s, wave_cursor = 0 WHERE account_id = %s AND wave_settings < %s
"""
PLACE = "SELECT wave_settings, wave_cursor, planned_settings FROM sync_accountstate WHERE account_id = %s"
APPROVED = "SELECT first_send_approved_at IS NOT NULL FROM sync_accountstate WHERE account_id = %s"
NEXT = "SELECT id FROM listings_listing WHERE account_id = %s AND id > %s ORDER BY id LIMIT %s"


@dataclass(slots=True)
class Computed:
    """Listings as planned; `failed` are products that a defect kept from being planned."""

    account: AccountFacts
    policy: Policy
    planned: list[Planned]
    failed: list[int]


@dataclass(slots=True)
class WaveBatch:
    """A piece of a wave, computed and not yet stored."""

    computed: Computed
    step: Advance


def accounts_with_waves() -> list[int]:
    """The accounts whose settings are newer than what is planned. A new account gets its place here."""
    with commit("give accounts their place"):
        execute(NEW_ACCOUNTS, [])
    return [account_id for (account_id,) in execute(WAITING, [])]


def read_policy(account: AccountFacts) -> Policy:
    """What the account lets go out by itself, its first send included."""
    approved = execute(APPROVED, [account.account_id])
    return policy_of(account, first_send_approved=bool(approved and approved[0][0]))


def compute(
    account: AccountFacts,
    policy: Policy,
    listing_ids: Sequence[int],
    facts: Sequence[ListingFacts] | None = None,
    *,
    now: datetime,
    between: Callable[[], object] | None = None,
) -> Computed:
    """Plan these listings, reading them first where that was not done. Market states that are lacking are made, and
    the account's plugins are asked. `between` is called after each listing: what is urgent need not wait for all."""
    if facts is None:
        account, facts = _load(account, listing_ids)
    if len(facts) < len(listing_ids) or any(lacks_market(account, item) for item in facts):
        with commit("give states"):
            ensure_states(account_id=account.account_id, listing_ids=listing_ids)
        account, facts = _load(account, listing_ids)
    computed = Computed(account, policy, [], [])
    facts = consult(account, facts, now=now)
    for item, said in zip(facts, said_of(account, facts), strict=True):
        _plan(computed, item, said)
        if between is not None:
            between()
    return computed


class Wave:
    """An account's wave as far as this planner has computed it, ahead of what is stored.

    `reader` runs work in a thread with a connection of its own: the batch after the next is read meanwhile.
    """

    def __init__(self, account_id: int, reader: Reader, size: int) -> None:
        self.account_id = account_id
        self.last = False
        self._reader = reader
        self._size = size
        self._account: AccountFacts | None = None
        self._policy: Policy | None = None
        self._cursor = 0
        self._product_cursor: int | None = None
        self._ahead: Future[Read] | None = None

    def is_read(self, patience: float) -> bool:
        """Whether the next batch was read, waited for up to `patience` seconds; True where there is none to read."""
        if self._account is None:
            self._begin()
        assert self._account is not None
        if self._product_cursor is not None:
            return True
        if self._ahead is None:
            self._ahead = self._read_ahead(self._account)
        wait([self._ahead], timeout=patience)
        return self._ahead.done()

    def prepare(self, *, now: datetime, between: Callable[[], object] | None = None) -> WaveBatch | None:
        """Compute the next batch; None when there is nothing to store in this step. `between` as `compute`."""
        self.is_read(0)
        assert self._account is not None and self._policy is not None
        if self._product_cursor is not None:
            self._give_listings(now)
            return None
        assert self._ahead is not None
        account, ids, facts = self._ahead.result()
        self.last = len(ids) < self._size
        step = Advance(self._cursor, ids[-1] if ids else self._cursor, self.last)
        self._cursor = step.through
        if not self.last:
            self._ahead = self._read_ahead(self._account)
        return WaveBatch(compute(account, self._policy, ids, facts, now=now, between=between), step)

    def _read_ahead(self, account: AccountFacts) -> Future[Read]:
        return self._reader(_read, account, self._cursor, self._size)

    def _begin(self) -> None:
        self._account = account_facts(self.account_id)
        settings = self._account.settings_generation
        with commit("begin a wave"):
            execute(BEGIN, [settings, self.account_id, settings])
        self._policy = read_policy(self._account)
        ((_, self._cursor, planned_settings),) = execute(PLACE, [self.account_id])
        # Products from before the account was connected have no listing yet; later ones are planned when created.
        self._product_cursor = 0 if planned_settings == 0 and self._cursor == 0 else None

    def _give_listings(self, now: datetime) -> None:
        assert self._product_cursor is not None
        products = products_without_listing(account_id=self.account_id, after=self._product_cursor, limit=self._size)
        with commit("give listings in a wave"):
            ensure(account_id=self.account_id, product_ids=products, now=now)
        self._product_cursor = products[-1] if products else None


def store_wave(batch: WaveBatch, *, now: datetime) -> Stored:
    """Store a batch and move the cursor, in one transaction. Raises Superseded."""
    computed = batch.computed
    account = computed.account
    with commit("plan a wave"):
        open_batch(account.account_id, account.settings_generation)
        done = store(account, computed.planned, now=now)
        failed = computed.failed
        for _ in range(TRIES):
            if not done.refused:
                break
            again = compute(account, computed.policy, done.refused, now=now)
            failed = failed + again.failed
            done.add(store(account, again.planned, now=now))
        if done.refused:
            raise Contended
        if failed:
            set_aside(account.company_id, failed, now=now)
        advance(account.account_id, account.settings_generation, batch.step)
        if batch.step.last:
            wake("push", account.company_id)
    return done


def _read(account: AccountFacts, after: int, size: int) -> Read:
    ids = [listing_id for (listing_id,) in execute(NEXT, [account.account_id, after, size])]
    account, facts = _load(account, ids)
    return account, ids, facts


def _load(account: AccountFacts, listing_ids: Sequence[int]) -> tuple[AccountFacts, list[ListingFacts]]:
    """Facts, categories among them, all read behind the generations."""
    account = without_categories(account)
    return account, load(account, listing_ids)


def _plan(computed: Computed, facts: ListingFacts, said: Plugged) -> None:
    try:
        computed.planned.append(plan_listing(computed.account, computed.policy, facts, said))
    except Exception:
        # A defect with one listing must not hold up all others; this one is not pushed until it can be planned.
        logger.exception("Listing %s cannot be planned.", facts.listing_id)
        computed.failed.append(facts.product_id)
