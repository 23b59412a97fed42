"""How the rolling read-back spends its requests: by pages where they are cheaper, one by one where not. Pure."""

import math
from collections.abc import Collection

PER_PAGE = 50


def pages(listings: int) -> int:
    """Requests that a market's list takes: its pages, and the empty one behind a last full page."""
    return listings // PER_PAGE + 1


def cheaper_by_pages(waiting: int, listings: int) -> bool:
    """Whether so many listings waiting for a read of one market are read cheaper by reading the market's whole list."""
    return waiting > pages(listings)


def tokens(left: float, seconds: float, *, rate: float, most: float) -> float:
    """Requests that may be spent now, `left` of them `seconds` ago; what is not used is not kept beyond `most`."""
    return min(most, left + max(0.0, seconds) * rate)


def seconds_for_all(listings: int, markets: Collection[str], *, rate: float) -> float:
    """What reading everything once takes at `rate` requests a second."""
    return math.inf if rate <= 0 else pages(listings) * len(markets) / rate
