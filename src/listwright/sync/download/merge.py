"""Bring a finished download together with what we have: read back, link, show as unlinked, note as missing (B6)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from listwright.changes.origin import Origin
from listwright.channels.protocol import RemoteListing
from listwright.common.text import fold
from listwright.listings import operations as listings
from listwright.sync.commits import commit
from listwright.sync.download import staging
from listwright.sync.verify.take import take

ORIGIN = Origin.system("Active Listings")
ASKED_BY_ID = 500


@dataclass(slots=True)
class Merged:
    """How many listings a download read back, linked, found without a product, and found gone."""

    read: int = 0
    linked: int = 0
    unlinked: int = 0
    missing: int = 0

    def __str__(self) -> str:
        return (
            f"{self.read} listings read. {self.linked} newly linked, {self.unlinked} without a product of ours, "
            f"{self.missing} gone from Back Market."
        )


def merge(*, job_id: int, account_id: int, began_at: datetime, now: datetime, is_gone: Callable[[str], bool]) -> Merged:
    """Merge everything the download read, some listings a transaction. Repeating it changes nothing more.

    The set moves while it is read, so a listing that did not come is asked for by its Back Market ID (`is_gone`) before
    it is believed to be gone.
    """
    result = Merged()
    for chunk in staging.listings(job_id=job_id):
        with commit("merge some listings"):
            _merge_chunk(account_id, chunk, now, result)
    gone = [listing_id for listing_id, identity in _unmet(account_id, job_id, began_at) if is_gone(identity)]
    with commit("end a merge"):
        _forget_unlinked(account_id, job_id)
        result.missing = len(
            listings.mark_missing_there(account_id=account_id, listing_ids=gone, origin=ORIGIN, now=now)
        )
    return result


def _merge_chunk(
    account_id: int, chunk: Sequence[tuple[list[RemoteListing], datetime]], now: datetime, result: Merged
) -> None:
    linked_to, candidates = _ours(account_id, chunk)
    known, fresh, unmatched = [], [], []
    taken: set[int] = set()
    for reads, seen_at in chunk:
        identity = reads[0].back_market_id
        if identity in linked_to:
            known.append((listings.baseline(linked_to[identity], reads), seen_at))
        elif (listing_id := candidates.get(fold(reads[0].sku), 0)) > 0 and listing_id not in taken:
            taken.add(listing_id)
            fresh.append(listings.baseline(listing_id, reads))
        else:
            unmatched.append((reads, "ambiguous" if listing_id else "unmatched", seen_at))
    result.read += len(chunk)
    if known:
        take(
            account_id=account_id,
            baselines=[baseline for baseline, _ in known],
            read_at=min(seen_at for _, seen_at in known),
            now=now,
        )
    outcome = listings.link(account_id=account_id, baselines=fresh, adopted=True, origin=ORIGIN, now=now)
    result.linked += len(outcome.linked)
    by_identity = {reads[0].back_market_id: (reads, seen_at) for reads, seen_at in chunk}
    unmatched += [
        (*by_identity[row.back_market_id][:1], "ambiguous", by_identity[row.back_market_id][1])
        for row in fresh
        if row.listing_id in outcome.errors
    ]
    _show_unlinked(account_id, unmatched)
    result.unlinked += len(unmatched)


def _ours(
    account_id: int, chunk: Sequence[tuple[list[RemoteListing], datetime]]
) -> tuple[dict[str, int], dict[str, int]]:
    """{Back Market ID: listing id} of the linked, and {folded SKU: listing id} of what may be linked by its SKU.

    A negative id says: ours by the SKU, but a person must decide, because it is linked to something else. Listings whose
    own create is still unanswered are left out altogether: that is looked up by the upload that sent it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT back_market_id::text, id FROM listings_listing WHERE account_id = %s AND back_market_id = ANY(%s::uuid[])",
            [account_id, [reads[0].back_market_id for reads, _ in chunk]],
        )
        linked = dict(cursor.fetchall())
        cursor.execute(
            """
            SELECT lower(listing.effective_merchant_sku),
                   CASE WHEN listing.back_market_id IS NULL AND listing.link_problem IN ('', 'created_elsewhere')
                        THEN listing.id ELSE -listing.id END
            FROM listings_listing AS listing
            WHERE listing.account_id = %s AND lower(listing.effective_merchant_sku) = ANY(%s)
              AND NOT EXISTS (SELECT FROM sync_line AS line WHERE line.listing_id = listing.id
                              AND line.kind = 'create' AND line.state IN ('open', 'unknown'))
            """,
            [account_id, [fold(reads[0].sku) for reads, _ in chunk]],
        )
        return linked, dict(cursor.fetchall())


