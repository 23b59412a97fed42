"""What each answer means, as a table: status, kind of body, and the class for a read and for a write."""

import json
from typing import Any

import httpcore2
import httpx2
import pytest

from listwright.channels.backmarket.errors import Asked, classify
from listwright.channels.http import NO_JSON, Answer, NoAnswer, no_answer, read_json
from listwright.common.errors import (
    AccessDenied,
    ChannelError,
    OutcomeUnknown,
    ProtocolBroken,
    RateLimited,
    Rejected,
    Unavailable,
)

RAY = "931354450813d142-CDG"
V1 = {"error": {"code": "E009", "message": "No.", "target": "price"}, "requestId": "req-1"}
OF_LINES = {"error": {"code": "throttled", "message": "No more than 2,000 lines of SKUs per hour."}}
V2 = {"errors": [{"code": "a", "message": "One."}, {"code": "b", "message": "Two.", "target": "comment"}]}
V3 = {
    "error": {"code": "c", "message": "Three."},
    "status": 400,
    "title": "Title",
    "type": "/errors/x",
    "requestId": "r",
}
BARE = "parameter catalog not found"
BOT = {"errors": [{"code": "bot-need-challenge", "message": "Forbidden", "challengePath": "/x"}]}
HTML = object()
NOTHING = object()


def make(status: int, body: Any, headers: dict[str, str] | None = None, flaw: Any = "") -> Answer:
    if body is HTML:
        return Answer(status, {"content-type": "text/html", "cf-ray": RAY, **(headers or {})}, b"<html>", flaw)
    if body is NOTHING:
        return Answer(status, headers or {}, b"", flaw)
    kind = "application/problem+json; charset=utf-8" if body is V3 else "application/json"
    return Answer(status, {"content-type": kind, "cf-ray": RAY, **(headers or {})}, json.dumps(body).encode(), flaw)


def verdict(outcome: Answer | NoAnswer, **asked: Any) -> ChannelError | None:
    content = read_json(outcome) if isinstance(outcome, Answer) else NO_JSON
    return classify(outcome, content, Asked(**{"write": False, **asked}), str)


