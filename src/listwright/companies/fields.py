"""What each account setting may hold: parsers from a front door's value to the stored one, without a database.

Each raises ValueError with the sentence that belongs next to the field.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from listwright.common.errors import Invalid
from listwright.common.text import parse_text
from listwright.companies.models import DriftLess, DriftMore, DriftPrices, Environment, StockFeed

REGIONS = {"eu": "Europe", "na": "North America", "ap": "Asia-Pacific"}
STOCK_FEEDS: dict[str, str] = dict(StockFeed.choices)
DRIFT_PRICES: dict[str, str] = dict(DriftPrices.choices)
DRIFT_MORE: dict[str, str] = dict(DriftMore.choices)
DRIFT_LESS: dict[str, str] = dict(DriftLess.choices)
# Names at the root of every address; a company of that name would be out of reach.
_PAGES = {"account", "accounts", "admin", "docs", "login", "logout", "settings", "sign-in", "sign-out", "static"}
_PROGRAMS = {"api", "favicon", "healthz", "metrics", "readyz"}
RESERVED_SLUGS = _PAGES | _PROGRAMS
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_LARGEST = 1_000_000


def slug(value: Any) -> str:
    """A company's place in every address: lower-case letters, digits and inner hyphens, at most 64."""
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise ValueError(
            f"'{value}' is not usable: take lower-case letters, digits and hyphens, such as 'acme-phones'."
        )
    if value in RESERVED_SLUGS:
        raise ValueError(f"'{value}' is used by Listwright itself. Choose another name.")
    return value


def currency(value: Any) -> str:
    """An ISO 4217 code."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{3}", value):
        raise ValueError(f"'{value}' is not a currency: give its three letters, such as EUR.")
    return value.upper()


def flag(value: Any) -> bool:
    """True or False, nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise ValueError(f"'{value}' is neither true nor false.")
    return value


def whole(least: int, most: int = _LARGEST, *, empty: bool = False) -> Callable[[Any], int | None]:
    """A whole number between two bounds; None too, where `empty` says so."""

    def parse(value: Any) -> int | None:
        if value is None and empty:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"'{value}' does not fit: give a whole number from {least} to {most}.")
        return value

    return parse


def text(most: int, *, required: bool = False) -> Callable[[Any], str]:
    """Text without control characters, trimmed; None empties."""

    def parse(value: Any) -> str:
        if value is not None and not isinstance(value, str):
            raise ValueError("Give text.")
        try:
            cleaned = parse_text(value or "", field="text", limit=most)
        except Invalid as error:
            raise ValueError(error.fields["text"]) from None
        if required and not cleaned:
            raise ValueError("This is needed.")
        return cleaned

    return parse


def choice(allowed: Mapping[str, str], *, empty: bool = False) -> Callable[[Any], str]:
    """One of some codes; None or "" too, where `empty` says so."""

    def parse(value: Any) -> str:
        if empty and value in (None, ""):
            return ""
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"'{value}' is unknown: choose one of {', '.join(allowed)}.")
        return value

    return parse


def header_text(most: int) -> Callable[[Any], str]:
    """Text that goes into an HTTP header as it is: printable ASCII without a semicolon."""
    plain = text(most, required=True)

    def parse(value: Any) -> str:
        cleaned = plain(value)
        if not re.fullmatch(r"[ -:<-~]+", cleaned):
            raise ValueError("Use letters A to Z, digits and simple signs, no semicolon: it goes into the user agent.")
        return cleaned

    return parse


def token(value: Any) -> str:
    """Back Market's token, sent as issued in a header: visible ASCII, no blank within."""
    cleaned = text(2000, required=True)(value)
    if not re.fullmatch(r"[!-~]+", cleaned):
        raise ValueError("The token holds characters a token never has. Copy it again from Back Market's back office.")
    return cleaned


def mail(value: Any) -> str:
    """A mail address for the user agent."""
    cleaned = header_text(200)(value)
    try:
        validate_email(cleaned)
    except ValidationError:
        raise ValueError(f"'{cleaned}' is not a mail address.") from None
    return cleaned


def sandbox_url(value: Any) -> str:
    """Scheme and host of a sandbox, without path, query or password; empty for none."""
    cleaned = text(200)(value).rstrip("/")
    if not cleaned:
        return ""
    try:
        parts = urlsplit(cleaned)
        plain = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        plain = False
    if not plain or parts.path or parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError(f"'{cleaned}' is not an address: give it as http://127.0.0.1:8100.")
    return cleaned


ACCOUNT: dict[str, Callable[[Any], Any]] = {
    "environment": choice(dict(Environment.choices)),
    "region": choice(REGIONS),
    "sandbox_url": sandbox_url,
    "token": token,
    "agent_company": header_text(100),
    "contact_mail": mail,
    "default_market": text(5, required=True),
    "inventory_upload": flag,
    "prices_upload": flag,
    "orders_download": flag,
    "stock_feed": choice(STOCK_FEEDS, empty=True),
    "default_max_quantity": whole(0, empty=True),
    "default_safety_quantity": whole(0),
    "default_warranty_months": whole(12, 120, empty=True),
    "default_comment": text(500),
    "hourly_lines": whole(1),
    "send_min_price": flag,
    "breaker_zeros_share": whole(0, 100, empty=True),
    "breaker_zeros_least": whole(1),
    "breaker_price_fall": whole(0, 100, empty=True),
    "breaker_refused_share": whole(0, 100, empty=True),
    "breaker_refused_least": whole(1),
    "breaker_minutes": whole(1, 1440),
    "drift_prices": choice(DRIFT_PRICES),
    "drift_more": choice(DRIFT_MORE),
    "drift_less": choice(DRIFT_LESS),
    "drift_grace_minutes": whole(10, 1440),
}

# Those that may alter what is desired of many listings: the planner goes through all of them again.
ALTER_DESIRED = frozenset(
    {
        "default_market",
        "inventory_upload",
        "prices_upload",
        "stock_feed",
        "default_max_quantity",
        "default_safety_quantity",
        "default_warranty_months",
        "default_comment",
        "breaker_zeros_share",
        "breaker_price_fall",
        "markets",
    }
)


def parse_all(
    values: Mapping[str, Any], parsers: Mapping[str, Callable[[Any], Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The parsed values, and {field: sentence} for those that are wrong or unknown."""
    parsed: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        parser = parsers.get(name)
        if parser is None:
            wrong[name] = f"There is no setting '{name}'."
            continue
        try:
            parsed[name] = parser(value)
        except ValueError as error:
            wrong[name] = str(error)
    return parsed, wrong
