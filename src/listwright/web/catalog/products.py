"""Add a product."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from listwright.catalog import operations
from listwright.catalog.types import ProductData
from listwright.common.errors import DomainError, Invalid
from listwright.common.text import sku_in_address
from listwright.companies import queries as companies
from listwright.web.answers import done, origin, owner, status_of
from listwright.web.components.amounts import home, told_of, typed

_TEXTS = ("sku", "name", "ean", "brand", "condition", "description")
_AMOUNTS = ("site_price", "list_price")
_NUMBERS = ("weight_lbs", "weight_oz", *_AMOUNTS)


def new(request: HttpRequest, company: str) -> HttpResponse:
    """The form; POST creates the product and goes to its page."""
    firm = owner(request)
    context: dict[str, Any] = {"conditions": companies.conditions(firm), "values": {}, "errors": {}}
    if request.method != "POST":
        return render(request, "catalog/new_product.html", context)
    values = {name: request.POST.get(name, "").strip() for name in (*_TEXTS, *_NUMBERS, "image", "physical")}
    try:
        given: dict[str, Any] = {name: values[name] for name in _TEXTS}
        given |= {name: values[name] or None for name in _NUMBERS}
        given |= {name: typed(values[name], firm.currency) for name in _AMOUNTS if values[name]}
        images = [values["image"]] if values["image"] else []
        data = ProductData(**given, images=images, stock=_stock(values["physical"]))
        (product,) = operations.create_products(
            company=firm, products=[data], origin=origin(request), now=timezone.now()
        )
    except DomainError as error:
        here = home(firm)
        fields = {
            _FIELDS.get(name.split(".")[0], name): told_of(name, sentence, here, values.get(name, ""))
            for name, sentence in error.fields.items()
        }
        context |= {"values": values, "errors": fields, "problem": "" if fields else error.message}
        return render(request, "catalog/new_product.html", context, status=status_of(error))
    to = f"/{firm.slug}/catalog/{sku_in_address(product.sku)}/"
    return done(request, f"{product.sku} is created.", to)


_FIELDS = {"images": "image", "stock": "physical"}


def _stock(text: str) -> dict[str, int]:
    if not text:
        return {}
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        message = f"“{text[:40]}” is not a whole number of units."
        raise Invalid("invalid_product", message, {"stock": message})
    return {"main": int(text)}
