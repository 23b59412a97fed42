"""Folding, addressing and limiting texts; cursors."""

import base64
import json
from urllib.parse import unquote

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.common.errors import Invalid
from listwright.common.paging import decode_cursor, encode_cursor
from listwright.common.text import (
    clipped,
    escape_sku,
    fold,
    parse_sku,
    parse_text,
    sku_in_address,
    unescape_sku,
    visible,
)

WRITABLE = st.text(st.characters(blacklist_categories=["Cs"]))


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text())
def test_a_text_is_folded_character_by_character(one: str, other: str) -> None:
    assert fold(one + other) == fold(one) + fold(other)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("IPH-13-Bk", "iph-13-bk"), ("ÉCRAN", "écran"), ("STRAßE", "straße"), ("İZMİR", "izmir"), ("ΣΑΣ", "σασ")],
)
def test_letter_case_is_ignored_and_nothing_else(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(" a ") == " a "


def test_postgresql_folds_latin_greek_and_cyrillic_the_same_way(postgres_url: str) -> None:
    characters = "".join(chr(code) for code in range(0x20, 0x530))
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("select lower(%s)", [characters]).fetchone()
    assert row == (fold(characters),)


@given(st.text())
def test_a_sku_comes_back_from_its_path_segment(sku: str) -> None:
    segment = escape_sku(sku)
    assert "/" not in segment
    assert unescape_sku(segment) == sku


@given(WRITABLE)
def test_a_sku_comes_back_from_its_address(sku: str) -> None:
    address = sku_in_address(sku)
    assert address.isascii() and not set(address) & set("/?#% ") - {"%"}
    assert unescape_sku(unquote(address)) == sku


def test_the_escapes_are_those_of_the_contract() -> None:
    assert escape_sku("A/B~C") == "A~1B~0C"
    assert escape_sku("~1") == "~01"
    assert sku_in_address("A/B é") == "A~1B%20%C3%A9"


@pytest.mark.parametrize("segment", ["A~2", "A~", "A/B"])
def test_an_address_that_no_sku_has_is_refused(segment: str) -> None:
    with pytest.raises(Invalid, match="written ~0") as refusal:
        unescape_sku(segment)
    assert refusal.value.code == "sku_address"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  ", "sku_blank"),
        ("x" * 201, "sku_too_long"),
        ("A\x00B", "sku_control"),
        ("A\nB", "sku_control"),
        ("A\ud800", "sku_control"),
        ("..", "sku_dots"),
    ],
)
def test_a_sku_that_cannot_be_kept_or_addressed_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_sku(text, field="merchant_sku")
    assert refusal.value.code == code
    assert refusal.value.fields.keys() == {"merchant_sku"}
    refusal.value.message.encode()


def test_a_sku_is_trimmed_and_otherwise_kept() -> None:
    assert parse_sku(" A/b~ç.. ") == "A/b~ç.."
    assert parse_sku("x" * 200) == "x" * 200


def test_a_text_is_trimmed_limited_and_free_of_control_characters() -> None:
    assert parse_text("  Écran 6,1 ″ ", field="title", limit=200) == "Écran 6,1 ″"
    assert parse_text("one\r\n\ttwo\rthree\n", field="description", limit=200, lines=True) == "one\n\ttwo\nthree"
    with pytest.raises(Invalid, match=r"title: .*control character"):
        parse_text("one\ntwo", field="title", limit=200)
    with pytest.raises(Invalid, match="control character"):
        parse_text("one\x07two", field="description", limit=200, lines=True)
    with pytest.raises(Invalid, match="At most 3 characters; this has 4"):
        parse_text("four", field="title", limit=3)


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_a_clipped_text_is_never_too_long(text: str, limit: int) -> None:
    shown = clipped(text, limit)
    assert len(shown) <= limit
    assert shown == text if len(text) <= limit else shown.endswith("…")


@given(st.text())
def test_a_visible_text_can_be_logged_and_stored(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert "\x00" not in shown and "\n" not in shown


KEYS = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | WRITABLE.filter(lambda text: "\x00" not in text))


@given(KEYS)
def test_a_cursor_gives_the_sort_key_back(key: list[str | int | None]) -> None:
    cursor = encode_cursor(key)
    if len(cursor) <= 4096:
        assert decode_cursor(cursor, [int if isinstance(value, int) else str for value in key]) == tuple(key)


def _cursor_of(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "%%%",
        "é",
        "a",
        "x" * 5000,
        _cursor_of({"a": 1}),
        _cursor_of(["a"]),
        _cursor_of(["a", "b"]),
        _cursor_of(["a", True]),
        _cursor_of(["a", 1.5]),
        _cursor_of(["a", 2**63]),
        _cursor_of(["a\x00", 1]),
        _cursor_of(["\ud800", 1]),
        _cursor_of(["a", 1, 2]),
        base64.urlsafe_b64encode(b"[" * 3000).rstrip(b"=").decode(),
    ],
)
def test_a_malformed_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as refusal:
        decode_cursor(cursor, [str, int])
    assert refusal.value.code == "cursor_malformed"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_cursor(cursor: str) -> None:
    try:
        decode_cursor(cursor, [str])
    except Invalid as refusal:
        assert refusal.code == "cursor_malformed"
