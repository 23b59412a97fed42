"""A listing's timeline: changed → sent → accepted → verified, from history, lines and orders. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from listwright.changes.queries import HistoryRow
from listwright.listings.queries import ListingView
from listwright.sync.queries.lines import SentLine
from listwright.web.components import formats
from listwright.web.components.amounts import Home
from listwright.web.sheet.history import Event, events

# A product's fields that a listing is made of; its name, say, is not.
_OF_LISTING = ("stock", "site_price", "ean", "condition", "weight_lbs", "weight_oz", "images", "brand", "list_price")
_OUTCOMES = {
    "accepted": ("Accepted by Back Market", "blue"),
    "rejected": ("Refused by Back Market", "red"),
    "unknown": ("Outcome unknown: it is read before anything else is sent", "yellow"),
    "not_applied": ("Not applied", "yellow"),
}


class Sold(Protocol):
    """An order line, as `sync.queries.orders.rows` answers it."""

    order_id: str
    quantity: int
    first_seen_at: datetime


def timeline(
    view: ListingView,
    listing_history: Iterable[HistoryRow],
    product_history: Iterable[HistoryRow],
    lines: Iterable[SentLine],
    orders: Iterable[Sold],
    here: Home,
    *,
    limit: int,
) -> list[Event]:
    """The newest `limit` events, newest first."""
    found = events(listing_history, here)
    found += events(_relevant(product_history), here)
    for line in lines:
        found += _of_line(line)
    found += [Event(row.first_seen_at, f"Order {row.order_id} sold {row.quantity}") for row in orders]
    found += _verified(view)
    return sorted(found, key=lambda event: event.at, reverse=True)[:limit]


def _relevant(rows: Iterable[HistoryRow]) -> Iterable[HistoryRow]:
    for row in rows:
        cells = {name: pair for name, pair in row.cells.items() if name.partition(".")[0] in _OF_LISTING}
        if row.operation == "create" or cells:
            yield row if row.operation == "create" else row._replace(cells=cells)


def _of_line(line: SentLine) -> list[Event]:
    told = [Event(line.attempted_at, f"Sent: {_content(line)}", colour="blue")]
    if line.resolved_at is not None and line.state in _OUTCOMES:
        text, colour = _OUTCOMES[line.state]
        details: Sequence[str] = (line.message,) if line.message else ()
        told.append(Event(line.resolved_at, text, colour=colour, details=details, request_id=line.request_id))
    return told


def _content(line: SentLine) -> str:
    if line.kind == "create":
        return f"a new listing, in {line.market}"
    if line.kind == "content":
        return f"product information, in {line.market}"
    parts = []
    if line.quantity is not None:
        before = "" if line.quantity_before is None else f"{formats.number(line.quantity_before)} → "
        parts.append(f"quantity {before}{formats.number(line.quantity)}")
    if line.price is not None:
        before = (
            "" if line.price_before is None else f"{formats.money(line.price_before, line.currency, line.market)} → "
        )
        parts.append(f"price {before}{formats.money(line.price, line.currency, line.market)} in {line.market}")
    return ", ".join(parts) or "nothing"


def _verified(view: ListingView) -> list[Event]:
    """The last read of each value; what was read before is not kept."""
    found: dict[datetime, list[str]] = {}
    quantity = view.quantity
    if quantity.verified_at is not None and quantity.verified == quantity.accepted:
        found.setdefault(quantity.verified_at, []).append(f"quantity {formats.number(quantity.verified)}")
    for market in view.markets:
        if market.verified_at is not None and market.verified is not None and market.verified == market.accepted:
            price = formats.money(market.verified, market.currency, market.market)
            found.setdefault(market.verified_at, []).append(f"{price} in {market.market}")
    return [Event(at, f"Verified: {', '.join(parts)}", colour="green") for at, parts in found.items()]
