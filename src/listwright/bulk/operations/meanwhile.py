"""What others did between the preview and the apply: noticed per cell, and not overwritten."""

import json
from collections.abc import Mapping
from typing import Any

from listwright.bulk.around import Around
from listwright.bulk.judge import Judged, judge_listing, judge_product
from listwright.bulk.rows import Failure, Stretch, fail_rows, fields_of, headers_of, listing_values, product_values
from listwright.bulk.standing import Loader, merchant_sku_holders
from listwright.catalog.operations import moved_products
from listwright.catalog.operations.stock import Place
from listwright.changes.meanwhile import said
from listwright.common.text import fold
from listwright.listings.operations import moved_listings
from listwright.listings.operations.edits import read


def taken_merchant_skus(stretch: Stretch, around: Around) -> list[Failure]:
    """Rows whose new merchant SKU is another listing's by now; they are marked as failed."""
    if around.account is None or "merchant_sku" not in fields_of(stretch.upload, "listing"):
        return []
    wanted = stretch.select(
        "number, sku, listing -> 'merchant_sku' ->> 1", "status IN ('changed', 'created') AND listing ? 'merchant_sku'"
    )
    holders = merchant_sku_holders(around.account.pk, {fold(new or sku) for _, sku, new in wanted})
    column = headers_of(stretch.upload).get(("listing", "merchant_sku"), "")
    failures = [
        Failure(number, column, new or "", f"“{new or sku}” is the merchant SKU of another product by now.")
        for number, sku, new in wanted
        if holders.get(fold(new or sku), fold(sku)) != fold(sku)
    ]
    fail_rows(stretch.upload, failures)
    return failures


def moved_meanwhile(stretch: Stretch, around: Around, places: Mapping[str, Place]) -> list[Failure]:
    """Rows with a cell that is another's by now, and rows that the rules refuse by now; they are marked as failed.

    The rows' products and listings are locked.
    """
    failures = _moved_cells(stretch, places)
    fail_rows(stretch.upload, failures)
    refused = _refused_by_now(stretch, around)
    fail_rows(stretch.upload, refused)
    return failures + refused


def _moved_cells(stretch: Stretch, places: Mapping[str, Place]) -> list[Failure]:
    found: list[tuple[str, dict[int, dict[str, Any]]]] = []
    if products := stretch.changes("product"):
        found.append(("product", moved_products(products, places)))
    if listings := stretch.changes("listing"):
        found.append(("listing", moved_listings(listings)))
    headers = headers_of(stretch.upload)
    failures: list[Failure] = []
    for subject, moved in found:
        if not moved:
            continue
        rows = stretch.select(f"{subject}_id, number, {subject}::text", f"{subject}_id = ANY(%s)", [list(moved)])
        for subject_id, number, text in rows:
            cells = json.loads(text)
            for name, stands in moved[subject_id].items():
                if not name:
                    failures.append(Failure(number, "", "", "The product was deleted since the preview."))
                    continue
                reason = (
                    f"Somebody has set this to {said(stands)} since the preview, which showed {said(cells[name][0])}."
                    " Nothing of the row was changed: look at both values and upload the row again."
                )
                column = headers.get((subject, name), "")
                value = cells[name][1]
                failures.append(Failure(number, column, "" if value is None else str(value), reason))
    return failures


def _refused_by_now(stretch: Stretch, around: Around) -> list[Failure]:
    """Rows whose product changed at all since the preview are judged again: a price that was above the min price then
    may be below it now, though nobody touched the price."""
    rows = stretch.select(
        "number, sku, product::text, listing::text",
        "status = 'changed' AND version <> coalesce("
        "(SELECT generation FROM changes_stale AS stale WHERE stale.product_id = row.product_id), 0)",
    )
    if not rows:
        return []
    upload = stretch.upload
    loader = Loader(around, fields_of(upload, "product"), fields_of(upload, "listing"))
    standing = loader.load([fold(row[1]) for row in rows])
    failures: list[Failure] = []
    headers = headers_of(upload)
    for number, sku, *texts in rows:
        product, listing = (json.loads(text) if text else {} for text in texts)
        stands = standing[fold(sku)]
        values = product_values(product)
        judged = [("product", product, judge_product(stands, values))]
        if listing:
            then: Any = upload.then or None
            assert around.context is not None
            given = read(listing_values(listing), around.context)
            judged.append(("listing", listing, judge_listing(stands, given, values, around, then)))
        for subject, cells, again in judged:
            wrong = again.wrong or _differing(cells, again)
            failures += [Failure(number, headers.get((subject, name), ""), "", why) for name, why in wrong.items()]
    return failures


def _differing(cells: Mapping[str, Any], again: Judged) -> dict[str, str]:
    names = (cells.keys() | again.cells.keys()) - {"status", "enabled"}
    return {
        name: "What this would change is not what the preview showed any more. Upload the row again."
        for name in sorted(names)
        if cells.get(name) != again.cells.get(name)
    }
