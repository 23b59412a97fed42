"""Companies, client settings, conditions and warehouses."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router

from listwright.api.auth import caller, member
from listwright.api.schemas import companies as schema
from listwright.api.schemas.base import Page
from listwright.catalog import operations as catalog
from listwright.catalog import queries as catalog_queries
from listwright.companies import operations, queries

installation = Router(tags=["installation"])
router = Router(tags=["company"])
Slug = Path[str]


@installation.get("/companies", response=Page[schema.Company])
def list_companies(request: HttpRequest) -> dict[str, Any]:
    """The companies of the token's person."""
    return {"results": queries.companies_of(caller(request).user), "next": None}


@installation.post("/companies", response={201: schema.Company})
def create_company(request: HttpRequest, body: schema.NewCompany) -> dict[str, str]:
    """Create a company; the token's person becomes its administrator."""
    who = caller(request)
    made = catalog.open_company(
        slug=body.slug, name=body.name, currency=body.currency, creator=who.user, origin=who.origin, now=who.now
    )
    return {"slug": made.slug, "name": made.name, "currency": made.currency, "role": "administrator"}


@installation.get("/client-settings", response=schema.ClientSettings)
def get_client_settings(request: HttpRequest) -> Any:
    """Settings of the whole installation."""
    return queries.client_settings()


@installation.patch("/client-settings", response=schema.ClientSettings)
def change_client_settings(request: HttpRequest, body: schema.ClientSettingsChange) -> Any:
    """Change any subset."""
    who = caller(request)
    return operations.update_client_settings(changes=body.given(), origin=who.origin, now=who.now)


@router.get("/conditions", response=schema.Conditions)
def get_conditions(request: HttpRequest, company: Slug) -> dict[str, Any]:
    """The company's own conditions and the grades Back Market knows them by."""
    return {"conditions": dict(queries.conditions(member(request).company))}


@router.patch("/conditions", response=schema.Conditions)
def change_conditions(request: HttpRequest, company: Slug, body: schema.ConditionsChange) -> dict[str, Any]:
    """Map conditions to grades."""
    who = member(request)
    operations.set_conditions(company=who.company, grades=body.conditions, origin=who.origin, now=who.now)
    return {"conditions": dict(queries.conditions(who.company))}


@router.get("/warehouses", response=Page[schema.Warehouse])
def list_warehouses(request: HttpRequest, company: Slug) -> dict[str, Any]:
    """The warehouses, `main` first."""
    return {"results": catalog_queries.warehouses(member(request).company), "next": None}


@router.post("/warehouses", response={201: schema.Warehouse})
def create_warehouse(request: HttpRequest, company: Slug, body: schema.NewWarehouse) -> Any:
    """Add a warehouse; it is not sellable until said so."""
    who = member(request)
    return catalog.create_warehouse(
        company=who.company, name=body.name, sellable=body.sellable, origin=who.origin, now=who.now
    )


@router.patch("/warehouses", response=schema.Warehouse)
def change_warehouse(request: HttpRequest, company: Slug, body: schema.WarehouseChange) -> Any:
    """Rename a warehouse, or change whether its stock is for sale."""
    who = member(request)
    changes = body.given()
    name = changes.pop("name")
    if "rename" in changes:
        changes["name"] = changes.pop("rename")
    return catalog.update_warehouse(company=who.company, name=name, changes=changes, origin=who.origin, now=who.now)
