"""Warranty in years.

A column `WarrantyYears` for uploads and exports: 2, 1.5 or "2 years" in the place of months.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from listwright.plugins import hookimpl
from listwright.plugins.types import BulkColumn, Cells, ProductFacts

MONTHS = "BackmarketWarrantyLength"


@hookimpl
def bulk_columns(settings: Any) -> list[BulkColumn]:
    """One column."""
    return [BulkColumn("WarrantyYears", "The warranty in years, such as 2 or 1.5.", (MONTHS,))]


@hookimpl
def bulk_cells(header: str, cells: Sequence[str], settings: Any) -> list[Cells | None]:
    """Years as whole months."""
    return [_months(cell) for cell in cells]


@hookimpl
def bulk_values(header: str, products: Sequence[ProductFacts], settings: Any) -> list[str | None]:
    """Months as years, where they are known."""
    return [
        None if product.warranty_months is None else f"{Decimal(product.warranty_months) / 12:.4g}"
        for product in products
    ]


def _months(cell: str) -> Cells | None:
    text = cell.casefold().removesuffix("years").removesuffix("year").strip().replace(",", ".")
    if not text:
        return None
    try:
        months = Decimal(text) * 12
    except InvalidOperation:
        return Cells({}, f"“{cell}” is no number of years.")
    if not months.is_finite() or months != months.to_integral_value():
        return Cells({}, f"“{cell}” years are not whole months.")
    return Cells({MONTHS: str(int(months))})
