"""A rollback as a file: nobody uploaded one, but it has rows, columns and values as if somebody had."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from listwright.bulk.columns.guard import CLEAR, guarded
from listwright.bulk.columns.kinds import BOOLEAN
from listwright.bulk.columns.product import SKU
from listwright.bulk.models import Upload, UploadRow
from listwright.bulk.readers import Source, SourceRow


def restored(rollback: Upload) -> Source:
    """The rollback as the file that would do the same: each restored value in its column, also where it was left."""
    columns = [column for column in rollback.columns if column and column["subject"] in ("product", "listing")]

    def rows() -> Iterator[SourceRow]:
        for row in UploadRow.objects.filter(upload=rollback).order_by("number").iterator(2000):
            left = {item["column"]: guarded(item["value"]) or CLEAR for item in row.mistakes or ()}
            cells = {"product": row.product or {}, "listing": row.listing or {}}
            values = [
                _cell(cells[column["subject"]], column["field"]) or left.get(column["header"], "") for column in columns
            ]
            yield SourceRow(row.number, [guarded(row.sku), *values])

    return Source(Path(), "text", (SKU.header, *(column["header"] for column in columns)), rows, ",", "utf-8")


def _cell(cells: Mapping[str, Any], field: str) -> str:
    """What the row puts into a field, as a file says it; blank where it puts nothing."""
    name = "images" if field == "main_image" else field
    if name not in cells:
        return ""
    value = cells[name][1]
    if name == "images":
        value = next((url for url, main in value or () if main), "")
    if value is None or value == "":
        return CLEAR
    return BOOLEAN.write(value) if isinstance(value, bool) else guarded(str(value))
