"""Read products, warehouses and reservations; company first."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from listwright.catalog import grid
from listwright.catalog.fields import WEIGHTS, sku_key
from listwright.catalog.models import Product, Reservation, Warehouse
from listwright.catalog.types import Gallery, ImageData, ProductView
from listwright.changes import prepared
from listwright.common.errors import NotFound
from listwright.common.reading import asked_once
from listwright.common.text import visible
from listwright.companies.models import Company


class WarehouseRow(NamedTuple):
    """A warehouse; only the stock of sellable ones is offered."""

    id: int
    name: str
    sellable: bool


class ReservationRow(NamedTuple):
    """Units held for an order line."""

    reference: str
    quantity: int
    created_at: datetime


class ViewRow(NamedTuple):
    """A saved view of Manage Catalog: the `query` of its address; `own` are the asking person's, the others shared."""

    id: int
    name: str
    query: str
    shared: bool
    own: bool
    by: str


class ProductPage(NamedTuple):
    """Some products, and the cursor of the next page; None on the last."""

    products: list[ProductView]
    next_cursor: str | None


def product(company: Company, sku: str) -> ProductView:
    """A product by SKU, letter case ignored. Raises NotFound."""
    found = views(company, [product_id(company, sku)])
    if not found:  # deleted between the two statements
        raise _missing(sku)
    return found[0]


def product_id(company: Company, sku: str) -> int:
    """A product's id by SKU, letter case ignored. Raises NotFound."""
    found = _product_id(company, sku_key(sku))
    if found is None:
        raise _missing(sku)
    return found


@asked_once
def _product_id(company: Company, key: str) -> int | None:
    return product_ids(company, [key]).get(key)


def product_ids(company: Company, skus: Sequence[str]) -> dict[str, int]:
    """{SKU as given: id} of the products there are, letter case ignored."""
    asked = {sku: sku_key(sku) for sku in skus}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(sku), id FROM catalog_product WHERE company_id = %s AND lower(sku) = ANY(%s)",
            [company.pk, list(set(asked.values()))],
        )
        found = dict(cursor.fetchall())
    return {sku: found[key] for sku, key in asked.items() if key in found}


def skus(company: Company, product_ids: Sequence[int]) -> list[str]:
    """The SKUs of these products of the company, in id order."""
    rows = Product.objects.filter(company=company, id__in=product_ids).order_by("id")
    return list(rows.values_list("sku", flat=True))


def products(
    company: Company, *, filters: grid.Filters, sort: str = "sku", cursor: str | None = None, limit: int = 50
) -> ProductPage:
    """A page of products in the grid's order; raises as `grid.page`."""
    page = grid.page(company, filters=filters, sort=sort, cursor=cursor, limit=limit)
    return ProductPage(views(company, [row.product_id for row in page.rows]), page.next_cursor)


_PLAIN = tuple(item.name for item in fields(ProductView) if item.name not in ("images", "stock"))
_PRODUCTS = f"""SELECT {", ".join(_PLAIN)} FROM catalog_product
WHERE company_id = %s::bigint AND id = ANY(%s::bigint[])"""  # noqa: S608 - our own names
_FIGURES = """SELECT product_id, name, physical FROM catalog_stock AS stock
JOIN catalog_warehouse AS warehouse ON warehouse.id = warehouse_id
WHERE product_id = ANY(%s::bigint[]) ORDER BY warehouse_id"""
_GALLERIES = """SELECT product_id, url, main FROM catalog_productimage
WHERE product_id = ANY(%s::bigint[]) ORDER BY product_id, main DESC, position, id"""


def views(company: Company, product_ids: Sequence[int]) -> list[ProductView]:
    """These products of the company in the order given, in three statements; those of others are left out."""
    plain = {row[0]: row for row in prepared.rows(_PRODUCTS, [company.pk, list(product_ids)], binary=True)}
    found = list(plain)
    images = galleries(found)
    stock: dict[int, dict[str, int]] = {}
    for pk, name, physical in prepared.rows(_FIGURES, [found], binary=True):
        stock.setdefault(pk, {})[name] = physical
    return [_view(plain[pk], images.get(pk, ()), stock.get(pk, {})) for pk in product_ids if pk in plain]


def galleries(product_ids: Sequence[int]) -> dict[int, Gallery]:
    """The galleries of these products, main image first; products without one are absent."""
    found: dict[int, list[ImageData]] = {}
    for product_id, url, main in prepared.rows(_GALLERIES, [list(product_ids)], binary=True):
        found.setdefault(product_id, []).append(ImageData(url, main))
    return {product_id: tuple(images) for product_id, images in found.items()}


def warehouses(company: Company) -> list[WarehouseRow]:
    """The company's warehouses, `main` first."""
    rows = Warehouse.objects.filter(company=company).order_by("id").values_list("id", "name", "sellable")
    return sorted((WarehouseRow(*row) for row in rows), key=lambda row: row.name.lower() != "main")


_PHYSICAL_IF = """
SELECT stock.product_id, sum(stock.physical)::int
FROM catalog_stock AS stock JOIN catalog_warehouse AS warehouse ON warehouse.id = stock.warehouse_id
WHERE stock.product_id = ANY(%s) AND CASE WHEN warehouse.id = %s THEN %s ELSE warehouse.sellable END
GROUP BY stock.product_id
"""


def physical_if(product_ids: Sequence[int], *, warehouse_id: int, sellable: bool) -> dict[int, int]:
    """What the products' physical quantity would be, were this warehouse sellable or not; products without any stock
    in a sellable one are absent."""
    with connection.cursor() as cursor:
        cursor.execute(_PHYSICAL_IF, [list(product_ids), warehouse_id, sellable])
        return dict(cursor.fetchall())


def reservations(company: Company, product_id: int) -> list[ReservationRow]:
    """What is held of a product, oldest first."""
    rows = Reservation.objects.filter(company=company, product_id=product_id, state="held").order_by("created_at", "id")
    return [ReservationRow(*row) for row in rows.values_list("reference", "quantity", "created_at")]


def saved_views(company: Company, person_id: int) -> list[ViewRow]:
    """A person's saved views and those others share with the company, by name."""
    rows = prepared.rows(_VIEWS, [company.pk, person_id])
    return [ViewRow(pk, name, query, shared, owner == person_id, by) for pk, name, query, shared, owner, by in rows]


_VIEWS = """
SELECT view.id, view.name, view.query, view.shared, view.person_id, person.username
FROM catalog_savedview AS view LEFT JOIN companies_user AS person ON person.id = view.person_id
WHERE view.company_id = %s AND (view.person_id = %s OR view.shared) ORDER BY lower(view.name), view.id
"""


def _view(plain: Sequence[Any], images: Gallery, stock: Mapping[str, int]) -> ProductView:
    values = dict(zip(_PLAIN, plain, strict=True))
    for name in WEIGHTS:
        values[name] = _trimmed(values[name])
    return ProductView(**values, images=images, stock=stock)


@lru_cache(maxsize=10_000)
def _trimmed(value: Decimal | None) -> Decimal | None:
    """Without trailing zeros and without an exponent."""
    return None if value is None else Decimal(format(value.normalize(), "f"))


def _missing(sku: str) -> NotFound:
    return NotFound("product_not_found", f"There is no product “{visible(sku[:200])}”.")
