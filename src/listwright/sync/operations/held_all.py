"""Approve or reject everything that is held: at once while it is little, as a Queued Job when it is much."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import connection

from listwright.changes.origin import Origin
from listwright.common.errors import Conflict
from listwright.companies import queries as companies
from listwright.companies.models import Account, Company
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.jobs.operations import RowOutcome
from listwright.listings.models import Listing
from listwright.sync import planner
from listwright.sync.commits import commit
from listwright.sync.operations import held
from listwright.sync.operations.held import Change, Decided, Given

TASK = "sync.decide_held"
KINDS = {True: "approve_held", False: "reject_held"}
# Values, and for a first send linked listings, that are decided while somebody waits for the answer: some 50 ms.
VALUES_AT_ONCE = 500
LISTINGS_AT_ONCE = 5000
CHUNK = 1000
PASSED_BY = "It has changed since it was asked for, or is held no more: nothing was decided about it."

# A row a listing; what it waits for tells the generation whose values were meant, as in a decision about chosen ones.
_LIST = """
INSERT INTO jobs_jobrow (job_id, product_id, sku, state, pending, code, message, after_line, created_at)
SELECT %(job)s, product.id, product.sku, 'waiting', ARRAY['held:' || state.planned_generation], '', '', 0, %(now)s
FROM listings_listingstate AS state JOIN listings_listing AS listing ON listing.id = state.listing_id
JOIN catalog_product AS product ON product.id = listing.product_id
WHERE state.listing_id IN (
    SELECT listing_id FROM listings_listingstate WHERE account_id = %(account)s AND hold IN ('held', 'storm')
    UNION SELECT listing_id FROM listings_listingmarketstate WHERE account_id = %(account)s AND hold IN ('held', 'storm'))
ORDER BY state.listing_id
"""
_NEXT = """
SELECT row.id, coalesce(listing.id, 0), split_part(row.pending[1], ':', 2)::bigint
FROM jobs_jobrow AS row LEFT JOIN listings_listing AS listing
    ON listing.product_id = row.product_id AND listing.account_id = %(account)s
WHERE row.job_id = %(job)s AND row.state = 'waiting' ORDER BY row.id LIMIT %(limit)s
"""


def decide_all(
    *, company: Company, approve: bool, first_send: bool, origin: Origin, now: datetime, at_once: int = VALUES_AT_ONCE
) -> Decided | Job:
    """Decide all that the breaker holds; an approval with `first_send` lets the account's automatic sends go, too.

    The job where there are more values than `at_once`. Raises Conflict when nothing waits for an approval with
    `first_send`, and NotReady while the company is not connected.
    """
    account = companies.account(company)
    first_send = approve and first_send
    waits = first_send and not held.first_send_approved(company)
    if planner.held_by_breaker(account.pk) > at_once or (waits and _listings(account) > LISTINGS_AT_ONCE):
        return _queued(company, KINDS[approve], {"breaker": True, "first_send": waits}, origin, now)
    if first_send:
        return held.approve_all(company=company, origin=origin, now=now)
    return held.decide(company=company, approve=approve, pairs=None, origin=origin, now=now)


def approve_first_send(
    *, company: Company, origin: Origin, now: datetime, at_once: int = LISTINGS_AT_ONCE
) -> Job | None:
    """Let the account's automatic sends go, from now on; the job where it has more listings than `at_once`.

    Raises Conflict when they were approved before, NotReady while the company is not connected.
    """
    if _listings(companies.account(company)) > at_once and not held.first_send_approved(company):
        return _queued(company, KINDS[True], {"breaker": False, "first_send": True}, origin, now)
    held.approve(company=company, origin=origin, now=now)
    return None


def _listings(account: Account) -> int:
    return Listing.objects.filter(account=account)[: LISTINGS_AT_ONCE + 1].count()


def _queued(company: Company, kind: str, params: Mapping[str, bool], origin: Origin, now: datetime) -> Job:
    with commit("ask to decide all that is held"):
        return jobs.create(
            company_id=company.pk, kind=kind, origin=origin, params=params, now=now, task=TASK, priority=2
        )


def decide_now(*, job_id: int, now: datetime) -> None:
    """Carry such a job out, a thousand listings at a time; whoever comes after a death goes on where it stopped."""
    with commit("start to decide all that is held"):
        job = jobs.start(job_id=job_id, now=now)
        if job is None:
            return
        account = companies.account(Company.objects.get(pk=job.company_id))
        if job.params["breaker"] and not job.total:
            _list(job, account, now)
    message = _approve_first_send(job, account, now) if job.params["first_send"] else ""
    with suppress(_CancelledError):
        while _decide_some(job, account, now):
            pass
    with commit("end a decision"):
        jobs.finish(job_id=job_id, now=now, message=message)


def _approve_first_send(job: Job, account: Account, now: datetime) -> str:
    """What was seen of it first, some listings at a time: nobody waits long for any of them."""
    after: int | None = 0
    while after is not None and not held.first_send_approved(account.company):
        after = _pass_some(account, after)
        if jobs.cancel_requested(job_id=job.pk):
            return ""
    with suppress(Conflict):  # somebody else was faster, or this job before it died
        held.approve(company=account.company, origin=jobs.asked_by(job), now=now)
    return "Automatic sends were approved and go from now on."


def _pass_some(account: Account, after: int) -> int | None:
    """Let the next listings' falls pass; the last of these listings, None when there are no more."""
    with commit("pass some of a first send"):
        held.lock_account(account.company)
        ids = Listing.objects.filter(account=account, id__gt=after).order_by("id").values_list("id", flat=True)
        chunk = list(ids[:LISTINGS_AT_ONCE])
        if chunk:
            held.pass_seen(account.pk, after, chunk[-1])
    return chunk[-1] if chunk else None


class _CancelledError(Exception):
    """Takes back what was decided about rows that were cancelled meanwhile."""


def _list(job: Job, account: Account, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LIST, {"job": job.pk, "account": account.pk, "now": now})
        jobs.count_rows(job_id=job.pk, states=Counter(waiting=cursor.rowcount))


def _decide_some(job: Job, account: Account, now: datetime) -> bool:
    """Decide about the next listings; False when none are left."""
    with commit("decide some of what is held"):
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, {"job": job.pk, "account": account.pk, "limit": CHUNK})
            rows = cursor.fetchall()
        decided = held.decide_given(
            account=account,
            approve=job.kind == KINDS[True],
            given=[Given(listing_id, None, generation) for _, listing_id, generation in rows],
            origin=jobs.asked_by(job),
            now=now,
        )
        # Behind the states, as everybody takes them.
        if jobs.lock_rows(row_ids=[row_id for row_id, _, _ in rows]).count("waiting") < len(rows):
            raise _CancelledError
        said: dict[int, list[str]] = {}
        for (listing_id, market), change in sorted(decided.items()):
            said.setdefault(listing_id, []).append(_said(market, change))
        jobs.record_rows(outcomes=[_outcome(row_id, said.get(listing_id)) for row_id, listing_id, _ in rows], now=now)
    return bool(rows)


def _outcome(row_id: int, said: Sequence[str] | None) -> RowOutcome:
    if said is None:
        return RowOutcome(row_id, "skipped", "passed_by", PASSED_BY)
    return RowOutcome(row_id, "succeeded", "", "; ".join(said))


def _said(market: str, change: Change) -> str:
    unit = f" {change.currency}" if change.currency else ""
    standing = "none" if change.standing is None else f"{change.standing}{unit}"
    return f"{f'Price in {market}' if market else 'Quantity'} {standing} → {change.wanted}{unit}"
