"""A request as it came in, whole: all that its effect depends on."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Arrival:
    """`path` has no slash at its end; `pairs` are the query's. `wall` and `monotonic`: when, by the machine's clocks."""

    method: str
    path: str
    query: str
    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    content_type: str
    origin: str
    wall: float
    monotonic: float

    @property
    def is_control(self) -> bool:
        return self.path.startswith("/_sandbox")

    def as_json(self, number: int) -> bytes:
        """A line of a journal, the request's place in it first."""
        values = {"n": number, **asdict(self), "body": self.body.decode("latin-1")}
        return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def of_json(line: bytes) -> tuple[int, Arrival]:
    """Number and request of a journal's line. Raises ValueError for one that was cut short."""
    values: dict[str, Any] = json.loads(line)
    number = values.pop("n")
    values |= {"pairs": [(name, value) for name, value in values["pairs"]], "body": values["body"].encode("latin-1")}
    return number, Arrival(**values)
