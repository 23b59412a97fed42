"""When to read orders, what their age lets out (rule 2), and how a read is stored page by page."""

import logging
import random
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from listwright.common.errors import DomainError
from listwright.sync.commits import commit
from listwright.sync.decisions.backoff import delay
from listwright.sync.engine.claim import Gate, Quantities
from listwright.sync.engine.desk import Desk
from listwright.sync.engine.events import OrdersEnd, OrdersPage
from listwright.sync.orders import store

log = logging.getLogger(__name__)

# A read that took longer than it stays fresh still lets a round of quantities out.
ONE_ROUND = 1.0
LONGEST_WAIT = 15.0


class OrderReads:
    """Kept by the pump, in its thread. One read at a time; the cursor moves only when a whole window was stored."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._on = False
        self._under_way = False
        self._spoiled = False
        self._failures = 0
        self._reading: store.Reading | None = None
        self._started_at: datetime | None = None
        self._newest: datetime | None = None
        # Monotonic times.
        self._last = float("-inf")
        self._fresh_until = float("-inf")
        self._not_before = float("-inf")

    def allowed(self, gate: Gate) -> Quantities:
        """Which quantities may go out now: all on fresh orders, falls when they cannot be read, else zeros."""
        self._on = gate.orders_download
        if not self._on or self._desk.clock.monotonic() < self._fresh_until:
            return Quantities.ALL
        return Quantities.FALLS if self._failures else Quantities.ZEROS

    @property
    def fresh(self) -> bool:
        """Whether quantities need not wait for orders."""
        return not self._on or self._desk.clock.monotonic() < self._fresh_until

    def consider(self, gate: Gate, *, wanted: bool) -> None:
        """Read now if it is time. `wanted`: quantities above zero wait, or went out just now and more may follow."""
        if not gate.orders_download or self._under_way:
            return
        desk, now = self._desk, self._desk.clock.monotonic()
        interval = desk.timing.orders_fresh / 2 if wanted else desk.timing.sweep_interval
        at = max(self._last + interval, self._not_before)
        if at > now:
            desk.alarm(at - now)
            return
        self._under_way, self._spoiled, self._newest = True, False, None
        self._started_at = desk.clock.now()
        self._reading = store.Reading(
            desk.account_id, gate.company_id, gate.stock_feed, gate.orders_from, gate.orders_read_at
        )
        since = (
            self._started_at - timedelta(seconds=desk.timing.orders_first)
            if gate.orders_since is None
            else gate.orders_since - timedelta(seconds=desk.timing.orders_overlap)
        )
        desk.submit(self._fetch, since)

    def _fetch(self, since: datetime) -> None:
        """In the pool."""
        started = self._desk.clock.monotonic()
        try:
            for page in self._desk.fenced.orders(since):
                self._desk.put(OrdersPage(page))
        except BaseException as error:
            self._desk.put(OrdersEnd(started, error))
        else:
            self._desk.put(OrdersEnd(started))

    def page(self, event: OrdersPage) -> list[int]:
        """Store a page; when that fails, the whole window is read again. Returns the listings lowered by it."""
        if self._spoiled or self._reading is None:
            return []
        try:
            with connection.cursor() as cursor:
                lowered = store.store(cursor, self._reading, event.orders, self._desk.clock.now())
        except (DatabaseError, DomainError):
            # Stop-sales go on; quantities above zero wait until orders can be counted again.
            log.exception("account %s: a page of orders could not be stored", self._desk.account_id)
            connection.close_if_unusable_or_obsolete()
            self._spoiled = True
            return []
        times = [order.modified_at for order in event.orders if order.modified_at is not None]
        self._newest = max([*times, *([self._newest] if self._newest else [])], default=None)
        return lowered

    def end(self, event: OrdersEnd) -> bool:
        """The read ended; True when the whole window was read and stored."""
        self._under_way = False
        if event.error is not None:
            log.warning("account %s: orders could not be read: %s", self._desk.account_id, event.error)
        elif not self._spoiled and self._stored():
            self._failures = 0
            self._last = event.started
            now = self._desk.clock.monotonic()
            self._fresh_until = max(event.started + self._desk.timing.orders_fresh, now + ONE_ROUND)
            return True
        self._failures += 1
        wait = delay(self._failures, random.random(), first=1.0, longest=LONGEST_WAIT)  # noqa: S311
        self._not_before = self._desk.clock.monotonic() + wait
        self._desk.alarm(wait)
        return False

    def _stored(self) -> bool:
        assert self._started_at is not None
        try:
            with commit("finish a read of orders"), connection.cursor() as cursor:
                store.finish(
                    cursor,
                    account_id=self._desk.account_id,
                    fence=self._desk.lease.fence,
                    started=self._started_at,
                    newest=self._newest,
                )
        except DatabaseError:
            log.warning("account %s: a read of orders could not be finished", self._desk.account_id, exc_info=True)
            connection.close_if_unusable_or_obsolete()
            return False
        return True
