"""Desired against accepted: is a line due, and how urgent is it?

Readiness is no argument here: it gates creation and product information only, and a fall always passes (rule 1).
"""

from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from listwright.sync.decisions.urgency import LineUrgency, PriceChange, QuantityChange, Rank, rank


class Reach(Enum):
    """How far a listing may be written to, from its stored state (B5) and its link."""

    HANDS_OFF = "hands off"
    OFFLINE = "offline"
    ON = "on"


class Policy(NamedTuple):
    """What an account lets go out by itself: the two uploads (B4) and the approved first send (B6)."""

    inventory_upload: bool
    prices_upload: bool
    first_send_approved: bool


class Verdict(NamedTuple):
    """`held`: a line would be due, were the account's first send approved. `lead`: see `urgency.Rank`."""

    due: bool
    urgency: LineUrgency = LineUrgency.NONE
    held: bool = False
    lead: int = 0


NOT_DUE = Verdict(False)
HELD = Verdict(False, held=True)


def reach(*, status: str, linked: bool, link_problem: bool, missing_there: bool) -> Reach:
    """Only a linked listing without an open question is written to, and only in the states on and taken offline."""
    if not linked or link_problem or missing_there:
        return Reach.HANDS_OFF
    if status == "on":
        return Reach.ON
    return Reach.OFFLINE if status == "taken_offline" else Reach.HANDS_OFF


def desired_quantity(*, status: str, computed: int | None) -> int | None:
    """A listing taken offline shall stand at zero, whatever stock says; None is unknown: nothing is sent."""
    return 0 if status == "taken_offline" else computed


def quantity_verdict(
    policy: Policy,
    where: Reach,
    *,
    desired: int | None,
    accepted: int | None,
    forced: bool,
    rejected: bool,
    price: Decimal | None,
    sold: int,
) -> Verdict:
    """Is the shared quantity due? `rejected`: refused for this very generation, so that it waits for a change.

    Going offline passes with the uploads off and before the first send is approved; so does a manual update. `price`
    of a unit and units `sold` in 30 days say how urgent it is.
    """
    if where is Reach.HANDS_OFF or desired is None or rejected:
        return NOT_DUE
    if where is Reach.ON and not forced:
        if desired == accepted or not policy.inventory_upload:
            return NOT_DUE
        if not policy.first_send_approved:
            return HELD
    elif desired == accepted and not forced:
        return NOT_DUE
    return _due(rank(QuantityChange(desired, accepted, forced, price), sold=sold))


def price_verdict(
    policy: Policy,
    where: Reach,
    *,
    market_enabled: bool,
    desired: Decimal | None,
    accepted: Decimal | None,
    forced: bool,
    rejected: bool,
    units: int | None,
    sold: int,
) -> Verdict:
    """Is the price of one market due? `desired` None: no price in the market's currency, nothing is sent there.

    `units` on offer and units `sold` in 30 days say how urgent it is.
    """
    if where is not Reach.ON or not market_enabled or desired is None or rejected:
        return NOT_DUE
    if not forced:
        if desired == accepted or not policy.prices_upload:
            return NOT_DUE
        if not policy.first_send_approved:
            return HELD
    return _due(rank(PriceChange(desired, accepted, units), sold=sold))


def _due(place: Rank) -> Verdict:
    return Verdict(True, place.urgency, lead=place.lead)
