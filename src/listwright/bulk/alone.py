"""Who works on an upload: one worker, by a lock that ends with its holder, however that ends; in it, some threads."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar, cast

from django.db import connection, transaction

AT_ONCE = 2
"""Chunks a worker has in hand at a time: the database works on one while the other's rows are looked at."""

Item = TypeVar("Item")
Result = TypeVar("Result")
_NO_MORE = object()
_LOCKS = {"preview": 7312, "apply": 7313}


@contextmanager
def alone(work: str, upload_id: int, *, wait: bool = False) -> Iterator[bool]:
    """Whether nobody else is at this work of the upload; with `wait`, after he has ended."""
    key = [_LOCKS[work], upload_id % 2**31]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_lock(%s, %s)", key)
        mine = wait or bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


@contextmanager
def without_waiting() -> Iterator[None]:
    """A transaction that does not wait for the disk. Were the machine to lose power, all of a chunk would be lost together,
    and done again; the end of the work waits for its own transaction, and so for all before it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        yield


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], at_once: int) -> list[Result]:
    """What the work makes of each of the items, in no order: done by threads with a connection of their own, each of which
    takes its next item when it is done with the one before. The first error ends it all."""
    if at_once == 1:
        return list(map(work, items))
    waiting, turn = iter(items), threading.Lock()
    done: list[Result] = []
    failed = threading.Event()

    def some() -> None:
        try:
            while not failed.is_set():
                with turn:
                    item = next(waiting, _NO_MORE)
                if item is _NO_MORE:
                    return
                done.append(work(cast(Item, item)))
        except BaseException:
            failed.set()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(at_once, thread_name_prefix="upload") as threads:
        working = [threads.submit(some) for _ in range(at_once)]
    for thread in working:
        thread.result()
    return done
