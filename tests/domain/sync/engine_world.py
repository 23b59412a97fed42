"""A seller with linked listings, a channel in memory, and the engine running: what the engine's tests share."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from listwright.catalog.models import Product, Stock, Warehouse
from listwright.channels.protocol import RemoteOrder, RemoteOrderLine
from listwright.channels.testing import FakeChannel
from listwright.common.clock import Clock, SystemClock
from listwright.companies import secrets
from listwright.companies.models import Account, AccountMarket, Company
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.sync.engine.run import run
from listwright.sync.engine.timing import Timing
from listwright.sync.models import AccountState, Line

QUICK = Timing(
    lease_heartbeat=0.5,
    lease_length=3,
    http_timeout=1,
    sweep_interval=0.4,
    quarantine_single=0.3,
    orders_fresh=1,
    requests_at_once=8,
    read_gap=0.05,
    answer_margin=0.3,
)


@dataclass
class Seller:
    """A company whose account speaks to a `FakeChannel`."""

    account: Account
    channel: FakeChannel = field(default_factory=FakeChannel)

    def listing(
        self,
        sku: str,
        *,
        desired: int | None = None,
        there: int | None = 5,
        price: str | None = None,
        price_there: str | None = "100.00",
        market: str = "fr-fr",
        urgency: int | None = None,
        physical: int | None = None,
        **state: Any,
    ) -> Listing:
        """A linked listing; `desired` or `price` given: that is due."""
        now = datetime.now(UTC)
        physical = (there or 0) if physical is None else physical
        product = Product.objects.create(
            company_id=self.account.company_id, sku=sku, name=sku, physical=physical, site_price=Decimal("100.00"),
            created_at=now, updated_at=now,
        )  # fmt: skip
        Stock.objects.create(
            product=product,
            warehouse=Warehouse.objects.get(company_id=self.account.company_id),
            physical=physical,
            as_of=now - timedelta(minutes=5),
        )
        listing = Listing.objects.create(
            account=self.account, product=product, status="on", status_since=now, effective_merchant_sku=sku,
            back_market_id=uuid.uuid4(), linked_at=now,
        )  # fmt: skip
        if urgency is None:
            urgency = 9 if desired is None else 0 if desired <= 0 else 2 if desired < (there or 0) else 5
        before = now - timedelta(minutes=1)
        ListingState.objects.create(
            listing=listing,
            account=self.account,
            quantity_desired=there if desired is None else desired,
            quantity_accepted=there,
            accepted_at=before,
            quantity_due=desired is not None,
            quantity_urgency=urgency,
            due_since=now,
            turn=now,
            planned_settings=1,
            **state,
        )
        ListingMarketState.objects.create(
            listing=listing,
            account=self.account,
            market=market,
            currency="EUR",
            price_desired=Decimal(price or price_there or "1.00"),
            price_accepted=None if price_there is None else Decimal(price_there),
            accepted_at=before,
            price_due=price is not None,
            price_urgency=3 if price is not None else 9,
            due_since=now,
            turn=now,
        )
        self.channel.list(
            str(listing.back_market_id), sku, there or 0, **{market.replace("-", "_"): Decimal(price_there or "0.00")}
        )
        return listing

    def there(self, listing: Listing) -> int:
        """What stands on the channel."""
        return self.channel.there[str(listing.back_market_id)].quantity

    def due(self, listing: Listing, desired: int, *, urgency: int | None = None) -> None:
        """As the planner would: another quantity is due."""
        state = ListingState.objects.get(pk=listing.pk)
        if urgency is None:
            urgency = 0 if desired <= 0 else 2 if desired < (state.quantity_accepted or 0) else 5
        ListingState.objects.filter(pk=listing.pk).update(
            quantity_desired=desired, quantity_due=True, quantity_urgency=urgency, due_since=datetime.now(UTC),
            turn=datetime.now(UTC),
        )  # fmt: skip
        wake()


def seller(
    *, hourly_lines: int = 2000, orders: bool = False, feed: str = "stock_master", slug: str = "seller"
) -> Seller:
    """A connected company; automatic uploads are on where orders are read."""
    now = datetime.now(UTC)
    company = Company.objects.create(slug=slug, name=slug.title(), created_at=now)
    Warehouse.objects.create(company=company, name="main", sellable=True)
    account = Account.objects.create(
        company=company, token_encrypted=secrets.encrypt("token"), agent_company="Seller", contact_mail="a@example.com",
        inventory_upload=orders, prices_upload=orders, orders_download=orders, stock_feed=feed if orders else "",
        hourly_lines=hourly_lines, created_at=now,
    )  # fmt: skip
    AccountMarket.objects.create(account=account, market="fr-fr")
    AccountState.objects.create(account=account, planned_settings=1, first_send_approved_at=now)
    return Seller(account)


def order(
    number: int, sku: str, *, quantity: int = 1, state: int = 1, order_state: int = 3, at: datetime | None = None
) -> RemoteOrder:
    """An order of one line, placed and modified at `at` (now)."""
    at = at or datetime.now(UTC)
    line = RemoteOrderLine(f"line-{number}", sku, None, quantity, state)
    return RemoteOrder(f"order-{number}", order_state, "FR", at, datetime.now(UTC), (line,))


@contextmanager
def engine(*sellers: Seller, timing: Timing = QUICK, clock: Clock | None = None, steps: Any = ()) -> Iterator[None]:
    """The push process, in this one: its threads have connections of their own."""
    channel = sellers[0].channel
    stop = threading.Event()

    def work() -> None:
        run(
            stop,
            timing=timing,
            clock=clock or SystemClock(),
            connect=lambda _, to, record: channel.connect(to, record),
            steps=steps,
        )

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        channel.let_go()
        stop.set()
        wake()
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def planner() -> Iterator[None]:
    """The real planner, resident."""
    from listwright.sync.planner import run as plan

    stop = threading.Event()

    def work() -> None:
        try:
            plan(stop)
        finally:
            connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        wake("plan")
        thread.join(20)
        assert not thread.is_alive()


def wake(topic: str = "push") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY listwright_{topic}")


def eventually(true: Callable[[], Any], within: float = 30.0) -> Any:
    """Wait until something holds; the value it gave."""
    until = time.monotonic() + within
    while not (value := true()):
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)
    return value


def state(listing: Listing) -> ListingState:
    return ListingState.objects.get(pk=listing.pk)


def market_state(listing: Listing, market: str = "fr-fr") -> ListingMarketState:
    return ListingMarketState.objects.get(listing=listing, market=market)


def lines(listing: Listing) -> list[Line]:
    return list(Line.objects.filter(listing=listing).order_by("id"))
