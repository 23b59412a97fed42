"""A catalog as Manage Catalog meets it: names, prices and categories that go together, and flags of every frequency."""

from datetime import datetime

from django.db import connection

from benchmarks import lived_in, plan_data
from listwright.companies.models import Company

MODELS = 200
# Half of all products are of the first five models, which are one category; the others share 39 categories.
# `spread` scatters what a product has over the catalog, so that flags do not follow the SKUs.
PRODUCTS = """
INSERT INTO catalog_product (company_id, sku, name, ean, brand, condition, weight_lbs, weight_oz, site_price, list_price,
    description, physical, reserved, image_count, main_image, created_at, updated_at)
SELECT %(company)s,
    upper(left(family, 3)) || '-' || lpad(model::text, 3, '0') || '-' || storage || '-' || upper(left(colour, 3)) || '-' || n,
    family || ' ' || model || ' ' || storage || ' GB ' || colour,
    '4006381333931', split_part(family, ' ', 1),
    CASE WHEN spread %% 100 < 50 THEN 'Grade A' WHEN spread %% 100 < 99 THEN 'Grade B' ELSE 'Grade C' END,
    0.4, 1.5, 40 + 4 * model + spread %% 97, 900, repeat('Tested by hand, cleaned, with a new battery. ', 5),
    CASE WHEN spread %% 1000 < 490 THEN 0 WHEN spread %% 1000 < 500 THEN 100 + spread %% 50
        WHEN spread %% 1000 < 510 THEN NULL ELSE 1 + spread %% 30 END,
    0, 1, 'https://images.example.com/' || n || '.jpg', %(now)s, %(now)s
FROM (
    SELECT n, spread, model, (ARRAY[64, 128, 256, 512])[1 + spread / 7 %% 4] AS storage,
        (ARRAY['Midnight', 'Silver', 'Blue', 'Green', 'Graphite', 'Rose'])[1 + spread / 11 %% 6] AS colour,
        (ARRAY['Pixel', 'Galaxy S', 'iPhone', 'Xperia', 'MacBook', 'Surface', 'Nokia G', 'Redmi'])[1 + model / 5 %% 8] AS family
    FROM (
        SELECT n, spread, CASE WHEN spread %% 2 = 0 THEN spread / 2 %% 5 ELSE 5 + spread / 2 %% 195 END AS model
        FROM (
            SELECT n, n * 7919 %% 1000003 AS spread FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
        ) AS numbered
    ) AS modelled
) AS described
"""
# The listing's part of the grid, as planning would leave it.
LISTINGS = """
UPDATE catalog_gridrow AS grid SET
    category_id = 1001 + model / 5, back_market_price = site_price + 9, quantity_there = least(available, 10),
    ready = spread %% 100 >= 50 AND coalesce(available, 0) > 0,
    missing = CASE WHEN coalesce(available, 0) <= 0 THEN '{quantity}'::varchar[] WHEN spread %% 100 >= 50 THEN '{}'
        WHEN spread %% 100 = 7 THEN '{ean,weight}' ELSE '{images}' END,
    enabled = spread / 3 %% 100 < 90,
    state = CASE WHEN spread / 3 %% 100 < 90 THEN 'on' WHEN spread / 3 %% 100 < 91 THEN 'taken_offline'
        ELSE 'never_enabled' END,
    linked = spread / 5 %% 100 < 95,
    markets_online = CASE WHEN spread / 5 %% 100 >= 95 OR coalesce(available, 0) <= 0 THEN '{}'::varchar[]
        WHEN spread %% 100 = 51 THEN '{de-de,en-gb,fr-fr}' ELSE '{de-de,fr-fr}' END,
    drift = spread / 13 %% 100 = 0,
    error = CASE WHEN spread / 17 %% 100 = 0 THEN 'price_too_low' WHEN spread / 17 %% 1000 = 1 THEN 'missing_there' ELSE '' END,
    verified_at = %(now)s
FROM (
    SELECT id, number * 7919 %% 1000003 AS spread, split_part(sku, '-', 2)::int AS model
    FROM (SELECT id, sku, split_part(sku, '-', 5)::bigint AS number FROM catalog_product
        WHERE id > %(after)s AND id <= %(last)s) AS numbered
) AS product
WHERE grid.product_id = product.id
"""
TEXTS = """
UPDATE catalog_gridsearch AS text SET search = text.search || E'\\x1f' || lower(product.sku)
FROM catalog_product AS product
WHERE text.row_id = product.id AND product.id > %(after)s AND product.id <= %(last)s
"""
IDS = """
UPDATE catalog_gridbackmarketid AS text SET search = listing.back_market_id FROM listings_listing AS listing
WHERE listing.product_id = text.row_id AND text.row_id > %(after)s AND text.row_id <= %(last)s
"""
LACKING = """
UPDATE listings_listingstate AS state SET ready = grid.ready, missing = (
    SELECT coalesce(jsonb_agg(jsonb_build_object('code', code, 'field', code, 'message', 'Enter this, please.')), '[]')
    FROM unnest(grid.missing) AS code)
FROM listings_listing AS listing JOIN catalog_gridrow AS grid USING (product_id)
WHERE state.listing_id = listing.id AND product_id > %(after)s AND product_id <= %(last)s
"""
STEP = 100_000


def build(size: int, *, now: datetime) -> int:
    """Write `size` products of one company with linked listings, their grid, and what a year of selling leaves behind.

    Returns the account's id.
    """
    account_id, indexes = plan_data.build(size, now=now, products=PRODUCTS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) - 1, max(id) FROM catalog_product")
        after, last = cursor.fetchone()
        for begin in range(after, last, STEP):
            values = {"after": begin, "last": begin + STEP, "now": now}
            for statement in (LISTINGS, TEXTS, IDS, LACKING):
                cursor.execute(statement, values)
        cursor.execute("VACUUM FULL catalog_gridrow, catalog_gridsearch, catalog_gridbackmarketid")
    plan_data.settle(account_id, indexes)
    lived_in.live_in(Company.objects.get().pk, account_id, unlinked=size // 100, now=now)
    return account_id
