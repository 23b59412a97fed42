"""Python's garbage collection in processes that stay: no thread goes on while it looks through what never goes."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_AT_FILES = 50_000
_lock = threading.Lock()
_files = 0
_usual = (0, 0, 0)


def keep_what_is_here() -> None:
    """What was imported and set up by now lives as long as the process: looking through it takes a tenth of a second each
    time, and a stop-sale waits for that as everything does."""
    gc.collect()
    gc.freeze()


@contextmanager
def collected_rarely(threshold: int) -> Iterator[None]:
    """For short-lived rows, hardly a cycle among them: collect after so many new objects."""
    before = gc.get_threshold()
    keep_what_is_here()
    gc.set_threshold(threshold, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def many_rows() -> Iterator[None]:
    """While a file's rows go through this process, by whichever of its threads: as `collected_rarely`, but what is here is
    not said to stay."""
    global _files, _usual
    with _lock:
        if _files == 0:
            _usual = gc.get_threshold()
            gc.set_threshold(_AT_FILES, 50, 100)
        _files += 1
    try:
        yield
    finally:
        with _lock:
            _files -= 1
            if _files == 0:
                gc.set_threshold(*_usual)
