"""Many products at once, made by the catalog's own operations in a process of their own."""

from tests.harness import Stack

MAKE = """
from decimal import Decimal
from django.utils import timezone
from listwright.catalog.operations import create_products
from listwright.catalog.types import ProductData
from listwright.changes.origin import Origin
from listwright.companies.queries import company
from listwright.listings import operations as listings
from listwright.listings.models import Category
from stdnum import ean

def gtin(number):
    body = f"29{{number:010d}}"
    return body + ean.calc_check_digit(body)

owner, origin = company("acme"), Origin.system("story")
numbers = range(1, {count} + 1)
for start in range(0, {count}, 1000):
    create_products(
        company=owner,
        products=[
            ProductData(
                sku=f"{prefix}{{number:06d}}", name=f"Phone {{number}}", ean=gtin(number), brand="Fairphone", condition="Good",
                weight_oz="6", site_price=Decimal("100.00") + number % 50, list_price="400.00", description="Tested.",
                images=[f"https://pictures.example/{{number}}.jpg"], stock={{"main": 1 + number % 7}},
            )
            for number in numbers[start : start + 1000]
        ],
        origin=origin, now=timezone.now(),
    )
"""

FILL = """
leaf = Category.objects.filter(is_leaf=True).order_by("id").first()
attributes = {{item["field"]: item["allowed"][0] if item["allowed"] else "1" for item in leaf.attributes}}
skus = [f"{prefix}{{number:06d}}" for number in numbers]
for start in range(0, len(skus), 1000):
    result = listings.update_properties(
        company=owner, origin=origin, now=timezone.now(),
        changes={{
            sku: {{"title": f"Telephone {{sku}}", "description": "Reconditionne.", "category": leaf.marketplace_category_id,
                  "attributes": attributes, "warranty_months": 12, "comment": "Teste.", "enabled": True}}
            for sku in skus[start : start + 1000]
        }},
    )
    assert not result.errors, list(result.errors.items())[:3]
"""


def make_products(stack: Stack, count: int, *, prefix: str, fill: bool) -> None:
    """`count` products of company acme with SKUs PREFIX000001…; `fill`: with all properties, ready and enabled."""
    stack.python((MAKE + (FILL if fill else "")).format(count=count, prefix=prefix))
