"""The dashboard's charts over time, from figures noted every five minutes; their last point is what is true now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listwright.sync.queries.overview import Sample
from listwright.web.components.formats import number, percent

DAYS = (1, 7)
Point = tuple[datetime, float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """`points` as [[seconds since 1970 …], [values …]] in JSON; `told` says aloud what the line shows."""

    name: str
    title: str
    unit: str
    points: str
    told: str


def charts(samples: Sequence[Sample], now: Mapping[str, Any] | None, at: datetime) -> list[Chart]:
    """Lines an hour, backlog and verified share; none before the first figures are there."""
    rows = list(samples)
    if now is not None:
        rows.append(Sample(at, now["spent"], now["backlog"], now["linked"], now["verified"]))
    if not rows:
        return []
    lines = [(row.at, row.lines) for row in rows]
    backlog = [(row.at, row.backlog) for row in rows]
    share = [(row.at, round(100 * row.verified / row.linked, 1) if row.linked else None) for row in rows]
    last, most = rows[-1], max(row.backlog for row in rows)
    return [
        _chart("lines", "Lines an hour", "", lines, f"{number(last.lines)} now"),
        _chart("backlog", "Backlog", "", backlog, f"{number(last.backlog)} lines wait now, {number(most)} at most"),
        _chart("verified", "Verified share", "%", share, f"{percent(last.verified, last.linked)} now"),
    ]


def _chart(name: str, title: str, unit: str, points: Sequence[Point], told: str) -> Chart:
    columns = [[int(at.timestamp()) for at, _ in points], [value for _, value in points]]
    return Chart(name, title, unit, json.dumps(columns), told)
