"""An adapter that asks before each request: is the lease ours, and does the request window have room?"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from listwright.channels.protocol import (
    Adapter,
    BulkRow,
    Competitor,
    Receipt,
    RemoteCategory,
    RemoteListing,
    RemoteOrder,
    TaskResult,
    Update,
)
from listwright.common.clock import Clock
from listwright.common.errors import RateLimited
from listwright.common.killpoints import reach
from listwright.sync.decisions.windows import RequestWindow, requests_allowed, wait_after_limit
from listwright.sync.engine.connections import give_back
from listwright.sync.engine.lease import Lease, NotHeld
from listwright.sync.engine.timing import Timing

T = TypeVar("T")

# The part of the window that reads and steps leave to pushes: a stop-sale does not queue behind a download.
SPARED = 3
KNOWN_BLOCKS = 10
# The hour's lines are spent and nobody says for how long: one more is tried each minute.
LINES_BLOCK_SECONDS = 60.0


class Block(NamedTuple):
    """Nothing goes out for so many seconds; `by_lines`: the hour's lines are spent."""

    seconds: float
    by_lines: bool


class Traffic:
    """When an account's requests may go out: its lease, its window, and what a 429 told. Safe from any thread."""

    def __init__(
        self, lease: Lease, timing: Timing, clock: Clock, *, recent: int = 0, limited: Sequence[datetime] = ()
    ) -> None:
        """`recent`: requests of the last seconds that a former holder is known to have sent; `limited`: when it met
        429s, oldest first."""
        self._lease = lease
        self._timing = timing
        self._clock = clock
        self._window = RequestWindow(timing.window_requests)
        self._window.take(clock.monotonic(), recent)
        ago = [(clock.now() - moment).total_seconds() for moment in limited]
        self._blocks: deque[float] = deque([clock.monotonic() - seconds for seconds in ago], maxlen=KNOWN_BLOCKS)
        self._blocked_from = float("-inf")
        # When a block began that did not name its limit: it is for requests, unless the first write behind it is refused
        # as well. None once a write went through.
        self._unnamed: float | None = None
        self._blocked_until = 0.0
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def end(self) -> None:
        """Let nothing more out; whoever waits gets NotHeld."""
        self._ending.set()

    def sleep(self, seconds: float) -> None:
        """Wait, but not past the end."""
        self._ending.wait(seconds)

    def may_send(self) -> bool:
        """Whether the lease lasts for a whole request."""
        return not self._ending.is_set() and self._lease.remaining() > self._timing.http_timeout

    def reserve(self, wanted: int) -> int:
        """Count up to `wanted` requests as going out now; how many. For the pump, which then sends them at once."""
        now = self._clock.monotonic()
        with self._lock:
            if now < self._blocked_until or not self.may_send():
                return 0
            self._window.limit = requests_allowed(self._blocks, now, self._timing.window_requests)
            granted = min(wanted, self._window.available(now))
            self._window.take(now, granted)
            return granted

    def give_back(self, count: int) -> None:
        """Uncount what was reserved and not needed."""
        with self._lock:
            self._window.give_back(count)

    def check(self) -> None:
        """The last look before a request. Raises NotHeld."""
        if not self.may_send():
            raise NotHeld("The account's lease is not ours any more, or ends too soon; nothing was sent.")

    def permit(self) -> None:
        """Wait for room in the window, then count one request. Raises NotHeld."""
        while True:
            self.check()
            now = self._clock.monotonic()
            with self._lock:
                wait = max(self._blocked_until - now, self._window.wait(now, spare=self._window.limit // SPARED))
                if wait <= 0:
                    self._window.take(now)
                    return
            self.sleep(min(wait, 0.5))

    def wait(self) -> float:
        """Seconds until a push may go out, as far as window and block are concerned."""
        now = self._clock.monotonic()
        with self._lock:
            return max(self._blocked_until - now, self._window.wait(now), 0.0)

    def hold(self, seconds: float) -> None:
        """Send nothing for so long (told by an earlier holder)."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._clock.monotonic() + seconds)

    def went_through(self, started: float) -> None:
        """A write started at `started` (monotonic) was taken."""
        with self._lock:
            if started > self._blocked_from:
                self._unnamed = None

    def limited(self, error: RateLimited, started: float) -> Block | None:
        """A 429 came for a request started at `started` (monotonic): how long to wait from now. None when the block is
        known already, since requests under way together meet the same one. Of the hour's lines the window learns
        nothing."""
        now = self._clock.monotonic()
        with self._lock:
            if started <= self._blocked_from:
                return None
            self._blocked_from = now
            by_lines = self._unnamed is not None if error.by_lines is None else error.by_lines
            if by_lines:
                wait = LINES_BLOCK_SECONDS if error.wait is None else error.wait
                if self._unnamed is not None and self._unnamed in self._blocks:
                    self._blocks.remove(self._unnamed)
            else:
                self._unnamed = now if error.by_lines is None else self._unnamed
                wait = wait_after_limit(self._blocks, now, error.wait)
                self._blocks.append(now)
            self._blocked_until = max(self._blocked_until, now + wait)
            self._window.limit = requests_allowed(self._blocks, now, self._timing.window_requests)
            return Block(wait, by_lines)

    def blocks(self) -> list[datetime]:
        """When the last 429s for too many requests came, oldest first: what the next holder learns from."""
        with self._lock:
            ago = [self._clock.monotonic() - block for block in self._blocks]
        return [self._clock.now() - timedelta(seconds=seconds) for seconds in ago]


class FencedAdapter:
    """An `Adapter` whose every request, each page included, asks `permit` first.

    The only way to a channel from here, with a place for kills before and behind each request (`killpoints`): the one
    before it comes before `permit`, so that a worker stopped there looks at its lease when it wakes.
    """

    def __init__(self, adapter: Adapter, permit: Callable[[], None]) -> None:
        self._adapter = adapter
        self._permit = permit

    def probe(self) -> None:
        self._ask("probe", self._adapter.probe)

    def update(self, update: Update) -> Receipt:
        return self._ask("update", self._adapter.update, update)

    def upload(self, market: str, rows: Sequence[BulkRow]) -> tuple[str, str]:
        return self._ask("upload", self._adapter.upload, market, rows)

    def task(self, task_id: str) -> TaskResult:
        return self._ask("task", self._adapter.task, task_id)

    def listing(self, back_market_id: str, market: str) -> RemoteListing | None:
        return self._ask("listing", self._adapter.listing, back_market_id, market)

    def listing_by_sku(self, sku: str, market: str) -> RemoteListing | None:
        return self._ask("listing by SKU", self._adapter.listing_by_sku, sku, market)

    def listings(self, market: str) -> Iterator[Sequence[RemoteListing]]:
        return self._paged("listings", self._adapter.listings(market))

    def categories(self) -> Sequence[RemoteCategory]:
        return self._ask("categories", self._adapter.categories)

    def orders(self, modified_since: datetime) -> Iterator[Sequence[RemoteOrder]]:
        return self._paged("orders", self._adapter.orders(modified_since))

    def competitors(self, back_market_id: str) -> Sequence[Competitor]:
        return self._ask("competitors", self._adapter.competitors, back_market_id)

    def close(self) -> None:
        """Closed by who opened it: steps and pump share one adapter."""

    def _paged(self, request: str, pages: Iterator[T]) -> Iterator[T]:
        """Not a generator, which an error would end: the same page can be asked for again, as the protocol says."""
        return iter(partial(self._ask, request, partial(next, pages, None)), None)

    def _ask(self, request: str, ask: Callable[..., T], *values: Any) -> T:
        reach(f"before request {request}")
        give_back()
        self._permit()
        try:
            return ask(*values)
        finally:
            reach(f"after request {request}")
