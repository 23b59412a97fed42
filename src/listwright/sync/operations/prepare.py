"""Turn a job's selection into rows: what will be sent, and why the others will not (B7)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from django.db import connection

from listwright.catalog.models import Product
from listwright.catalog.selection import resolve_of_job
from listwright.changes.origin import Origin
from listwright.changes.wake import wake
from listwright.common.errors import DomainError
from listwright.companies import queries as companies
from listwright.companies.models import Account, Company
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.jobs.operations import RowInput
from listwright.listings import operations as listings
from listwright.listings.queries import facts
from listwright.listings.queries.facts import AccountFacts, ListingFacts
from listwright.listings.queries.offers import Offer, offers
from listwright.sync.bulk import followups
from listwright.sync.bulk.work import CREATE
from listwright.sync.commits import commit
from listwright.sync.operations import forcing
from listwright.sync.queries.lines import newest_line

CHUNK = 2000
# Any number that no other advisory lock of this database uses as its first key.
LOCK_CLASS = 0x4C58

NOT_ENABLED = "Back Market Enabled is off for this product."
NOT_LINKED = "It is not on Back Market yet, so it has no price and quantity there. Launch it first."
MISSING_THERE = "Back Market has this listing no more."


def launch(*, job_id: int, now: datetime) -> None:
    """Rows of a launch: products that are on and ready; the others are skipped with their reason."""

    def rows(
        account: Account, shared: AccountFacts, found: Sequence[ListingFacts], skus: dict[int, str]
    ) -> list[RowInput]:
        linked = [item.listing_id for item in found if item.linked]
        content = followups.content_steps(account_id=account.id, listing_ids=linked, with_default=True)
        return [
            _launch_row(offer, item, skus[item.product_id], content.get(item.listing_id, []))
            for item, offer in zip(found, offers(shared, found), strict=True)
        ]

    _prepare(job_id, now, rows)


def _launch_row(offer: Offer, item: ListingFacts, sku: str, content: Sequence[str]) -> RowInput:
    if item.status != "on":
        return RowInput(item.product_id, sku, "skipped", "not_enabled", NOT_ENABLED)
    if item.link_problem:
        return RowInput(item.product_id, sku, "skipped", "held", "It is held for a person: see its Back Market page.")
    if item.missing_there:
        return RowInput(item.product_id, sku, "skipped", "missing_there", MISSING_THERE)
    if not offer.readiness.ready:
        reasons = " ".join(missing.message for missing in offer.readiness.missing)
        return RowInput(item.product_id, sku, "skipped", "not_ready", f"Not ready to post: {reasons}")
    return RowInput(item.product_id, sku, pending=list(content) if item.linked else [CREATE])


def update(*, job_id: int, now: datetime) -> None:
    """Rows of a manual update: linked products that are on; price and quantity of every updated market are asked for."""

    def rows(
        account: Account, shared: AccountFacts, found: Sequence[ListingFacts], skus: dict[int, str]
    ) -> list[RowInput]:
        possible = {item.listing_id for item in found if item.linked and item.status == "on" and not item.link_problem}
        markets = followups.markets_to_send(account_id=account.id, listing_ids=sorted(possible))
        forcing.force(account_id=account.id, markets=markets, now=now)
        return [_update_row(item, skus[item.product_id], markets.get(item.listing_id, [])) for item in found]

    _prepare(job_id, now, rows)


def _update_row(item: ListingFacts, sku: str, markets: Sequence[str]) -> RowInput:
    if item.status != "on":
        return RowInput(item.product_id, sku, "skipped", "not_enabled", NOT_ENABLED)
    if not item.linked:
        return RowInput(item.product_id, sku, "skipped", "not_linked", NOT_LINKED)
    if item.link_problem:
        return RowInput(item.product_id, sku, "skipped", "held", "It is held for a person: see its Back Market page.")
    if item.missing_there:
        return RowInput(item.product_id, sku, "skipped", "missing_there", MISSING_THERE)
    if not markets:
        message = "There is nothing to send: stock has never been set and no updated market has a price."
        return RowInput(item.product_id, sku, "skipped", "nothing_to_send", message)
    return RowInput(item.product_id, sku, pending=list(markets))


def disable(*, job_id: int, now: datetime) -> None:
    """Rows of a bulk disable: every product is disabled; those taken offline wait until 0 is accepted there."""
    with commit("start a disable"):
        job = jobs.start(job_id=job_id, now=now)
    if job is None:
        return
    then: Literal["offline", "leave"] = "offline" if job.params["then"] == "offline" else "leave"

    def rows(
        account: Account, shared: AccountFacts, found: Sequence[ListingFacts], skus: dict[int, str]
    ) -> list[RowInput]:
        result = listings.disable(
            company=account.company,
            skus=[skus[item.product_id] for item in found if item.status == "on"],
            then=then,
            origin=Origin("system", job.id, f"job {job.id}"),
            now=now,
        )
        return [_disable_row(shared, item, skus[item.product_id], then, result.errors) for item in found]

    _prepare(job_id, now, rows)


def _disable_row(
    shared: AccountFacts, item: ListingFacts, sku: str, then: str, errors: Mapping[str, DomainError]
) -> RowInput:
    if sku in errors:
        return RowInput(item.product_id, sku, "failed", errors[sku].code, errors[sku].message)
    if item.status != "on":
        return RowInput(item.product_id, sku, "skipped", "not_enabled", "It was not enabled.")
    if then == "offline" and item.linked and item.state.quantity_accepted != 0:
        return RowInput(item.product_id, sku, pending=[shared.default_market])
    return RowInput(item.product_id, sku, "succeeded")


def download(*, job_id: int, now: datetime) -> None:
    """Mark a download as under way: the account's download step looks for it."""
    with commit("start a download"):
        job = jobs.start(job_id=job_id, now=now)
        if job is not None:
            jobs.report(job_id=job_id, message="Waiting for a worker.")
            wake("push", job.company_id)


