"""Wake the resident loops: NOTIFY once a change has committed, LISTEN with a time limit.

A wake-up is only ever a hint (rule 5): what must be done stands in tables, and a lost one costs a sweep.
"""

import contextlib
import time
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

import psycopg
from django.db import connection, transaction

PREFIX = "listwright_"


def wake(topic: str, company_id: int | None = None) -> None:
    """Tell the loops listening for `topic` that there is work, once this transaction has committed.

    "plan": stale rows; "push": lines due, or steps; "lease": an account that nobody speaks for.

    Work of one company is told with its id, so that what is done for the others goes on undisturbed. Not inside the
    transaction: a NOTIFY there makes every commit wait for every other.
    """
    transaction.on_commit(lambda: notify(topic, company_id))


def notify(topic: str, company_id: int | None = None) -> None:
    """Send the wake-up now, outside any transaction of ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [f"{PREFIX}{topic}", "" if company_id is None else str(company_id)])


class Heard(NamedTuple):
    """A wake-up: its topic, and the company it is about, None for all of them."""

    topic: str
    company_id: int | None = None


class Listener:
    """A connection of its own that waits for wake-ups; it survives a server that goes away and comes back."""

    def __init__(self, topics: Sequence[str]) -> None:
        self.topics = frozenset(topics)
        self._connection: psycopg.Connection | None = None

    def __enter__(self) -> "Listener":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._drop()

    def wait(self, timeout: float) -> set[Heard]:
        """Wait up to `timeout` seconds and return what was said; after a new connection was made, every topic for every
        company, since whatever was said meanwhile went unheard."""
        if self._connection is None:
            if not self._connect():
                time.sleep(min(timeout, 0.5))
                return set()
            return {Heard(topic) for topic in self.topics}
        try:
            heard = {_heard(note) for note in self._connection.notifies(timeout=timeout, stop_after=1)}
            # What arrived together is one wake-up.
            heard |= {_heard(note) for note in self._connection.notifies(timeout=0)}
        except psycopg.Error:
            self._drop()
            return set()
        return heard

    def _connect(self) -> bool:
        parameters = {
            key: value
            for key, value in connection.get_connection_params().items()
            if key not in ("cursor_factory", "context", "prepare_threshold", "pool")
        }
        try:
            self._connection = psycopg.connect(**parameters, autocommit=True)
            for topic in sorted(self.topics):
                self._connection.execute(f"LISTEN {PREFIX}{topic}".encode())
        except psycopg.Error:
            self._drop()
            return False
        return True

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
        self._connection = None


def _heard(note: psycopg.Notify) -> Heard:
    return Heard(note.channel.removeprefix(PREFIX), int(note.payload) if note.payload.isdecimal() else None)
