"""A company whose stock, prices and orders are stirred: what is done to it, and a journal of it for the checker."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError

import httpx2
from django.db import Error, connection
from stdnum import ean

from listwright.catalog.models import Product, Stock, Warehouse
from listwright.catalog.operations import set_stock, update_product
from listwright.catalog.types import StockChange
from listwright.changes.origin import Origin
from listwright.companies import secrets
from listwright.companies.models import Account, ConditionMapping
from listwright.listings.models import Category, Listing
from listwright.sync.models import AccountState
from listwright.sync.operations import asked
from tests.chaos.invariants import Wish
from tests.domain.sync.engine_world import Seller, seller
from tests.harness import TOKEN, Sandbox

log = logging.getLogger(__name__)

ORIGIN = Origin.system("chaos")
UNITS = 40


@dataclass
class Shop:
    """`stirred` SKUs get new stock and prices, `ordered` ones are bought, `fresh` ones are to be launched."""

    seller: Seller
    sandbox: Sandbox
    chance: random.Random
    stirred: list[str] = field(default_factory=list)
    ordered: list[str] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    placed: list[int] = field(default_factory=list)
    # Where figures are given to us, unless it is by a process of our own: whether it was surely taken.
    give: Callable[[str, int], bool] | None = None

    @property
    def slug(self) -> str:
        return str(self.seller.account.company.slug)

    def reads_orders(self) -> bool:
        """Whether orders were read once."""
        return AccountState.objects.filter(account=self.seller.account, orders_from__isnull=False).exists()

    def act(self) -> None:
        """One thing that happens on a day of selling."""
        what: list[Callable[[], None]] = [self.stock] * 5 + [self.price] * 2
        if self.ordered:
            what += [self.order] * 2 + [self.move_order] * 2
        self.chance.choice(what)()

    def stock(self) -> None:
        """A new figure: a zero, or a number that this SKU has never had."""
        sku, number = self.chance.choice(self.stirred), len(self.wishes) + 1
        quantity = 0 if self.chance.random() < 0.4 else 100 + number
        done = (self.give or self.set_stock)(sku, quantity)
        self.wishes.append(Wish(sku, number, quantity, done))

    def set_stock(self, sku: str, quantity: int) -> bool:
        change = StockChange(sku, quantity)
        return self.do(lambda: set_stock(company=self.company, changes=[change], origin=ORIGIN, now=datetime.now(UTC)))

    def price(self) -> None:
        """A new price."""
        sku = self.chance.choice(self.stirred + self.ordered)
        price = {"site_price": f"{self.chance.randrange(80, 130)}.00"}
        self.do(
            lambda: update_product(company=self.company, sku=sku, changes=price, origin=ORIGIN, now=datetime.now(UTC))
        )

    def order(self) -> None:
        """A buyer orders; some pay later, and until then the seller sees nothing of it."""
        sku = self.chance.choice(self.ordered)
        line = {"sku": sku, "quantity": self.chance.choice([1, 1, 2])}
        try:
            body = {"market": "fr-fr", "state": self.chance.choice([1, 3, 0]), "lines": [line]}
            self.placed.append(self.ask("POST", "orders", body)["order_id"])
        except (HTTPError, AssertionError):
            log.info("%s is not for sale", sku)

    def move_order(self) -> None:
        """An order goes on: it is paid, shipped, or cancelled."""
        if self.placed:
            number = self.chance.choice(self.placed)
            order = self.ask("GET", f"orders/{number}")
            state, sku = order["state"], order["lines"][0]["sku"]
            moves: dict[int, list[dict[str, Any]]] = {
                0: [{"state": 1}],
                1: [{"state": 3}, {"lines": {sku: 4}}],
                3: [{"lines": {sku: 3}}, {"lines": {sku: 4}}],
            }
            if state in moves:
                self.ask("POST", f"orders/{number}", self.chance.choice(moves[state]))

    def launch(self, count: int) -> None:
        """Some products that Back Market does not list yet."""
        skus, self.fresh = self.fresh[:count], self.fresh[count:]
        asking = {"company": self.company, "selection": {"skus": skus}, "origin": ORIGIN}
        if skus and not self.do(lambda: asked.launch(**asking, now=datetime.now(UTC))):
            self.fresh += skus  # asked for again when the database is back; twice at worst

    def show_hidden_orders(self) -> None:
        """Every buyer pays in the end."""
        for order in self.ask("GET", "orders")["orders"]:
            if order["state"] == 0:
                self.ask("POST", f"orders/{order['order_id']}", {"state": 1})

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A control of the sandbox, which may be dead for a moment; what died unanswered may come to be done twice."""
        until = time.monotonic() + 30
        while True:
            try:
                return self.sandbox.control(method, path, body)
            except httpx2.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def do(self, operation: Callable[[], Any]) -> bool:
        """Whether an operation came to its end; a database that is away is no more than a pause."""
        try:
            operation()
        except Error:
            connection.close()
            time.sleep(0.3)
            return False
        return True

    def journal(self, *, exhausted: bool = False) -> dict[str, Any]:
        """For the checker."""
        return {
            "slug": self.slug,
            "sandbox_url": self.sandbox.url,
            "exhausted": exhausted,
            "stocked": dict.fromkeys(self.ordered, UNITS),
            "wishes": self.wishes,
        }

    @property
    def company(self) -> Any:
        return self.seller.account.company


