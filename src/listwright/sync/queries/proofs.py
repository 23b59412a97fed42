"""How much of what is linked is proven by reads: as accepted, in the last hour, since when, and what differs how."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection


class Proofs(NamedTuple):
    """Of the `linked` listings, `verified` stand there as accepted, by a later read of their quantity and of the price in
    each enabled market; `verified_hour` of these were read all over within the last hour. `oldest_proof_at`: every linked
    listing was read since (UTC; None: one of them never was). `drift` stand there differently, `drift_kinds` how many of
    each kind.

    Every linked listing is looked at, so this takes longer the more there are.
    """

    linked: int
    verified: int
    verified_hour: int
    oldest_proof_at: datetime | None
    drift: int
    drift_kinds: Mapping[str, int]

    @property
    def verified_share(self) -> float | None:
        """From 0 to 1; None while nothing is linked."""
        return self.verified / self.linked if self.linked else None

    @property
    def verified_hour_share(self) -> float | None:
        """The same, of the last hour."""
        return self.verified_hour / self.linked if self.linked else None


_PROOFS = """
SELECT count(*), count(*) FILTER (WHERE agrees), count(*) FILTER (WHERE agrees AND proof > %(since)s),
    CASE WHEN bool_and(proof IS NOT NULL) THEN min(proof) END
FROM (
    SELECT listing.missing_there_since IS NULL AND coalesce(prices.agree, true)
            AND state.verified_at >= coalesce(state.accepted_at, state.verified_at)
            AND state.quantity_verified IS NOT DISTINCT FROM state.quantity_accepted AS agrees,
        CASE WHEN coalesce(prices.read, true) THEN least(state.verified_at, prices.proof) END AS proof
    FROM listings_listing AS listing JOIN listings_listingstate AS state ON state.listing_id = listing.id
    LEFT JOIN (
        SELECT listing_id, min(verified_at) AS proof, bool_and(verified_at IS NOT NULL) AS read,
            bool_and((verified_at >= coalesce(accepted_at, verified_at)
                AND price_verified IS NOT DISTINCT FROM price_accepted) IS TRUE)
                FILTER (WHERE price_accepted IS NOT NULL) AS agree
        FROM listings_listingmarketstate AS price JOIN companies_accountmarket AS market
            ON market.account_id = price.account_id AND market.market = price.market AND market.enabled
        WHERE price.account_id = %(account)s GROUP BY listing_id) AS prices ON prices.listing_id = listing.id
    WHERE listing.account_id = %(account)s AND listing.back_market_id IS NOT NULL) AS told
"""
_DRIFT = """
SELECT drift_kind, count(*) FROM catalog_gridrow
WHERE company_id = (SELECT company_id FROM companies_account WHERE id = %(account)s) AND drift
GROUP BY drift_kind ORDER BY 2 DESC, 1
"""


def proofs(account_id: int, *, now: datetime) -> Proofs:
    """An account's proofs; callers name a company's own."""
    values: dict[str, Any] = {"account": account_id, "since": now - timedelta(hours=1)}
    with connection.cursor() as cursor:
        cursor.execute(_PROOFS, values)
        linked, verified, hour, oldest = cursor.fetchone()
        cursor.execute(_DRIFT, values)
        kinds = dict(cursor.fetchall())
    return Proofs(linked, verified, hour, oldest, sum(kinds.values()), kinds)
