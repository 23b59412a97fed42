"""Kinds of fields, and the shapes all nouns share.

What a value must be is told once, by the domain's parsers, which name the field, the value and the remedy. So fields
that go in are passed on as they come; their kind is here for the description.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from listwright.common.money import quantised

Text = Annotated[Any, WithJsonSchema({"type": ["string", "null"]})]
Amount = Annotated[
    Any,
    WithJsonSchema({"type": ["string", "number", "null"], "examples": ["199.90"], "description": "a decimal, as text"}),
]
Whole = Annotated[Any, WithJsonSchema({"type": ["integer", "null"]})]
Flag = Annotated[Any, WithJsonSchema({"type": ["boolean", "null"]})]
Moment = Annotated[Any, WithJsonSchema({"type": ["string", "null"], "format": "date-time"})]
Then = Annotated[Any, WithJsonSchema({"type": ["string", "null"], "enum": ["offline", "leave", None]})]
Mapped = Annotated[Any, WithJsonSchema({"type": ["object", "null"]})]

Money = Annotated[str, Field(examples=["199.90"])]

Item = TypeVar("Item")


class In(BaseModel):
    """A body; a field it does not know is an error."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, Any]:
        """The fields that were sent, null among them."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Out(BaseModel):
    """An answer, read from an object's attributes or a mapping."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[Item]):
    """Some results, and the cursor of the next page; null on the last."""

    results: list[Item]
    next: str | None


class Problem(BaseModel):
    """What went wrong (application/problem+json, RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    fields: dict[str, str]


def money(amount: Decimal | None, currency: str) -> str | None:
    """An amount as text with its currency's decimals."""
    return None if amount is None else format(quantised(amount, currency), "f")


def plain(number: Decimal | None) -> str | None:
    """A decimal as text, without exponent."""
    return None if number is None else format(number, "f")


def whole_seconds(seconds: float | None) -> int | None:
    """Seconds without a fraction; null where there are none, or no end of them."""
    return None if seconds is None or seconds == float("inf") else round(seconds)
