"""What may stand in a column's cells where that is a list: for a template's drop-downs and its sample row."""

from collections.abc import Sequence

from listwright.bulk.around import Around
from listwright.bulk.columns import Column
from listwright.bulk.columns.kinds import BOOLEAN
from listwright.bulk.columns.listing import CATEGORY
from listwright.common.text import fold
from listwright.companies import queries as companies
from listwright.listings.operations.category_choice import Node

CONDITION = ("condition",)
ATTRIBUTES = "attributes"


def choices(around: Around, column: Column) -> tuple[str, ...]:
    """The values a cell may have, as a file writes them; nothing where any value may stand.

    Conditions are the company's own, categories the leaves by path, attributes those of all categories.
    """
    if column.kind is BOOLEAN:
        return ("Yes", "No")
    if column.path == CONDITION:
        return tuple(condition for condition, _ in companies.conditions(around.company))
    if around.context is None or column.subject != "listing":
        return ()
    nodes = categories(around)
    if column.path == CATEGORY:
        return tuple(around.category_cell(node.marketplace_category_id) for node in nodes if node.is_leaf)
    if column.path[:1] == (ATTRIBUTES,):
        facts = [fact for node in nodes for fact in node.attributes if fact["field"] == column.path[1]]
        return tuple(dict.fromkeys(str(value) for fact in facts for value in fact.get("allowed") or ()))
    return ()


def categories(around: Around) -> list[Node]:
    """All that are known, by path."""
    nodes = around.context.tree.by_id.values() if around.context is not None else ()
    return sorted(nodes, key=lambda node: (fold(node.path), node.marketplace_category_id))


def examples(around: Around, columns: Sequence[Column]) -> list[str]:
    """A value for each column that go together: attributes are those that the category asks for."""
    asked = {column.path[1] for column in columns if column.path[:1] == (ATTRIBUTES,)}
    leaves = [node for node in categories(around) if node.is_leaf]
    category = None
    if leaves and any(column.path == CATEGORY for column in columns):
        category = max(leaves, key=lambda node: len(asked & {fact["field"] for fact in node.attributes}))
    return [_example(around, column, category) for column in columns]


def _example(around: Around, column: Column, category: Node | None) -> str:
    if category is not None and column.path == CATEGORY:
        return around.category_cell(category.marketplace_category_id)
    if category is not None and column.path[:1] == (ATTRIBUTES,):
        fact = next((fact for fact in category.attributes if fact["field"] == column.path[1]), None)
        return "" if fact is None else str((fact.get("allowed") or (column.example,))[0])
    offered = choices(around, column) if column.kind is not BOOLEAN else ()
    return (offered or (column.example,))[0]
