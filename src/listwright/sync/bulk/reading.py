"""Read many listings at once, each for itself: one that meets a fault does not hold up the others."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from listwright.common.errors import ChannelError, RateLimited

Item = TypeVar("Item")
Answer = TypeVar("Answer")

AT_ONCE = 8


def at_once(
    items: Sequence[Item], read: Callable[[Item], Answer]
) -> tuple[list[tuple[Item, Answer]], ChannelError | None]:
    """The answers that came, in the order of the items, and the gravest fault met: being told to wait ends the reading.

    Anything but a ChannelError is raised, such as a lost lease.
    """
    told_to_wait = threading.Event()

    def one(item: Item) -> tuple[Item, Answer] | ChannelError | None:
        if told_to_wait.is_set():
            return None
        try:
            return item, read(item)
        except RateLimited as limit:
            told_to_wait.set()
            return limit
        except ChannelError as fault:
            return fault

    if not items:
        return [], None
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="read") as pool:
        results = list(pool.map(one, items))
    faults = [result for result in results if isinstance(result, ChannelError)]
    limits = [fault for fault in faults if isinstance(fault, RateLimited)]
    return [result for result in results if isinstance(result, tuple)], next(iter([*limits, *faults]), None)
