"""Tags of the pages of one product: `{% load sheet_tags %}`."""

from __future__ import annotations

from django.template import Context, Library

from listwright.listings.rules.facts import Missing
from listwright.web.components import formats
from listwright.web.sheet.address import mending_address
from listwright.web.sheet.labels import label

register = Library()


@register.simple_tag(takes_context=True)
def mending(context: Context, sku: str, missing: Missing) -> str:
    """The address of the field that mends what is missing."""
    return mending_address(context["company"].slug, sku, missing.code, missing.field)


@register.filter
def field_label(path: str) -> str:
    """A field's name on screen."""
    return label(path)


@register.filter
def hours(value: float) -> str:
    """Hours as a stretch of time: `2 h 5 min`."""
    return formats.duration(value * 3600)
