"""What goes into the catalog's operations and what comes out of its queries: plain, frozen data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from listwright.common.errors import DomainError


class ImageData(NamedTuple):
    """A picture's address; exactly one of a product's is main."""

    url: str
    main: bool = False


Gallery = tuple[ImageData, ...]
"""A product's images, the main one first."""


@dataclass(frozen=True, slots=True)
class ProductData:
    """A product to create: REST field names; money in the company's currency, weights exact, stock by warehouse.

    Images may be given as addresses, `{url, main}` mappings or ImageData.
    """

    sku: str
    name: str = ""
    ean: str = ""
    brand: str = ""
    condition: str = ""
    weight_lbs: Decimal | str | None = None
    weight_oz: Decimal | str | None = None
    site_price: Decimal | str | None = None
    list_price: Decimal | str | None = None
    description: str = ""
    images: Sequence[ImageData | Mapping[str, Any] | str] = ()
    stock: Mapping[str, int] = field(default_factory=dict)


class StockChange(NamedTuple):
    """Physical units of a SKU in a warehouse; `as_of` when that was true at its source (aware), else it is now."""

    sku: str
    physical: int
    warehouse: str = "main"
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class StockResult:
    """Rows by what became of them; `ignored` and `errors` by row index (from 0).

    Ignored rows are right but older than what is known: the sentence says so.
    """

    changed: int
    unchanged: int
    ignored: Mapping[int, str]
    errors: Mapping[int, DomainError]


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """`cells` {SKU: {field: [old, new]}} of the changed products, `errors` by SKU; a SKU in neither stood already."""

    cells: Mapping[str, Mapping[str, list[Any]]]
    unchanged: int
    errors: Mapping[str, DomainError]

    @property
    def changed(self) -> int:
        """How many products changed."""
        return len(self.cells)


class DeleteResult(NamedTuple):
    """`deleted` are gone; `waiting` go as soon as zero is confirmed on Back Market."""

    deleted: tuple[str, ...]
    waiting: tuple[str, ...]


class ReservationItem(NamedTuple):
    """Units promised to an order line. `reference` (`backmarket:ORDER/LINE`) makes asking twice the same as once."""

    product_id: int
    reference: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product as people and programs see it. Weights without trailing zeros; `available` null while unknown."""

    id: int
    sku: str
    name: str
    ean: str
    brand: str
    condition: str
    weight_lbs: Decimal | None
    weight_oz: Decimal | None
    site_price: Decimal | None
    list_price: Decimal | None
    description: str
    images: Gallery
    stock: Mapping[str, int]
    physical: int | None
    reserved: int
    leaving_since: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def available(self) -> int | None:
        """Σ physical in sellable warehouses − reserved (A5); may be below zero, null while stock was never set."""
        return None if self.physical is None else self.physical - self.reserved
