"""What an order line's state does to our reservation of its units, by what the stock figures mean (B10). Pure."""

from enum import Enum

# Line states of Back Market's orders API: 0 new, 9 on hold, 8 pending, 1 paid, 2 accepted; 3 shipped; 4 cancelled,
# 5 refunded before shipping, 6 refunded after, 7 unpaid. Order states: 8 unpaid.
OPEN_LINES = frozenset({0, 9, 8, 1, 2})
SHIPPED_LINES = frozenset({3, 6})
RETURNED_LINES = frozenset({4, 5, 7})
UNPAID_ORDER = 8

ALREADY_EXCLUDES = "already_excludes"
STOCK_MASTER = "stock_master"


class Effect(Enum):
    """HOLD reserves; RETURN gives the reserved units back; LEAVE ends it, the units having left; NONE touches nothing."""

    HOLD = "hold"
    RETURN = "return"
    LEAVE = "leave"
    NONE = "none"


def is_open(order_state: int, line_state: int) -> bool:
    """Sold and not yet shipped. A state nobody knows counts as open: too many units are held rather than too few."""
    return order_state != UNPAID_ORDER and line_state not in SHIPPED_LINES | RETURNED_LINES


def is_sold(order_state: int, line_state: int) -> bool:
    """Open or shipped: Back Market has taken the units off the listing for good."""
    return is_open(order_state, line_state) or line_state in SHIPPED_LINES


def effect(feed: str, order_state: int, line_state: int) -> Effect:
    """What to do with the reservation of a line in this state.

    Where the figures we receive leave orders out already, nothing is ever held. A cancellation gives back our own
    reservation and never raises physical stock; a refund after shipping changes nothing that shipping did not.
    """
    if feed in ("", ALREADY_EXCLUDES):
        return Effect.NONE
    if is_open(order_state, line_state):
        return Effect.HOLD
    return Effect.LEAVE if line_state in SHIPPED_LINES else Effect.RETURN
