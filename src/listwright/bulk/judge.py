"""What values change of a product and its listing, as history's cells: the operations' own rules, without writing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from listwright.bulk.around import Around
from listwright.bulk.columns.listing import resolve_boxes
from listwright.bulk.standing import Stands
from listwright.catalog.fields import plain_cell
from listwright.catalog.operations.images import with_main
from listwright.common.errors import DomainError
from listwright.listings.operations.edits import ON, Given, Then, change


class Judged(NamedTuple):
    """The cells that change, and {REST field: sentence} for what is wrong."""

    cells: dict[str, list[Any]]
    wrong: dict[str, str]


def judge_product(stands: Stands, values: Mapping[str, Any], *, creating: bool = False) -> Judged:
    """`values` as stored: {`brand`: "Apple", `stock.main`: 3, `main_image`: url, `images`: gallery}."""
    cells: dict[str, list[Any]] = {}
    before = stands.columns
    for name, new in values.items():
        if name in before:
            old = before[name]
            if old != new:
                cells[name] = [None if creating else plain_cell(name, old), plain_cell(name, new)]
        elif name.startswith("stock."):
            had = stands.stock.get(name[6:])
            if had != new:
                cells[name] = [had, new]
        else:
            gallery = with_main(stands.images, new) if name == "main_image" else tuple(new)
            if gallery != stands.images:
                old_images = None if creating else list(map(list, stands.images))
                cells["images"] = [old_images, list(map(list, gallery))]
    return Judged(cells, {})


def judge_listing(
    stands: Stands,
    given: Given,
    product: Mapping[str, Any],
    around: Around,
    then: Then | None,
) -> Judged:
    """`given` are values as stored; `product` are those written with them, whose site price the listing's may follow."""
    values, wrong = resolve_boxes(given.values)
    context, row = around.context, stands.listing
    assert context is not None and row is not None
    if "site_price" in product:
        row.site_price = product["site_price"]
    choice = then if row.columns["status"] == ON else None
    try:
        return Judged(change(row, Given(values, given.errors), context, then=choice, default_then=None).cells, wrong)
    except DomainError as error:
        return Judged({}, wrong | (error.fields or {"": error.message}))
