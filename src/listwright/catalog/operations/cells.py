"""Carry out changes of products from their cells: the one way into the tables, for one product and for many.

Whoever calls has locked the products, and made sure that the old values are what stands there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from listwright.catalog import grid
from listwright.catalog.fields import COLUMNS, MONEY, WEIGHTS
from listwright.catalog.operations.stock import STOCK, Place, write_stock_cells
from listwright.changes.cells import ChangedCells, Check, standing_otherwise
from listwright.changes.operations import Marks, Urgency, mark_selected, record_cells
from listwright.changes.origin import Origin
from listwright.common.text import fold

NUMBERS = (*MONEY, *WEIGHTS)
IMAGES = "images"
_UNPLANNED = "name"

_GALLERY = """(SELECT coalesce(jsonb_agg(jsonb_build_array(url, main) ORDER BY main DESC, position, id), '[]')
    FROM catalog_productimage WHERE product_id = product.id)"""
_REPLACE_IMAGES = (
    """DELETE FROM catalog_productimage USING given WHERE product_id = given.id AND cells ? 'images'""",
    """INSERT INTO catalog_productimage (product_id, url, position, main)
    SELECT given.id, image.value ->> 0, image.place - 1, (image.value ->> 1)::boolean
    FROM given CROSS JOIN LATERAL jsonb_array_elements(cells -> 'images' -> 1) WITH ORDINALITY AS image (value, place)
    WHERE cells ? 'images' ORDER BY given.id, place""",
)


def write_cells(
    *,
    company_id: int,
    changes: ChangedCells,
    places: Mapping[str, Place],
    origin: Origin,
    now: datetime,
    stock_written: bool = False,
    operation: str = "update",
) -> None:
    """Write products, galleries, stock, the grid's part and history, and mark stale, set-based.

    `places` are the company's warehouses by folded name; with `stock_written` their figures are stored already.
    """
    store_cells(
        company_id=company_id, changes=changes, places=places, origin=origin, now=now, stock_written=stock_written,
        operation=operation,
    )  # fmt: skip
    mark_selected(company_id=company_id, marks=[marks(changes, places)], now=now)


def store_cells(
    *,
    company_id: int,
    changes: ChangedCells,
    places: Mapping[str, Place],
    origin: Origin,
    now: datetime,
    stock_written: bool = False,
    operation: str = "update",
) -> None:
    """`write_cells` without marking: whoever calls marks what `marks` says."""
    counted = _counted(changes, places)
    if not stock_written:
        write_stock_cells(changes, places, now=now)
    _write_products(changes, counted, now)
    shown = changes.any_of(("name", "condition", "site_price"))
    if shown or counted:
        grid.refresh_of(changes, [*shown, *counted], texts=changes.any_of(("name", "ean")))
    elif "ean" in changes.fields:
        grid.refresh_of(changes, [], texts=["ean"])
    record_cells(company_id=company_id, subject="product", operation=operation, changes=changes, origin=origin, now=now)


def _counted(changes: ChangedCells, places: Mapping[str, Place]) -> list[str]:
    """The fields that are stock on sale."""
    return [name for name in changes.beginning(STOCK) if places[fold(name.removeprefix(STOCK))].sellable]


def moved(changes: ChangedCells, places: Mapping[str, Place]) -> dict[int, dict[str, Any]]:
    """{product id: {field: what stands there}} where that is not the old value of a cell; {"": None} for those gone."""
    checks: list[Check] = []
    for name in changes.any_of(COLUMNS):
        if name in NUMBERS:
            differs = f"product.{name} IS DISTINCT FROM (cells -> '{name}' ->> 0)::numeric"
            checks.append(Check(name, differs, f"to_jsonb(product.{name}::text)"))
        else:
            differs = f"product.{name} <> coalesce(cells -> '{name}' ->> 0, '')"
            checks.append(Check(name, differs, f"to_jsonb(product.{name})"))
    if IMAGES in changes.fields:
        checks.append(Check(IMAGES, f"cells -> 'images' -> 0 IS DISTINCT FROM {_GALLERY}", _GALLERY))
    stands = "(SELECT physical FROM catalog_stock WHERE product_id = product.id AND warehouse_id = %s)"
    for name in changes.beginning(STOCK):
        warehouse = places[fold(name.removeprefix(STOCK))].id
        differs = f"(cells -> %s ->> 0)::int IS DISTINCT FROM {stands}"
        checks.append(Check(name, differs, f"to_jsonb({stands})", [name, warehouse], [warehouse]))
    return standing_otherwise(changes, "catalog_product AS product ON product.id = given.id", "product.id", checks)


def _write_products(changes: ChangedCells, counted: list[str], now: datetime) -> None:
    values: list[Any] = []
    assignments: list[str] = []
    for name in changes.any_of(COLUMNS):
        new = f"(cells -> '{name}' ->> 1)::numeric" if name in NUMBERS else f"coalesce(cells -> '{name}' ->> 1, '')"
        assignments.append(f"{name} = CASE WHEN cells ? '{name}' THEN {new} ELSE product.{name} END")
    if IMAGES in changes.fields:
        first = "coalesce(cells -> 'images' -> 1 -> 0 ->> 0, '')"
        assignments += [
            "image_count = CASE WHEN cells ? 'images' THEN jsonb_array_length(cells -> 'images' -> 1)"
            " ELSE product.image_count END",
            f"main_image = CASE WHEN cells ? 'images' THEN {first} ELSE product.main_image END",
        ]
    if counted:
        assignments.append(
            "physical = CASE WHEN cells ?| %s THEN (SELECT sum(stock.physical) FROM catalog_stock AS stock"
            " JOIN catalog_warehouse AS warehouse ON warehouse.id = stock.warehouse_id"
            " WHERE stock.product_id = product.id AND warehouse.sellable)::int ELSE product.physical END"
        )
        values.append(counted)
    if not assignments:
        return
    with connection.cursor() as cursor:
        if IMAGES in changes.fields:
            for statement in _REPLACE_IMAGES:
                cursor.execute(f"{changes.given()} {statement}", changes.parameters)
        cursor.execute(
            f"{changes.given()} UPDATE catalog_product AS product SET {', '.join(assignments)}, updated_at = %s"  # noqa: S608
            " FROM given WHERE product.id = given.id",
            [*changes.parameters, *values, now],
        )


def marks(changes: ChangedCells, places: Mapping[str, Place]) -> Marks | None:
    """How soon changed products must be planned; None where nothing the fields say is planned."""
    counted = _counted(changes, places)
    content = sorted(changes.fields - {_UNPLANNED} - set(changes.beginning(STOCK)))
    cases: list[str] = []
    values: list[Any] = []
    join = ""
    if counted:
        cases.append(
            f"WHEN cells ?| %s THEN CASE WHEN product.physical - product.reserved <= 0 THEN {int(Urgency.STOP)}"
            f" ELSE {int(Urgency.STOCK)} END"
        )
        values.append(counted)
        join = "JOIN catalog_product AS product ON product.id = given.id"
    if "site_price" in content:
        cases.append(f"WHEN cells ? 'site_price' THEN {int(Urgency.PRICE)}")
    if content:
        cases.append(f"WHEN cells ?| %s THEN {int(Urgency.CONTENT)}")
        values.append(content)
    if not cases:
        return None
    return Marks(
        f"SELECT given.id AS product_id, CASE {' '.join(cases)} END AS urgency"  # noqa: S608 - our own
        f" FROM ({changes.select}) AS given {join}",
        [*values, *changes.parameters],
    )
