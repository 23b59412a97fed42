"""One account's line to Back Market: what the core asks, as calls. See `listwright.channels.protocol.Adapter`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2

from listwright.channels.backmarket import mapping, wire
from listwright.channels.backmarket.client import PAGE_SIZE, Call, Client
from listwright.channels.backmarket.errors import Asked
from listwright.channels.protocol import (
    BulkRow,
    Competitor,
    Connection,
    Receipt,
    Recorder,
    RemoteCategory,
    RemoteListing,
    RemoteOrder,
    TaskResult,
    Update,
)
from listwright.common.errors import Rejected

UPLOAD_TIMEOUT = 60.0
"""Seconds a bulk upload may take: 15,000 rows are tens of megabytes. It carries no stock and no price of a listing."""

_PAGE = {"page-size": str(PAGE_SIZE), "page": "1"}


class BackMarketAdapter:
    """`timeout` in seconds bounds each call but an upload, and must be shorter than the lease it is made under."""

    def __init__(
        self, connection: Connection, record: Recorder, timeout: float, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._client = Client(connection, record, timeout, transport)
        self._region = connection.region
        self._market = connection.default_market

    def probe(self) -> None:
        """Reads one listing."""
        query = {"page-size": "1", "page": "1"}
        self._client.call(Call("GET", "/ws/listings", Asked(write=False), query), wire.page)

    def update(self, update: Update) -> Receipt:
        """`POST /ws/listings/{id}`: only what is named changes."""
        body = mapping.update_body(update)
        if not body:
            raise Rejected("nothing_to_send", "An update without quantity and price has nothing to send.")

        def parse(raw: Any) -> RemoteListing | None:
            return _as_answered(raw, update.market)

        asked = Asked(write=True, market=update.market)
        reply = self._client.call(Call("POST", _listing_path(update.back_market_id), asked, body=body), parse)
        return Receipt(reply.request_id, reply.value)

    def upload(self, market: str, rows: Sequence[BulkRow]) -> tuple[str, str]:
        """`POST /ws/listings`: a file, answered with a task. Refused before sending: no rows, over 15,000 of them, or
        rows that would leave another's quantity, price, grade, comment or warranty empty (see `mapping.batches`)."""
        if not rows or len(rows) > mapping.MOST_ROWS:
            message = f"An upload holds 1 to {mapping.MOST_ROWS} rows, not {len(rows)}: send it in parts."
            raise Rejected("too_many_rows" if rows else "no_rows", message)
        if len({mapping.kind_of(row) for row in rows}) > 1:
            raise Rejected("mixed_rows", "The rows of one upload must fill the same columns: send them in batches.")
        call = Call(
            "POST",
            "/ws/listings",
            Asked(write=True, market=market),
            body=mapping.upload_body(rows),
            timeout=UPLOAD_TIMEOUT,
        )
        reply = self._client.call(call, wire.task_id)
        return reply.value or "", reply.request_id

    def task(self, task_id: str) -> TaskResult:
        """`GET /ws/tasks/{id}`; raises Rejected (`not_found`) for a task Back Market does not know."""
        path = f"/ws/tasks/{_id(task_id)}"
        reply = self._client.call(Call("GET", path, Asked(write=False)), wire.task)
        assert reply.value is not None
        return replace(reply.value, request_id=reply.request_id)

    def listing(self, back_market_id: str, market: str) -> RemoteListing | None:
        """`GET /ws/listings/{id}`."""
        return self._read_listing(_listing_path(back_market_id), {}, market)

    def listing_by_sku(self, sku: str, market: str) -> RemoteListing | None:
        """`GET /ws/listings/detail?sku=`."""
        return self._read_listing("/ws/listings/detail", {"sku": sku}, market)

    def _read_listing(self, path: str, query: dict[str, str], market: str) -> RemoteListing | None:
        call = Call("GET", path, Asked(write=False, market=market), query, absent_ok=True)
        return self._client.call(call, lambda raw: wire.listing(raw, market)).value

    def listings(self, market: str) -> Iterator[Sequence[RemoteListing]]:
        """`GET /ws/listings`, unfiltered."""
        call = Call("GET", "/ws/listings", Asked(write=False, market=market), _PAGE)
        return self._client.pages(call, lambda raw: wire.listing(raw, market), lambda item: item.back_market_id)

    def categories(self) -> Sequence[RemoteCategory]:
        """`GET /ws/category/tree`, names in the default market's language."""
        reply = self._client.call(Call("GET", "/ws/category/tree", Asked(write=False)), wire.categories)
        return reply.value or ()

    def orders(self, modified_since: datetime) -> Iterator[Sequence[RemoteOrder]]:
        """`GET /ws/orders?date_modification=`, written in UTC. Nothing of these answers is recorded."""
        since = modified_since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        call = Call("GET", "/ws/orders", Asked(write=False, private=True), {"date_modification": since, **_PAGE})
        return self._client.pages(call, wire.order, lambda order: order.order_id)

    def competitors(self, back_market_id: str) -> Sequence[Competitor]:
        """`GET /ws/backbox/v1/competitors/{id}`; a 403 is AccessDenied with the code `backbox_denied`."""
        path = f"/ws/backbox/v1/competitors/{_id(back_market_id)}"
        call = Call("GET", path, Asked(write=False, denied="backbox_denied"), absent_ok=True)
        return self._client.call(call, lambda raw: wire.competitors(raw, self._region)).value or ()

    def close(self) -> None:
        """Let connections go."""
        self._client.close()


def _listing_path(back_market_id: str) -> str:
    return f"/ws/listings/{_id(back_market_id)}"


def _id(value: str) -> str:
    """An id that can stand in an address; what cannot is no id of Back Market's."""
    if not wire.identifier(value):
        raise Rejected("not_found", f"“{value[:64]}” is not an id of Back Market.")
    return value


def _as_answered(raw: Any, market: str) -> RemoteListing | None:
    """The listing in the answer to an update, None when it is another object: the change was taken all the same."""
    wire.mapping_of(raw, "the answer to an update")
    try:
        return wire.listing(raw, market)
    except wire.Unreadable:
        return None
