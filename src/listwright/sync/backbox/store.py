"""Keep what BackBox said: the newest of each market, a point of history where it differs, and when to ask again."""

from collections.abc import Sequence
from datetime import datetime

from listwright.channels.protocol import Competitor
from listwright.listings.models import Competition, CompetitionPoint, CompetitionRead
from listwright.sync.decisions.competition import Next

SHOWN = ("price", "price_to_win", "winner_price", "is_winning")


def store_reading(
    *, account_id: int, listing_id: int, found: Sequence[Competitor], after: Next, now: datetime
) -> list[Competition]:
    """Store one listing's reading in the caller's transaction.

    Markets without competition any more are forgotten, their history stays.
    """
    before = {row.market: row for row in Competition.objects.filter(listing_id=listing_id)}
    rows = [
        Competition(
            listing_id=listing_id,
            account_id=account_id,
            market=one.market,
            currency=one.currency,
            price=one.price,
            price_to_win=one.price_to_win,
            winner_price=one.winner_price,
            is_winning=one.is_winning,
            read_at=now,
        )
        for one in {one.market: one for one in found}.values()
    ]
    Competition.objects.filter(listing_id=listing_id).exclude(market__in=[row.market for row in rows]).delete()
    Competition.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["listing_id", "market"],
        update_fields=["account_id", "currency", *SHOWN, "read_at"],
    )
    CompetitionPoint.objects.bulk_create(
        CompetitionPoint(
            listing_id=listing_id, market=row.market, at=now, **{name: getattr(row, name) for name in SHOWN}
        )
        for row in rows
        if row.market not in before or any(getattr(row, name) != getattr(before[row.market], name) for name in SHOWN)
    )
    CompetitionRead.objects.bulk_create(
        [
            CompetitionRead(
                listing_id=listing_id,
                account_id=account_id,
                read_at=now,
                next_at=now + after.wait,
                promise=after.promise,
            )
        ],
        update_conflicts=True,
        unique_fields=["listing_id"],
        update_fields=["account_id", "read_at", "next_at", "promise"],
    )
    return rows
