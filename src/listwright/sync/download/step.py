"""Downloading the Active Listings as a step of the account: a few seconds of pages at a time (B6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from listwright.channels.protocol import RemoteListing
from listwright.channels.registry import channel
from listwright.common.errors import PASSING
from listwright.companies.models import Account
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.sync.commits import commit
from listwright.sync.download import merge, staging
from listwright.sync.engine.steps import StepContext
from listwright.sync.models import AccountState

SECONDS_AT_ONCE = 2.0


@dataclass(slots=True)
class Reading:
    """A download under way in this process; another one, or this one when it was another's meanwhile, begins anew."""

    job_id: int
    began_at: datetime
    left: list[str]
    pages: Iterator[Sequence[RemoteListing]] | None = None
    market: str = ""
    read: int = 0
    done: list[str] = field(default_factory=list)


class DownloadStep:
    """Reads every market of the account's region, all publication states, then merges."""

    name = "download"

    def __init__(self) -> None:
        self._under_way: dict[int, Reading] = {}

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether somebody, or the hour, asked for a download."""
        return bool(_jobs(account_id).exists())

    def run(self, context: StepContext) -> None:
        """Read pages for some seconds, or merge when all are read."""
        job = _jobs(context.account_id).order_by("id").first()
        if job is None:
            return
        reading = self._under_way.get(context.account_id)
        if reading is None or reading.job_id != job.id:
            reading = _begin(context, job.id)
            self._under_way[context.account_id] = reading
        until = context.clock.monotonic() + SECONDS_AT_ONCE
        try:
            while (reading.pages is not None or reading.left) and context.clock.monotonic() < until:
                if context.ending():
                    return
                _read_page(context, reading)
        except PASSING:
            raise  # the market goes on with the page that failed
        except BaseException:
            _begin_market_anew(reading)
            raise
        with commit("report a download"):
            jobs.report(
                job_id=job.id,
                message=f"{reading.read} listings read in {len(reading.done)} markets, {len(reading.left)} markets to go.",
            )
        if reading.pages is None and not reading.left:
            del self._under_way[context.account_id]
            _finish(context, reading)


def _jobs(account_id: int):  # type: ignore[no-untyped-def]
    return Job.objects.filter(
        company__account__id=account_id, kind="download", status="processing", finished_at__isnull=True
    )


def _begin(context: StepContext, job_id: int) -> Reading:
    account = Account.objects.get(id=context.account_id)
    with commit("begin a download"):
        staging.forget(job_id=job_id)
    codes = [market.code for market in channel(account.channel).markets(account.region)]
    order = [context.default_market, *(code for code in codes if code != context.default_market)]
    return Reading(job_id=job_id, began_at=context.clock.now(), left=order)


def _read_page(context: StepContext, reading: Reading) -> None:
    if reading.pages is None:
        reading.market = reading.left.pop(0)
        reading.pages = iter(context.adapter.listings(reading.market))
    seen_at = context.clock.now()
    page = next(reading.pages, None)
    if page is None:
        reading.pages = None
        reading.done.append(reading.market)
        return
    with commit("keep a page"):
        staging.store(job_id=reading.job_id, account_id=context.account_id, page=page, seen_at=seen_at)
    if len(reading.done) == 0:
        reading.read += len(page)


def _begin_market_anew(reading: Reading) -> None:
    if reading.pages is not None:
        reading.pages = None
        with commit("begin a market anew"):
            staging.forget(job_id=reading.job_id, market=reading.market)
        reading.left.insert(0, reading.market)
        if not reading.done:
            reading.read = 0


def _finish(context: StepContext, reading: Reading) -> None:
    now = context.clock.now()
    merged = merge.merge(
        job_id=reading.job_id,
        account_id=context.account_id,
        began_at=reading.began_at,
        now=now,
        is_gone=lambda identity: context.adapter.listing(identity, context.default_market) is None,
    )
    with commit("finish a download"):
        staging.forget(job_id=reading.job_id)
        AccountState.objects.update_or_create(account_id=context.account_id, defaults={"downloaded_at": now})
        jobs.report(job_id=reading.job_id, message=str(merged), total=merged.read, succeeded=merged.read)
        jobs.finish(job_id=reading.job_id, now=now, message=str(merged))
