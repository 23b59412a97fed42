"""Every wire transcript, told to the adapter: it sends what the transcripts send and reads what they answer."""

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from listwright.channels.backmarket import wire
from listwright.channels.backmarket.client import Call
from listwright.channels.backmarket.errors import Asked
from listwright.channels.protocol import BulkRow, RemoteListing, TaskState, Update
from listwright.common.errors import (
    AccessDenied,
    ChannelError,
    OutcomeUnknown,
    ProtocolBroken,
    RateLimited,
    Rejected,
    Unavailable,
)
from tests.channels.support import LISTING, ORIGIN, Canned, Rig, raw
from tests.transcripts import load
from tests.transcripts.load import Exchange, Request

ALL = list(load.load_all())
REQUEST_ID = "0b7b1f5e-4f0c-4a41-9c4f-6c8a55b8a3fb"
RAY = "931354450813d142-CDG"
LINE = {"id": 1, "state": 1, "listing": "BLUE", "listing_id": 4567, "quantity": 1}
ORDER = {"order_id": 1, "state": 1, "country_code": "fr-fr", "orderlines": []}
COMPETITOR = {
    "market": "FR",
    "price": {"amount": "1.00", "currency": "EUR"},
    "min_price": None,
    "price_to_win": {"amount": "1.00", "currency": "EUR"},
    "winner_price": None,
    "is_winning": False,
}
CATEGORY = {"category_id": 1, "category_name": "x", "marketplace_category_id": 1, "is_leaf": True, "attributes": []}
STATES = {0: "running", 2: "running", 3: "unexplained", 7: "unexplained", 8: "failed", 9: "done"}


@dataclass
class Told:
    """What came of one exchange: what the adapter returned or raised, and the answer's JSON as it was given."""

    rig: Rig
    value: Any
    error: Exception | None
    given: Any


def tell(exchange: Exchange) -> Told:
    given = complete(exchange.request.path, load.fill(exchange.response.json, {"origin": ORIGIN}))
    if isinstance(given, dict) and "requestId" in given:
        given["requestId"] = REQUEST_ID
    rig = Rig(answer_of(exchange, given))
    try:
        return Told(rig, act(rig, exchange.request), None, given)
    except ChannelError as error:
        return Told(rig, None, error, given)


def answer_of(exchange: Exchange, given: Any) -> Canned | Exception:
    response = exchange.response
    if response.reset:
        return httpx2.ReadError("connection reset by peer")
    body = json.dumps(given) if response.has_json else load.fill(response.text or "", {})
    headers = {
        name: str(load.fill(value, {"any-str": RAY})) for name, value in response.headers.items() if value is not None
    }
    return raw(response.status, body.encode(), f"{response.content_type}; charset=utf-8", headers)


def complete(path: str, given: Any) -> Any:
    """What a transcript leaves out of an answer (`<others>`, `<any>`) filled in, so that it is a whole one."""
    if path.startswith("/ws/orders"):
        return over_results(given, lambda item, number: {**ORDER, "order_id": number, **item, **lines_of(item)})
    if path.startswith("/ws/listings"):
        numbered = lambda item, number: {**LISTING, "id": f"{number}", "listing_id": number, **item}  # noqa: E731
        single = isinstance(given, dict) and not {"results", "error", "errors", "bodymessage"} & given.keys()
        return {**LISTING, **given} if single else over_results(given, numbered)
    if path.startswith("/ws/tasks/") and "error" not in given:
        return {"last_action_error": None, **given}
    if "competitors" in path and isinstance(given, list):
        return [{**COMPETITOR, **item} for item in given]
    if "/ws/category/tree/" in path and isinstance(given, dict) and "category_id" in given:
        return {**CATEGORY, **given}
    return given


def over_results(given: Any, fill: Any) -> Any:
    if not isinstance(given, dict):
        return given
    if "results" not in given:
        return {**ORDER, **given, **lines_of(given)} if "order_id" in given else given
    items = [item if isinstance(item, dict) else {} for item in given["results"]]
    return {**given, "results": [fill(item, number) for number, item in enumerate(items, start=1)]}


def lines_of(item: dict[str, Any]) -> dict[str, Any]:
    return {"orderlines": [{**LINE, **line} for line in item.get("orderlines", [])]}


def act(rig: Rig, request: Request) -> Any:
    """The adapter's way of making this request; where it has none, the client underneath makes it."""
    market = request.headers.get("Accept-Language") or "fr-fr"
    path, found = request.path.rstrip("/"), request.path.rsplit("/", 1)[-1]
    adapter = rig.adapter
    if request.method == "POST" and path == "/ws/listings":
        return adapter.upload(market, rows_of(request))
    if request.method == "POST" and path.startswith("/ws/listings/"):
        return adapter.update(update_of(request, market) or Update(found, market, quantity=1))
    if path == "/ws/listings":
        return next(adapter.listings(market))
    if path == "/ws/listings/detail" and "sku" in request.query:
        return adapter.listing_by_sku(request.query["sku"], market)
    if path == "/ws/listings/detail":
        return adapter.listing(next(iter(request.query.values())), market)
    if path.startswith("/ws/listings/"):
        return adapter.listing(found, market)
    if path.startswith("/ws/tasks/"):
        return adapter.task(str(load.fill(found, {})))
    if path == "/ws/category/tree":
        return adapter.categories()
    if "competitors" in path:
        return adapter.competitors(found)
    if path == "/ws/orders" and request.method == "GET":
        return next(adapter.orders(since_of(request)))
    return below(rig, request)


