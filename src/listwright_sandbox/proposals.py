"""Products that a row of a file proposes or edits."""

from typing import Any

from . import fields
from .categories import Categories, check_attributes
from .fields import FieldError
from .market import Market
from .products import Product, Products

_SIZES = ("width", "height", "depth")
_IMAGES = tuple(f"image{place}" for place in range(1, 7))
PRODUCT_COLUMNS = ("category_id", "title", "description", "brand", "price_new", "weight", *_IMAGES, *_SIZES)


def propose(row: dict[str, str], market: Market, products: Products, categories: Categories) -> Product:
    """A new product from a row, waiting for validation. Raises FieldError for what is missing or wrong."""
    ean = fields.ean(row.get("ean", ""))
    content = _content(row, categories)
    return products.new(
        ean=ean,
        category_id=content.pop("category_id"),
        titles={market.code: content.pop("title")},
        brand=content.pop("brand"),
        validated=False,
        own=True,
        content={"texts": {market.code: content.pop("texts")}, **content},
    )


def edit(product: Product, row: dict[str, str], market: Market) -> bool:
    """Applies the product columns of a row where that is still possible; says whether anything was.

    Only the seller who proposed a product can edit it, and only until it is validated; else nothing happens, silently.
    """
    named = {name: value for name, value in row.items() if name in PRODUCT_COLUMNS and value.strip()}
    if product.validated or not product.own or not named:
        return False
    if "title" in named:
        product.titles[market.code] = fields.text("title", named["title"], longest=200)
    if "brand" in named:
        product.brand = fields.text("brand", named["brand"], longest=100)
    texts = product.content.setdefault("texts", {}).setdefault(market.code, {})
    for name, value in named.items():
        if name in ("description", "price_new"):
            texts[name] = value
        elif name in (*_IMAGES, *_SIZES, "weight"):
            product.content[name] = value
    return True


def _content(row: dict[str, str], categories: Categories) -> dict[str, Any]:
    for name in ("category_id", "title", "description", "brand", "price_new", "weight", "image1"):
        if not row.get(name, "").strip():
            raise FieldError(name, "This field is required to propose a product.")
    category_id = fields.whole("category_id", row["category_id"], least=-1_000_000)
    leaf = categories.leaf(category_id)
    if leaf is None:
        raise FieldError("category_id", f"{category_id} is not the marketplace_category_id of a leaf category.")
    return {
        "category_id": category_id,
        "title": fields.text("title", row["title"], longest=200),
        "brand": fields.text("brand", row["brand"], longest=100),
        "texts": {"description": row["description"], "price_new": str(fields.amount("price_new", row["price_new"]))},
        "weight": fields.whole("weight", row["weight"], least=2),
        "attributes": check_attributes(leaf, row),
        **{
            name: fields.text(name, row[name], longest=1000)
            for name in (*_IMAGES, *_SIZES)
            if row.get(name, "").strip()
        },
    }
