"""Plugins of a company."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import WithJsonSchema

from listwright.api.schemas.base import Flag, In, Mapped, Out, Whole


class Plugin(Out):
    """An installed plugin as the company has it. `hooks` are what it implements, `problem` why it is broken and skipped,
    `missing` what keeps it, though on, from being in force. `settings_schema` is the JSON schema of `settings`. `excluded`
    is what becomes of live listings a filter excludes (offline, leave, or blank while nobody has answered); `dry`: a
    repricer only records; `share`: percent of the hour's lines for its prices."""

    name: str
    package: str
    version: str
    about: str
    hooks: list[str]
    problem: str
    enabled: bool
    missing: list[str]
    settings: dict[str, Any]
    settings_schema: dict[str, Any] | None
    excluded: str
    dry: bool
    share: int
    refresh_minutes: int
    failed_at: datetime | None
    failure: str


class Plugins(Out):
    """All of them."""

    results: list[Plugin]


class PluginChange(In):
    """Any subset. `settings` is the whole of the plugin's own. A filter needs `excluded` before it can be on."""

    enabled: Flag = None
    settings: Mapped = None
    excluded: Annotated[Any, WithJsonSchema({"type": "string", "enum": ["offline", "leave"]})] = None
    dry: Flag = None
    share: Whole = None
    refresh_minutes: Whole = None
