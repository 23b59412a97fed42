"""Where a download keeps what it has read until all of it is there."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from django.db import connection

from listwright.channels.protocol import RemoteListing

COLUMNS = (
    "job_id, account_id, market, back_market_id, back_market_listing_id, back_market_product_id, sku, title, grade,"
    " quantity, price, currency, min_price, max_price, comment, warranty_months, publication_state, seen_at"
)


def store(*, job_id: int, account_id: int, page: Sequence[RemoteListing], seen_at: datetime) -> None:
    """Keep a page; `seen_at` is when it was asked for."""
    with connection.cursor() as cursor, cursor.copy(f"COPY sync_downloadrow ({COLUMNS}) FROM STDIN") as copy:
        for row in page:
            copy.write_row(
                (
                    job_id,
                    account_id,
                    row.market,
                    row.back_market_id,
                    row.listing_id,
                    row.product_id[:64],
                    row.sku[:200],
                    row.title,
                    row.grade[:16],
                    row.quantity,
                    row.price,
                    row.currency,
                    row.min_price,
                    row.max_price,
                    row.comment,
                    row.warranty_months,
                    row.publication_state,
                    seen_at,
                )
            )


def forget(*, job_id: int, market: str | None = None) -> None:
    """Drop what was read, of one market or of all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM sync_downloadrow WHERE job_id = %s AND (%s::text IS NULL OR market = %s)",
            [job_id, market, market],
        )


def listings(*, job_id: int, at_once: int = 1000) -> Iterator[list[tuple[list[RemoteListing], datetime]]]:
    """What was read, some listings at a time: a listing's reads in all markets, and when the first of them was asked."""
    last = "00000000-0000-0000-0000-000000000000"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {COLUMNS} FROM sync_downloadrow WHERE job_id = %s AND back_market_id IN ("  # noqa: S608
                " SELECT back_market_id FROM sync_downloadrow WHERE job_id = %s AND back_market_id > %s"
                " GROUP BY back_market_id ORDER BY back_market_id LIMIT %s) ORDER BY back_market_id, market",
                [job_id, job_id, last, at_once],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        chunk = []
        for _, group in groupby(rows, key=lambda row: row[3]):
            values = list(group)
            chunk.append(([_listing(row) for row in values], min(row[17] for row in values)))
        yield chunk
        last = str(rows[-1][3])


def _listing(row: tuple) -> RemoteListing:  # type: ignore[type-arg]
    return RemoteListing(
        back_market_id=str(row[3]),
        listing_id=row[4],
        product_id=row[5],
        sku=row[6],
        market=row[2],
        title=row[7],
        grade=row[8],
        quantity=row[9],
        price=row[10],
        currency=row[11],
        min_price=row[12],
        max_price=row[13],
        comment=row[14],
        warranty_months=row[15],
        publication_state=row[16],
    )
