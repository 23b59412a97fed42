"""Cursors for keyset paging: the sort key of the last row shown, as one opaque word.

A cursor is neither secret nor trusted: it holds values the reader has just seen, and every query names the company
itself, so it needs no signature. Whatever it decodes to is a value to compare with, of the type the query expects.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import NoReturn

from listwright.common.errors import Invalid

CursorValue = str | int | None

_LONGEST = 4096
_INT64 = 2**63


def encode_cursor(key: Sequence[CursorValue]) -> str:
    """The sort key of a row as a cursor, made of letters that need no encoding in an address."""
    packed = json.dumps(list(key), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str, types: Sequence[type]) -> tuple[CursorValue, ...]:
    """The sort key in a cursor, one value for each of `types` (`str` or `int`; None stands for SQL's null).

    Raises Invalid (`cursor_malformed`) for anything else, among it numbers and texts the database cannot hold.
    """
    if len(cursor) > _LONGEST:
        _malformed()
    try:
        packed = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = json.loads(packed.decode("utf-8"))
    except (binascii.Error, ValueError, RecursionError):
        _malformed()
    if not isinstance(key, list) or len(key) != len(types):
        _malformed()
    for value, expected in zip(key, types, strict=True):
        if value is not None and not (type(value) is expected and _storable(value)):
            _malformed()
    return tuple(key)


def _storable(value: object) -> bool:
    if isinstance(value, int):
        return -_INT64 <= value < _INT64
    return isinstance(value, str) and "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def _malformed() -> NoReturn:
    message = "This cursor is not one of ours. Start again from the first page."
    raise Invalid("cursor_malformed", message, {"cursor": message})