def _show_unlinked(account_id: int, found: Sequence[tuple[list[RemoteListing], str, datetime]]) -> None:
    """Upsert what Back Market has and Listwright does not; what a person ignored stays ignored."""
    if not found:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sync_unlinkedlisting AS unlinked (account_id, back_market_id, back_market_listing_id,
                back_market_product_id, sku, title, grade, quantity, markets, reason, seen_at)
            SELECT %s, * FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[],
                %s::jsonb[], %s::text[], %s::timestamptz[])
            ON CONFLICT (account_id, back_market_id) DO UPDATE SET sku = excluded.sku, title = excluded.title,
                grade = excluded.grade, quantity = excluded.quantity, markets = excluded.markets,
                reason = excluded.reason, seen_at = excluded.seen_at
            """,
            [
                account_id,
                [reads[0].back_market_id for reads, _, _ in found],
                [reads[0].listing_id for reads, _, _ in found],
                [reads[0].product_id for reads, _, _ in found],
                [reads[0].sku for reads, _, _ in found],
                [next((read.title for read in reads if read.title), "")[:500] for reads, _, _ in found],
                [reads[0].grade for reads, _, _ in found],
                [reads[0].quantity for reads, _, _ in found],
                [json.dumps({read.market: market_there(read) for read in reads}) for reads, _, _ in found],
                [reason for _, reason, _ in found],
                [seen_at for _, _, seen_at in found],
            ],
        )


def market_there(read: RemoteListing) -> dict[str, object]:
    """One market of an unlinked listing as it is kept: prices as text in `currency`, warranty in months."""
    return {
        "price": None if read.price is None else str(read.price),
        "currency": read.currency,
        "min_price": None if read.min_price is None else str(read.min_price),
        "max_price": None if read.max_price is None else str(read.max_price),
        "comment": read.comment,
        "warranty_months": read.warranty_months,
        "publication_state": read.publication_state,
    }


def _forget_unlinked(account_id: int, job_id: int) -> None:
    """Rows whose listing is linked by now, or is gone from Back Market."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM sync_unlinkedlisting AS unlinked WHERE account_id = %s AND (
                EXISTS (SELECT FROM listings_listing AS listing WHERE listing.account_id = unlinked.account_id
                        AND listing.back_market_id = unlinked.back_market_id)
                OR NOT EXISTS (SELECT FROM sync_downloadrow AS row WHERE row.job_id = %s
                               AND row.back_market_id = unlinked.back_market_id))
            """,
            [account_id, job_id],
        )


def _unmet(account_id: int, job_id: int, began_at: datetime) -> list[tuple[int, str]]:
    """(listing id, Back Market ID) of linked listings the download did not meet, though linked before it began.

    So many at most as are asked for by id in one go; the others are met, or asked for, by the next download.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT listing.id, listing.back_market_id::text FROM listings_listing AS listing
            WHERE listing.account_id = %s AND listing.back_market_id IS NOT NULL AND listing.linked_at < %s
              AND listing.missing_there_since IS NULL
              AND NOT EXISTS (SELECT FROM sync_downloadrow AS row WHERE row.job_id = %s
                              AND row.back_market_id = listing.back_market_id)
            ORDER BY listing.id LIMIT %s
            """,
            [account_id, began_at, job_id, ASKED_BY_ID],
        )
        return list(cursor.fetchall())
