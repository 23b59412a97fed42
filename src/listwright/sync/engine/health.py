"""What the answers of the last while say about the whole account: wait, slow down, ask whether we may still speak, pause."""

import logging
import random
from datetime import timedelta
from typing import NamedTuple

from django.db import connection

from listwright.channels.protocol import Receipt, RemoteListing
from listwright.common.errors import AccessDenied, ProtocolBroken, RateLimited, Rejected, Unavailable
from listwright.companies.operations import pause_account
from listwright.sync.commits import commit
from listwright.sync.decisions.backoff import delay
from listwright.sync.engine import budget
from listwright.sync.engine.desk import Desk
from listwright.sync.engine.events import Probed

log = logging.getLogger(__name__)

# Answers in a row that nobody could read, until the account is paused.
BROKEN_LIMIT = 10
LONGEST_HOLD = 60.0
PROBE_AGAIN = 5.0

DENIED = "access_denied"
# BackBox may be closed to a seller who is welcome everywhere else.
BACKBOX_DENIED = "backbox_denied"
BROKEN = "answers_not_understood"
BROKEN_MESSAGE = (
    "Back Market's answers could not be understood ten times in a row. Nothing is lost and everything stays queued: "
    "look at the recorded exchanges, then resume."
)

# What a 429 taught outlives the worker that met it.
WAIT = """
UPDATE sync_accountstate SET wait_until = greatest(wait_until, %s), wait_reason = %s, limited_at = %s::timestamptz[]
WHERE account_id = %s AND lease_fence = %s
"""
COUNT = "UPDATE sync_accountstate SET broken_answers = %s WHERE account_id = %s AND lease_fence = %s"


class Wait(NamedTuple):
    """The account has to wait, for a reason; `by_lines`: because Back Market says that the hour's lines are spent."""

    seconds: float
    reason: str
    by_lines: bool = False


class Health:
    """Kept by the pump, in its thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._failures = 0
        self._hold_until = 0.0
        self._broken = self._broken_written = 0
        self._waits: list[Wait] = []
        self._denied: AccessDenied | None = None
        self._denied_step = False
        self._probing = False
        self._pause: tuple[str, str] | None = None

    def hear(self, result: object, started: float) -> None:
        """Take note of a result of a request begun at `started` (monotonic); None is a read that came through."""
        match result:
            case RateLimited():
                block = self._desk.traffic.limited(result, started)
                if block is not None:
                    self._waits.append(Wait(block.seconds, result.message, block.by_lines))
            case AccessDenied():
                self._denied, self._denied_step = result, False
            case Unavailable():
                # Requests under way together fail together: that is one failure.
                if started >= self._hold_until:
                    wait = self._slow_down()
                    # A hiccup is over before anybody could read of it.
                    if self._failures > 1:
                        self._waits.append(Wait(wait, result.message))
            case ProtocolBroken():
                self._broken += 1
                if self._broken >= BROKEN_LIMIT:
                    self._pause = (BROKEN, BROKEN_MESSAGE)
            case Receipt() | Rejected():
                self._desk.traffic.went_through(started)
                self._broken = self._failures = 0
                self._hold_until = 0.0
            case RemoteListing() | None:
                # A read came through: pushes try again, one at a time, instead of paying for failures long past.
                self._failures = min(self._failures, 1)
                self._hold_until = 0.0
            case _:
                pass

    def hear_step(self, error: BaseException, started: float) -> None:
        """Of a step's failures only those concern the pushes that are about the whole account."""
        match error:
            case RateLimited():
                self.hear(error, started)
            case AccessDenied() if error.code != BACKBOX_DENIED and self._denied is None:
                self._denied, self._denied_step = error, True
            case _:
                pass

    def held(self) -> bool:
        """Whether nothing may go out for now; an alarm is set for when it may."""
        if self._denied is not None or self._pause is not None:
            return True
        left = self._hold_until - self._desk.clock.monotonic()
        if left > 0:
            self._desk.alarm(left)
        return left > 0

    def at_once(self) -> int:
        """Requests at once: one alone finds out whether a channel that failed is back."""
        return 1 if self._failures else self._desk.timing.requests_at_once

    def settle(self) -> bool:
        """Write down waits and counts, ask for a probe, pause the account: once a round. False once it may not go on."""
        desk = self._desk
        now = desk.clock.now()
        while self._waits:
            wait = self._waits[0]
            until = now + timedelta(seconds=wait.seconds)
            with commit("note a wait"), connection.cursor() as cursor:
                met = desk.traffic.blocks()
                cursor.execute(WAIT, [until, wait.reason[:200], met, desk.account_id, desk.lease.fence])
                if wait.by_lines:
                    budget.refused(cursor, desk.account_id, desk.lease.fence, now)
            log.warning("account %s: waits %.0f s: %s", desk.account_id, wait.seconds, wait.reason)
            self._waits.pop(0)
            desk.alarm(wait.seconds)
        if self._broken != self._broken_written:
            with commit("count broken answers"), connection.cursor() as cursor:
                cursor.execute(COUNT, [self._broken, desk.account_id, desk.lease.fence])
            self._broken_written = self._broken
        if self._pause is not None:
            code, message = self._pause
            with commit("pause an account"):
                paused = pause_account(
                    account_id=desk.account_id, code=code, message=message, token=desk.token, now=now
                )
            log.error("account %s %s: %s", desk.account_id, "is paused" if paused else "speaks anew", message)
            return False
        if self._denied is not None and not self._probing:
            self._probing = True
            desk.submit(self._probe)
        return True

    def probed(self, event: Probed) -> None:
        """What the probe said of a denial: it was meant for the account, for that one request, or nobody answered."""
        self._probing = False
        match event.error:
            case None:
                log.warning("account %s: a request was denied, yet the account may speak", self._desk.account_id)
                self._denied = None
                if not self._denied_step:
                    self._slow_down()
            case AccessDenied():
                self._pause = (DENIED, event.error.message)
            case _:
                self._probing = True
                self._desk.submit_later(PROBE_AGAIN, self._probe)

    def _probe(self) -> None:
        """In the pool."""
        try:
            self._desk.fenced.probe()
        except BaseException as error:
            self._desk.put(Probed(error))
        else:
            self._desk.put(Probed(None))

    def _slow_down(self) -> float:
        self._failures += 1
        wait = delay(self._failures, random.random(), first=0.5, longest=LONGEST_HOLD)  # noqa: S311
        self._hold_until = self._desk.clock.monotonic() + wait
        self._desk.alarm(wait)
        return wait
