"""Bring the listing's part of the grid in step with what is stored: planned, accepted, verified."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from listwright.catalog.grid import ListingPart, set_listing_part
from listwright.changes.cells import ChangedCells
from listwright.changes.prepared import rows

PARTS = """
SELECT l.product_id, l.merchant_sku, coalesce(l.back_market_id::text, ''), l.category_id,
    (SELECT price_desired FROM listings_listingmarketstate
     WHERE listing_id = l.id AND market = a.default_market), s.quantity_accepted, s.ready,
    coalesce((SELECT array_agg(DISTINCT item ->> 'code') FROM jsonb_array_elements(s.missing) AS item), '{{}}'),
    l.status = 'on', l.status, l.back_market_id IS NOT NULL,
    coalesce(m.online, '{{}}'),
    drifted.kind <> '', drifted.kind,
    coalesce(nullif(l.link_problem, ''), CASE WHEN l.missing_there_since IS NOT NULL THEN 'missing_there' END,
             nullif(s.error_code, ''), m.error, ''),
    s.verified_at
FROM ({wanted}) AS wanted (id)
CROSS JOIN LATERAL (SELECT * FROM listings_listing WHERE id = wanted.id OFFSET 0) AS l
JOIN companies_account a ON a.id = l.account_id
CROSS JOIN LATERAL (SELECT * FROM listings_listingstate WHERE listing_id = l.id OFFSET 0) AS s
CROSS JOIN LATERAL (
    SELECT array_agg(market ORDER BY market) FILTER (WHERE publication_state = 2) AS online,
        max(drift) FILTER (WHERE drift_since IS NOT NULL AND verified_at >= accepted_at
                           AND price_verified IS DISTINCT FROM price_accepted) AS drift,
        min(nullif(error_code, '')) AS error
    FROM listings_listingmarketstate WHERE listing_id = l.id OFFSET 0
) AS m
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.back_market_id IS NULL THEN '' WHEN l.missing_there_since IS NOT NULL THEN 'vanished'
        WHEN s.drift_since IS NOT NULL AND s.verified_at >= s.accepted_at
            AND s.quantity_verified IS DISTINCT FROM s.quantity_accepted THEN s.drift
        ELSE coalesce(m.drift, '') END AS kind
) AS drifted
ORDER BY l.product_id
"""


def refresh_grid(*, listing_ids: Sequence[int]) -> int:
    """Write the listing's part of these listings' grid rows where it differs; returns how many did.

    To be called in the transaction that changed a state, after the change.
    """
    if not listing_ids:
        return 0
    return _write(rows(PARTS.format(wanted="SELECT unnest(%s::bigint[])"), [list(listing_ids)]))


def refresh_grid_of(changes: ChangedCells, names: Sequence[str]) -> int:
    """`refresh_grid` for changed listings in which one of these fields changed."""
    wanted = f"SELECT id FROM ({changes.select}) AS given WHERE cells ?| %s"  # noqa: S608 - the select is our own
    with connection.cursor() as cursor:
        cursor.execute(PARTS.format(wanted=wanted), [*changes.parameters, list(names)])
        return _write(cursor.fetchall())


def _write(parts: Sequence[tuple[Any, ...]]) -> int:
    return set_listing_part([ListingPart(*row) for row in parts])
