"""Two people at one form: what one of them has changed since the other loaded it is not overwritten unseen."""

from collections.abc import Mapping, Sequence
from typing import Any

from listwright.common.errors import Conflict


def refuse_overtaken(cells: Mapping[str, Sequence[Any]], expected: Mapping[str, Any] | None) -> None:
    """Compare what a change overwrote, history's {field: [old, new]}, with what its author believed was there.

    `expected` holds values as history writes them; a blank text and None are one. Called in the transaction of the
    change, which the refusal takes back. Raises Conflict (`changed_meanwhile`) naming both values of each such field.
    """
    overtaken = {
        name: f"Somebody else has set this to {said(cells[name][0])} meanwhile; you entered {said(cells[name][1])}."
        for name, believed in (expected or {}).items()
        if name in cells and _plain(cells[name][0]) != _plain(believed)
    }
    if overtaken:
        message = "Somebody else has changed this meanwhile. Nothing was saved: look at both values and save again."
        raise Conflict("changed_meanwhile", message, overtaken)


def _plain(value: Any) -> Any:
    return None if value == "" else value


def said(value: Any) -> str:
    """A value of a cell in a sentence."""
    match value:
        case None | "":
            return "nothing"
        case True:
            return "Yes"
        case False:
            return "No"
    text = str(value)
    return f"“{text[:120]}{'…' if len(text) > 120 else ''}”"
