"""What becomes of calls when a real socket misbehaves."""

import json
import logging
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from listwright.channels import http
from listwright.channels.backmarket import CHANNEL
from listwright.channels.backmarket.adapter import BackMarketAdapter
from listwright.channels.protocol import BulkRow, Exchange, Update
from listwright.common.errors import ChannelError, OutcomeUnknown, ProtocolBroken, Unavailable
from tests.channels.server import Behaviour, Server, drips, resets, says, says_json, serving, silent, whole
from tests.channels.support import LISTING, UUID, connection

UPDATE = Update(UUID, "fr-fr", quantity=7)
FULL = whole(json.dumps(LISTING).encode())


class Line:
    """An adapter on a real connection."""

    def __init__(self, server: Server, timeout: float) -> None:
        self.server = server
        self.exchanges: list[Exchange] = []
        self.adapter: BackMarketAdapter = CHANNEL.connect(
            connection(base_url=server.url), self.exchanges.append, timeout=timeout
        )

    def write(self) -> ChannelError:
        with pytest.raises(ChannelError) as caught:
            self.adapter.update(UPDATE)
        return caught.value

    def read(self) -> ChannelError:
        with pytest.raises(ChannelError) as caught:
            self.adapter.listing(UUID, "fr-fr")
        return caught.value


@contextmanager
def line(behave: Behaviour, timeout: float = 2.0) -> Iterator[Line]:
    with serving(behave) as server:
        made = Line(server, timeout)
        yield made
        made.adapter.close()


def test_a_connection_is_kept_for_the_next_call() -> None:
    with line(says_json(LISTING)) as to:
        for _ in range(20):
            assert to.adapter.update(UPDATE).listing is not None
        assert to.server.requests == 20
        assert len(to.server._open) == 1


def test_sixteen_threads_at_once_each_get_their_own_answer() -> None:
    def behave(socket_: socket.socket) -> None:
        time.sleep(0.05)
        socket_.sendall(FULL)

    with line(behave) as to:
        done: list[int | None] = []

        def work() -> None:
            for _ in range(10):
                listing = to.adapter.update(UPDATE).listing
                done.append(listing.quantity if listing else None)

        threads = [threading.Thread(target=work) for _ in range(16)]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert done == [12] * 160
        assert time.monotonic() - start < 6, "one after the other they take eight seconds"


def test_nothing_listens_so_nothing_was_sent() -> None:
    with serving(silent) as server:
        pass
    to = Line(server, 1.0)
    for error in (to.write(), to.read()):
        assert type(error) is Unavailable
        assert error.code == "connect_failed"


def test_a_name_that_is_nobodys_means_nothing_was_sent() -> None:
    adapter = CHANNEL.connect(connection(base_url="http://nobody.invalid"), lambda _: None, timeout=1)
    with pytest.raises(Unavailable) as caught:
        adapter.update(UPDATE)
    assert caught.value.code in ("connect_failed", "connect_timeout")


def test_a_server_that_does_not_speak_tls_was_sent_nothing() -> None:
    with serving(says(b"nonsense")) as server:
        url = server.url.replace("http:", "https:")
        adapter = CHANNEL.connect(connection(base_url=url), lambda _: None, timeout=0.5)
        with pytest.raises(Unavailable) as caught:
            adapter.update(UPDATE)
    assert caught.value.code in ("connect_failed", "connect_timeout")
    assert server.requests == 0


def test_silence_after_a_write_leaves_its_outcome_unknown() -> None:
    with line(silent, 0.3) as to:
        start = time.monotonic()
        error = to.write()
        assert time.monotonic() - start < 3
        assert type(error) is OutcomeUnknown
        assert error.code == "timeout"
        assert to.exchanges[-1].error == "timeout"
        assert to.exchanges[-1].status is None
        assert to.exchanges[-1].milliseconds >= 290
        assert type(to.read()) is Unavailable


def test_a_reset_after_a_write_leaves_its_outcome_unknown() -> None:
    with line(resets) as to:
        error = to.write()
        assert type(error) is OutcomeUnknown
        assert error.code == "connection_lost"
        assert type(to.read()) is Unavailable


def test_a_connection_closed_without_a_word_leaves_a_write_unknown() -> None:
    with line(lambda socket_: socket_.shutdown(socket.SHUT_RDWR)) as to:
        assert type(to.write()) is OutcomeUnknown
        assert type(to.read()) is Unavailable


@pytest.mark.parametrize("part", [FULL[:40], FULL[: FULL.index(b"\r\n\r\n") + 4], FULL[:-9]])
def test_an_answer_that_breaks_off_leaves_a_write_unknown(part: bytes) -> None:
    def behave(socket_: socket.socket) -> None:
        socket_.sendall(part)
        socket_.shutdown(socket.SHUT_RDWR)

    with line(behave) as to:
        assert type(to.write()) is OutcomeUnknown
        assert type(to.read()) is Unavailable


