"""Products and their stock."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from listwright.api.auth import PREFIX, member
from listwright.api.paging import parse_limit
from listwright.api.parsing import moment, parse_then, sku_of
from listwright.api.schemas import products as schema
from listwright.api.schemas.base import Page
from listwright.catalog import grid, operations, queries
from listwright.catalog.types import ProductData, StockChange
from listwright.common.errors import DomainError
from listwright.common.text import sku_in_address
from listwright.listings.operations import remove_products

router = Router(tags=["products"])
Slug = Path[str]


@router.get("/products", response=Page[schema.Product])
def list_products(request: HttpRequest, company: Slug, query: Query[schema.ProductQuery]) -> dict[str, Any]:
    """Products by the grid's filters and order."""
    owner = member(request).company
    given = {name: value for name, value in query.model_dump().items() if value is not None}
    sort, cursor, limit = given.pop("sort", "sku"), given.pop("cursor", None), given.pop("limit", None)
    page = queries.products(
        owner, filters=grid.parse_filters(given, owner.currency), sort=sort, cursor=cursor, limit=parse_limit(limit)
    )
    return {
        "results": [schema.product_out(view, owner.currency) for view in page.products],
        "next": page.next_cursor,
    }


@router.post("/products", response={201: schema.Product})
def create_product(
    request: HttpRequest, company: Slug, body: schema.NewProduct, response: HttpResponse
) -> schema.Product:
    """Create a product."""
    who = member(request)
    (made,) = operations.create_products(
        company=who.company, products=[ProductData(**body.given())], origin=who.origin, now=who.now
    )
    response["Location"] = f"{PREFIX}/companies/{who.company.slug}/products/{sku_in_address(made.sku)}"
    return schema.product_out(queries.product(who.company, made.sku), who.company.currency)


@router.get("/products/{sku}", response=schema.Product)
def get_product(request: HttpRequest, company: Slug, sku: str) -> schema.Product:
    """A product, by SKU in any letter case."""
    owner = member(request).company
    return schema.product_out(queries.product(owner, sku_of(sku)), owner.currency)


@router.patch("/products/{sku}", response=schema.Product)
def change_product(request: HttpRequest, company: Slug, sku: str, body: schema.ProductChange) -> schema.Product:
    """Change any subset of fields; null empties."""
    who = member(request)
    operations.update_product(
        company=who.company, sku=sku_of(sku), changes=body.given(), origin=who.origin, now=who.now
    )
    return schema.product_out(queries.product(who.company, sku_of(sku)), who.company.currency)


@router.delete("/products/{sku}", response=schema.Deleted)
def delete_product(request: HttpRequest, company: Slug, sku: str, then: str | None = None) -> dict[str, str]:
    """Delete a product. While it is linked to Back Market, `then` says what becomes of its listing: `offline` sends
    quantity 0 and deletes once that is confirmed, `leave` leaves it as it stands."""
    who = member(request)
    result = remove_products(
        company=who.company, skus=[sku_of(sku)], then=parse_then(then), origin=who.origin, now=who.now
    )
    return {"state": "waiting" if result.waiting else "deleted"}


@router.put("/products/{sku}/stock", response=schema.StockAnswer)
def set_stock(request: HttpRequest, company: Slug, sku: str, body: schema.StockFigure) -> dict[str, str]:
    """Set a product's units in one warehouse."""
    who = member(request)
    result = operations.set_product_stock(
        company=who.company,
        sku=sku_of(sku),
        physical=body.physical,
        warehouse=body.warehouse,
        as_of=moment(body.as_of),
        origin=who.origin,
        now=who.now,
    )
    state = "ignored" if result.ignored else "changed" if result.changed else "unchanged"
    return {"state": state, "message": result.ignored.get(0, "")}


@router.post("/stock", response=schema.StockResult)
def set_stock_of_many(request: HttpRequest, company: Slug, body: list[schema.StockRow]) -> dict[str, Any]:
    """Set stock of up to 10,000 SKUs in one transaction. SKUs not named stay as they are; a row that is wrong is
    told in `errors` and leaves the others alone."""
    who = member(request)
    changes = [StockChange(row.sku, row.physical, row.warehouse, moment(row.as_of)) for row in body]
    result = operations.set_stock(company=who.company, changes=changes, origin=who.origin, now=who.now)

    def told(row: int, code: str, message: str, error: DomainError | None = None) -> dict[str, Any]:
        return {
            "row": row,
            "sku": body[row].sku,
            "code": code,
            "message": message,
            "fields": {} if error is None else error.fields,
        }

    return {
        "changed": result.changed,
        "unchanged": result.unchanged,
        "ignored": [told(row, "older", message) for row, message in sorted(result.ignored.items())],
        "errors": [told(row, error.code, error.message, error) for row, error in sorted(result.errors.items())],
    }