def below(rig: Rig, request: Request) -> Any:
    parse: Any = (
        wire.categories if "category" in request.path else wire.order if "orders" in request.path else wire.page
    )
    market = request.headers.get("Accept-Language") or ""
    asked = Asked(write=request.method != "GET", private="orders" in request.path, market=market)
    call = Call(request.method, request.path, asked, request.query, body=request.json)
    return rig.adapter._client.call(call, parse).value


def since_of(request: Request) -> datetime:
    return datetime.fromisoformat(request.query.get("date_modification", "2026-03-01 00:00:00")).replace(tzinfo=UTC)


def rows_of(request: Request) -> list[BulkRow]:
    text = (request.json or {}).get("catalog") or '"sku"\n"A"\n'
    return [BulkRow(row.get("sku", ""), row) for row in csv.DictReader(io.StringIO(text), delimiter=";")]


def update_of(request: Request, market: str) -> Update | None:
    """The update that must send exactly this JSON; None where the adapter never sends the like."""
    body = request.json
    if not body or body.keys() - {"quantity", "price", "currency"} or ("price" in body) != ("currency" in body):
        return None
    if not isinstance(body.get("quantity", 0), int) or not re.fullmatch(r"\d+\.\d\d", body.get("price", "1.00")):
        return None
    price = Decimal(body["price"]) if "price" in body else None
    return Update(request.path.rsplit("/", 1)[-1], market, body.get("quantity"), price, body.get("currency", ""))


def named(exchange: Exchange) -> str:
    return f"{exchange.topic}: {exchange.name}"


@pytest.mark.parametrize("exchange", ALL, ids=named)
def test_an_answer_of_the_transcripts_is_read_as_it_is_meant(exchange: Exchange) -> None:
    told = tell(exchange)
    status = exchange.response.status
    if exchange.response.reset or status != 200 or exchange.response.text is not None:
        expect_failure(exchange, told)
    else:
        assert told.error is None, told.error
        expect_value(exchange, told)


def expect_failure(exchange: Exchange, told: Told) -> None:
    response, write = exchange.response, exchange.request.method != "GET"
    html, error = response.content_type == "text/html", told.error
    if response.reset:
        assert type(error) is (OutcomeUnknown if write else Unavailable)
    elif response.status == 200:
        assert type(error) is (OutcomeUnknown if write else ProtocolBroken)
    elif response.status == 401 or (response.status == 403 and not html and "bot-need" not in str(response.json)):
        assert type(error) is AccessDenied
    elif response.status == 403:
        assert isinstance(error, Unavailable) and error.code == "bot_wall"
    elif response.status in (429, 503):
        assert isinstance(error, RateLimited)
        named = response.headers.get("retry-after")
        # A refused write that names no time may have met either limit: what follows tells.
        assert error.wait == (float(named) if named else 10.0 if html or not write else None)
    elif response.status == 404 and not write and "/tasks/" not in exchange.request.path and listed(exchange):
        assert error is None and not told.value
    else:
        assert isinstance(error, Rejected) and error.status == response.status
        assert private(exchange) or [line.message for line in error.lines]
    if isinstance(error, ChannelError) and not response.reset:
        has_id = isinstance(told.given, dict) and "requestId" in told.given
        assert error.request_id == (REQUEST_ID if has_id else RAY if "cf-ray" in response.headers else "")
        assert error.status == response.status


def listed(exchange: Exchange) -> bool:
    return exchange.request.path.startswith(("/ws/listings", "/ws/backbox"))


def private(exchange: Exchange) -> bool:
    return exchange.request.path.startswith("/ws/orders")


def expect_value(exchange: Exchange, told: Told) -> None:
    path, given, value = exchange.request.path.rstrip("/"), told.given, told.value
    market = exchange.request.headers.get("Accept-Language") or "fr-fr"
    if path.startswith("/ws/tasks/"):
        assert value.state is TaskState(STATES[given["action_status"]])
        assert value.message == (
            given["last_action_error"] or (given["result"] if given["result"] == "something" else "")
        )
        expect_rows(given, value)
    elif "bodymessage" in given if isinstance(given, dict) else False:
        assert value == (str(given["bodymessage"]), "")
    elif path.startswith("/ws/orders"):
        orders = given.get("results", [given])
        read = list(value) if "results" in given else [value]
        assert [(o.order_id, o.state) for o in read] == [(str(o["order_id"]), o["state"]) for o in orders]
        expected = [(x["listing"], x["quantity"], x["state"], str(x["id"])) for o in orders for x in o["orderlines"]]
        assert [(x.sku, x.quantity, x.state, x.line_id) for o in read for x in o.lines] == expected
    elif "category" in path:
        expect_categories(given if isinstance(given, list) else [given], list(value))
    elif "competitors" in path:
        expect_competitors(given, value)
    elif path == "/ws/listings":
        assert len(value) == len(given["results"])
        for entry, item in zip(given["results"], value, strict=True):
            expect_listing(entry, item, market)
    else:
        item = value if exchange.request.method == "GET" else value.listing
        expect_listing(given, item, market)


