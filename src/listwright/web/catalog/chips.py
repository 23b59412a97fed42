"""The filters of Manage Catalog as chips: what each is called, what it offers, and what it is set to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from listwright.web.components.words import DRIFTS, MISSING, missing_name, word

_YES_NO = (("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter. `name` is its parameter; `shown` what it is set to, in words, empty when it is not set.

    `inputs` are (parameter, label, value) of a range typed in, `choices` (value, text) of one chosen; `more` are fetched
    when the menu opens.
    """

    name: str
    label: str
    shown: str = ""
    choices: Sequence[tuple[str, str]] = ()
    inputs: Sequence[tuple[str, str, str]] = ()
    search: bool = False
    more: bool = False
    clears: dict[str, str] = field(default_factory=dict)


def chips(
    query: Mapping[str, str], *, conditions: Sequence[str], markets: Sequence[tuple[str, str]], category: str
) -> list[Chip]:
    """The chips for an address's parameters, set ones with what they are set to; `category` is what its number is called."""
    states = (
        ("on", "On"),
        ("never_enabled", "Never enabled"),
        ("taken_offline", "Taken offline"),
        ("left_standing", "Left as it stands"),
    )
    return [
        _choice("ready", "Ready", _YES_NO, query),
        _choice(
            "missing",
            "Missing",
            [(code, name) for code, name in MISSING.items() if code != "price_missing"],
            query,
            missing_name,
        ),
        _choice("enabled", "Enabled", _YES_NO, query),
        _choice("state", "State", states, query),
        _choice("linked", "Linked", _YES_NO, query),
        _choice("market", "Online in", markets, query),
        _choice("drift", "Drift", _YES_NO, query),
        _choice("drift_kind", "Kind of drift", [(kind, word.text) for kind, word in DRIFTS.items()], query),
        _choice("error", "Error", (("any", "Any"),), query, lambda code: word(code).text),
        _choice("condition", "Condition", [(name, name) for name in conditions], query),
        Chip("category", "Category", category, search=True, clears={"category": ""}),
        _range("stock", "Available", query),
        _range("price", "Price", query),
    ]


def _choice(
    name: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    query: Mapping[str, str],
    named: Callable[[str], str] | None = None,
) -> Chip:
    """`named` calls what is chosen among more than `choices`, which are fetched."""
    value = query.get(name, "")
    shown = dict(choices).get(value) or (named(value) if named and value else value)
    return Chip(name, label, shown, choices, more=named is not None, clears={name: ""})


def _range(name: str, label: str, query: Mapping[str, str]) -> Chip:
    least, most = (query.get(f"{name}_{end}", "") for end in ("min", "max"))
    shown = f"{least} to {most}" if least and most else f"from {least}" if least else f"to {most}" if most else ""
    inputs = ((f"{name}_min", "From", least), (f"{name}_max", "To", most))
    return Chip(name, label, shown, inputs=inputs, clears={f"{name}_min": "", f"{name}_max": ""})
