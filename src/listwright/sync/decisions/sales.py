"""What a sale on Back Market says about the units that stand there (rule 2, B10). Pure.

Back Market lowers a listing itself when an order is placed. Whether that came before or after our last update cannot
always be told: there is no compare-and-set, and its clock is not ours.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

# A read takes no longer, with the difference of their clock and ours.
READ_TAKES = timedelta(seconds=10)


class Sold(NamedTuple):
    """New order lines of one listing in a read of orders: their units, and when the first was placed; None: not told."""

    units: int
    first: datetime | None


class Standing(NamedTuple):
    """What is believed to stand there. `unseen`: units kept back because they went without an order; `quiet`: nothing of
    ours is under way or of unknown outcome; `backed`: what is offered stays in stock without the sold units."""

    accepted: int | None
    accepted_at: datetime | None
    unseen: int
    quiet: bool
    backed: bool


class Telling(Enum):
    """LOWERS: it certainly came after what we know, and what stands there is lower by it. EXPLAINS: units that were seen
    to be gone before. DOUBTFUL: the listing must be read back."""

    LOWERS = "lowers"
    EXPLAINS = "explains"
    DOUBTFUL = "doubtful"


def telling(sold: Sold, standing: Standing, *, previous: datetime | None, excludes: bool) -> Telling:
    """What a sale tells of the listing. `previous`: when the read of orders before this one began.

    Where the stock figures leave out orders already (`excludes`), the figure we have is older than a new order: what it
    says is offered must stay backed without the sold units, or nothing is believed before a newer figure comes.
    """
    if standing.accepted is None or not standing.quiet:
        return Telling.DOUBTFUL
    since = standing.accepted_at
    if since is None or (previous is not None and since <= previous and sold.first is not None and sold.first > since):
        return Telling.LOWERS if standing.backed or not excludes else Telling.DOUBTFUL
    if not excludes and sold.first is not None and 0 < sold.units <= standing.unseen:
        return Telling.EXPLAINS
    return Telling.DOUBTFUL


class Shown(NamedTuple):
    """What the last read showed, and when it began; both None without one."""

    quantity: int | None
    at: datetime | None


def still_shown(shown: Shown, *, accepted: int, sold: Sequence[int], first: datetime | None) -> int | None:
    """What the last read would show now that lines of `sold` units were placed, the first one at `first`, behind what is
    `accepted`: less by those that came after it.

    A read that began shortly before and shows exactly what some of them took was answered after these.
    """
    if shown.quantity is None or shown.at is None or first is None or shown.at > first:
        return shown.quantity
    if shown.at > first - READ_TAKES and accepted - shown.quantity in sums(sold):
        return lowered(accepted, sum(sold))
    return lowered(shown.quantity, sum(sold))


def sums(units: Sequence[int]) -> set[int]:
    """What any of these come to together."""
    found = {0}
    for one in units:
        found |= {before + one for before in found}
    return found


def lowered(quantity: int, units: int) -> int:
    """What stands there after so many units were sold; a race of buyers sells no less than all."""
    return max(0, quantity - units)
