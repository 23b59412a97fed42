"""How soon a line must go out: its class, and within the class the loss expected while it waits.

Lines are sent by class, then by turn: the moment a line became due, earlier by its lead. A lead grows with the logarithm
of the expected loss, so that a line which loses twice as much passes one that has waited half an hour longer, and
nothing waits for ever behind newer ones. Nor does a whole class: of ten lines one is a lower class's (`courtesies`).
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple

# A fall to this many units or fewer is likely to be oversold while it waits.
NEAR_ZERO = 3
# Seconds of waiting that weigh as much as twice the loss.
DOUBLING = 1800.0
# Sales are known of so many days; a listing that sold nothing in them counts as one that sold a unit.
DAYS = 30
# One of so many lines goes to the class whose courtesy it is, however many more urgent ones wait. Stop-sales come before.
COURTESY = 10


class LineUrgency(IntEnum):
    """The order in which an account's budget is spent. NONE is the value of a row that is not due."""

    ZERO = 0
    FALL_NEAR_ZERO = 1
    FALL = 2
    PRICE = 3
    BACK_FROM_ZERO = 4
    RISE = 5
    CONTENT = 6
    NONE = 9


COURTESIES = (LineUrgency.FALL, LineUrgency.PRICE, LineUrgency.BACK_FROM_ZERO, LineUrgency.RISE)


class QuantityChange(NamedTuple):
    """The shared quantity, `accepted` None while nobody knows what stands there; `price` is what one unit brings."""

    desired: int
    accepted: int | None
    forced: bool
    price: Decimal | None


class PriceChange(NamedTuple):
    """The price of one market, of `units` on offer. `accepted` None: what stands there is unknown, all of it may be wrong."""

    desired: Decimal
    accepted: Decimal | None
    units: int | None


class Rank(NamedTuple):
    """A line's place: its class, and the seconds by which its turn comes earlier than its age says."""

    urgency: LineUrgency
    lead: int = 0


def rank(change: QuantityChange | PriceChange, *, sold: int) -> Rank:
    """How urgent a line is. `sold`: units of the listing that were ordered in the last 30 days.

    A price, and a line that a person asked for, wait behind stop-sales and falls only. Where what stands there is
    unknown, a fall is assumed, and one unit at risk.
    """
    if isinstance(change, PriceChange):
        wrong = change.desired if change.accepted is None else abs(change.desired - change.accepted)
        return Rank(LineUrgency.PRICE, _lead(max(change.units or 0, 1), wrong, sold))
    desired, accepted, forced, price = change
    at_risk = 1 if accepted is None else max(1, abs(max(0, desired) - max(0, accepted)))
    return Rank(_quantity_class(desired, accepted, forced), _lead(at_risk, price or Decimal(0), sold))


def expected_loss(units: int, price: Decimal, sold: int) -> float:
    """Money a day: units at risk × what is wrong of their price × how fast they sell."""
    return units * float(price) * (sold + 1) / DAYS


def _quantity_class(desired: int, accepted: int | None, forced: bool) -> LineUrgency:
    if desired <= 0:
        return LineUrgency.ZERO
    if accepted is None or desired < accepted:
        return LineUrgency.FALL_NEAR_ZERO if desired <= NEAR_ZERO else LineUrgency.FALL
    if forced:
        return LineUrgency.PRICE
    return LineUrgency.BACK_FROM_ZERO if accepted <= 0 else LineUrgency.RISE


def _lead(units: int, price: Decimal, sold: int) -> int:
    return round(DOUBLING * math.log2(1 + expected_loss(units, price, sold)))


def courtesies(sent: int, slots: int) -> Sequence[LineUrgency]:
    """The classes to which a line each is due among the next `slots` lines, `sent` having gone out before them."""
    first, behind = sent // COURTESY, (sent + slots) // COURTESY
    return [COURTESIES[number % len(COURTESIES)] for number in range(first, behind)]


def favour(ids: dict[int, int], heads: Sequence[tuple[int, int]]) -> list[int]:
    """Let the next listing of each of these classes in, given as (id, class), and return those that were.

    `ids` are the listings chosen, {id: class} in the order of urgency; one that is let in takes the place of the last
    that is neither a stop-sale nor let in itself.
    """
    favoured: list[int] = []
    for listing_id, urgency in heads:
        if listing_id not in ids:
            last = next((other for other in reversed(ids) if other not in favoured), listing_id)
            if ids.get(last, LineUrgency.ZERO) == LineUrgency.ZERO:
                break
            del ids[last]
            ids[listing_id] = urgency
        favoured.append(listing_id)
    return favoured


def widest(*, falls: int, others: int) -> LineUrgency:
    """The last class of which a line may go out, so many lines being left for falls, and of these for the others:
    what may not go out shall not keep its place among what may."""
    if others > 0:
        return LineUrgency.NONE
    return LineUrgency.FALL if falls > 0 else LineUrgency.ZERO
