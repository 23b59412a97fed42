"""Amounts, numbers and times as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.channels.backmarket.markets import MARKETS
from listwright.channels.protocol import Market
from listwright.web.components import amounts, formats

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "market", "told"),
    [("1399", "EUR", "de-de", "1.399,00 €"), ("1399", "EUR", "fr-fr", "1\u202f399,00 €"), ("349", "GBP", "en-gb", "£349.00"),
     ("3490.5", "SEK", "sv-se", "3 490,50 kr"), ("39800", "JPY", "ja-jp", "￥39,800"), ("1399", "EUR", "en-ie", "€1,399.00"),
     ("1399", "EUR", "nl-nl", "€ 1.399,00"), ("1399", "EUR", "es-es", "1399,00 €"), ("12399", "EUR", "it-it", "12.399,00 €"),
     ("1399", "EUR", "", "€1,399.00"), ("1399", "EUR", "xx-yy", "€1,399.00"), ("12", "CHF", "", "CHF 12.00"),
     ("-5", "EUR", "de-de", "−5,00 €"), ("-5", "GBP", "en-gb", "−£5.00"), ("12.5", "KWD", "", "KWD 12.50"),
     ("12.5", "ALL", "de-de", "12,50 ALL")],
)  # fmt: skip
def test_an_amount_is_written_as_in_its_market(amount: str, currency: str, market: str, told: str) -> None:
    assert formats.money(Decimal(amount), currency, market).replace("\xa0", " ") == told


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.code)
def test_an_amount_keeps_its_figures_in_every_market_and_never_breaks(market: Market) -> None:
    written = formats.money(Decimal("-1234567.89"), market.currency, market.code)
    assert "".join(filter(str.isdigit, written)) == ("1234568" if market.currency == "JPY" else "123456789")
    assert not set(written) & set(" \u2009-") and "−" in written


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.code)
def test_what_an_input_holds_is_read_as_the_amount_it_stands_for(market: Market) -> None:
    amount = Decimal("1399") if market.currency == "JPY" else Decimal("1399.90")
    held = formats.amount(amount, market.currency, market.code)
    written = formats.money(amount, market.currency, market.code)
    assert Decimal(amounts.typed(held, market.currency)) == amount
    assert held[4:5] in written, "the same decimal sign"
    assert Decimal(amounts.typed(written.strip("￥£€$kr\xa0"), market.currency)) == amount, "typed as it is written"


@pytest.mark.parametrize(
    ("text", "currency", "meant"),
    [("399,90", "EUR", "399.90"), ("399.90", "EUR", "399.90"), ("1.399,00", "EUR", "1399.00"), ("1,399.00", "EUR", "1399.00"),
     ("1 399,9", "EUR", "1399.9"), ("1399", "EUR", "1399"), ("1.399", "EUR", "1.399"), ("1,399", "EUR", "1,399"),
     ("39,800", "JPY", "39800"), ("about 5", "EUR", "about 5"), ("", "EUR", ""), ("-5,00", "EUR", "-5.00")],
)  # fmt: skip
def test_an_amount_is_understood_as_typed_unless_it_can_be_read_in_two_ways(
    text: str, currency: str, meant: str
) -> None:
    assert amounts.typed(text, currency) == meant


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [("site_price", "1399.00", "1.399,00 €"), ("markets.en-gb.price", "349.00", "£349.00"), ("price", None, None),
     ("safety_quantity", "3", None), ("attributes.price", "3", None), ("markets.en-gb.comment", "3", None),
     ("markets.xx-yy.price", "3", None), ("price", "none", None)],
)  # fmt: skip
def test_a_field_of_history_is_an_amount_of_its_market_or_none(path: str, value: Any, told: str | None) -> None:
    written = amounts.of_field(path, value, amounts.Home("EUR", "de-de"))
    assert (written and written.replace("\xa0", " ")) == told


@pytest.mark.parametrize(
    ("sentence", "entered", "told"),
    [("“abc” is not an amount. Write it like 199.90.", "abc", "“abc” is not an amount. Write it like 199,90."),
     ("“1.099” has too many decimals.", "1.099", "“1.099” has too many decimals."),
     ("“1.999” has too many decimals.", "1,999 ", "“1,999” has too many decimals."),
     ("“1.9999” has too many decimals.", "", "“1,9999” has too many decimals."),
     ("“-5.00” is below zero.", "-5,00", "“-5,00” is below zero."),
     ("The price 120.00 is below Min Price (Decimal), 150.5. Raise it.", "120",
      "The price 120,00 is below Min Price (Decimal), 150,50. Raise it."),
     ("Set to “199.90” meanwhile; you entered “120.00”.", "120", "Set to “199,90” meanwhile; you entered “120,00”."),
     ("The price 1500.00 EUR is above 900.00 EUR.", "", "The price 1.500,00 € is above 900,00 €."),
     ("Back Market refused IP-12.50, 1.2.3 and v1.50x.", "", "Back Market refused IP-12.50, 1.2.3 and v1.50x."),
     ("No more than 30 units, 1,099 lines.", "", "No more than 30 units, 1,099 lines.")],
)  # fmt: skip
def test_the_amounts_of_a_sentence_are_written_as_in_its_market(sentence: str, entered: str, told: str) -> None:
    written = amounts.told(sentence, amounts.Home("EUR", "de-de"), entered)
    assert written.replace("\xa0", " ") == told


def test_the_amounts_of_a_sentence_have_the_decimals_of_their_currency() -> None:
    assert amounts.told("Write it like 199.90.", amounts.Home("JPY", "ja-jp")) == "Write it like 200."
    assert amounts.told("Write it like 199.90.", amounts.Home("EUR", "")) == "Write it like 199.90."


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("site_price", "9,90"),
        ("markets.en-gb.price", "9.90"),
        ("price_min", "9,90"),
        ("weight_lbs", "9.90"),
        ("", "9.90"),
    ],
)
def test_a_sentence_about_a_field_is_written_as_in_the_fields_market(path: str, told: str) -> None:
    here = amounts.Home("EUR", "de-de")
    assert amounts.told_of(path, "Not 9.90.", here) == f"Not {told}."


def test_what_is_not_there_is_a_dash() -> None:
    assert formats.money(None, "EUR") == formats.number(None) == formats.percent(0, 0) == "—"


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_share_is_only_a_hundred_when_nothing_is_left(whole: int, part: int) -> None:
    part = min(part, whole)
    assert (formats.percent(part, whole) == "100 %") == (part == whole)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (14 * 60, "14 min"), (3600, "1 h"), (7500, "2 h 5 min"),
     (86400 * 3 + 4 * 3600, "3 d 4 h"),
     (float("inf"), "never")],
)  # fmt: skip
def test_a_stretch_of_time_has_two_units_at_most(seconds: float, told: str) -> None:
    assert formats.duration(seconds) == told


@pytest.mark.parametrize(
    ("ago", "told"), [(0, "just now"), (40, "40 s ago"), (150, "2 min ago"), (7300, "2 h ago"), (-200, "in 3 min")]
)
def test_a_moment_is_told_from_now(ago: int, told: str) -> None:
    assert formats.relative(NOW - timedelta(seconds=ago), NOW) == told


def test_the_exact_time_is_in_the_readers_zone() -> None:
    assert formats.absolute(NOW, ZoneInfo("Asia/Tokyo")) == "24 Nov 2026, 01:00:00 JST"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "in under a minute"), (59, "in under a minute"), (70, "in about 1 minute."), (720, "in about 12 minutes."),
     (7_500, "in about 2 h 5 min."), (float("inf"), "not be sent")],
)  # fmt: skip
def test_an_arrival_is_told_in_a_sentence(seconds: float, told: str) -> None:
    assert told in formats.arrival(seconds)
