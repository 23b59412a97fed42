"""What an answer, or its absence, means for a line. Pure; the class of the error alone decides."""

from typing import NamedTuple

from listwright.channels.protocol import Receipt
from listwright.common.errors import (
    AccessDenied,
    ChannelError,
    OutcomeUnknown,
    ProtocolBroken,
    RateLimited,
    Rejected,
    Unavailable,
)
from listwright.sync.decisions.backoff import delay
from listwright.sync.engine.claim import Sending
from listwright.sync.engine.lease import NotHeld

# Of one line. A channel that is down as a whole is tried by one request at a time, so a stop-sale need not wait longer.
LONGEST_RETRY = 30.0


class Outcome(NamedTuple):
    """`again_…`: the value is due again, `retry_in` seconds from now. `refused_…`: it waits for a change.

    `attempt` counts as a failed attempt (waiting never does); `credit`: the line's budget is given back, which is
    done only where it is certain that no byte reached the channel.
    """

    sending: Sending
    state: str
    code: str = ""
    message: str = ""
    request_id: str = ""
    again_quantity: bool = False
    again_price: bool = False
    refused_quantity: bool = False
    refused_price: bool = False
    retry_in: float | None = None
    attempt: bool = False
    credit: bool = False


def judge(sending: Sending, result: Receipt | BaseException, jitter: float) -> Outcome:
    """The outcome of one request; `jitter` in [0, 1). What no class foresees may have been sent: its outcome is unknown."""
    draft = sending.draft
    again = Outcome(
        sending, "not_applied", again_quantity=draft.quantity is not None, again_price=draft.price is not None
    )
    retry_in = delay(draft.attempts + 1, jitter, longest=LONGEST_RETRY)
    match result:
        case Receipt():
            return Outcome(sending, "accepted", request_id=result.request_id)
        case NotHeld():
            return again._replace(code="not_sent", message=str(result), credit=True)
        case Rejected():
            return _rejected(sending, result)
        case RateLimited():
            return _told(again, result)
        case Unavailable():
            # Without even a status there was no connection; a 5xx may have been counted over there.
            return _told(again, result)._replace(retry_in=retry_in, attempt=True, credit=result.status is None)
        case AccessDenied():
            return _told(again, result)._replace(retry_in=retry_in, attempt=True)
        case OutcomeUnknown() | ProtocolBroken():
            return _told(_unknown(sending, retry_in), result)
        case _:
            return _unknown(sending, retry_in)._replace(code="defect", message=f"{type(result).__name__}: {result}")


def _unknown(sending: Sending, retry_in: float) -> Outcome:
    """Quarantined. Only a zero is sent again before the listing was read: repeating it can do no harm, waiting can."""
    zero = sending.draft.quantity == 0
    return Outcome(sending, "unknown", again_quantity=zero, retry_in=retry_in if zero else None, attempt=True)


def _rejected(sending: Sending, error: Rejected) -> Outcome:
    """Refused in Back Market's words. Of two values in one line the one not refused goes out again, alone: a quantity
    unless the answer names it."""
    draft = sending.draft
    shared = draft.quantity is not None and draft.price is not None
    quantity_named = any(line.field == "quantity" for line in error.lines)
    refused_quantity = draft.quantity is not None and (not shared or quantity_named)
    refused_price = draft.price is not None and not refused_quantity
    words = " ".join(dict.fromkeys(line.message for line in error.lines if line.message)) or error.message
    return Outcome(
        sending,
        "rejected",
        error.code[:64],
        words,
        error.request_id[:100],
        again_quantity=shared and refused_price,
        again_price=shared and refused_quantity,
        refused_quantity=refused_quantity,
        refused_price=refused_price,
    )


def _told(outcome: Outcome, error: ChannelError) -> Outcome:
    return outcome._replace(code=error.code[:64], message=error.message, request_id=error.request_id[:100])
