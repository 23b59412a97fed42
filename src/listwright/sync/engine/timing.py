"""The engine's times (seconds) and widths, as the settings give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from listwright.sync.decisions.windows import REQUESTS


@dataclass(frozen=True, slots=True)
class Timing:
    """Every limit the engine keeps, times in seconds. A request must end within a lease."""

    lease_heartbeat: float = 2
    lease_length: float = 6
    http_timeout: float = 4
    sweep_interval: float = 15
    quarantine_single: float = 30
    orders_fresh: float = 5
    requests_at_once: int = 16
    # Requests in any ten seconds: of 200, for another program of the seller may use the same account.
    window_requests: int = REQUESTS
    # Orders are looked for again this long before the newest one seen: Back Market's search lags behind its writes.
    orders_overlap: float = 900
    # How far back the first read of orders looks for open ones.
    orders_first: float = 60 * 86400
    # Between the two reads that must agree on what stands there.
    read_gap: float = 2
    # A dead worker's answer may still be on its way this long after the HTTP timeout.
    answer_margin: float = 2

    def __post_init__(self) -> None:
        if self.http_timeout >= self.lease_length:
            raise ValueError(
                f"LISTWRIGHT_HTTP_TIMEOUT ({self.http_timeout:g} s) must be below LISTWRIGHT_LEASE_LENGTH"
                f" ({self.lease_length:g} s), or a request could outlive its worker's lease."
            )

    @classmethod
    def from_settings(cls, sync: Mapping[str, float]) -> Self:
        """From `settings.SYNC`; names the engine does not know are left to others."""
        known = {name: sync[name] for name in cls.__slots__ if name in sync}
        whole = {name: int(known.pop(name)) for name in ("requests_at_once", "window_requests") if name in known}
        return cls(**known, **whole)  # type: ignore[arg-type]

    @property
    def heartbeat(self) -> float:
        """How often leases are renewed: often enough that a request may always start and still end within the lease."""
        return min(self.lease_heartbeat, (self.lease_length - self.http_timeout) / 2)