def expect_rows(given: dict[str, Any], value: Any) -> None:
    result = given["result"] if isinstance(given["result"], dict) else {}
    assert value.succeeded == {sku_of(key, row) for key, row in result.get("product_success", {}).items()}
    assert set(value.errors) == {sku_of(key, row) for key, row in result.get("product_errors", {}).items()}
    assert all(value.errors.values())


def sku_of(key: str, row: Any) -> str:
    return str(row["sku"]) if isinstance(row, dict) and "sku" in row else key


def expect_listing(raw: dict[str, Any], item: RemoteListing, market: str) -> None:
    prices = {
        name: Decimal(str(raw[name])) if raw[name] is not None else None for name in ("price", "min_price", "max_price")
    }
    assert (item.back_market_id, item.listing_id, item.sku) == (raw["id"], raw["listing_id"], raw["sku"])
    assert (item.grade, item.quantity, item.publication_state) == (
        raw["grade"],
        raw["quantity"],
        raw["publication_state"],
    )
    assert (item.price, item.min_price, item.max_price) == tuple(value or None for value in prices.values())
    assert (item.currency, item.market, item.title) == (raw["currency"], market, raw["title"])
    assert (item.comment, item.warranty_months) == (raw["comment"] or "", raw["warranty_delay"])
    assert item.product_id == raw["product_id"]


def expect_categories(raw: list[dict[str, Any]], read: list[Any]) -> None:
    assert [node.category_id for node in read] == [node["category_id"] for node in raw]
    for node, item in zip(raw, read, strict=True):
        assert (item.name, item.marketplace_category_id) == (node["category_name"], node["marketplace_category_id"])
        assert item.is_leaf is node["is_leaf"]
        assert [(x.field, x.name, x.type, x.required) for x in item.attributes] == [
            (x["field"], x["field_name"], x["type"], x["required"]) for x in node["attributes"]
        ]
        assert [", ".join(x.allowed) for x in item.attributes] == [
            ", ".join(part.strip() for part in x["allowed_values"].split(",")) for x in node["attributes"]
        ]
        expect_categories(node.get("childrens", []), list(item.children))


def expect_competitors(given: list[dict[str, Any]], value: Any) -> None:
    assert [item.market for item in value] == [{"FR": "fr-fr", "GB": "en-gb"}[entry["market"]] for entry in given]
    for entry, item in zip(given, value, strict=True):
        for name in ("price", "min_price", "price_to_win", "winner_price"):
            assert getattr(item, name) == (Decimal(entry[name]["amount"]) if entry[name] else None)
        assert (item.currency, item.is_winning) == (entry["price"]["currency"], entry["is_winning"])


@pytest.mark.parametrize("exchange", ALL, ids=named)
def test_what_is_sent_is_what_the_transcripts_send(exchange: Exchange) -> None:
    request = exchange.request
    sent = tell(exchange).rig.sent[0]
    assert sent.method == request.method
    expected_path = str(load.fill(request.path, {})).rstrip("/")
    by_id = request.path == "/ws/listings/detail" and "sku" not in request.query
    assert sent.url.path == ("/ws/listings/" + next(iter(request.query.values())) if by_id else expected_path)
    for name, value in {**load.STANDARD_HEADERS, "Accept-Language": request.headers.get("Accept-Language")}.items():
        assert value is None or sent.headers[name] == value
    for name in ("sku", "date_modification"):
        assert name not in request.query or sent.url.params[name] == request.query[name]
    if request.method == "POST" and (exact := exact_body(request)) is not None:
        assert load.match(exact, json.loads(sent.content), {}) == []


def exact_body(request: Request) -> Any:
    """The JSON that must be sent to the letter, where the adapter sends the like at all."""
    if request.path == "/ws/listings":
        catalog = (request.json or {}).get("catalog", "")
        return request.json if catalog.startswith('"sku"') else None
    return request.json if "orders" in request.path or update_of(request, "fr-fr") else None


def test_the_transcripts_make_the_adapter_write_bodies_to_the_letter() -> None:
    exact = [item for item in ALL if item.request.method == "POST" and exact_body(item.request) is not None]
    assert len([item for item in exact if item.request.path == "/ws/listings"]) >= 15
    assert len([item for item in exact if item.request.path != "/ws/listings"]) >= 8
