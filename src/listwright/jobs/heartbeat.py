"""Worker processes say that they are alive; doctor, /readyz and /metrics read it."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import Error, close_old_connections, connection
from django.utils import timezone

from listwright.jobs.models import WorkerHeartbeat

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
ALIVE_FOR = timedelta(seconds=20)
FORGOTTEN_AFTER = timedelta(hours=1)


@contextmanager
def beating(role: str) -> Iterator[None]:
    """Say every five seconds, from a thread of its own, that a worker of this role is alive."""
    name = f"{socket.gethostname()[:100]}:{os.getpid()}"
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(name, role, ended), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(BEAT_SECONDS)


def beat(*, name: str, role: str, now: datetime) -> None:
    """Note that a worker is alive, and forget those that have been silent for an hour."""
    WorkerHeartbeat.objects.update_or_create(
        name=name,
        defaults={"role": role, "seen_at": now},
        create_defaults={"role": role, "seen_at": now, "started_at": now},
    )
    WorkerHeartbeat.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()


def alive(*, now: datetime) -> dict[str, int]:
    """How many workers of each role have been heard of lately; all three roles are named."""
    found = {"plan": 0, "push": 0, "tasks": 0}
    for role in WorkerHeartbeat.objects.filter(seen_at__gte=now - ALIVE_FOR).values_list("role", flat=True):
        found[role] = found.get(role, 0) + 1
    return found


def _beat(name: str, role: str, ended: threading.Event) -> None:
    while True:
        try:
            close_old_connections()
            if ended.is_set():
                WorkerHeartbeat.objects.filter(name=name).delete()
                connection.close()
                return
            beat(name=name, role=role, now=timezone.now())
        except Error as error:  # a restarted database is nothing to die of
            log.warning("the worker cannot say that it is alive: %s", error)
            connection.close()
            if ended.is_set():
                return
        ended.wait(BEAT_SECONDS)
