"""What a year of selling leaves behind a catalog: lines sent, orders, history, BackBox, repricing, jobs, unlinked listings."""

from datetime import datetime

from django.db import connection

JOBS = 300
# A line for each listing, an order line for every third, history of every other, BackBox of every tenth.
STATEMENTS = (
    """INSERT INTO sync_line (account_id, listing_id, kind, market, quantity, price, currency, quantity_before, price_before,
           generation, forced, state, attempted_at, resolved_at, reads, request_id, code, message)
       SELECT account_id, id, 'single', 'fr-fr', id %% 9, 99, 'EUR', id %% 7, 98, 1, false, 'accepted',
           %(now)s - id * interval '1 second', %(now)s - id * interval '1 second', 0, 'r-' || id, '', ''
       FROM listings_listing WHERE account_id = %(account)s""",
    """INSERT INTO sync_orderline (account_id, order_id, line_id, sku, listing_id, quantity, order_state, line_state, market,
           created_there, modified_there, first_seen_at, lowered, explained)
       SELECT account_id, 'O' || id, 'L' || id, effective_merchant_sku, id, 1, 9, CASE WHEN id %% 50 = 0 THEN 2 ELSE 3 END,
           'fr-fr', %(now)s, %(now)s, %(now)s, true, true
       FROM listings_listing WHERE account_id = %(account)s AND id %% 3 = 0""",
    """INSERT INTO changes_change (at, company_id, subject, subject_id, operation, cells, origin, origin_label)
       SELECT %(now)s - id * interval '1 second', %(company)s, 'product', id, 'update_product',
           '{"site_price": ["180.00", "179.00"]}', 'person', 'Ana'
       FROM catalog_product WHERE company_id = %(company)s AND id %% 2 = 0""",
    """INSERT INTO listings_competition (listing_id, account_id, market, currency, price, price_to_win, winner_price,
           is_winning, read_at)
       SELECT id, account_id, 'fr-fr', 'EUR', 199, 198, 197, false, %(now)s FROM listings_listing
       WHERE account_id = %(account)s AND id %% 10 = 0""",
    """INSERT INTO listings_competitionpoint (listing_id, market, at, price, price_to_win, winner_price, is_winning)
       SELECT id, 'fr-fr', %(now)s - day * interval '1 day', 199 + day, 198 + day, 197 + day, false
       FROM listings_listing CROSS JOIN generate_series(1, 10) AS day
       WHERE account_id = %(account)s AND id %% 10 = 0""",
    """INSERT INTO listings_repricingchange (listing_id, account_id, market, at, before, after, currency, plugin, reason, dry)
       SELECT id, account_id, 'fr-fr', %(now)s, 199, 198, 'EUR', 'follow-price-to-win', 'Another wins.', false
       FROM listings_listing WHERE account_id = %(account)s AND id %% 10 = 0""",
    """INSERT INTO jobs_job (company_id, kind, status, task, priority, origin_label, params, message, total, succeeded, failed,
           skipped, created_at, started_at, finished_at)
       SELECT %(company)s, 'update', 'completed', '', 1, 'Ana', '{}', '', 0, 0, 0, 0, %(now)s, %(now)s, %(now)s
       FROM generate_series(1, %(jobs)s)""",
    """INSERT INTO jobs_jobrow (job_id, product_id, sku, state, pending, code, message, after_line, created_at, finished_at)
       SELECT (SELECT max(id) FROM jobs_job), id, sku, CASE WHEN id %% 40 = 0 THEN 'failed' ELSE 'succeeded' END, '{}',
           CASE WHEN id %% 40 = 0 THEN 'price_too_low' ELSE '' END, CASE WHEN id %% 40 = 0 THEN 'Too low.' ELSE '' END,
           0, %(now)s, %(now)s
       FROM catalog_product WHERE company_id = %(company)s""",
    """UPDATE jobs_job SET status = 'partial_success', total = counts.rows, failed = counts.failed,
           succeeded = counts.rows - counts.failed
       FROM (SELECT count(*) AS rows, count(*) FILTER (WHERE state = 'failed') AS failed FROM jobs_jobrow) AS counts
       WHERE id = (SELECT max(id) FROM jobs_job)""",
    """INSERT INTO sync_unlinkedlisting (account_id, back_market_id, sku, title, grade, quantity, markets, reason, seen_at,
           back_market_product_id)
       SELECT %(account)s, gen_random_uuid(), 'THERE-' || n, 'Phone ' || n, 'GOOD', 3, '{}', 'unmatched', %(now)s, ''
       FROM generate_series(1, %(unlinked)s) AS n""",
)
TABLES = (
    "sync_line",
    "sync_orderline",
    "changes_change",
    "listings_competition",
    "listings_competitionpoint",
    "listings_repricingchange",
    "jobs_job",
    "jobs_jobrow",
    "sync_unlinkedlisting",
)


def live_in(company_id: int, account_id: int, *, unlinked: int, now: datetime) -> None:
    """Write it for the company's whole catalog, and bring statistics up to date."""
    values = {"company": company_id, "account": account_id, "jobs": JOBS, "unlinked": unlinked, "now": now}
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
