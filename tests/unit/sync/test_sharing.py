"""Accounts are shared out evenly among the push processes that are there."""

from hypothesis import given
from hypothesis import strategies as st

from listwright.sync.decisions.sharing import moves


def settle(accounts: int, held: list[list[int]]) -> tuple[list[list[int]], int]:
    """Let the processes look one after another until none moves anything; who holds what, and how many moves it took."""
    count = 0
    for _ in range(20):
        before = [list(mine) for mine in held]
        for mine in held:
            free = [number for number in range(accounts) if not any(number in others for others in held)]
            move = moves(mine=mine, free=free, accounts=accounts, processes=len(held))
            count += len(move.take) + len(move.give_back)
            mine[:] = [number for number in mine if number not in move.give_back] + list(move.take)
        if held == before:
            return held, count
    raise AssertionError(f"never comes to rest: {held}")


@given(accounts=st.integers(0, 40), processes=st.integers(1, 6))
def test_every_account_finds_a_process_and_none_has_more_than_its_share(accounts: int, processes: int) -> None:
    held, _ = settle(accounts, [[] for _ in range(processes)])
    assert sorted(number for mine in held for number in mine) == list(range(accounts))
    assert max(len(mine) for mine in held) <= -(-accounts // processes)


@given(accounts=st.integers(0, 40), processes=st.integers(1, 6))
def test_a_process_that_comes_gets_its_share_and_nothing_else_moves(accounts: int, processes: int) -> None:
    held, _ = settle(accounts, [[] for _ in range(processes)])
    shares = [list(mine) for mine in held]
    after, count = settle(accounts, [*held, []])
    share = -(-accounts // (processes + 1))
    assert max(len(mine) for mine in after) <= share
    assert count == 2 * sum(max(0, len(mine) - share) for mine in shares)  # given back once, taken up once


@given(accounts=st.integers(1, 40), processes=st.integers(2, 6))
def test_what_a_process_leaves_is_taken_up_by_the_others(accounts: int, processes: int) -> None:
    held, _ = settle(accounts, [[] for _ in range(processes)])
    after, _ = settle(accounts, held[1:])
    assert sorted(number for mine in after for number in mine) == list(range(accounts))
