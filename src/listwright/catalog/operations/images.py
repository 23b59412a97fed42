"""A product's gallery: replaced as a whole, or given another main image."""

from collections.abc import Mapping, Sequence
from typing import Any

from listwright.catalog.models import ProductImage
from listwright.catalog.queries import galleries
from listwright.catalog.types import Gallery, ImageData


def summary(gallery: Sequence[ImageData]) -> dict[str, Any]:
    """What the product's own row keeps of its gallery."""
    return {"image_count": len(gallery), "main_image": next((image.url for image in gallery if image.main), "")}


def with_main(gallery: Gallery, url: str) -> Gallery:
    """The gallery with `url` as its main image, the others kept (A2); an empty one takes the main image away."""
    if not url:
        rest = [ImageData(image.url) for image in gallery if not image.main]
        return tuple([ImageData(rest[0].url, True), *rest[1:]] if rest else [])
    others = [ImageData(image.url) for image in gallery if image.url != url]
    return (ImageData(url, True), *others)


def changed(wanted: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, list[Any]]]:
    """History's `images` cell, by product id, of what `images` and `main_image` change of locked products' galleries."""
    asked = {pk: values for pk, values in wanted.items() if "images" in values or "main_image" in values}
    before = galleries(list(asked)) if asked else {}
    cells: dict[int, dict[str, list[Any]]] = {}
    for product_id, values in asked.items():
        old = before.get(product_id, ())
        new = values["images"] if "images" in values else with_main(old, values["main_image"])
        new = tuple(sorted(new, key=lambda image: not image.main))
        if new != old:
            cells[product_id] = {"images": [list(map(list, old)), list(map(list, new))]}
    return cells


def replace(wanted: Mapping[int, Sequence[ImageData]]) -> None:
    """Store these galleries in place of what the products had."""
    if not wanted:
        return
    ProductImage.objects.filter(product_id__in=list(wanted)).delete()
    ProductImage.objects.bulk_create(
        (
            ProductImage(product_id=product_id, url=image.url, position=position, main=image.main)
            for product_id, gallery in wanted.items()
            for position, image in enumerate(gallery)
        ),
        batch_size=5000,
    )
