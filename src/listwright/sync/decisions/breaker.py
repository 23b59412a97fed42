"""The circuit breaker: which values are held back until a person has looked, and which never are. Pure.

A zero that stock or orders explain passes unseen: rule 1. One that neither explains (a setting, a filter, a plugin, a
warehouse that is no longer for sale) has units behind it, so that waiting for it oversells nothing. It is watched for
some seconds, then passes, unless so many come at once that something must be wrong: then it is held. Meanwhile what
stock and orders do explain goes on being sent. A price that falls far is held by itself.
"""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

# Seconds a zero without an explanation is watched, so that those of the same cause come together.
SETTLE = 5.0


class Hold(StrEnum):
    """What the breaker makes of the value the rules want.

    WATCHED: a zero that waits for judgement. HELD, REJECTED: not sent, a person decides or has decided. PASSED: sent
    although it looks wrong. STORM: held because Back Market refuses too many like it.
    """

    NONE = ""
    WATCHED = "watched"
    HELD = "held"
    PASSED = "passed"
    REJECTED = "rejected"
    STORM = "storm"


STOPPED = frozenset({Hold.WATCHED, Hold.HELD, Hold.REJECTED, Hold.STORM})


class Guarded(NamedTuple):
    """The quantity that may be sent for now, and what the breaker makes of the one wanted."""

    quantity: int | None
    hold: str


def guard_quantity(
    *,
    hold: str,
    wanted: int | None,
    before: int | None,
    accepted: int | None,
    explained: int | None,
    due: bool,
    watching: bool,
) -> Guarded:
    """`wanted` is what the rules come to, `before` what was desired so far, `explained` the units that stock and orders
    alone leave (None: unknown). `due`: it would be sent, were there no breaker; `watching`: the account has one for zeros.

    While a zero waits, what stands there may still fall to what is explained.
    """
    if wanted is None or wanted > 0 or explained is None or explained <= 0:
        rises = due and wanted is not None and accepted is not None and wanted > accepted
        return Guarded(wanted, hold if hold == Hold.STORM and rises and wanted == before else Hold.NONE)
    if hold == Hold.PASSED:
        return Guarded(wanted, Hold.PASSED)
    if not due or not watching or accepted is None or accepted <= 0:
        return Guarded(wanted, Hold.NONE)
    waits = hold in (Hold.HELD, Hold.REJECTED)
    return Guarded(min(accepted, explained), hold if waits else Hold.WATCHED)


def guard_price(
    *,
    hold: str,
    wanted: Decimal | None,
    before: Decimal | None,
    accepted: Decimal | None,
    due: bool,
    most_fall: int | None,
) -> str:
    """What the breaker makes of a price. What was said of one value says nothing of another."""
    if not due:
        return Hold.NONE
    far = falls_far(wanted, accepted, most_fall)
    if wanted == before and (hold == Hold.STORM or (far and hold in (Hold.HELD, Hold.PASSED, Hold.REJECTED))):
        return hold
    return Hold.HELD if far else Hold.NONE


def falls_far(wanted: Decimal | None, accepted: Decimal | None, most_fall: int | None) -> bool:
    """Whether a price falls by more than `most_fall` percent of the one that stands there; None: any fall is well."""
    if wanted is None or accepted is None or most_fall is None or accepted <= 0:
        return False
    return wanted * 100 < accepted * (100 - most_fall)


def trips(count: int, *, of: int, least: int, share: int | None) -> bool:
    """Whether so many are too many: at least `least`, and more than `share` percent of all. None: never."""
    return share is not None and count >= least and count * 100 > share * of
