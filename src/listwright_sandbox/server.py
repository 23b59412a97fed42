"""The HTTP server: one process, everything in memory. Transport faults happen here, everything else in the sandbox.

What a request does depends on nothing but the sandbox and the request with its time (`Arrival`): told again in their
order, the same ones lead to the same state.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from . import gate
from .answers import Answer, edge_headers, plain_path
from .arrival import Arrival
from .controls import Controls
from .endpoints import Call, Endpoints
from .faults import BREAKING, REFUSING, Fault
from .log import PENDING, Record
from .market import MARKETS, chosen
from .sandbox import APPLY_REQUEST, Sandbox

LARGEST_BODY = 1 << 30
_AT_THE_DOOR = {**REFUSING, **BREAKING}


class Server:
    """Speaks HTTP for a sandbox. Make it, `await start()`, and `await stop()`."""

    def __init__(self, sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> None:
        self.sandbox = sandbox
        self.host = host
        self.port = port
        self._endpoints = Endpoints(sandbox)
        self._controls = Controls(sandbox)
        self._runner: web.AppRunner | None = None
        # Told of each request that has an effect, before it has.
        self.on_arrival: Callable[[Arrival], None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Listens. With port 0 a free port is taken. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        arrival = Arrival(
            method=request.method,
            path=plain_path(request.path),
            query=request.query_string,
            pairs=list(request.query.items()),
            headers={name: request.headers[name] for name in gate.HEADERS if name in request.headers},
            body=await request.read(),
            content_type=request.content_type,
            origin=f"{request.scheme}://{request.host}",
            wall=time.time(),
            monotonic=time.monotonic(),
        )
        # One that only looks has no effect, unless it is the one with which something due happens.
        looks = arrival.is_control and arrival.method == "GET"
        if self.on_arrival is not None and (not looks or self.sandbox.schedule.is_due(self.sandbox.clock.now())):
            self.on_arrival(arrival)
        answer, fault = self.take(arrival)
        return _break(request) if answer is None else await self._deliver(request, answer, fault)

    def take(self, arrival: Arrival) -> tuple[Answer | None, Fault | None]:
        """Lets a request have its effect; its answer, None when the connection is to break, and the fault it met."""
        with self.sandbox.clock.at(arrival.wall):
            self._run_due()
            if arrival.is_control:
                return self._controls.answer(arrival.method, arrival.path, arrival.pairs, arrival.body), None
            return self._speak(arrival)

    def _speak(self, arrival: Arrival) -> tuple[Answer | None, Fault | None]:
        sandbox, path = self.sandbox, arrival.path
        market = chosen(arrival.headers.get("Accept-Language"), sandbox.settings.region)
        record = sandbox.log.start(
            arrival.method,
            path,
            arrival.query,
            market.code,
            now=sandbox.clock.now(),
            wall=arrival.wall,
            monotonic=arrival.monotonic,
        )
        sku = self._named_sku(arrival)
        if sku is not None:
            record.skus.append(sku)
        fault = self._fault(arrival.method, path, market.code, sku)
        record.fault = fault.kind if fault is not None else None
        if fault is not None and fault.kind == "reset":
            sandbox.log.trim(sandbox.settings.log_requests, sandbox.settings.log_bytes)
            return None, fault
        self._keep(record, arrival.body)
        call = Call(
            method=arrival.method,
            path=path,
            market=market,
            query=arrival.pairs,
            body=arrival.body,
            content_type=arrival.content_type,
            origin=arrival.origin,
            record=record,
        )
        return self._answer(arrival, call, fault), fault

    def _answer(self, arrival: Arrival, call: Call, fault: Fault | None) -> Answer | None:
        """What comes of a call; None when the connection is to break."""
        sandbox, record = self.sandbox, call.record
        if fault is not None and fault.kind in REFUSING:
            answer = gate.refused_by(fault, sandbox, call.path)
        elif refused := gate.refusal(sandbox, call.path, arrival.headers):
            answer = refused
        elif fault is not None and fault.kind == "late_applied":
            self._plan_late(call, float(fault.options.get("after", 10)))
            return None
        else:
            answer = self._endpoints.answer(call)
        record.status = answer.status
        answer.headers.update(edge_headers(sandbox.random))
        return None if fault is not None and fault.kind == "answer_lost" else answer

    async def _deliver(self, request: web.Request, answer: Answer, fault: Fault | None) -> web.StreamResponse:
        wait = self.sandbox.settings.latency_ms / 1000
        if fault is not None and fault.kind == "slow":
            wait += float(fault.options.get("seconds", 5))
        if wait:
            await asyncio.sleep(wait)
        if fault is None or fault.kind != "truncated":
            return _response(answer)
        kept = answer.body[: len(answer.body) // 2]
        if not fault.options.get("hard"):
            return _response(Answer(answer.status, kept, answer.content_type, answer.headers))
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_type = answer.content_type
        response.content_length = len(answer.body)
        await response.prepare(request)
        await response.write(kept)
        return _break(request)

    def _named_sku(self, arrival: Arrival) -> str | None:
        """The SKU that the address speaks of: by itself, by UUID or by number."""
        if not arrival.path.startswith("/ws/listings/"):
            return None
        query = dict(arrival.pairs)
        reference = arrival.path.rsplit("/", 1)[1]
        if reference == "detail":
            reference = query.get("id") or query.get("listing_id") or ""
        listing = self.sandbox.listings.by_reference(reference)
        return listing.sku if listing is not None else query.get("sku")

    def _fault(self, method: str, path: str, market: str, sku: str | None) -> Fault | None:
        faults = self.sandbox.faults
        if not faults.armed:
            return None
        return faults.take(_AT_THE_DOOR, method=method, path=path, market=market, sku=sku)

    def _keep(self, record: Record, body: bytes) -> None:
        settings = self.sandbox.settings
        text = body.decode(errors="replace") if body else None
        self.sandbox.log.keep(record, text, len(body), settings.log_requests, settings.log_bytes)

    def _plan_late(self, call: Call, after: float) -> None:
        call.record.applied = PENDING
        details: dict[str, Any] = {
            "method": call.method,
            "path": call.path,
            "market": call.market.code,
            "query": call.query,
            "body": call.body.decode("latin-1"),
            "content_type": call.content_type,
            "number": call.record.number,
        }
        self.sandbox.schedule.plan(self.sandbox.clock.now() + after, APPLY_REQUEST, details)

    def _run_due(self) -> None:
        """Lets time do its work, also requests that are applied long after their connection broke."""
        for late in self.sandbox.run_due():
            market = MARKETS[late["market"]]
            record = self.sandbox.log.find(late["number"]) or Record(
                0, late["method"], late["path"], "", market.code, 0, 0, 0
            )
            record.applied = "no"
            self._endpoints.answer(
                Call(
                    method=late["method"],
                    path=late["path"],
                    market=market,
                    query=[(name, value) for name, value in late["query"]],
                    body=late["body"].encode("latin-1"),
                    content_type=late["content_type"],
                    origin=self.url,
                    record=record,
                )
            )


def _response(answer: Answer) -> web.Response:
    content_type = f"{answer.content_type}; charset=utf-8"
    return web.Response(
        status=answer.status, body=answer.body, headers={**answer.headers, "content-type": content_type}
    )


def _break(request: web.Request) -> web.StreamResponse:
    """Breaks the connection. What is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
