"""A small company with listings that are linked and stand there, for tests of the planner."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection

from listwright.catalog import grid
from listwright.catalog.models import GridRow, Product
from listwright.changes.models import Stale
from listwright.changes.operations import Urgency, mark_stale
from listwright.companies.models import Account, AccountMarket, Company, ConditionMapping
from listwright.listings.models import Category, Listing, ListingMarket, ListingMarketState, ListingState
from listwright.listings.operations.ensure import ensure
from listwright.sync.models import AccountState
from listwright.sync.planner import Planner, PlanResult, plan_once

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
MARKETS = ("fr-fr", "de-de", "en-gb")


@dataclass
class World:
    """One company and its account."""

    company: Company
    account: Account

    def product(self, sku: str, **values: Any) -> Product:
        """A product that is ready to post, five in stock, at 100 euros."""
        given = {
            "name": f"Phone {sku}",
            "ean": "4006381333931",
            "brand": "Fairline",
            "condition": "Grade A",
            "weight_lbs": Decimal("0.4"),
            "site_price": Decimal("100.00"),
            "list_price": Decimal("700.00"),
            "physical": 5,
            "image_count": 1,
            "main_image": "https://images.example.com/1.jpg",
            "created_at": NOW,
            "updated_at": NOW,
        }
        product = Product.objects.create(company=self.company, sku=sku, **(given | values))
        grid.refresh([product.id])
        self.stale(product)
        return product

    def listing(self, sku: str, *, status: str = "on", accepted: int | None = 5, **values: Any) -> Listing:
        """A linked listing, planned, with what it wants standing there (`accepted` units, the prices wanted)."""
        product = self.product(sku, **{name: values.pop(name) for name in list(values) if hasattr(Product, name)})
        ensure(account_id=self.account.id, product_ids=[product.id], now=NOW)
        given = {
            "status": status,
            "title": f"Phone {sku}",
            "description": "Cleaned and tested",
            "category_id": 1001,
            "back_market_id": uuid4(),
            "known_to_back_market": True,
        }
        Listing.objects.filter(product=product).update(**(given | values))
        listing = Listing.objects.get(product=product)
        self.plan()
        ListingState.objects.filter(listing=listing).update(
            quantity_accepted=accepted, quantity_due=False, quantity_urgency=9, due_since=None
        )
        for state in ListingMarketState.objects.filter(listing=listing):
            ListingMarketState.objects.filter(listing=listing, market=state.market).update(
                price_accepted=state.price_desired, price_due=False, price_urgency=9, due_since=None
            )
        self.stale(product)
        self.plan()
        return listing

    def change(self, listing: Listing, urgency: Urgency = Urgency.STOCK, **values: Any) -> None:
        """A change of the product's values, as an operation makes it."""
        Product.objects.filter(id=listing.product_id).update(**values)
        self.stale(listing.product_id, urgency)

    def stale(self, product: Product | int, urgency: Urgency = Urgency.STOCK) -> None:
        product_id = product if isinstance(product, int) else product.id
        mark_stale(company_id=self.company.id, product_ids=[product_id], urgency=urgency, now=NOW)

    def set(self, **values: Any) -> None:
        """Change settings of the account, as an operation does."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE companies_account SET settings_generation = settings_generation + 1 WHERE id = %s",
                [self.account.id],
            )
        if values:
            Account.objects.filter(id=self.account.id).update(**values)

    def plan(self, now: datetime = NOW) -> PlanResult:
        return plan_once(now=now)

    @property
    def place(self) -> AccountState:
        return AccountState.objects.get(account=self.account)


def world(slug: str = "acme", *, markets: tuple[str, ...] = MARKETS, **settings: Any) -> World:
    """A company in euros with both uploads on and its first send approved."""
    company = Company.objects.create(slug=slug, name=slug, created_at=NOW)
    given = {
        "inventory_upload": True,
        "prices_upload": True,
        "orders_download": True,
        "stock_feed": "stock_master",
        "default_warranty_months": 12,
        "default_comment": "Cleaned",
        "created_at": NOW,
    }
    account = Account.objects.create(company=company, **(given | settings))
    for market in markets:
        AccountMarket.objects.create(account=account, market=market)
    ConditionMapping.objects.create(company=company, condition="Grade A", grade="VERY_GOOD")
    Category.objects.create(
        account=account,
        category_id=1,
        marketplace_category_id=1001,
        name="Phones",
        path="Phones",
        is_leaf=True,
        fetched_at=NOW,
    )
    AccountState.objects.create(account=account, first_send_approved_at=NOW)
    return World(company, account)


def quantity(listing: Listing) -> tuple[int | None, bool, int]:
    """What is desired of the quantity, whether it is due, and how urgent."""
    state = ListingState.objects.get(listing=listing)
    return state.quantity_desired, state.quantity_due, state.quantity_urgency


def prices(listing: Listing) -> dict[str, tuple[str | None, bool]]:
    """What is desired of the price in each market, and whether it is due."""
    return {
        state.market: (None if state.price_desired is None else str(state.price_desired), state.price_due)
        for state in ListingMarketState.objects.filter(listing=listing).order_by("market")
    }


def is_planned(listing: Listing) -> bool:
    """Whether the push may take this listing: planned from its newest facts (rule 4)."""
    stale = Stale.objects.get(product_id=listing.product_id)
    return ListingState.objects.get(listing=listing).planned_generation == stale.generation == stale.planned


def grid_row(listing: Listing) -> GridRow:
    return GridRow.objects.get(product_id=listing.product_id)


def own_price(listing: Listing, market: str, price: str) -> None:
    ListingMarket.objects.update_or_create(listing=listing, market=market, defaults={"price": Decimal(price)})


def on_a_connection_of_its_own(work: Callable[[], object]) -> None:
    """In a thread, whose connection goes with it."""
    try:
        work()
    finally:
        connection.close()


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=on_a_connection_of_its_own, args=[work])
    thread.start()
    return thread


def rounds_until(planner: Planner, reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < until
        planner.round()


def somebody_waits() -> bool:
    """Whether anybody in the database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return cursor.fetchone() is not None


def raw() -> psycopg.Connection:
    """A connection of its own: somebody else's transaction."""
    values = {**connection.get_connection_params()}
    for name in ("cursor_factory", "context", "prepare_threshold", "pool"):
        values.pop(name, None)
    return psycopg.connect(**values)
