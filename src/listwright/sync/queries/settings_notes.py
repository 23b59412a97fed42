"""What a setting does from then on, beside what it changes at once: a sentence for each, with figures that are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Sum

from listwright.catalog.models import Reservation
from listwright.channels.registry import channel
from listwright.companies.models import Account
from listwright.sync.orders.effects import ALREADY_EXCLUDES
from listwright.sync.planner import PlanPreview

_CHOSEN = {
    ("drift_prices", "mend"): "Where another price stands there, ours is sent again as soon as two reads agree: those"
    " counted here as they are read next.",
    ("drift_prices", "show"): "Where another price stands there, it is shown from then on, and ours is not sent again.",
    ("drift_more", "mend"): "Where more units stand there, they are lowered as soon as two reads agree: those counted"
    " here as they are read next.",
    ("drift_more", "show"): "Where more units stand there, they are shown from then on and not lowered: they could be"
    " sold though you do not have them.",
    ("drift_less", "explain"): "Where fewer units stand there, they are raised once an order explains them or the time"
    " is over: those counted here as they are read next, the others when their time is over.",
    ("drift_less", "show"): "Where fewer units stand there, they are raised from then on only once an order explains"
    " them.",
    ("orders_download", True): "Orders are read from then on: units of open ones are reserved, quantities fall by them,"
    " and rises wait until the orders are fresh.",
    ("orders_download", False): "Orders are read no more: what sells on Back Market reserves nothing here.",
}
_REFUSALS = frozenset({"breaker_refused_share", "breaker_refused_least"})
NOTED = (
    {name for name, _ in _CHOSEN}
    | _REFUSALS
    | {
        "breaker_minutes",
        "breaker_price_fall",
        "breaker_zeros_least",
        "breaker_zeros_share",
        "currency",
        "default_market",
        "drift_grace_minutes",
        "send_min_price",
        "stock_feed",
    }
)
"""The settings that do something from then on."""


def notes(account_id: int, changes: Mapping[str, Any], planned: PlanPreview, *, scale: float) -> tuple[str, ...]:
    """A sentence for each change that needs one; `planned` as under them, its counts to be multiplied by `scale`."""
    found = [_CHOSEN[name, value] for name, value in changes.items() if (name, value) in _CHOSEN]
    if "currency" in changes:
        found.append(
            f"No price is converted. Markets in {changes['currency']} take the products’ prices; in any other only a price"
            " of its own is sent, and what stands there stays."
        )
    if "default_market" in changes:
        market = channel("backmarket").market(changes["default_market"]).name
        found.append(
            f"Posting sends the products’ texts to {market} from then on; other markets get texts of their own."
        )
    if "stock_feed" in changes:
        found.append(_orders_count(account_id, changes["stock_feed"] or ""))
    if "send_min_price" in changes:
        count = f"{'about ' if scale != 1 else ''}{round(planned.min_prices * scale):,}"
        found.append(_min_prices(count, on=changes["send_min_price"]))
    return (*found, *_thresholds(changes))


def _orders_count(account_id: int, feed: str) -> str:
    company = Account.objects.values_list("company_id", flat=True).get(pk=account_id)
    held = Reservation.objects.filter(company_id=company, state="held", reference__startswith="backmarket:")
    units = held.aggregate(units=Sum("quantity"))["units"] or 0
    if feed in ("", ALREADY_EXCLUDES):
        return (
            "Orders that are read from then on reserve nothing here."
            f" Units reserved for earlier ones stay so until those are shipped or cancelled: {units:,}."
        )
    return (
        "Orders that are read from then on reserve their units until they are shipped. Saving sends nothing; units reserved"
        f" for earlier ones stay so: {units:,}."
    )


def _min_prices(count: str, *, on: bool) -> str:
    if on:
        return (
            f"Update/Post hands over the Min Price of listings with repricing from then on, now {count}. Back Market then"
            " moves their price itself, and ours leaves it alone."
        )
    return (
        "Update/Post hands over no Min Price from then on. What stands there stays, and Back Market goes on moving those"
        f" prices; listings with repricing and a Min Price: {count}."
    )


def _thresholds(changes: Mapping[str, Any]) -> list[str]:
    found = []
    if "breaker_zeros_share" in changes and changes["breaker_zeros_share"] is None:
        found.append("Zeros that neither stock nor orders explain are never held from then on.")
    elif changes.keys() & {"breaker_zeros_share", "breaker_zeros_least"}:
        found.append("Zeros that come from then on are judged by these thresholds; those that are held stay held.")
    if "breaker_price_fall" in changes:
        most = changes["breaker_price_fall"]
        found.append(
            "No price is held for its fall from then on."
            if most is None
            else f"A price that falls by more than {most} % is held from then on."
        )
    if changes.keys() & _REFUSALS:
        found.append("What Back Market refuses is judged by these thresholds; what is held for it goes as they allow.")
    if "breaker_minutes" in changes:
        found.append(f"Zeros and refusals are counted within {changes['breaker_minutes']} minutes from then on.")
    if "drift_grace_minutes" in changes:
        found.append(f"A fall without an order is taken for a sale for {changes['drift_grace_minutes']} minutes.")
    return found
