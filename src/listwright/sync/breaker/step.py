"""The breaker as a step of the account: the planner marks what looks wrong, this judges how much of it there is."""

from datetime import datetime

from django.db import connection

from listwright.jobs.operations import NEWEST, Answer, answer_pending
from listwright.sync.breaker import storms, zeros
from listwright.sync.breaker.limits import limits
from listwright.sync.commits import commit
from listwright.sync.engine.steps import StepContext

HELD = "held"
HELD_MESSAGE = "Held back by the circuit breaker: see Held sends."
# Refusals are few, and found by an index of their own.
WANTED = """
SELECT EXISTS (SELECT FROM listings_listingstate WHERE account_id = a.id AND hold = 'watched')
    OR EXISTS (SELECT FROM listings_listingstate WHERE account_id = a.id AND hold <> '' AND hold <> 'passed' AND forced)
    OR EXISTS (SELECT FROM listings_listingmarketstate WHERE account_id = a.id AND hold <> '' AND hold <> 'passed' AND forced)
    OR st.storms <> '{}'
    OR (a.breaker_refused_share IS NOT NULL AND (SELECT count(*) FROM (
        SELECT FROM sync_line WHERE account_id = a.id AND state = 'rejected'
            AND resolved_at > %(now)s - make_interval(mins => a.breaker_minutes)
        LIMIT a.breaker_refused_least) AS refused) >= a.breaker_refused_least)
FROM companies_account a JOIN sync_accountstate st ON st.account_id = a.id WHERE a.id = %(account)s
"""
# Whoever asked for these is told, instead of being left to wait for another's decision.
ASKED_QUANTITIES = """
UPDATE listings_listingstate s SET forced = false FROM listings_listing l, companies_account a
WHERE l.id = s.listing_id AND a.id = s.account_id AND s.listing_id IN (
    SELECT listing_id FROM listings_listingstate
    WHERE account_id = %(account)s AND forced AND hold IN ('held', 'rejected', 'storm')
    ORDER BY listing_id FOR NO KEY UPDATE)
RETURNING l.product_id, a.default_market
"""
ASKED_PRICES = """
UPDATE listings_listingmarketstate m SET forced = false FROM listings_listing l
WHERE l.id = m.listing_id AND (m.listing_id, m.market) IN (
    SELECT listing_id, market FROM listings_listingmarketstate
    WHERE account_id = %(account)s AND forced AND hold IN ('held', 'rejected', 'storm')
    ORDER BY listing_id, market FOR NO KEY UPDATE)
RETURNING l.product_id, m.market
"""


class BreakerStep:
    """Judges by the account's thresholds, about once a second while there is anything to judge."""

    name = "breaker"

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether something is watched, asked for and held, or refused too often."""
        with connection.cursor() as cursor:
            cursor.execute(WANTED, {"account": account_id, "now": now})
            row = cursor.fetchone()
        return bool(row and row[0])

    def run(self, context: StepContext) -> None:
        """Judge once; nothing is asked of the channel."""
        judge(account_id=context.account_id, now=context.clock.now())


def judge(*, account_id: int, now: datetime) -> None:
    """Hold what comes in too great numbers, let the rest pass, and answer jobs that asked for what is held."""
    with commit("judge by the breaker"), connection.cursor() as cursor:
        found = limits(cursor, account_id)
        storms.judge(cursor, found, now=now)
        zeros.judge(cursor, found, now=now)
        answers = []
        for statement in (ASKED_QUANTITIES, ASKED_PRICES):
            cursor.execute(statement, {"account": account_id})
            answers += [
                Answer(product_id, market, NEWEST, False, HELD, HELD_MESSAGE)
                for product_id, market in cursor.fetchall()
            ]
        answer_pending(answers=answers, now=now)
