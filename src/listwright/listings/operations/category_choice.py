"""Which leaf a person means, and which of its attributes: without a database (A2, A3)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from listwright.common.errors import DomainError, Invalid
from listwright.common.text import fold, parse_text
from listwright.listings.operations.fields import refused, shown
from listwright.listings.rules.attributes import value_problem
from listwright.listings.rules.facts import AttributeFacts

ATTRIBUTE_LIMIT = 500
SEPARATOR = " › "
_SHOWN = 5


class Node(NamedTuple):
    """A category as the tree has it. `attributes` as stored: [{field, name, type, allowed, required}]."""

    marketplace_category_id: int
    name: str
    path: str
    is_leaf: bool
    attributes: Sequence[Mapping[str, Any]]

    def facts(self) -> tuple[AttributeFacts, ...]:
        """The attributes as the rules take them."""
        return tuple(
            AttributeFacts(row["field"], row["name"], row["type"], tuple(row["allowed"]), row["required"])
            for row in self.attributes
        )


class Tree:
    """The account's categories, or as many of them as a batch asks for; `known` is false before the first download."""

    def __init__(self, nodes: Iterable[Node], *, known: bool) -> None:
        self.known = known
        self.by_id: dict[int, Node] = {}
        self.by_text: dict[str, list[Node]] = {}
        for node in nodes:
            if node.is_leaf or node.marketplace_category_id not in self.by_id:
                self.by_id[node.marketplace_category_id] = node
            for key in {category_key(node.path), category_key(node.name)}:
                self.by_text.setdefault(key, []).append(node)

    def leaf(self, category_id: int | None) -> Node | None:
        """The leaf of that marketplace_category_id, None when the tree has none."""
        node = None if category_id is None else self.by_id.get(category_id)
        return node if node is not None and node.is_leaf else None

    def choose(self, value: Any) -> int | None:
        """The marketplace_category_id meant by an id, a full path or a leaf's name; None for an empty value."""
        if value is None or value == "":
            return None
        number = category_number(value)
        if number is not None:
            return self._chosen_by_id(number)
        if not isinstance(value, str):
            raise refused("category_unknown", "category", f"{shown(value)} is no category: give its id, path or name.")
        if not self.known:
            raise refused(
                "category_tree_unknown",
                "category",
                "Back Market's categories have not been downloaded yet: give the category's id.",
            )
        found = self.by_text.get(category_key(value), [])
        exact = [node for node in found if category_key(node.path) == category_key(value)]
        leaves = [node for node in exact or found if node.is_leaf]
        if len(leaves) == 1:
            return leaves[0].marketplace_category_id
        if leaves:
            paths = "; ".join(node.path for node in leaves[:_SHOWN])
            raise refused("category_ambiguous", "category", f"“{value[:100]}” is the name of several: {paths}.")
        if found:
            raise _no_leaf(found[0])
        raise refused("category_unknown", "category", f"Back Market has no category “{value[:100]}”.")

    def _chosen_by_id(self, number: int) -> int:
        if not self.known:
            return number
        node = self.by_id.get(number)
        if node is None:
            raise refused("category_unknown", "category", f"Back Market has no category {number}.")
        if not node.is_leaf:
            raise _no_leaf(node)
        return number


def category_number(value: Any) -> int | None:
    """The id a value names, None when it is no id."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and 0 <= value < 2**31:
        return value
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value.strip()) < 10:
        return int(value)
    return None


def category_key(value: str) -> str:
    """The form in which names and paths are compared: letter case ignored, › and > and / between the steps alike."""
    steps = value.replace("›", ">").replace(" / ", ">").split(">")
    return SEPARATOR.join(" ".join(fold(step).split()) for step in steps)


def changed_attributes(
    present: Mapping[str, str], given: Any, leaf: Node | None, *, category_changed: bool
) -> dict[str, str]:
    """The attributes after a change: those given replace theirs, None empties one, None for all empties all.

    With a new leaf, values it does not ask for are dropped: what is stored is what is sent. Raises Invalid naming
    every unknown field and every value its type does not take; where the leaf is unknown, any field is kept.
    """
    if given is not None and not isinstance(given, Mapping):
        raise refused("attributes_form", "attributes", 'Give the attributes by their field, like {"color": "Black"}.')
    after = {} if given is None else dict(present)
    asked = {attribute.field: attribute for attribute in leaf.facts()} if leaf is not None else None
    if category_changed and asked is not None:
        after = {field: value for field, value in after.items() if field in asked}
    wrong: dict[str, str] = {}
    for field, value in (given or {}).items():
        path = f"attributes.{field}"
        if value is None or value == "":
            after.pop(field, None)
            continue
        if asked is not None and field not in asked:
            known = ", ".join(sorted(asked)) or "none"
            wrong[path] = f"The category does not ask for it. It asks for: {known}."
            continue
        try:
            parse_text(field, field="attributes", limit=ATTRIBUTE_LIMIT)
            after[field] = _attribute_value(asked.get(field) if asked else None, value, path)
        except DomainError as error:
            wrong.update(error.fields)
    if wrong:
        raise Invalid("attributes_invalid", " ".join(f"{path}: {told}" for path, told in wrong.items()), wrong)
    return after


def _attribute_value(attribute: AttributeFacts | None, value: Any, path: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise refused("attribute_value", path, f"{shown(value)} is neither text nor a number.")
    written = parse_text(str(value), field=path, limit=ATTRIBUTE_LIMIT)
    if attribute is None:
        return written
    written = next((choice for choice in attribute.allowed if fold(choice) == fold(written)), written)
    problem = value_problem(attribute, written)
    if problem is not None:
        raise refused("attribute_value", path, problem)
    return written


def _no_leaf(node: Node) -> DomainError:
    return refused("category_no_leaf", "category", f"“{node.path}” has categories below it: choose one of those.")
