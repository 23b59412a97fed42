"""Faults on demand: each kind at its own point of a request's way, with a probability, a count and filters."""

import re
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

REFUSING = {
    "rate_limited": "429 in HTML from the edge",
    "unavailable": "503 in HTML from the edge",
    "bot_wall": "403 in HTML from the edge",
    "bot_challenge": "403 in JSON (V2) from bot management",
    "unauthorized": "401: the token is dead",
    "forbidden": "403 in JSON: this ingestion channel is disabled",
}
BREAKING = {
    "reset": "the connection breaks before the request is read; nothing is applied",
    "late_applied": "the connection breaks; the request is applied `after` seconds later (default 10)",
    "answer_lost": "the request is applied, then the connection breaks",
    "truncated": "the JSON answer is cut in its middle; with `hard` the promised length is not reached either",
    "slow": "the answer comes `seconds` of real time later (default 5), after the request was applied",
}
LISTING = {"state_lags": "the write's effect on the publication state shows `seconds` later (default 30)"}
TASK = {
    "task_never_ends": "the task stays at status 2; its rows apply",
    "task_fails": "the task ends with status 8 after its first `rows` rows (default 0) applied",
    "task_status": "the task ends with `status` (3 or 7); its rows apply",
    "row_fails": "a row is refused",
    "row_unreported": "a row applies and stands in neither map",
    "row_lost": "a row does not apply and stands in neither map",
}
KINDS = {**REFUSING, **BREAKING, **LISTING, **TASK}
_OPTIONS = {
    "late_applied": {"after"},
    "truncated": {"hard"},
    "slow": {"seconds"},
    "state_lags": {"seconds"},
    "task_fails": {"rows", "message"},
    "task_status": {"status"},
}
_COMMON = {"kind", "count", "probability", "method", "path", "market", "sku", "skip"}


@dataclass
class Fault:
    """An armed fault. `count` None: until it is taken away. `skip`: how many matching requests (or rows) pass before.

    `path` is a regular expression found anywhere in the path; `sku` is compared ignoring case.
    """

    kind: str
    count: int | None = None
    probability: float = 1.0
    method: str | None = None
    path: str | None = None
    market: str | None = None
    sku: str | None = None
    skip: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    fired: int = 0

    def as_dict(self) -> dict[str, Any]:
        raw = asdict(self)
        return {**raw.pop("options"), **raw}


class Faults:
    """The armed faults, the first that fits and is lucky wins."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.armed: list[Fault] = []

    def arm(self, raw: dict[str, Any]) -> Fault:
        """Arms a fault. Raises ValueError naming what is wrong."""
        fault = _fault(raw)
        self.armed.append(fault)
        return fault

    def replace(self, raws: list[dict[str, Any]]) -> None:
        """Arms these and no others; when one is wrong, all stay as they were."""
        self.armed = [_fault(raw) for raw in raws]

    def take(
        self, kinds: dict[str, str], *, method: str, path: str, market: str, sku: str | None = None
    ) -> Fault | None:
        """The fault of one of these kinds that strikes now, if any."""
        for fault in self.armed:
            if fault.kind not in kinds or not _fits(fault, method, path, market, sku):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.count is not None and fault.fired >= fault.count:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            fault.fired += 1
            return fault
        return None


def _fits(fault: Fault, method: str, path: str, market: str, sku: str | None) -> bool:
    return (
        (fault.method is None or fault.method == method)
        and (fault.market is None or fault.market == market)
        and (fault.path is None or re.search(fault.path, path) is not None)
        and (fault.sku is None or (sku is not None and fault.sku.lower() == sku.lower()))
    )


def _fault(raw: dict[str, Any]) -> Fault:
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"there is no fault {kind!r}; known: {', '.join(sorted(KINDS))}")
    allowed = _COMMON | _OPTIONS.get(kind, set())
    if unknown := set(raw) - allowed - {"fired"}:
        raise ValueError(f"fault {kind}: unknown options {sorted(unknown)}; known: {', '.join(sorted(allowed))}")
    probability = raw.get("probability", 1.0)
    if not isinstance(probability, int | float) or not 0 <= probability <= 1:
        raise ValueError(f"fault {kind}: probability {probability!r} is not between 0 and 1")
    count, skip = raw.get("count"), raw.get("skip", 0)
    if not (count is None or (isinstance(count, int) and count >= 0)) or not isinstance(skip, int) or skip < 0:
        raise ValueError(f"fault {kind}: count {count!r} and skip {skip!r} must be whole numbers, not negative")
    for name in ("after", "seconds", "rows"):
        if name in raw and not (isinstance(raw[name], int | float) and 0 <= raw[name] < 1e9):
            raise ValueError(f"fault {kind}: {name} {raw[name]!r} is not a number of 0 or more")
    try:
        re.compile(raw.get("path") or "")
    except (re.error, TypeError) as problem:
        raise ValueError(f"fault {kind}: path {raw['path']!r} is no regular expression: {problem}") from None
    common = {name: raw[name] for name in _COMMON if raw.get(name) is not None}
    return Fault(**common, options={name: raw[name] for name in raw if name in allowed - _COMMON})
