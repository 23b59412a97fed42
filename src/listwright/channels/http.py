"""What every channel that speaks HTTP needs: one pool of connections per account, a deadline for the whole call,
answers bounded in size, JSON without floats, and texts cleared of secrets. Knows no channel and no error class.
"""

import functools
import html
import json
import math
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal
from urllib.parse import quote, quote_plus

import httpcore2
import httpx2

BODY_LIMIT = 8_000_000
NO_JSON: Final = object()  # an answer without readable JSON; None would be JSON's null

_WRITE_STEP = 65_536  # the deadline is looked at between pieces of a large body
_KEPT_SECONDS = 20.0
_ENCODINGS = ("", "identity", "gzip", "deflate")  # never stacked: a small answer could grow without bound

# The failures that come before a single byte of the request has left, in both libraries' words.
_BEFORE_SENDING = (
    httpcore2.ConnectError,
    httpcore2.ConnectTimeout,
    httpcore2.PoolTimeout,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
_TIMEOUTS = (httpcore2.TimeoutException, httpx2.TimeoutException)
_FAILURES = (
    httpx2.HTTPError,
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.UnsupportedProtocol,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; `flaw` says why `body` is not whole, empty when it is."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    flaw: Literal["", "timeout", "reset", "too_large", "encoding"] = ""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came back. `sent`: a part of the request may have reached the other side."""

    reason: str
    sent: bool
    timed_out: bool


def no_answer(error: Exception) -> NoAnswer:
    """A transport's exception as the two facts that matter."""
    return NoAnswer(
        reason=f"{type(error).__name__}: {error}".rstrip(": "),
        sent=not isinstance(error, _BEFORE_SENDING),
        timed_out=isinstance(error, _TIMEOUTS),
    )


def read_json(answer: Answer) -> Any:
    """The answer's JSON with Decimal for fractions, or NO_JSON: another content type, broken off, or no JSON."""
    if answer.flaw or not is_json(answer.headers.get("content-type", "")):
        return NO_JSON
    try:
        return json.loads(answer.body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError):
        return NO_JSON


def is_json(content_type: str) -> bool:
    """Whether a Content-Type says JSON: `application/json`, or any `+json` such as problem+json."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class Secrets:
    """Removes an account's secrets from texts that are kept or shown, however the other side wrote them back."""

    def __init__(self, *secrets: str) -> None:
        forms = {form for secret in secrets if len(secret) >= 4 for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def __repr__(self) -> str:
        return "Secrets(…)"

    def clean(self, text: str) -> str:
        """The text without secrets and without what PostgreSQL cannot store (NUL, lone surrogates)."""
        text = text.replace("\x00", "")
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode()
        for form in self._forms:
            if form in text:
                text = text.replace(form, "•••")
        return text


def _forms(secret: str) -> Iterator[str]:
    in_json = json.dumps(secret)[1:-1]
    yield from (secret, in_json, in_json.replace("/", "\\/"), quote(secret, safe=""), quote_plus(secret))
    yield from (quote(secret), html.escape(secret))


class CallClock(threading.local):
    """The deadline of the call this thread is in, and whether a byte of its request has been written."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.deadline = math.inf
        self.sent = False

    def start(self, seconds: float) -> None:
        self.deadline = self._now() + seconds
        self.sent = False

    def left(self, timeout: float | None) -> float:
        left = self.deadline - self._now()
        return left if timeout is None else min(left, timeout)


class DeadlineStream(httpcore2.NetworkStream):
    """A connection on which no read or write outlasts the call's deadline, however slowly bytes drip."""

    def __init__(self, inner: httpcore2.NetworkStream, clock: CallClock) -> None:
        self._inner = inner
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._clock.left(timeout)
        if left <= 0:
            raise httpcore2.ReadTimeout("the time for the whole call is over")
        return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        for start in range(0, len(view), _WRITE_STEP):
            left = self._clock.left(timeout)
            if left <= 0:
                late = httpcore2.WriteTimeout if self._clock.sent else httpcore2.ConnectTimeout
                raise late("the time for the whole call is over")
            self._clock.sent = True
            self._inner.write(view[start : start + _WRITE_STEP], left)  # type: ignore[arg-type]

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = self._clock.left(timeout)
        if left <= 0:
            raise httpcore2.ConnectTimeout("the time for the whole call is over")
        return DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _DeadlineBackend(httpcore2.NetworkBackend):
    def __init__(self, clock: CallClock) -> None:
        self._clock = clock
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        left = max(self._clock.left(timeout), 0.001)
        return DeadlineStream(self._inner.connect_tcp(host, port, left, local_address, socket_options), self._clock)


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


class _Body(httpx2.SyncByteStream):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        self._inner.close()


class PoolTransport(httpx2.BaseTransport):
    """Connections to one host, kept open between calls, under the calling thread's deadline."""

    def __init__(self, clock: CallClock, connections: int, tls: bool) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_tls() if tls else None,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=_DeadlineBackend(clock),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class Http:
    """Calls to one address: no redirects, no environment proxies, no retries. May be used by many threads at once.

    `timeout` (seconds) bounds a whole call, from connecting to the answer's last byte; connecting gets half of it.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        timeout: float,
        connections: int = 32,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._timeout = timeout
        self._clock = CallClock()
        self._client = httpx2.Client(
            base_url=base_url,
            headers={**headers, "Accept-Encoding": "gzip"},
            transport=transport or PoolTransport(self._clock, connections, base_url.startswith("https:")),
            trust_env=False,
            follow_redirects=False,
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> Answer | NoAnswer:
        """One call. `path` is already percent-encoded. Raises nothing that the network can cause."""
        seconds = timeout or self._timeout
        request = self._client.build_request(
            method,
            path,
            params=query or None,
            headers=headers,
            content=body,
            timeout=httpx2.Timeout(seconds, connect=seconds / 2),
        )
        self._clock.start(seconds)
        try:
            response = self._client.send(request, stream=True)
        except _FAILURES as error:
            return no_answer(error)
        return _read(response)

    def close(self) -> None:
        """Let connections go."""
        self._client.close()


def _read(response: httpx2.Response) -> Answer:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}
    flaw: Literal["", "timeout", "reset", "too_large", "encoding"] = ""
    pieces: list[bytes] = []
    size = 0
    try:
        if headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
            return Answer(response.status_code, headers, b"", "encoding")
        for piece in response.iter_bytes():
            size += len(piece)
            if size > BODY_LIMIT:
                flaw = "too_large"
                break
            pieces.append(piece)
    except httpx2.DecodingError:
        flaw = "encoding"
    except _TIMEOUTS:
        flaw = "timeout"
    except _FAILURES:
        flaw = "reset"
    finally:
        response.close()
    return Answer(response.status_code, headers, b"".join(pieces), flaw)
