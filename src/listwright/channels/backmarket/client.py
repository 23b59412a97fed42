"""One account's calls to Back Market: headers, errors, the record of each exchange, and pages."""

import itertools
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from listwright.channels.backmarket import errors, markets, wire
from listwright.channels.backmarket.errors import Asked
from listwright.channels.http import NO_JSON, Answer, Http, NoAnswer, Secrets, read_json
from listwright.channels.protocol import Connection, Exchange, Recorder
from listwright.common.errors import AccessDenied, ChannelError, ProtocolBroken

logger = logging.getLogger(__name__)

T = TypeVar("T")

SAMPLE = 100
"""Of so many successes one is recorded with its bodies."""
BODY_KEPT = 20_000
"""Characters of a body that are recorded."""
PAGE_SIZE = 50
"""The most Back Market gives on a page (published)."""

_PATH_KEPT = 300
_PAGE_NUMBER = re.compile(r"[0-9]{1,9}")
_MOST_PAGES = 100_000
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `absent_ok`: a 404 from Back Market itself means that there is no such thing, and is no error."""

    method: str
    path: str
    asked: Asked
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    absent_ok: bool = False
    timeout: float | None = None


class Reply(NamedTuple, Generic[T]):
    """What was read from a success (None: there is no such thing) and the request's id."""

    value: T | None
    request_id: str


def user_agent(company: str, mail: str) -> str:
    """`BM-{Company}-Listwright;{contact mail}`, which Back Market demands; a name loses what a header cannot carry.

    Raises AccessDenied (`connection_incomplete`) naming what is missing.
    """
    name, contact = _NOT_A_NAME.sub("", company), mail.strip()
    if not name:
        raise incomplete("the company name for the User-Agent needs at least one Latin letter or digit")
    if not _VISIBLE.fullmatch(contact):
        raise incomplete("the contact mail for the User-Agent is missing or holds other than ASCII characters")
    return f"BM-{name}-Listwright;{contact}"


def incomplete(what: str) -> AccessDenied:
    """A connection that cannot work: the account waits for a person, nothing is sent."""
    return AccessDenied("connection_incomplete", f"The connection to Back Market is incomplete: {what}.")


