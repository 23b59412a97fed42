"""How long to wait after something failed. The randomness is passed in."""

FIRST = 1.0
LONGEST = 300.0


def delay(attempts: int, jitter: float, *, first: float = FIRST, longest: float = LONGEST) -> float:
    """Seconds to wait after `attempts` failures in a row (at least 1): doubling, and spread by `jitter` in [0, 1).

    The spread is from half the wait to the whole of it, so that many that failed together do not come back together.
    """
    whole = min(longest, first * 2.0 ** min(max(attempts, 1) - 1, 30))
    return whole * (0.5 + jitter / 2)
