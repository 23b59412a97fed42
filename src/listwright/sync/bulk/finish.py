"""Read back what an upload made, link what is ours, hold the rest for a person."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from listwright.changes.origin import Origin
from listwright.channels.protocol import RemoteListing
from listwright.common.errors import RateLimited
from listwright.common.text import fold
from listwright.jobs import operations as jobs
from listwright.jobs.operations import Answer
from listwright.listings import operations as listings
from listwright.listings.queries.information import information
from listwright.sync.bulk import followups, poll
from listwright.sync.bulk.reading import at_once
from listwright.sync.bulk.times import BulkTimes
from listwright.sync.bulk.work import CONTENT, CREATE
from listwright.sync.commits import commit
from listwright.sync.engine.steps import StepContext
from listwright.sync.models import Line
from listwright.sync.operations import forcing

ORIGIN = Origin.system("launch")
READS = 2
READ_AT_MOST = 500
# A create that vanished this often without a word is not tried again by itself.
CREATES_AT_MOST = 5


def due(account_id: int, now: datetime) -> bool:
    """Whether a line waits to be read."""
    return bool(_unread(account_id, now).exists())


def _unread(account_id: int, now: datetime):  # type: ignore[no-untyped-def]
    return Line.objects.filter(
        account_id=account_id, kind__in=["create", "content"], state="unknown", quarantine_until__lte=now
    ).exclude(submission__state="unknown")


def read_due(context: StepContext, times: BulkTimes) -> None:
    """Look at what stands there for lines whose outcome only a read can tell, many at once."""
    lines = list(
        _unread(context.account_id, context.clock.now()).select_related("listing").order_by("id")[:READ_AT_MOST]
    )
    read, fault = at_once(lines, lambda line: _there(context, line))
    created = [
        (line, there) for line, there in read if line.kind == "create" and there is not None and _is_ours(line, there)
    ]
    link_created(context, [(line.listing_id, line.listing.product_id, there) for line, there in created])
    linked = {line.id for line, _ in created}
    for line, there in read:
        if line.kind == "content":
            _judge_content(context, line, there, times)
        elif line.id not in linked:
            _judge_absent(context, line, times)
    if fault is not None and not read:
        raise fault
    if isinstance(fault, RateLimited):
        raise fault


def _there(context: StepContext, line: Line) -> RemoteListing | None:
    if line.kind == "create":
        return context.adapter.listing_by_sku(line.listing.effective_merchant_sku, line.market)
    return context.adapter.listing(str(line.listing.back_market_id), line.market)


def _is_ours(line: Line, there: RemoteListing) -> bool:
    return fold(there.sku) == fold(line.listing.effective_merchant_sku)


def _judge_absent(context: StepContext, line: Line, times: BulkTimes) -> None:
    """No listing with our SKU: seen once it may be the search that lags, seen twice it is so."""
    now = context.clock.now()
    if line.reads + 1 < READS:
        _read_again(line, times, now)
    elif line.code == poll.TOLD_SUCCESS:
        _hold(line, now)
    elif line.code == poll.TASK_FAILED or _vanished(line) >= CREATES_AT_MOST:
        _fail(line, line.message or "Back Market's answer did not mention this product, and it is not there.", now)
    else:
        # Certainly not applied, so the row waits to be created again.
        with commit("note that a create is not there"):
            Line.objects.filter(id=line.id).update(state="not_applied", resolved_at=now)


def _read_again(line: Line, times: BulkTimes, now: datetime) -> None:
    with commit("have a line read again"):
        Line.objects.filter(id=line.id).update(
            reads=line.reads + 1, quarantine_until=now + timedelta(seconds=times.read_again)
        )


def _vanished(line: Line) -> int:
    """Creates of the listing that were looked for, this one with them; those refused at the door are not counted."""
    return Line.objects.filter(listing_id=line.listing_id, kind="create", reads__gt=0).count()


def _judge_content(context: StepContext, line: Line, there: RemoteListing | None, times: BulkTimes) -> None:
    """A row the task did not mention: the comment that stands there shows whether it was taken."""
    [wanted] = information(account_id=context.account_id, listing_ids=[line.listing_id], market=line.market)
    now = context.clock.now()
    if there is not None and there.comment == wanted.information.comment:
        with commit("judge product information"):
            Line.objects.filter(id=line.id).update(state="accepted", resolved_at=now)
            step = f"{CONTENT}{line.market}"
            jobs.answer_pending(answers=[Answer(line.listing.product_id, step, line.pk, True)], now=now)
    elif line.reads + 1 < READS:
        _read_again(line, times, now)
    else:
        _fail(
            line, "Back Market's answer did not mention this product, and what stands there is not what was sent.", now
        )


def _hold(line: Line, now: datetime) -> None:
    """Told "success", yet no listing has our SKU: Back Market may have answered with an older listing or a sibling."""
    message = (
        f"Back Market accepted the product but shows no listing with the SKU '{line.listing.effective_merchant_sku}'. It may "
        "have kept an older listing of yours for the same product. Look for it under Unlinked listings, then link it or "
        "clear this hold to post again."
    )
    with commit("hold a create"):
        Line.objects.filter(id=line.id).update(
            state="rejected", resolved_at=now, code="created_elsewhere", message=message
        )
        listings.hold_for_person(
            account_id=line.account_id,
            listing_id=line.listing_id,
            code="created_elsewhere",
            message=message,
            origin=ORIGIN,
            now=now,
        )
        jobs.answer_pending(
            answers=[Answer(line.listing.product_id, CREATE, line.pk, False, "created_elsewhere", message)],
            now=now,
        )


def _fail(line: Line, message: str, now: datetime) -> None:
    step = CREATE if line.kind == "create" else f"{CONTENT}{line.market}"
    with commit("fail a line"):
        Line.objects.filter(id=line.id).update(state="rejected", resolved_at=now, code=line.code, message=message)
        jobs.answer_pending(
            answers=[Answer(line.listing.product_id, step, line.pk, False, line.code or "no_answer", message)],
            now=now,
        )


def link_created(context: StepContext, found: Sequence[tuple[int, int, RemoteListing]]) -> None:
    """Link listings we created: what stands there is the baseline, and price and quantity follow by single update.

    `found` holds (listing id, product id, the listing as read in the default market).
    """
    if not found:
        return
    now = context.clock.now()
    with commit("link what was created"):
        listings.link(
            account_id=context.account_id,
            baselines=[listings.baseline(listing_id, [there]) for listing_id, _, there in found],
            adopted=False,
            origin=ORIGIN,
            now=now,
        )
        Line.objects.filter(
            listing_id__in=[listing_id for listing_id, _, _ in found], kind="create", state__in=["open", "unknown"]
        ).update(state="accepted", resolved_at=now)
        expand_linked(context, [(listing_id, product_id) for listing_id, product_id, _ in found], force=True)


def expand_linked(context: StepContext, linked: Sequence[tuple[int, int]], *, force: bool) -> None:
    """What is left to do for rows whose listing now stands there: texts of further markets, price and quantity.

    `linked` holds (listing id, product id). `force` sends price and quantity whatever the upload switches say: the
    launch asked for it.
    """
    if not linked:
        return
    now = context.clock.now()
    listing_ids = [listing_id for listing_id, _ in linked]
    with commit("go on with what is linked"):
        further = followups.content_steps(account_id=context.account_id, listing_ids=listing_ids)
        priced = followups.markets_to_send(account_id=context.account_id, listing_ids=listing_ids) if force else {}
        jobs.expand_step(
            steps={
                product_id: [*further.get(listing_id, ()), *priced.get(listing_id, ())]
                for listing_id, product_id in linked
            },
            step=CREATE,
            now=now,
        )
        if force:
            forcing.force(account_id=context.account_id, markets=priced, now=now)
