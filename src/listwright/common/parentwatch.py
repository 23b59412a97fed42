"""Processes that end with the process that started them, however that one ended.

A parent calls `announce_to_children()` before it starts any; a child calls `follow_parent()` first thing. In a chain
(supervisor, web server, its worker) each link does both, and so the chain ends link by link.

Two means, because neither is enough: Linux sends a signal of our choice when the parent dies (`prctl(2)`,
PR_SET_PDEATHSIG), at once but on Linux only and unknown to a parent that was dead before the call; and a thread that
looks at the parent's pid, everywhere, within half a second.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LINUX = sys.platform.startswith("linux")
# Loaded here, since nothing may be loaded between fork and exec.
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None

POLL_SECONDS = 0.5
_VARIABLE = "LISTWRIGHT_PARENT_PID"


def bound_to_parent(number: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` for subprocess.Popen: the child gets signal `number` when the *thread* that started it ends.

    Start the child from a thread that lives as long as the program, usually the main one. Popen calls it after a
    change of uid, which is needed: a change of uid clears the setting. Does nothing but on Linux.
    """
    parent = os.getpid()

    def bind() -> None:
        signal_on_parent_death(number)
        if os.getppid() != parent:  # died between fork and prctl
            os.kill(os.getpid(), signal.SIGKILL)

    return bind


def signal_on_parent_death(number: signal.Signals) -> None:
    """Ask Linux to send this process `number` when the thread that started it ends; elsewhere nothing."""
    if _libc is not None and _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def announce_to_children() -> None:
    """Let the children of this process, started from now on, know whom follow_parent() is to follow."""
    os.environ[_VARIABLE] = str(os.getpid())


def follow_parent(*, grace: float = 5.0) -> None:
    """End with the parent that announced itself; do nothing in a process that was started by something else.

    Only for children that the parent starts from its main thread: Linux takes the end of a thread for the end of the
    parent.
    """
    announced = os.environ.pop(_VARIABLE, None)
    if announced is not None:
        die_with_parent(int(announced), grace=grace)


def die_with_parent(parent: int, *, grace: float = 5.0) -> None:
    """End this process when its parent, the process `parent`, ends: SIGTERM at once, SIGKILL `grace` seconds later.

    When `parent` is not (or no longer) the parent, the process ends now.
    """
    signal_on_parent_death(signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    threading.Thread(target=_watch, args=(parent, grace), name="parentwatch", daemon=True).start()


def _watch(parent: int, grace: float) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os.kill(os.getpid(), signal.SIGKILL)
