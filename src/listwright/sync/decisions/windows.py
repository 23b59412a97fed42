"""Back Market's limit of requests: about 200 in 10 seconds, past it a 429 and a block of 10 seconds.

Source: the limits in Back Market's API documentation. `Retry-After` is honoured where it is given.
"""

from collections import deque
from collections.abc import Sequence

REQUESTS = 190  # of 200: another program of the seller may use the same account
SECONDS = 10.25  # of 10: clocks and ways differ
BLOCK_SECONDS = 10.5  # a block is documented as 10 seconds
REMEMBERED = 600.0
LEAST = 20


class RequestWindow:
    """Counts the requests of the last `seconds`; `now` is a monotonic time and never goes back."""

    def __init__(self, limit: int = REQUESTS, seconds: float = SECONDS) -> None:
        self.limit = limit
        self.seconds = seconds
        self._sent: deque[float] = deque()

    def available(self, now: float, *, spare: int = 0) -> int:
        """Requests that may go out now, leaving `spare` of them to others."""
        self._forget(now)
        return max(0, self.limit - spare - len(self._sent))

    def take(self, now: float, count: int = 1) -> None:
        """Count requests that go out now."""
        self._forget(now)
        self._sent.extend([now] * count)

    def give_back(self, count: int) -> None:
        """Uncount requests just taken that did not go out after all."""
        for _ in range(min(count, len(self._sent))):
            self._sent.pop()

    def wait(self, now: float, *, spare: int = 0) -> float:
        """Seconds until one more may go out; 0 when it may at once."""
        over = len(self._sent) - (self.limit - spare) if not self.available(now, spare=spare) else -1
        if over < 0:
            return 0.0
        if over >= len(self._sent):  # everything is spared for others
            return self.seconds
        return max(0.0, self._sent[over] + self.seconds - now)

    def _forget(self, now: float) -> None:
        while self._sent and self._sent[0] <= now - self.seconds:
            self._sent.popleft()


def wait_after_limit(blocks: Sequence[float], now: float, told: float | None) -> float:
    """Seconds to send nothing after a 429, `blocks` being the (monotonic) times of the ones before it.

    As told, else the documented time. Another one within ten minutes shows that this was not the whole truth (another
    program spends the same limits): then twice as long, and three times from the third on. Stop-sales wait too, so
    the waits stay short; that blocks stay rare is the window's doing.
    """
    wait = BLOCK_SECONDS if told is None else max(told, 1.0) + 0.5
    return max(wait, (0.0, 20.0, 30.0)[min(recent(blocks, now), 2)])


def requests_allowed(blocks: Sequence[float], now: float, limit: int = REQUESTS) -> int:
    """The window's limit: halved by each block of the last ten minutes."""
    return max(min(LEAST, limit), limit >> recent(blocks, now))


def recent(blocks: Sequence[float], now: float) -> int:
    """How many of these blocks began in the last ten minutes."""
    return sum(block > now - REMEMBERED for block in blocks)
