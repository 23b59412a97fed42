"""What launching, updating, enabling or disabling some products would come to, before it is asked for (B7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from listwright.catalog.grid.search import SELECTION_TIMEOUT_MILLISECONDS, bounded
from listwright.catalog.selection import resolve_of_job
from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.sync.decisions.arrival import seconds_to_send
from listwright.sync.queries.status import account_status

Kind = Literal["launch", "update", "disable", "enable"]


@dataclass(frozen=True, slots=True)
class Asking:
    """`rows` products, `sent` of them have something to send, `skipped` say why not, by reason.

    `lines` are about the SKU lines it takes, `waiting` those that wait already, `seconds` how long all of them take;
    while the account is `paused` nothing is sent. Of what is enabled or disabled `lines` are the most it can be.
    """

    rows: int
    sent: int
    skipped: dict[str, int]
    lines: int
    waiting: int
    seconds: float
    paused: bool


# Why a product is skipped, in the order `sync.operations.prepare` looks; null when it is sent.
_REASON = """
CASE WHEN %(kind)s = 'enable' THEN CASE WHEN listing.status = 'on' THEN 'enabled_already' END
     WHEN coalesce(listing.status, 'never_enabled') <> 'on' THEN 'not_enabled'
     WHEN %(kind)s = 'disable' THEN NULL
     WHEN %(kind)s = 'update' AND listing.back_market_id IS NULL THEN 'not_linked'
     WHEN listing.link_problem <> '' THEN 'held'
     WHEN listing.missing_there_since IS NOT NULL THEN 'missing_there'
     WHEN %(kind)s = 'launch' AND NOT coalesce(state.ready, false) THEN 'not_ready' END
"""
_COUNT = f"""
SELECT reason, count(*), sum(lines) FROM (
    SELECT {_REASON} AS reason, CASE %(kind)s
        WHEN 'update' THEN greatest(1, priced.markets)
        WHEN 'launch' THEN CASE WHEN listing.back_market_id IS NULL THEN 1 + priced.markets ELSE 1 END
        WHEN 'enable' THEN
            CASE WHEN %(automatic)s AND listing.back_market_id IS NOT NULL THEN greatest(1, priced.markets) ELSE 0 END
        ELSE CASE WHEN listing.back_market_id IS NULL OR state.quantity_accepted <= 0 THEN 0 ELSE 1 END END AS lines
    FROM unnest(%(products)s::bigint[]) AS chosen (id)
    LEFT JOIN listings_listing AS listing ON listing.product_id = chosen.id AND listing.account_id = %(account)s
    LEFT JOIN listings_listingstate AS state ON state.listing_id = listing.id
    CROSS JOIN LATERAL (
        SELECT count(*)::int AS markets FROM listings_listingmarketstate AS market
        JOIN companies_accountmarket AS known
            ON known.account_id = market.account_id AND known.market = market.market AND known.enabled
        WHERE market.price_desired IS NOT NULL AND market.listing_id = CASE  -- looked up where it makes lines alone
            WHEN %(kind)s IN ('update', 'enable') OR (%(kind)s = 'launch' AND listing.back_market_id IS NULL)
                THEN listing.id END
    ) AS priced
) AS told GROUP BY reason
"""  # noqa: S608 - both parts are our own


def asking(company: Company, kind: Kind, selection: Mapping[str, Any], *, now: datetime) -> Asking:
    """Count what is selected, as a Queued Job's parameters say it, in a fixed number of statements; writes nothing.

    `lines` of a launch count the create and the prices that follow it, not further texts. Raises Invalid for an empty
    selection, NotReady while the company is not connected, LimitReached past a minute.
    """
    account = companies.account(company)
    chosen = resolve_of_job(company, selection)
    stands = account_status(account.pk, now=now)
    automatic = (account.inventory_upload or account.prices_upload) and stands.first_send_approved_at is not None
    values = {"kind": kind, "products": chosen.product_ids, "account": account.pk, "automatic": automatic}
    with bounded(SELECTION_TIMEOUT_MILLISECONDS), connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        counted = {reason: (rows, int(lines)) for reason, rows, lines in cursor.fetchall()}
    sent, lines = counted.pop(None, (0, 0))
    skipped = {reason: rows for reason, (rows, _) in sorted(counted.items())}
    if chosen.unknown:
        skipped["unknown_sku"] = len(chosen.unknown)
    seconds = seconds_to_send(stands.backlog + lines, stands.hour)
    rows, paused = len(chosen.product_ids) + len(chosen.unknown), stands.paused_at is not None
    return Asking(rows, sent, skipped, lines, stands.backlog, seconds, paused)
