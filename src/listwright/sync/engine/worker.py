"""One account's worker: takes the lease, opens the line to the channel, pumps until the lease ends, leaves in order."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection

from listwright.channels.protocol import Adapter, Connection, Exchange, Recorder
from listwright.common.clock import Clock
from listwright.common.errors import AccessDenied, DomainError
from listwright.companies import queries as companies
from listwright.companies.models import Account
from listwright.companies.operations import pause_account
from listwright.sync.commits import commit
from listwright.sync.decisions.windows import SECONDS
from listwright.sync.engine import claim
from listwright.sync.engine.desk import Desk
from listwright.sync.engine.events import Woken
from listwright.sync.engine.exchanges import ExchangeRecorder
from listwright.sync.engine.fenced import Traffic
from listwright.sync.engine.lease import Lease, Leases
from listwright.sync.engine.pump import Pump
from listwright.sync.engine.stepping import Stepping, Turns
from listwright.sync.engine.steps import Step
from listwright.sync.engine.timing import Timing

log = logging.getLogger(__name__)

# (channel code, connection, recorder) -> adapter
Connect = Callable[[str, Connection, Recorder], Adapter]


class Worker:
    """A thread that speaks for one account as long as it holds the lease."""

    def __init__(
        self,
        account_id: int,
        *,
        company_id: int,
        turns: Turns,
        leases: Leases,
        connect: Connect,
        exchanges: ExchangeRecorder,
        timing: Timing,
        clock: Clock,
        steps: Sequence[Step] = (),
    ) -> None:
        self.account_id = account_id
        self.company_id = company_id
        self._turns = turns
        self._leases = leases
        self._connect = connect
        self._exchanges = exchanges
        self._timing = timing
        self._clock = clock
        self._steps = steps
        self._stop = threading.Event()
        self._desk: Desk | None = None
        self._stepping: Stepping | None = None
        self._thread = threading.Thread(target=self._run, name=f"push-{account_id}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    @property
    def ending(self) -> bool:
        """Whether it was told to end."""
        return self._stop.is_set()

    def wake(self) -> None:
        """Something may be due."""
        if (desk := self._desk) is not None:
            desk.put(Woken())
        if (stepping := self._stepping) is not None:
            stepping.wake()

    def stop(self) -> None:
        """End after the answers under way."""
        self._stop.set()
        self.wake()

    def join(self, timeout: float) -> None:
        """Wait for the end."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            lease = self._leases.acquire(self.account_id)
            if lease is None:
                return
            try:
                self._work(lease)
            finally:
                self._leases.release(lease)
        except Exception:
            log.exception("account %s: the worker ended; it is taken up again", self.account_id)
        finally:
            connection.close()

    def _work(self, lease: Lease) -> None:
        # In this order: a connection that changes in between is met as a change by the first round.
        gate = claim.gate(self.account_id, lease.fence)
        account = Account.objects.get(pk=self.account_id)
        token = bytes(account.token_encrypted)
        recent, limited = self._handed_over()
        traffic = Traffic(lease, self._timing, self._clock, recent=recent, limited=limited)
        if gate.paused or not gate.holds:
            return
        if gate.wait_until is not None:
            traffic.hold((gate.wait_until - self._clock.now()).total_seconds())
        try:
            adapter = self._connect(account.channel, companies.connection(account), self._record)
        except (AccessDenied, DomainError) as error:
            # Trying again would not help: people must complete the connection, then resume.
            now = self._clock.now()
            with commit("pause an account without a connection"):
                pause_account(account_id=self.account_id, code=error.code, message=error.message, token=token, now=now)
            return
        try:
            desk = Desk(lease, adapter, traffic, self._timing, self._clock, token=token)
            pump = Pump(desk, gate)
            stepping = Stepping(
                desk, self._steps, company_id=gate.company_id, default_market=gate.default_market, turns=self._turns
            )
            self._desk, self._stepping = desk, stepping
            stepping.start()
            try:
                while not self._stop.is_set() and pump.round():
                    pass
            finally:
                pump.drain()
                stepping.stop(self._timing.http_timeout + self._timing.answer_margin)
        finally:
            self._desk = self._stepping = None
            adapter.close()

    def _record(self, exchange: Exchange) -> None:
        self._exchanges.take(self.account_id, exchange)

    def _handed_over(self) -> tuple[int, list[datetime]]:
        """What a former holder sent just now, which still counts in Back Market's window, and the 429s it met."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM sync_line WHERE account_id = %(account)s AND attempted_at > %(since)s),"
                " limited_at FROM sync_accountstate WHERE account_id = %(account)s",
                {"account": self.account_id, "since": self._clock.now() - timedelta(seconds=SECONDS)},
            )
            recent, limited = cursor.fetchone()
            return recent, limited or []
