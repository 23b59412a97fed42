"""From what is due to the lines that go out: which values share a line, and how far the budget reaches. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from listwright.sync.decisions.budget import Room
from listwright.sync.decisions.urgency import LineUrgency

LATEST = datetime.max.replace(tzinfo=UTC)


class QuantityDue(NamedTuple):
    """A chosen listing; `due` False when only prices of it are, or its quantity may not go out now.

    `asked`: the quantity is due because a person asked for it.
    """

    listing_id: int
    product_id: int
    back_market_id: str
    generation: int
    due: bool
    asked: bool
    desired: int | None
    accepted: int | None
    forced: bool
    attempts: int
    urgency: int
    turn: datetime | None


class PriceDue(NamedTuple):
    """A price that is due in one market."""

    listing_id: int
    market: str
    desired: Decimal
    accepted: Decimal | None
    currency: str
    forced: bool
    attempts: int
    urgency: int
    turn: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A line to be written: quantity, price in `currency`, or both, of one listing in one market.

    `settings` is the account's settings generation it was decided under. `answers` are the markets of which everything
    is said with it, in the rows of Queued Jobs: the quantity all markets share counts to the default market. `is_fall`:
    its quantity lowers what stands there, zeros among them.
    """

    listing_id: int
    product_id: int
    back_market_id: str
    market: str
    quantity: int | None
    price: Decimal | None
    currency: str
    quantity_before: int | None
    price_before: Decimal | None
    generation: int
    settings: int
    forced: bool
    attempts: int
    answers: tuple[str, ...] = ()
    is_fall: bool = False

    @property
    def is_zero(self) -> bool:
        """A stop-sale, alone on its line."""
        return self.quantity == 0 and self.price is None


class Standing(NamedTuple):
    """Due by flag, but standing there already: no line, the flag is cleared."""

    quantities: list[int]
    prices: list[tuple[int, str]]


def compose(
    listings: Sequence[QuantityDue],
    prices: Sequence[PriceDue],
    *,
    default_market: str,
    settings: int,
    room: Room,
    slots: int,
    favoured: Collection[int] = (),
) -> tuple[list[Draft], Standing]:
    """At most one line per listing, most urgent first, within budget and `slots`; `prices` most urgent first. Listings
    that are `favoured` by courtesy come right behind stop-sales.

    A quantity rides on the line of a due price. A zero travels alone: a price that Back Market refuses must not hold
    up a stop-sale.
    """
    standing = Standing([], [])
    due_prices: dict[int, PriceDue] = {}
    in_default_market = {price.listing_id for price in prices if price.market == default_market}
    for price in prices:
        if price.desired == price.accepted and not price.forced:
            standing.prices.append((price.listing_id, price.market))
        else:
            due_prices.setdefault(price.listing_id, price)
    found: list[_Found] = []
    for row in listings:
        quantity = row.desired if row.due else None
        if quantity is not None and quantity == row.accepted and not row.forced:
            standing.quantities.append(row.listing_id)
            quantity = None
        riding = None if quantity is not None and quantity <= 0 else due_prices.get(row.listing_id)
        if quantity is None and riding is None:
            continue
        ranks = [(row.urgency, row.turn or LATEST)] if quantity is not None else []
        if riding is not None:
            ranks.append((riding.urgency, riding.turn or LATEST))
        draft = _draft(row, quantity, riding, default_market, settings)
        answered = _answers(draft, row, default_market, price_follows=row.listing_id in in_default_market)
        found.append(_Found(replace(draft, answers=answered), *min(ranks), row.listing_id in favoured))
    found.sort(key=_place)
    return _afford(found, room, slots), standing


class _Found(NamedTuple):
    """A draft and its rank."""

    draft: Draft
    urgency: int
    turn: datetime
    favoured: bool


def _place(found: _Found) -> tuple[bool, bool, int, datetime, int]:
    return (
        found.urgency != LineUrgency.ZERO,
        not found.favoured,
        found.urgency,
        found.turn,
        found.draft.listing_id,
    )


def _draft(row: QuantityDue, quantity: int | None, price: PriceDue | None, default_market: str, settings: int) -> Draft:
    return Draft(
        listing_id=row.listing_id,
        product_id=row.product_id,
        back_market_id=row.back_market_id,
        market=default_market if price is None else price.market,
        quantity=None if quantity is None else max(0, quantity),
        price=None if price is None else price.desired,
        currency="" if price is None else price.currency,
        quantity_before=row.accepted if quantity is not None else None,
        price_before=None if price is None else price.accepted,
        generation=row.generation,
        settings=settings,
        forced=(quantity is not None and row.forced) or (price is not None and price.forced),
        attempts=max(row.attempts if quantity is not None else 0, 0 if price is None else price.attempts),
        is_fall=quantity is not None and row.urgency <= LineUrgency.FALL,
    )


def _answers(draft: Draft, row: QuantityDue, default_market: str, *, price_follows: bool) -> tuple[str, ...]:
    """The markets a line speaks for, as `Draft.answers`."""
    quantity_follows = draft.quantity is None and row.asked
    markets = {draft.market} if draft.price is not None else set()
    if draft.quantity is not None and not price_follows:
        markets.add(default_market)
    if quantity_follows:
        markets.discard(default_market)
    return tuple(sorted(markets))


def _afford(found: Sequence[_Found], room: Room, slots: int) -> list[Draft]:
    """In order of urgency, as far as slots and budget reach: part of the hour is kept for zeros, and part for falls."""
    taken: list[Draft] = []
    for one in found:
        if len(taken) == slots or len(taken) >= room.zeros:
            break
        draft = one.draft
        open_ = room.zeros if draft.is_zero else room.falls if draft.is_fall else room.others
        if len(taken) < open_:
            taken.append(draft)
    return taken
