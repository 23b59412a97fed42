"""Record exchanges with channels in groups, in the background: sending never waits for its own diary."""

import logging
import queue
import threading

from django.db import DatabaseError, connection

from listwright.channels.protocol import Exchange
from listwright.common.clock import Clock
from listwright.sync.commits import commit

log = logging.getLogger(__name__)

ROOM = 5_000
GROUP = 500
PAUSE = 0.5

INSERT = """
INSERT INTO sync_exchange (at, account_id, method, path, market, status, error, request_id, milliseconds, request_body,
                           response_body)
SELECT * FROM unnest(%s::timestamptz[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::smallint[], %s::text[],
                     %s::text[], %s::integer[], %s::text[], %s::text[])
"""


class ExchangeRecorder:
    """Takes exchanges from any thread and writes them; when the database is slower, the newest are dropped and counted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: queue.Queue[tuple[int, Exchange]] = queue.Queue(ROOM)
        self._stop = threading.Event()
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="exchange-recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, then end."""
        self._stop.set()
        self._thread.join(timeout=5)

    def take(self, account_id: int, exchange: Exchange) -> None:
        """Keep one exchange; never blocks."""
        try:
            self._queue.put_nowait((account_id, exchange))
        except queue.Full:
            self._dropped += 1

    def _run(self) -> None:
        try:
            while not self._stop.wait(PAUSE):
                self._drain()
            self._drain()
        finally:
            connection.close()

    def _drain(self) -> None:
        while group := self._group():
            try:
                with commit("record exchanges"), connection.cursor() as cursor:
                    cursor.execute(INSERT, _columns(group))
            except DatabaseError:
                log.warning("%d exchanges could not be recorded", len(group), exc_info=True)
                connection.close()
                return
        if self._dropped:
            log.warning("%d exchanges were dropped: the database was slower than the channel", self._dropped)
            self._dropped = 0

    def _group(self) -> list[tuple[int, Exchange]]:
        group: list[tuple[int, Exchange]] = []
        try:
            while len(group) < GROUP:
                group.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return group


def _columns(group: list[tuple[int, Exchange]]) -> list[list[object]]:
    """Column by column, cut to the table's widths; NUL, which PostgreSQL's text cannot hold, is taken out."""

    def text(value: str, width: int | None = None) -> str:
        return value.replace("\x00", "")[:width]

    return [
        [one.at for _, one in group],
        [account_id for account_id, _ in group],
        [text(one.method, 8) for _, one in group],
        [text(one.path, 300) for _, one in group],
        [text(one.market, 5) for _, one in group],
        [one.status for _, one in group],
        [text(one.error, 64) for _, one in group],
        [text(one.request_id, 100) for _, one in group],
        [one.milliseconds for _, one in group],
        [text(one.request_body) for _, one in group],
        [text(one.response_body) for _, one in group],
    ]
