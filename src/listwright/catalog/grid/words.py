"""Which products have the words of a search, in their texts or in their Back Market ID.

The texts stand in tables of their own, with an index of their trigrams. A word is looked for in all of them at once, or
in those of the rows that come: a search that finds little is fast one way, one that finds much the other. An estimate
by a sample says which.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection

TEXT = "catalog_gridsearch AS text"
TEXTS = f"{TEXT} JOIN catalog_gridbackmarketid AS linked ON linked.row_id = text.row_id"
_NAMED = "text.search LIKE %s"
# An expression is in no index: one that knows nothing of the word would be read whole, and then every text besides.
_NAMED_ANYWHERE = "(text.search || '') LIKE %s"
_EITHER = "(text.search LIKE %s OR linked.search LIKE %s)"
# What may be part of a Back Market ID, and is long enough not to be in most of them.
_OF_AN_ID = re.compile("[0-9a-f-]{3,36}")
# What has a trigram wherever it stands: three letters or digits, or fewer where a word of the text ends or begins there.
_HAS_TRIGRAM = re.compile(r"[^\W_]{3}|[^\W_]{2}[\W_]|[\W_][^\W_]")
# Of about so many texts a sample is taken.
SAMPLE = 2_500


def estimate(words: Sequence[str]) -> float:
    """About how many rows have the words, of all companies: by a sample of the texts, and one of the Back Market IDs, which
    are random and so have a word as often beside one text as beside another."""
    ((rows,),) = fetched("SELECT reltuples FROM pg_class WHERE oid = 'catalog_gridsearch'::regclass", [])
    if rows <= SAMPLE:
        return float(rows)
    of_ids = [word for word in words if _OF_AN_ID.fullmatch(word)]
    named, patterns = _all(words, _NAMED)
    others, more = _all([word for word in words if word not in of_ids], _NAMED)
    part = 100 * SAMPLE / rows
    counted = f"count(*) FILTER (WHERE {named}), count(*) FILTER (WHERE {others}), count(*)"
    ((having, nearly, texts),) = fetched(
        f"SELECT {counted} FROM {TEXT} TABLESAMPLE SYSTEM (%s)", [*patterns, *more, part]
    )
    share = having / texts if texts else 0.0
    if of_ids and nearly:
        hit = " OR ".join(["linked.search LIKE %s"] * len(of_ids))
        counted = f"count(*) FILTER (WHERE {hit}), count(*)"
        ((matching, ids),) = fetched(
            f"SELECT {counted} FROM catalog_gridbackmarketid AS linked TABLESAMPLE SYSTEM (%s)",
            [*_all(of_ids, _NAMED)[1], part],
        )
        share += nearly / texts * matching / ids if ids else 0.0
    return float(share * rows)


def beside_row(words: Sequence[str]) -> tuple[str, list[str]]:
    """The condition that a row of the grid has the words, looked for in its texts as the row comes."""
    source, has, patterns = _wherever(words)
    return f"EXISTS (SELECT FROM {source} WHERE text.row_id = grid.product_id AND {has} OFFSET 0)", patterns


def among_found(words: Sequence[str]) -> tuple[str, list[str]]:
    """The same condition, where all texts that have the words are found first, and kept by the database."""
    rows, patterns = found(words)
    return f"(grid.product_id IN ({rows})) IS TRUE", patterns  # only so it is no join, and the order of the rows stays


def found(words: Sequence[str]) -> tuple[str, list[str]]:
    """A select of the rows that have the words, each once: those whose text has all of them, and those whose Back Market
    ID has what their text lacks, which are few."""
    named, patterns = _all(words, _NAMED if in_the_index(words) else _NAMED_ANYWHERE)
    rows = f"SELECT text.row_id FROM {TEXT} WHERE {named}"
    of_ids = [word for word in words if _OF_AN_ID.fullmatch(word)]
    if not of_ids:
        return rows, patterns
    if len(words) == 1:
        ids = "SELECT linked.row_id FROM catalog_gridbackmarketid AS linked WHERE linked.search LIKE %s"
        return f"{rows} UNION {ids}", [*patterns, *patterns]
    in_an_id = " OR ".join(["linked.search LIKE %s"] * len(of_ids))
    source, has, wherever = _wherever(words)
    also = f"SELECT text.row_id FROM {source} WHERE ({in_an_id}) AND {has} AND NOT ({named})"
    return f"{rows} UNION ALL {also}", [*patterns, *_all(of_ids, _NAMED)[1], *wherever, *patterns]


def in_the_index(words: Sequence[str]) -> bool:
    """Whether the index of trigrams narrows a search for them; else `found` looks at every text."""
    return any(map(_HAS_TRIGRAM.search, words))


def _wherever(words: Sequence[str]) -> tuple[str, str, list[str]]:
    """What to select from, the condition that each word is in the text or the Back Market ID, and its patterns."""
    of_ids = [word for word in words if _OF_AN_ID.fullmatch(word)]
    named, patterns = _all([word for word in words if word not in of_ids], _NAMED)
    either, more = _all(of_ids, _EITHER)
    return TEXTS if of_ids else TEXT, f"{named} AND {either}", [*patterns, *more]


def _all(words: Sequence[str], has: str) -> tuple[str, list[str]]:
    """The condition that each of the words is had, and its patterns."""
    pattern = [f"%{_escaped(word)}%" for word in words for _ in range(has.count("%s"))]
    return " AND ".join([has] * len(words)) or "true", pattern


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def fetched(statement: str, values: Sequence[Any]) -> list[Any]:
    """What a statement answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
