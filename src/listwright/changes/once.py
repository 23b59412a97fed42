"""What is asked for twice is done once: the answer its first asking got is kept under its key, with what it did."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection


def claim(*, key: str, now: datetime) -> Mapping[str, Any] | None:
    """Take a key inside the caller's transaction: None for the first to ask, else the answer that one got.

    Who asks while the first is still at it waits for its commit, and is the first when that was rolled back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO changes_answered (key, at, answer) VALUES (%s, %s, '{}') ON CONFLICT DO NOTHING", [key, now]
        )
        if cursor.rowcount:
            return None
        cursor.execute("SELECT answer::text FROM changes_answered WHERE key = %s", [key])
        answer: Mapping[str, Any] = json.loads(cursor.fetchone()[0])
    return answer


def keep(*, key: str, answer: Mapping[str, Any]) -> None:
    """The answer of the first, which later ones get."""
    _run("UPDATE changes_answered SET answer = %s WHERE key = %s", json.dumps(answer), key)


def release(*, key: str) -> None:
    """Nothing was done under the key: it may be asked again."""
    _run("DELETE FROM changes_answered WHERE key = %s", key)


def forget(*, before: datetime) -> None:
    """Remove keys nobody comes back with any more."""
    _run("DELETE FROM changes_answered WHERE at < %s", before)


def _run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
