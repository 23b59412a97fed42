"""What happens to a shop: orders come and are shipped, other channels sell, deliveries arrive, prices move."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import httpx2
from django.db import OperationalError, connections
from django.utils import timezone

from listwright.catalog import operations as catalog
from listwright.catalog import queries as products_there
from listwright.catalog.types import StockChange
from listwright.changes.origin import Origin
from listwright.common.errors import DomainError
from listwright.companies.models import Company
from listwright.demo.catalog import MARKETS, DemoProduct
from listwright.demo.connect import Log

# About 1,000 events an hour, of which a third are lines to send: well below the 2,000 that Back Market takes.
TICK_SECONDS = 3.5
FIRST_ORDERS = 6
PAID, TO_SHIP, SHIPPED = 1, 3, 9
CANCELLED_LINE = 4
_NEXT = {10: PAID, PAID: TO_SHIP, TO_SHIP: SHIPPED}
_SOLD_ELSEWHERE = Origin.system("demo: sold in another shop")
_DELIVERY = Origin.system("demo: delivery")
_PRICING = Origin.system("demo: price list")

Kind = Literal["order", "move", "elsewhere", "delivery", "price"]
_WEIGHTS: dict[Kind, int] = {"order": 34, "move": 32, "elsewhere": 13, "delivery": 9, "price": 12}


def next_kind(luck: random.Random, open_orders: int) -> Kind:
    """What happens next; the more orders wait, the more of them are worked on."""
    if open_orders > 40:
        return "move"
    kinds = list(_WEIGHTS)
    if not open_orders:
        kinds.remove("move")
    return luck.choices(kinds, [_WEIGHTS[kind] for kind in kinds])[0]


def next_state(luck: random.Random, state: int) -> dict[str, Any]:
    """The control that moves an order on: paid, accepted, shipped; now and then cancelled before it is shipped."""
    if state == TO_SHIP and luck.random() < 0.06:
        return {"cancel": True}
    return {"state": _NEXT[state]}


def moved_price(luck: random.Random, worth: Decimal, present: Decimal) -> Decimal:
    """A price one to five euros from the present one, never more than 6 % from what the device is worth."""
    step = Decimal(luck.choice((-5, -4, -3, -2, -1, 1, 2, 3, 4)))
    lowest, highest = worth * Decimal("0.94"), worth * Decimal("1.06")
    wanted = present + step
    if not lowest <= wanted <= highest:
        wanted = present - step
    return min(max(wanted, lowest), highest).quantize(Decimal("0.01"))


@dataclass(slots=True)
class Life:
    """One shop's. `orders` {order id: (state, SKUs)} are those not shipped yet."""

    company: Company
    sandbox: httpx2.Client
    made: Sequence[DemoProduct]
    luck: random.Random
    log: Log
    orders: dict[int, tuple[int, list[str]]] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Live until told to stop. What cannot be done now (the visitor changed things) is passed over."""
        fast = FIRST_ORDERS
        known = False
        failing = False
        while not stop.wait(0.5 if fast else TICK_SECONDS):
            try:
                if not known:
                    self._know_orders()
                    known = True
                self.once("order" if fast else next_kind(self.luck, len(self.orders)))
                failing = False
            except DomainError as error:
                self.log(f"passed over: {error}")
            except (httpx2.HTTPError, OperationalError) as error:
                connections.close_all()
                if not failing:
                    self.log(f"waiting, something does not answer: {' '.join(str(error).split())[:200]}")
                failing = True
            fast = max(0, fast - 1)

    def once(self, kind: Kind) -> None:
        """One event."""
        match kind:
            case "order":
                self._order()
            case "move":
                self._move()
            case "elsewhere":
                self._sell_elsewhere()
            case "delivery":
                self._deliver()
            case "price":
                self._price()

    def _know_orders(self) -> None:
        found = self._control("GET", "orders")["orders"]
        self.orders = {
            order["order_id"]: (order["state"], [line["sku"] for line in order["lines"]])
            for order in found
            if order["state"] in _NEXT
        }

    def _order(self) -> None:
        """A buyer takes one, seldom two, of something that is online in their market."""
        market = self.luck.choices(MARKETS, (6, 3, 2))[0]
        for product in self.luck.sample(self.made, 12):
            quantity = 2 if self.luck.random() < 0.08 else 1
            body = {"market": market, "state": PAID, "lines": [{"sku": product.sku, "quantity": quantity}]}
            # An unknown SKU would be ordered too, as Back Market's orders can name listings long gone.
            if self.sandbox.get(f"/_sandbox/listings/{product.sku}").status_code != 200:
                continue
            answer = self.sandbox.post("/_sandbox/orders", json=body)
            if answer.status_code == 200:
                order = answer.json()
                self.orders[order["order_id"]] = (PAID, [product.sku])
                return

    def _move(self) -> None:
        if not self.orders:
            return
        order_id = min(self.orders) if self.luck.random() < 0.7 else self.luck.choice(sorted(self.orders))
        state, skus = self.orders.pop(order_id)
        wanted = next_state(self.luck, state)
        body = {"lines": dict.fromkeys(skus, CANCELLED_LINE)} if "cancel" in wanted else wanted
        answer = self.sandbox.post(f"/_sandbox/orders/{order_id}", json=body)
        if answer.status_code == 200 and (now := answer.json()["state"]) in _NEXT:
            self.orders[order_id] = (now, skus)

    def _sell_elsewhere(self) -> None:
        for product in self.luck.sample(self.made, 12):
            there = self._physical(product)
            if there:
                change = StockChange(product.sku, there - 1)
                catalog.set_stock(company=self.company, changes=[change], origin=_SOLD_ELSEWHERE, now=timezone.now())
                return

    def _deliver(self) -> None:
        """Units for products that ran low; those the demo keeps empty stay empty."""
        low = []
        for product in self.luck.sample(self.made, 60):
            there = None if product.flaw in ("sold_out", "kept_back") else self._physical(product)
            if there is not None and there <= 2:
                low.append(StockChange(product.sku, there + self.luck.randrange(2, 7)))
            if len(low) == 2:
                break
        catalog.set_stock(company=self.company, changes=low, origin=_DELIVERY, now=timezone.now())

    def _price(self) -> None:
        product = self.luck.choice([one for one in self.made if one.listed and "site_price" in one.catalog])
        present = products_there.product(self.company, product.sku).site_price
        if present is not None:
            price = moved_price(self.luck, product.worth, present)
            catalog.update_products(
                company=self.company,
                changes={product.sku: {"site_price": price}},
                origin=_PRICING,
                now=timezone.now(),
            )

    def _physical(self, product: DemoProduct) -> int | None:
        """Units in the main warehouse; None while unknown, or when the visitor has deleted the product."""
        found = products_there.product_ids(self.company, [product.sku])
        views = products_there.views(self.company, list(found.values()))
        return views[0].stock.get("main") if views else None

    def _control(self, method: str, name: str) -> Any:
        answer = self.sandbox.request(method, f"/_sandbox/{name}")
        answer.raise_for_status()
        return answer.json()


def live(
    company: Company, sandbox_url: str, made: Sequence[DemoProduct], seed: int, stop: threading.Event, log: Log
) -> None:
    """Let the shop live until told to stop."""
    luck = random.Random(seed)  # noqa: S311 - made-up data
    with httpx2.Client(base_url=sandbox_url, timeout=10) as sandbox:
        Life(company, sandbox, made, luck, log).run(stop)
