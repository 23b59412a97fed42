"""The values of a category's attributes: read from the tree, checked against type and allowed values (A3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from listwright.listings.rules.facts import AttributeFacts, Missing

# Attribute types of Back Market's category tree.
DECIMAL, INTEGER, STRING, MULTIPLE_CHOICE = 0, 1, 2, 3

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]+")
_SHOWN_CHOICES = 8


def allowed_values(joined: str) -> tuple[str, ...]:
    """The choices in the tree's one comma-joined string, trimmed, blank ones left out."""
    return tuple(value for part in joined.split(",") if (value := part.strip()))


def value_problem(attribute: AttributeFacts, value: str) -> str | None:
    """A sentence saying why `value` (not blank) cannot be sent for this attribute; None when it can.

    Decimals are written with a point. A type the documentation does not name is not checked.
    """
    if attribute.type == MULTIPLE_CHOICE:
        if not attribute.allowed or value in attribute.allowed:
            return None
        choices = ", ".join(attribute.allowed[:_SHOWN_CHOICES])
        more = ", …" if len(attribute.allowed) > _SHOWN_CHOICES else ""
        return f"{attribute.name} is “{value[:60]}”. Choose one of: {choices}{more}."
    if attribute.type == INTEGER and not _INTEGER.fullmatch(value):
        return f"{attribute.name} is “{value[:60]}”. Enter a whole number."
    if attribute.type == DECIMAL and not _DECIMAL.fullmatch(value):
        return f"{attribute.name} is “{value[:60]}”. Enter a number such as 6.1."
    return None


def attribute_problems(attributes: Sequence[AttributeFacts], values: Mapping[str, str]) -> list[Missing]:
    """What the category asks for and the listing lacks, and values that cannot be sent."""
    problems: list[Missing] = []
    for attribute in attributes:
        value = values.get(attribute.field, "")
        if value.strip():
            sentence = value_problem(attribute, value)
        elif attribute.required:
            sentence = f"Enter {attribute.name}, which the Default Category asks for."
        else:
            sentence = None
        if sentence is not None:
            field = attribute.field
            problems.append(Missing(f"attribute:{field}", f"attributes.{field}", sentence))
    return problems