class Client:
    """Sends calls, each at most `timeout` seconds long. May be used by many threads at once."""

    def __init__(
        self, connection: Connection, record: Recorder, timeout: float, transport: httpx2.BaseTransport | None
    ) -> None:
        token = connection.token.strip()
        if not _VISIBLE.fullmatch(token):
            raise incomplete("the token is missing or holds blanks or other than ASCII characters")
        agent = user_agent(connection.agent_company, connection.contact_mail)
        try:
            self._base_url = markets.base_url(connection)
        except ValueError as error:
            raise incomplete(str(error)) from error
        self._host = urlsplit(self._base_url).hostname
        self._market = connection.default_market
        self._record = record
        self._secrets = Secrets(token)
        self._successes = itertools.count()
        headers = {
            "Authorization": f"Basic {token}",
            "User-Agent": agent,
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        self._http = Http(self._base_url, headers, timeout, transport=transport)

    def __repr__(self) -> str:
        return f"Client({self._base_url})"

    def call(self, call: Call, parse: Callable[[Any], T]) -> Reply[T]:
        """Sends a call and reads its success with `parse`. Raises only ChannelError; every exchange is recorded."""
        body = None if call.body is None else json.dumps(call.body, ensure_ascii=False).encode("utf-8", "replace")
        at, start = datetime.now(UTC), time.perf_counter()
        outcome = self._http.send(
            call.method,
            call.path,
            headers={"Accept-Language": call.asked.market or self._market},
            query=call.query,
            body=body,
            timeout=call.timeout,
        )
        milliseconds = round((time.perf_counter() - start) * 1000)
        value, request_id, error = self._read(call, outcome, parse)
        self._note(call, outcome, body, error, request_id, at, milliseconds)
        if error is not None:
            raise error
        return Reply(value, request_id)

    def _read(
        self, call: Call, outcome: Answer | NoAnswer, parse: Callable[[Any], T]
    ) -> tuple[T | None, str, ChannelError | None]:
        content: Any = read_json(outcome) if isinstance(outcome, Answer) else NO_JSON
        if isinstance(outcome, Answer) and call.absent_ok and errors.absent(outcome, content):
            return None, self._request_id(call, outcome, content), None
        error = errors.classify(outcome, content, call.asked, self._secrets.clean)
        if error is not None or isinstance(outcome, NoAnswer):
            return None, error.request_id if error else "", error
        try:
            value = parse(content)
        except wire.Unreadable as why:
            error = errors.unexpected(outcome, content, call.asked, self._secrets.clean, str(why))
            return None, error.request_id, error
        return value, self._request_id(call, outcome, content), None

    def _request_id(self, call: Call, answer: Answer, content: Any) -> str:
        return errors.request_id(answer, content, private=call.asked.private, clean=self._secrets.clean)

    def _note(
        self,
        call: Call,
        outcome: Answer | NoAnswer,
        body: bytes | None,
        error: ChannelError | None,
        request_id: str,
        at: datetime,
        milliseconds: int,
    ) -> None:
        """Records the exchange; what becomes of the record never changes what became of the call."""
        with_bodies = not call.asked.private and (error is not None or next(self._successes) % SAMPLE == 0)
        answer = outcome.body if isinstance(outcome, Answer) else b""
        path = call.path + ("?" + urlencode(call.query) if call.query and not call.asked.private else "")
        exchange = Exchange(
            at=at,
            method=call.method,
            path=self._secrets.clean(path)[:_PATH_KEPT],
            market=call.asked.market or self._market,
            status=outcome.status if isinstance(outcome, Answer) else None,
            error=error.code if error else "",
            request_id=request_id,
            milliseconds=milliseconds,
            request_body=errors.body_text(body or b"", self._secrets.clean, BODY_KEPT) if with_bodies else "",
            response_body=errors.body_text(answer, self._secrets.clean, BODY_KEPT) if with_bodies else "",
        )
        try:
            self._record(exchange)
        except Exception:
            logger.exception("An exchange with Back Market could not be recorded.")

    def pages(self, call: Call, parse: Callable[[Any], T], key: Callable[[T], str]) -> Iterator[Sequence[T]]:
        """All pages of a list, each item once, from the call's own `page` on; see `Pages`."""
        return Pages(self, call, parse, key)

    def following(self, call: Call, address: str) -> Call:
        """The call for a page's `next`: our own, with the page's number from there, when it names our own host.

        So neither the token nor a request can be led elsewhere, whatever stands in an answer, and an address written
        as http behind a proxy that ends TLS does no harm. Raises ProtocolBroken otherwise.
        """
        try:
            parts = urlsplit(address)
            foreign = parts.hostname not in (None, self._host)
        except ValueError:
            foreign = True
        if foreign:
            raise ProtocolBroken("foreign_next", "Back Market's list continues at an address that is not its own")
        page = dict(parse_qsl(parts.query)).get("page", "")
        if not _PAGE_NUMBER.fullmatch(page):
            raise ProtocolBroken(
                "next_without_page", "Back Market's list continues at an address without a page number"
            )
        return replace(call, query={**call.query, "page": page}, absent_ok=True)

    def close(self) -> None:
        """Let connections go."""
        self._http.close()


class Pages(Generic[T]):
    """Page after page of a list, one request for each; items already seen are left out, since the set moves meanwhile.

    After an error the same page can be asked for again with `next`: a block of the limit does not cost what was read.
    """

    def __init__(self, client: Client, call: Call, parse: Callable[[Any], T], key: Callable[[T], str]) -> None:
        self._client = client
        self._next: Call | None = call
        self._parse = parse
        self._key = key
        self._seen: set[str] = set()
        self._asked: set[str] = set()

    def __iter__(self) -> "Pages[T]":
        return self

    def __next__(self) -> Sequence[T]:
        call = self._next
        if call is None:
            raise StopIteration
        reply = self._client.call(call, self._read)
        # The last pages of a list that became shorter meanwhile are no longer there.
        items, address = reply.value if reply.value is not None else ([], "")
        following = self._client.following(call, address) if address else None
        self._asked.add(call.query["page"])
        if following is not None and following.query["page"] in self._asked:
            raise ProtocolBroken("pages_turn_round", "Back Market's list leads back to a page that was already read")
        if len(self._asked) > _MOST_PAGES:
            raise ProtocolBroken("pages_without_end", f"Back Market's list has more than {_MOST_PAGES} pages")
        self._next = following
        fresh = {key: item for item in items if (key := self._key(item)) not in self._seen}
        self._seen.update(fresh)
        return tuple(fresh.values())

    def _read(self, raw: Any) -> tuple[list[T], str]:
        results, address = wire.page(raw)
        return [self._parse(item) for item in results], address
