"""Pages of a list, with absolute addresses of their neighbours that keep the filters."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from .fields import FieldError, whole

Item = TypeVar("Item")
MOST = 50
USUAL = 10


def page_of(
    items: Sequence[Item], query: list[tuple[str, str]], address: str, bad_filters: str
) -> tuple[Sequence[Item], dict[str, Any]]:
    """The items of the wanted page, and `{count, next, previous}`.

    `page-size` beyond 50 counts as 50; `page_size` with an underscore is ignored [S]. A page past the end is empty.
    Raises FieldError for a page that is no positive number, where bad filters are refused.
    """
    wanted = dict(query)
    page = readable("page", wanted, bad_filters, least=1) or 1
    size = min(readable("page-size", wanted, bad_filters, least=1) or USUAL, MOST)
    start = (page - 1) * size
    chosen = items[start : start + size]
    more = start + size < len(items)
    return chosen, {
        "count": len(items),
        "next": _address(address, query, page + 1) if more else None,
        "previous": _address(address, query, page - 1) if page > 1 else None,
    }


def readable(name: str, query: Mapping[str, str], bad_filters: str, *, least: int) -> int | None:
    """A whole number of the query; None when it is not given, or cannot be read and bad filters are ignored."""
    if not query.get(name):
        return None
    try:
        return whole(name, query[name], least=least)
    except FieldError:
        if bad_filters == "refused":
            raise
        return None


def _address(address: str, query: list[tuple[str, str]], page: int) -> str:
    kept = [(name, value) for name, value in query if name != "page"]
    return f"{address}?{urlencode([*kept, ('page', str(page))])}"
