"""Rows of labelled values that can be viewed and edited at the same place, and the way of a form's texts in and out.

A form carries what it was loaded with (`was.NAME` beside `NAME`). Only fields that differ from it are changes, so two
people at one record merge; what the operation then overwrites is compared with it (`changes.meanwhile`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from listwright.web.components import amounts, formats
from listwright.web.components.amounts import Home

Kind = Literal["text", "area", "whole", "money", "decimal", "flag", "choice", "radio", "secret", "mail"]
WAS = "was."
_ON = "true"


@dataclass(frozen=True, slots=True)
class Box:
    """A Default box: ticked, the value beside it is `pulled` from elsewhere (`source`)."""

    name: str
    ticked: bool
    pulled: str = ""
    source: str = ""
    was: str = ""

    @property
    def value(self) -> str:
        """As the form writes it."""
        return _ON if self.ticked else "false"


@dataclass(frozen=True, slots=True)
class Item:
    """One row. `value` is what an input holds, `shown` what stands there when nobody edits, `was` what was loaded.

    `note` is a small label behind the value, `when` names the flag while which it is shown, `suggestions` the address
    that answers what is typed with choices, `copy` a text that can be taken over, `market` the one an amount is written as in.
    """

    name: str
    label: str
    value: str = ""
    shown: str = ""
    kind: Kind = "text"
    note: str = ""
    suffix: str = ""
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    box: Box | None = None
    locked: bool = False
    limit: int = 0
    rows: int = 4
    when: str = ""
    hidden: bool = False
    required: bool = False
    suggestions: str = ""
    datalist: str = ""
    was: str = ""
    error: str = ""
    copy: str = ""
    market: str = ""

    @property
    def id(self) -> str:
        """The input's id; links to a field end in it."""
        return field_id(self.name)

    @property
    def ticked(self) -> bool:
        """Whether a flag is on."""
        return self.value == _ON

    @property
    def inputmode(self) -> str:
        """Which keys a small screen offers."""
        return {"whole": "numeric", "money": "decimal", "decimal": "decimal"}.get(self.kind, "text")


def field_id(name: str) -> str:
    """The id of a field's input."""
    return "field-" + name.replace(".", "-")


def text_item(name: str, label: str, value: str, **more: Any) -> Item:
    """A text of one line, or with `kind="area"` of several."""
    return Item(name, label, value, more.pop("shown", value), was=value, **more)


def whole_item(name: str, label: str, value: int | None, **more: Any) -> Item:
    """A whole number."""
    text = "" if value is None else str(value)
    return Item(
        name, label, text, more.pop("shown", "" if value is None else formats.number(value)), "whole", was=text, **more
    )


def money_item(name: str, label: str, value: Decimal | None, here: Home, **more: Any) -> Item:
    """An amount of a company or market."""
    text = formats.amount(value, *here)
    shown = more.pop("shown", "" if value is None else formats.money(value, *here))
    return Item(name, label, text, shown, "money", was=text, suffix=here.currency, market=here.market, **more)


def flag_item(name: str, label: str, value: bool, **more: Any) -> Item:
    """Yes or No."""
    text = _ON if value else "false"
    return Item(name, label, text, more.pop("shown", "Yes" if value else "No"), "flag", was=text, **more)


def choice_item(name: str, label: str, value: str, choices: Iterable[tuple[str, str]], **more: Any) -> Item:
    """One of some codes, each with its word."""
    found = tuple(choices)
    shown = more.pop("shown", dict(found).get(value, value))
    return Item(name, label, value, shown, "choice", choices=found, was=value, **more)


def with_box(item: Item, name: str, ticked: bool, pulled: str, source: str) -> Item:
    """The item with its Default box."""
    return replace(item, box=Box(name, ticked, pulled, source, _ON if ticked else "false"))


def read(items: Iterable[Item], typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a person has changed, {path: value}, and what they believed was there, as history writes it.

    A field whose Default box was newly ticked takes the default; one that was written unticks it, and emptying it
    ticks it again (A3).
    """
    values: dict[str, Any] = {}
    believed: dict[str, Any] = {}
    for item in items:
        if item.locked or WAS + item.name not in typed:
            continue
        now, before = _value(item, _posted(item, typed)), _value(item, _lines(typed[WAS + item.name]))
        if item.box is None:
            if now != before:
                values[item.name], believed[item.name] = now, before
            continue
        ticked, ticked_before = typed.get(item.box.name) == _ON, typed.get(WAS + item.box.name) == _ON
        if ticked and not ticked_before:
            values[item.box.name] = True
        elif now != before or ticked != ticked_before:
            values[item.name] = now
            if now is not None:
                values[item.box.name] = False
        else:
            continue
        believed[item.box.name] = ticked_before
        believed[item.name] = None if ticked_before else before
    return values, believed


def returned(
    items: Iterable[Item], typed: Mapping[str, str] | None, errors: Mapping[str, str], *, overtaken: bool = False
) -> Iterator[Item]:
    """The items as a form that comes back shows them: what was typed is kept, and what is wrong is marked.

    `overtaken`: the errors name fields somebody else has changed; saving again then overwrites what is shown. A secret
    is never sent back.
    """
    for item in items:
        error = errors.get(item.name, "") or (errors.get(item.box.name, "") if item.box else "")
        if item.kind == "money":
            error = amounts.told(error, Home(item.suffix, item.market), (typed or {}).get(item.name, ""))
        if typed is None or item.locked or WAS + item.name not in typed:
            yield replace(item, error=error)
            continue
        renewed = overtaken and bool(error)
        box = item.box
        if box is not None:
            was = box.was if renewed else typed.get(WAS + box.name, "")
            box = replace(box, ticked=typed.get(box.name) == _ON, was=was)
        was = item.was if renewed else _lines(typed[WAS + item.name])
        value = "" if item.kind == "secret" else _posted(item, typed)
        yield replace(item, value=value, was=was, box=box, error=error)


def by_name(items: Iterable[Item]) -> dict[str, Item]:
    """The items by name; those that depend on a flag are hidden as the flag among them says."""
    found = {item.name: item for item in items}
    return {
        name: replace(item, hidden=not found[item.when].ticked) if item.when in found else item
        for name, item in found.items()
    }


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by path as the operations take them: `markets.fr-fr.price` within `markets`, `attributes.…` likewise."""
    made: dict[str, Any] = {}
    for path, value in values.items():
        first, _, rest = path.partition(".")
        if first == "attributes" and rest:
            made.setdefault(first, {})[rest] = value
        elif first == "markets" and "." in rest:
            market, _, name = rest.partition(".")
            made.setdefault(first, {}).setdefault(market, {})[name] = value
        else:
            made[path] = value
    return made


def _posted(item: Item, typed: Mapping[str, str]) -> str:
    if item.kind == "flag":
        return _ON if typed.get(item.name) == _ON else "false"
    return _lines(typed.get(item.name, "")).strip()


def _lines(text: str) -> str:
    """Browsers send line breaks as CR LF."""
    return text.replace("\r\n", "\n")


def _value(item: Item, text: str) -> Any:
    if item.kind == "flag":
        return text == _ON
    if item.choices and {"true", "false"} & {code for code, _ in item.choices}:
        return {"true": True, "false": False}.get(text)
    if text == "":
        return None
    if item.kind == "money":
        return amounts.typed(text, item.suffix)
    if item.kind == "whole" and text.isascii() and text.isdigit() and len(text) < 12:
        return int(text)
    return text
