"""What approving values the breaker holds would send, before a person decides."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.sync.decisions.arrival import seconds_to_send
from listwright.sync.queries.status import account_status


class Deciding(NamedTuple):
    """`values` go in `lines` SKU lines, which together with what waits already take about `seconds`."""

    values: int
    lines: int
    seconds: float


# The quantity all markets share rides on a price's line where there is one.
_HELD = """
SELECT coalesce(sum(held_quantity + held_prices), 0)::int, coalesce(sum(greatest(held_quantity, held_prices)), 0)::int FROM (
    SELECT sum(quantity) AS held_quantity, sum(price) AS held_prices FROM (
        SELECT listing_id, 1 AS quantity, 0 AS price FROM listings_listingstate
        WHERE account_id = %(account)s AND hold IN ('held', 'storm')
        UNION ALL
        SELECT listing_id, 0, 1 FROM listings_listingmarketstate
        WHERE account_id = %(account)s AND hold IN ('held', 'storm')) AS value
    GROUP BY listing_id) AS listing
"""


def deciding(company: Company, chosen: Sequence[tuple[str, str]] | None, *, now: datetime) -> Deciding:
    """Of the values chosen, as (SKU, market, "" for the quantity), or of all that is held. Raises NotReady."""
    account = companies.account(company)
    if chosen is None:
        with connection.cursor() as cursor:
            cursor.execute(_HELD, {"account": account.pk})
            values, lines = cursor.fetchone()
    else:
        prices = Counter(sku for sku, market in chosen if market)
        values, lines = len(chosen), sum(max(1, prices[sku]) for sku in {sku for sku, _ in chosen})
    stands = account_status(account.pk, now=now)
    return Deciding(values, lines, seconds_to_send(stands.backlog + lines, stands.hour))
