"""What BackBox said of a product, market by market, and what repricing made of it (E2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from listwright.companies.models import Company
from listwright.listings.models import Competition, CompetitionPoint, ListingMarketState, RepricingChange
from listwright.sync.models import AccountState

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


def competition(company: Company, sku: str, *, now: datetime) -> list[MarketCompetition]:
    """A product's BackBox by market; empty while it was never read or has no competition."""
    mine = {"listing__product__company": company, "listing__product__sku__iexact": sku}
    newest = list(Competition.objects.filter(**mine).order_by("market"))
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


def moves(company: Company, sku: str, *, limit: int = 20) -> Sequence[Move]:
    """A product's price changes by repricing, newest first, dry ones included."""
    found = RepricingChange.objects.filter(listing__product__company=company, listing__product__sku__iexact=sku)
    return [Move(*row) for row in found.order_by("-at", "-id").values_list(*Move._fields)[:limit]]


def backbox_pause(company: Company, *, now: datetime) -> str:
    """Why BackBox is not read for the company at the moment; "" when it is."""
    state = AccountState.objects.filter(account__company=company, backbox_paused_until__gt=now).first()
    return "" if state is None else state.backbox_message
