"""Which accounts a push process takes up or gives back, so that each process speaks for its share of them. Pure."""

from collections.abc import Sequence
from typing import NamedTuple


class Moves(NamedTuple):
    """Accounts to take up, and accounts to give back for others to take up."""

    take: Sequence[int]
    give_back: Sequence[int]


def moves(*, mine: Sequence[int], free: Sequence[int], accounts: int, processes: int) -> Moves:
    """What one of so many processes does, that speaks for `mine`, when nobody speaks for `free`.

    A share is the accounts divided by the processes, rounded up: so all accounts find a process, and none of them
    moves but to one that has fewer.
    """
    share = -(-accounts // max(1, processes))
    return Moves(take=free[: max(0, share - len(mine))], give_back=mine[share:])
