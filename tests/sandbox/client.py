"""A plain HTTP client for tests of the sandbox; it knows nothing of Listwright."""

import json
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.transcripts.load import STANDARD_HEADERS, Request


class Answer:
    """What came back; `reset` when nothing did."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes, *, reset: bool = False) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.reset = reset

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0]

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Sends requests over one connection, made again when it broke."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=20)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, path: str, market: str = "fr-fr", **query: Any) -> Answer:
        return self.send(Request("GET", path, query, {"Accept-Language": market}))

    def post(self, path: str, body: Any, market: str = "fr-fr") -> Answer:
        return self.send(Request("POST", path, {}, {"Accept-Language": market}, json=body))

    def file(self, *rows: dict[str, str], market: str = "fr-fr") -> Answer:
        """Posts rows with the columns of the first."""
        columns = list(rows[0])
        lines = [columns, *([row.get(name, "") for name in columns] for row in rows)]
        catalog = "".join(";".join('"' + cell.replace('"', '""') + '"' for cell in line) + "\n" for line in lines)
        return self.post(
            "/ws/listings", {"catalog": catalog, "quotechar": '"', "delimiter": ";", "encoding": "utf-8"}, market
        )

    def send(self, request: Request) -> Answer:
        target = request.path + (f"?{urlencode(request.query)}" if request.query else "")
        headers = request.all_headers()
        body = None
        if request.multipart is not None:
            headers["Content-Type"] = "multipart/form-data; boundary=XXboundaryXX"
            body = _multipart(request.multipart)
        elif request.json is not None:
            body = json.dumps(request.json).encode()
        return self.raw(request.method, target, headers, body)

    def raw(self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
        """Sends exactly this; the standard headers when none are given."""
        try:
            self._connection.request(method, target, body, STANDARD_HEADERS if headers is None else headers)
            answer = self._connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except (ConnectionError, HTTPException):
            self._connection.close()
            return Answer(0, {}, b"", reset=True)


def _multipart(files: dict[str, str]) -> bytes:
    parts = "".join(
        f'--XXboundaryXX\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{content}\r\n"
        for name, content in files.items()
    )
    return f"{parts}--XXboundaryXX--\r\n".encode()
