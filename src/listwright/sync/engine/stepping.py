"""The second thread of an account: runs its steps one after another, each when it is due."""

import logging
import random
import threading
from collections.abc import Sequence

from django.db import DatabaseError, connection

from listwright.common.errors import ChannelError, DomainError
from listwright.sync.decisions.backoff import delay
from listwright.sync.engine.connections import give_back
from listwright.sync.engine.desk import Desk
from listwright.sync.engine.events import StepFailed, Woken
from listwright.sync.engine.lease import NotHeld
from listwright.sync.engine.steps import Step, StepContext

log = logging.getLogger(__name__)

# Seconds until the steps are asked again while there is work; then ever later, as far as the sweep's interval.
ASK_EVERY = 1.0
# However often wake-ups come, the steps are asked no more often than that: a flood of changes is not theirs.
ASK_AFTER = 0.2
# However often a step failed. Stock depends on steps: the breaker lets falls go, the read-back finds what is offered too
# often, a poll ends the task whose listings wait. One request in half a minute is no burden for a channel that is down.
LONGEST_PAUSE = 30.0
# Steps of one process at the same time, whichever accounts they are of: the database connections that are left are the
# pushes'.
AT_ONCE = 8

Turns = threading.BoundedSemaphore


class Stepping:
    """Runs while the lease holds; `stop` ends it after the request under way."""

    def __init__(
        self, desk: Desk, steps: Sequence[Step], *, company_id: int, default_market: str, turns: Turns
    ) -> None:
        """`turns` is the process's: one is taken for each round of the steps."""
        self._desk = desk
        self._turns = turns
        self._steps = steps
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._context = StepContext(
            account_id=desk.account_id,
            company_id=company_id,
            default_market=default_market,
            adapter=desk.fenced,
            clock=desk.clock,
            timing=desk.timing,
            ending=lambda: self._stop.is_set() or desk.lease.lost,
        )
        self._failures = dict.fromkeys((step.name for step in steps), 0)
        self._not_before = dict.fromkeys((step.name for step in steps), 0.0)
        self._thread = threading.Thread(target=self._run, name=f"steps-{desk.account_id}", daemon=True)

    def start(self) -> None:
        """Begin, if there are steps at all."""
        if self._steps:
            self._thread.start()

    def wake(self) -> None:
        """Ask the steps now."""
        self._wake.set()

    def stop(self, timeout: float) -> None:
        """End, waiting for the step under way at most `timeout` seconds."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            pause = ASK_EVERY
            while not self._context.ending():
                with self._turns:
                    worked = [self._attend(step) for step in self._steps if not self._context.ending()]
                    give_back()
                pause = ASK_EVERY if any(worked) else min(2 * pause, max(ASK_EVERY, self._desk.timing.sweep_interval))
                self._stop.wait(ASK_AFTER)
                if self._wake.wait(pause - ASK_AFTER):
                    pause = ASK_EVERY
                self._wake.clear()
        finally:
            connection.close()

    def _attend(self, step: Step) -> bool:
        """Run a step when it is due; whether there was, or still is, something to do."""
        clock = self._desk.clock
        if clock.monotonic() < self._not_before[step.name]:
            return True
        started = clock.monotonic()
        try:
            due = step.due(self._desk.account_id, clock.now())
            if due:
                step.run(self._context)
                self._desk.put(Woken())
            self._failures[step.name] = 0
            return due
        except NotHeld:
            log.info("account %s: %s ends with the lease", self._desk.account_id, step.name)
        except ChannelError as error:
            log.warning("account %s: %s: %s", self._desk.account_id, step.name, error)
            self._desk.put(StepFailed(error, started))
            self._put_off(step)
        except (DatabaseError, DomainError):
            log.exception("account %s: %s failed", self._desk.account_id, step.name)
            connection.close()
            self._put_off(step)
        except Exception:
            # A defect in one step must end neither the others nor the pushes.
            log.exception("account %s: %s failed unforeseen", self._desk.account_id, step.name)
            connection.close()
            self._put_off(step)
        return True

    def _put_off(self, step: Step) -> None:
        self._failures[step.name] += 1
        wait = delay(self._failures[step.name], random.random(), longest=LONGEST_PAUSE)  # noqa: S311
        self._not_before[step.name] = self._desk.clock.monotonic() + wait
