"""Which processes go first where processors are few."""

import os
from contextlib import suppress
from pathlib import Path

_LATER = 10


def give_way() -> None:
    """Have this process, and what it starts, wait where another could run: nobody is looking at what it does.

    Linux shares processors among sessions before it looks at their processes, so a process that leads its session says
    it of that, too.
    """
    os.nice(_LATER)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_LATER))
