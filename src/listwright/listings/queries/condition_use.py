"""Read how a company's own conditions stand to Back Market's grades (C3), and who lacks what."""

from django.db import connection

from listwright.catalog.grid import COUNT_CAP, Count
from listwright.catalog.models import GridRow
from listwright.common.text import fold
from listwright.companies.models import Company
from listwright.listings.queries.types import ConditionView

# Conditions are found by leaping from one to the next in an index, and counted up to a bound, for a catalog may have a
# million products of one condition. Products count under the listing's condition where it has one of its own.
_IN_USE = """
WITH RECURSIVE of_products AS (
    (SELECT condition_key AS key FROM catalog_gridrow WHERE company_id = %(company)s AND condition_key > ''
        ORDER BY condition_key LIMIT 1)
    UNION ALL
    SELECT (SELECT condition_key FROM catalog_gridrow WHERE company_id = %(company)s AND condition_key > of_products.key
        ORDER BY condition_key LIMIT 1) FROM of_products WHERE key IS NOT NULL
), account AS (
    SELECT id FROM companies_account WHERE company_id = %(company)s
), own AS (
    SELECT lower(trim(condition)) COLLATE "C" AS key, min(trim(condition)) AS written FROM (
        SELECT condition FROM listings_listing WHERE account_id = (SELECT id FROM account) AND condition <> ''
        LIMIT %(most)s) AS these
    GROUP BY 1
), mapped AS (
    SELECT lower(trim(condition)) COLLATE "C" AS key, min(condition) AS written, max(grade) AS grade
    FROM companies_conditionmapping WHERE company_id = %(company)s GROUP BY 1
), known AS (
    SELECT key FROM of_products WHERE key IS NOT NULL UNION SELECT key FROM own UNION SELECT key FROM mapped
)
SELECT coalesce(mapped.written, own.written, (
        SELECT trim(product.condition) FROM catalog_gridrow AS grid
        JOIN catalog_product AS product ON product.id = grid.product_id
        WHERE grid.company_id = %(company)s AND grid.condition_key = known.key LIMIT 1)),
    coalesce(mapped.grade, ''), (
        SELECT count(*) FROM (
            SELECT FROM catalog_gridrow AS grid WHERE grid.company_id = %(company)s AND grid.condition_key = known.key
                AND NOT EXISTS (SELECT FROM listings_listing AS other
                    WHERE other.account_id = (SELECT id FROM account) AND other.condition <> ''
                        AND other.product_id = grid.product_id)
            UNION ALL
            SELECT FROM listings_listing AS listing WHERE listing.account_id = (SELECT id FROM account)
                AND listing.condition <> '' AND lower(trim(listing.condition)) = known.key
            LIMIT %(most)s) AS these),
    mapped.key IS NOT NULL
FROM known LEFT JOIN mapped USING (key) LEFT JOIN own USING (key) ORDER BY coalesce(mapped.grade, '') <> '', known.key
"""


def conditions(company: Company) -> list[ConditionView]:
    """The company's conditions, mapped or in use; unmapped ones first, then by name. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE, {"company": company.pk, "most": COUNT_CAP + 1})
        found = cursor.fetchall()
    return [
        ConditionView(condition, grade, Count(min(products, COUNT_CAP), products > COUNT_CAP))
        for condition, grade, products, mapped in found
        if products or mapped
    ]


def products_missing(company: Company, code: str, *, after: str = "", limit: int = 100) -> list[str]:
    """SKUs of products that lack one thing of Ready To Post (`ean`, `attribute:color`), as last planned.

    In the order of folded SKUs; `after` is the last SKU of the page before.
    """
    rows = GridRow.objects.filter(company=company, missing__contains=[code])
    if after:
        rows = rows.filter(sku_key__gt=fold(after))
    return list(rows.order_by("sku_key").values_list("product__sku", flat=True)[:limit])
