"""The Competition panel: BackBox by market with its chart, and what repricing did."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from listwright.companies.access import Company
from listwright.sync.queries.competition import MarketCompetition, Point, backbox_pause, competition, moves
from listwright.web.components import formats

LABELS = ("Our price", "Price to win", "Winner’s price")


class Row(NamedTuple):
    """A market. `points` as [[seconds since 1970 …], [ours …], [to win …], [winner …]] in JSON; `told` says it aloud."""

    market: str
    currency: str
    read_at: datetime
    now: Point
    ours: str
    to_win: str
    winner: str
    points: str
    told: str
    backpricer: bool


def panel(company: Company, listing_id: int, now: datetime) -> dict[str, Any]:
    """What the panel shows; `competition` is empty while BackBox was never read for the listing."""
    return {
        "competition": [_row(one) for one in competition(company, listing_id, now=now)],
        "moves": moves(company, listing_id),
        "backbox_pause": backbox_pause(company, now=now),
        "competition_labels": "|".join(LABELS),
    }


def _row(one: MarketCompetition) -> Row:
    points = [*one.history, one.now]
    values = [[getattr(point, name) for point in points] for name in ("price", "price_to_win", "winner_price")]
    drawn = [[None if value is None else float(value) for value in row] for row in values]
    columns = [[int(point.at.timestamp()) for point in points], *drawn]
    ours, to_win, winner = (
        "none" if amount is None else formats.money(amount, one.currency, one.market)
        for amount in (one.now.price, one.now.price_to_win, one.now.winner_price)
    )
    state = "ours wins" if one.now.is_winning else "another wins"
    told = f"{state}; our price {ours}, price to win {to_win}, winner’s price {winner}"
    return Row(
        one.market, one.currency, one.read_at, one.now, ours, to_win, winner, json.dumps(columns), told, one.backpricer
    )
