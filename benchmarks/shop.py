"""A shop for benchmarks that go from REST to the sandbox: all of Listwright as real processes, everything in step at first.

The listings are those of `plan_data`, and the sandbox holds the same ones: same ids, and what is desired stands there.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from tests.harness import Sandbox, Stack

from benchmarks.plan import database

COMPANY = "bench"
PASSWORD = "correct horse battery"  # of ana, its administrator
HOURLY_LINES = 1_000_000
# Nothing runs by the clock while something is measured.
ENVIRONMENT = {"LISTWRIGHT_DOWNLOAD_INTERVAL": "1000000", "LISTWRIGHT_VERIFY_RATE": "0"}
NO_WINDOW = {"LISTWRIGHT_WINDOW_REQUESTS": "1000000"}
# Requests the sandbox may be at, at once.
UNDER_WAY = 100
# Listings that may be sold, in the order of their making, and what stands on Back Market.
SELLABLE = """
SELECT p.sku, s.quantity_accepted FROM listings_listing l
JOIN catalog_product p ON p.id = l.product_id JOIN listings_listingstate s ON s.listing_id = l.id
WHERE s.ready AND l.status = 'on' ORDER BY l.id LIMIT 20000
"""
STANDING = """
SELECT l.id, l.effective_merchant_sku, l.back_market_id::text, l.back_market_listing_id, s.quantity_accepted,
       array_agg(m.market), array_agg(m.price_accepted::text)
FROM listings_listing l JOIN listings_listingstate s ON s.listing_id = l.id
JOIN listings_listingmarketstate m ON m.listing_id = l.id
WHERE l.id > %s GROUP BY l.id, s.listing_id ORDER BY l.id LIMIT 10000
"""


class Line(NamedTuple):
    """A quantity as the sandbox received it, at a monotonic time of this machine."""

    number: int
    at: float
    sku: str
    quantity: int
    status: int


@dataclass(slots=True)
class Shop:
    """A running stack with a company whose listings stand on the sandbox as desired.

    `quantities`: what stands there of each SKU that may be sold, in the order of their making.
    """

    stack: Stack
    token: str
    quantities: dict[str, int]
    received: list[Line] = field(default_factory=list)
    _last: int = 0
    _seen: set[int] = field(default_factory=set)

    def door(self, company: str = COMPANY) -> "Door":
        """A connection to REST, for one thread; the server hangs up on one that says nothing for long."""
        return Door(self.stack.port, self.token, company)

    def lines(self) -> list[Line]:
        """The quantities received since this was asked last; they are kept in `received` too."""
        # A request under way has its number already, but no line yet: it is looked for again.
        after = max(0, self._last - UNDER_WAY)
        answer = self.stack.sandbox.control("GET", f"requests?format=lines&method=POST&after={after}")
        self._last = answer["last"]
        new = [
            Line(line["number"], line["monotonic"], line["sku"], line["fields"]["quantity"], line["status"])
            for line in answer["lines"]
            if "quantity" in line["fields"] and line["status"] and line["number"] not in self._seen
        ]
        self._seen = {number for number in self._seen if number > after} | {line.number for line in new}
        self.received += new
        return new

    def limited(self) -> list[float]:
        """Monotonic times of the requests that were answered with 429."""
        answer = self.stack.sandbox.control("GET", "requests")
        return [request["monotonic"] for request in answer["requests"] if request["status"] == 429]


class Door:
    """REST with as little work as possible in the measuring process."""

    def __init__(self, port: int, token: str, company: str = COMPANY) -> None:
        self.company = company
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """`path` under the company. Fails on any status but 2xx."""
        data = None if body is None else json.dumps(body)
        self._http.request(method, f"/api/v1/companies/{self.company}/{path}", data, self._headers)
        answer = self._http.getresponse()
        text = answer.read()
        assert 200 <= answer.status < 300, f"{method} {path}: {answer.status} {text[:500]!r}"
        return json.loads(text)

    def set_stock(self, sku: str, physical: int) -> None:
        """One SKU's units."""
        assert self.call("PUT", f"products/{sku}/stock", {"physical": physical})["state"] != "ignored"

    def set_stocks(self, stocks: Mapping[str, int]) -> None:
        """Many SKUs' units, up to 10,000."""
        answer = self.call("POST", "stock", [{"sku": sku, "physical": units} for sku, units in stocks.items()])
        assert not answer["errors"], answer["errors"][:3]

    def close(self) -> None:
        """Hang up."""
        self._http.close()