def test_a_refusal_whose_body_breaks_off_is_still_known_by_its_status() -> None:
    def behave(socket_: socket.socket) -> None:
        socket_.sendall(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 900\r\n\r\n<html>")
        socket_.shutdown(socket.SHUT_RDWR)

    with line(behave) as to:
        error = to.write()
        assert (error.code, error.wait) == ("request_limit", 7.0)  # type: ignore[attr-defined]


@pytest.mark.parametrize("pause", [0.05, 0.2])
def test_dripping_bytes_do_not_outlast_the_time_for_the_whole_call(pause: float) -> None:
    with line(drips(FULL, pause), 0.6) as to:
        start = time.monotonic()
        assert type(to.write()) is OutcomeUnknown
        assert time.monotonic() - start < 4


def test_a_server_that_reads_slowly_does_not_hold_an_upload_beyond_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from listwright.channels.backmarket import adapter

    monkeypatch.setattr(adapter, "UPLOAD_TIMEOUT", 0.5)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    port = listener.getsockname()[1]
    rows = [BulkRow(f"S{number}", {"sku": f"S{number}", "comment": "c" * 500}) for number in range(15_000)]
    made = CHANNEL.connect(connection(base_url=f"http://127.0.0.1:{port}"), lambda _: None, timeout=0.5)
    start = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        made.upload("fr-fr", rows)
    assert time.monotonic() - start < 6
    listener.close()


def test_an_answer_larger_than_any_should_be_is_not_read_to_its_end() -> None:
    sent = 0

    def behave(socket_: socket.socket) -> None:
        nonlocal sent
        socket_.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(400):
            socket_.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")
            sent += 65_536

    with line(behave, 5) as to:
        error = to.write()
        assert (type(error), error.code) == (OutcomeUnknown, "answer_too_large")
        error = to.read()
        assert (type(error), error.code) == (ProtocolBroken, "answer_too_large")
        assert sent < 2 * http.BODY_LIMIT + 20_000_000


def test_an_answer_packed_twice_is_not_unpacked() -> None:
    answer = whole(b"\x1f\x8b", extra="Content-Encoding: gzip, gzip\r\n")
    with line(says(answer)) as to:
        assert to.read().code == "answer_unreadable"


def test_a_redirect_is_not_followed() -> None:
    with serving(says_json(LISTING)) as elsewhere:
        answer = whole(b"", "302 Found", extra=f"Location: {elsewhere.url}/ws/listings/{UUID}\r\n")
        with line(says(answer)) as to:
            assert type(to.write()) is OutcomeUnknown
            assert type(to.read()) is ProtocolBroken
        assert elsewhere.requests == 0


def test_a_list_never_leads_to_another_server() -> None:
    page = {"count": 60, "next": "PLACE", "previous": None, "results": [LISTING]}
    with serving(says_json({**page, "next": None})) as elsewhere:
        address = elsewhere.url.replace("127.0.0.1", "localhost")
        with line(says_json({**page, "next": f"{address}/ws/listings?page=2"})) as to:
            pages = to.adapter.listings("fr-fr")
            with pytest.raises(ProtocolBroken) as caught:
                next(pages)
            assert caught.value.code == "foreign_next"
        assert elsewhere.requests == 0


NONSENSE = [
    b"\r\n\r\n",
    b"HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 abc\r\n\r\n",
    b"\x00" * 400,
    b"SSH-2.0-OpenSSH\r\n",
    b"HTTP/1.1 200 OK\r\nX: \xff\xfe\r\n: a\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
]


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_an_answer_that_is_no_http_raises_only_errors_of_a_channel(nonsense: bytes) -> None:
    def behave(socket_: socket.socket) -> None:
        socket_.sendall(nonsense)
        socket_.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
        socket_.shutdown(socket.SHUT_WR)

    with line(behave, 0.5) as to:
        assert type(to.write()) is OutcomeUnknown
        assert type(to.read()) in (Unavailable, ProtocolBroken)


def test_the_standard_headers_go_over_the_wire_as_back_market_wants_them() -> None:
    with line(says_json(LISTING)) as to:
        to.adapter.update(Update(UUID, "en-gb", price=Decimal("10.00"), currency="GBP"))
        head = to.server.heads[0].decode().split("\r\n")
    assert head[0] == f"POST /ws/listings/{UUID} HTTP/1.1"
    fields = {name.lower(): value for name, value in (item.split(": ", 1) for item in head[1:])}
    assert fields["authorization"] == "Basic sandbox-token"
    assert fields["user-agent"] == "BM-Demo-Listwright;demo@example.com"
    assert (fields["accept"], fields["content-type"]) == ("application/json", "application/json")
    assert fields["accept-language"] == "en-gb"


def test_the_token_is_not_in_the_libraries_own_logs(caplog: pytest.LogCaptureFixture) -> None:
    for logger in ("", "httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger)
    with serving(says_json(LISTING)) as server:
        adapter = CHANNEL.connect(connection(base_url=server.url, token="Tok3n/+canary=="), lambda _: None, timeout=2)
        adapter.update(UPDATE)
        adapter.close()
        assert b"Basic Tok3n/+canary==" in server.heads[0]
    assert "httpcore2" in caplog.text or "send_request_headers" in caplog.text
    assert "Tok3n" not in caplog.text
