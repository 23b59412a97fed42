"""Repricing's decisions: what is read next, and that no sequence of answers takes a price out of its bounds."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from listwright.listings.rules.facts import MarketFacts, PriceFacts, ProposedPrice
from listwright.listings.rules.pricing import price_for_market
from listwright.plugins.answers import Nonsense, prices
from listwright.plugins.defaults.follow_price_to_win import Settings, follow
from listwright.plugins.host import plain
from listwright.plugins.testing import competition, offer
from listwright.plugins.types import NewPrice
from listwright.sync.decisions.competition import Reading, allowed_price, next_call, next_reading

AMOUNTS = st.decimals(min_value="0.01", max_value="9999", places=2, allow_nan=False, allow_infinity=False)
ANYTHING = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.builds(NewPrice, st.one_of(st.decimals(), st.floats(), st.text(max_size=3), st.none(), AMOUNTS), st.text()),
    st.lists(st.integers(), max_size=3),
    st.builds(object),
)


BOUNDS = st.none() | st.tuples(AMOUNTS, AMOUNTS, st.none() | AMOUNTS)


@given(st.lists(st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0, 0.3)), min_size=3, max_size=30))
def test_no_more_than_two_calls_arrive_in_any_second_however_long_each_is_on_its_way(
    ways: list[tuple[float, float, float]],
) -> None:
    now, answered, arrived = 0.0, [0.0, 0.0], []
    for there, back, idle in ways:
        begun = max(now + idle, next_call(answered))
        arrived.append(begun + there)
        now = begun + there + back
        answered.append(now)
    assert all(third - first > 0.999999 for first, third in zip(arrived, arrived[2:], strict=False))


def test_what_can_be_won_is_read_before_what_wins_and_that_before_what_is_out_of_reach() -> None:
    low = Decimal(80)
    winnable = next_reading([Reading(False, Decimal(90), low)], sold=0)
    winning = next_reading([Reading(True, Decimal(90), low)], sold=0)
    lost = next_reading([Reading(False, Decimal(70), low), Reading(False, None, low)], sold=0)
    alone = next_reading([], sold=0)
    assert winnable.promise > winning.promise > lost.promise > alone.promise
    assert winnable.wait < winning.wait < lost.wait < alone.wait
    assert next_reading([Reading(True, None, low)], sold=9).promise > winning.promise


@given(
    base=AMOUNTS,
    lowest=AMOUNTS,
    ceiling=st.none() | AMOUNTS,
    moves=st.lists(st.tuples(ANYTHING, BOUNDS, st.booleans(), st.integers(0, 3)), max_size=12),
)
def test_no_sequence_of_prices_bounds_and_answers_sends_a_price_outside_the_bounds(
    base: Decimal,
    lowest: Decimal,
    ceiling: Decimal | None,
    moves: list[tuple[object, tuple[Decimal, Decimal, Decimal | None] | None, bool, int]],
) -> None:
    listing = PriceFacts("EUR", base, None, True, True, lowest, ceiling)
    market = MarketFacts("fr-fr", "EUR")
    sent = price_for_market(listing, market).price
    assert sent is not None and sent >= lowest
    proposed = None
    for answer, changed, backpricer, lines_left in moves:
        if changed is not None:  # the seller's own price and bounds, entered meanwhile
            base, lowest, ceiling = changed
            listing = PriceFacts("EUR", base, None, True, True, lowest, ceiling)
        (read,) = prices(plain([answer]), 1)
        assert sent is not None
        if isinstance(read, NewPrice):
            highest = max(lowest, base if ceiling is None else ceiling)
            allowed = allowed_price(
                read.price,
                standing=sent,
                accepted=sent,
                lowest=lowest,
                highest=highest,
                lines_left=lines_left,
                most_fall=40,
                held=False,
            )
            if allowed.price is not None:
                assert lines_left > 0 and allowed.price >= sent * Decimal("0.6")
                proposed = ProposedPrice(allowed.price, "any", "")
        else:
            assert read is None or isinstance(read, Nonsense)
        sent = price_for_market(listing, market._replace(backpricer=backpricer), proposed).price
        assert sent is not None and sent >= lowest
        if proposed is not None and not backpricer:
            assert sent <= max(lowest, base if ceiling is None else ceiling)


@given(
    price=AMOUNTS, lowest=AMOUNTS, extra=AMOUNTS, win=st.none() | AMOUNTS, step=AMOUNTS, winning=st.booleans(),
    ends=st.booleans(),
)  # fmt: skip
def test_the_follower_stays_in_its_bounds_and_steps(
    price: Decimal, lowest: Decimal, extra: Decimal, win: Decimal | None, step: Decimal, winning: bool, ends: bool
) -> None:
    seen = competition(None, None)._replace(price_to_win=win, is_winning=winning)
    given_ = offer(price=price, min_price=lowest, ceiling=lowest + extra, competition=seen, history=(seen, seen))
    answer = follow(given_, Settings(step=step, ends_in_99=ends))
    if answer is not None:
        assert lowest <= answer.price <= lowest + extra and answer.price != price and answer.reason
        if lowest + 1 <= price <= lowest + extra - 1 and not ends:
            assert abs(answer.price - price) <= step


def test_the_follower_goes_to_the_price_to_win_by_steps_and_to_the_ceiling_where_it_cannot_win() -> None:
    near = follow(offer(), Settings(step=Decimal(3)))
    assert near is not None and near.price == Decimal("97.00")
    there = follow(offer(), Settings())
    assert there is not None and there.price == Decimal("95.00")
    given_up = follow(offer(competition=competition("70.00")), Settings(step=Decimal(50)))
    assert given_up is not None and given_up.price == Decimal("110.00")
    nice = follow(offer(), Settings(ends_in_99=True))
    assert nice is not None and nice.price == Decimal("94.99")


def test_the_follower_keeps_its_markets_and_changes_a_day() -> None:
    assert follow(offer(), Settings(markets_off=["fr-fr"])) is None
    assert follow(offer(changes_today=48), Settings()) is None


def test_the_follower_climbs_only_after_three_wins_in_a_row() -> None:
    won = competition("104.00", is_winning=True)
    assert follow(offer(competition=won, history=(won,)), Settings()) is None
    climbing = follow(offer(competition=won, history=(won, won)), Settings(step=Decimal(2)))
    assert climbing is not None and climbing.price == Decimal("102.00")
    assert follow(offer(competition=won, history=(won, won)), Settings(raise_when_winning=False)) is None
