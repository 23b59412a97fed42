"""Which values share a line, what an answer means, and what reads say."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.channels.protocol import Receipt
from listwright.common.errors import (
    AccessDenied,
    OutcomeUnknown,
    ProtocolBroken,
    RateLimited,
    Rejected,
    RejectedLine,
    Unavailable,
)
from listwright.sync.decisions.budget import Room
from listwright.sync.decisions.resolve import Fate, Seen, believed, fate, left_over
from listwright.sync.engine.claim import Sending
from listwright.sync.engine.compose import Draft, PriceDue, QuantityDue, Standing, compose
from listwright.sync.engine.lease import NotHeld
from listwright.sync.engine.outcome import judge
from listwright.sync.orders.effects import Effect, effect

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PLENTY = Room(1000, 1000, 1000)


def quantity(
    listing: int, desired: int | None, *, accepted: int = 5, urgency: int = 2, forced: bool = False
) -> QuantityDue:
    return QuantityDue(
        listing, listing, "id", 1, desired is not None, forced, desired, accepted, forced, 0, urgency, NOW
    )


def price(listing: int, market: str = "fr-fr", *, accepted: str = "9.00", urgency: int = 3) -> PriceDue:
    return PriceDue(listing, market, Decimal("8.00"), Decimal(accepted), "EUR", False, 0, urgency, NOW)


def lines(listings: list[QuantityDue], prices: list[PriceDue], room: Room = PLENTY, slots: int = 16) -> list[Draft]:
    return compose(listings, prices, default_market="fr-fr", settings=1, room=room, slots=slots)[0]


def test_a_quantity_goes_with_the_most_urgent_due_price() -> None:
    [draft] = lines([quantity(1, 3)], [price(1, "de-de"), price(1)])
    assert (draft.quantity, draft.price, draft.market) == (3, Decimal("8.00"), "de-de")


def test_a_zero_goes_alone_and_does_not_answer_for_a_price_that_is_still_to_follow() -> None:
    [draft] = lines([quantity(1, 0, urgency=0)], [price(1)])
    assert (draft.quantity, draft.price, draft.answers) == (0, None, ())
    [draft] = lines([quantity(1, 0, urgency=0)], [price(1, "de-de")])
    assert draft.answers == ("fr-fr",)


def test_a_market_is_answered_for_when_price_and_quantity_are_both_said() -> None:
    [together] = lines([quantity(1, 3, forced=True)], [price(1)])
    assert together.answers == ("fr-fr",)
    [elsewhere] = lines([quantity(1, 3, forced=True)], [price(1, "de-de")])
    assert elsewhere.answers == ("de-de", "fr-fr")
    waiting = quantity(1, None)._replace(asked=True)  # asked for, but orders must be read first
    assert lines([waiting], [price(1)])[0].answers == ()
    assert lines([waiting], [price(1, "de-de")])[0].answers == ("de-de",)


def test_a_quantity_below_zero_is_sent_as_zero() -> None:
    assert lines([quantity(1, -1, urgency=0)], [])[0].quantity == 0


def test_what_stands_there_is_cleared_and_not_sent() -> None:
    drafts, cleared = compose(
        [quantity(1, 5), quantity(2, None)],
        [price(2, accepted="8.00")],
        default_market="fr-fr",
        settings=1,
        room=PLENTY,
        slots=9,
    )
    assert (drafts, cleared) == ([], Standing([1], [(2, "fr-fr")]))


def test_a_forced_quantity_is_sent_though_it_stands_there() -> None:
    assert [draft.forced for draft in lines([quantity(1, 5, forced=True)], [])] == [True]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), max_size=40),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(1, 30),
)
def test_budget_and_slots_bound_the_lines_and_zeros_come_first(
    rows: list[tuple[int, int]], zeros: int, falls: int, others: int, slots: int
) -> None:
    zeros, falls, others = max(zeros, falls, others), max(falls, others), others
    listings = [
        quantity(number, desired, accepted=9, urgency=0 if desired == 0 else urgency + 1)
        for number, (desired, urgency) in enumerate(rows)
    ]
    drafts = lines(listings, [], Room(zeros, falls, others), slots)
    sent_zeros = [draft for draft in drafts if draft.is_zero]
    assert len(drafts) <= min(slots, zeros)
    assert len(drafts) - len(sent_zeros) <= falls
    assert len([draft for draft in drafts if not draft.is_fall]) <= others
    assert drafts[: len(sent_zeros)] == sent_zeros
    assert len({draft.listing_id for draft in drafts}) == len(drafts)


def sending(quantity: int | None = 3, price: str | None = None, attempts: int = 0) -> Sending:
    amount = None if price is None else Decimal(price)
    return Sending(1, Draft(1, 1, "id", "fr-fr", quantity, amount, "EUR", 5, None, 1, 1, False, attempts), NOW)


@pytest.mark.parametrize(
    ("result", "state", "again", "attempt", "credit"),
    [
        (Receipt("r"), "accepted", False, False, False),
        (Unavailable("c", "m"), "not_applied", True, True, True),
        (Unavailable("c", "m", status=503), "not_applied", True, True, False),
        (RateLimited("c", "m", wait=9), "not_applied", True, False, False),
        (AccessDenied("c", "m", status=401), "not_applied", True, True, False),
        (NotHeld("m"), "not_applied", True, False, True),
        (OutcomeUnknown("c", "m"), "unknown", False, True, False),
        (ProtocolBroken("c", "m"), "unknown", False, True, False),
        (ValueError("m"), "unknown", False, True, False),
        (Rejected("c", "m"), "rejected", False, False, False),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, (str, bool)) else "",
)
def test_an_answers_class_decides(
    result: Receipt | BaseException, state: str, again: bool, attempt: bool, credit: bool
) -> None:
    outcome = judge(sending(), result, 0.5)
    assert (outcome.state, outcome.again_quantity, outcome.attempt, outcome.credit) == (state, again, attempt, credit)


def test_only_an_unknown_zero_is_sent_again_before_it_was_read() -> None:
    assert judge(sending(quantity=0), OutcomeUnknown("c", "m"), 0.5).again_quantity


def test_of_two_values_in_a_refused_line_the_one_not_named_goes_again() -> None:
    refused = judge(sending(3, "8.00"), Rejected("c", "m", lines=(RejectedLine("too low", field="price"),)), 0.5)
    assert (refused.refused_price, refused.again_quantity, refused.message) == (True, True, "too low")
    refused = judge(sending(3, "8.00"), Rejected("c", "m", lines=(RejectedLine("no", field="quantity"),)), 0.5)
    assert (refused.refused_quantity, refused.again_price) == (True, True)


def test_reads_that_differ_are_not_believed() -> None:
    one, other = Seen(3, None, "EUR"), Seen(4, None, "EUR")
    assert fate(quantity=3, price=None, first=one, second=other) is Fate.READ_AGAIN
    assert fate(quantity=3, price=None, first=one, second=one) is Fate.ACCEPTED
    assert fate(quantity=9, price=None, first=one, second=one) is Fate.NOT_APPLIED
    assert fate(quantity=3, price=Decimal("8.00"), first=one, second=one) is Fate.NOT_APPLIED
    gone = Seen(None, None, "", there=False)
    assert fate(quantity=3, price=None, first=gone, second=gone) is Fate.NOT_APPLIED


@pytest.mark.parametrize(
    ("there", "candidates", "sold", "expected"),
    [
        (5, [5], [], 5),
        (4, [5], [1], 4),  # the order explains it
        (5, [5], [1], 5),  # the order came before our update
        (4, [5], [2, 1], 4),  # one of the orders came before our update
        (3, [5], [1], 4),  # one unit more is gone than any order shows: not believed, or it would be put up again
        (4, [5], [3], 5),  # less is gone than the order takes: it came before, and another is not shown yet
        (8, [5], [], 8),  # more than explained: believed, so that it is mended downward
        (9, [5, 9], [], 9),  # the unknown line was applied
        (8, [5, 9], [], 9),  # applied, and somebody bought
        (-1, [0], [], 0),
        (7, [], [], 7),
        (None, [5], [], None),
    ],
)
def test_what_is_believed_is_what_is_explained(
    there: int | None, candidates: list[int], sold: list[int], expected: int | None
) -> None:
    assert believed(there, candidates=candidates, sold=sold) == expected


@pytest.mark.parametrize(
    ("sold", "fall", "before", "expected"),
    [
        ([2], 0, 0, 2),  # nothing fell since: they went before, whatever the clocks say
        ([2], 2, 2, 0),
        ([2, 1], 1, 0, 2),
        ([3], 1, 3, 3),  # what fell is none of them: the times tell
        ([2], -3, 0, 0),  # given back
        ([2], None, 2, 2),  # a line of unknown outcome may have come between
        ([2], None, 0, 0),
        ([], 2, 0, 0),
    ],
)
def test_units_that_no_fall_takes_up_went_unseen(sold: list[int], fall: int | None, before: int, expected: int) -> None:
    assert left_over(sold, fall=fall, before=before) == expected


@pytest.mark.parametrize("feed", ["includes_unshipped", "stock_master"])
@pytest.mark.parametrize(
    ("order_state", "line_state", "expected"),
    [
        *[(3, line, Effect.HOLD) for line in (0, 9, 8, 1, 2, 77)],
        *[(9, line, Effect.LEAVE) for line in (3, 6)],
        *[(3, line, Effect.RETURN) for line in (4, 5, 7)],
        (8, 1, Effect.RETURN),
    ],
)
def test_each_line_state_has_one_effect(feed: str, order_state: int, line_state: int, expected: Effect) -> None:
    assert effect(feed, order_state, line_state) is expected
    assert effect("already_excludes", order_state, line_state) is Effect.NONE
