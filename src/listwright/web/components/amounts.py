"""Whose format an amount is written in, and what an amount typed by a person in that format means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, NamedTuple

from listwright.bulk.columns.numbers import parse_number
from listwright.channels.registry import channel
from listwright.common.errors import DomainError
from listwright.common.money import decimals
from listwright.companies import queries
from listwright.companies.access import Company
from listwright.web.components import formats
from listwright.web.sheet.labels import label

FIELDS = frozenset({"site_price", "list_price", "price", "min_price", "ceiling"})
"""The fields that hold amounts."""
_FILTERS = ("price_min", "price_max")
# An amount as the sentences of rules write it, with its currency where that stands behind it; no part of a SKU or version.
_PLAIN = re.compile(r"(?<![\w.,-])(-?[0-9]+\.([0-9]+))(?:\u0020([A-Z]{3})\b)?(?!\w|\.[0-9])")


class Home(NamedTuple):
    """The company's currency, and the market in whose format its own amounts are written ("" for none)."""

    currency: str
    market: str


def home(company: Company) -> Home:
    """Of a company; asked once, however many amounts a page has."""
    kept = company.__dict__.get("_home")
    if kept is None:
        kept = company.__dict__["_home"] = Home(company.currency, queries.main_market(company))
    return kept


def in_market(code: str) -> Home | None:
    """Of a market; None for one that is unknown."""
    try:
        return Home(channel("backmarket").market(code).currency, code)
    except KeyError:
        return None


def of_field(path: str, value: Any, here: Home) -> str | None:
    """A field's value from history (`markets.fr-fr.price`, "199.90") as people write it; None when it is no amount."""
    there = home_of(path, here)
    try:
        return None if there is None else formats.money(Decimal(value), *there)
    except (InvalidOperation, TypeError, ValueError):
        return None


def home_of(path: str, here: Home) -> Home | None:
    """Where a field (`markets.fr-fr.price`) has its amount written; None for one that holds no amount."""
    first, _, rest = path.partition(".")
    if first == "markets":
        code, _, first = rest.partition(".")
        return in_market(code) if first in FIELDS else None
    return here if not rest and (first in FIELDS or first in _FILTERS) else None


def told_of(path: str, sentence: str, here: Home, entered: str = "") -> str:
    """A sentence about a field as people in the field's market write it; unchanged about one that holds no amount."""
    there = home_of(path, here)
    return sentence if there is None else told(sentence, there, entered)


def told_whole(error: DomainError, here: Home, entered: Mapping[str, str] = MappingProxyType({})) -> str:
    """A refusal as a whole, with each field called as on screen and each sentence as the field's market has it; `entered` by
    the fields' names."""
    message = error.message
    for path, sentence in error.fields.items():
        there = told_of(path, sentence, here, entered.get(path, ""))
        message = message.replace(f"{path}: {sentence}", f"{label(path)}: {there}").replace(sentence, there)
    return message


def told(sentence: str, here: Home, entered: str = "") -> str:
    """A sentence of a rule ("The price 120.00 is below 150.00 EUR.") with its amounts as people write them there.

    Rules write decimal strings, as REST takes them. `entered` is what somebody typed: where the sentence quotes that, it
    is quoted as typed.
    """
    entered = entered.strip()
    meant = typed(entered, here.currency)

    def written(match: re.Match[str]) -> str:
        number, fraction, currency = match.groups()
        if number == meant and not currency:
            return entered
        if len(fraction) > 2:  # more decimals than any amount has: refused for that, so all of them are told
            return str(match[0].replace(".", formats.decimal_sign(here.market)))
        if currency:
            return formats.money(Decimal(number), currency, here.market)
        return formats.amount(Decimal(number), *here)

    return _PLAIN.sub(written, sentence)


def typed_filters(filters: Mapping[str, str], currency: str) -> dict[str, str]:
    """The grid's filters with the amounts among them as plain text."""
    return {name: typed(value, currency) if name in _FILTERS else value for name, value in filters.items()}


def typed(text: str, currency: str) -> str:
    """An amount as somebody typed it (`1.399,00`) as plain text (`1399.00`); unchanged where it can be read in two ways,
    or in none: what takes it says so."""
    try:
        # Without decimals, a sign can only stand between thousands.
        return parse_number(text, None if decimals(currency) else "point")
    except ValueError:
        return text
