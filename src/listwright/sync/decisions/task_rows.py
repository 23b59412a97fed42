"""Which row of a bulk upload a finished task speaks of: pure.

Back Market keys a task's maps by SKU or by row number, counted from 0, 1 or 2, and nobody knows when (open questions of
its API). Row numbers are believed only when every row is told, so that the first number shows itself. A row in neither
map is unknown, never a success; where two readings fit, nothing is believed.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from listwright.channels.protocol import TaskResult
from listwright.common.text import fold


class RowResult(NamedTuple):
    """`outcome` is "succeeded", "refused" (with Back Market's `message`) or "unknown"."""

    outcome: str
    message: str = ""


def row_results(skus: Sequence[str], result: TaskResult) -> list[RowResult]:
    """What the task says of each SKU, in the order the rows were sent.

    The message of an unknown row says what Back Market complained of without naming a row that could be told.
    """
    positions = _positions(skus, {*result.succeeded, *result.errors})
    refused = {positions[key]: message for key, message in result.errors.items() if key in positions}
    succeeded = {positions[key] for key in result.succeeded if key in positions}
    stray = " ".join(dict.fromkeys(message for key, message in result.errors.items() if key not in positions))[:500]
    return [
        RowResult("refused", refused[position])
        if position in refused
        else RowResult("succeeded")
        if position in succeeded
        else RowResult("unknown", stray)
        for position in range(len(skus))
    ]


def _positions(skus: Sequence[str], keys: set[str]) -> Mapping[str, int]:
    """The position each key names; a key that cannot be told is left out."""
    by_sku = {fold(sku): position for position, sku in enumerate(skus)}
    as_sku = {key: by_sku[fold(key)] for key in keys if fold(key) in by_sku}
    as_row = _row_numbers(len(skus), keys)
    if as_row and len(as_sku) == len(keys) and as_sku != as_row:
        return {}
    return as_row if len(as_row) > len(as_sku) else as_sku


def _row_numbers(count: int, keys: set[str]) -> Mapping[str, int]:
    """The keys as row numbers, if they are one unbroken count of every row that begins at 0, 1 or 2."""
    if not keys or len(keys) != count or not all(key.isascii() and key.isdigit() and len(key) < 7 for key in keys):
        return {}
    numbers = sorted((int(key), key) for key in keys)
    first = numbers[0][0]
    if first > 2 or [number for number, _ in numbers] != list(range(first, first + count)):
        return {}
    return {key: number - first for number, key in numbers}