def open_shop(
    slug: str,
    sandbox: Sandbox,
    seed: int,
    *,
    stirred: int,
    ordered: int = 0,
    fresh: int = 0,
    hourly_lines: int = 100_000,
) -> Shop:
    """A company in step with its sandbox; Django is set up on its database."""
    shop = Shop(seller(orders=True, slug=slug, hourly_lines=hourly_lines), sandbox, random.Random(seed))
    account = shop.seller.account
    Account.objects.filter(pk=account.pk).update(
        sandbox_url=sandbox.url,
        token_encrypted=secrets.encrypt(TOKEN),
        default_warranty_months=12,
        default_comment="Tested",
    )
    ConditionMapping.objects.create(company=account.company, condition="Grade A", grade="VERY_GOOD")
    Category.objects.create(
        account=account, category_id=1, marketplace_category_id=1001, name="Phones", path="Phones", is_leaf=True,
        fetched_at=datetime.now(UTC),
    )  # fmt: skip
    AccountState.objects.filter(account=account).update(categories_at=datetime.now(UTC) + timedelta(days=1))
    there = []
    for group, count in (("stirred", stirred), ("ordered", ordered)):
        for number in range(count):
            sku = f"{slug}-{group}-{number}"
            listing = shop.seller.listing(sku, there=UNITS, physical=UNITS)
            getattr(shop, group).append(sku)
            offer = {"price": "100.00", "comment": "Tested", "warranty_delay": 12}
            there.append(
                {"sku": sku, "id": str(listing.back_market_id), "quantity": UNITS, "markets": {"fr-fr": offer}}
            )
    products = []
    for number in range(fresh):
        code = f"31{number:010d}"
        sku, code = f"{slug}-fresh-{number}", code + ean.calc_check_digit(code)
        products.append({"ean": code, "titles": {"fr-fr": f"Phone {number}"}})
        _fresh(account, sku, code)
        shop.fresh.append(sku)
    sandbox.control("POST", "listings", {"products": products, "listings": there})
    return shop


def _fresh(account: Account, sku: str, code: str) -> None:
    """A product that is ready to post."""
    now = datetime.now(UTC)
    product = Product.objects.create(
        company=account.company, sku=sku, name=sku, ean=code, brand="Fairline", condition="Grade A",
        weight_lbs=Decimal("0.4"), site_price=Decimal("100.00"), list_price=Decimal("700.00"), physical=UNITS,
        image_count=1, main_image="https://images.example.com/1.jpg", created_at=now, updated_at=now,
    )  # fmt: skip
    Stock.objects.create(
        product=product, warehouse=Warehouse.objects.get(company=account.company), physical=UNITS, as_of=now
    )
    Listing.objects.create(
        account=account, product=product, status="on", status_since=now, effective_merchant_sku=sku, title=sku,
        description="Cleaned and tested", category_id=1001, known_to_back_market=True,
    )  # fmt: skip
