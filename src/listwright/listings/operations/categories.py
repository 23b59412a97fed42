"""Keep an account's category tree as last fetched, with the attributes of each leaf (A3)."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from listwright.changes.operations import Urgency, mark_stale
from listwright.channels.protocol import RemoteCategory
from listwright.common.errors import Invalid
from listwright.common.text import clipped
from listwright.companies.models import Account
from listwright.companies.operations.settings_wave import settings_changed
from listwright.listings.operations.category_choice import SEPARATOR

# Marking takes rows that changes of stock wait for: more than so many are left to a wave, which never holds any for long.
MOST_MARKED = 2000


class StoredTree(NamedTuple):
    """How many categories the tree has, and how many of them are new, changed or gone."""

    total: int
    changed: int


class _Flat(NamedTuple):
    category_id: int
    marketplace_category_id: int
    parent: int | None
    name: str
    path: str
    is_leaf: bool
    attributes: str


# `differing` is what readiness must look at again: it is read before the tree is written.
_UPSERT = """
WITH given AS (
    SELECT * FROM unnest(%(category)s::int[], %(marketplace)s::int[], %(name)s::text[], %(path)s::text[],
        %(leaf)s::bool[], %(attributes)s::text[])
        AS given (category_id, marketplace_category_id, name, path, is_leaf, attributes)
), differing AS (
    SELECT given.marketplace_category_id AS id FROM given
    LEFT JOIN listings_category AS present ON present.account_id = %(account)s AND present.category_id = given.category_id
    WHERE (present.marketplace_category_id, present.name, present.path, present.is_leaf, present.attributes)
        IS DISTINCT FROM
        (given.marketplace_category_id, given.name, given.path, given.is_leaf, given.attributes::jsonb)
        OR present.gone_at IS NOT NULL
), written AS (
    INSERT INTO listings_category AS category
        (account_id, category_id, marketplace_category_id, name, path, is_leaf, attributes, fetched_at)
    SELECT %(account)s, category_id, marketplace_category_id, name, path, is_leaf, attributes::jsonb, %(now)s
    FROM given ORDER BY category_id
    ON CONFLICT (account_id, category_id) DO UPDATE SET
        marketplace_category_id = excluded.marketplace_category_id, name = excluded.name, path = excluded.path,
        is_leaf = excluded.is_leaf, attributes = excluded.attributes, fetched_at = excluded.fetched_at, gone_at = NULL
)
SELECT id FROM differing
"""
_PARENTS = """
UPDATE listings_category AS category SET parent_id = parent.id
FROM unnest(%(category)s::int[], %(parent)s::int[]) AS given (category_id, parent_category)
LEFT JOIN listings_category AS parent ON parent.account_id = %(account)s AND parent.category_id = given.parent_category
WHERE category.account_id = %(account)s AND category.category_id = given.category_id
  AND category.parent_id IS DISTINCT FROM parent.id
"""
_GONE = """
UPDATE listings_category SET gone_at = %(now)s
WHERE account_id = %(account)s AND gone_at IS NULL AND category_id <> ALL(%(category)s)
RETURNING marketplace_category_id
"""


def store_categories(
    *, account_id: int, tree: Sequence[RemoteCategory], now: datetime, most_marked: int = MOST_MARKED
) -> StoredTree:
    """Write the whole tree as fetched: new, changed and gone categories, set-based, in one transaction.

    Gone ones are marked, never deleted. Listings in a category that changed are planned again, since readiness asks
    for its attributes: up to `most_marked` of them at once, more by a settings wave. Raises Invalid for an empty tree,
    which is an answer gone wrong.
    """
    rows = {row.category_id: row for row in _flatten(tree, None, "")}
    if not rows:
        raise Invalid("category_tree_empty", "Back Market answered with an empty category tree. The known one is kept.")
    flat = [rows[category_id] for category_id in sorted(rows)]
    parameters: dict[str, Any] = {
        "account": account_id,
        "now": now,
        "category": [row.category_id for row in flat],
        "marketplace": [row.marketplace_category_id for row in flat],
        "parent": [row.parent for row in flat],
        "name": [row.name for row in flat],
        "path": [row.path for row in flat],
        "leaf": [row.is_leaf for row in flat],
        "attributes": [row.attributes for row in flat],
    }
    changed: set[int] = set()
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, parameters)
            changed.update(number for (number,) in cursor.fetchall())
            cursor.execute(_PARENTS, parameters)
            cursor.execute(_GONE, parameters)
            changed.update(number for (number,) in cursor.fetchall())
            cursor.execute(
                "SELECT product_id FROM listings_listing WHERE account_id = %s AND category_id = ANY(%s) LIMIT %s",
                [account_id, sorted(changed), most_marked + 1],
            )
            product_ids = [product_id for (product_id,) in cursor.fetchall()]
        if len(product_ids) > most_marked:
            settings_changed(company_id=account.company_id)
        else:
            mark_stale(company_id=account.company_id, product_ids=product_ids, urgency=Urgency.SETTINGS, now=now)
    return StoredTree(len(flat), len(changed))


def _flatten(nodes: Sequence[RemoteCategory], parent: int | None, path: str) -> Iterator[_Flat]:
    for node in nodes:
        here = clipped(path + SEPARATOR + node.name if path else node.name, 600)
        attributes = [
            {
                "field": attribute.field,
                "name": attribute.name,
                "type": attribute.type,
                "allowed": list(attribute.allowed),
                "required": attribute.required,
            }
            for attribute in node.attributes
        ]
        yield _Flat(
            node.category_id,
            node.marketplace_category_id,
            parent,
            clipped(node.name, 200),
            here,
            node.is_leaf,
            json.dumps(attributes, ensure_ascii=False),
        )
        yield from _flatten(node.children, node.category_id, here)
