"""Listings under suspicion: each is read twice in a row, and believed when both reads agree."""

import logging
import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from listwright.channels.protocol import RemoteListing
from listwright.sync.commits import commit
from listwright.sync.decisions.backoff import delay
from listwright.sync.engine import readback
from listwright.sync.engine.claim import Gate
from listwright.sync.engine.desk import READS_AT_ONCE, Desk
from listwright.sync.engine.events import ReadBack
from listwright.sync.engine.readback import Reread

log = logging.getLogger(__name__)

# An order that is not settled keeps units back, so that a read is not put off for long.
LONGEST_WAIT = 30.0


@dataclass
class _Rereading:
    """`first` is the read that another must agree with, `first_at` when it began; `at` is monotonic. `failures` in a row
    are its own: many listings that could not be read in the same moment do not wait the longer for each other."""

    reread: Reread
    at: float
    failures: int = 0
    under_way: bool = False
    read_at: datetime | None = None
    first: RemoteListing | None = None
    first_at: datetime | None = None


class Rereads:
    """Kept by the pump, in its thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[tuple[int, str], _Rereading] = {}
        self._look_at = float("-inf")

    def look_in(self, seconds: float) -> None:
        """Have a look no later than this many seconds from now."""
        self._look_at = min(self._look_at, self._desk.clock.monotonic() + seconds)
        self._desk.alarm(seconds)

    def look(self, gate: Gate, ours: Collection[int]) -> None:
        """Housekeeping when it is time: what was left open, unknown or unsettled. `ours`: lines under way here."""
        desk = self._desk
        if desk.clock.monotonic() < self._look_at:
            return
        now = desk.clock.now()
        with commit("look for what was left"), connection.cursor() as cursor:
            found = readback.look(
                cursor,
                account_id=desk.account_id,
                company_id=gate.company_id,
                default_market=gate.default_market,
                feed=gate.stock_feed,
                ours=ours,
                timing=desk.timing,
                now=now,
            )
        for reread in found.rereads:
            if reread.not_before <= now:
                key = (reread.listing_id, reread.market)
                self._open.setdefault(key, _Rereading(reread, desk.clock.monotonic()))
        self._look_at = desk.clock.monotonic() + desk.timing.sweep_interval
        if found.next_at is not None:
            self.look_in(max((found.next_at - now).total_seconds(), 0.05) + 0.01)

    def start(self) -> None:
        """Read what is to be read, a few at once."""
        desk, now = self._desk, self._desk.clock.monotonic()
        free = READS_AT_ONCE - sum(one.under_way for one in self._open.values())
        for one in self._open.values():
            if free <= 0:
                return
            if one.under_way:
                continue
            if one.at > now:
                desk.alarm(one.at - now)
                continue
            one.under_way, one.read_at = True, desk.clock.now()
            free -= 1
            desk.submit(self._fetch, one.reread)

    def _fetch(self, reread: Reread) -> None:
        """In the pool."""
        started = self._desk.clock.monotonic()
        try:
            found = self._desk.fenced.listing(reread.back_market_id, reread.market)
        except BaseException as error:
            self._desk.put(ReadBack(reread, error, started))
        else:
            self._desk.put(ReadBack(reread, found, started))

    def came(self, event: ReadBack, gate: Gate) -> None:
        """A listing as read: the first time it is kept, the second time believed if it is the same."""
        key = (event.reread.listing_id, event.reread.market)
        one = self._open.get(key)
        if one is None:
            return
        one.under_way = False
        desk = self._desk
        if isinstance(event.result, BaseException):
            one.failures += 1
            log.info("account %s: a listing could not be read back: %s", desk.account_id, event.result)
            wait = delay(one.failures, random.random(), longest=LONGEST_WAIT)  # noqa: S311
            one.at = desk.clock.monotonic() + wait
            desk.alarm(one.at - desk.clock.monotonic())
            return
        one.failures = 0
        if one.first_at is None or readback.seen(one.first) != readback.seen(event.result):
            one.first, one.first_at = event.result, one.read_at
            one.at = desk.clock.monotonic() + desk.timing.read_gap
            desk.alarm(desk.timing.read_gap)
            return
        del self._open[key]
        with commit("believe a read"), connection.cursor() as cursor:
            believed = readback.believe(
                cursor,
                account_id=desk.account_id,
                company_id=gate.company_id,
                feed=gate.stock_feed,
                reread=one.reread,
                remote=event.result,
                read_at=one.first_at,
                now=desk.clock.now(),
            )
        if not believed:
            self.look_in(desk.timing.read_gap)
