"""The category tree: three levels, attributes on the leaves."""

import json
from importlib import resources
from typing import Any

from . import fields
from .fields import FieldError
from .market import Market, local

DECIMAL, INTEGER, STRING, CHOICE = 0, 1, 2, 3
_NODE_KEYS = {"category_id", "names", "marketplace_category_id", "attributes", "childrens"}


def default_tree() -> list[dict[str, Any]]:
    """The tree that the sandbox starts with."""
    tree: list[dict[str, Any]] = json.loads(
        resources.files(__package__).joinpath("data/categories.json").read_text(encoding="utf-8")
    )
    return tree


class Categories:
    """The tree, found by `category_id`; its leaves by `marketplace_category_id`.

    A loaded node is `{category_id, names: {market: name}, marketplace_category_id, attributes: […], childrens: […]}`.
    """

    def __init__(self) -> None:
        self._roots: list[dict[str, Any]] = []
        self._nodes: dict[int, dict[str, Any]] = {}
        self._leaves: dict[int, dict[str, Any]] = {}
        self._fields: set[str] = set()

    @property
    def roots(self) -> list[dict[str, Any]]:
        return self._roots

    @property
    def attribute_fields(self) -> set[str]:
        """The fields of all attributes of all leaves."""
        return self._fields

    def load(self, roots: list[dict[str, Any]]) -> None:
        """Replaces the tree. Raises ValueError."""
        nodes: dict[int, dict[str, Any]] = {}
        _collect(roots, nodes, depth=1)
        self._roots = roots
        self._nodes = nodes
        self._leaves = {
            int(node["marketplace_category_id"]): node for node in nodes.values() if not node.get("childrens")
        }
        self._fields = {a["field"] for leaf in self._leaves.values() for a in leaf.get("attributes", ())}

    def node(self, category_id: int) -> dict[str, Any] | None:
        return self._nodes.get(category_id)

    def leaf(self, marketplace_category_id: int) -> dict[str, Any] | None:
        return self._leaves.get(marketplace_category_id)


def document(node: dict[str, Any], market: Market) -> dict[str, Any]:
    """A category with everything below it, as the API shows it in one market."""
    childrens = node.get("childrens", [])
    return {
        "category_id": node["category_id"],
        "category_name": local(node["names"], market),
        "marketplace_category_id": node["marketplace_category_id"],
        "is_leaf": not childrens,
        "attributes": node.get("attributes", []),
        "childrens": [document(child, market) for child in childrens],
    }


def check_attributes(leaf: dict[str, Any], row: dict[str, str]) -> dict[str, str]:
    """The values a row has for the attributes of a leaf. Raises FieldError for a missing or a wrong one."""
    found = {}
    for attribute in leaf.get("attributes", []):
        name = attribute["field"]
        value = row.get(name, "").strip()
        if not value:
            if attribute["required"]:
                raise FieldError(name, "This attribute is required.")
            continue
        _check_value(attribute, name, value)
        found[name] = value
    return found


def _check_value(attribute: dict[str, Any], name: str, value: str) -> None:
    if attribute["type"] == DECIMAL:
        fields.amount(name, value)
    elif attribute["type"] == INTEGER:
        fields.whole(name, value)
    elif attribute["type"] == CHOICE:
        allowed = [item.strip() for item in attribute["allowed_values"].split(",")]
        if value not in allowed:
            raise FieldError(name, f"{value} is not one of: {', '.join(allowed)}.")


def _collect(level: list[dict[str, Any]], nodes: dict[int, dict[str, Any]], depth: int) -> None:
    for node in level:
        if unknown := set(node) - _NODE_KEYS:
            raise ValueError(f"category {node.get('category_id')}: unknown keys {sorted(unknown)}")
        if depth > 3:
            raise ValueError(f"category {node['category_id']}: a tree has three levels")
        if node["category_id"] in nodes:
            raise ValueError(f"category {node['category_id']} is there twice")
        if not node.get("names"):
            raise ValueError(f"category {node['category_id']} has no name")
        nodes[node["category_id"]] = node
        _collect(node.get("childrens", []), nodes, depth + 1)
