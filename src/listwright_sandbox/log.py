"""What Back Market received: every request, the SKU lines in it, and what they changed."""

from collections import deque
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from dataclasses import fields as dataclass_fields
from typing import Any

from .clock import text_of
from .writes import Change

PENDING = "pending"


@dataclass(slots=True)
class Line:
    """One SKU of a listing POST: its fields as they were sent."""

    sku: str
    fields: dict[str, Any]


@dataclass(slots=True)
class Record:
    """A request. `applied` is yes, no or pending (rows of a file; a write that will be applied later).

    `time` is the sandbox's clock, `wall` the machine's, `monotonic` for measuring on the same machine.
    """

    number: int
    method: str
    path: str
    query: str
    market: str
    time: float
    wall: float
    monotonic: float
    status: int = 0
    fault: str | None = None
    applied: str = "no"
    body: Any = None
    size: int = 0
    skus: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    changes: list[tuple[float, Change]] = field(default_factory=list)

    def changed(self, changes: tuple[Change, ...] | list[Change], now: float) -> None:
        self.changes.extend((now, change) for change in changes)

    def concerns(self, sku: str) -> bool:
        return any(sku.lower() == known.lower() for known in (*self.skus, *(line.sku for line in self.lines)))

    def as_dict(self) -> dict[str, Any]:
        return {
            **self._common(),
            "query": self.query,
            "body": self.body,
            "skus": self.skus,
            "changes": [{"time": text_of(at), **change.as_dict()} for at, change in self.changes],
        }

    def line_dicts(self) -> list[dict[str, Any]]:
        """One entry for each SKU line received."""
        return [{**self._common(), "sku": line.sku, "fields": line.fields} for line in self.lines]

    def change_dicts(self) -> list[dict[str, Any]]:
        """One entry for each value that became another one."""
        return [
            {"number": self.number, "time": text_of(at), "seconds": at, **change.as_dict()}
            for at, change in self.changes
        ]

    def kept(self) -> list[Any]:
        """All of it, as it is kept in a file; `of_kept` makes a record of it again."""
        values = {name: getattr(self, name) for name in _FIELDS}
        values["lines"] = [[line.sku, line.fields] for line in self.lines]
        values["changes"] = [[at, list(astuple(change))] for at, change in self.changes]
        return list(values.values())

    @classmethod
    def of_kept(cls, kept: list[Any]) -> "Record":
        values = dict(zip(_FIELDS, kept, strict=True))
        values["lines"] = [Line(*line) for line in values["lines"]]
        values["changes"] = [(at, Change(*change)) for at, change in values["changes"]]
        return cls(**values)

    def _common(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "time": text_of(self.time),
            "wall": self.wall,
            "monotonic": self.monotonic,
            "method": self.method,
            "path": self.path,
            "market": self.market,
            "status": self.status,
            "fault": self.fault,
            "applied": self.applied,
        }


_FIELDS = [one.name for one in dataclass_fields(Record)]


class Log:
    """The last requests, bounded in number and in bytes of bodies."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque()
        self._bytes = 0
        self.last = 0

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def start(
        self, method: str, path: str, query: str, market: str, *, now: float, wall: float, monotonic: float
    ) -> Record:
        self.last += 1
        record = Record(self.last, method, path, query, market, now, wall, monotonic)
        self._records.append(record)
        return record

    def kept(self) -> dict[str, Any]:
        """As it is kept in a file."""
        return {"last": self.last, "records": [record.kept() for record in self._records]}

    def take_over(self, kept: dict[str, Any]) -> None:
        """Becomes the kept one."""
        self._records = deque(map(Record.of_kept, kept["records"]))
        self._bytes = sum(record.size for record in self._records)
        self.last = int(kept["last"])

    def keep(self, record: Record, body: Any, size: int, most: int, most_bytes: int) -> None:
        """Keeps a request's body with its record, and lets the oldest records go that no longer fit."""
        record.body, record.size = body, size
        self._bytes += size
        self.trim(most, most_bytes)

    def grow(self, record: Record, size: int) -> None:
        """Counts what a record holds besides its body; the next request makes room."""
        record.size += size
        self._bytes += size

    def trim(self, most: int, most_bytes: int) -> None:
        while self._records and (len(self._records) > most or self._bytes > most_bytes):
            self._bytes -= self._records.popleft().size

    def find(self, number: int) -> Record | None:
        """The record of that number, unless it was let go."""
        if not self._records:
            return None
        place = number - self._records[0].number
        return self._records[place] if 0 <= place < len(self._records) else None

    def clear(self) -> None:
        """Forgets the requests; their numbers go on."""
        self._records.clear()
        self._bytes = 0

    def select(
        self,
        *,
        path: str | None = None,
        method: str | None = None,
        market: str | None = None,
        sku: str | None = None,
        after: int = 0,
        since: float | None = None,
    ) -> list[Record]:
        """Records that fit: `path` is a beginning, `after` a number, `since` a moment of the machine's clock."""
        return [
            record
            for record in self._records
            if record.number > after
            and (since is None or record.wall >= since)
            and (path is None or record.path.startswith(path))
            and (method is None or record.method == method.upper())
            and (market is None or record.market == market)
            and (sku is None or record.concerns(sku))
        ]
