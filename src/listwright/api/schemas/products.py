"""Products and stock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, WithJsonSchema

from listwright.api.schemas.base import Amount, In, Moment, Money, Out, Text, Whole, money, plain
from listwright.catalog.types import ProductView

Images = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {"url": {"type": "string", "format": "uri"}, "main": {"type": "boolean"}},
                "required": ["url"],
            },
            "description": "replaces the gallery; the first is the main image unless another says so",
        }
    ),
]
StockByWarehouse = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 0},
            "examples": [{"main": 3}],
            "description": "physical units; warehouses not named stay",
        }
    ),
]


class ProductChange(In):
    """Any subset of a product's fields; null empties."""

    name: Text = None
    ean: Text = None
    brand: Text = None
    condition: Text = None
    weight_lbs: Amount = None
    weight_oz: Amount = None
    site_price: Amount = None
    list_price: Amount = None
    description: Text = None
    images: Images = None
    stock: StockByWarehouse = None


class NewProduct(ProductChange):
    """A product to create; only the SKU is needed."""

    sku: Annotated[Any, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200})]


class Image(Out):
    url: str
    main: bool


class Product(Out):
    """A product; prices in the company's currency, `available` null while stock was never set."""

    sku: str
    name: str
    ean: str
    brand: str
    condition: str
    weight_lbs: str | None
    weight_oz: str | None
    site_price: Money | None
    list_price: Money | None
    description: str
    images: list[Image]
    stock: dict[str, int]
    physical: int | None
    reserved: int
    available: int | None
    leaving_since: datetime | None = Field(description="to be deleted once zero is confirmed on Back Market")
    created_at: datetime
    updated_at: datetime


def product_out(view: ProductView, currency: str) -> Product:
    """A product as REST shows it."""
    return Product(
        sku=view.sku,
        name=view.name,
        ean=view.ean,
        brand=view.brand,
        condition=view.condition,
        weight_lbs=plain(view.weight_lbs),
        weight_oz=plain(view.weight_oz),
        site_price=money(view.site_price, currency),
        list_price=money(view.list_price, currency),
        description=view.description,
        images=[Image(url=image.url, main=image.main) for image in view.images],
        stock=dict(view.stock),
        physical=view.physical,
        reserved=view.reserved,
        available=view.available,
        leaving_since=view.leaving_since,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


class Deleted(Out):
    """What became of it: `deleted`, or `waiting` for its zero to be confirmed on Back Market."""

    state: str


class StockFigure(In):
    """Physical units in one warehouse, `main` when none is named, as of now when no time is given."""

    physical: Whole
    warehouse: Text = "main"
    as_of: Moment = None


class StockRow(StockFigure):
    """A figure of one SKU."""

    sku: Text


class StockAnswer(Out):
    """`changed`, `unchanged`, or `ignored` as older than what is known (`message` says so)."""

    state: str
    message: str


class RowMessage(Out):
    """What is to say of one row; rows count from 0."""

    row: int
    sku: Any
    code: str
    message: str
    fields: Mapping[str, str]


class StockResult(Out):
    """How many rows became what; ignored rows are right, but older than what is known."""

    changed: int
    unchanged: int
    ignored: list[RowMessage]
    errors: list[RowMessage]


class ProductQuery(BaseModel):
    """The filters of the grid, each as the text of the address: the domain reads them and names what is wrong."""

    search: str | None = Field(None, description="any part of SKU, name, EAN, merchant SKU, Back Market ID")
    ready: str | None = Field(None, description="true or false, as every flag")
    missing: str | None = Field(None, description="a code of readiness, such as ean")
    enabled: str | None = None
    state: str | None = Field(None, description="never_enabled, on, taken_offline, left_standing")
    linked: str | None = None
    drift: str | None = None
    drift_kind: str | None = None
    error: str | None = Field(None, description="a code, or any")
    price_min: str | None = Field(None, description="of the Back Market price")
    price_max: str | None = None
    stock_min: str | None = Field(None, description="of the available units")
    stock_max: str | None = None
    stock_known: str | None = None
    condition: str | None = None
    category: str | None = Field(None, description="a marketplace_category_id")
    job: str | None = Field(None, description="the id of a Queued Job in which the product failed or was skipped")
    cause: str | None = Field(None, description="with `job`: only for this code")
    market: str | None = Field(None, description="one the listing is online in, such as fr-fr")
    sort: str | None = Field(None, description="sku, name, site_price, back_market_price, available; - in front")
    cursor: str | None = None
    limit: str | None = Field(None, description="1 to 500, 50 when left out")
