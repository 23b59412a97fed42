"""An adapter on a transport that the tests own: what was sent is kept, what is answered is given."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx2

from listwright.channels.backmarket import CHANNEL
from listwright.channels.backmarket.adapter import BackMarketAdapter
from listwright.channels.protocol import Connection, Exchange
from tests.transcripts.load import TOKEN

ORIGIN = "http://127.0.0.1:8100"
UUID = "7a97a1b6-547e-4718-bc72-5b84aca91b09"
SINCE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

LISTING: dict[str, Any] = {
    "id": UUID,
    "listing_id": 4567,
    "sku": "IPHONE_6S_64GO_BLUE_CORRECT",
    "title": "iPhone 6S - 64Go - Bleu - Débloqué",
    "state": 2,
    "grade": "GOOD",
    "price": "160.99",
    "min_price": "150.00",
    "quantity": 12,
    "publication_state": 2,
    "comment": "Très bon téléphone",
    "warranty_delay": 24,
    "shippings": [],
    "currency": "EUR",
    "backmarket_id": 42,
    "product_id": "6d4ad966-db97-4d88-b409-b28cc2a0f8c9",
    "max_price": 199.9,
    "snowden": False,
}


def connection(**changes: Any) -> Connection:
    values = {
        "environment": "sandbox",
        "region": "eu",
        "token": TOKEN,
        "agent_company": "Demo",
        "contact_mail": "demo@example.com",
        "default_market": "fr-fr",
        "base_url": ORIGIN,
    }
    return Connection(**{**values, **changes})


class Canned(NamedTuple):
    """An answer as it goes over the wire: a packed body stays packed."""

    status: int
    headers: dict[str, str]
    body: bytes


class Rig:
    """`answers` are given one after the other, the last one again and again; an exception is raised instead."""

    def __init__(self, *answers: Canned | Exception, **changes: Any) -> None:
        self.answers = list(answers)
        self.sent: list[httpx2.Request] = []
        self.exchanges: list[Exchange] = []
        self.adapter: BackMarketAdapter = CHANNEL.connect(
            connection(**changes), self.exchanges.append, transport=httpx2.MockTransport(self._answer)
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(given, Exception):
            raise given
        return httpx2.Response(given.status, headers=given.headers, stream=httpx2.ByteStream(given.body))


def answer(status: int = 200, body: Any = None, headers: dict[str, str] | None = None) -> Canned:
    """An answer with a JSON body."""
    return raw(status, json.dumps(body).encode(), "application/json", headers)


def raw(status: int, body: bytes, content_type: str = "", headers: dict[str, str] | None = None) -> Canned:
    """An answer with any body."""
    named = {"content-type": content_type} if content_type else {}
    return Canned(status, {**named, **(headers or {})}, body)


def error_of(act: Callable[[], Any]) -> Exception:
    """What `act` raises; fails when it raises nothing."""
    try:
        done = act()
    except Exception as error:
        return error
    raise AssertionError(f"nothing was raised, but {done!r} returned")
