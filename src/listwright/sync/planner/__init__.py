"""From facts to desired values and due lines. See docs/explain/architecture.md, "How one change travels"."""

from listwright.sync.planner.loop import Planner, PlanResult, plan_once, run
from listwright.sync.planner.preview import (
    COUNTED_UP_TO,
    FIRST_SEND,
    HeldRow,
    PlanPreview,
    dry_run,
    held,
    held_by_breaker,
)

__all__ = [
    "COUNTED_UP_TO",
    "FIRST_SEND",
    "HeldRow",
    "PlanPreview",
    "PlanResult",
    "Planner",
    "dry_run",
    "held",
    "held_by_breaker",
    "plan_once",
    "run",
]
