"""Pages by cursor, for lists ordered by one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from listwright.common.errors import Invalid
from listwright.common.paging import decode_cursor, encode_cursor

MOST = 500

Row = TypeVar("Row")


def parse_limit(limit: str | None, usual: int = 50) -> int:
    """How many results a page has. Raises Invalid."""
    if limit is None or limit == "":
        return usual
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MOST):
        message = f"“{limit[:40]}” is no page size: give 1 to {MOST}."
        raise Invalid("invalid_limit", message, {"limit": message})
    return int(limit)


def by_id(
    rows: Callable[[int | None, int], Sequence[Row]],
    show: Callable[[Row], Any],
    cursor: str | None,
    limit: str | None,
) -> dict[str, Any]:
    """A page of `rows(last id, how many)`; one more is asked for, to know whether another page follows."""
    size = parse_limit(limit)
    last = decode_cursor(cursor, (int,))[0] if cursor else None
    found = rows(last if isinstance(last, int) else None, size + 1)
    more = len(found) > size
    shown = found[:size]
    following = encode_cursor([shown[-1].id]) if more else None  # type: ignore[attr-defined]
    return {"results": [show(row) for row in shown], "next": following}