class _CancelledError(Exception):
    """Takes back the rows of a job that was cancelled while they were added."""


RowsOf = Callable[[Account, AccountFacts, Sequence[ListingFacts], dict[int, str]], list[RowInput]]


def _prepare(job_id: int, now: datetime, rows_of: RowsOf) -> None:
    """Resolve the selection and add its rows, all in one transaction; a job prepared before is left as it is.

    One process at a time prepares a job. Its row is only taken at the end, so that it can be cancelled meanwhile.
    """
    with commit("start a job"):
        job = jobs.start(job_id=job_id, now=now)
    if job is None or job.total:
        return
    company = Company.objects.get(id=job.company_id)
    try:
        with commit("add a job's rows"):
            _add(job, company, now, rows_of)
    except (DomainError, _CancelledError) as refusal:
        with commit("refuse a job"):
            if isinstance(refusal, DomainError):
                jobs.fail(job_id=job_id, now=now, message=refusal.message)
            else:
                jobs.settle(job_ids=[job_id], now=now, rowless=True)


def _add(job: Job, company: Company, now: datetime, rows_of: RowsOf) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, job.id % 2**31])
    now_there = Job.objects.get(id=job.id)
    if now_there.total or now_there.finished_at is not None:
        return  # prepared by another, who took us for dead; or cancelled meanwhile
    if now_there.cancel_requested_at is not None:
        raise _CancelledError
    states: Counter[str] = Counter()
    account = companies.account(company)
    chosen = resolve_of_job(company, job.params["selection"])
    if not chosen.product_ids and not chosen.unknown:
        jobs.fail(job_id=job.id, now=now, message="No product matches the selection, so there was nothing to do.")
        return
    for chunk in _chunks(chosen.product_ids):
        skus = dict(Product.objects.filter(company=company, id__in=chunk).values_list("id", "sku"))
        by_product = listings.ensure(account_id=account.id, product_ids=chunk, now=now)
        shared = facts.account_facts(account.id)
        found = facts.load(shared, sorted(by_product.values()))
        rows = rows_of(account, shared, found, skus)
        # Behind what they ask for: a line that was written before holds nothing of it.
        states += jobs.add_rows(job_id=job.id, rows=rows, now=now, after_line=newest_line())
    states += jobs.add_rows(
        job_id=job.id,
        rows=[
            RowInput(None, sku, "failed", "unknown_sku", f"There is no product with the SKU '{sku}'.")
            for sku in chosen.unknown
        ],
        now=now,
    )
    if not jobs.count_rows(job_id=job.id, states=states):
        raise _CancelledError
    jobs.settle(job_ids=[job.id], now=now)
    wake("push", company.id)


def _chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])
