"""Reading a request's body and address, strictly."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja.parser import Parser

from listwright.common.errors import Invalid
from listwright.common.text import parse_sku, unescape_sku


class StrictParser(Parser):
    """JSON whose numbers stay exact (1099.90 is a Decimal) and whose texts the database can hold."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        value = json.loads(request.body, parse_float=Decimal, parse_constant=_no_number)
        if b"\\u" in request.body:  # only escaped can NUL and lone surrogates come through
            _refuse_unstorable(value, "")
        return value  # type: ignore[no-any-return]


def sku_of(segment: str) -> str:
    """The SKU an address names. Raises Invalid."""
    return parse_sku(unescape_sku(segment))


def parse_then(value: Any) -> Literal["offline", "leave"] | None:
    """What becomes of a listing that is stopped; None when nobody said. Raises Invalid."""
    if value in (None, "offline", "leave"):
        return value  # type: ignore[no-any-return]
    message = f"“{str(value)[:40]}” is neither offline nor leave."
    raise Invalid("then_invalid", f"then: {message}", {"then": message})


def moment(value: Any) -> Any:
    """An ISO 8601 text as a time; anything else as it is, for the domain to refuse by name."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value


def _no_number(word: str) -> None:
    raise Invalid("not_a_number", f"{word} is not a JSON number. Leave the field out or send null.")


def _refuse_unstorable(value: Any, path: str) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            message = "This text holds a NUL or half a surrogate pair, which nobody can store."
            raise Invalid("text_control", f"{path or 'body'}: {message}", {path or "body": message})
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key, f"{path}.key" if path else "key")
            _refuse_unstorable(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_unstorable(item, f"{path}.{index}" if path else str(index))
