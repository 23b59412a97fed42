"""What two reads of a listing say about a line nobody answered (rule 6)."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from listwright.sync.decisions.sales import sums


class Seen(NamedTuple):
    """A listing as one read of one market showed it; both None when the market has no listing (`there` False)."""

    quantity: int | None
    price: Decimal | None
    currency: str
    there: bool = True


class Fate(Enum):
    """What became of the line."""

    ACCEPTED = "accepted"
    NOT_APPLIED = "not_applied"
    READ_AGAIN = "read again"


def fate(*, quantity: int | None, price: Decimal | None, first: Seen, second: Seen) -> Fate:
    """Two reads that agree are believed; the line was accepted when what it carried stands there.

    An order between sending and reading makes an applied line look as if it was not. That is no matter: what stands
    there is what is believed from now on, and the delta decides what follows.
    """
    if first != second:
        return Fate.READ_AGAIN
    if not second.there:
        return Fate.NOT_APPLIED
    as_sent = (quantity is None or quantity == second.quantity) and (price is None or price == second.price)
    return Fate.ACCEPTED if as_sent else Fate.NOT_APPLIED


def believed(there: int | None, *, candidates: Collection[int], sold: Sequence[int]) -> int | None:
    """The quantity to believe from now on, `there` being what two reads showed.

    `candidates`: what was accepted before, and what lines of unknown outcome carried; `sold`: the units of each order
    line that may have come after, or before. A fall below all that explains it stays visible as drift instead of being
    believed: an order that nobody shows us yet may have caused it, and a listing believed to stand lower would be raised
    again (B10). More than is explained is believed, so that it is mended downward. A race of buyers can leave -1, which
    sells as little as 0.
    """
    if there is None:
        return None
    floor = max(0, there)
    explained = {max(0, candidate - units) for candidate in candidates for units in sums(sold)}
    return min((quantity for quantity in explained if quantity >= floor), default=floor)


def left_over(sold: Sequence[int], *, fall: int | None, before: int) -> int:
    """Of the units of new order lines those that went unseen before what is accepted was: not by the `fall` since.

    Where the fall is not some of these lines exactly, or not known (None: a line of unknown outcome may have come between),
    the times tell: `before` units were ordered earlier than that.
    """
    return sum(sold) - fall if fall is not None and fall in sums(sold) else before
