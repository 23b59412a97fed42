"""A company with many live listings in three markets, written set-based: what `plan` and `grid` measure over."""

from datetime import datetime

from django.db import connection

from listwright.catalog import grid
from listwright.catalog.operations import ensure_main_warehouse
from listwright.companies import secrets
from listwright.companies.models import Company

MARKETS = (("fr-fr", "EUR"), ("de-de", "EUR"), ("en-gb", "GBP"))
CATEGORIES = 40
COMPANY = """
INSERT INTO companies_company (slug, name, currency, created_at) VALUES (%(slug)s, initcap(%(slug)s), 'EUR', %(now)s) RETURNING id
"""
ACCOUNT = """
INSERT INTO companies_account (company_id, channel, environment, region, sandbox_url, token_encrypted, agent_company,
    contact_mail, default_market, inventory_upload, prices_upload, orders_download, stock_feed, default_safety_quantity,
    default_warranty_months, default_comment, hourly_lines, settings_generation, paused_code, paused_message, created_at)
VALUES (%(company)s, 'backmarket', 'sandbox', 'eu', 'http://127.0.0.1:8100', %(token)s, 'Bench',
    'bench@example.com', 'fr-fr', true, true, true,
    'stock_master', 0, 12, 'Cleaned and tested', 2000, 1, '', '', %(now)s) RETURNING id
"""
SETTINGS = (
    """INSERT INTO companies_accountmarket (account_id, market, enabled, comment)
       SELECT %(account)s, market, true, '' FROM unnest(%(markets)s::text[]) AS market""",
    """INSERT INTO companies_conditionmapping (company_id, condition, grade)
       VALUES (%(company)s, 'Grade A', 'VERY_GOOD'), (%(company)s, 'Grade B', 'GOOD')""",
    """INSERT INTO sync_accountstate (account_id, lease_owner, lease_fence, planned_settings, wave_settings, wave_cursor,
           first_send_approved_at, categories_at, wait_reason, broken_answers)
       VALUES (%(account)s, '', 0, 1, 1, 0, %(now)s, %(now)s, '', 0)""",
    """INSERT INTO listings_category (account_id, category_id, marketplace_category_id, name, path, is_leaf, attributes,
           fetched_at)
       SELECT %(account)s, n, 1000 + n, 'Phones ' || n, 'Smartphones › Phones ' || n, true,
           '[{"field": "color", "name": "Color", "type": 2, "allowed": [], "required": true},
             {"field": "storage", "name": "Storage", "type": 2, "allowed": [], "required": false}]'::jsonb, %(now)s
       FROM generate_series(1, %(categories)s) AS n""",
)
PRODUCTS = """
INSERT INTO catalog_product (company_id, sku, name, ean, brand, condition, weight_lbs, weight_oz, site_price,
    list_price, description, physical, reserved, image_count, main_image, created_at, updated_at)
SELECT %(company)s, 'BENCH-' || lpad(n::text, 8, '0'), 'Refurbished phone no. ' || n, '4006381333931', 'Fairline',
    CASE WHEN n %% 2 = 0 THEN 'Grade A' ELSE 'Grade B' END, 0.4, 1.5, 100 + n %% 400, 700,
    repeat('Tested by hand, cleaned, with a new battery. ', 5), 2 + n %% 9, 0, 1,
    'https://images.example.com/' || n || '.jpg', %(now)s, %(now)s
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
"""
ROWS = (
    """INSERT INTO catalog_stock (product_id, warehouse_id, physical, as_of)
       SELECT id, %(warehouse)s, physical, %(now)s FROM catalog_product
       WHERE company_id = %(company)s AND id > %(after)s AND physical IS NOT NULL ORDER BY id""",
    """INSERT INTO listings_listing (account_id, product_id, status, status_since, merchant_sku, effective_merchant_sku,
           title, description, category_id, attributes, condition, comment, max_quantity_enabled, max_quantity_default,
           safety_quantity_default, price_default, repricing_enabled, back_market_id, back_market_listing_id,
           back_market_product_id, linked_at, adopted, known_to_back_market, grade_there, link_problem,
           link_problem_message)
       SELECT %(account)s, id, CASE WHEN id %% 20 = 0 THEN 'never_enabled' ELSE 'on' END, %(now)s, '', sku,
           CASE WHEN id %% 10 = 0 THEN '' ELSE name END, repeat('In very good state, ready to use. ', 6),
           1001 + id %% %(categories)s, '{"color": "black", "storage": "128 GB"}', '', '', false, true, true, true,
           false, gen_random_uuid(), id, '', %(now)s, true, true, '', '', ''
       FROM catalog_product WHERE company_id = %(company)s AND id > %(after)s ORDER BY id""",
    """INSERT INTO listings_listingmarket (listing_id, market, price, comment, title, description)
       SELECT id, 'en-gb', 90 + id %% 350, '', '', '' FROM listings_listing
       WHERE account_id = %(account)s AND product_id > %(after)s ORDER BY id""",
    """INSERT INTO listings_listingstate (listing_id, account_id, planned_generation, planned_settings, quantity_due,
           quantity_urgency, forced, attempts, error_code, error_message, ready, missing, verified_at)
       SELECT id, account_id, 1, 0, false, 9, false, 0, '', '', false, '[]', %(now)s FROM listings_listing
       WHERE account_id = %(account)s AND product_id > %(after)s ORDER BY id""",
    """INSERT INTO listings_listingmarketstate (listing_id, account_id, market, currency, comment_there, warranty_there,
           publication_state, price_due, price_urgency, forced, attempts, error_code, error_message)
       SELECT l.id, l.account_id, m.market, m.currency, 'Cleaned and tested', 12, 2, false, 9, false, 0, '', ''
       FROM listings_listing l
       CROSS JOIN unnest(%(markets)s::text[], %(currencies)s::text[]) AS m (market, currency)
       WHERE l.account_id = %(account)s AND l.product_id > %(after)s ORDER BY l.id""",
    """INSERT INTO changes_stale (product_id, company_id, generation, planned, urgency, since)
       SELECT id, company_id, 1, 1, 8, %(now)s FROM catalog_product
       WHERE company_id = %(company)s AND id > %(after)s ORDER BY id""",
)
# What planning made of it stands there: the company's listings as they are on a quiet day.
STANDING = (
    """UPDATE listings_listingstate SET quantity_accepted = quantity_desired, quantity_verified = quantity_desired,
           quantity_due = false, quantity_urgency = 9, due_since = NULL WHERE account_id = %(account)s""",
    """UPDATE listings_listingmarketstate SET price_accepted = price_desired, price_verified = price_desired,
           price_due = false, price_urgency = 9, due_since = NULL WHERE account_id = %(account)s""",
    """UPDATE catalog_gridrow AS grid SET quantity_there = s.quantity_accepted
       FROM listings_listing AS l JOIN listings_listingstate AS s ON s.listing_id = l.id
       WHERE l.account_id = %(account)s AND grid.product_id = l.product_id
           AND grid.quantity_there IS DISTINCT FROM s.quantity_accepted""",
)
TABLES = (
    "catalog_product",
    "catalog_stock",
    "catalog_gridrow",
    "catalog_gridsearch",
    "catalog_gridbackmarketid",
    "changes_stale",
    "listings_listing",
    "listings_listingmarket",
    "listings_listingstate",
    "listings_listingmarketstate",
)


