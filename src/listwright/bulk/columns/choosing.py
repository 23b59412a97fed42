"""The columns that people choose for an export or a template."""

from collections.abc import Sequence

from listwright.bulk.columns.column import Column
from listwright.bulk.columns.product import SKU
from listwright.bulk.columns.registry import Known, find
from listwright.common.errors import Invalid


def chosen_columns(known: Known, headers: Sequence[str]) -> tuple[Column, ...]:
    """The columns named, each once, SKU first whether named or not. Raises Invalid naming all that nobody knows."""
    columns: dict[tuple[str, str], Column] = {SKU.identity: SKU}
    wrong: dict[str, str] = {}
    for header in headers:
        if not header.strip():
            continue
        try:
            column = find(header.strip(), known)
        except Invalid as error:
            wrong |= error.fields
            continue
        if column.subject != "status":
            columns.setdefault(column.identity, column)
    if wrong:
        raise Invalid("headers_unknown", " ".join(wrong.values()), wrong)
    return tuple(columns.values())
