"""What stands there is not what was accepted: which kind of difference it is, and whether it is mended. Pure.

One read is a suspicion; a second that shows the same makes it drift. What is mended is believed: what stands there
counts as accepted, and the planner sends what is desired. A quantity is mended downward at once, for it could be
oversold; upward only after the time in which an order may still turn up (B10), for the units may have been sold.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

Value = int | Decimal | None

# Back Market's state and search lag behind its answers: so soon after one nothing is judged.
LAG = timedelta(seconds=5)
# What Back Market ignores is sent again, but not over and over.
IGNORED_AGAIN = timedelta(hours=1)
DISABLED = 4


class Drift(StrEnum):
    """SOLD_THERE: fewer units, as an order takes them that is not shown yet. CHANGED_THERE: somebody did that by hand.
    NEVER_APPLIED: what stood there before our line still does. IGNORED: it does again after another line, or the
    listing is disabled there. VANISHED: the listing is gone."""

    NONE = ""
    SOLD_THERE = "sold_there"
    CHANGED_THERE = "changed_there"
    IGNORED = "ignored"
    NEVER_APPLIED = "never_applied"
    VANISHED = "vanished"


UNAPPLIED = frozenset({Drift.NEVER_APPLIED, Drift.IGNORED})


class Known(NamedTuple):
    """A value as known before a read. `before` is what stood there before the newest accepted line (`sent`: there is one).

    `drift` without `drift_since` is a suspicion, or what was found before the value was sent again.
    """

    accepted: Value
    accepted_at: datetime | None
    verified: Value
    verified_at: datetime | None
    drift: str
    drift_since: datetime | None
    before: Value
    sent: bool


class Seen(NamedTuple):
    """A value as read, the read having begun at `at`; `disabled`: the listing is, there."""

    value: Value
    at: datetime
    disabled: bool


class Policy(NamedTuple):
    """What an account lets be mended; `grace` is how long a fall is taken for a sale."""

    prices: bool
    more: bool
    less: bool
    grace: timedelta


class Finding(NamedTuple):
    """`since` None: not sure yet, read it again (`again`), or nothing. `believe`: what stands there counts as accepted."""

    drift: str
    since: datetime | None = None
    again: bool = False
    believe: bool = False


NOTHING = Finding(Drift.NONE)


def judge(known: Known, seen: Seen, policy: Policy, *, explained: bool = False) -> Finding:
    """Judge a read of a value that nothing of ours was under way for. `explained`: an order is known that has yet to be
    counted, which will say what to believe."""
    read_before = read_since(known)
    if known.accepted is None or same(seen.value, known.accepted):
        # Until it was sent again, remember that it was not applied.
        remembered = read_before and known.drift in UNAPPLIED and known.drift_since is None
        return Finding(known.drift) if remembered else NOTHING
    confirmed = read_before and same(known.verified, seen.value)
    kind = known.drift if read_before and known.drift else classify(known, seen, read_before=read_before)
    if not confirmed:
        return Finding(kind, None, again=True)
    since = known.drift_since or seen.at
    if kind == Drift.SOLD_THERE and not explained and seen.at - since >= policy.grace:
        kind = Drift.CHANGED_THERE
    return Finding(kind, since, believe=mended(kind, known, seen, policy, since, explained=explained))


def read_since(known: Known) -> bool:
    """Whether it was read since it was accepted: as accepted, or long enough after it to tell."""
    if known.verified_at is None or known.accepted_at is None:
        return known.verified_at is not None
    if known.verified_at >= known.accepted_at + LAG:
        return True
    return known.verified_at >= known.accepted_at and same(known.verified, known.accepted)


def classify(known: Known, seen: Seen, *, read_before: bool) -> str:
    """The kind of a difference that is seen for the first time."""
    proven = read_before and same(known.verified, known.accepted)
    unapplied = known.sent and not proven and same(seen.value, known.before)
    if unapplied:
        again = not read_before and known.drift in UNAPPLIED
        return Drift.IGNORED if seen.disabled or again else Drift.NEVER_APPLIED
    if isinstance(known.accepted, int) and isinstance(seen.value, int) and seen.value < known.accepted:
        return Drift.SOLD_THERE
    return Drift.CHANGED_THERE


def mended(kind: str, known: Known, seen: Seen, policy: Policy, since: datetime, *, explained: bool) -> bool:
    """Whether what stands there is believed, so that ours is sent again."""
    if kind == Drift.IGNORED and known.accepted_at is not None and seen.at - known.accepted_at < IGNORED_AGAIN:
        return False
    if isinstance(known.accepted, Decimal):
        return policy.prices
    if not isinstance(known.accepted, int) or not isinstance(seen.value, int):
        return False
    if seen.value > known.accepted:
        return policy.more
    return policy.less and not explained and seen.at - since >= policy.grace


def same(one: Value, other: Value) -> bool:
    """A race of buyers can leave -1, which sells as little as 0."""
    if isinstance(one, int) and isinstance(other, int):
        return max(0, one) == max(0, other)
    return one == other
