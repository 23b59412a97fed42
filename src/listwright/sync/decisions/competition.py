"""Which listing's BackBox to read next, and what repricing may make of an answer. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from listwright.sync.decisions.breaker import falls_far

# Back Market takes two calls in any second.
CALLS, SECOND = 2, 1.0
WINNABLE, WINNING, OUT_OF_REACH, ALONE = (
    timedelta(minutes=5),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
)


class Reading(NamedTuple):
    """BackBox of one market: who wins, what would, and the least we take (None: no min price in force)."""

    is_winning: bool
    price_to_win: Decimal | None
    min_price: Decimal | None


class Next(NamedTuple):
    """When to ask again, and how promising it is (0 to 1)."""

    wait: timedelta
    promise: float


def next_call(answered: Sequence[float]) -> float:
    """The time from which BackBox may be asked again; `answered` are those of the last `CALLS` answers, oldest first.

    A call arrives there at some moment before its answer. Counted from there, none falls into a full second however
    long each was on its way.
    """
    return answered[-CALLS] + SECOND


def next_reading(readings: Iterable[Reading], *, sold: int) -> Next:
    """A listing that can be won is asked first and most often, then those that win, then those out of reach.

    `sold` are the units of the last 30 days: of two alike, the one that sells is the more promising.
    """
    found = list(readings)
    if not found:
        return Next(ALONE, 0.05)
    best = max((_promise(one) for one in found), default=0.0)
    wait = WINNABLE if best >= 0.6 else WINNING if best >= 0.3 else OUT_OF_REACH
    return Next(wait, min(1.0, best + min(sold, 30) / 100))


def _promise(one: Reading) -> float:
    if one.is_winning:
        return 0.3
    if one.price_to_win is None or one.min_price is None or one.price_to_win < one.min_price:
        return 0.1
    return 0.7


class Allowed(NamedTuple):
    """The price that may be set, or None with the reason why not."""

    price: Decimal | None
    refusal: str = ""


def allowed_price(
    proposed: Decimal,
    *,
    standing: Decimal,
    accepted: Decimal,
    lowest: Decimal,
    highest: Decimal,
    lines_left: int,
    most_fall: int | None,
    held: bool = False,
) -> Allowed:
    """A plugin's price moved into its bounds, unless it would do nothing, be held, or take more than its share.

    `standing` is what shall stand there now, `accepted` what does; `lines_left` the lines its share of the hour still has.
    `most_fall` is the percentage from which the
    circuit breaker holds a price by itself (None: never), `held` that it does. The lowest wins over the highest.
    """
    price = max(lowest, min(highest, proposed))
    if price == standing:
        return Allowed(None)
    if held:
        return Allowed(None, "The circuit breaker holds this price.")
    if falls_far(price, accepted, most_fall):
        return Allowed(None, f"From {accepted} to {price} is more than the circuit breaker lets fall at once.")
    if lines_left <= 0:
        return Allowed(None, "Repricing has used its share of the hour's lines.")
    return Allowed(price)
