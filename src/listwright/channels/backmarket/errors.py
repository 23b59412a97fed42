"""What an answer of Back Market, or its absence, means: one pure function, `classify`.

Back Market speaks errors in five shapes: V1 `{error: {code, message}, requestId}`, V2 `{errors: [...]}`, V3
problem+json with `error` inside, a bare JSON string, and HTML from the edge. All answers may carry `cf-ray`.
"""

import re
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from listwright.channels.backmarket.wire import text, words
from listwright.channels.http import NO_JSON, Answer, NoAnswer
from listwright.common.errors import (
    AccessDenied,
    ChannelError,
    OutcomeUnknown,
    ProtocolBroken,
    RateLimited,
    Rejected,
    RejectedLine,
    Unavailable,
)

REQUEST_BLOCK = 10.0
"""Seconds that the edge blocks for after too many requests (published)."""
LINE_BLOCK = 60.0
"""Seconds until a spent hour of SKU lines is asked about again, where Back Market names no time."""

_LONGEST_WAIT = 86_400.0
_EVIDENCE = 500
_MOST_LINES = 100
_DEEPEST = 6
# Cloudflare could not open a connection to Back Market's own servers, so nothing was read there.
_NEVER_ARRIVED = frozenset((521, 523, 525, 526, 530))
_NOT_FIELDS = frozenset(("requestId", "status", "statuscode", "type", "title", "docLink", "instance", "challengePath"))
_REQUEST_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,99}")
# Words for the limit of lines: "2,000 lines of SKUs per hour" is what it is called in the description.
_OF_LINES = re.compile(r"\b(lines?|skus?|hour|hourly)\b", re.IGNORECASE)
_OPAQUE_ID = re.compile(r"[0-9a-f][0-9a-f-]{7,63}")


class Asked(NamedTuple):
    """What classify must know of the request: `write` when it could change something, `private` when the answer may
    name buyers (then nothing of it is repeated), `denied` the code of a 403."""

    write: bool
    private: bool = False
    market: str = ""
    denied: str = ""


def classify(
    outcome: Answer | NoAnswer, content: Any, asked: Asked, clean: Callable[[str], str]
) -> ChannelError | None:
    """The error that an outcome means, None when it is a success whose `content` (its JSON) can be read.

    `clean` removes secrets from every text that is kept. A write is only called Unavailable when it cannot have been
    applied; whatever may have been is OutcomeUnknown.
    """
    if isinstance(outcome, NoAnswer):
        return _unanswered(outcome, asked, clean)
    said = _Said(outcome, content, asked, clean)
    status = outcome.status
    if 200 <= status < 300:
        return _unreadable(said) if outcome.flaw or content is NO_JSON else None
    if status == 401:
        return said.error(AccessDenied, "token_refused", "Back Market no longer accepts this token (401)")
    if status == 403:
        return _forbidden(said)
    if status == 429 or (status == 503 and said.from_edge):
        return _too_fast(said)
    if status >= 500:
        return _server_failed(said)
    if 400 <= status < 500:
        return _refused(said)
    return said.uncertain("redirected", f"Back Market answered {status} instead of the call's result")


def unexpected(answer: Answer, content: Any, asked: Asked, clean: Callable[[str], str], why: str) -> ChannelError:
    """A success whose JSON is not what was asked for; `why` says what is missing."""
    message = f"Back Market's answer cannot be used: {why}"
    return _Said(answer, content, asked, clean).uncertain("answer_unexpected", message)


def absent(answer: Answer, content: Any) -> bool:
    """Whether Back Market itself (not the edge, nor a wrong address) says that there is no such thing."""
    return answer.status == 404 and not answer.flaw and content is not NO_JSON


