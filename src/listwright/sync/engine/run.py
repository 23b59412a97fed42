"""The push process: speaks for its share of the accounts, and passes wake-ups on to the one they are about."""

import logging
import os
import random
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.db import DatabaseError, connection

from listwright.changes.wake import Listener
from listwright.channels.protocol import Adapter, Connection, Recorder
from listwright.channels.registry import channel
from listwright.common.clock import Clock, SystemClock
from listwright.sync.decisions.sharing import moves
from listwright.sync.engine import stepping
from listwright.sync.engine.connections import give_back
from listwright.sync.engine.exchanges import ExchangeRecorder
from listwright.sync.engine.lease import Leases
from listwright.sync.engine.steps import Step
from listwright.sync.engine.timing import Timing
from listwright.sync.engine.worker import Connect, Worker

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
# Each account sweeps at a pace of its own, so much of the longest: hundreds at once would keep a stop-sale waiting.
PACE = (0.7, 1.0)

PROCESSES = "SELECT count(*) FROM sync_pushprocess WHERE until >= clock_timestamp()"
ACCOUNTS = """
SELECT a.id, a.company_id, st.lease_until IS NULL OR st.lease_until < clock_timestamp()
FROM companies_account a LEFT JOIN sync_accountstate st ON st.account_id = a.id
WHERE a.paused_at IS NULL AND length(a.token_encrypted) > 0 ORDER BY a.id
"""


def run(
    stop: threading.Event,
    *,
    steps: Sequence[Step] = (),
    clock: Clock | None = None,
    timing: Timing | None = None,
    connect: Connect | None = None,
) -> None:
    """Push until `stop` is set, then end in order: what is under way is answered and recorded first.

    Any number of such processes may run, on any number of machines: each account is spoken for by one at a time, and
    the accounts are shared out evenly. `connect` takes the place of the registry's channels in tests.
    """
    clock = clock or SystemClock()
    timing = timing or Timing.from_settings(settings.SYNC)
    connect = connect or partial(_connect, timeout=timing.http_timeout)
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    leases, exchanges = Leases(owner, timing, clock), ExchangeRecorder(clock)
    turns = stepping.Turns(stepping.AT_ONCE)
    workers: dict[int, Worker] = {}

    def take_up(account_id: int, company_id: int) -> None:
        workers[account_id] = Worker(
            account_id,
            company_id=company_id,
            turns=turns,
            leases=leases,
            connect=connect,
            exchanges=exchanges,
            timing=replace(timing, sweep_interval=timing.sweep_interval * random.uniform(*PACE)),  # noqa: S311
            clock=clock,
            steps=steps,
        )
        workers[account_id].start()

    leases.start()
    exchanges.start()
    try:
        with Listener(["push", "lease"]) as listener:
            while not stop.is_set():
                _share(workers, take_up)
                _listen(listener, workers, stop, clock)
    finally:
        for worker in workers.values():
            worker.stop()
        patience = clock.monotonic() + timing.http_timeout + 2 * timing.answer_margin
        for worker in workers.values():
            worker.join(max(0.1, patience - clock.monotonic()))
        leases.stop()
        exchanges.stop()
        connection.close()


def _connect(code: str, to: Connection, record: Recorder, *, timeout: float) -> Adapter:
    return channel(code).connect(to, record, timeout=timeout)


def _share(workers: dict[int, Worker], take_up: Callable[[int, int], None]) -> None:
    """Take up accounts nobody speaks for, or give some back, as this process's share of them asks for."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(PROCESSES)
            (processes,) = cursor.fetchone()
            cursor.execute(ACCOUNTS)
            accounts = cursor.fetchall()
    except DatabaseError:
        log.warning("the database did not answer", exc_info=True)
        connection.close()
        return
    finally:
        give_back()
    for account_id in [account_id for account_id, worker in workers.items() if not worker.alive]:
        del workers[account_id]
    companies = {account_id: company_id for account_id, company_id, _ in accounts}
    move = moves(
        mine=[account_id for account_id, worker in workers.items() if not worker.ending],
        free=[account_id for account_id, _, free in accounts if free and account_id not in workers],
        accounts=len(accounts),
        processes=processes,
    )
    for account_id in move.give_back:
        workers[account_id].stop()
    for account_id in move.take:
        take_up(account_id, companies[account_id])


def _listen(listener: Listener, workers: dict[int, Worker], stop: threading.Event, clock: Clock) -> None:
    """Pass wake-ups on until it is time to look for accounts again, or somebody gave one back."""
    until = clock.monotonic() + LOOK_EVERY
    while not stop.is_set() and (left := until - clock.monotonic()) > 0:
        heard = listener.wait(left)
        companies = {one.company_id for one in heard if one.topic == "push"}
        for worker in workers.values():
            if None in companies or worker.company_id in companies:
                worker.wake()
        if any(one.topic == "lease" for one in heard):
            return
