"""Whatever comes back, only the errors of a channel come out, and a write is never called failed when it may be done."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listwright.channels.backmarket import CHANNEL
from listwright.channels.backmarket.adapter import BackMarketAdapter
from listwright.channels.protocol import BulkRow, RemoteListing, RemoteOrder, TaskResult, Update
from listwright.common.errors import ChannelError, OutcomeUnknown, Unavailable
from tests.channels.server import serving
from tests.channels.support import LISTING, SINCE, UUID, Canned, Rig, connection, raw

CALLS: dict[str, Callable[[BackMarketAdapter], Any]] = {
    "probe": lambda adapter: adapter.probe(),
    "update": lambda adapter: adapter.update(Update(UUID, "fr-fr", quantity=1)),
    "upload": lambda adapter: adapter.upload("fr-fr", [BulkRow("A", {"sku": "A"})]),
    "task": lambda adapter: adapter.task("7"),
    "listing": lambda adapter: adapter.listing(UUID, "fr-fr"),
    "listing_by_sku": lambda adapter: adapter.listing_by_sku("A", "fr-fr"),
    "listings": lambda adapter: list(next(adapter.listings("fr-fr"))),
    "categories": lambda adapter: adapter.categories(),
    "orders": lambda adapter: list(next(adapter.orders(SINCE))),
    "competitors": lambda adapter: adapter.competitors(UUID),
}
WRITES = {"update", "upload"}

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["12", "160.99", "-1", "1e999999", "9" * 30, "NaN", "2026-03-02T10:00:00Z", "fr-fr", "\ud800", "\x00"]
    )
)
keys = st.sampled_from(
    [
        *LISTING,
        "results",
        "next",
        "error",
        "errors",
        "message",
        "orderlines",
        "order_id",
        "listing",
        "action_status",
        "result",
        "product_success",
        "product_errors",
        "childrens",
        "category_id",
        "marketplace_category_id",
        "field",
        "attributes",
        "market",
        "amount",
        "bodymessage",
        "statuscode",
        "requestId",
        "data",
        "fields",
        "allowed_values",
    ]
) | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6), max_leaves=30
)
types = st.sampled_from(
    [
        "application/json",
        "application/problem+json",
        "text/html",
        "text/plain",
        "",
        "APPLICATION/JSON; charset=x",
        "json",
    ]
)
statuses = st.sampled_from(
    [200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 521, 524]
) | st.integers(200, 599)
headers = st.dictionaries(
    st.sampled_from(["cf-ray", "retry-after", "date", "x-request-id", "location", "set-cookie"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    max_size=3,
)
packed = st.sampled_from(
    [{}, {}, {"content-encoding": "gzip"}, {"content-encoding": "br"}, {"content-encoding": "gzip, gzip"}]
)


def try_everything(given_answer: Canned) -> None:
    for name, call in CALLS.items():
        rig = Rig(given_answer)
        try:
            call(rig.adapter)
        except ChannelError as error:
            if name in WRITES and 200 <= given_answer.status < 300:
                assert isinstance(error, OutcomeUnknown)
            if name in WRITES and isinstance(error, Unavailable):
                assert given_answer.status in (403, 408, 425, 521, 523, 525, 526, 530)
        assert len(rig.exchanges) == 1


@settings(max_examples=150)
@given(statuses, types, st.binary(max_size=300), headers, packed)
def test_any_bytes_raise_only_errors_of_a_channel(
    status: int, kind: str, body: bytes, named: dict[str, str], packing: dict[str, str]
) -> None:
    try_everything(raw(status, body, kind, {**named, **packing}))


@settings(max_examples=300)
@given(statuses, values)
def test_any_json_raises_only_errors_of_a_channel(status: int, value: Any) -> None:
    try_everything(raw(status, json.dumps(value).encode("utf-8", "replace"), "application/json"))


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([*LISTING]), values, max_size=6))
def test_any_value_in_a_listing_gives_one_that_can_be_stored(changes: dict[str, Any]) -> None:
    rig = Rig(raw(200, json.dumps({**LISTING, **changes}).encode("utf-8", "replace"), "application/json"))
    try:
        listing = rig.adapter.listing(UUID, "fr-fr")
    except ChannelError:
        return
    assert listing is not None
    storable(listing)


def storable(listing: RemoteListing) -> None:
    for text in (listing.sku, listing.title, listing.comment, listing.grade, listing.currency, listing.product_id):
        assert "\x00" not in text
        text.encode()
    for price in (listing.price, listing.min_price, listing.max_price):
        assert price is None or (isinstance(price, Decimal) and 0 < price <= Decimal("9999999999.99"))
    for number in (listing.quantity, listing.warranty_months, listing.publication_state):
        assert number is None or (type(number) is int and abs(number) < 2**31)
    assert listing.listing_id is None or abs(listing.listing_id) < 2**63


@settings(max_examples=300)
@given(values)
def test_any_task_result_calls_no_row_a_success_and_a_failure(result: Any) -> None:
    body = {"task_id": 1, "action_status": 9, "last_action_error": None, "result": result, "statuscode": 200}
    rig = Rig(raw(200, json.dumps(body).encode("utf-8", "replace"), "application/json"))
    try:
        task: TaskResult = rig.adapter.task("1")
    except ChannelError:  # NaN is no JSON
        return
    assert not task.succeeded & set(task.errors)
    assert all(isinstance(said, str) and said for said in task.errors.values())


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from(["order_id", "state", "country_code", "date_creation", "orderlines"]), values, max_size=3
    )
)
def test_any_order_is_either_whole_or_an_error(changes: dict[str, Any]) -> None:
    order = {"order_id": 1, "state": 1, "orderlines": [{"id": 1, "listing": "A", "quantity": 1, "state": 1}], **changes}
    rig = Rig(raw(200, json.dumps({"results": [order]}).encode("utf-8", "replace"), "application/json"))
    try:
        (read,) = next(rig.adapter.orders(SINCE))
    except ChannelError:
        return
    assert isinstance(read, RemoteOrder)
    assert read.order_id and type(read.state) is int
    assert isinstance(read.created_at, datetime | None)
    assert all(line.sku and type(line.quantity) is int for line in read.lines)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100000,
        b'{"a":' * 50000,
        b"1e99999999999999999999",
        b"9" * 10000,
        b"NaN",
        b"-Infinity",
        b'"\\ud800"',
        b"\xff\xfe\x00",
        b"",
        b" ",
        b"{",
        b'{"id": 1e400}',
        b'{"quantity": ' + b"9" * 4000 + b', "id": "a"}',
    ],
)
def test_json_made_to_hurt_raises_only_errors_of_a_channel(body: bytes) -> None:
    try_everything(raw(200, body, "application/json"))
    try_everything(raw(400, body, "application/json"))


@settings(max_examples=40)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"]),
)
def test_any_bytes_on_a_real_socket_raise_only_errors_of_a_channel(body: bytes, start: bytes) -> None:
    def behave(connection_: Any) -> None:
        connection_.sendall(start + body)
        connection_.shutdown(2)

    with serving(behave) as server:
        adapter = CHANNEL.connect(connection(base_url=server.url), lambda _: None, timeout=0.5)
        try:
            adapter.update(Update(UUID, "fr-fr", quantity=1))
        except ChannelError as error:
            assert not isinstance(error, Unavailable)
        adapter.close()
