"""Everything Product Details shows, gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from listwright.catalog import queries as catalog
from listwright.catalog.queries import ReservationRow, WarehouseRow
from listwright.catalog.types import ProductView
from listwright.changes.queries import history
from listwright.common.errors import NotReady
from listwright.companies import queries as companies
from listwright.companies.access import Company
from listwright.listings import queries as listings
from listwright.listings.queries import ListingView
from listwright.web.components.amounts import home
from listwright.web.product import panels
from listwright.web.sheet.history import Event, events
from listwright.web.sheet.items import Item

HISTORY_ROWS = 30


class Page(NamedTuple):
    """`listing` is None while the company is not connected; `conditions` are the company's own words."""

    product: ProductView
    items: list[Item]
    warehouses: Sequence[WarehouseRow]
    reservations: Sequence[ReservationRow]
    history: list[Event]
    listing: ListingView | None
    conditions: list[str]


class StockRow(NamedTuple):
    """A warehouse and a product's units there; `value` as its input holds it, None units: never set."""

    warehouse: str
    sellable: bool
    units: int | None
    value: str
    error: str


def load(company: Company, sku: str) -> Page:
    """The page of a product. Raises NotFound."""
    product = catalog.product(company, sku)
    try:
        listing = listings.properties(company, sku)
    except NotReady:
        listing = None
    return Page(
        product=product,
        items=items(company, product),
        warehouses=catalog.warehouses(company),
        reservations=catalog.reservations(company, product.id),
        history=events(
            history(company_id=company.pk, subject="product", subject_id=product.id, limit=HISTORY_ROWS), home(company)
        ),
        listing=listing,
        conditions=[condition for condition, _ in companies.conditions(company)],
    )


def items(company: Company, product: ProductView) -> list[Item]:
    """Every row that can be edited."""
    return [*panels.data(product), *panels.prices(product, home(company))]


def stock_rows(
    product: ProductView,
    warehouses: Sequence[WarehouseRow],
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[StockRow]:
    """Every warehouse of the company, with what was typed where that was wrong."""
    made = []
    for row in warehouses:
        units = product.stock.get(row.name)
        value = (typed or {}).get(row.name, "" if units is None else str(units))
        made.append(StockRow(row.name, row.sellable, units, value, (errors or {}).get(row.name, "")))
    return made
