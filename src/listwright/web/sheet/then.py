"""The answer to what becomes of a listing that is stopped (B5)."""

from __future__ import annotations

from typing import Literal

from listwright.common.errors import Invalid


def then_of(value: str | None) -> Literal["offline", "leave"] | None:
    """What becomes of a listing that is stopped; None when nobody said. Raises Invalid."""
    match value:
        case None | "":
            return None
        case "offline":
            return "offline"
        case "leave":
            return "leave"
    message = "Choose: take it offline, or leave it as it stands."
    raise Invalid("then_invalid", message, {"then": message})
