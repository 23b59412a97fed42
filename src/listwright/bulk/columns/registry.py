"""The only place that knows headers: which column a header means, and which there are."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from listwright.bulk.columns.column import Column, Standing
from listwright.bulk.columns.kinds import TEXT
from listwright.bulk.columns.listing import LISTING, PER_MARKET, attribute, of_market
from listwright.bulk.columns.product import PRODUCT, SKU, stock
from listwright.common.errors import Invalid
from listwright.common.text import clipped, fold, visible

_SHOWN = 10


def _nothing(standing: Standing) -> None:
    return None


STATUS: tuple[Column, ...] = (
    Column("ListwrightStatus", "status", ("status",), TEXT, "What became of the row; not read", "changed", _nothing),
    Column("ListwrightMessage", "status", ("message",), TEXT, "Why; not read", "", _nothing),
)
"""The columns a result file has besides; left alone when it is uploaded again."""

FIXED: tuple[Column, ...] = (SKU, *PRODUCT, *LISTING, *STATUS)


@dataclass(frozen=True, slots=True)
class Known:
    """What the company has that headers can name: warehouses, its account's markets, its categories' attributes."""

    warehouses: Sequence[str] = ("main",)
    markets: Sequence[str] = ()
    attributes: Sequence[str] = ()


class Resolved(NamedTuple):
    """A column for each header; None where a header is blank or was to be ignored. `ignored` are the latter."""

    columns: tuple[Column | None, ...]
    ignored: tuple[str, ...]

    def has(self, subject: str) -> bool:
        return any(column is not None and column.subject == subject for column in self.columns)


def key(header: str) -> str:
    """The form in which headers are compared: no letter case, spaces or underscores."""
    return "".join(fold(header).replace("_", "").split())


@dataclass(frozen=True, slots=True)
class _Family:
    """Headers that name something behind a colon. `open` ones take any name while none is known."""

    headers: tuple[str, ...]
    names: Callable[[Known], Sequence[str]]
    make: Callable[[str], Column]
    noun: str
    open: bool = False


def _families() -> dict[str, _Family]:
    families = [
        _Family(("Qty", "PhysicalQty", "Stock"), lambda known: known.warehouses, stock, "warehouse"),
        _Family(("Attribute",), lambda known: known.attributes, attribute, "attribute", open=True),
    ]
    for column in PER_MARKET.values():
        headers = (column.header, *column.aliases)
        families.append(_Family(headers, lambda known: known.markets, _maker(column), "market"))
    return {key(header): family for family in families for header in family.headers}


def _maker(column: Column) -> Callable[[str], Column]:
    return lambda market: of_market(column, market)


_FAMILIES: Mapping[str, _Family] = _families()
_BY_KEY: Mapping[str, Column] = {
    key(header): column for column in FIXED for header in (column.header, *column.aliases)
} | {key(header): stock("main") for header in ("Qty", "PhysicalQty", "Stock")}


def is_header(text: str) -> bool:
    """Whether this is a header of some file, whatever company's."""
    return key(text) in _BY_KEY or key(text.partition(":")[0]) in _FAMILIES


def is_status(header: str) -> bool:
    """Whether this is a column that a result file has besides."""
    column = _BY_KEY.get(key(header))
    return column is not None and column.subject == "status"


def resolve(headers: Sequence[str], known: Known, *, ignore_unknown: bool = False) -> Resolved:
    """The column each header means.

    Raises Invalid naming every header that is unknown (with the nearest known one) or there twice, and a file
    without a SKU column.
    """
    wrong: dict[str, str] = {}
    columns: list[Column | None] = []
    ignored: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    for header in headers:
        name = header.strip()
        if not name:
            columns.append(None)
            continue
        try:
            column = find(name, known)
        except Invalid as error:
            columns.append(None)
            if ignore_unknown:
                ignored.append(name)
            else:
                wrong |= error.fields
            continue
        if column.identity in seen and column.subject != "status":
            wrong[name] = f"“{seen[column.identity]}” and “{_shown(name)}” mean the same: keep one of the two columns."
        seen[column.identity] = _shown(name)
        columns.append(column)
    if SKU.identity not in seen:
        wrong["SKU"] = "There is no column SKU: each row needs one."
    if wrong:
        sentences = list(wrong.values())
        more = f" And {len(sentences) - _SHOWN} more." if len(sentences) > _SHOWN else ""
        raise Invalid("headers_unknown", " ".join(sentences[:_SHOWN]) + more, wrong)
    return Resolved(tuple(columns), tuple(ignored))


def find(header: str, known: Known) -> Column:
    """The column one header means. Raises Invalid naming the nearest known header."""
    if column := _BY_KEY.get(key(header)):
        return column
    before, colon, behind = header.partition(":")
    family = _FAMILIES.get(key(before)) if colon else None
    if family is None:
        raise _unknown(header, difflib.get_close_matches(key(header), _candidates(known), n=1, cutoff=0.6), known)
    names = {fold(name): name for name in family.names(known)}
    wanted = fold(behind.strip())
    if wanted in names:
        return family.make(names[wanted])
    if family.open and not names and wanted:
        return family.make(behind.strip())
    listed = ", ".join(list(names.values())[:_SHOWN]) or "none"
    nearest = difflib.get_close_matches(wanted, names, n=1)
    remedy = f"Did you mean {before.strip()}:{names[nearest[0]]}?" if nearest else f"There is: {listed}."
    sentence = f"“{_shown(header)}” names no {family.noun} of this company. {remedy}"
    raise Invalid("header_unknown", sentence, {header: sentence})


def every(known: Known) -> tuple[Column, ...]:
    """All columns this company's files can have: in the order of an export, without those of result files."""
    return (
        SKU, *PRODUCT, *(stock(warehouse) for warehouse in known.warehouses), *LISTING,
        *(of_market(column, market) for market in known.markets for column in PER_MARKET.values()),
        *(attribute(name) for name in known.attributes),
    )  # fmt: skip


def usual(known: Known, *, connected: bool) -> tuple[Column, ...]:
    """The columns of an export that names none: all but what markets have of their own besides the price, and
    attributes; without those of Back Market while the company is not connected."""
    product = (SKU, *PRODUCT, *(stock(warehouse) for warehouse in known.warehouses))
    if not connected:
        return product
    return (*product, *LISTING, *(of_market(PER_MARKET["price"], market) for market in known.markets))


def _candidates(known: Known) -> dict[str, str]:
    return {key(column.header): column.header for column in every(known)} | {
        key(alias): alias for column in FIXED for alias in column.aliases
    }


def _unknown(header: str, nearest: Iterable[str], known: Known) -> Invalid:
    names = _candidates(known)
    found = next(iter(nearest), None)
    remedy = f"Did you mean {names[found]}?" if found else "Remove the column, or ignore unknown columns."
    sentence = f"There is no column “{_shown(header)}”. {remedy}"
    return Invalid("header_unknown", sentence, {header: sentence})


def _shown(header: str) -> str:
    return clipped(visible(header), 60)