TABLE = [
    # status, body, code and class for a read, code and class for a write
    (200, {"a": 1}, None, None),
    (201, [], None, None),
    (200, HTML, (ProtocolBroken, "answer_unreadable"), (OutcomeUnknown, "answer_unreadable")),
    (204, NOTHING, (ProtocolBroken, "answer_unreadable"), (OutcomeUnknown, "answer_unreadable")),
    (301, HTML, (ProtocolBroken, "redirected"), (OutcomeUnknown, "redirected")),
    (304, NOTHING, (ProtocolBroken, "redirected"), (OutcomeUnknown, "redirected")),
    (400, V1, (Rejected, "rejected"), (Rejected, "rejected")),
    (400, V2, (Rejected, "rejected"), (Rejected, "rejected")),
    (400, V3, (Rejected, "rejected"), (Rejected, "rejected")),
    (400, BARE, (Rejected, "rejected"), (Rejected, "rejected")),
    (400, HTML, (ProtocolBroken, "refused_without_words"), (ProtocolBroken, "refused_without_words")),
    (401, V1, (AccessDenied, "token_refused"), (AccessDenied, "token_refused")),
    (401, V2, (AccessDenied, "token_refused"), (AccessDenied, "token_refused")),
    (401, HTML, (AccessDenied, "token_refused"), (AccessDenied, "token_refused")),
    (403, V1, (AccessDenied, "forbidden"), (AccessDenied, "write_forbidden")),
    (403, V3, (AccessDenied, "forbidden"), (AccessDenied, "write_forbidden")),
    (403, BOT, (Unavailable, "bot_wall"), (Unavailable, "bot_wall")),
    (403, HTML, (Unavailable, "bot_wall"), (Unavailable, "bot_wall")),
    (404, V1, (Rejected, "not_found"), (Rejected, "not_found")),
    (404, HTML, (ProtocolBroken, "refused_without_words"), (ProtocolBroken, "refused_without_words")),
    (408, HTML, (Unavailable, "not_read"), (Unavailable, "not_read")),
    (409, V1, (Rejected, "rejected"), (Rejected, "rejected")),
    (413, HTML, (ProtocolBroken, "refused_without_words"), (ProtocolBroken, "refused_without_words")),
    (422, V3, (Rejected, "rejected"), (Rejected, "rejected")),
    (429, HTML, (RateLimited, "request_limit"), (RateLimited, "request_limit")),
    (429, V1, (RateLimited, "request_limit"), (RateLimited, "rate_limit")),
    (429, OF_LINES, (RateLimited, "request_limit"), (RateLimited, "line_limit")),
    (500, V1, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
    (500, HTML, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
    (502, HTML, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
    (503, HTML, (RateLimited, "throttled"), (RateLimited, "throttled")),
    (503, V1, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
    (503, NOTHING, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
    (504, HTML, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
    (520, HTML, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
    (521, HTML, (Unavailable, "edge_cannot_connect"), (Unavailable, "edge_cannot_connect")),
    (522, HTML, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
    (524, HTML, (Unavailable, "server_error"), (OutcomeUnknown, "server_error")),
]


@pytest.mark.parametrize("write", [False, True], ids=["read", "write"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}")
def test_an_answer_means(row: tuple[int, Any, Any, Any], write: bool) -> None:
    status, body, for_read, for_write = row
    error = verdict(make(status, body), write=write)
    expected = for_write if write else for_read
    assert (None if error is None else (type(error), error.code)) == expected
    if error is not None:
        assert error.status == status
        assert error.message
        assert error.request_id == {id(V1): "req-1", id(V3): "r", id(NOTHING): ""}.get(id(body), RAY)


@pytest.mark.parametrize(
    ("flaw", "for_read", "for_write"),
    [
        ("timeout", Unavailable, OutcomeUnknown),
        ("reset", Unavailable, OutcomeUnknown),
        ("too_large", ProtocolBroken, OutcomeUnknown),
        ("encoding", ProtocolBroken, OutcomeUnknown),
    ],
)
def test_a_success_that_did_not_come_whole_proves_nothing(flaw: str, for_read: type, for_write: type) -> None:
    answer = make(200, {"id": "x"}, flaw=flaw)
    assert type(verdict(answer)) is for_read
    assert type(verdict(answer, write=True)) is for_write


@pytest.mark.parametrize("library", [httpx2, httpcore2])
@pytest.mark.parametrize("name", ["ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"])
def test_what_fails_before_sending_is_unavailable_for_certain(library: Any, name: str) -> None:
    assert type(verdict(no_answer(getattr(library, name)("gone")), write=True)) is Unavailable


@pytest.mark.parametrize("library", [httpx2, httpcore2])
@pytest.mark.parametrize("name", ["ReadTimeout", "WriteTimeout", "ReadError", "WriteError", "RemoteProtocolError"])
def test_what_fails_after_sending_leaves_a_write_unknown(library: Any, name: str) -> None:
    lost = no_answer(getattr(library, name)("gone"))
    assert type(verdict(lost, write=True)) is OutcomeUnknown
    assert type(verdict(lost)) is Unavailable


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, 10.0),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "soon"}, 10.0),
        ({"retry-after": "-4"}, 10.0),
        ({"retry-after": "9" * 400}, 86_400.0),
        ({"retry-after": "²"}, 10.0),
        ({"retry-after": "Mon, 02 Mar 2026 10:00:30 GMT", "date": "Mon, 02 Mar 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Mon, 02 Mar 2026 09:00:00 GMT", "date": "Mon, 02 Mar 2026 10:00:00 GMT"}, 0.0),
        ({"retry-after": "Mon, 02 Mar 2026 10:00:30 GMT"}, 10.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_is_the_named_one_else_the_published_block(headers: dict[str, str], wait: float, status: int) -> None:
    error = verdict(make(status, HTML, headers))
    assert isinstance(error, RateLimited)
    assert error.wait == wait


def test_a_spent_hour_of_lines_without_a_named_time_is_asked_about_each_minute() -> None:
    error = verdict(make(429, OF_LINES), write=True)
    assert isinstance(error, RateLimited)
    assert (error.code, error.wait, error.by_lines) == ("line_limit", 60.0, True)


@pytest.mark.parametrize(
    ("headers", "by_lines"), [({}, None), ({"retry-after": "10"}, False), ({"retry-after": "900"}, True)]
)
def test_a_write_refused_without_naming_the_limit_is_told_apart_by_the_wait(
    headers: dict[str, str], by_lines: bool | None
) -> None:
    too_many = {"error": {"code": "too_many_requests", "message": "Client has been rate limited."}}
    error = verdict(make(429, too_many, headers), write=True)
    assert isinstance(error, RateLimited)
    assert error.by_lines is by_lines
    assert error.wait == (float(headers["retry-after"]) if headers else None)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (BARE, [("", BARE, "")]),
        (V1, [("price", "No.", "E009")]),
        (V2, [("", "One.", "a"), ("comment", "Two.", "b")]),
        (V3, [("", "Three.", "c")]),
        (
            {**V3, "errors": [{"type": "/errors/e", "title": "T", "detail": "Taken.", "target": "sku"}]},
            [("", "Three.", "c"), ("sku", "Taken.", "/errors/e")],
        ),
        (
            {
                "error": {"code": "E", "message": "Bad."},
                "data": {"fields": {"sku": ["Long.", "Odd."], "ean": "Wrong."}},
            },
            [("", "Bad.", "E"), ("sku", "Long.; Odd.", ""), ("ean", "Wrong.", "")],
        ),
        ({"price": ["Not a number."], "requestId": "r"}, [("price", "Not a number.", "")]),
        ({"detail": "Nope."}, [("", "Nope.", "")]),
        (["One.", "Two."], [("", "One.", ""), ("", "Two.", "")]),
        ({"title": "Only a title", "status": 400, "type": "/errors/t"}, [("", "Only a title", "/errors/t")]),
        ({}, []),
        (None, []),
    ],
)
def test_a_refusal_carries_back_markets_words_line_by_line(body: Any, lines: list[tuple[str, str, str]]) -> None:
    error = verdict(make(400, body), write=True, market="fr-fr")
    assert isinstance(error, Rejected)
    assert [(line.field, line.message, line.code) for line in error.lines] == lines
    assert all(line.market == "fr-fr" for line in error.lines)
    assert all(message in error.message for _, message, _ in lines)


def test_a_403_of_the_backbox_has_a_code_of_its_own() -> None:
    error = verdict(make(403, V3), denied="backbox_denied")
    assert (type(error), error.code if error else "") == (AccessDenied, "backbox_denied")


def test_the_bot_wall_is_known_on_private_answers_too() -> None:
    error = verdict(make(403, BOT), private=True)
    assert (type(error), error.code if error else "") == (Unavailable, "bot_wall")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500, 503])
def test_nothing_of_a_private_answer_is_repeated(status: int) -> None:
    said = {"error": {"code": "Canary", "message": "Canary", "target": "Canary"}, "requestId": "Canary"}
    for body in (said, "Canary", {"errors": [{"message": "Canary", "code": "Canary"}]}):
        error = verdict(make(status, body), private=True)
        assert error is not None
        assert "Canary" not in repr(error) + str(error) + error.evidence + error.request_id
        assert not getattr(error, "lines", ())


def test_evidence_is_short() -> None:
    error = verdict(Answer(500, {"content-type": "text/html"}, b"x" * 100_000))
    assert error is not None
    assert len(error.evidence) == 500
