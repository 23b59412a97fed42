"""Create the products and listings that rows of a stretch ask for."""

import json
from datetime import datetime

from listwright.bulk.around import Around
from listwright.bulk.rows import Failure, Stretch, fail_rows, product_values
from listwright.catalog import queries as catalog
from listwright.catalog.operations import create_products
from listwright.catalog.types import ProductData
from listwright.changes.origin import Origin
from listwright.common.errors import DomainError
from listwright.listings.operations import ensure


def create(stretch: Stretch, around: Around, origin: Origin, now: datetime) -> list[Failure]:
    """Create what is missing, and note the new ids in the rows. Returns the rows that cannot be created after all."""
    failures = _create_products(stretch, around, origin, now)
    if around.account is not None:
        lacking = [row[0] for row in stretch.select("product_id", _LACKING)]
        if lacking:
            made = ensure(account_id=around.account.pk, product_ids=lacking, now=now)
            stretch.update(
                "listing_id = made.listing_id FROM unnest(%s::bigint[], %s::bigint[]) AS made (product_id, listing_id)",
                "row.product_id = made.product_id",
                [list(made), list(made.values())],
            )
    return failures


_LACKING = "status IN ('changed', 'created') AND listing IS NOT NULL AND listing_id IS NULL"


def _create_products(stretch: Stretch, around: Around, origin: Origin, now: datetime) -> list[Failure]:
    rows = {sku: (number, json.loads(cells)) for number, sku, cells in stretch.select(_NEW, "status = 'created'")}
    failures = [
        Failure(rows.pop(sku)[0], "SKU", sku, f"A product “{sku}” was created since the preview. Upload the row again.")
        for sku in catalog.product_ids(around.company, list(rows))
    ]
    while rows:
        products = [_new(sku, cells) for sku, (_, cells) in rows.items()]
        try:
            made = create_products(company=around.company, products=products, origin=origin, now=now)
        except DomainError as error:
            wrong = _wrong_rows(list(rows), error)
            failures += [Failure(rows.pop(sku)[0], "", "", told) for sku, told in wrong.items()]
            continue
        stretch.update(
            "product_id = made.id FROM unnest(%s::text[], %s::bigint[]) AS made (sku, id)",
            "row.status = 'created' AND row.sku = made.sku",
            [[product.sku for product in made], [product.pk for product in made]],
        )
        break
    fail_rows(stretch.upload, failures)
    return failures


_NEW = "number, sku, product::text"


def _new(sku: str, cells: dict[str, list[object]]) -> ProductData:
    values = product_values(cells)
    stock = {name.removeprefix("stock."): values.pop(name) for name in list(values) if name.startswith("stock.")}
    return ProductData(sku=sku, **values, stock=stock)


def _wrong_rows(skus: list[str], error: DomainError) -> dict[str, str]:
    """The rows a refusal of many names by their place (`3.ean`); all of them when it names none."""
    if len(skus) == 1:
        return {skus[0]: error.message}
    named: dict[str, str] = {}
    for name, told in error.fields.items():
        place, _, _ = name.partition(".")
        if place.isdigit():
            named[skus[int(place)]] = told
    return named or dict.fromkeys(skus, error.message)
