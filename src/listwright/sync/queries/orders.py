"""Orders, as far as stock needs them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from listwright.changes import prepared
from listwright.common.errors import Invalid
from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.sync.models import OrderLine
from listwright.sync.orders.effects import RETURNED_LINES, SHIPPED_LINES, UNPAID_ORDER, Effect, effect

# What Back Market's numbers for a line mean.
LINE_STATES = {
    0: "New",
    1: "Paid",
    2: "Accepted",
    3: "Shipped",
    4: "Cancelled",
    5: "Refunded before shipping",
    6: "Refunded after shipping",
    7: "Unpaid",
    8: "Pending",
    9: "On hold",
}
UNKNOWN_COUNTED = 1000
_SHIPPED = "(row.line_state = ANY(%s::int[]))"
_RETURNED = "(row.line_state = ANY(%s::int[]) OR row.order_state = %s)"


class Stage(StrEnum):
    """Where a line stands as far as stock is concerned: its units wait to be shipped, have left, or came back."""

    OPEN = "open"
    SHIPPED = "shipped"
    RETURNED = "returned"


def stage(line: OrderLine) -> Stage:
    """A line's."""
    if line.line_state in SHIPPED_LINES:
        return Stage.SHIPPED
    return Stage.RETURNED if line.line_state in RETURNED_LINES or line.order_state == UNPAID_ORDER else Stage.OPEN


def in_stock(line: OrderLine, feed: str) -> str:
    """What a line did to our stock, in words; `feed` is what the stock figures we receive say of orders."""
    if line.listing_id is None:
        return "Nothing: no product here has this SKU"
    if not feed:
        return "Nothing: it is not set what stock figures say of orders"
    return {
        Effect.HOLD: "Reserved",
        Effect.LEAVE: "Left with the shipment",
        Effect.RETURN: "Reservation given back",
        Effect.NONE: "Nothing: the figures leave orders out",
    }[effect(feed, line.order_state, line.line_state)]


def rows(
    company: Company,
    *,
    sku: str = "",
    stage: str = "",
    unknown: bool = False,
    before_id: int | None = None,
    limit: int = 50,
) -> Sequence[OrderLine]:
    """Order lines, newest first; `before_id` the last of the page before. `sku` those of one merchant SKU, `stage` those
    of one stage, `unknown` those of SKUs that no product here has. Raises Invalid for another stage."""
    conditions: dict[str, list[Any]] = {"row.account_id = %s": [companies.account(company).pk]}
    if sku:
        conditions["lower(row.sku) = lower(%s)"] = [sku]
    if unknown:
        conditions["row.listing_id IS NULL"] = []
    shipped, returned = [list(SHIPPED_LINES)], [list(RETURNED_LINES), UNPAID_ORDER]
    match stage:
        case "":
            pass
        case Stage.SHIPPED:
            conditions[_SHIPPED] = shipped
        case Stage.RETURNED:
            conditions |= {_RETURNED: returned, f"NOT {_SHIPPED}": shipped}
        case Stage.OPEN:
            conditions |= {f"NOT {_RETURNED}": returned, f"NOT {_SHIPPED}": shipped}
        case _:
            message = f"stage: “{stage[:40]}” is none of {', '.join(Stage)}."
            raise Invalid("stage_unknown", message, {"stage": message})
    if before_id is not None:
        conditions["row.id < %s"] = [before_id]
    values = [value for given in conditions.values() for value in given]
    newest = f"{' AND '.join(conditions)} ORDER BY row.id DESC LIMIT %s"
    return prepared.instances(OrderLine, newest, [*values, limit])


def unknown(company: Company) -> int:
    """How many lines are of SKUs that no product here has; counting ends at 1,000."""
    found = OrderLine.objects.filter(account=companies.account(company), listing__isnull=True)
    return found.order_by("-id")[:UNKNOWN_COUNTED].count()