class _Said:
    """An answer with what is needed to build an error from it."""

    def __init__(self, answer: Answer, content: Any, asked: Asked, clean: Callable[[str], str]) -> None:
        self.answer = answer
        self.asked = asked
        self.clean = clean
        self.is_json = content is not NO_JSON
        self.bot_wall = _is_bot_wall(content)
        self.content = None if asked.private or not self.is_json else content
        self.request_id = request_id(answer, content, private=asked.private, clean=clean)

    @property
    def from_edge(self) -> bool:
        return "cf-ray" in self.answer.headers and not self.is_json

    @property
    def evidence(self) -> str:
        return "" if self.asked.private else body_text(self.answer.body, self.clean, _EVIDENCE)

    def with_words(self, message: str) -> str:
        said = "; ".join(line.message for line in self.lines[:5])
        return f"{message}: {said}"[:1000] if said else message

    @property
    def lines(self) -> tuple[RejectedLine, ...]:
        found: dict[tuple[str, str], RejectedLine] = {}
        for entry in _entries(self.content, 0):
            line = RejectedLine(
                message=self.clean(entry.message)[:1000],
                market=self.asked.market,
                field=self.clean(entry.field)[:100],
                code=self.clean(entry.code)[:100],
            )
            found.setdefault((line.field, line.message), line)
            if len(found) == _MOST_LINES:
                break
        return tuple(found.values())

    def error(self, kind: type[ChannelError], code: str, message: str) -> ChannelError:
        return kind(code, self.with_words(message), self.request_id, self.answer.status, self.evidence)

    def uncertain(self, code: str, message: str) -> ChannelError:
        """Nobody can say what became of a write; a read is simply broken."""
        return self.error(OutcomeUnknown if self.asked.write else ProtocolBroken, code, message)


def _is_bot_wall(content: Any) -> bool:
    errors = content.get("errors") if isinstance(content, dict) else None
    return isinstance(errors, list) and any(
        isinstance(item, dict) and item.get("code") == "bot-need-challenge" for item in errors
    )


def _unanswered(lost: NoAnswer, asked: Asked, clean: Callable[[str], str]) -> ChannelError:
    reason = clean(lost.reason)[:300]
    if not lost.sent:
        code = "connect_timeout" if lost.timed_out else "connect_failed"
        return Unavailable(code, f"Back Market cannot be reached, nothing was sent ({reason})")
    code = "timeout" if lost.timed_out else "connection_lost"
    if asked.write:
        return OutcomeUnknown(code, f"The answer was lost after sending; perhaps it was applied ({reason})")
    return Unavailable(code, f"Back Market did not answer ({reason})")


def _unreadable(said: _Said) -> ChannelError:
    flaw = said.answer.flaw
    if flaw in ("timeout", "reset"):
        kind: type[ChannelError] = OutcomeUnknown if said.asked.write else Unavailable
        return said.error(kind, "answer_broken_off", "Back Market's answer broke off")
    if flaw == "too_large":
        return said.uncertain("answer_too_large", "Back Market's answer is larger than any should be")
    kind_of_body = said.clean(said.answer.headers.get("content-type", "") or "nothing")[:100]
    return said.uncertain("answer_unreadable", f"Back Market's answer is no readable JSON ({kind_of_body})")


def _forbidden(said: _Said) -> ChannelError:
    if not said.is_json or said.bot_wall:
        return said.error(Unavailable, "bot_wall", "Back Market's bot wall turned the request away (403)")
    if said.asked.denied:
        return said.error(AccessDenied, said.asked.denied, "Back Market does not allow this account to ask that (403)")
    if said.asked.write:
        message = "Back Market does not take this account's changes; this way of sending them may be disabled (403)"
        return said.error(AccessDenied, "write_forbidden", message)
    return said.error(AccessDenied, "forbidden", "Back Market does not allow this account in (403)")


def _too_fast(said: _Said) -> ChannelError:
    """429, and 503 in HTML from the edge, which throttles that way."""
    status, by_lines = said.answer.status, _by_lines(said)
    code = "throttled" if status == 503 else {True: "line_limit", False: "request_limit", None: "rate_limit"}[by_lines]
    wait = retry_after(said.answer)
    if wait is None:
        wait = {True: LINE_BLOCK, False: REQUEST_BLOCK, None: None}[by_lines]
    message = f"Too fast for Back Market ({status})" + ("" if wait is None else f", waiting {wait:g} s")
    return RateLimited(
        code, said.with_words(message), said.request_id, status, said.evidence, wait=wait, by_lines=by_lines
    )


