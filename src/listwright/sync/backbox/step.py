"""Reading BackBox as a step of the account: two calls a second, the most promising listings first (E2)."""

import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from listwright.channels.protocol import Competitor
from listwright.common.errors import AccessDenied, RateLimited
from listwright.listings.queries.facts import account_facts, load
from listwright.listings.rules.pricing import min_price_in_force
from listwright.sync.backbox.reprice import reprice
from listwright.sync.backbox.store import store_reading
from listwright.sync.commits import commit
from listwright.sync.decisions.competition import CALLS, Reading, next_call, next_reading
from listwright.sync.engine.steps import StepContext
from listwright.sync.models import AccountState

CALLS_AT_ONCE = 4
DENIED_PAUSE = timedelta(hours=1)
LIMITED_PAUSE = timedelta(seconds=10)

# A null is "never read": the most promising of all. What waits for long grows more promising.
DUE = """
SELECT l.id, l.back_market_id::text FROM listings_listing l
JOIN listings_listingstate s ON s.listing_id = l.id
JOIN companies_account a ON a.id = l.account_id
LEFT JOIN sync_accountstate st ON st.account_id = a.id
LEFT JOIN listings_competitionread r ON r.listing_id = l.id
WHERE l.account_id = %(account)s AND l.repricing_enabled AND l.status = 'on' AND l.back_market_id IS NOT NULL
    AND l.missing_there_since IS NULL AND l.link_problem = '' AND s.quantity_accepted > 0
    AND (r.next_at IS NULL OR r.next_at <= %(now)s)
    AND (st.backbox_paused_until IS NULL OR st.backbox_paused_until <= %(now)s)
ORDER BY r.promise * (1 + extract(epoch FROM %(now)s - r.next_at) / 600) DESC NULLS FIRST, l.id LIMIT %(limit)s
"""


class _Wanted(NamedTuple):
    listing_id: int
    back_market_id: str


class BackBoxStep:
    """Reads competitors for listings with repricing enabled, and has the company's repricer answer."""

    name = "backbox"

    def __init__(self) -> None:
        self._answered: dict[int, deque[float]] = {}

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether a listing's reading is due and BackBox is not paused."""
        return bool(_due(account_id, now, limit=1))

    def run(self, context: StepContext) -> None:
        """Some calls, then the prices that follow from them."""
        read = []
        for wanted in _due(context.account_id, context.clock.now(), limit=CALLS_AT_ONCE):
            if context.ending():
                return
            answered = self._pace(context)
            try:
                found = context.adapter.competitors(wanted.back_market_id)
            except AccessDenied as error:
                if error.status == 401:
                    raise
                _pause(context, DENIED_PAUSE, f"Back Market refuses BackBox to this account (403). {error.message}")
                return
            except RateLimited as error:
                wait = LIMITED_PAUSE if error.wait is None else timedelta(seconds=error.wait)
                _pause(context, wait, "BackBox was asked too fast (429).")
                return
            finally:
                answered.append(context.clock.monotonic())
            _store(context, wanted.listing_id, found)
            read.append(wanted.listing_id)
        if read:
            reprice(account_id=context.account_id, listing_ids=read, now=context.clock.now())

    def _pace(self, context: StepContext) -> deque[float]:
        """Wait for the turn of the account's next call; returns where its answer is to be noted."""
        now = context.clock.monotonic()
        # Another worker may have asked a moment before this one took over.
        answered = self._answered.setdefault(context.account_id, deque([now] * CALLS, CALLS))
        time.sleep(max(0.0, next_call(answered) - now))
        return answered


def _due(account_id: int, now: datetime, *, limit: int) -> list[_Wanted]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"account": account_id, "now": now, "limit": limit})
        return [_Wanted(*row) for row in cursor.fetchall()]


def _store(context: StepContext, listing_id: int, found: Sequence[Competitor]) -> None:
    account = account_facts(context.account_id)
    facts = load(account, [listing_id])
    if not facts:
        return  # deleted meanwhile
    markets = {market.market: market for market in facts[0].markets}
    lowest = {code: min_price_in_force(facts[0].price, market) for code, market in markets.items()}
    known = [one for one in found if one.market in account.markets and account.markets[one.market].enabled]
    readings = [Reading(one.is_winning, one.price_to_win, lowest.get(one.market)) for one in known]
    after = next_reading(readings, sold=facts[0].state.sold_30_days)
    with commit("keep a reading of BackBox"):
        store_reading(
            account_id=context.account_id, listing_id=listing_id, found=found, after=after, now=context.clock.now()
        )


def _pause(context: StepContext, wait: timedelta, message: str) -> None:
    with commit("pause BackBox"):
        AccountState.objects.filter(account_id=context.account_id).update(
            backbox_paused_until=context.clock.now() + wait, backbox_message=message
        )
