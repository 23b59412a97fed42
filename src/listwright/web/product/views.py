"""Product Details: data, pictures, stock, reservations, prices, history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from listwright.catalog import operations as catalog
from listwright.catalog import queries as catalog_queries
from listwright.common.errors import Conflict, DomainError, Invalid, NotFound
from listwright.listings import operations as listings
from listwright.web.answers import done, may, origin, owner, status_of
from listwright.web.components.amounts import home, told_whole
from listwright.web.product import page, panels
from listwright.web.sheet.address import product_address, sku_of
from listwright.web.sheet.items import read, returned
from listwright.web.sheet.then import then_of


def product(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """The page; POST saves what was edited."""
    if request.method == "POST":
        return _save(request, sku_of(sku))
    return _shown(request, sku_of(sku), editing="edit" in request.GET and may(request, "operator"))


@require_POST
def set_stock(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """Set one warehouse's units; answers with the stock panel."""
    given, warehouse = request.POST.get("physical", "").strip(), request.POST.get("warehouse", "")
    wrong: dict[str, str] = {}
    try:
        catalog.set_product_stock(
            company=owner(request),
            sku=sku_of(sku),
            physical=_units(given),
            warehouse=warehouse,
            origin=origin(request),
            now=timezone.now(),
        )
    except NotFound:
        raise
    except DomainError as error:
        wrong = {warehouse: next(iter(error.fields.values()), error.message)}
    product, warehouses = (
        catalog_queries.product(owner(request), sku_of(sku)),
        catalog_queries.warehouses(owner(request)),
    )
    context = {
        "product": product,
        "stock": page.stock_rows(product, warehouses, typed={warehouse: given} if wrong else {}, errors=wrong),
        "writer": True,
        "saved": "" if wrong else warehouse,
    }
    if not request.headers.get("HX-Request"):
        if wrong:
            raise Invalid("physical_invalid", wrong[warehouse])
        return done(request, "Stock was set.", f"{product_address(owner(request).slug, product.sku)}#stock")
    return render(request, "product/stock.html", context)


@require_POST
def change_images(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """Add a picture, make one the main one, or take one away."""
    found = catalog_queries.product(owner(request), sku_of(sku))
    action, url = request.POST.get("action", ""), request.POST.get("url", "").strip()
    images: list[Mapping[str, Any]] = [{"url": image.url, "main": image.main} for image in found.images]
    match action:
        case "add":
            images.append({"url": url, "main": not images})
        case "main":
            images = [{"url": image["url"], "main": image["url"] == url} for image in images]
        case "remove":
            images = [image for image in images if image["url"] != url]
        case _:
            raise Invalid("action_unknown", "Say what to do with the picture: add, main or remove.")
    try:
        catalog.update_product(
            company=owner(request),
            sku=found.sku,
            changes={"images": images},
            expected={"images": [list(image) for image in found.images]},
            origin=origin(request),
            now=timezone.now(),
        )
    except (Invalid, Conflict) as error:
        sentence = next(iter(error.fields.values()), error.message)
        return _shown(
            request, found.sku, editing=False, status=status_of(error), more={"image_error": sentence, "image_url": url}
        )
    return done(request, "Pictures were saved.", f"{product_address(owner(request).slug, found.sku)}#images")


@require_POST
def delete(request: HttpRequest, company: str, sku: str) -> HttpResponse:
    """Delete the product; a linked one needs an answer to what becomes of its listing."""
    result = listings.remove_products(
        company=owner(request),
        skus=[sku_of(sku)],
        then=then_of(request.POST.get("then")),
        origin=origin(request),
        now=timezone.now(),
    )
    slug = owner(request).slug
    if result.waiting:
        message = f"{result.waiting[0]} goes as soon as Back Market has confirmed quantity 0."
        return done(request, message, product_address(slug, result.waiting[0]))
    return done(request, f"{result.deleted[0]} was deleted.", f"/{slug}/catalog/")


def _save(request: HttpRequest, sku: str) -> HttpResponse:
    shown = catalog_queries.product(owner(request), sku)
    typed = request.POST.dict()
    values, believed = read(page.items(owner(request), shown), typed)
    try:
        if values:
            catalog.update_product(
                company=owner(request),
                sku=sku,
                changes=values,
                expected=believed,
                origin=origin(request),
                now=timezone.now(),
            )
    except (Invalid, Conflict) as error:
        return _shown(request, sku, editing=True, typed=typed, error=error, status=status_of(error))
    text = "Saved." if values else "Nothing was changed."
    return done(request, text, product_address(owner(request).slug, shown.sku))


def _shown(
    request: HttpRequest,
    sku: str,
    *,
    editing: bool,
    typed: Mapping[str, str] | None = None,
    error: DomainError | None = None,
    status: int = 200,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    found = page.load(owner(request), sku)
    errors = error.fields if error else {}
    overtaken = error is not None and error.code == "changed_meanwhile"
    items = {item.name: item for item in returned(found.items, typed, errors, overtaken=overtaken)}
    context = {
        "product": found.product,
        "listing": found.listing,
        "reservations": found.reservations,
        "history": found.history,
        "conditions": found.conditions,
        "data": [items[item.name] for item in panels.data(found.product)],
        "prices": [items[item.name] for item in panels.prices(found.product, home(owner(request)))],
        "stock": page.stock_rows(found.product, found.warehouses),
        "editing": editing,
        "writer": may(request, "operator"),
        "problem": told_whole(error, home(owner(request)), typed or {}) if error else "",
        "here": product_address(owner(request).slug, found.product.sku),
    }
    return render(request, "product/product.html", context | dict(more or {}), status=status)


def _units(text: str) -> Any:
    """A whole number where it is one; else the text, for the operation to refuse by name."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text
