"""Locks between processes on files of the data folder."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

_open_locks: set[FileLock] = set()


class FileLock:
    """A file that this process opened to lock (`flock(2)`). The lock goes when the process ends, however it ends.

    Each object locks for itself, also within one process. A forked child shares its parent's lock, so it closes its
    copies at once: only the process that took a lock holds it. (A program started with exec never gets them.)
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _open_locks.add(self)

    def try_shared(self) -> bool:
        """Hold together with others that share; False when somebody holds alone."""
        return self._try(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Hold alone; False when anybody else holds. A share held before is given up, whatever the answer."""
        return self._try(fcntl.LOCK_EX)

    def wait_shared(self, seconds: float) -> bool:
        """Like try_shared, for up to so many seconds."""
        return self._wait(fcntl.LOCK_SH, seconds)

    def wait_exclusive(self, seconds: float) -> bool:
        """Like try_exclusive, for up to so many seconds."""
        return self._wait(fcntl.LOCK_EX, seconds)

    def block_exclusive(self) -> None:
        """Hold alone, however long that takes."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def fileno(self) -> int:
        """The descriptor; a child that inherits it holds the lock as well."""
        return self._fd

    def write_note(self, text: str) -> None:
        """Leave a few words in the file for those that find it locked."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, text.encode(), 0)

    def read_note(self) -> str:
        """The words that the holder left; empty when it has not come to it."""
        return os.pread(self._fd, 200, 0).decode(errors="replace")

    def close(self) -> None:
        """Let go. May be called more than once."""
        if self in _open_locks:
            _open_locks.discard(self)
            os.close(self._fd)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait(self, kind: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._try(kind):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


def _close_in_child() -> None:
    for lock in list(_open_locks):
        lock.close()


os.register_at_fork(after_in_child=_close_in_child)
