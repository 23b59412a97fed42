"""Everything that is anticipated to go wrong, as two small families of exceptions.

`DomainError` is shown to people: each front door translates it once (REST: problem+json with `code`; pages: next to
the field; CLI: a line and an exit code). `ChannelError` is what a channel's answer means; its class alone decides
whether the work is retried, quarantined or held. Anything else that is raised is a defect.
"""
# ruff: noqa: N818 - the names are the project's words for what happened; "Error" behind each says nothing more.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class DomainError(Exception):
    """A refusal that a person can understand and mend.

    `code` is stable snake_case for programs, `message` one sentence for people, and `fields` maps the REST name of a
    field (`price`, `markets.fr-fr.price`) to the sentence that belongs next to it.
    """

    def __init__(self, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.fields: dict[str, str] = dict(fields or {})

    def __str__(self) -> str:
        return self.message


class NotFound(DomainError):
    """There is no such record for this company (also said of a record of another company)."""


class NotAllowed(DomainError):
    """The person or token may not do this."""


class Invalid(DomainError):
    """The input is wrong; `fields` names which of it."""


class Conflict(DomainError):
    """Right in itself, but not with what stands there now (a taken SKU, a locked merchant SKU, a newer change)."""


class NotReady(DomainError):
    """Something else has to be done first (a missing attribute, no approval yet, an account not connected)."""


class LimitReached(DomainError):
    """More than is allowed at once (rows, bytes, requests)."""


class ChannelError(Exception):
    """A channel's answer, or its absence, as the class that decides what happens next.

    `request_id` is the channel's own id for support (Back Market's `requestId` or the edge's `cf-ray`), `status` the
    HTTP status when there was an answer, `evidence` a short piece of the answer. Evidence never holds a token, and is
    left out for orders, which name buyers.
    """

    def __init__(
        self, code: str, message: str, request_id: str = "", status: int | None = None, evidence: str = ""
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.request_id = request_id
        self.status = status
        self.evidence = evidence

    def __str__(self) -> str:
        return self.message


class Unavailable(ChannelError):
    """Not applied for certain: no connection, or refused before it was read. Retried with backoff and jitter."""


class OutcomeUnknown(ChannelError):
    """Perhaps applied, perhaps later: the answer was lost after sending. Quarantined and read, then decided."""


class RateLimited(ChannelError):
    """Too fast. `wait` is in seconds, None when the channel named no time; waiting is not a failed attempt.

    `by_lines`: not too many requests in a few seconds, but the hour's lines are spent; None where the channel does not
    say which.
    """

    def __init__(
        self,
        code: str,
        message: str,
        request_id: str = "",
        status: int | None = None,
        evidence: str = "",
        *,
        wait: float | None = None,
        by_lines: bool | None = False,
    ) -> None:
        super().__init__(code, message, request_id, status, evidence)
        self.wait = wait
        self.by_lines = by_lines


class AccessDenied(ChannelError):
    """The channel no longer accepts this account's token. The account is paused and keeps its queue."""


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """One refused line: its SKU, market and field (empty where the channel did not say), in the channel's words."""

    message: str
    sku: str = ""
    market: str = ""
    field: str = ""
    code: str = ""


class Rejected(ChannelError):
    """Read and refused. `lines` carries the channel's own words per line; it waits for a change of the product."""

    def __init__(
        self,
        code: str,
        message: str,
        request_id: str = "",
        status: int | None = None,
        evidence: str = "",
        *,
        lines: tuple[RejectedLine, ...] = (),
    ) -> None:
        super().__init__(code, message, request_id, status, evidence)
        self.lines = lines


class ProtocolBroken(ChannelError):
    """An answer that the documented protocol does not allow. A sample is kept, people are told; after some, paused."""


PASSING = (Unavailable, OutcomeUnknown, RateLimited)
"""Faults that say nothing about what was asked: the same may be asked again."""
