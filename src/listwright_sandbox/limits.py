"""Counters of requests and of SKU lines, and the blocks that follow."""

from collections import deque
from dataclasses import dataclass, field
from email.utils import formatdate
from math import ceil
from typing import Any

from .settings import Settings

HOUR = 3600.0


@dataclass
class Window:
    """Requests of the last seconds, and until when more are blocked."""

    times: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0

    def take(self, now: float, most: int, seconds: float, block: float) -> float | None:
        """Counts one request; else the seconds to wait. A refused request is not counted and makes no block longer."""
        if now < self.blocked_until:
            return self.blocked_until - now
        self._forget(now - seconds)
        if len(self.times) >= most:
            self.blocked_until = now + block
            return block
        self.times.append(now)
        return None

    def used(self, now: float, seconds: float) -> int:
        self._forget(now - seconds)
        return len(self.times)

    def _forget(self, before: float) -> None:
        while self.times and self.times[0] <= before:
            self.times.popleft()


class Lines:
    """SKU lines of the last hour: one that rolls, or one that follows the clock."""

    def __init__(self) -> None:
        self.spent: deque[tuple[float, int]] = deque()

    def take(self, now: float, count: int, settings: Settings) -> float | None:
        """Spends that many lines; else the seconds to wait until they fit, and nothing is spent."""
        free = settings.lines_per_hour - self.used(now, settings)
        if count <= free:
            self.spent.append((now, count))
            return None
        if settings.line_window == "fixed":
            return HOUR - now % HOUR
        for moment, lines in self.spent:
            free += lines
            if count <= free:
                return moment + HOUR - now
        return HOUR

    def used(self, now: float, settings: Settings) -> int:
        start = now - now % HOUR if settings.line_window == "fixed" else now - HOUR
        while self.spent and self.spent[0][0] <= now - HOUR:
            self.spent.popleft()
        fixed = settings.line_window == "fixed"
        return sum(lines for moment, lines in self.spent if moment > start or (fixed and moment == start))


@dataclass
class Limits:
    """All counters of the account."""

    requests: Window = field(default_factory=Window)
    catalog: Window = field(default_factory=Window)
    backbox: Window = field(default_factory=Window)
    lines: Lines = field(default_factory=Lines)

    def spend(self, used: dict[str, int], now: float) -> None:
        """Counts what was used elsewhere at this moment: requests, catalog_requests, backbox_requests, lines."""
        windows = {"requests": self.requests, "catalog_requests": self.catalog, "backbox_requests": self.backbox}
        if unknown := set(used) - {*windows, "lines"}:
            raise ValueError(f"limits: unknown counters {sorted(unknown)}")
        for name, window in windows.items():
            window.times.extend([now] * int(used.get(name, 0)))
        if used.get("lines"):
            self.lines.spent.append((now, int(used["lines"])))

    def as_dict(self, now: float, settings: Settings) -> dict[str, Any]:
        """The counters for people and tests."""
        return {
            "limits": settings.limits,
            "requests": self._window(self.requests, now, settings.window_seconds, settings.requests_per_window),
            "catalog_requests": self._window(
                self.catalog, now, settings.window_seconds, settings.catalog_requests_per_window
            ),
            "backbox_requests": self._window(self.backbox, now, 1.0, settings.backbox_per_second),
            "lines": {"used": self.lines.used(now, settings), "most": settings.lines_per_hour},
        }

    @staticmethod
    def _window(window: Window, now: float, seconds: float, most: int) -> dict[str, Any]:
        return {"used": window.used(now, seconds), "most": most, "blocked_for": max(0.0, window.blocked_until - now)}

    def dump(self) -> dict[str, Any]:
        return {
            "lines": [list(item) for item in self.lines.spent],
            **{
                name: {"times": list(window.times), "blocked_until": window.blocked_until}
                for name, window in (("requests", self.requests), ("catalog", self.catalog), ("backbox", self.backbox))
            },
        }

    def load(self, raw: dict[str, Any]) -> None:
        self.lines.spent = deque((moment, count) for moment, count in raw.get("lines", []))
        for name, window in (("requests", self.requests), ("catalog", self.catalog), ("backbox", self.backbox)):
            values = raw.get(name, {})
            window.times = deque(values.get("times", []))
            window.blocked_until = values.get("blocked_until", 0.0)


def retry_after(wait: float, now: float, settings: Settings) -> str | None:
    """The value of Retry-After, in the form that the settings say."""
    if settings.retry_after == "seconds":
        return str(ceil(round(wait, 3)))
    return formatdate(ceil(now + wait), usegmt=True) if settings.retry_after == "date" else None
