"""Who gives way lets others run first, even where Linux shares processors by session."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

GROUP = Path("/proc/self/autogroup")
LATER = str(min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10))
SHOWN = """
import os
from pathlib import Path
from listwright.common.priority import give_way
give_way()
group = Path("/proc/self/autogroup")
told = group.read_text().split() if group.exists() else []  # empty for a process in no group
print(os.getpriority(os.PRIO_PROCESS, 0), told[-1] if told else "none")
"""
SETTABLE = """
from pathlib import Path
try:
    Path("/proc/self/autogroup").write_text("1")
    print("yes")
except OSError:
    print("no")
"""


def test_a_process_that_leads_its_session_gives_way_with_all_of_it() -> None:
    own, group = _shown(SHOWN, own_session=True)
    assert own == LATER
    if _shown(SETTABLE, own_session=True) == ["yes"]:
        assert group == "10"


def test_one_that_shares_a_session_leaves_the_others_of_it_alone() -> None:
    before = GROUP.read_text() if GROUP.exists() else ""
    assert _shown(SHOWN, own_session=False)[0] == LATER
    assert (GROUP.read_text() if GROUP.exists() else "") == before


def _shown(script: str, *, own_session: bool) -> list[str]:
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, start_new_session=own_session, stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    return done.stdout.split()
