"""What the parts of an account's pump share: its lease, its traffic, its inbox, its pool and its alarms."""

import queue
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from listwright.channels.protocol import Adapter
from listwright.common.clock import Clock
from listwright.sync.engine.connections import give_back
from listwright.sync.engine.events import Event
from listwright.sync.engine.fenced import FencedAdapter, Traffic
from listwright.sync.engine.lease import Lease
from listwright.sync.engine.timing import Timing

READS_AT_ONCE = 4


class Desk:
    """One account's, for as long as its lease. `put` may be called from any thread, the rest from the pump's alone."""

    def __init__(
        self, lease: Lease, adapter: Adapter, traffic: Traffic, timing: Timing, clock: Clock, *, token: bytes
    ) -> None:
        """`token` is the sealed one with which `adapter` speaks."""
        self.lease = lease
        self.account_id = lease.account_id
        # Pushes have their place in the window reserved already; everything else waits for one.
        self.pushing = FencedAdapter(adapter, traffic.check)
        self.fenced = FencedAdapter(adapter, traffic.permit)
        self.traffic = traffic
        self.timing = timing
        self.clock = clock
        self.token = token
        self._inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(timing.requests_at_once + READS_AT_ONCE + 2, f"account-{lease.account_id}")
        self._alarms: list[float] = []

    def put(self, event: Event) -> None:
        """Hand something to the pump."""
        self._inbox.put(event)

    def collect(self, timeout: float) -> list[Event]:
        """Wait for something to come in, at most `timeout` seconds; then everything that is there."""
        events: list[Event] = []
        try:
            if timeout > 0 and self._inbox.empty():
                give_back()
                events.append(self._inbox.get(timeout=timeout))
            while True:
                events.append(self._inbox.get_nowait())
        except queue.Empty:
            return events

    def submit(self, work: Callable[..., None], *arguments: Any) -> None:
        """Run something that speaks to the channel in the pool; it must not raise."""
        self._pool.submit(work, *arguments)

    def submit_later(self, seconds: float, work: Callable[..., None]) -> None:
        """The same, after a while; never after the end."""

        def wait_and_work() -> None:
            self.traffic.sleep(seconds)
            work()

        self.submit(wait_and_work)

    def alarm(self, seconds: float) -> None:
        """Have a round no later than this many seconds from now."""
        self._alarms.append(self.clock.monotonic() + max(0.0, seconds))

    def timeout(self) -> float:
        """Seconds until the next alarm; alarms that have rung are forgotten."""
        now = self.clock.monotonic()
        next_one = min(self._alarms, default=now + self.timing.sweep_interval)
        if next_one <= now:
            self._alarms = [alarm for alarm in self._alarms if alarm > now]
            return 0.0
        return min(next_one - now, self.timing.sweep_interval)

    def close(self) -> None:
        """Take nothing more into the pool."""
        self._pool.shutdown(wait=False, cancel_futures=True)
