"""Answer what a job asked for and nothing will send any more, so that the job ends and says why."""

from datetime import datetime, timedelta

from django.db import connection

from listwright.jobs.operations import NEWEST, Answer, answer_pending
from listwright.sync.commits import commit

CODE = "not_to_be_sent"
# What a job asks for is planned within moments; one that is younger may be about to be.
AFTER = timedelta(seconds=30)
AT_ONCE = 10_000

LOOK = """
SELECT next_one.id FROM jobs_job job CROSS JOIN unnest(ARRAY['waiting', 'sent']) AS open (state)
CROSS JOIN LATERAL (
    SELECT id FROM jobs_jobrow WHERE job_id = job.id AND state = open.state AND id > %s ORDER BY id LIMIT %s) AS next_one
WHERE job.finished_at IS NULL AND job.started_at < %s AND job.kind IN ('update', 'launch') ORDER BY next_one.id LIMIT %s
"""

# Planned from the newest facts and settings, nothing due, nothing under way, held by nobody who may still let it go. What
# is asked for besides price and quantity has its own answers, unless the listing is gone.
FIND = """
SELECT row.product_id, l.id, pending.step, CASE
    WHEN l.back_market_id IS NULL THEN 'It was unlinked before it was sent.'
    WHEN l.status <> 'on' THEN 'Back Market Enabled was switched off before it was sent.'
    WHEN coalesce(market.enabled, false) IS FALSE THEN 'This market was switched off before it was sent.'
    WHEN price.price_desired IS NULL THEN 'It has no price there any more.'
    ELSE 'There is nothing to send any more.' END
FROM jobs_jobrow row CROSS JOIN LATERAL unnest(row.pending) AS pending (step)
JOIN listings_listing l ON l.product_id = row.product_id
JOIN companies_account a ON a.id = l.account_id JOIN sync_accountstate st ON st.account_id = a.id
JOIN listings_listingstate s ON s.listing_id = l.id
LEFT JOIN listings_listingmarketstate price ON price.listing_id = l.id AND price.market = pending.step
LEFT JOIN companies_accountmarket market ON market.account_id = a.id AND market.market = pending.step
LEFT JOIN changes_stale t ON t.product_id = l.product_id
WHERE row.id = ANY(%(rows)s::bigint[]) AND row.state IN ('waiting', 'sent')
    AND (length(pending.step) = 5 OR (pending.step LIKE 'content:%%' AND l.back_market_id IS NULL)) AND l.link_problem = ''
    AND coalesce(t.generation, s.planned_generation) = s.planned_generation
    AND st.planned_settings >= a.settings_generation
    AND NOT coalesce(price.price_due, false) AND coalesce(price.hold, '') IN ('', 'passed')
    AND (pending.step <> a.default_market OR NOT s.quantity_due AND s.hold IN ('', 'passed'))
    AND NOT EXISTS (SELECT FROM sync_line n WHERE n.listing_id = l.id AND n.state IN ('open', 'unknown'))
ORDER BY s.listing_id FOR NO KEY UPDATE OF s SKIP LOCKED
"""
# It would go out at once when it is switched on again, long after anybody asked. A zero that takes a listing offline stays.
FORGET_QUANTITIES = """
UPDATE listings_listingstate SET forced = false WHERE listing_id IN (
    SELECT s.listing_id FROM listings_listingstate s JOIN listings_listing l ON l.id = s.listing_id
    JOIN companies_account a ON a.id = s.account_id
    JOIN unnest(%(listing)s::bigint[], %(step)s::text[]) AS given (listing_id, step) ON given.listing_id = s.listing_id
    WHERE given.step = a.default_market AND s.forced AND l.status <> 'taken_offline'
    ORDER BY s.listing_id FOR NO KEY UPDATE OF s)
"""
FORGET_PRICES = """
UPDATE listings_listingmarketstate SET forced = false WHERE (listing_id, market) IN (
    SELECT m.listing_id, m.market FROM listings_listingmarketstate m
    JOIN unnest(%(listing)s::bigint[], %(step)s::text[]) AS given (listing_id, step)
        ON given.listing_id = m.listing_id AND given.step = m.market
    WHERE m.forced ORDER BY m.listing_id, m.market FOR NO KEY UPDATE OF m)
"""


def answer_unanswered(*, now: datetime, after: int = 0, at_once: int = AT_ONCE) -> int:
    """Fail what waits in jobs though it will not be sent.

    Looks at `at_once` open rows behind the one with the id `after`, and returns behind which to go on, 0 after the last.
    """
    with commit("answer what will not be sent"), connection.cursor() as cursor:
        cursor.execute(LOOK, [after, at_once, now - AFTER, at_once])
        rows = [row_id for (row_id,) in cursor.fetchall()]
        cursor.execute(FIND, {"rows": rows})
        found = cursor.fetchall()
        about = {"listing": [listing for _, listing, _, _ in found], "step": [step for _, _, step, _ in found]}
        cursor.execute(FORGET_QUANTITIES, about)
        cursor.execute(FORGET_PRICES, about)
        answer_pending(
            answers=[Answer(product, step, NEWEST, False, CODE, message) for product, _, step, message in found],
            now=now,
        )
    return rows[-1] if len(rows) == at_once else 0
