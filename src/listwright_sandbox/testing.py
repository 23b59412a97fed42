"""A sandbox inside a test process: its server runs in a thread on a free port."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from .sandbox import Sandbox
from .server import Server

Result = TypeVar("Result")
_WAIT = 30


class SandboxHandle:
    """A running sandbox: `url`, its controls as methods, and `stop()`. Also a context manager."""

    def __init__(self, *, seed: int = 1, **settings: Any) -> None:
        self.sandbox = Sandbox(seed=seed)
        self.sandbox.settings.change(settings)
        self._server = Server(self.sandbox)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result(_WAIT)

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return self._server.url

    @property
    def token(self) -> str:
        return self.sandbox.settings.token

    def __enter__(self) -> "SandboxHandle":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(_WAIT)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_WAIT)
            self._loop.close()

    def run(self, act: Callable[[Sandbox], Result]) -> Result:
        """Calls a function with the sandbox in the server's own thread, so that nothing else happens meanwhile."""

        async def call() -> Result:
            return act(self.sandbox)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(_WAIT)

    def control(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """A control's JSON answer: `control("PUT", "settings", {"limits": "off"})`. Raises ValueError when it refuses."""
        address = f"{self.url}/_sandbox/{quote(path)}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(address, data=data, method=method), timeout=_WAIT) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as problem:
            raise ValueError(f"{method} {path}: {problem.read().decode()}") from None

    def load(self, **catalog: list[dict[str, Any]]) -> dict[str, int]:
        """Adds `products=`, `listings=` and `categories=`."""
        loaded: dict[str, int] = self.control("POST", "listings", catalog)
        return loaded

    def set(self, **settings: Any) -> None:
        self.control("PUT", "settings", settings)

    def arm(self, kind: str, **options: Any) -> None:
        """Arms a fault: `arm("answer_lost", count=1, method="POST")`."""
        self.control("POST", "faults", {"kind": kind, **options})

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def freeze(self, now: str | None = None) -> None:
        """Lets the clock stand, at a moment (RFC 3339) or at this one."""
        self.control("PUT", "clock", {"frozen": True, **({"now": now} if now else {})})

    def advance(self, seconds: float) -> None:
        self.control("PUT", "clock", {"advance": seconds})

    def order(self, market: str, *lines: dict[str, Any], **options: Any) -> dict[str, Any]:
        """A buyer orders: `order("fr-fr", {"sku": "A", "quantity": 2}, state=0)`."""
        placed: dict[str, Any] = self.control("POST", "orders", {"market": market, "lines": list(lines), **options})
        return placed

    def listing(self, sku: str) -> dict[str, Any]:
        """A listing with all its markets, past the API and its limits."""
        found: dict[str, Any] = self.control("GET", f"listings/{sku}")
        return found

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """What was received: filters `path`, `method`, `market`, `sku`, `after`, `since`."""
        found: list[dict[str, Any]] = self.control("GET", "requests", **filters)["requests"]
        return found

    def lines(self, **filters: Any) -> list[dict[str, Any]]:
        """The SKU lines received, oldest first."""
        found: list[dict[str, Any]] = self.control("GET", "requests", format="lines", **filters)["lines"]
        return found

    def changes(self, **filters: Any) -> list[dict[str, Any]]:
        """The values that requests changed, oldest first."""
        found: list[dict[str, Any]] = self.control("GET", "requests", format="changes", **filters)["changes"]
        return found


@contextmanager
def running(*, seed: int = 1, **settings: Any) -> Iterator[SandboxHandle]:
    """A sandbox for the length of a `with`, for fixtures: `with running(limits="off") as sandbox: yield sandbox`."""
    handle = SandboxHandle(seed=seed, **settings)
    try:
        yield handle
    finally:
        handle.stop()
