"""Statements that run again and again, prepared once per connection: planning them costs more than running them.

Django puts the values into the text of a statement, so that PostgreSQL plans each anew; these go to the driver directly,
on Django's own connection and in its transaction, with their values bound by the server.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

import psycopg
from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


def rows(
    statement: str, values: Sequence[Any] | Mapping[str, Any] = (), *, binary: bool = False
) -> list[tuple[Any, ...]]:
    """Run a constant statement and return its rows. Raises django.db.Error as Django's cursors do.

    Name the type of a value whose place does not tell it: `%s::bigint[]`. `binary`: the answer's form, for many rows.
    """
    connection.ensure_connection()
    if connection.queries_logged:  # counted with Django's own, where somebody counts
        connection.queries_log.append({"sql": statement, "time": ""})
    with connection.wrap_database_errors, psycopg.Cursor(cast(psycopg.Connection, connection.connection)) as cursor:
        cursor.execute(statement.encode(), values, prepare=True, binary=binary)
        return cursor.fetchall() if cursor.description else []


# A round of an engine touches a handful of keys out of perhaps millions of rows, and takes the first few of an index in its
# order: look each of them up, whatever the statistics of the moment say, and plan no statement twice.
KEYS = """
SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)
"""


def by_keys() -> None:
    """For the rest of the transaction, have statements look up keys."""
    rows(KEYS)


@lru_cache
def columns(model: type[Model], table: str) -> str:
    """The columns of a model in the order in which `instance` takes them, for a select from `table`."""
    return ", ".join(f'{table}."{field.column}"' for field in model._meta.concrete_fields)


def instances(model: type[M], condition: str, values: Sequence[Any]) -> list[M]:
    """The objects of a model without JSON fields that a constant condition on `row` selects."""
    statement = f"SELECT {columns(model, 'row')} FROM {model._meta.db_table} AS row WHERE {condition}"  # noqa: S608 - our own
    return [instance(model, values) for values in rows(statement, values)]


def instance(model: type[M], values: Sequence[Any]) -> M:
    """A model's object of a selected row, without the work of a queryset."""
    return model.from_db(connection.alias, [field.attname for field in model._meta.concrete_fields], values)
