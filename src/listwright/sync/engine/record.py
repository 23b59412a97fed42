"""Record outcomes in groups, set-based: lines, states, budget given back, and the rows of Queued Jobs they answer.

An answer belongs to its line, not to the lease: it is recorded by whoever reads it. What a newer line of the listing
has said since is not overwritten, and a line that was read back meanwhile stays as read.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper

from listwright.changes import prepared
from listwright.changes.operations import Urgency, mark_stale
from listwright.jobs.operations import Answer, answer_pending
from listwright.listings.queries.facts import GONE
from listwright.sync.engine import budget
from listwright.sync.engine.outcome import Outcome

LOCK = "SELECT 1 FROM listings_listingstate WHERE listing_id = ANY(%(ids)s) ORDER BY listing_id FOR NO KEY UPDATE"

RECORD = f"""
WITH answer AS (
    SELECT * FROM unnest(
        %(line)s::bigint[], %(listing)s::bigint[], %(market)s::text[], %(state)s::text[], %(quantity)s::integer[],
        %(price)s::numeric[], %(generation)s::bigint[], %(settings)s::bigint[], %(forced)s::boolean[],
        %(code)s::text[], %(message)s::text[], %(request_id)s::text[], %(again_quantity)s::boolean[],
        %(again_price)s::boolean[], %(refused_quantity)s::boolean[], %(refused_price)s::boolean[],
        %(retry_at)s::timestamptz[], %(attempt)s::boolean[])
    AS a (line_id, listing_id, market, state, quantity, price, generation, settings, forced, code, message, request_id,
          again_quantity, again_price, refused_quantity, refused_price, retry_at, attempt)
), account AS (SELECT settings_generation FROM companies_account WHERE id = %(account)s
), standing AS (
    SELECT l.id, l.state = 'open' OR NOT EXISTS (
        SELECT FROM sync_line n WHERE n.listing_id = l.listing_id AND n.id > l.id AND n.kind = 'single'
            AND n.state <> 'not_applied') AS newest
    FROM sync_line l WHERE l.id = ANY(%(line)s) AND l.state IN ('open', 'unknown') FOR NO KEY UPDATE
), line AS (
    UPDATE sync_line l SET state = a.state, code = a.code, message = a.message, request_id = a.request_id,
        resolved_at = CASE WHEN a.state <> 'unknown' THEN %(now)s END,
        quarantine_until = CASE WHEN a.state = 'unknown' THEN coalesce(l.quarantine_until, %(quarantine)s) END
    FROM answer a JOIN standing ON standing.id = a.line_id WHERE l.id = a.line_id
    RETURNING a.*, standing.newest, a.state = 'accepted' AND standing.newest AS accepted
), quantity AS (
    UPDATE listings_listingstate s SET
        quantity_accepted = CASE WHEN a.accepted THEN a.quantity ELSE s.quantity_accepted END,
        accepted_at = CASE WHEN a.accepted THEN %(now)s ELSE s.accepted_at END,
        quantity_due = CASE
            WHEN a.accepted THEN s.quantity_due AND (s.forced OR s.quantity_desired IS DISTINCT FROM a.quantity)
            ELSE s.quantity_due OR (a.again_quantity AND s.planned_generation = a.generation
                                    AND a.settings = (SELECT settings_generation FROM account)) END,
        unseen = s.unseen + CASE WHEN a.accepted THEN {GONE} ELSE 0 END,
        unseen_since = CASE WHEN a.accepted AND {GONE} > 0 THEN coalesce(s.unseen_since, s.verified_at)
                            ELSE s.unseen_since END,
        forced = s.forced OR (a.again_quantity AND a.forced),
        attempts = CASE WHEN a.state IN ('accepted', 'rejected') THEN 0 WHEN a.attempt THEN s.attempts + 1 ELSE s.attempts END,
        retry_at = CASE WHEN a.state IN ('accepted', 'rejected') THEN NULL ELSE a.retry_at END,
        rejected_generation = CASE WHEN a.accepted THEN NULL WHEN a.refused_quantity THEN a.generation
                                   ELSE s.rejected_generation END,
        error_code = CASE WHEN a.accepted THEN '' WHEN a.refused_quantity OR a.attempt THEN a.code ELSE s.error_code END,
        error_message = CASE WHEN a.accepted THEN '' WHEN a.refused_quantity OR a.attempt THEN a.message
                             ELSE s.error_message END
    FROM line a WHERE s.listing_id = a.listing_id AND a.quantity IS NOT NULL AND a.newest
    RETURNING s.listing_id, NOT s.quantity_due
        AND (a.again_quantity OR (a.accepted AND (s.forced OR s.quantity_desired <> a.quantity))) AS replan
), price AS (
    UPDATE listings_listingmarketstate m SET
        price_accepted = CASE WHEN a.accepted THEN a.price ELSE m.price_accepted END,
        accepted_at = CASE WHEN a.accepted THEN %(now)s ELSE m.accepted_at END,
        price_due = CASE
            WHEN a.accepted THEN m.price_due AND (m.forced OR m.price_desired IS DISTINCT FROM a.price)
            ELSE m.price_due OR (a.again_price AND s.planned_generation = a.generation
                                 AND a.settings = (SELECT settings_generation FROM account)) END,
        forced = m.forced OR (a.again_price AND a.forced),
        attempts = CASE WHEN a.state IN ('accepted', 'rejected') THEN 0 WHEN a.attempt THEN m.attempts + 1 ELSE m.attempts END,
        retry_at = CASE WHEN a.state IN ('accepted', 'rejected') THEN NULL ELSE a.retry_at END,
        rejected_generation = CASE WHEN a.accepted THEN NULL WHEN a.refused_price THEN a.generation
                                   ELSE m.rejected_generation END,
        error_code = CASE WHEN a.accepted THEN '' WHEN a.refused_price OR a.attempt THEN a.code ELSE m.error_code END,
        error_message = CASE WHEN a.accepted THEN '' WHEN a.refused_price OR a.attempt THEN a.message
                             ELSE m.error_message END
    FROM line a JOIN listings_listingstate s ON s.listing_id = a.listing_id
    WHERE m.listing_id = a.listing_id AND m.market = a.market AND a.price IS NOT NULL AND a.newest
    RETURNING m.listing_id, NOT m.price_due
        AND (a.again_price OR (a.accepted AND (m.forced OR m.price_desired <> a.price))) AS replan
)
SELECT line.line_id, coalesce(quantity.replan, false) OR coalesce(price.replan, false)
FROM line LEFT JOIN quantity USING (listing_id) LEFT JOIN price USING (listing_id)
"""  # noqa: S608 - both parts are our own


def record(
    cursor: CursorWrapper,
    *,
    account_id: int,
    company_id: int,
    outcomes: Sequence[Outcome],
    now: datetime,
    quarantine: float,
) -> frozenset[int]:
    """Record a group of outcomes in the caller's transaction, at most one of each listing.

    Returns the ids of the lines it counted for; the others had been read back already.
    """
    if not outcomes:
        return frozenset()
    drafts = [outcome.sending.draft for outcome in outcomes]
    prepared.rows(LOCK, {"ids": [draft.listing_id for draft in drafts]})
    recorded = prepared.rows(
        RECORD,
        {
            "account": account_id,
            "now": now,
            "quarantine": now + timedelta(seconds=quarantine),
            "line": [outcome.sending.line_id for outcome in outcomes],
            "listing": [draft.listing_id for draft in drafts],
            "market": [draft.market for draft in drafts],
            "quantity": [draft.quantity for draft in drafts],
            "price": [draft.price for draft in drafts],
            "generation": [draft.generation for draft in drafts],
            "settings": [draft.settings for draft in drafts],
            "forced": [draft.forced for draft in drafts],
            "retry_at": [
                None if outcome.retry_in is None else now + timedelta(seconds=outcome.retry_in) for outcome in outcomes
            ],
            **{name: [getattr(outcome, name) for outcome in outcomes] for name in OUTCOME_COLUMNS},
        },
    )
    replan: dict[int, bool] = dict(recorded)
    counted = [outcome for outcome in outcomes if outcome.sending.line_id in replan]
    stale = [outcome.sending.draft.product_id for outcome in counted if replan[outcome.sending.line_id]]
    mark_stale(company_id=company_id, product_ids=stale, urgency=Urgency.STOCK, now=now)
    _give_back(cursor, account_id, counted)
    answer_pending(answers=[answer for outcome in counted for answer in answers(outcome)], now=now)
    return frozenset(replan)


OUTCOME_COLUMNS = (
    "state",
    "code",
    "message",
    "request_id",
    "again_quantity",
    "again_price",
    "refused_quantity",
    "refused_price",
    "attempt",
)


def answers(outcome: Outcome) -> list[Answer]:
    """What a final outcome tells the rows of Queued Jobs, which wait for markets: nothing while a value is due again,
    unknown, or a price of the same market is still to follow."""
    draft = outcome.sending.draft
    refused = outcome.refused_quantity or outcome.refused_price
    if not draft.forced or not (refused or outcome.state == "accepted"):  # what a job waits for was asked for by it
        return []
    markets = {*draft.answers, draft.market} if refused else draft.answers
    code, message = (outcome.code, outcome.message) if refused else ("", "")
    return [
        Answer(draft.product_id, market, outcome.sending.line_id, not refused, code, message)
        for market in sorted(markets)
    ]


def _give_back(cursor: CursorWrapper, account_id: int, outcomes: Sequence[Outcome]) -> None:
    moments = [outcome.sending.attempted_at for outcome in outcomes if outcome.credit]
    for moment in sorted(set(moments)):
        budget.credit(cursor, account_id, moment, moments.count(moment))
