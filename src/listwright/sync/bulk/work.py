"""What product information waits to be sent: read from the rows of launch jobs, so that a crash loses nothing.

A row's `pending` names its steps: `create`, `content:fr-fr`, or a bare market for price and quantity (those are the
pushes'). A step without an open or unknown line is waiting, whatever happened before.
"""

from typing import NamedTuple

from django.db import connection

CREATE = "create"
CONTENT = "content:"


class Work(NamedTuple):
    """One step of one row. `market` is where the bulk row goes; `tried` whether a create was ever sent for the listing."""

    row_id: int
    product_id: int
    listing_id: int
    sku: str
    step: str
    market: str
    linked: bool
    status: str
    link_problem: str
    tried: bool


WAITING = """
SELECT row.id, row.product_id, listing.id, listing.effective_merchant_sku, item.step,
       CASE WHEN item.step = 'create' THEN account.default_market ELSE substr(item.step, 9) END,
       listing.back_market_id IS NOT NULL, listing.status, listing.link_problem,
       EXISTS (SELECT FROM sync_line AS line WHERE line.listing_id = listing.id AND line.kind = 'create')
FROM jobs_jobrow AS row
JOIN jobs_job AS job ON job.id = row.job_id
JOIN companies_account AS account ON account.company_id = job.company_id
JOIN listings_listing AS listing ON listing.product_id = row.product_id AND listing.account_id = account.id
CROSS JOIN LATERAL unnest(row.pending) AS item (step)
WHERE account.id = %(account)s AND job.kind = 'launch' AND job.status = 'processing' AND row.state IN ('waiting', 'sent')
  AND (item.step = 'create' OR item.step LIKE 'content:%%')
  AND NOT EXISTS (
      SELECT FROM sync_line AS line
      WHERE line.listing_id = listing.id AND line.state IN ('open', 'unknown')
        AND (line.kind = 'create' OR (line.kind = 'content' AND line.market = substr(item.step, 9))))
"""


def waiting(*, account_id: int, limit: int) -> list[Work]:
    """Steps nobody has sent yet, of the most important and then the oldest jobs."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{WAITING} ORDER BY job.priority DESC, row.id, item.step LIMIT %(limit)s",
            {"account": account_id, "limit": limit},
        )
        return [Work(*values) for values in cursor.fetchall()]


def any_waiting(*, account_id: int) -> bool:
    """Whether there is a step nobody has sent yet."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({WAITING})", {"account": account_id})
        return bool(cursor.fetchone()[0])
