"""Photo check.

A product is ready to post only with enough photos.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from listwright.plugins import hookimpl
from listwright.plugins.types import Problem, ProductFacts


class Settings(BaseModel):
    """How many."""

    photos: int = Field(3, ge=1, le=6, title="Photos", description="Back Market shows six at most.")


@hookimpl
def settings_model() -> type[Settings]:
    """How many photos."""
    return Settings


@hookimpl
def readiness_checks(products: Sequence[ProductFacts], settings: Settings) -> list[list[Problem]]:
    """A problem for each product with too few photos; one without any is told of by Listwright already."""
    return [
        [Problem("photos", "images", f"Add photos: there are {product.image_count}, {settings.photos} are wanted.")]
        if 0 < product.image_count < settings.photos
        else []
        for product in products
    ]
