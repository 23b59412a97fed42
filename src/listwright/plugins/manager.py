"""Which plugins are installed, what each can do, and which are broken: for pages and operations."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from listwright.plugins.answers import PluginFailed
from listwright.plugins.loading import Found, found
from listwright.plugins.runner import Runner, runner

LOOK_AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Installed:
    """One installed plugin. `problem` says why it is broken and skipped ("" for a sound one).

    `schema` is the JSON schema of its settings (None without), `defaults` their values before anybody entered any.
    """

    name: str
    package: str
    version: str
    about: str = ""
    hooks: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Whether a company can switch it on."""
        return not self.problem


_known: dict[Found, tuple[float, Installed]] = {}
_lock = threading.Lock()


def installed(using: Runner | None = None) -> list[Installed]:
    """Every installed plugin, those that ship first. A sound one is loaded once, a broken one again after a minute."""
    return [_described(item, using or runner()) for item in found()]


def one(name: str, using: Runner | None = None) -> Installed | None:
    """One installed plugin by name, None when no package offers it (any more)."""
    return next((_described(item, using or runner()) for item in found() if item.name == name), None)


def _described(item: Found, using: Runner) -> Installed:
    with _lock:
        at, known = _known.get(item, (0.0, None))
    if known is not None and (known.usable or time.monotonic() - at < LOOK_AGAIN_SECONDS):
        return known
    made = _look(item, using)
    with _lock:
        _known[item] = (time.monotonic(), made)
    return made


def _look(item: Found, using: Runner) -> Installed:
    if item.problem:
        return Installed(item.name, item.package, item.version, problem=item.problem)
    try:
        answer = using.describe(item.name)
    except PluginFailed as failure:
        return Installed(item.name, item.package, item.version, problem=str(failure))
    if not answer["hooks"]:
        problem = "It implements no hook of Listwright."
        return Installed(item.name, item.package, item.version, answer["about"], problem=problem)
    return Installed(
        item.name,
        item.package,
        item.version,
        answer["about"],
        tuple(answer["hooks"]),
        answer["schema"],
        answer["defaults"] or {},
    )
