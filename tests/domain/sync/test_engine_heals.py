"""Planner and engine together, through changes, orders and every fault: it ends as desired, without help."""

import random
import time
from datetime import UTC, datetime

import pytest

from listwright.catalog.models import Product
from listwright.catalog.operations import set_stock
from listwright.catalog.types import StockChange
from listwright.changes.origin import Origin
from listwright.common.errors import OutcomeUnknown, RateLimited, Unavailable
from listwright.listings.models import Listing
from listwright.sync.models import Line, OrderLine
from tests.domain.sync.engine_world import Seller, engine, eventually, order, planner, seller, state

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS = (
    (Unavailable("no_connection", "No connection"), False),
    (Unavailable("unavailable", "503", status=503), False),
    (OutcomeUnknown("timeout", "Lost before it was applied"), False),
    (OutcomeUnknown("timeout", "Lost after it was applied"), True),
    (RateLimited("rate_limited", "Too many", wait=0.2), False),
)


@pytest.mark.parametrize("seed", [7, 8])
def test_after_faults_changes_and_orders_everything_stands_as_desired(seed: int) -> None:
    chance = random.Random(seed)
    shop = seller(orders=True)
    listings = [shop.listing(f"SKU-{number}", there=5, physical=5) for number in range(12)]
    shop.channel.latency = 0.005
    with planner(), engine(shop):
        eventually(lambda: shop.channel.count("orders") >= 1)
        for turn in range(60):
            if turn % 4 == 0:
                error, applied = FAULTS[turn // 4 % len(FAULTS)]
                shop.channel.fail("update", error, applied=applied)
            listing = chance.choice(listings)
            if turn % 5 == 1 and shop.there(listing) > 0:
                shop.channel.sell(order(turn, listing.effective_merchant_sku))
            else:
                stock(shop, listing, chance.choice([0, 0, 1, 2, 5, 8]))
            time.sleep(chance.random() * 0.04)
        shop.channel.heal()
        eventually(lambda: OrderLine.objects.count() == len(shop.channel.sold))
        eventually(lambda: settled() and all(as_desired(shop, listing) for listing in listings), within=60)
    assert shop.channel.overlaps == []


def test_without_faults_each_change_costs_one_line() -> None:
    shop = seller(orders=True)
    listings = [shop.listing(f"SKU-{number}", there=5, physical=5) for number in range(10)]
    changes = 0
    with planner(), engine(shop):
        eventually(lambda: shop.channel.count("orders") >= 1)
        for quantity in (0, 3, 9, 2):
            for listing in listings:
                stock(shop, listing, quantity)
                changes += 1
            eventually(lambda: all(as_desired(shop, listing) for listing in listings))
    assert len(shop.channel.updates()) == changes


def settled() -> bool:
    return not Line.objects.filter(state__in=["open", "unknown"]).exists()


def stock(shop: Seller, listing: Listing, physical: int) -> None:
    change = StockChange(listing.effective_merchant_sku, physical, "main", None)
    set_stock(company=shop.account.company, changes=[change], origin=Origin.system("test"), now=datetime.now(UTC))


def as_desired(shop: Seller, listing: Listing) -> bool:
    product = Product.objects.get(pk=listing.product_id)
    desired = max(0, (product.physical or 0) - product.reserved)
    now = state(listing)
    return shop.there(listing) == now.quantity_accepted == now.quantity_desired == desired and not now.quantity_due
