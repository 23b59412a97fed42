"""What the forms of an upload ask for: how the file is read, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from listwright.bulk.outcome import Options
from listwright.bulk.readers import Reading, parse_reading
from listwright.bulk.readers.source import ENCODINGS, QUOTES, SEPARATORS
from listwright.common.errors import Invalid
from listwright.web.components.formats import absolute
from listwright.web.sheet.then import then_of

_SIGNS = {"": None, "point": "point", "comma": "comma"}

CHOICES = {
    "decimal": [("", "Each number by itself"), ("point", "Decimal point: 1,099.90"), ("comma", "Decimal comma: 1.099,90")],
    "separator": [
        ("", "Found by looking"), *((name.partition(" ")[0], name.capitalize()) for name in SEPARATORS.values()),
    ],
    "encoding": [("", "Found by looking"), *ENCODINGS.items()],
    "quote": [("", "Found by looking"), ("double", '"Double"'), ("single", "'Single'"), ("none", "None")],
}  # fmt: skip
"""What can be chosen of how a file is read."""


def options_of(form: Mapping[str, str]) -> Options:
    """What the file may do. Raises Invalid."""
    decimal = form.get("decimal", "")
    if decimal not in _SIGNS:
        raise Invalid("invalid_decimal", "Choose point or comma.", {"decimal": "Choose point or comma."})
    return Options(
        create_missing="create_missing" in form,
        update_existing="keep_existing" not in form,
        all_or_nothing="all_or_nothing" in form,
        ignore_unknown="ignore_unknown" in form,
        then=then_of(form.get("then")),
        decimal=_SIGNS[decimal],  # type: ignore[arg-type]
    )


def reading_of(form: Mapping[str, str]) -> Reading:
    """How the file is read. Raises Invalid."""
    return parse_reading({name: form.get(name, "") for name in ("separator", "encoding", "quote", "sheet")})


def values_of(upload: Any) -> dict[str, Any]:
    """The forms' values as an upload has them."""
    reading = upload.reading
    names = {sign: name.partition(" ")[0] for sign, name in SEPARATORS.items()}
    quotes = {sign: name.partition(" ")[0].replace("no", "none") for sign, name in QUOTES.items()}
    return {
        "create_missing": upload.create_missing,
        "keep_existing": not upload.update_existing,
        "all_or_nothing": upload.all_or_nothing,
        "ignore_unknown": upload.ignore_unknown,
        "then": upload.then,
        "decimal": upload.decimal,
        "separator": names.get(reading.get("separator"), ""),
        "encoding": reading.get("encoding") or "",
        "quote": quotes.get(reading.get("quote"), "") if reading.get("quote") is not None else "",
        "sheet": reading.get("sheet") or "",
    }


def moment_of(text: str, zone: str, now: datetime) -> datetime | None:
    """The time to come that a form names, in the person's zone; None for now. Raises Invalid."""
    if not text.strip():
        return None
    try:
        given = datetime.fromisoformat(text.strip())
        at = (given if given.tzinfo else given.replace(tzinfo=ZoneInfo(zone or "UTC"))).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        message = "Enter a day and a time, such as 2026-11-30 18:00."
        raise Invalid("invalid_time", message, {"at": message}) from None
    if at <= now:
        message = f"{absolute(at, ZoneInfo(zone or 'UTC'))} is past. Choose a time to come, or leave it blank for now."
        raise Invalid("time_past", message, {"at": message})
    return at
