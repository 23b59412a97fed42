"""What BackBox said of a product, market by market, and what repricing made of it (E2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from listwright.changes import prepared
from listwright.companies.models import Company
from listwright.listings.models import Competition, CompetitionPoint, ListingMarketState

SHOWN_FOR = timedelta(days=30)
MOST_POINTS = 500


class Point(NamedTuple):
    """BackBox as it was at a moment."""

    at: datetime
    price: Decimal | None
    price_to_win: Decimal | None
    winner_price: Decimal | None
    is_winning: bool


class MarketCompetition(NamedTuple):
    """BackBox of one market now, and its history of 30 days, oldest first. `backpricer`: Back Market's own moves the
    price there, and ours stays off."""

    market: str
    currency: str
    read_at: datetime
    now: Point
    history: tuple[Point, ...]
    backpricer: bool


class Move(NamedTuple):
    """A price change by repricing; `dry`: only what it would have been."""

    at: datetime
    market: str
    currency: str
    before: Decimal
    after: Decimal
    plugin: str
    reason: str
    dry: bool


_NEWEST = """row.listing_id = %s AND row.account_id = (SELECT id FROM companies_account WHERE company_id = %s)
ORDER BY row.market"""
_MOVES = f"""SELECT {", ".join(Move._fields)} FROM listings_repricingchange
WHERE listing_id = %s AND account_id = (SELECT id FROM companies_account WHERE company_id = %s)
ORDER BY at DESC, id DESC LIMIT %s"""  # noqa: S608 - our own names
_PAUSE = """SELECT state.backbox_message FROM sync_accountstate AS state
JOIN companies_account AS account ON account.id = state.account_id
WHERE account.company_id = %s AND state.backbox_paused_until > %s"""


def competition(company: Company, listing_id: int, *, now: datetime) -> list[MarketCompetition]:
    """A listing's BackBox by market; empty while it was never read or has no competition."""
    newest = prepared.instances(Competition, _NEWEST, [listing_id, company.pk])
    mine = {"listing_id": listing_id}
    if not newest:
        return []
    rows = CompetitionPoint.objects.filter(**mine, at__gte=now - SHOWN_FOR).order_by("-at")
    history: dict[str, list[Point]] = {}
    for market, *values in rows.values_list("market", *Point._fields)[: MOST_POINTS * len(newest)]:
        history.setdefault(market, []).append(Point(*values))
    taken = set(
        ListingMarketState.objects.filter(**mine, min_price_there__isnull=False).values_list("market", flat=True)
    )
    return [
        MarketCompetition(
            row.market,
            row.currency,
            row.read_at,
            Point(row.read_at, row.price, row.price_to_win, row.winner_price, row.is_winning),
            tuple(reversed(history.get(row.market, [])[:MOST_POINTS])),
            row.market in taken,
        )
        for row in newest
    ]


def moves(company: Company, listing_id: int, *, limit: int = 20) -> Sequence[Move]:
    """A listing's price changes by repricing, newest first, dry ones included."""
    return [Move(*row) for row in prepared.rows(_MOVES, [listing_id, company.pk, limit])]


def backbox_pause(company: Company, *, now: datetime) -> str:
    """Why BackBox is not read for the company at the moment; "" when it is."""
    found = prepared.rows(_PAUSE, [company.pk, now])
    return found[0][0] if found else ""
