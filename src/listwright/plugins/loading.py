"""Find plugins by entry point, and load one. Loading runs the package's code: only its own process does it, but for ours."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy
from pydantic import BaseModel

from listwright.plugins import hookspecs
from listwright.plugins.defaults import OFFERED, OWN_RULES, SHIPPED
from listwright.plugins.hookspecs import ENTRY_POINTS, HOOKS, PROJECT


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin somebody installed: its name, its package with version ("listwright" for those that ship), and a reason
    why it cannot be used at all ("" when none is known before loading it)."""

    name: str
    package: str
    version: str
    problem: str = ""


def found() -> tuple[Found, ...]:
    """Every plugin a company can switch on, those that ship first; nothing of theirs is run."""
    return _found(tuple(_changed(folder) for folder in sys.path))


def _changed(folder: str) -> tuple[str, int]:
    """A place packages are looked for, and when one was last installed into it or removed."""
    try:
        return folder, Path(folder or ".").stat().st_mtime_ns
    except OSError:
        return folder, 0


@lru_cache(maxsize=1)
def _found(places: tuple[tuple[str, int], ...]) -> tuple[Found, ...]:
    """Looking through every package's metadata takes as long as a page: once for each state of `places`."""
    result = [Found(name, PROJECT, "") for name in OFFERED]
    by_name: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=ENTRY_POINTS):
        by_name.setdefault(point.name, []).append(point)
    for name, points in sorted(by_name.items()):
        dist = points[0].dist
        package, version = (dist.name, dist.version) if dist is not None else ("?", "")
        problem = ""
        if name in SHIPPED:
            problem = f"The name {name} is taken by a plugin that ships with Listwright."
        elif len({point.value for point in points}) > 1:
            packages = ", ".join(sorted({point.dist.name for point in points if point.dist is not None}))
            problem = f"The name {name} is used by more than one package: {packages}. Uninstall all but one."
        result.append(Found(name, package, version, problem))
    return tuple(result)


def load(name: str) -> pluggy.PluginManager:
    """A plugin manager with this plugin alone. Raises whatever the package raises, LookupError when there is none, and
    pluggy's PluginValidationError for a hook that does not exist or takes other arguments."""
    if name in SHIPPED:
        plugin: Any = import_module(SHIPPED[name])
    else:
        points = list(entry_points(group=ENTRY_POINTS, name=name))
        if not points:
            raise LookupError(f"No installed package offers a plugin “{name}”.")
        plugin = points[0].load()
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name)
    manager.check_pending()
    return manager


@cache
def own_rules() -> pluggy.HookRelay:
    """The hooks as Listwright itself implements them. They are trusted, and so are called in this process: handing a
    batch to another one takes as long as planning it."""
    return load(OWN_RULES).hook


def hooks_of(manager: pluggy.PluginManager) -> list[str]:
    """The hooks the plugin implements, in the order of the interface."""
    return [hook for hook in HOOKS if getattr(manager.hook, hook).get_hookimpls()]


def model_of(manager: pluggy.PluginManager) -> type[BaseModel] | None:
    """The plugin's settings model. Raises TypeError when it is none."""
    if not manager.hook.settings_model.get_hookimpls():
        return None
    model = manager.hook.settings_model()
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError("settings_model() must return a pydantic model class.")
    return model


def settings_of(model: type[BaseModel] | None, stored: Mapping[str, Any]) -> Any:
    """The stored settings as the plugin wants them. Raises pydantic's ValidationError."""
    return dict(stored) if model is None else model.model_validate(dict(stored))
