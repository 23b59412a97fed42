"""Read how a company's own conditions stand to Back Market's grades (C3), and who lacks what."""

from django.db import connection

from listwright.catalog.models import GridRow
from listwright.common.text import fold
from listwright.companies.models import Company
from listwright.listings.queries.types import ConditionView

# Products count under the listing's condition where it has one of its own.
_IN_USE = """
WITH used AS (
    SELECT lower(trim(coalesce(nullif(listing.condition, ''), product.condition))) AS key,
        min(trim(coalesce(nullif(listing.condition, ''), product.condition))) AS written, count(*) AS products
    FROM catalog_product AS product LEFT JOIN listings_listing AS listing ON listing.product_id = product.id
    WHERE product.company_id = %(company)s AND coalesce(nullif(listing.condition, ''), product.condition) <> ''
    GROUP BY 1
), mapped AS (
    SELECT lower(trim(condition)) AS key, min(condition) AS written, max(grade) AS grade
    FROM companies_conditionmapping WHERE company_id = %(company)s GROUP BY 1
)
SELECT coalesce(mapped.written, used.written), coalesce(mapped.grade, ''), coalesce(used.products, 0)
FROM mapped FULL JOIN used USING (key) ORDER BY coalesce(mapped.grade, '') <> '', key
"""


def conditions(company: Company) -> list[ConditionView]:
    """The company's conditions, mapped or in use; unmapped ones first, then by name. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE, {"company": company.pk})
        return [ConditionView(*row) for row in cursor.fetchall()]


def products_missing(company: Company, code: str, *, after: str = "", limit: int = 100) -> list[str]:
    """SKUs of products that lack one thing of Ready To Post (`ean`, `attribute:color`), as last planned.

    In the order of folded SKUs; `after` is the last SKU of the page before.
    """
    rows = GridRow.objects.filter(company=company, missing__contains=[code])
    if after:
        rows = rows.filter(sku_key__gt=fold(after))
    return list(rows.order_by("sku_key").values_list("product__sku", flat=True)[:limit])
