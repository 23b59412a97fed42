"""What stands on Back Market beside what we want, and where each value is on its way: pure."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from listwright.listings.queries import ListingView, MarketView
from listwright.web.components import formats
from listwright.web.components.words import DRIFT_MEANS, Word, drift_word

Submitted = Mapping[str, tuple[int | None, Decimal | None, datetime]]

PUBLICATION: Mapping[int, Word] = {
    0: Word("Price or comment missing", "yellow"),
    1: Word("Waiting for validation", "yellow"),
    2: Word("Online", "green"),
    3: Word("Offline", "secondary"),
    4: Word("Disabled", "red"),
}


HOLDS: Mapping[str, str] = {
    "watched": "A zero that neither stock nor orders explain: it goes in some seconds, unless there are too many.",
    "held": "The circuit breaker holds another value back: see Held sends.",
    "storm": "Back Market refuses too many like it: see Held sends.",
    "rejected": "Rejected on Held sends: it waits for a change.",
}


class Row(NamedTuple):
    """One value: what is wanted, what was read there last, where it is on its way, and since when."""

    name: str
    market: str
    wanted: str
    there: str
    word: Word
    at: datetime | None
    message: str = ""
    publication: Word | None = None


def rows(view: ListingView, submitted: Submitted, arriving: Mapping[str, float]) -> list[Row]:
    """The quantity all markets share, then the price of each market. `arriving`: seconds until what waits is there, ""
    for the quantity."""
    quantity = view.quantity
    sent = next(((units, at) for units, _, at in submitted.values() if units is not None), None)
    made = [
        Row(
            "Quantity",
            "",
            formats.number(quantity.desired),
            formats.number(quantity.verified),
            *_way(
                quantity.desired, quantity.accepted, quantity.verified,
                (quantity.accepted_at, quantity.verified_at, sent and sent[1]),
                quantity.due, quantity.error_message, arriving.get(""), (quantity.drift, quantity.drift_since),
                quantity.hold,
            ),
        )
    ]  # fmt: skip
    return made + [_market(market, submitted, arriving) for market in view.markets]


def _market(market: MarketView, submitted: Submitted, arriving: Mapping[str, float]) -> Row:
    _, price, since = submitted.get(market.market, (None, None, None))
    state = market.publication_state
    return Row(
        market.name,
        market.market,
        formats.money(market.desired, market.currency, market.market),
        formats.money(market.verified, market.currency, market.market),
        *_way(
            market.desired, market.accepted, market.verified,
            (market.accepted_at, market.verified_at, since if price is not None else None),
            market.due, market.error_message, arriving.get(market.market), (market.drift, market.drift_since),
            market.hold,
        ),
        publication=None if state is None else PUBLICATION.get(state, Word(f"State {state}", "secondary")),
    )  # fmt: skip


def _way(
    desired: int | Decimal | None,
    accepted: int | Decimal | None,
    verified: int | Decimal | None,
    times: tuple[datetime | None, datetime | None, datetime | None],
    due: bool,
    refused: str,
    seconds: float | None,
    drift: tuple[str, datetime | None],
    hold: str,
) -> tuple[Word, datetime | None, str]:
    accepted_at, verified_at, sent_at = times
    if sent_at is not None:
        return Word("Sent", "blue"), sent_at, ""
    if refused:
        return Word("Refused", "red"), None, refused
    if hold in HOLDS:
        return Word("Held", "yellow"), None, HOLDS[hold]
    if due:
        return Word("Waiting to be sent", "blue"), None, "" if seconds is None else formats.arrival(seconds)
    if accepted is None and verified is None:
        return Word("Not there", "secondary"), None, ""
    if verified is None or (accepted_at is not None and verified_at is not None and verified_at < accepted_at):
        return Word("Accepted", "blue"), accepted_at, ""
    kind, since = drift
    if kind:
        return drift_word(kind), since, DRIFT_MEANS.get(kind, "")
    if accepted is not None and verified != accepted:
        told = "It was read with another value than the one accepted, and is read again to be sure."
        return Word("Differs", "yellow"), verified_at, told
    if desired is not None and desired != verified:
        told = "Differs from what is wanted; nothing sends it now (see Enabled, the uploads, and Held sends)."
        return Word("Differs", "yellow"), verified_at, told
    return Word("Verified", "green"), verified_at, ""


def headline(view: ListingView, passed_over: Set[str] = frozenset()) -> Word:
    """The listing in a word; markets that are passed over say nothing of it."""
    if view.missing_there_since is not None:
        return Word("Missing there", "red")
    if not view.linked:
        return Word("Not linked", "secondary")
    states = {market.publication_state for market in view.markets if market.market not in passed_over}
    if 2 in states:
        return Word("Online", "green")
    known = next((PUBLICATION[state] for state in (1, 0, 3, 4) if state in states), None)
    return known or Word("Linked", "secondary")
