"""Take back, cell by cell, what an upload changed: its history backwards, as an upload of its own."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from listwright.bulk.around import Around, around
from listwright.bulk.judge import judge_listing
from listwright.bulk.models import Upload
from listwright.bulk.outcome import Mistake
from listwright.bulk.plan import CHUNK, Plan
from listwright.bulk.readers import SourceRow
from listwright.bulk.rows import fields_of, headers_of, listing_values, product_values
from listwright.bulk.standing import Loader, Stands
from listwright.catalog.operations import moved_products, places
from listwright.changes.cells import ChangedCells
from listwright.changes.meanwhile import said
from listwright.common.text import fold
from listwright.listings.operations import moved_listings
from listwright.listings.operations.edits import read

_CELLS = """(SELECT cells::text FROM changes_change
    WHERE company_id = %(company)s AND subject = '{subject}' AND subject_id = row.{subject}_id
      AND origin = 'upload' AND origin_id = %(upload)s)"""
_DONE = f"""
SELECT number, sku, status, {_CELLS.format(subject="product")}, {_CELLS.format(subject="listing")}
FROM bulk_uploadrow AS row
WHERE upload_id = %(upload)s AND number > %(after)s AND status IN ('changed', 'created') ORDER BY number LIMIT %(limit)s
"""  # noqa: S608 - the subjects are our own


def backwards(upload: Upload) -> Iterator[list[Plan]]:
    """The rows of the upload that is to be taken back, planned backwards. A cell that is another's by now is left."""
    undone = upload.rollback_of
    assert undone is not None
    surroundings = around(upload.company)
    after = 0
    while rows := _done(undone, after):
        yield _planned(undone, surroundings, rows)
        after = max(rows)


class _Row(NamedTuple):
    """What history says of one row of the file, backwards: {"product" or "listing": {field: [new, old]}}."""

    sku: str
    created: bool
    cells: dict[str, dict[str, list[Any]]]


def _done(undone: Upload, after: int) -> dict[int, _Row]:
    with connection.cursor() as cursor:
        cursor.execute(_DONE, {"upload": undone.pk, "company": undone.company_id, "after": after, "limit": CHUNK})
        rows: dict[int, _Row] = {}
        for number, sku, status, *texts in cursor.fetchall():
            cells = [{name: [new, old] for name, (old, new) in json.loads(text or "{}").items()} for text in texts]
            rows[number] = _Row(sku, status == "created", dict(zip(("product", "listing"), cells, strict=True)))
    return rows


def _planned(undone: Upload, surroundings: Around, rows: dict[int, _Row]) -> list[Plan]:
    loader = Loader(surroundings, fields_of(undone, "product"), fields_of(undone, "listing"))
    standing = loader.load([fold(row.sku) for row in rows.values() if not row.created])
    subjects: dict[str, dict[int, dict[str, list[Any]]]] = {"product": {}, "listing": {}}
    for row in rows.values():
        if stands := standing.get(fold(row.sku)):
            for subject, key in (("product", stands.product_id), ("listing", stands.listing_id)):
                if row.cells[subject] and key:
                    subjects[subject][key] = row.cells[subject]
    moved = {
        "product": moved_products(ChangedCells.of(subjects["product"]), places(undone.company_id)),
        "listing": moved_listings(ChangedCells.of(subjects["listing"])),
    }
    headers = headers_of(undone)
    return [
        _plan(number, row, standing.get(fold(row.sku)), moved, headers, surroundings) for number, row in rows.items()
    ]


def _plan(
    number: int,
    row: _Row,
    stands: Stands | None,
    moved: dict[str, dict[int, dict[str, Any]]],
    headers: dict[tuple[str, str], str],
    surroundings: Around,
) -> Plan:
    plan = Plan(SourceRow(number, [row.sku]), [row.sku], row.sku, cell_by_cell=True)
    if row.created:
        plan.skipped = "The upload created this product. A rollback does not delete it: delete it in Manage Catalog."
        return plan
    if stands is None:
        plan.mistakes.append(Mistake(number, "", "", "The product was deleted since."))
        return plan
    plan.product_id, plan.listing_id, plan.version = stands.product_id, stands.listing_id, stands.version
    for subject, key in (("product", stands.product_id), ("listing", stands.listing_id)):
        for name, stood in moved[subject].get(key, {}).items():
            left, restored = row.cells[subject].pop(name)
            reason = f"Changed since the upload, which left {said(left)}: it is {said(stood)} now, and stays so."
            value = "" if restored is None else str(restored)
            plan.mistakes.append(Mistake(number, headers.get((subject, name), name), value, reason))
    values = product_values(row.cells["product"])
    plan.product = row.cells["product"]
    if listing := row.cells["listing"]:
        # What was neither offline nor on is left as it stands; the cells say which state that was.
        assert surroundings.context is not None
        given = read(listing_values(listing), surroundings.context)
        refused = judge_listing(stands, given, values, surroundings, "leave").wrong
        for name, why in refused.items():
            plan.mistakes.append(Mistake(number, headers.get(("listing", name), name), "", why))
        plan.listing = {} if refused else listing
    return plan
