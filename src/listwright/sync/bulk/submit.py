"""Send product information: look before creating, write the attempt with its budget, then upload."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from listwright.channels.protocol import BulkRow, RemoteListing
from listwright.channels.registry import channel
from listwright.common.errors import ChannelError, OutcomeUnknown, ProtocolBroken, RateLimited, Rejected
from listwright.common.text import fold
from listwright.jobs import operations as jobs
from listwright.jobs.operations import Answer, RowOutcome
from listwright.listings.queries.information import ListingInformation, information
from listwright.sync.bulk import finish, poll, work
from listwright.sync.bulk.reading import at_once
from listwright.sync.bulk.times import BulkTimes
from listwright.sync.bulk.work import CREATE, Work
from listwright.sync.commits import commit
from listwright.sync.engine.steps import StepContext
from listwright.sync.models import Line, Submission

log = logging.getLogger(__name__)

# Rows in one upload: far below Back Market's 15,000, so that one bad answer never holds up a whole catalog.
ROWS_AT_ONCE = 500
CHANNEL = "backmarket"
# A worker that died in an upload can have been at it this long (seconds): larger bodies take their time.
UPLOAD_AT_MOST = 60


def submit_waiting(context: StepContext, times: BulkTimes) -> None:
    """One upload per kind and market of what waits, within the budget.

    What could not be looked up for some fault waits for the next round; the fault is raised once the others are sent.
    """
    waiting = work.waiting(account_id=context.account_id, limit=ROWS_AT_ONCE)
    waiting = _sort_out(context, waiting)
    creates, fault = _look_before_creating(context, [item for item in waiting if item.step == CREATE])
    rest = [item for item in waiting if item.step != CREATE]
    for (_, market), group in groupby(
        sorted([*creates, *rest], key=lambda item: (item.step == CREATE, item.market)),
        key=lambda item: (item.step == CREATE, item.market),
    ):
        if context.ending():
            return
        _upload(context, market, list(group), times)
    if isinstance(fault, RateLimited) or (fault is not None and not creates):
        raise fault


def _sort_out(context: StepContext, waiting: Sequence[Work]) -> list[Work]:
    """Leave out what changed since the job was prepared, and say so in its rows."""
    now = context.clock.now()
    skipped, linked, kept = [], [], []
    for item in waiting:
        if item.status != "on":
            skipped.append(RowOutcome(item.row_id, "skipped", "not_enabled", "It was disabled before it was sent."))
        elif item.step == CREATE and item.link_problem:
            skipped.append(RowOutcome(item.row_id, "skipped", item.link_problem, "It is held for a person."))
        elif item.step == CREATE and item.linked:
            linked.append(item)
        else:
            kept.append(item)
    with commit("skip rows"):
        jobs.record_rows(outcomes=skipped, now=now)
    finish.expand_linked(context, [(item.listing_id, item.product_id) for item in linked], force=False)
    return kept


def _look_before_creating(context: StepContext, creates: Sequence[Work]) -> tuple[list[Work], ChannelError | None]:
    """Creates that Back Market does not have yet; a listing that stands there under the SKU is never overwritten.

    A create row for a known SKU would be an update to quantity 0. If we sent a create before whose answer was lost,
    what stands there is ours and is linked; otherwise it is somebody's, and a person decides. Also returns a fault met.
    """
    looked, fault = at_once(creates, lambda item: context.adapter.listing_by_sku(item.sku, context.default_market))
    ours = [(item, there) for item, there in looked if there and item.tried and _same(item, there)]
    theirs = [(item, there) for item, there in looked if there and not (item.tried and _same(item, there))]
    finish.link_created(context, [(item.listing_id, item.product_id, there) for item, there in ours])
    outcomes = [
        RowOutcome(
            item.row_id,
            "failed",
            "already_there",
            f"Back Market already has a listing with the SKU '{there.sku}' (id {there.back_market_id}) that "
            "Listwright did not create. Download the Active Listings to link it, or give this product another merchant SKU.",
        )
        for item, there in theirs
    ]
    with commit("fail what is somebody's"):
        jobs.record_rows(outcomes=outcomes, now=context.clock.now())
    return [item for item, there in looked if there is None], fault


def _same(item: Work, there: RemoteListing) -> bool:
    return fold(item.sku) == fold(there.sku)


def _upload(context: StepContext, market: str, items: Sequence[Work], times: BulkTimes) -> None:
    """Upload the steps of one kind and market, in as many files as the channel needs."""
    by_listing = {item.listing_id: item for item in items}
    known = information(account_id=context.account_id, listing_ids=list(by_listing), market=market)
    rows = {fold(row.sku): (row, found) for row, found in zip(_rows(known, items[0].step), known, strict=True)}
    for part in channel(CHANNEL).batches([row for row, _ in rows.values()]):
        if context.ending():
            return
        _upload_part(context, market, part, [rows[fold(row.sku)][1] for row in part], by_listing, times)


def _upload_part(
    context: StepContext,
    market: str,
    rows: Sequence[BulkRow],
    known: Sequence[ListingInformation],
    by_listing: dict[int, Work],
    times: BulkTimes,
) -> None:
    """Attempt first: lines and budget in one transaction, then the call, then what the answer says."""
    kind = "create" if by_listing[known[0].listing_id].step == CREATE else "content"
    with commit("attempt an upload"):
        # Job rows before the budget, as where outcomes are recorded, or the two threads could wait for each other.
        jobs.lock_rows(row_ids=[by_listing[row.listing_id].row_id for row in known])
        granted = context.debit(len(rows))
        if granted == 0:
            return
        now = context.clock.now()
        submission = Submission.objects.create(
            account_id=context.account_id,
            kind=kind,
            market=market,
            attempted_at=now,
            # Should we die now, the poll finds it without a task and quarantines it.
            next_poll_at=now + timedelta(seconds=UPLOAD_AT_MOST + context.timing.answer_margin),
        )
        lines = Line.objects.bulk_create(
            Line(
                account_id=context.account_id,
                listing_id=row.listing_id,
                submission=submission,
                kind=kind,
                market=market,
                quantity=0 if kind == "create" else None,
                price=row.information.price if kind == "create" else None,
                currency=row.information.currency,
                attempted_at=now,
            )
            for row in known[:granted]
        )
        jobs.record_rows(
            outcomes=[RowOutcome(by_listing[row.listing_id].row_id, "sent") for row in known[:granted]], now=now
        )
    try:
        task_id, request_id = context.adapter.upload(market, rows[:granted])
    except Rejected as refusal:
        _refuse(context, submission, lines, by_listing, refusal)
    except (OutcomeUnknown, ProtocolBroken) as lost:
        until = context.clock.now() + timedelta(seconds=times.quarantine_bulk)
        poll.quarantine(submission, until=until, message=str(lost))
    except Exception as error:
        # Not applied for certain, or never sent: the rows wait as before and the step is asked again later.
        poll.not_applied(submission, message=str(error), now=context.clock.now())
        raise
    else:
        with commit("note an upload's task"):
            Submission.objects.filter(id=submission.id).update(
                task_id=task_id, request_id=request_id, next_poll_at=times.next_poll(0, context.clock.now())
            )
            Line.objects.filter(submission=submission).update(request_id=request_id)


def _rows(known: Sequence[ListingInformation], step: str) -> list[BulkRow]:
    back_market = channel(CHANNEL)
    if step == CREATE:
        return [back_market.create_row(replace(row.information, propose_product=_can_propose(row))) for row in known]
    return [back_market.content_row(row.information) for row in known]


def _can_propose(row: ListingInformation) -> bool:
    """Whether the row can propose a product too: harmless where Back Market knows the product, needed where not."""
    facts = row.information
    return bool(
        facts.category_id
        and facts.title
        and facts.description
        and facts.brand
        and facts.list_price
        and facts.images
        and (facts.weight_grams or 0) > 1
    )


def _refuse(
    context: StepContext,
    submission: Submission,
    lines: Sequence[Line],
    by_listing: dict[int, Work],
    refusal: Rejected,
) -> None:
    """The whole file was refused: every row of it failed, in Back Market's words."""
    now = context.clock.now()
    with commit("note a refused upload"):
        Line.objects.filter(submission=submission).update(
            state="rejected", resolved_at=now, code=refusal.code, message=refusal.message, request_id=refusal.request_id
        )
        Submission.objects.filter(id=submission.id).update(
            state="failed", finished_at=now, message=refusal.message, next_poll_at=None, request_id=refusal.request_id
        )
        jobs.answer_pending(
            answers=[
                Answer(item.product_id, item.step, line.pk, False, refusal.code, refusal.message)
                for line in lines
                for item in [by_listing[line.listing_id]]
            ],
            now=now,
        )
