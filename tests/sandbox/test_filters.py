"""The kept answers of filters are those that a fresh look would give, whatever happened in between."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from listwright_sandbox.filters import Filter, Selections
from listwright_sandbox.market import MARKETS
from listwright_sandbox.sandbox import Sandbox

FRANCE, BRITAIN = MARKETS["fr-fr"], MARKETS["en-gb"]
FILTERS = [Filter(state=2), Filter(state=3, least=0), Filter(least=1, most=3), Filter(state=4)]
numbers = st.integers(0, 6)
steps = st.one_of(
    st.tuples(st.just("quantity"), numbers, st.integers(-1, 5)),
    st.tuples(st.just("disable"), numbers, st.integers(0, 1)),
    st.tuples(st.just("put"), numbers, st.integers(0, 5)),
    st.tuples(st.just("remove"), numbers, st.just(0)),
    st.tuples(st.just("lag"), numbers, st.integers(1, 3)),
    st.tuples(st.just("wait"), st.just(0), st.integers(1, 5)),
    st.tuples(st.just("look"), st.just(0), st.just(0)),
)


def listing(number: int, quantity: int) -> dict[str, Any]:
    offer = {"price": "10.00", "comment": "x"}
    return {"sku": f"S{number}", "title": "x", "quantity": quantity, "markets": {"fr-fr": offer, "en-gb": offer}}


@given(st.lists(steps, max_size=80), st.sampled_from([2, 10_000]))
@settings(max_examples=200)
def test_a_kept_answer_is_always_right(story: list[tuple[str, int, int]], journal: int) -> None:
    sandbox, selections, now = Sandbox(), Selections(), 1000.0
    sandbox.listings.longest_journal = journal
    for number in range(5):
        sandbox.listings.put(sandbox.listings.parse(listing(number, number)))
    for kind, number, value in story:
        now += value if kind == "wait" else 0
        act(sandbox, kind, number, value, now)
        if kind == "look":
            look(sandbox, selections, now)
    look(sandbox, selections, now)


def act(sandbox: Sandbox, kind: str, number: int, value: int, now: float) -> None:
    found = sandbox.listings.by_sku(f"S{number}")
    if kind == "put":
        sandbox.listings.put(sandbox.listings.parse(listing(number, value)))
    elif found is not None and kind == "quantity":
        found.quantity = value
        sandbox.listings.touched(found)
    elif found is not None and kind == "disable":
        found.own_offer(FRANCE).disabled = bool(value)
        sandbox.listings.touched(found)
    elif found is not None and kind == "remove":
        sandbox.listings.remove(found)
    elif found is not None and kind == "lag":
        sandbox.listings.keep_states(found, sandbox.settings, now, value)
        found.quantity = 0
        sandbox.listings.touched(found)


def look(sandbox: Sandbox, selections: Selections, now: float) -> None:
    for market in (FRANCE, BRITAIN):
        for wanted in FILTERS:
            kept = selections.select(wanted, sandbox.listings, market, sandbox.settings, now)
            fresh = [item for item in sandbox.listings if wanted.fits(item, market, sandbox.settings, now)]
            assert [item.sku for item in kept] == [item.sku for item in fresh]
