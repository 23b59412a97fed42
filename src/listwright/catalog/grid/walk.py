"""How a page's rows are found: by walking an index in order, or, where few match, by sorting what matches.

Each order has an index that holds what filters ask for, so that a walk reads the index alone. It is begun with a
window: for most filters the page is full before that ends. Else what matches is sorted, unless it is more than a bound:
the database would choose by an estimate, which is far off where the matches lie together (a name searched, sorted by
name).

Words are looked for in texts, which stand in a table of their own. Where few texts have them, or few rows match the
other filters, these are found first. Where many have them and none stands near, a page ends before it is full, and says
where to go on: no request looks at more texts than a person waits for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from listwright.catalog.grid import words
from listwright.catalog.grid.filters import Filters
from listwright.catalog.grid.words import fetched
from listwright.catalog.models import FILTERED

GRID = "catalog_gridrow AS grid"
# Entries of an order's index that are read before anything is counted: so many, and where each one's row must be looked
# up, so many; so many where all texts that have the words are found by then, and where too many have them for that.
WINDOW = 20_000
WINDOW_OF_ROWS = 8_000
WINDOW_OF_FOUND = 50_000
WINDOW_OF_COMMON = 200_000
# A row's text is looked up in a table of its own: so many at first, and so many in all where the words are common.
FIRST_TEXTS = 500
MOST_TEXTS = 6_000
# Texts that have the words, up to which all are found first; and up to which their rows are looked up one by one.
COMMON = 12_000
RARE = 4_000
FEW = 15_000
# What is found, up to which its rows are looked up one by one.
MANY = 100_000

Key = tuple[str | int | Decimal | None, int]
"""A row's place in an order: the column's value, and the product id."""
Matching = tuple[str, Sequence[Any]]
"""A condition in SQL, and its values."""


class Found(NamedTuple):
    """Rows of a page; `resume` is where a page goes on that ended before it was full."""

    keys: list[Key]
    resume: Key | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """Rows of a company in the order of `column`, behind `after`; `nulls` are the rows without a value, which end it."""

    company_id: int
    filters: Filters
    column: str
    downwards: bool
    nulls: bool = False
    after: Key | None = None

    def first(self, limit: int) -> Found:
        """The first rows that match."""
        if self.filters.empty:
            return Found(self._walk(limit))
        if self.filters.words:
            return self._search(limit)
        window, few = (WINDOW, FEW) if self._in_the_index() else (WINDOW_OF_ROWS, MANY)
        keys = self._first_of(window, self._stretch(), matching(self.filters), limit)
        if len(keys) == limit:
            return Found(keys)
        keys, number = self._sort(limit, few)
        return Found(keys if number <= few else self._walk(limit))

    def _search(self, limit: int) -> Found:
        """Rows whose texts have the words: near, or all of them, or as far as a request looks."""
        number = words.estimate(self.filters.words)
        if number <= (RARE if words.in_the_index(self.filters.words) else COMMON):
            return Found(self._sort_found(limit))
        having, found = words.beside_row(self.filters.words), words.among_found(self.filters.words)
        if number > COMMON:
            near = self._first_of(FIRST_TEXTS, self._let_through(WINDOW), having, limit)
            if len(near) == limit:
                return Found(near)
        others = replace(self.filters, search="")
        if not others.empty and count(self.company_id, others, FEW + 1) <= FEW:
            return Found(self._first_of_sorted(others, found if number <= COMMON else having, limit))
        if number <= COMMON:
            conditions, values = matching(self.filters)
            both = (f"{conditions} AND {found[0]}", [*values, *found[1]])
            keys = self._first_of(WINDOW_OF_FOUND, self._stretch(), both, limit)
            return Found(keys if len(keys) == limit else self._sort_found(limit))
        rows = self._let_through(WINDOW_OF_COMMON)
        keys = self._first_of(MOST_TEXTS, rows, having, limit)
        if len(keys) == limit:
            return Found(keys)
        return Found(keys, self._behind(MOST_TEXTS, rows) or self._behind(WINDOW_OF_COMMON, self._stretch()))

    def _walk(self, limit: int) -> list[Key]:
        """Along the order's index."""
        begin, values = self._begin()
        conditions, more = matching(self.filters)
        return self._keys(GRID, f"{begin} AND {conditions}", self._order(), [*values, *more, limit])

    def _stretch(self) -> Matching:
        """The rows to be walked, as what follows FROM."""
        begin, values = self._begin()
        return f"{GRID} WHERE {begin}", values

    def _let_through(self, entries: int) -> Matching:
        """Of these the ones which the other filters let through, so far along the index."""
        rows, values = self._stretch()
        if not self.filters.conditions():
            return rows, values
        conditions, more = matching(self.filters)
        first = f"(SELECT * FROM {rows} {self._order()} LIMIT %s) AS grid"
        return f"{first} WHERE {conditions}", [*values, entries, *more]

    def _first_of(self, number: int, rows: Matching, having: Matching, limit: int) -> list[Key]:
        """What fulfils the condition among so many of the rows."""
        first = f"(SELECT * FROM {rows[0]} {self._order()} LIMIT %s) AS grid"
        return self._keys(first, having[0], self._order(), [*rows[1], number, *having[1], limit])

    def _behind(self, number: int, rows: Matching) -> Key | None:
        """The last of so many rows, where others stand behind it."""
        statement = f"SELECT {self.column}, product_id FROM {rows[0]} {self._order()} LIMIT 2 OFFSET %s"
        last: list[Key] = fetched(statement, [*rows[1], number - 1])
        return last[0] if len(last) == 2 else None

    def _sort_found(self, limit: int) -> list[Key]:
        """All that match and have the words, by a list of their ids: the database, which would guess how long it is, is
        not left the choice of reading everything."""
        rows, patterns = words.found(self.filters.words)
        return self._sort(limit, None, (f"grid.product_id = ANY(ARRAY({rows}))", patterns))[0]

    def _first_of_sorted(self, filters: Filters, having: Matching, limit: int) -> list[Key]:
        """What fulfils the condition among all that match these filters, sorted here and looked at in this order."""
        matches, values = self._to_sort(filters)
        rows = f"(SELECT {self.column}, product_id FROM {matches} {self._order()} OFFSET 0) AS grid"
        return self._keys(rows, having[0], self._order(), [*values, *having[1], limit])

    def _sort(self, limit: int, most: int | None, having: Matching = ("true", ())) -> tuple[list[Key], int]:
        """All that match, sorted here, and their number; of more than `most` only that they are more. `having` is a
        condition of its own."""
        matches, values = self._to_sort(self.filters)
        found = f"(SELECT {self.column}, product_id FROM {matches} AND {having[0]} LIMIT %s) AS found"
        statement = f"SELECT {self.column}, product_id, count(*) OVER () FROM {found} {self._order()} LIMIT %s"
        rows = fetched(statement, [*values, *having[1], None if most is None else most + 1, limit])
        return [row[:2] for row in rows], rows[0][2] if rows else 0

    def _to_sort(self, filters: Filters) -> Matching:
        """The rows that match, as what follows FROM. The place on the pages is told by an expression, which is in no index,
        beside the column's own range: of a pair the database guesses that next to nothing stands behind it, and would walk
        there."""
        same = f"(grid.{self.column} || '')" if self.column.endswith("_key") else f"(grid.{self.column} + 0)"
        behind, values = self._behind_place(same)
        if self.after is not None and not self.nulls:
            behind = f"grid.{self.column} {'<=' if self.downwards else '>='} %s AND {behind}"
            values.insert(0, self.after[0])
        conditions, more = matching(filters)
        there = f"grid.{self.column} IS {'' if self.nulls else 'NOT '}NULL"
        where = f"grid.company_id = %s AND {there} AND {behind} AND {conditions}"
        return f"{GRID} WHERE {where}", [self.company_id, *values, *more]

    def _keys(self, rows: str, where: str, order: str, values: Sequence[Any]) -> list[Key]:
        return fetched(f"SELECT {self.column}, product_id FROM {rows} WHERE {where} {order} LIMIT %s", values)

    def _in_the_index(self) -> bool:
        """Whether the order's index holds all that is asked; else each row of a walk is looked up."""
        held = {*FILTERED, self.column, *(() if self.column.endswith("_key") else ("missing",))}
        return all(condition.column in held for condition in self.filters.conditions())

    def _begin(self) -> tuple[str, list[Any]]:
        """The stretch of the index to be walked, which the column's own conditions bound."""
        conditions = ["grid.company_id = %s", f"grid.{self.column} IS {'' if self.nulls else 'NOT '}NULL"]
        values: list[Any] = [self.company_id]
        for condition in self.filters.conditions():
            if condition.column == self.column:
                conditions.append(condition.sql)
                values += condition.values
        behind, place = self._behind_place(f"grid.{self.column}")
        return " AND ".join([*conditions, behind]), [*values, *place]

    def _behind_place(self, key: str) -> tuple[str, list[Any]]:
        """The condition that a row stands behind `after`; `key` is the column, or an expression of the same value."""
        if self.after is None:
            return "true", []
        value, product_id = self.after
        if self.nulls:
            return "grid.product_id > %s", [product_id]
        return f"({key}, grid.product_id) {'<' if self.downwards else '>'} (%s, %s)", [value, product_id]

    def _order(self) -> str:
        way = " DESC" if self.downwards and not self.nulls else ""
        return f"ORDER BY {self.column}{way}, product_id{way}"


