"""The planner: stale rows first, settings waves in between, and the resident loop around both.

Any number of planners may run. While a batch of a wave is computed, the one before is being stored and the one behind
it read, each by a thread with a connection of its own; stale rows are looked for in the middle of it, too.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from listwright.changes.wake import Listener
from listwright.common.clock import Clock, SystemClock
from listwright.common.errors import NotFound
from listwright.common.garbage import collected_rarely
from listwright.sync.planner import stale
from listwright.sync.planner.store import Contended, Stored, Superseded, is_conflict, is_lost
from listwright.sync.planner.waves import Wave, WaveBatch, accounts_with_waves, store_wave

logger = logging.getLogger(__name__)

# A stop-sale that comes meanwhile waits for the batch; larger ones are no quicker.
STALE_BATCH = 100
WAVE_BATCH = 500
# Of so many rounds that find stale rows, one is the waves': a long backlog delays them, but does not stop them.
ROUNDS_PER_WAVE = 8
# Seconds until a product is tried again: another's transaction holds it; a defect keeps it, or an account, from planning.
HELD, FAILED = 0.5, 60.0
# Seconds a slow read or write of a wave is waited for before stale rows are looked at again.
PATIENCE = 0.02
# Seconds a wave's batch is computed before stale rows are looked at again.
STRETCH = 0.02
# Seconds an idle planner waits before it looks whether another planner, or a postponed product, left work.
GLANCE = 1.0


class PlanResult(NamedTuple):
    """What one round did: `planned` listings stored, `due` of them with lines to send; `busy` when there may be more."""

    planned: int = 0
    due: int = 0
    busy: bool = False


class Planner:
    """One planner of possibly many; use it as a context manager, from one thread."""

    def __init__(self, clock: Clock | None = None, *, wave_batch: int = WAVE_BATCH) -> None:
        self.clock: Clock = clock or SystemClock()
        self.wave_batch = wave_batch
        self._waves: dict[int, Wave] = {}
        self._turns: list[int] = []
        self._looked: float | None = None
        self._put_off: dict[stale.Mark, float] = {}
        self._resting: dict[int, float] = {}
        self._rounds = 0
        self._stale_at = 0.0
        self._others = False
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="planner-reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="planner-writer")
        self._computed: tuple[Wave, WaveBatch] | None = None
        self._writing: tuple[Wave, WaveBatch, Future[Stored]] | None = None

    def __enter__(self) -> "Planner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._writing is not None:
            self._writing[2].exception()
        for helper in (self._reader, self._writer):
            helper.submit(lambda: connection.close()).exception()  # the thread's own, not this one's
            helper.shutdown()
        with contextlib.suppress(psycopg.Error, OperationalError, InterfaceError):
            for account_id in list(self._waves):
                self._drop(account_id)

    def woken(self) -> None:
        """Somebody may have changed settings: look for waves in the next round instead of within a second."""
        self._looked = None

    @property
    def waiting(self) -> bool:
        """Whether the last rounds left work: to another planner, to whoever holds rows, or because of a defect."""
        return self._others or bool(self._put_off)

    def look_again_in(self, longest: float) -> float:
        """Seconds until there may be work again of which no wake-up tells, at most `longest`."""
        if not self.waiting:
            return longest
        soonest = min(self._put_off.values(), default=float("inf")) - self.clock.monotonic()
        return min(longest, GLANCE, max(0.01, soonest))

    def round(self) -> PlanResult:
        """Plan one batch of stale rows, or else one batch of a wave."""
        self._rounds += 1
        work = (self._stale_round, self._wave_round)
        for part in work if self._rounds % ROUNDS_PER_WAVE else reversed(work):
            done = part()
            if done.busy:
                return done
        return PlanResult()

    def _stale_round(self) -> PlanResult:
        moment = self.clock.monotonic()
        self._put_off = {mark: until for mark, until in self._put_off.items() if until > moment}
        self._others = False
        rows = stale.choose(STALE_BATCH, list(self._put_off))
        if not rows:
            return PlanResult()
        if not stale.lock(0):
            self._others = True
            return PlanResult()
        try:
            done = stale.plan_stale(rows, now=self.clock.now())
        finally:
            stale.unlock(0)
        moment = self.clock.monotonic()  # waiting for what others hold took some of it
        self._put_off |= dict.fromkeys(done.held, moment + HELD) | dict.fromkeys(done.failed, moment + FAILED)
        return PlanResult(done.planned, done.due, busy=True)

    def _wave_round(self) -> PlanResult:
        moment = self.clock.monotonic()
        if self._looked is None or moment - self._looked >= GLANCE:
            self._looked = moment
            self._look()
        if self._computed is None:
            self._compute()
        if self._writing is not None:
            wait([self._writing[2]], timeout=PATIENCE)
            if not self._writing[2].done():
                return PlanResult(busy=True)
        done = self._finish()
        if self._computed is not None:
            (wave, batch), self._computed = self._computed, None
            if self._waves.get(wave.account_id) is wave:  # else the batch before it was void, and so is this
                now = self.clock.now()
                self._writing = (wave, batch, self._writer.submit(_helping, store_wave, batch, now=now))
        return done._replace(busy=bool(done.busy or self._turns))

    def _compute(self) -> None:
        """Compute a batch of the wave whose turn it is, if it was read by now. Of a finished one, only the storing is
        waited for."""
        if not self._turns or self._waves[self._turns[0]].last:
            return
        wave = self._waves[self._turns[0]]
        try:
            if not wave.is_read(PATIENCE):
                return
            self._stale_at = self.clock.monotonic()
            batch = wave.prepare(now=self.clock.now(), between=self._give_way)
        except Exception as error:
            self._give_up(wave, error)
            return
        self._turns.append(self._turns.pop(0))
        self._computed = None if batch is None else (wave, batch)

    def _give_way(self) -> None:
        """A stop-sale does not wait for the rest of a wave's batch."""
        if self.clock.monotonic() - self._stale_at >= STRETCH:
            self._stale_round()
            self._stale_at = self.clock.monotonic()

    def _read(self, work: Callable[..., Any], *values: Any) -> Future[Any]:
        return self._reader.submit(_helping, work, *values)

    def _look(self) -> None:
        moment = self.clock.monotonic()
        for account_id in accounts_with_waves():
            if account_id in self._waves or self._resting.get(account_id, moment) > moment:
                continue
            if stale.lock(account_id):
                self._waves[account_id] = Wave(account_id, self._read, self.wave_batch)
                self._turns.append(account_id)
            else:
                self._others = True

    def _finish(self) -> PlanResult:
        """Wait for the batch being written. A wave that was overtaken, or given way, starts from its stored cursor."""
        if self._writing is None:
            return PlanResult()
        wave, batch, future = self._writing
        self._writing = None
        try:
            stored = future.result()
        except Exception as error:
            self._give_up(wave, error)
            return PlanResult(busy=True)
        if batch.step.last:
            self._drop(wave.account_id)
            self._looked = None
        return PlanResult(stored.planned, stored.due, busy=True)

    def _give_up(self, wave: Wave, error: Exception) -> None:
        """Drop a wave, to take it up again from its stored cursor: now where others came first, later for a defect."""
        if is_lost(error):
            raise error
        self._drop(wave.account_id)
        self._looked = None
        if not isinstance(error, Superseded | Contended | NotFound) and not is_conflict(error):
            logger.error("The settings wave of account %s failed.", wave.account_id, exc_info=error)
            self._resting[wave.account_id] = self.clock.monotonic() + FAILED

    def _drop(self, account_id: int) -> None:
        if self._waves.pop(account_id, None) is not None:
            self._turns.remove(account_id)
            stale.unlock(account_id)


