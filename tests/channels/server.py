"""A real server on a real socket that misbehaves on demand: what it does is a function of the connection."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]


class Server:
    """Each request, read whole, is given to `behave`, which answers as it likes; `requests` counts them."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests = 0
        self.heads: list[bytes] = []
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            pending = b""
            while True:
                head, pending = self._read_request(connection, pending)
                if not head:
                    return
                self.requests += 1
                self.heads.append(head)
                self._behave(connection)

    @staticmethod
    def _read_request(connection: socket.socket, pending: bytes) -> tuple[bytes, bytes]:
        while b"\r\n\r\n" not in pending:
            if not (piece := connection.recv(65_536)):
                return b"", b""
            pending += piece
        head, _, rest = pending.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        while len(rest) < length:
            rest += connection.recv(65_536)
        return head, rest[length:]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # else a thread that waits in accept keeps it listening
        self._listener.close()
        for connection in self._open:
            connection.close()


@contextlib.contextmanager
def serving(behave: Behaviour) -> Iterator[Server]:
    server = Server(behave)
    try:
        yield server
    finally:
        server.close()


def whole(body: bytes, head: str = "200 OK", content_type: str = "application/json", extra: str = "") -> bytes:
    """An answer's bytes."""
    return (
        f"HTTP/1.1 {head}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body
    )


def says(answer: bytes) -> Behaviour:
    return lambda connection: connection.sendall(answer)


def says_json(value: object) -> Behaviour:
    return says(whole(json.dumps(value).encode()))


def silent(connection: socket.socket) -> None:
    time.sleep(3)


def resets(connection: socket.socket) -> None:
    """Breaks the connection with a reset once the request has been read."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drips(answer: bytes, pause: float) -> Behaviour:
    """One byte after the other, each early enough for a timeout that looks at single reads only."""

    def behave(connection: socket.socket) -> None:
        for byte in answer:
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return behave
