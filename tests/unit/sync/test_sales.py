"""What a sale tells of the units that stand there, and what is kept back without one (B10)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from listwright.listings.rules.availability import quantity_for_back_market
from listwright.listings.rules.facts import Step
from listwright.sync.decisions.sales import Shown, Sold, Standing, Telling, still_shown, telling
from tests.unit.rules.facts import NO_RULES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SENT = NOW - timedelta(minutes=5)
KNOWN = Standing(5, SENT, 0, True, True)


def told(
    seconds_after: float | None,
    *,
    units: int = 1,
    standing: Standing = KNOWN,
    previous: datetime | None = NOW,
    excludes: bool = False,
) -> Telling:
    first = None if seconds_after is None else SENT + timedelta(seconds=seconds_after)
    return telling(Sold(units, first), standing, previous=previous, excludes=excludes)


def test_a_sale_after_our_last_update_lowers_and_one_before_it_is_doubtful() -> None:
    assert told(1) is Telling.LOWERS
    assert told(0) is told(-1) is told(None) is Telling.DOUBTFUL
    assert told(1, standing=KNOWN._replace(accepted=None)) is Telling.DOUBTFUL


def test_a_sale_is_doubtful_while_something_is_under_way_or_orders_before_it_may_be_missing() -> None:
    assert told(1, standing=KNOWN._replace(quiet=False)) is Telling.DOUBTFUL
    assert told(1, previous=SENT - timedelta(seconds=1)) is told(1, previous=None) is Telling.DOUBTFUL


def test_with_figures_that_leave_orders_out_only_what_stays_backed_is_lowered() -> None:
    assert told(1, excludes=True) is Telling.LOWERS
    assert told(1, excludes=True, standing=KNOWN._replace(backed=False)) is Telling.DOUBTFUL
    assert told(-1, excludes=True, standing=KNOWN._replace(unseen=3)) is Telling.DOUBTFUL


def test_a_sale_before_our_last_update_explains_units_seen_to_be_gone_if_it_is_no_greater() -> None:
    assert told(-1, units=2, standing=KNOWN._replace(unseen=2)) is Telling.EXPLAINS
    assert told(-1, units=3, standing=KNOWN._replace(unseen=2)) is Telling.DOUBTFUL


@given(
    st.none() | st.integers(0, 50), st.integers(0, 9), st.booleans(), st.booleans(), st.floats(-9, 9), st.integers(1, 9)
)
def test_what_stands_there_is_never_lowered_by_a_sale_we_may_have_counted(
    accepted: int | None, unseen: int, quiet: bool, backed: bool, after: float, units: int
) -> None:
    standing = Standing(accepted, SENT, unseen, quiet, backed)
    if told(after, units=units, standing=standing) is Telling.LOWERS:
        assert after > 0 and quiet and accepted is not None


def test_units_gone_without_an_order_are_kept_back_behind_the_cap_and_explained() -> None:
    rules = NO_RULES._replace(max_quantity_enabled=True, max_quantity=3, max_quantity_default=False)
    assert [quantity_for_back_market(50, rules._replace(unseen=units)) for units in (0, 1, 9)] == [3, 2, 0]
    steps: list[Step] = []
    quantity_for_back_market(50, rules._replace(unseen=1), steps)
    assert [(step.label, step.value) for step in steps[-3:]] == [
        ("Max Quantity", 3),
        ("Sold there, not shown yet", 1),
        ("Available Qty for Back Market", 2),
    ]


@given(st.integers(0, 9), st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 4), st.floats(0, 9))
def test_a_read_that_shows_the_first_of_some_sales_is_lowered_by_the_others_only(
    left: int, sold: list[int], seen: int, before: float
) -> None:
    accepted = left + sum(sold)
    read = Shown(accepted - sum(sold[:seen]), NOW - timedelta(seconds=before))
    assert still_shown(read, accepted=accepted, sold=sold, first=NOW) == left


def test_a_fall_that_no_sale_explains_stays_beside_the_sales_that_came_after_it() -> None:
    assert still_shown(Shown(3, NOW), accepted=5, sold=[1], first=NOW) == 2
    assert still_shown(Shown(4, NOW - timedelta(seconds=20)), accepted=5, sold=[1], first=NOW) == 3
    assert still_shown(Shown(4, NOW + timedelta(seconds=1)), accepted=5, sold=[1], first=NOW) == 4
    assert still_shown(Shown(None, None), accepted=5, sold=[1], first=NOW) is None
    assert still_shown(Shown(0, NOW), accepted=2, sold=[3], first=NOW) == 0
