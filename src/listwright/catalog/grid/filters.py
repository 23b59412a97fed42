"""What the grid can be narrowed to and sorted by, and how an address says it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, NamedTuple

from listwright.common.errors import Invalid
from listwright.common.money import parse_amount
from listwright.common.text import fold, parse_text

SORTS: dict[str, str] = {
    "sku": "sku_key",
    "name": "name_key",
    "site_price": "site_price",
    "back_market_price": "back_market_price",
    "available": "available",
}
"""Sort names and the grid's columns; a leading `-` sorts downwards. Null comes last either way."""

DRIFTS = ("sold_there", "changed_there", "ignored", "never_applied", "vanished")
STATES = ("never_enabled", "on", "taken_offline", "left_standing")
_MOST_WORDS = 8
_AFTER_EVERY_TEXT = "\U0010ffff"


class Condition(NamedTuple):
    """A condition in SQL with its values, and the grid's column it is about."""

    column: str
    sql: str
    values: tuple[Any, ...] = ()


_IN_JOB = """grid.product_id IN (
    SELECT product_id FROM jobs_jobrow WHERE job_id = %s AND state IN ('failed', 'skipped') AND (%s = '' OR code = %s))"""


@dataclass(frozen=True, slots=True)
class Filters:
    """All conditions hold at once; None (or "") leaves one out.

    `search` from three characters finds any part of SKU, name, EAN, merchant SKU and Back Market ID (each word
    somewhere, in an ID none of less than three), below that the beginning of the SKU. `error` is a code, or `any`;
    `price_min`, `price_max` are of the Back Market price, `stock_min`, `stock_max` of the available units (unknown
    stock is in no range). `condition` is the product's, letter case ignored; `category` a marketplace_category_id;
    `market` one the listing is online in.
    `job` is a Queued Job whose row of the product failed or was skipped, for the reason `cause` (a code) if given.
    """

    search: str = ""
    ready: bool | None = None
    missing: str = ""
    enabled: bool | None = None
    state: str = ""
    linked: bool | None = None
    drift: bool | None = None
    drift_kind: str = ""
    error: str = ""
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    stock_min: int | None = None
    stock_max: int | None = None
    stock_known: bool | None = None
    condition: str = ""
    category: int | None = None
    market: str = ""
    job: int | None = None
    cause: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing is narrowed."""
        return self == Filters()

    def conditions(self) -> list[Condition]:
        """The filters as conditions on catalog_gridrow AS grid, without the company and the words searched for."""
        made = [
            Condition(column, f"grid.{column} {compare} %s", (value,))
            for column, compare, value in (
                ("ready", "=", self.ready),
                ("enabled", "=", self.enabled),
                ("linked", "=", self.linked),
                ("drift", "=", True if self.drift_kind else self.drift),
                ("drift_kind", "=", self.drift_kind or None),
                ("state", "=", self.state or None),
                ("back_market_price", ">=", self.price_min),
                ("back_market_price", "<=", self.price_max),
                ("available", ">=", self.stock_min),
                ("available", "<=", self.stock_max),
                ("condition_key", "=", fold(self.condition) or None),
                ("category_id", "=", self.category),
                ("error", "=", self.error if self.error and self.error != "any" else None),
            )
            if value is not None
        ]
        if self.error == "any":
            made.append(Condition("error", "grid.error <> ''"))
        if self.stock_known is not None:
            made.append(Condition("available", f"grid.available IS {'NOT ' if self.stock_known else ''}NULL"))
        for column, value in (("missing", self.missing), ("markets_online", self.market)):
            if value:
                made.append(Condition(column, f"grid.{column} @> %s::varchar[]", ([value],)))
        if self.job is not None:
            made.append(Condition("product_id", _IN_JOB, (self.job, self.cause, self.cause)))
        if self.words == () and (text := fold(self.search.strip())):
            made.append(
                Condition("sku_key", "grid.sku_key >= %s AND grid.sku_key < %s", (text, text + _AFTER_EVERY_TEXT))
            )
        return made

    @property
    def words(self) -> tuple[str, ...]:
        """What a row's text must contain, folded; none for a search of up to two characters, which begins a SKU."""
        text = fold(self.search.strip())
        return tuple(text.split()[:_MOST_WORDS]) if len(text) >= 3 else ()


_FLAGS = frozenset({"ready", "enabled", "linked", "drift", "stock_known"})
_NUMBERS = frozenset({"stock_min", "stock_max", "category", "job"})
_AMOUNTS = frozenset({"price_min", "price_max"})


def parse_filters(values: Mapping[str, Any], currency: str) -> Filters:
    """Filters from an address's query or a JSON object: names are those of `Filters`, blank values are left out.

    Flags are true or false. Raises Invalid naming each name or value that is wrong: a misspelt filter must not
    select everything.
    """
    wrong: dict[str, str] = {}
    known: dict[str, Any] = {}
    names = {item.name for item in fields(Filters)}
    for name, value in values.items():
        if value is None or value == "":
            continue
        if name not in names:
            wrong[name] = f"There is no filter “{name}”. Choose among {', '.join(sorted(names))}."
            continue
        try:
            known[name] = _value(name, value, currency)
        except Invalid as error:
            wrong[name] = next(iter(error.fields.values()), error.message)
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise Invalid("invalid_filter", "The filter is not understood: " + " ".join(wrong.values()), wrong)
    return Filters(**known)


def _value(name: str, value: Any, currency: str) -> Any:
    text = str(value).strip()
    if name in _FLAGS:
        flags = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() not in flags:
            raise ValueError(f"“{text[:40]}” is neither true nor false.")
        return flags[text.lower()]
    if name in _NUMBERS:
        if not text.removeprefix("-").isdecimal() or not text.isascii() or not -(2**31) <= int(text[:12]) < 2**31:
            raise ValueError(f"“{text[:40]}” is not a whole number.")
        return int(text)
    if name in _AMOUNTS:
        return parse_amount(text, currency, field=name)
    if name == "drift_kind" and text not in DRIFTS:
        raise ValueError(f"“{text[:40]}” is no kind of drift: choose among {', '.join(DRIFTS)}.")
    if name == "state" and text not in STATES:
        raise ValueError(f"“{text[:40]}” is no state: choose among {', '.join(STATES)}.")
    return parse_text(text, field=name, limit=200)