def build(size: int, *, now: datetime, products: str = PRODUCTS) -> tuple[int, list[str]]:
    """Write `size` listings, linked, in three markets, most of them on, to be planned for the first time.

    `products` is the statement that writes those numbered `first` to `last`. Returns the account's id, and the
    definitions of the grid's indexes: they are for `settle` to make.
    """
    definitions = _drop_grid_indexes()
    account_id = company("bench", first=1, last=size, now=now, products=products)
    vacuum()
    return account_id, definitions


def company(slug: str, *, first: int, last: int, now: datetime, products: str = PRODUCTS) -> int:
    """Write a company with the listings of these numbers; returns its account's id."""
    values: dict[str, object] = {
        "slug": slug,
        "now": now,
        "token": secrets.encrypt("sandbox-token"),
        "categories": CATEGORIES,
        "markets": [code for code, _ in MARKETS],
        "currencies": [currency for _, currency in MARKETS],
    }
    with connection.cursor() as cursor:
        cursor.execute(COMPANY, values)
        values["company"] = cursor.fetchone()[0]
        cursor.execute(ACCOUNT, values)
        values["account"] = cursor.fetchone()[0]
        values["warehouse"] = ensure_main_warehouse(company=Company.objects.get(id=values["company"])).pk
        for statement in SETTINGS:
            cursor.execute(statement, values)
        for start in range(first, last + 1, 100_000):
            cursor.execute("SELECT coalesce(max(id), 0) FROM catalog_product")
            values |= {"after": cursor.fetchone()[0], "first": start, "last": min(start + 99_999, last)}
            for statement in (products, *ROWS):
                cursor.execute(statement, values)
            cursor.execute("SELECT id FROM catalog_product WHERE id > %(after)s ORDER BY id", values)
            written = [product_id for (product_id,) in cursor.fetchall()]
            for place in range(0, len(written), 5000):
                grid.refresh(written[place : place + 5000])
    return int(values["account"])  # type: ignore[call-overload]


def settle(account_id: int, definitions: list[str]) -> None:
    """Let all that is desired stand there, with nothing due, and make the indexes that were left out."""
    with connection.cursor() as cursor:
        for statement in STANDING:
            cursor.execute(statement, {"account": account_id})
        for definition in definitions:
            cursor.execute(definition)
    vacuum()


def vacuum() -> None:
    """Bring tables and statistics to rest, as autovacuum does over time."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")


def _drop_grid_indexes() -> list[str]:
    """Filling the grid with its dozen indexes in place would take longer than everything else."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.indexname, i.indexdef FROM pg_indexes i LEFT JOIN pg_constraint c ON c.conname = i.indexname
               WHERE i.tablename LIKE 'catalog_grid%' AND c.oid IS NULL"""
        )
        rows = cursor.fetchall()
        for name, _ in rows:
            cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in rows]
