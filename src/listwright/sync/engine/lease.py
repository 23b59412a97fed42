"""The lease: one worker at a time speaks for an account, and a worker that slept through it says nothing (rule 7).

Who holds it is decided by the database's clock alone. The holder keeps a deadline of its own on its monotonic clock,
taken before the statement that won or renewed the lease, so that it is never later than the database's. A request
starts only while a whole HTTP timeout is left, so it ends within the lease as well.

The fence number goes up with each holder. Attempts (claims) are written only under the current fence. An *answer* needs
none: it belongs to its line, whoever reads it, and is recorded for what it is unless a newer line of the listing has
spoken since (`record.py`): a late answer is neither lost nor believed over a newer one.
"""

import logging
import threading
from contextlib import suppress

from django.db import Error, connection

from listwright.changes.wake import wake
from listwright.common.clock import Clock
from listwright.sync.commits import commit
from listwright.sync.engine.timing import Timing

log = logging.getLogger(__name__)


class NotHeld(Exception):  # noqa: N818 - said in the project's words
    """The account is not ours to speak for now, or we are ending; nothing was sent."""


class Lease:
    """One account's lease, as its holder knows it. Safe to ask from any thread."""

    def __init__(self, account_id: int, fence: int, deadline: float, clock: Clock) -> None:
        self.account_id = account_id
        self.fence = fence
        self._deadline = deadline
        self._clock = clock
        self._lost = False

    def remaining(self) -> float:
        """Seconds the lease lasts at least; 0 when it is lost."""
        return 0.0 if self._lost else max(0.0, self._deadline - self._clock.monotonic())

    @property
    def lost(self) -> bool:
        """True once it ran out or went to another: this object never holds again."""
        return self.remaining() <= 0

    def extend(self, deadline: float) -> None:
        """The database renewed it."""
        self._deadline = deadline

    def lose(self) -> None:
        """It is another's, or given back."""
        self._lost = True


# Whom the accounts are shared out among: a process is there as long as a lease of it would last.
PRESENT = """
INSERT INTO sync_pushprocess (owner, until) VALUES (%s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (owner) DO UPDATE SET until = excluded.until
"""
GONE = "DELETE FROM sync_pushprocess WHERE owner = %s OR until < clock_timestamp() - interval '1 minute'"


class Leases:
    """The leases of one process, renewed together by one thread with a connection of its own."""

    def __init__(self, owner: str, timing: Timing, clock: Clock) -> None:
        self.owner = owner[:64]
        self._timing = timing
        self._clock = clock
        self._held: dict[int, Lease] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Be there for accounts, and begin to renew."""
        try:
            self.renew()
        except Error:
            connection.close()  # away for now: the thread goes on asking
        self._thread = threading.Thread(target=self._beat, name="lease-heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Be there no more; what is still held runs out or is given back by `release`."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        with suppress(Error), commit("leave"), connection.cursor() as cursor:
            cursor.execute(GONE, [self.owner])

    def acquire(self, account_id: int) -> Lease | None:
        """Take the account's lease if it is free or has run out; None when another holds it."""
        asked = self._clock.monotonic()
        with commit("take a lease"), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO sync_accountstate (account_id, lease_owner, lease_fence, planned_settings, wave_settings,"
                " wave_cursor, wait_reason, broken_answers) VALUES (%s, '', 0, 0, 0, 0, '', 0)"
                " ON CONFLICT (account_id) DO NOTHING",
                [account_id],
            )
            cursor.execute(
                "UPDATE sync_accountstate SET lease_owner = %s, lease_fence = lease_fence + 1,"
                " lease_until = clock_timestamp() + make_interval(secs => %s)"
                " WHERE account_id = %s AND (lease_until IS NULL OR lease_until < clock_timestamp())"
                " RETURNING lease_fence",
                [self.owner, self._timing.lease_length, account_id],
            )
            row = cursor.fetchone()
        if row is None:
            return None
        lease = Lease(account_id, row[0], asked + self._timing.lease_length, self._clock)
        with self._lock:
            self._held[account_id] = lease
        return lease

    def release(self, lease: Lease) -> None:
        """Give it back, so that another worker need not wait for its end."""
        with self._lock:
            if self._held.get(lease.account_id) is lease:
                del self._held[lease.account_id]
        lease.lose()
        with commit("give a lease back"), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE sync_accountstate SET lease_until = NULL, lease_owner = ''"
                " WHERE account_id = %s AND lease_fence = %s",
                [lease.account_id, lease.fence],
            )
            wake("lease")

    def renew(self) -> None:
        """Renew all that are held, in one statement. One that ran out meanwhile is lost, even when nobody took it."""
        with self._lock:
            held = [lease for lease in self._held.values() if not lease.lost]
        asked = self._clock.monotonic()
        with commit("renew leases"), connection.cursor() as cursor:
            cursor.execute(PRESENT, [self.owner, self._timing.lease_length])
            cursor.execute(
                "UPDATE sync_accountstate AS state SET lease_until = clock_timestamp() + make_interval(secs => %s)"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS held (account_id, fence)"
                " WHERE state.account_id = held.account_id AND state.lease_fence = held.fence"
                " AND state.lease_until >= clock_timestamp() RETURNING state.account_id",
                [
                    self._timing.lease_length,
                    [lease.account_id for lease in held],
                    [lease.fence for lease in held],
                ],
            )
            renewed = {row[0] for row in cursor.fetchall()}
        for lease in held:
            if lease.account_id in renewed:
                lease.extend(asked + self._timing.lease_length)
            else:
                log.warning("the lease of account %s was lost: another worker may hold it", lease.account_id)
                lease.lose()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(self._timing.heartbeat):
                try:
                    self.renew()
                except Error:
                    log.warning("leases could not be renewed: the database did not answer", exc_info=True)
                    connection.close()
        finally:
            connection.close()
