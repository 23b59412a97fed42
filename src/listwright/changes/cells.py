"""Many changed records as one relation: what operations write from, for one record and for a hundred thousand.

History's cells, {field: [old, new]}, say all there is to say about a change: the statements that carry one out read them
where they are, so that a file's rows go from their table into the catalog without passing through Python.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from listwright.changes.prepared import rows


@dataclass(frozen=True, slots=True)
class ChangedCells:
    """`select` yields (id bigint, cells jsonb), each id once, with `parameters` for its placeholders.

    `fields` are all the fields any of the cells may name: statements for others are left out.
    """

    select: str
    parameters: Sequence[Any]
    fields: frozenset[str]

    @classmethod
    def of(cls, cells: Mapping[int, Mapping[str, Sequence[Any]]]) -> "ChangedCells":
        """From {id: cells} of JSON values."""
        return cls(
            "SELECT * FROM unnest(%s::bigint[], %s::jsonb[]) AS row (id, cells)",
            [list(cells), [written(row) for row in cells.values()]],
            frozenset(name for row in cells.values() for name in row),
        )

    def beginning(self, prefix: str) -> list[str]:
        """The fields that begin with a prefix, in order."""
        return sorted(name for name in self.fields if name.startswith(prefix))

    def any_of(self, names: Collection[str]) -> list[str]:
        """Those of these fields that may be named, in order."""
        return sorted(self.fields.intersection(names))

    def given(self) -> str:
        """The beginning of a statement that reads `given (id, cells)`; takes `parameters` first."""
        return f"WITH given AS MATERIALIZED ({self.select})"


written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
"""A value as jsonb takes it; numbers with decimals as text."""


class Check(NamedTuple):
    """Whether a field's old value is not what stands there, as SQL over `given`, and what does, as jsonb; with the
    parameters of both."""

    field: str
    differs: str
    stands: str
    of_differs: Sequence[Any] = ()
    of_stands: Sequence[Any] = ()


def standing_otherwise(
    changes: ChangedCells, source: str, key: str, checks: Sequence[Check]
) -> dict[int, dict[str, Any]]:
    """{id: {field: what stands there}} for the cells that `checks` find differing; {"": None} for records that are gone.

    `source` is what to join `given` with, `key` its id.
    """
    differing = " OR ".join(f"(cells ? %s AND {check.differs})" for check in checks) or "false"
    stands = " || ".join(
        f"CASE WHEN cells ? %s AND {check.differs} THEN jsonb_build_object(%s::text, {check.stands}) ELSE '{{}}'::jsonb END"
        for check in checks
    )
    gone = """'{"": null}'::jsonb"""
    found = f"CASE WHEN {key} IS NULL THEN {gone} ELSE {stands or gone} END"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{changes.given()} SELECT given.id, ({found})::text FROM given LEFT JOIN {source}"  # noqa: S608
            f" WHERE {key} IS NULL OR {differing}",
            [
                *changes.parameters,
                *(value for one in checks for value in (one.field, *one.of_differs, one.field, *one.of_stands)),
                *(value for one in checks for value in (one.field, *one.of_differs)),
            ],
        )
        return {record: json.loads(text) for record, text in cursor.fetchall()}


# A few keys out of perhaps a million rows are looked up one by one: reading the whole table would take longer.
_LOOK_UP = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


@contextmanager
def looking_up(also: str = "", parameters: Sequence[Any] = ()) -> Iterator[None]:
    """Inside, in a transaction, joins go by index alone, so join only by key. `also` is called on the way in."""
    switch = ", ".join(f"current_setting('{name}'), set_config('{name}', 'off', true)" for name in _LOOK_UP)
    restore = ", ".join(f"set_config('{name}', %s, true)" for name in _LOOK_UP)
    ((*before,),) = rows(f"SELECT {switch}{also and f', {also}'}", parameters)
    yield
    rows(f"SELECT {restore}", before[: 2 * len(_LOOK_UP) : 2])
