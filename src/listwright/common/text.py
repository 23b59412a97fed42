"""Comparing, limiting and addressing texts."""

from __future__ import annotations

import re
from urllib.parse import quote

from listwright.common.errors import Invalid

SKU_LIMIT = 200
"""The longest SKU Back Market takes (its bulk rows; also the column's size)."""

# C0, DEL and C1 controls, line and paragraph separators, and lone surrogates, which UTF-8 cannot carry.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def fold(text: str) -> str:
    """The form in which texts are compared where letter case is ignored (SKUs, conditions, bulk headers).

    Character by character, as PostgreSQL's `lower()` does under C.UTF-8 (checked for every character of the first two
    planes): `str.lower()` would write a Greek sigma differently at the end of a word and make two letters of `İ`.
    Accents are kept, nothing is trimmed, `ß` is not `ss`. Folding twice changes nothing.
    """
    if text.isascii():
        return text.lower()
    return "".join([character.lower()[0] for character in text])


def escape_sku(sku: str) -> str:
    """A SKU as one segment of a path, before percent-encoding: `~` → `~0`, `/` → `~1`."""
    return sku.replace("~", "~0").replace("/", "~1")


def unescape_sku(segment: str) -> str:
    """The SKU an address names, from a segment that is already percent-decoded. Raises Invalid (`sku_address`)."""
    if re.search("~(?![01])|/", segment):
        message = "In an address, ~ in a SKU is written ~0 and / is written ~1."
        raise Invalid("sku_address", message, {"sku": message})
    return segment.replace("~1", "/").replace("~0", "~")


def sku_in_address(sku: str) -> str:
    """A SKU as one segment of an address: escaped, then percent-encoded."""
    return quote(escape_sku(sku), safe="")


def parse_sku(text: str, *, field: str = "sku") -> str:
    """A SKU or merchant SKU as it is kept: trimmed, 1 to 200 characters, one line.

    Raises Invalid (`sku_blank`, `sku_too_long`, `sku_control`, `sku_dots`) naming `field`.
    """
    sku = text.strip()
    if not sku:
        raise _refused("sku_blank", field, "A SKU cannot be blank.")
    if len(sku) > SKU_LIMIT:
        raise _refused("sku_too_long", field, f"A SKU has at most {SKU_LIMIT} characters; this one has {len(sku)}.")
    if _CONTROL.search(sku):
        raise _refused("sku_control", field, f"“{visible(sku)}” holds a control character. Remove it from the SKU.")
    if sku in {".", ".."}:  # every browser takes these, encoded or not, for a step in the path
        raise _refused("sku_dots", field, f"“{sku}” cannot stand in a web address. Use another SKU.")
    return sku


def parse_text(text: str, *, field: str, limit: int, lines: bool = False) -> str:
    """A text as it is kept: trimmed, at most `limit` characters, without control characters.

    With `lines`, tabs and line breaks are kept (CR LF becomes LF). Raises Invalid (`text_too_long`, `text_control`).
    """
    kept = text.strip()
    if lines:
        kept = kept.replace("\r\n", "\n").replace("\r", "\n")
    if (_CONTROL_BUT_LINES if lines else _CONTROL).search(kept):
        raise _refused("text_control", field, f"“{visible(kept[:60])}” holds a control character. Remove it.")
    if len(kept) > limit:
        raise _refused("text_too_long", field, f"At most {limit} characters; this has {len(kept)}.")
    return kept


def clipped(text: str, limit: int) -> str:
    """The text, or its beginning ending in `…` so that it has at most `limit` (≥ 1) characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def visible(text: str) -> str:
    """The text with each control character shown as `\\x07` or `\\u2028`, safe for messages, logs and the database."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


def _refused(code: str, field: str, message: str) -> Invalid:
    return Invalid(code, f"{field}: {message}", {field: message})
