"""What may stand in a column's cells where that is a list: for a template's drop-downs and its sample row."""

from listwright.bulk.around import Around
from listwright.bulk.columns import Column
from listwright.bulk.columns.kinds import BOOLEAN
from listwright.bulk.columns.listing import CATEGORY
from listwright.companies import queries as companies

CONDITION = ("condition",)


def choices(around: Around, column: Column) -> tuple[str, ...]:
    """The values a cell may have, as a file writes them; nothing where any value may stand.

    Conditions are the company's own, categories the leaves, attributes those of all categories.
    """
    if column.kind is BOOLEAN:
        return ("Yes", "No")
    if column.path == CONDITION:
        return tuple(condition for condition, _ in companies.conditions(around.company))
    if around.context is None or column.subject != "listing":
        return ()
    nodes = around.context.tree.by_id.values()
    if column.path == CATEGORY:
        return tuple(around.category_cell(node.marketplace_category_id) for node in nodes if node.is_leaf)
    if column.path[0] == "attributes":
        facts = [fact for node in nodes for fact in node.attributes if fact["field"] == column.path[1]]
        return tuple(dict.fromkeys(str(value) for fact in facts for value in fact.get("allowed") or ()))
    return ()
