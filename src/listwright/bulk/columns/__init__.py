"""The columns of files: what each header means, how its cells are read, written and explained."""

from listwright.bulk.columns.column import BLANK, Column, Standing
from listwright.bulk.columns.kinds import Cell
from listwright.bulk.columns.numbers import DecimalSign
from listwright.bulk.columns.registry import (
    FIXED,
    STATUS,
    Known,
    Resolved,
    every,
    find,
    is_header,
    is_status,
    resolve,
    usual,
)

__all__ = [
    "BLANK",
    "FIXED",
    "STATUS",
    "Cell",
    "Column",
    "DecimalSign",
    "Known",
    "Resolved",
    "Standing",
    "every",
    "find",
    "is_header",
    "is_status",
    "resolve",
    "usual",
]
