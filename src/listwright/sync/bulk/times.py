"""The times of bulk uploads, in seconds, as the settings give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class BulkTimes:
    """`quarantine_bulk`: how long a lost answer may still be applied. `task_patience`: when a task is given up."""

    quarantine_bulk: float = 600
    poll_first: float = 1
    poll_longest: float = 60
    task_patience: float = 3600
    # Back Market's search lags behind its writes: an absence is believed only when it is seen again this much later.
    read_again: float = 5

    @classmethod
    def from_settings(cls, sync: Mapping[str, float]) -> Self:
        """From `settings.SYNC`; names that are not about bulk uploads are left to others."""
        return cls(**{name: sync[name] for name in cls.__slots__ if name in sync})

    def next_poll(self, polls: int, now: datetime) -> datetime:
        """When to ask a running task again: soon at first, then ever more rarely."""
        return now + timedelta(seconds=min(self.poll_longest, self.poll_first * 1.5**polls))
