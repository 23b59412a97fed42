"""A sandbox that is kept in a file, with a journal beside it: what was answered is there, whenever the process dies.

The journal holds the requests that came since the file was written, each noted before it had any effect. Told again in
their order they lead from the file's state to the one of the moment of death (`Server`).
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

from . import arrival, dump
from .arrival import Arrival
from .sandbox import Sandbox

# The file is written anew when the journal is longer than this, and longer than the file.
LONG_JOURNAL = 8_000_000


class Kept:
    """The two files of a sandbox. Nothing is written before `note` or `write` is called."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_name(path.name + ".journal")
        self._journal: FileIO | None = None
        self._number = 0

    def read(self, sandbox: Sandbox, again: Callable[[Arrival], object]) -> None:
        """Replaces the state by the kept one, if there is any, telling the journal's requests `again`; time has gone on
        meanwhile, unless the clock was frozen. Raises ValueError."""
        noted = list(self._noted())
        self._number = max([number for number, _ in noted], default=0)
        if not self._path.exists():
            return
        try:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            in_it, log = raw.pop("noted", self._number), raw.pop("log", None)
            offset = raw.get("clock", {}).get("offset", 0.0)
            if not raw.get("clock", {}).get("frozen"):
                raw.pop("clock", None)
            dump.load(sandbox, raw)
            sandbox.clock.offset = offset
            if log is not None:
                sandbox.log.take_over(log)
                for task in raw.get("tasks", []):
                    sandbox.tasks[task["task_id"]].request = task["request"]
        except (ValueError, AttributeError, TypeError, KeyError) as problem:
            raise ValueError(f"{self._path}: {problem}") from problem
        for number, request in noted:
            if number > in_it:
                with suppress(Exception):  # what could not be answered then cannot be now
                    again(request)

    def note(self, request: Arrival) -> None:
        """Before the request has any effect."""
        self._number += 1
        self._open().write(request.as_json(self._number))

    @property
    def is_long(self) -> bool:
        """Whether to write the file anew."""
        length = self._open().tell()
        return length > LONG_JOURNAL and length > self._path.stat().st_size

    def write(self, sandbox: Sandbox) -> None:
        """Writes the state and begins a new journal; whoever reads meanwhile, or after a death at any point of it, finds
        all of it."""
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("w", encoding="utf-8") as file:
            json.dump(_whole(sandbox) | {"noted": self._number}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        self._open().truncate(0)

    def _open(self) -> FileIO:
        if self._journal is None:
            self._journal = FileIO(self._beside, "ab")
            self._journal.write(b"\n")  # behind a line that a death cut short
        return self._journal

    def _noted(self) -> Iterator[tuple[int, Arrival]]:
        if self._beside.exists():
            for line in self._beside.read_bytes().splitlines():
                try:
                    yield arrival.of_json(line)
                except ValueError:
                    continue  # cut short: it never had an effect


def _whole(sandbox: Sandbox) -> dict[str, Any]:
    raw = dump.dump(sandbox)
    raw["clock"]["offset"] = sandbox.clock.offset
    return raw | {"log": sandbox.log.kept()}
