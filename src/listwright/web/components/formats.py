"""How amounts, numbers and times are written for people. Pure, so that every page writes them alike."""

from __future__ import annotations

import re
from copy import copy
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, format_currency, get_decimal_symbol

from listwright.common.money import decimals, quantised

NOTHING = "—"
# What Unicode's locale data says besides, and Babel leaves out: languages that write four digits without a separator, and
# a code of letters that does not touch its figures.
_FOUR_TOGETHER = ("es", "it", "pt")
_TOUCHING = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")


@lru_cache(16_384)
def money(amount: Decimal | None, currency: str, market: str = "") -> str:
    """An amount as people in a market (`de-de`) write it: `1.399,00 €`, `£349.00`. Never breaks; a dash for none.

    Without a market it is written in the language of the pages.
    """
    if amount is None:
        return NOTHING
    locale = _locale(market)
    pattern = _pattern(locale, decimals(currency))
    exact = quantised(amount, currency)
    grouped = abs(exact) >= 10_000 or locale.language not in _FOUR_TOGETHER
    written = format_currency(
        exact, currency, format=pattern, locale=locale, currency_digits=False, group_separator=grouped
    )
    return _TOUCHING.sub("\u00a0", written).replace("-", "−")


def amount(value: Decimal | None, currency: str, market: str = "") -> str:
    """An amount as an input holds it, with the market's decimal sign alone: `1399,00`; "" for none."""
    if value is None:
        return ""
    return format(quantised(value, currency), "f").replace(".", decimal_sign(market))


def decimal_sign(market: str) -> str:
    """What people in a market write between units and decimals."""
    return str(get_decimal_symbol(_locale(market)))


@cache
def _locale(market: str) -> Locale:
    try:
        return Locale.parse(market or "en", sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")


@cache
def _pattern(locale: Locale, places: int) -> NumberPattern:
    """The locale's own for amounts, with as many decimals as the currency is kept with."""
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (places, places)
    return pattern


def number(value: int | None) -> str:
    """`1,342`; a dash for none."""
    return NOTHING if value is None else f"{value:,}".replace("-", "−")


def percent(part: int, whole: int) -> str:
    """`99.7 %`; never rounded up to a hundred while something is left."""
    if not whole:
        return NOTHING
    tenths = part * 1000 // whole
    return "100 %" if tenths == 1000 else f"{tenths / 10:.1f} %"


def duration(seconds: float) -> str:
    """A stretch of time in its two largest units at most: `40 s`, `14 min`, `2 h 5 min`, `3 d 4 h`."""
    if seconds == float("inf"):
        return "never"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = (whole + 30) // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def takes(seconds: float) -> str:
    """How long sending takes: `under a minute`, `about 2 h 5 min`."""
    if seconds == float("inf"):
        return "for ever: the account may send no lines an hour"
    return "under a minute" if seconds < 60 else f"about {duration(seconds)}"


def all_there(lines: int, seconds: float, *, paused: bool) -> str:
    """When the last of so many lines will be there."""
    if not lines:
        return "nothing waits to be sent"
    if paused:
        return "until sending, which is paused, goes on"
    return "none is sent: 0 lines an hour are allowed" if seconds == float("inf") else f"all there in {takes(seconds)}"


def arrival(seconds: float) -> str:
    """When something that waits will have arrived, in a sentence."""
    if seconds == float("inf"):
        return "It will not be sent: the account may send no lines an hour."
    if seconds < 60:
        return "Will arrive in under a minute."
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"Will arrive in about {minutes} minute{'' if minutes == 1 else 's'}."
    return f"Will arrive in about {duration(seconds)}."


def relative(moment: datetime, now: datetime) -> str:
    """`just now`, `40 s ago`, `in 3 min`, `2 d ago`."""
    seconds = (now - moment) / timedelta(seconds=1)
    if abs(seconds) < 5:
        return "just now"
    size = abs(seconds)
    for limit, unit, word in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"), (float("inf"), 86_400, "d")):
        if size < limit:
            text = f"{int(size // unit)} {word}"
            return f"{text} ago" if seconds > 0 else f"in {text}"
    raise AssertionError("the last limit is infinite")


def absolute(moment: datetime, zone: ZoneInfo) -> str:
    """`23 Nov 2026, 16:11:39 CET` in a person's zone."""
    there = moment.astimezone(zone)
    return f"{there.day} {there:%b %Y, %H:%M:%S %Z}"
