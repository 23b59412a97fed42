"""When a line that waits will arrive: the coming minutes played through, with what comes free and what goes before."""

import math
from collections import deque
from collections.abc import Iterator

from listwright.sync.decisions.budget import BUCKETS, HOUR, MINUTE, Hour, Minute, Room, kept, minute_of, pace, room
from listwright.sync.decisions.urgency import LineUrgency
from listwright.sync.decisions.windows import REQUESTS, SECONDS

PER_SECOND = REQUESTS / SECONDS
NEVER = float("inf")
# So many minutes are played through; after these the hour repeats itself.
PLAYED = 2 * BUCKETS


def seconds_to_send(lines: int, hour: Hour, urgency: LineUrgency = LineUrgency.PRICE) -> float:
    """About how long it takes until so many lines of a class have gone out, those before them counted among them.

    What there is room for goes at the pace of the request window, the rest as lines come free; meanwhile stop-sales and
    falls go on as they did in the last hour. Infinite where the limit is 0.
    """
    if lines <= 0:
        return 0.0
    left = lines
    for begin, fit in _minutes(hour, urgency):
        if left <= fit:
            return begin + left / PER_SECOND
        left -= fit
    lower = hour.limit if hour.learned is None else min(hour.limit, hour.learned)
    hourly = hour.limit if urgency is LineUrgency.ZERO else lower - kept(hour._replace(spent=()), lower)[0]
    if urgency > LineUrgency.FALL:
        hourly -= int(sum(pace(hour)) * BUCKETS)
    if hourly <= 0:
        return NEVER
    return (PLAYED * MINUTE).total_seconds() + left / hourly * HOUR.total_seconds()


def _minutes(hour: Hour, urgency: LineUrgency) -> Iterator[tuple[float, int]]:
    """Each coming minute: in how many seconds it begins, and the lines of the class it takes, all of which are sent."""
    zeros, falls = pace(hour) if urgency > LineUrgency.FALL else (0.0, 0.0)
    this = minute_of(hour.now)
    spent = deque(hour.spent)
    owed = 0.0
    for number in range(PLAYED):
        at = this + number * MINUTE
        now = max(at, hour.now)
        while spent and spent[0].at < at - HOUR:
            spent.popleft()
        played = hour._replace(spent=list(spent), now=now)
        fit = min(_part(room(played), urgency), math.ceil((at + MINUTE - now).total_seconds() * PER_SECOND))
        yield (now - hour.now).total_seconds(), fit
        owed += zeros + falls if number else 0.0
        spent.append(Minute(at, fit + int(owed), int(zeros), int(falls)))
        owed -= int(owed)


def _part(left: Room, urgency: LineUrgency) -> int:
    if urgency is LineUrgency.ZERO:
        return left.zeros
    return left.falls if urgency <= LineUrgency.FALL else left.others