def plan_once(*, now: datetime, clock: Clock | None = None) -> PlanResult:
    """Plan all there is to plan now, stale rows and settings waves, and return; for commands and tests.

    `busy` in the answer tells that work was left: to another planner, to whoever holds rows, or because of a defect.
    """
    planned = due = 0
    with Planner(clock or _Standing(now)) as planner:
        while (done := planner.round()).busy:
            planned, due = planned + done.planned, due + done.due
            planner.woken()
        return PlanResult(planned, due, busy=planner.waiting)


def run(stop: threading.Event, clock: Clock | None = None) -> None:
    """The resident loop: plan while there is work, then wait for a wake-up or the sweep. Returns soon after `stop`."""
    clock = clock or SystemClock()
    sweep = float(settings.SYNC["sweep_interval"])
    try:
        # Millions of short-lived rows: collecting at the usual pace costs a third of the time.
        with collected_rarely(100_000), Listener(["plan"]) as listener:
            while not stop.is_set():
                try:
                    _plan_until(stop, clock, listener, sweep)
                except Exception as error:
                    if is_lost(error):
                        logger.warning("The database is away (%s); planning goes on when it is back.", error)
                    else:
                        logger.exception("Planning failed; it starts again.")
                    connection.close()
                    stop.wait(GLANCE)
    finally:
        connection.close()


def _plan_until(stop: threading.Event, clock: Clock, listener: Listener, sweep: float) -> None:
    with Planner(clock) as planner:
        while not stop.is_set():
            planner.woken()
            while planner.round().busy and not stop.is_set():
                pass
            _rest(stop, clock, listener, planner.look_again_in(sweep))


def _rest(stop: threading.Event, clock: Clock, listener: Listener, longest: float) -> None:
    """Until a wake-up, the end of the time, or `stop` (noticed within a second)."""
    until = clock.monotonic() + longest
    while not stop.is_set() and (left := until - clock.monotonic()) > 0:
        if listener.wait(min(GLANCE, left)):
            return


def _helping(work: Callable[..., Any], *values: Any, **named: Any) -> Any:
    """Work in a helping thread, whose connection is given up when the database fails it."""
    try:
        return work(*values, **named)
    except Exception as error:
        if is_lost(error):
            connection.close()
        raise


class _Standing(SystemClock):
    """A wall clock that stands still, over a monotonic one that runs."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now