@contextmanager
def running(
    size: int,
    sandbox_options: Sequence[str],
    environment: Mapping[str, str],
    *,
    prepare: str = "from benchmarks.shop import prepare; prepare()",
) -> Iterator[Shop]:
    """A shop with `size` listings in a fresh database; everything is ended and dropped behind it.

    `prepare` is the Python that fills the database and the sandbox, and prints what `Shop` is made of.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # who is ended by `timeout` leaves nothing behind
    with tempfile.TemporaryDirectory(prefix="listwright-bench-") as name, database() as url:
        folder = Path(name)
        sandbox = Sandbox(folder, *sandbox_options)
        stack = Stack(folder, url, sandbox, **{**ENVIRONMENT, **environment})
        try:
            made = prepared(stack, size, prepare)
            stack.up()
            shop = Shop(stack, made["token"], made["quantities"])
            shop.lines()
            yield shop
        except BaseException:
            print(stack.logs(), file=sys.stderr)
            raise
        finally:
            stack.stop()
            sandbox.stop()


def prepared(stack: Stack, size: int, prepare: str) -> dict[str, Any]:
    """What `prepare` made, in a process of its own, whose memory goes with it."""
    command = [sys.executable, "-c", prepare, str(size), stack.sandbox.url]
    environment = {**os.environ, **stack.environment}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def prepare() -> None:
    """In a process of its own: tables, listings, their first plan, the sandbox's copy, and a person's token."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.plan_data import build, settle
    from listwright.changes.origin import Origin
    from listwright.companies import operations as companies
    from listwright.companies.models import Account
    from listwright.sync.planner import plan_once

    size, sandbox_url = int(sys.argv[1]), sys.argv[2]
    now, origin = datetime.now(UTC), Origin.system("bench")
    call_command("migrate", verbosity=0, interactive=False)
    account_id, indexes = build(size, now=now)
    account = Account.objects.select_related("company").get(id=account_id)
    wanted = {"default_max_quantity": 1000, "hourly_lines": HOURLY_LINES, "sandbox_url": sandbox_url}
    companies.update_account_settings(company=account.company, changes=wanted, origin=origin, now=now)
    while plan_once(now=datetime.now(UTC)).busy:
        time.sleep(0.1)
    settle(account_id, indexes)
    user = companies.create_user(username="ana", password=PASSWORD, origin=origin, now=now)
    companies.set_member(company=account.company, user=user, role="administrator", origin=origin, now=now)
    _, token = companies.create_token(user=user, name="bench", origin=origin, now=now)
    with connection.cursor() as cursor:
        load(sandbox_url, standing(cursor))
        cursor.execute("UPDATE sync_accountstate SET downloaded_at = now(), categories_at = now()")
        cursor.execute(SELLABLE)
        print(json.dumps({"token": token, "quantities": dict(cursor.fetchall())}))


def standing(cursor: Any) -> Iterator[list[dict[str, Any]]]:
    """Our listings as the sandbox takes them, some thousand at a time."""
    last = 0
    while True:
        cursor.execute(STANDING, [last])
        rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield [
            {
                "sku": sku,
                "id": identity,
                "listing_id": number,
                "title": sku,
                "quantity": max(0, quantity or 0),
                "markets": {
                    market: {"price": price, "comment": "Cleaned and tested", "warranty_delay": 12}
                    for market, price in zip(markets, prices, strict=True)
                    if price is not None
                },
            }
            for _, sku, identity, number, quantity, markets, prices in rows
        ]


def load(sandbox_url: str, batches: Iterable[list[dict[str, Any]]]) -> None:
    """Load listings into a sandbox."""
    for listings in batches:
        body = json.dumps({"listings": listings}).encode()
        with urlopen(Request(f"{sandbox_url}/_sandbox/listings", body, method="POST"), timeout=120) as answer:
            assert json.load(answer)["listings"] == len(listings)
