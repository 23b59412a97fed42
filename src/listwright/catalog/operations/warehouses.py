"""Companies with their first warehouse, and warehouses."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from listwright.catalog.models import Warehouse
from listwright.catalog.operations.counting import counting, lock_product_ids, mark_counted, recount
from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, DomainError, Invalid, NotFound
from listwright.common.text import parse_text, visible
from listwright.companies.models import Company, User
from listwright.companies.operations import create_company
from listwright.jobs.queue import defer

MAIN = "main"
AT_ONCE = 300
"""Products whose stock is counted again in one transaction, the first of them while a person waits."""


@transaction.atomic
def open_company(
    *, slug: str, name: str, currency: str, creator: User | None, origin: Origin, now: datetime
) -> Company:
    """A company with its sellable warehouse `main`; raises as `companies.operations.create_company`."""
    company = create_company(slug=slug, name=name, currency=currency, creator=creator, origin=origin, now=now)
    ensure_main_warehouse(company=company)
    return company


def ensure_main_warehouse(*, company: Company) -> Warehouse:
    """The company's warehouse `main`, made sellable when it was missing."""
    existing = Warehouse.objects.filter(company=company, name__iexact=MAIN).first()
    return existing or Warehouse.objects.create(company=company, name=MAIN, sellable=True)


@transaction.atomic
def create_warehouse(
    *, company: Company, name: str, sellable: bool = False, origin: Origin, now: datetime
) -> Warehouse:
    """A further warehouse, not sellable until said so. Raises Invalid for its name, Conflict when that is taken."""
    values, wrong = _parse({"name": name, "sellable": sellable})
    _refuse(wrong)
    _refuse_taken(company, values["name"])
    warehouse = Warehouse.objects.create(company=company, **values)
    cells = {field: [None, value] for field, value in values.items()}
    record(company_id=company.pk, entries=[Entry("warehouse", warehouse.pk, "create", cells)], origin=origin, now=now)
    return warehouse


@transaction.atomic
def update_warehouse(
    *, company: Company, name: str, changes: Mapping[str, Any], origin: Origin, now: datetime
) -> Warehouse:
    """Rename a warehouse or change whether its stock is for sale; products with stock there are added up again, behind
    this where there are many.

    Raises NotFound, Invalid, Conflict (the name is taken; `main` keeps its name).
    """
    values, wrong = _parse(changes)
    _refuse(wrong)
    with counting(company.pk, change=True):
        warehouse = (
            Warehouse.objects.select_for_update(no_key=True).filter(company=company, name__iexact=visible(name)).first()
        )
        if warehouse is None:
            raise NotFound("warehouse_not_found", f"There is no warehouse “{visible(name[:64])}”.")
        cells = {
            field: [getattr(warehouse, field), value]
            for field, value in values.items()
            if getattr(warehouse, field) != value
        }
        if not cells:
            return warehouse
        if "name" in cells:
            if warehouse.name.lower() == MAIN:
                message = "The warehouse main keeps its name: feeds that name none mean it."
                raise Conflict("main_warehouse", message, {"name": message})
            _refuse_taken(company, values["name"], warehouse.pk)
        for field, (_, value) in cells.items():
            setattr(warehouse, field, value)
        if "sellable" in cells:
            warehouse.unsellable_since = None if warehouse.sellable else now
            warehouse.counted_through = 0
        warehouse.save(update_fields=[*cells, "unsellable_since", "counted_through"])
        record(
            company_id=company.pk, entries=[Entry("warehouse", warehouse.pk, "update", cells)], origin=origin, now=now
        )
        if "sellable" in cells and not _count_some(warehouse, now):
            defer("catalog.count_warehouse", warehouse_id=warehouse.pk)
        return warehouse


def count_warehouse(*, warehouse_id: int, now: datetime) -> None:
    """Count the stock again of a warehouse that was put on or off sale, from where that was left, some products at a time:
    who changes stock meanwhile waits for some of them at most."""
    ended = False
    while not ended:
        with transaction.atomic():
            warehouse = Warehouse.objects.filter(pk=warehouse_id, counted_through__isnull=False).first()
            if warehouse is None:
                return
            with counting(warehouse.company_id):
                warehouse = Warehouse.objects.select_for_update(no_key=True).get(pk=warehouse_id)
                ended = warehouse.counted_through is None or _count_some(warehouse, now)


def count_warehouses(*, now: datetime) -> None:
    """Go on with all that are not counted yet, which a dead worker has left behind."""
    for warehouse_id in Warehouse.objects.filter(counted_through__isnull=False).values_list("pk", flat=True):
        count_warehouse(warehouse_id=warehouse_id, now=now)


def _count_some(warehouse: Warehouse, now: datetime) -> bool:
    """Count the next products of a warehouse again, inside `counting`; whether these were the last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id FROM catalog_stock WHERE warehouse_id = %s AND product_id > %s ORDER BY product_id LIMIT %s",
            [warehouse.pk, warehouse.counted_through, AT_ONCE],
        )
        product_ids = [row[0] for row in cursor.fetchall()]
    changed = recount(sorted(lock_product_ids(warehouse.company_id, product_ids)), now=now)
    if changed:
        mark_counted(warehouse.company_id, changed, now=now)
    ended = len(product_ids) < AT_ONCE
    warehouse.counted_through = None if ended else product_ids[-1]
    warehouse.save(update_fields=["counted_through"])
    return ended


def _parse(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    parsed: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field, value in values.items():
        if field == "name" and isinstance(value, str):
            try:
                parsed[field] = parse_text(value, field=field, limit=64)
            except DomainError as error:
                wrong |= error.fields
            if not value.strip():
                wrong[field] = "A warehouse needs a name."
        elif field == "sellable" and isinstance(value, bool):
            parsed[field] = value
        elif field in ("name", "sellable"):
            wrong[field] = f"“{value}” does not fit: {'give text' if field == 'name' else 'give true or false'}."
        else:
            wrong[field] = f"A warehouse has no “{field}”."
    return parsed, wrong


def _refuse(wrong: Mapping[str, str]) -> None:
    if wrong:
        raise Invalid("invalid_warehouse", "Nothing was changed: " + " ".join(wrong.values()), wrong)


def _refuse_taken(company: Company, name: str, own: int = 0) -> None:
    if Warehouse.objects.filter(company=company, name__iexact=name).exclude(pk=own).exists():
        message = f"There is a warehouse “{name}” already."
        raise Conflict("warehouse_taken", message, {"name": message})
