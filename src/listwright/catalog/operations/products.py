"""Create and change products, one or many by the same statements."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from listwright.catalog import grid
from listwright.catalog.fields import COLUMNS, parse_new_sku, parse_product, plain_cell, sku_key
from listwright.catalog.models import Product
from listwright.catalog.operations import images
from listwright.catalog.operations.cells import write_cells
from listwright.catalog.operations.counting import counting, lock_products, recount
from listwright.catalog.operations.stock import (
    Figure,
    Place,
    places,
    stock_cells,
    warehouse_unknown,
    write_figures,
)
from listwright.catalog.types import ProductData, UpdateResult
from listwright.changes.cells import ChangedCells
from listwright.changes.meanwhile import refuse_overtaken
from listwright.changes.operations import Entry, Urgency, mark_stale, record
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, DomainError, Invalid, LimitReached, NotFound
from listwright.common.text import fold, visible
from listwright.companies.models import Company

MOST_PRODUCTS = 10_000


@transaction.atomic
def create_products(
    *, company: Company, products: Sequence[ProductData], origin: Origin, now: datetime
) -> list[Product]:
    """Create products, all or none; returns them in order.

    Raises Invalid with the wrong fields (`3.ean` for the fourth of several), Conflict naming SKUs that exist already,
    letter case ignored, LimitReached beyond 10,000.
    """
    if len(products) > MOST_PRODUCTS:
        raise LimitReached("too_many_products", f"{len(products)} products are too many at once: {MOST_PRODUCTS}.")
    warehouses = places(company.pk)
    parsed: list[tuple[str, dict[str, Any]]] = []
    wrong: dict[str, str] = {}
    for index, data in enumerate(products):
        place = f"{index}." if len(products) > 1 else ""
        try:
            sku, values, errors = _parse_new(data, company.currency, warehouses)
        except Invalid as error:
            sku, values, errors = "", {}, dict(error.fields)
        wrong |= {f"{place}{name}": sentence for name, sentence in errors.items()}
        parsed.append((sku, values))
    if wrong:
        raise Invalid("invalid_product", "Nothing was created: " + _first(wrong), wrong)
    _refuse_taken(company, [sku for sku, _ in parsed])

    rows = [
        Product(
            company=company,
            sku=sku,
            created_at=now,
            updated_at=now,
            **{name: value for name, value in values.items() if name in COLUMNS},
            **images.summary(values["images"]),
        )
        for sku, values in parsed
    ]
    try:
        with transaction.atomic():
            rows = Product.objects.bulk_create(rows)
    except IntegrityError as error:  # somebody created one of them since we looked
        if "product_sku_once" not in str(error):
            raise
        message = "One of these SKUs was created a moment ago by somebody else. Look, and try again."
        raise Conflict("sku_taken", message, {"sku": message}) from error
    ids = [row.pk for row in rows]
    images.replace(
        {row.pk: values["images"] for row, (_, values) in zip(rows, parsed, strict=True) if values["images"]}
    )
    figures = [
        Figure(0, row.pk, warehouses[fold(name)], units, None)
        for row, (_, values) in zip(rows, parsed, strict=True)
        for name, units in values["stock"].items()
    ]
    grid.refresh(ids)
    with counting(company.pk):
        written = write_figures(figures, now=now)
        counted = {row.product_id: row for row in recount(ids if figures else [], now=now)}
    for row in rows:
        if row.pk in counted:
            row.physical = counted[row.pk].physical
    stock = stock_cells(written)
    entries = [
        Entry("product", row.pk, "create", _created_cells(sku, values) | stock.get(row.pk, {}))
        for row, (sku, values) in zip(rows, parsed, strict=True)
    ]
    record(company_id=company.pk, entries=entries, origin=origin, now=now)
    mark_stale(company_id=company.pk, product_ids=ids, urgency=Urgency.CONTENT, now=now)
    return rows


@transaction.atomic
def update_products(
    *, company: Company, changes: Mapping[str, Mapping[str, Any]], origin: Origin, now: datetime
) -> UpdateResult:
    """Change any subset of fields of each SKU named; `catalog.fields.parse_product` tells what a field takes.

    A SKU with anything wrong is left as it is and reported; the others are changed. Unchanged values write nothing.
    `stock` sets the warehouses named, as of now.
    """
    if len(changes) > MOST_PRODUCTS:
        raise LimitReached("too_many_products", f"{len(changes)} products are too many at once: {MOST_PRODUCTS}.")
    with counting(company.pk):
        return _update(company, changes, origin, now)


def _update(company: Company, changes: Mapping[str, Mapping[str, Any]], origin: Origin, now: datetime) -> UpdateResult:
    keys = {sku: sku_key(sku) for sku in changes}
    ids = lock_products(company.pk, set(keys.values()))
    stored = _stored(list(ids.values()))
    warehouses = places(company.pk)
    errors: dict[str, DomainError] = {}
    wanted: dict[int, dict[str, Any]] = {}
    names: dict[int, str] = {}
    for sku, values in changes.items():
        product_id = ids.get(keys[sku])
        if product_id is None:
            errors[sku] = NotFound("product_not_found", f"There is no product “{visible(sku[:200])}”.")
            continue
        if product_id in wanted:
            errors[sku] = Conflict("sku_twice", f"“{sku}” is named twice: “{names[product_id]}” is the same product.")
            continue
        if "sku" in values and sku_key(str(values["sku"])) == keys[sku]:  # its own, as a reader sends it back
            values = {name: value for name, value in values.items() if name != "sku"}
        parsed, wrong = parse_product(values, company.currency)
        wrong |= _unknown_warehouses(parsed, warehouses)
        if {"images", "main_image"} <= set(parsed):
            wrong["main_image"] = "Give images or main_image, not both."
        if wrong:
            errors[sku] = Invalid("invalid_product", f"{sku} was not changed: {_first(wrong)}", wrong)
            continue
        wanted[product_id], names[product_id] = parsed, sku

    galleries = images.changed(wanted)
    written = write_figures(
        [
            Figure(0, product_id, warehouses[fold(name)], units, None)
            for product_id, parsed in wanted.items()
            for name, units in parsed.get("stock", {}).items()
        ],
        now=now,
    )
    figures = stock_cells(written)
    cells = {
        product_id: difference(stored[product_id], parsed) | galleries.get(product_id, {}) | figures.get(product_id, {})
        for product_id, parsed in wanted.items()
    }
    changed = {product_id: cells[product_id] for product_id in sorted(cells) if cells[product_id]}
    if changed:
        write_cells(
            company_id=company.pk,
            changes=ChangedCells.of(changed),
            places=warehouses,
            origin=origin,
            now=now,
            stock_written=True,
        )
    return UpdateResult(
        {names[product_id]: pairs for product_id, pairs in changed.items()}, len(wanted) - len(changed), errors
    )


def difference(before: Mapping[str, Any], parsed: Mapping[str, Any]) -> dict[str, list[Any]]:
    """History's cells of the product's own columns: what of the parsed values is new."""
    return {
        name: [plain_cell(name, before[name]), plain_cell(name, value)]
        for name, value in parsed.items()
        if name in COLUMNS and before[name] != value
    }


@transaction.atomic
def update_product(
    *,
    company: Company,
    sku: str,
    changes: Mapping[str, Any],
    origin: Origin,
    now: datetime,
    expected: Mapping[str, Any] | None = None,
) -> UpdateResult:
    """Change one product; raises what `update_products` reports: NotFound, Invalid.

    `expected` are the values a person saw, as history writes them: a field that is another's by now is a Conflict.
    """
    result = update_products(company=company, changes={sku: changes}, origin=origin, now=now)
    if result.errors:
        raise result.errors[sku]
    refuse_overtaken(result.cells.get(sku, {}), expected)
    return result


def _parse_new(
    data: ProductData, currency: str, warehouses: Mapping[str, Place]
) -> tuple[str, dict[str, Any], dict[str, str]]:
    values = {field.name: getattr(data, field.name) for field in dataclasses.fields(data)}
    sku = parse_new_sku(values.pop("sku"))
    parsed, wrong = parse_product(values, currency)
    return sku, parsed, wrong | _unknown_warehouses(parsed, warehouses)


def _unknown_warehouses(parsed: Mapping[str, Any], warehouses: Mapping[str, Place]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name in parsed.get("stock", {}):
        if fold(name) not in warehouses:
            wrong |= warehouse_unknown(name, f"stock.{name}").fields
    return wrong


def _refuse_taken(company: Company, skus: Sequence[str]) -> None:
    folded: dict[str, str] = {}
    twice = [sku for sku in skus if folded.setdefault(fold(sku), sku) is not sku]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sku FROM catalog_product WHERE company_id = %s AND lower(sku) = ANY(%s) ORDER BY sku LIMIT 20",
            [company.pk, list(folded)],
        )
        taken = [row[0] for row in cursor.fetchall()] + twice
    if taken:
        message = f"There is a product {', '.join(f'“{sku}”' for sku in taken[:20])} already; letter case is ignored."
        raise Conflict("sku_taken", message, {"sku": message})


def _stored(product_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in Product.objects.filter(pk__in=product_ids).values("id", *COLUMNS)}


def _created_cells(sku: str, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    given = {name: value for name, value in values.items() if name != "stock" and value not in ("", None, ())}
    if "images" in given:
        given["images"] = [list(image) for image in given["images"]]
    return _plain({name: [None, value] for name, value in {"sku": sku, **given}.items()})


def _plain(cells: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Numbers as history keeps them: text without trailing zeros of a weight."""
    return {name: [plain_cell(name, value) for value in pair] for name, pair in cells.items()}


def _first(wrong: Mapping[str, str]) -> str:
    shown = [f"{name}: {sentence}" for name, sentence in list(wrong.items())[:5]]
    return " ".join(shown) + (f" And {len(wrong) - 5} more." if len(wrong) > 5 else "")
