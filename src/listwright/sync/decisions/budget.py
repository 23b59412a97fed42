"""How many SKU lines may still go out: an exact rolling hour over minute buckets (rule 8).

A bucket counts whole. The hour that ends now touches 61 of them, so all 61 count: in no 3,600 seconds can more than
the limit go out, and a line is free again at most a minute late.

Stop-sales may use all that is left. Everything else leaves them a part of the hour, and what is neither stop-sale nor
fall also leaves what both will need until lines come free again: an hour spent in its first half has nothing to give
back before the next.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
BUCKETS = 61
RESERVED_SHARE = 0.05
RESERVED_LEAST = 50
# How far back the pace of stop-sales and falls is learned from: the hour, and the last minutes, where these are more.
LATELY = 10


class Minute(NamedTuple):
    """SKU lines debited in a minute (UTC); of these `zeros` stop-sales, and `falls` that were none."""

    at: datetime
    lines: int
    zeros: int = 0
    falls: int = 0


class Hour(NamedTuple):
    """The hour that ends `now`: its limit, and the buckets that hold lines, oldest first.

    `learned` is a lower limit that Back Market's refusals taught (`learned_limit`).
    """

    limit: int
    spent: Sequence[Minute]
    now: datetime
    learned: int | None = None

    @property
    def lines(self) -> int:
        """What the hour has taken."""
        return sum([minute.lines for minute in self.spent])


class Room(NamedTuple):
    """Lines that may go out now: `zeros` for stop-sales, `falls` of these for falls, `others` of these for the rest."""

    zeros: int
    falls: int
    others: int


def minute_of(moment: datetime) -> datetime:
    """The bucket a line of that moment is counted in."""
    return moment.replace(second=0, microsecond=0)


def first_minute(now: datetime) -> datetime:
    """The oldest bucket that may hold a line of the last 3,600 seconds."""
    return minute_of(now - HOUR)


def reserved(limit: int) -> int:
    """Lines of the hour that only stop-sales may use: 5 %, at least 50, never more than half."""
    return min(max(round(limit * RESERVED_SHARE), RESERVED_LEAST), limit // 2)


def room(hour: Hour) -> Room:
    """What the hour still takes. A lower limit that was learned binds all but stop-sales: these try all the same."""
    lower = hour.limit if hour.learned is None else min(hour.limit, hour.learned)
    taken = hour.lines
    rest = max(0, lower - taken)
    zeros, falls = kept(hour, lower)
    if lower < hour.limit:
        # It grows by the second, and stop-sales are not bound by it: of what it grants, half is for everything else.
        zeros, falls = min(zeros, rest // 2), min(falls, rest // 2)
    return Room(max(0, hour.limit - taken), max(0, rest - zeros), max(0, rest - falls))


def kept(hour: Hour, limit: int) -> tuple[int, int]:
    """Lines of `limit` that are kept for stop-sales, and those kept for stop-sales and falls together.

    At least the reserved part for stop-sales, at most half, and between these what each will need until lines come free
    again.
    """
    zeros, falls = pace(hour)
    least, most = reserved(limit), limit // 2
    if not zeros and not falls:
        return least, least
    freed = coming_free(hour)
    for_zeros = min(max(least, needed(zeros, freed)), most)
    return for_zeros, min(for_zeros + needed(falls, freed), most)


def pace(hour: Hour) -> tuple[float, float]:
    """Stop-sales a minute, and other falls: over the hour, or over the last minutes where these had more."""
    since = minute_of(hour.now) - LATELY * MINUTE
    zeros = falls = late_zeros = late_falls = 0
    for at, _, one_zeros, one_falls in hour.spent:
        zeros += one_zeros
        falls += one_falls
        if at >= since:
            late_zeros += one_zeros
            late_falls += one_falls
    return max(zeros / BUCKETS, late_zeros / (LATELY + 1)), max(falls / BUCKETS, late_falls / (LATELY + 1))


def coming_free(hour: Hour) -> list[tuple[float, int]]:
    """(minutes from now, lines that have come free until then): right before each bucket is forgotten, and when all are."""
    this, freed = minute_of(hour.now), 0
    moments = []
    for at, lines, _, _ in hour.spent:
        moments.append(((at - this) / MINUTE + BUCKETS, freed))
        freed += lines
    return [*moments, (float(BUCKETS), freed)]


def needed(pace: float, freed: Sequence[tuple[float, int]]) -> int:
    """Lines to keep so that `pace` lines a minute can go out all through the coming hour, while others come free."""
    return max(0, math.ceil(max([pace * minutes - lines for minutes, lines in freed])))


def learned_limit(*, limit: int, taken: int | None, refused_at: datetime | None, now: datetime) -> int | None:
    """The limit to keep after Back Market refused a line at `refused_at` although we had sent only `taken` in the hour.

    Another program spends the same hour, or it is shorter than we think: what we had sent is the most there is for us.
    It grows back to `limit` within an hour; None when it has.
    """
    if taken is None or refused_at is None or now >= refused_at + HOUR:
        return None
    age = max(timedelta(0), now - refused_at)
    return min(limit, taken + int((limit - taken) * (age / HOUR)))


def seconds_until_minute(now: datetime) -> float:
    """Until the next bucket begins, and the oldest may be forgotten."""
    return 60.0 - now.second - now.microsecond / 1e6
