"""Named places before and after each commit and each request of `sync`, at which a process can be stopped from outside.

For tests of crashes. A process started with LISTWRIGHT_KILL_POINTS, the path of a file, looks into it at each place:
when the file names the place, it is taken away and the process stops itself (SIGSTOP). Its parent sees that, and kills
it there or lets it sleep. Without the variable, passing a place costs one comparison.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_watch: Callable[[str], None] | None = None


def reach(place: str) -> None:
    """Pass a place, such as "before request update" or "after commit claim"."""
    if _watch is not None:
        _watch(place)


def watched() -> bool:
    """Whether somebody looks at the places."""
    return _watch is not None


@contextmanager
def watching(watch: Callable[[str], None]) -> Iterator[None]:
    """Have a function called with each place that any thread of this process passes; it may raise."""
    global _watch
    before, _watch = _watch, watch
    try:
        yield
    finally:
        _watch = before


class StopWhereTold:
    """Stops the process at the place that a file names, once; notes each place when it is passed for the first time.

    What was passed stands in a file of the same name with `.passed` added, a place a line.
    """

    def __init__(self, told: Path) -> None:
        self._told = told
        self._passed: set[str] = set()

    def __call__(self, place: str) -> None:
        if place not in self._passed:
            self._passed.add(place)
            with self._told.with_name(f"{self._told.name}.passed").open("a") as file:
                file.write(f"{place}\n")
        try:
            if self._told.read_text() != place:
                return
            self._told.unlink()  # of two threads, one stops
        except FileNotFoundError:
            return
        # Delivered to this thread, so that not one more instruction of it is carried out.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


if _file := os.environ.get("LISTWRIGHT_KILL_POINTS"):
    _watch = StopWhereTold(Path(_file))
