"""A company that sells: a running stack with its account connected, and what its stories do to it and look for."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from stdnum import ean

from tests.harness import Api, Sandbox, Stack, eventually, running
from tests.stories.conftest import QUICK, set_up

PATIENCE = 75.0  # a 429 met again within ten minutes is waited for half a minute
"""Seconds for what takes a moment on a quiet machine."""

_numbers = itertools.count(1)


@dataclass
class Shop:
    """`api` is REST of the company, `leaf` the category its products go to."""

    stack: Stack
    api: Api
    leaf: dict[str, Any]
    sandbox: Sandbox = field(init=False)

    def __post_init__(self) -> None:
        self.sandbox = self.stack.sandbox

    def product(self, name: str, *, stock: int = 5, price: str = "120.00", **properties: Any) -> str:
        """A product with everything Back Market wants, enabled; returns its SKU, `name` with a number."""
        number = next(_numbers)
        sku = f"{name.upper().replace('_', '-')}-{number:03d}"
        body = f"21{number:010d}"
        self.api.call(
            "POST",
            "products",
            {
                "sku": sku,
                "name": f"Phone {number}",
                "ean": body + ean.calc_check_digit(body),
                "brand": "Fairphone",
                "condition": "Good",
                "weight_oz": "6",
                "site_price": price,
                "list_price": "400.00",
                "description": "Tested.",
                "images": [{"url": f"https://pictures.example/{number}.jpg"}],
                "stock": {"main": stock},
            },
        )
        self.enable(sku, **properties)
        return sku

    def enable(self, sku: str, **properties: Any) -> None:
        """Fill the Back Market properties of a product and switch it on."""
        attributes = {
            item["field"]: item["allowed"][0] if item["allowed"] else "1"
            for item in self.leaf["attributes"]
            if item["required"]
        }
        filled = self.api.call(
            "PATCH",
            f"products/{sku}/backmarket",
            {
                "title": f"Telephone {sku}",
                "description": "Reconditionne.",
                "category": self.leaf["marketplace_category_id"],
                "attributes": attributes,
                "warranty_months": 12,
                "comment": "Teste.",
                "enabled": True,
            }
            | properties,
        )
        assert filled["readiness"]["ready"], filled["readiness"]

    def ask_launch(self, *skus: str) -> dict[str, Any]:
        """A launch job, just asked for."""
        found: dict[str, Any] = self.api.call("POST", "listings/launch", {"skus": list(skus)})["job"]
        return found

    def launch(self, *skus: str) -> dict[str, dict[str, Any]]:
        """Launch and wait for the end; {SKU: its row}."""
        return self.rows(self.api.finished(self.ask_launch(*skus), within=PATIENCE))

    def rows(self, job: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """{SKU: row} of a job."""
        return {row["sku"]: row for row in self.api.get(f"jobs/{job['id']}/rows", limit=500)["results"]}

    def live(self, name: str, **values: Any) -> str:
        """A product that stands on Back Market; returns its SKU."""
        sku = self.product(name, **values)
        row = self.launch(sku)[sku]
        assert row["state"] == "succeeded", row
        return sku

    def stock(self, sku: str, units: int) -> None:
        """Set the stock."""
        self.api.call("PUT", f"products/{sku}/stock", {"physical": units})

    def price(self, sku: str, price: str) -> None:
        """Set the site price."""
        self.api.call("PATCH", f"products/{sku}", {"site_price": price})

    def settings(self, **values: Any) -> None:
        """Switch settings of the sandbox."""
        self.sandbox.control("PUT", "settings", values)

    def arm(self, kind: str, **options: Any) -> None:
        """Arm a fault of the sandbox, for once unless `count` says otherwise."""
        self.sandbox.control("POST", "faults", {"kind": kind, "count": 1} | options)

    def struck(self, kind: str) -> None:
        """Wait until every armed fault of this kind has struck as often as it may."""
        eventually(
            lambda: all(
                fault["fired"] >= (fault["count"] or 1)
                for fault in self.sandbox.control("GET", "faults")["faults"]
                if fault["kind"] == kind
            ),
            within=PATIENCE,
            what=f"{kind} struck",
        )

    def forget_limits(self) -> None:
        """A new push worker, one that has met no limit yet: whoever met one waits longer after the next."""
        self.stack.programs["push"].stop()
        self.stack.start("push", "worker", "--role", "push")

    def there(self, sku: str, market: str = "fr-fr") -> dict[str, Any]:
        """A listing as it stands, read with the sandbox's controls: no fault and no limit is in the way."""
        found = self.sandbox.http.get(f"/_sandbox/listings/{sku}")
        if found.status_code == 404:
            return {}
        shown: dict[str, Any] = found.json()
        return {**shown, **shown["markets"].get(market, {})}

    def arrived(self, sku: str, *, quantity: int | None = None, price: str | None = None) -> dict[str, Any]:
        """Wait until quantity and price stand there."""

        def as_wanted() -> Any:
            now = self.there(sku)
            right = (quantity is None or now.get("quantity") == quantity) and (
                price is None or now.get("price") == price
            )
            return now if now and right else None

        what = f"{sku} has quantity {quantity} and price {price} there ({self.shown(sku)})"
        found: dict[str, Any] = eventually(as_wanted, within=PATIENCE, every=0.1, what=what)
        return found

    def shown(self, sku: str) -> dict[str, Any]:
        """The listing as Listwright shows it."""
        found: dict[str, Any] = self.api.get(f"products/{sku}/backmarket")
        return found

    def status(self) -> dict[str, Any]:
        """Where the account stands."""
        found: dict[str, Any] = self.api.get("backmarket/status")
        return found

    def lines(self, sku: str) -> list[dict[str, Any]]:
        """What was sent for a product, oldest first."""
        return self.query(
            "SELECT line.* FROM sync_line AS line JOIN listings_listing AS listing ON listing.id = line.listing_id"
            " JOIN catalog_product AS product ON product.id = listing.product_id WHERE product.sku = %s ORDER BY line.id",
            sku,
        )

    def query(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Rows of the stack's database."""
        with psycopg.connect(self.stack.environment["DATABASE_URL"], row_factory=dict_row) as connection:
            return connection.execute(statement, values).fetchall()

    def quiet(self) -> None:
        """Wait until nothing is left to plan, to send or to read."""
        eventually(
            lambda: not any(self.status()["backlog"].values()),
            within=PATIENCE,
            every=0.2,
            what="nothing waits",
        )


def open_shop(stack: Stack, api: Api) -> Shop:
    """Both uploads on, the first send approved, categories read."""
    switches = {"orders_download": True, "stock_feed": "stock_master", "inventory_upload": True, "prices_upload": True}
    api.call("PATCH", "backmarket/settings", switches)
    api.call("POST", "held", {"action": "approve", "all": True})
    level = eventually(lambda: api.get("categories")["results"], within=PATIENCE, what="the categories were read")
    while not level[0]["is_leaf"]:
        level = api.get("categories", parent=level[0]["category_id"])["results"]
    return Shop(stack, api, level[0])


@contextmanager
def serving(folder: Path, database_url: str, *options: str, **environment: str) -> Iterator[Shop]:
    """A shop in France on a stack of its own: no limits, tasks done in a moment, and the options and environment given."""
    quick = ("--limits", "off", "--task-delay", "0.3", "--setting", "validation_after=0")
    with running(folder, database_url, *quick, *options, **(QUICK | environment)) as stack:
        try:
            yield open_shop(stack, set_up(stack, markets=("fr-fr",)))
        finally:
            print(stack.logs())  # shown by pytest where a test failed
