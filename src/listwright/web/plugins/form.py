"""A form made from a plugin's settings model (its JSON schema). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Field(NamedTuple):
    """One input. `kind`: switch, number, list (one entry a line), choice or text; `value` as the input shows it."""

    name: str
    label: str
    help: str
    kind: str
    value: str
    checked: bool
    choices: tuple[str, ...]
    required: bool
    error: str


def fields(
    schema: Mapping[str, Any] | None, stored: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> list[Field]:
    """The inputs in the order of the model; `errors` by `settings.NAME`."""
    if schema is None:
        return []
    errors = errors or {}
    required = schema.get("required", ())
    made = []
    for name, described in schema.get("properties", {}).items():
        kind, choices = _kind(described, schema)
        value = stored.get(name, described.get("default"))
        made.append(
            Field(
                name=f"settings.{name}",
                label=described.get("title", name),
                help=described.get("description", ""),
                kind=kind,
                value=_shown(value, kind),
                checked=value is True or value == "true",
                choices=choices,
                required=name in required,
                error=errors.get(f"settings.{name}", ""),
            )
        )
    return made


def entered(schema: Mapping[str, Any] | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """What a form sent, for the model to read: a blank input is left out, so that its default stands."""
    found: dict[str, Any] = {}
    for field in fields(schema, {}):
        text, name = typed.get(field.name, "").strip(), field.name.removeprefix("settings.")
        if field.kind == "switch":
            found[name] = text == "true"
        elif field.kind == "list":
            found[name] = [line.strip() for line in text.splitlines() if line.strip()]
        elif text:
            found[name] = text
    return found


def _kind(described: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    if "$ref" in described:
        described = schema.get("$defs", {}).get(described["$ref"].rsplit("/", 1)[-1], {})
    if "enum" in described:
        return "choice", tuple(str(one) for one in described["enum"])
    kinds = _types(described)
    if "boolean" in kinds:
        return "switch", ()
    if "array" in kinds:
        return "list", ()
    if "integer" in kinds or "number" in kinds:
        return "number", ()
    return "text", ()


def _types(described: Mapping[str, Any]) -> Sequence[str]:
    if "anyOf" in described:
        return [one.get("type", "") for one in described["anyOf"]]
    return [described.get("type", "string")]


def _shown(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if kind == "list" and isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return str(value)
