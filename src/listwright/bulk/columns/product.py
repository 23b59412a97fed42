"""The columns of a product itself, stock per warehouse among them (A1, A2)."""

from collections.abc import Callable
from typing import Any

from listwright.bulk.columns.column import Column, Standing
from listwright.bulk.columns.kinds import EAN, MONEY, TEXT, WEIGHT, WHOLE


def _field(name: str) -> Callable[[Standing], Any]:
    return lambda standing: None if standing.product is None else getattr(standing.product, name)


def _main_image(standing: Standing) -> str:
    images = standing.product.images if standing.product else ()
    return next((image.url for image in images if image.main), "")


SKU = Column(
    "SKU", "sku", ("sku",), TEXT, "Which product the row is for; letter case is ignored", "IP13-128-BLK",
    _field("sku"), ("ProductID", "ProductSKU"), emptiable=False,
)  # fmt: skip

PRODUCT: tuple[Column, ...] = (
    Column("ProductName", "product", ("name",), TEXT, "Name", "iPhone 13 128 GB Midnight", _field("name"), ("Name",)),
    Column("EAN", "product", ("ean",), EAN, "EAN", "4006381333931", _field("ean"), ("UPC", "GTIN")),
    Column("Brand", "product", ("brand",), TEXT, "Brand", "Apple", _field("brand"), ("BrandName",)),
    Column(
        "Condition", "product", ("condition",), TEXT, "The company's own condition; the condition map makes a grade of it",
        "Very good", _field("condition"), ("ProductCondition",),
    ),
    Column("WeightLbs", "product", ("weight_lbs",), WEIGHT, "Weight, pounds", "0", _field("weight_lbs")),
    Column("WeightOz", "product", ("weight_oz",), WEIGHT, "Weight, ounces besides", "6.1", _field("weight_oz")),
    Column(
        "SitePrice", "product", ("site_price",), MONEY, "Site/Retail Price, in the company's currency", "399.90",
        _field("site_price"), ("RetailPrice", "SiteRetailPrice"),
    ),
    Column(
        "ListPrice", "product", ("list_price",), MONEY, "Price of the product when new", "699.00", _field("list_price")
    ),
    Column(
        "Description", "product", ("description",), TEXT, "The product's description", "Unlocked, tested.",
        _field("description"), ("LongDescription", "ProductDescription"),
    ),
    Column(
        "GalleryImageURL", "product", ("main_image",), TEXT, "Becomes the main image; the others stay",
        "https://example.com/phone.jpg", _main_image, ("MainImage", "ImageURL"),
    ),
)  # fmt: skip


def stock(warehouse: str) -> Column:
    """Physical units in one warehouse."""

    def read(standing: Standing) -> int | None:
        return None if standing.product is None else standing.product.stock.get(warehouse)

    return Column(
        f"Qty:{warehouse}", "product", ("stock", warehouse), WHOLE, f"Physical units in warehouse {warehouse}", "3", read,
        emptiable=False,
    )  # fmt: skip