def _by_lines(said: _Said) -> bool | None:
    """Whether the hour of lines is spent, or requests came too fast; None where the answer does not say.

    The edge knows requests alone, reads spend no lines, and a block for requests is over in ten seconds.
    """
    if said.answer.status != 429 or not said.asked.write or not said.is_json:
        return False
    if any(_OF_LINES.search(line.message) for line in said.lines):
        return True
    wait = retry_after(said.answer)
    return None if wait is None else wait > REQUEST_BLOCK


def retry_after(answer: Answer) -> float | None:
    """Seconds named by Retry-After: a number, or a date counted from the answer's own Date. None when it names none."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _LONGEST_WAIT)
    try:
        until, now = parsedate_to_datetime(value), parsedate_to_datetime(answer.headers.get("date", ""))
        return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _server_failed(said: _Said) -> ChannelError:
    status = said.answer.status
    if said.from_edge and status in _NEVER_ARRIVED:
        return said.error(Unavailable, "edge_cannot_connect", f"Back Market's own servers are away ({status})")
    if said.asked.write:
        message = f"Back Market failed while taking the change ({status}); perhaps it was applied"
        return said.error(OutcomeUnknown, "server_error", message)
    return said.error(Unavailable, "server_error", f"Back Market failed ({status})")


def _refused(said: _Said) -> ChannelError:
    status = said.answer.status
    if status in (408, 425):
        return said.error(Unavailable, "not_read", f"Back Market did not read the request ({status})")
    if not said.is_json:
        message = f"Back Market answered {status} without saying why; is the address right?"
        return said.error(ProtocolBroken, "refused_without_words", message)
    code = "not_found" if status == 404 else "rejected"
    what = "Back Market knows no such thing" if status == 404 else "Back Market refused it"
    message = said.with_words(f"{what} ({status})")
    return Rejected(code, message, said.request_id, status, said.evidence, lines=said.lines)


class _Entry(NamedTuple):
    message: str
    code: str = ""
    field: str = ""


def _entries(content: Any, depth: int) -> Iterator[_Entry]:
    """Every complaint in an error's JSON, whichever of the shapes it has."""
    if depth > _DEEPEST:
        return
    if isinstance(content, list):
        for item in content[:_MOST_LINES]:
            yield from _entries(item, depth + 1)
    elif isinstance(content, dict):
        yield from _object_entries(content, depth)
    elif message := text(content):
        yield _Entry(message)


def _object_entries(content: dict[str, Any], depth: int) -> Iterator[_Entry]:
    fields = content.get("fields")
    nested = [content[key] for key in ("error", "errors", "data") if key in content]
    message = text(content.get("message")) or text(content.get("detail"))
    if message:
        code = text(content.get("code")) or text(content.get("type"))
        yield _Entry(message, code, text(content.get("target")))
    for item in nested:
        yield from _entries(item, depth + 1)
    if isinstance(fields, dict):
        yield from (_Entry(said, field=text(name)) for name, item in fields.items() if (said := words(item)))
    elif not message and not nested:
        named = {name: item for name, item in content.items() if name not in _NOT_FIELDS and name != "target"}
        title = text(content.get("title"))
        if title and not named:
            yield _Entry(title, text(content.get("type")), text(content.get("target")))
        yield from (_Entry(said, field=text(name)) for name, item in named.items() if (said := words(item)))


def request_id(answer: Answer, content: Any, *, private: bool, clean: Callable[[str], str]) -> str:
    """Back Market's own id of the request, else the edge's `cf-ray`: what its support asks for."""
    named = text(content.get("requestId")) if isinstance(content, dict) else ""
    if (_OPAQUE_ID if private else _REQUEST_ID).fullmatch(named):
        return clean(named)
    for header in ("x-request-id", "cf-ray"):
        if _REQUEST_ID.fullmatch(value := answer.headers.get(header, "")):
            return clean(value)
    return ""


def body_text(body: bytes, clean: Callable[[str], str], limit: int) -> str:
    """A body as text without secrets, cut to `limit` characters: cleared first, so that no half of a secret stays."""
    return clean(body.decode("utf-8", "replace"))[:limit]
