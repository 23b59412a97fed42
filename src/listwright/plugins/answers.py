"""Read what a hook answered: every value is checked, and what is nonsense is named, for the place it stands at.

An answer that is no list, or of another length than asked, is nonsense as a whole and raises PluginFailed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, TypeVar

from listwright.plugins.types import BulkColumn, Cells, NewPrice, Problem, StartingQuantity, Veto

T = TypeVar("T")

MOST_UNITS = 1_000_000
MOST_MONEY = Decimal("9999999999")
LONGEST_REASON = 500


class PluginFailed(Exception):  # noqa: N818 - the word for what happened
    """A hook raised, took too long, died or answered nonsense; the message says which, for people."""


class Nonsense(NamedTuple):
    """One place of an answer that cannot be used, and why."""

    reason: str


def quantities(answer: Any, count: int) -> list[StartingQuantity | Nonsense | None]:
    """The answer of `inventory_calculation`. A negative, fractional or endless quantity is nonsense."""
    return _each(answer, count, _quantity)


def vetoes(answer: Any, count: int) -> list[Veto | Nonsense | None]:
    """The answer of `upload_filter`."""
    return _each(answer, count, lambda item: Veto(_reason(*_parts(item, 1, "Veto"))))


def prices(answer: Any, count: int) -> list[NewPrice | Nonsense | None]:
    """The answer of `repricing`. A price that is no finite amount above zero is nonsense."""
    return _each(answer, count, _price)


def problems(answer: Any, count: int) -> list[list[Problem] | Nonsense | None]:
    """The answer of `readiness_checks`."""
    return _each(answer, count, lambda item: [_problem(part) for part in _list(item, "a list of Problem")])


def columns(answer: Any) -> list[BulkColumn]:
    """The answer of `bulk_columns`."""
    try:
        found = [_column(item) for item in _list(answer, "a list")]
    except ValueError as error:
        raise PluginFailed(f"It answered nonsense: {error}.") from None
    return found


def cells(answer: Any, count: int) -> list[Cells | Nonsense | None]:
    """The answer of `bulk_cells`."""
    return _each(answer, count, _cells)


def values(answer: Any, count: int) -> list[str | Nonsense | None]:
    """The answer of `bulk_values`."""
    return _each(answer, count, _text)


READ: Mapping[str, Callable[[Any, int], list[Any]]] = {
    "inventory_calculation": quantities,
    "upload_filter": vetoes,
    "repricing": prices,
    "readiness_checks": problems,
    "bulk_cells": cells,
    "bulk_values": values,
}
"""How the answer to a batch is read, by hook."""


def _each(answer: Any, count: int, read: Callable[[Any], T]) -> list[T | Nonsense | None]:
    if not isinstance(answer, list):
        raise PluginFailed(f"It answered nonsense: {_named(answer)} in the place of a list of {count}.")
    if len(answer) != count:
        raise PluginFailed(f"It answered nonsense: {len(answer)} answers to {count} questions.")
    found: list[T | Nonsense | None] = []
    for item in answer:
        try:
            found.append(None if item is None else read(item))
        except ValueError as error:
            found.append(Nonsense(f"It answered nonsense: {error}."))
    return found


def _quantity(item: Any) -> StartingQuantity:
    quantity, reason = _parts(item, 2, "StartingQuantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise ValueError(f"a quantity must be a whole number, not {_named(quantity)}")
    if not 0 <= quantity <= MOST_UNITS:
        raise ValueError(f"a quantity must be from 0 to {MOST_UNITS:,}, not {quantity}")
    return StartingQuantity(quantity, _reason(reason))


def _price(item: Any) -> NewPrice:
    price, reason = _parts(item, 2, "NewPrice")
    amount = _decimal(price)
    if amount is None:
        raise ValueError(f"a price must be a Decimal, not {_named(price)}")
    if not amount.is_finite() or not 0 < amount <= MOST_MONEY:
        raise ValueError(f"a price must be an amount above zero, not {amount}")
    return NewPrice(amount, _reason(reason))


def _problem(item: Any) -> Problem:
    code, field, message = map(_text, _parts(item, 3, "Problem"))
    if not code or not message:
        raise ValueError("a Problem needs a code and a message")
    return Problem(code[:64], field[:100], message[:LONGEST_REASON])


def _column(item: Any) -> BulkColumn:
    header, text, writes = _parts(item, 3, "BulkColumn")
    column = BulkColumn(_text(header), _text(text), tuple(_text(one) for one in _list(writes, "the headers it writes")))
    if not column.header or not column.writes:
        raise ValueError("a BulkColumn needs a header, and the headers it writes")
    return column


def _cells(item: Any) -> Cells:
    mapping, problem = _parts(item, 2, "Cells")
    if not isinstance(mapping, Mapping) or "map" not in mapping:
        raise ValueError(f"the cells must be a dict, not {_named(mapping)}")
    return Cells({_text(key): _text(value) for key, value in mapping["map"]}, _text(problem))


def _parts(item: Any, count: int, what: str) -> Sequence[Any]:
    if not isinstance(item, list) or len(item) != count:
        raise ValueError(f"{_named(item)} in the place of {what}")
    return item


def _list(item: Any, what: str) -> list[Any]:
    if not isinstance(item, list):
        raise ValueError(f"{_named(item)} in the place of {what}")
    return item


def _reason(value: Any) -> str:
    return _text(value)[:LONGEST_REASON]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_named(value)} in the place of text")
    # PostgreSQL keeps no NUL, and a reason is one paragraph.
    return value.replace("\0", "").strip()


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, Mapping) and isinstance(value.get("decimal"), str):
        try:
            return Decimal(value["decimal"])
        except InvalidOperation:
            return None
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return None


def _named(value: Any) -> str:
    """A value as people are told of it."""
    amount = _decimal(value)
    if amount is not None:
        return str(amount)
    if isinstance(value, Mapping):
        return str(value.get("strange", "a dict"))
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "infinity"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return repr(value)[:60]
