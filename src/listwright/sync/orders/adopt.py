"""Order lines of SKUs that no product had when they were read: once one has, its units are reserved like any other's."""

from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db import connection

from listwright.catalog.operations import reserve
from listwright.catalog.types import ReservationItem
from listwright.sync.commits import commit
from listwright.sync.orders.effects import Effect, effect
from listwright.sync.orders.store import reference

# The product came after the order: what stands there was read, or will be, with the sold units gone.
ADOPT = """
UPDATE sync_orderline o SET listing_id = l.id, lowered = true, explained = true
FROM listings_listing l, companies_account a
WHERE o.listing_id IS NULL AND l.account_id = o.account_id AND lower(l.effective_merchant_sku) = lower(o.sku)
  AND a.id = o.account_id
RETURNING a.company_id, a.stock_feed, l.product_id, o.order_id, o.line_id, o.quantity, o.order_state, o.line_state
"""


def adopt(*, now: datetime) -> int:
    """Give order lines without a product the one that has their SKU by now; returns how many."""
    with commit("adopt order lines"), connection.cursor() as cursor:
        cursor.execute(ADOPT)
        found = sorted(cursor.fetchall())
        for company_id, rows in groupby(found, key=itemgetter(0)):
            items = [
                ReservationItem(product_id, reference(order_id, line_id), quantity)
                for _, feed, product_id, order_id, line_id, quantity, *states in rows
                if quantity > 0 and effect(feed, *states) is Effect.HOLD
            ]
            if items:
                reserve(company_id=company_id, items=items, now=now)
    return len(found)
