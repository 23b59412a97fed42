"""What reaches an account's pump from other threads."""

from collections.abc import Sequence
from dataclasses import dataclass

from listwright.channels.protocol import Receipt, RemoteListing, RemoteOrder
from listwright.sync.engine.claim import Sending
from listwright.sync.engine.readback import Reread


@dataclass(frozen=True, slots=True)
class Woken:
    """Look again: something may be due, or it is time to end."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request's result; `started` is monotonic."""

    sending: Sending
    result: Receipt | BaseException
    started: float


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """A page of the read under way."""

    orders: Sequence[RemoteOrder]


@dataclass(frozen=True, slots=True)
class OrdersEnd:
    """The read came to its end, or failed."""

    started: float
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A listing as read, or why not."""

    reread: Reread
    result: RemoteListing | BaseException | None
    started: float


@dataclass(frozen=True, slots=True)
class Probed:
    """Whether the account may still speak: None when it may."""

    error: BaseException | None


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step's request met an error that concerns the whole account."""

    error: BaseException
    started: float


Event = Woken | Answered | OrdersPage | OrdersEnd | ReadBack | Probed | StepFailed
