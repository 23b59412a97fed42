"""What wants a person's attention, worst first, from figures; an empty list means that everything is all right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from listwright.web.components.formats import number, takes

DRIFT_MATTERS = {
    "changed_there": "changed by hand on Back Market.",
    "ignored": "ignored by Back Market: what was accepted changed nothing.",
    "never_applied": "not as accepted on Back Market yet.",
    "vanished": "gone from Back Market.",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """`level` is bad (nothing works), warn (look at it) or note (a choice); `to` is below the company's address."""

    level: str
    text: str
    to: str
    link: str


def matters(figures: Mapping[str, Any], *, paused_message: str, uploads: tuple[bool, bool]) -> list[Matter]:
    """`figures` are those of the pulse and `refused`, a Count; `uploads` the switches for inventory and prices."""
    found: list[Matter] = []
    if figures["paused_code"]:
        found.append(
            Matter("bad", f"The account is paused. {paused_message}", "settings/backmarket/", "General Settings")
        )
    elif not figures["working"] and (figures["backlog"] or figures["running"]):
        text = "No worker speaks to Back Market. Start one: listwright worker, or listwright up."
        found.append(Matter("bad", text, "jobs/", "Queued Jobs"))
    if figures["wait_reason"]:
        found.append(Matter("warn", f"Back Market asks to wait: {figures['wait_reason']}", "jobs/", "Queued Jobs"))
    if figures["refused"].number:
        text = f"{_listings(*figures['refused'])} refused or held."
        found.append(Matter("warn", text, "catalog/?error=any", "Show them"))
    # What was sold there is no matter: its order will tell.
    for kind, text in DRIFT_MATTERS.items():
        if count := figures.get("drift_kinds", {}).get(kind):
            found.append(Matter("warn", f"{_listings(count)} {text}", f"catalog/?drift_kind={kind}", "Show them"))
    if figures["unknown"]:
        lines, they = (
            ("1 line was", "it is")
            if figures["unknown"] == 1
            else (f"{number(figures['unknown'])} lines were", "they are")
        )
        text = f"{lines} not answered; {they} read back before anything is believed."
        found.append(Matter("warn", text, "jobs/", "Queued Jobs"))
    if figures["backlog"] and figures["seconds_to_empty"] > 3600 and not figures["paused_code"]:
        waiting = "1 line waits" if figures["backlog"] == 1 else f"{number(figures['backlog'])} lines wait"
        text = f"{waiting}, which takes {takes(figures['seconds_to_empty'])}."
        found.append(Matter("note", text, "settings/backmarket/", "Hourly lines"))
    if figures["unlinked"]:
        text = f"{_listings(figures['unlinked'])} on Back Market and not here."
        found.append(Matter("note", text, "unlinked/", "Link or ignore them"))
    if figures.get("held"):
        held = "a value that looks" if figures["held"] == 1 else f"{number(figures['held'])} values that look"
        text = f"The circuit breaker holds {held} wrong."
        found.append(Matter("bad", text, "held/", "Held sends"))
    if any(uploads) and not figures["approved"]:
        text = "The first automatic send waits until somebody has seen and approved it."
        found.append(Matter("warn", text, "held/", "Held sends"))
    if not all(uploads) and figures["linked"]:
        off = " and ".join(name for name, on in zip(("inventory", "prices"), uploads, strict=True) if not on)
        text = f"Upload of {off} is off: changes reach Back Market only when somebody asks for it."
        found.append(Matter("note", text, "settings/backmarket/", "General Settings"))
    return found


def _listings(count: int, more: bool = False) -> str:
    return "1 listing is" if count == 1 else f"{number(count)}{'+' if more else ''} listings are"