def count(company_id: int, filters: Filters, most: int) -> int:
    """How many rows match; counting stops at `most`."""
    conditions, values = matching(filters)
    rows, patterns = _rows_with(filters.words)
    found = f"SELECT FROM {rows} WHERE grid.company_id = %s AND {conditions} LIMIT %s"
    ((number,),) = fetched(f"SELECT count(*) FROM ({found}) AS found", [*patterns, company_id, *values, most])
    return int(number)


def errors(company_id: int, most: int) -> list[tuple[str, int]]:
    """The errors of up to `most` rows, the most frequent first."""
    having = f"SELECT error FROM {GRID} WHERE grid.company_id = %s AND grid.error <> '' LIMIT %s"
    counted = f"SELECT error, count(*) FROM ({having}) AS found GROUP BY error ORDER BY count(*) DESC, error"
    return fetched(counted, [company_id, most])


def ids(company_id: int, filters: Filters) -> list[int]:
    """The product ids of all rows that match, ascending."""
    conditions, values = matching(filters)
    rows, patterns = _rows_with(filters.words)
    statement = f"SELECT product_id FROM {rows} WHERE grid.company_id = %s AND {conditions} ORDER BY product_id"
    return [product_id for (product_id,) in fetched(statement, [*patterns, company_id, *values])]


def matching(filters: Filters) -> tuple[str, list[Any]]:
    """All conditions on catalog_gridrow AS grid but the words searched for, and their values."""
    conditions = filters.conditions()
    values = [value for condition in conditions for value in condition.values]
    return " AND ".join(condition.sql for condition in conditions) or "true", values


def _rows_with(searched: Sequence[str]) -> tuple[str, list[str]]:
    """The grid's rows that have the words, which are looked for in all texts at once."""
    if not searched:
        return GRID, []
    rows, patterns = words.found(searched)
    return f"({rows}) AS found JOIN {GRID} ON grid.product_id = found.row_id", patterns
