"""Write any selection of products in the columns an upload reads: uploaded unchanged, it changes nothing (D4)."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import BinaryIO, NamedTuple

from listwright.bulk.around import Around, around
from listwright.bulk.columns import Column, Standing, usual
from listwright.bulk.columns.choosing import chosen_columns
from listwright.bulk.columns.listing import CATEGORY
from listwright.bulk.columns.registry import is_header, key
from listwright.bulk.plugged import PluginColumn, plugin_columns, values
from listwright.bulk.standing import load
from listwright.bulk.writers import FileFormat, writer
from listwright.catalog.selection import Selection, resolve
from listwright.common.errors import NotFound
from listwright.common.garbage import many_rows
from listwright.companies import queries as companies
from listwright.companies.models import Company

CHUNK = 1000


class Exported(NamedTuple):
    """How many products were written, and selected SKUs there is no product for."""

    products: int
    unknown: tuple[str, ...]


class Chosen(NamedTuple):
    """The columns of a file to write: Listwright's own, then those of plugins."""

    own: tuple[Column, ...]
    extras: tuple[PluginColumn, ...] = ()

    @property
    def headers(self) -> list[str]:
        """All headers, in order."""
        return [*(column.header for column in self.own), *(extra.column.header for extra in self.extras)]

    @property
    def typed(self) -> list[bool]:
        """Which columns of a workbook hold numbers."""
        return [*(column.kind.typed for column in self.own), *[False] * len(self.extras)]


def export(
    *,
    company: Company,
    selection: Selection,
    stream: BinaryIO,
    file_format: FileFormat = "csv",
    headers: Sequence[str] = (),
) -> Exported:
    """Write the selected products to a binary stream, some at a time; the usual columns where none are named.

    Raises Invalid for headers nobody knows and for a selection without any product, NotReady for Back Market columns
    while the company is not connected, LimitReached for what no workbook can hold; nothing is written before the
    first three are known.
    """
    surroundings = around(company)
    chosen = columns_for(surroundings, headers)
    ids, unknown = resolve(company, selection)
    if not ids:
        message = f"There is no product {', '.join(f'“{sku}”' for sku in unknown[:10])}." if unknown else ""
        raise NotFound("nothing_selected", message or "No product matches: there is nothing to export.")
    with many_rows(), writer(stream, file_format, chosen.typed) as sheet:
        sheet.write(chosen.headers)
        for cells in rows(surroundings, chosen, ids):
            sheet.write(cells)
    return Exported(len(ids), unknown)


def columns_for(surroundings: Around, headers: Sequence[str]) -> Chosen:
    """The columns named, plugins' behind our own; the usual ones for none. Raises Invalid for headers nobody knows,
    NotReady for Back Market columns while the company is not connected."""
    connected = surroundings.account is not None
    named = [header.strip() for header in headers if header.strip()]
    if not named:
        return Chosen(usual(surroundings.known, connected=connected))
    added = plugin_columns(surroundings.company) if any(not is_header(header) for header in named) else {}
    extras = {key(header): added[key(header)] for header in named if key(header) in added}
    own = chosen_columns(surroundings.known, [header for header in named if key(header) not in added])
    if not connected and (extras or any(column.subject == "listing" for column in own)):
        companies.account(surroundings.company)  # raises NotReady
    return Chosen(own, tuple(extras.values()))


def rows(surroundings: Around, chosen: Chosen, product_ids: Sequence[int]) -> Iterator[list[str]]:
    """The products' cells, read some products at a time."""
    extras = chosen.extras
    listings = bool(extras) or any(column.subject == "listing" for column in chosen.own)
    for start in range(0, len(product_ids), CHUNK):
        chunk = product_ids[start : start + CHUNK]
        said = values(surroundings.company, extras, chunk) if extras else {}
        standing = load(surroundings, chunk, listings=listings)
        columns = [_cells(surroundings, column, standing.values()) for column in chosen.own]
        for product_id, *cells in zip(standing, *columns, strict=True):
            yield [*cells, *said.get(product_id, [""] * len(extras))]


def _cells(surroundings: Around, column: Column, standing: Iterable[Standing]) -> list[str]:
    """A column of cells: by columns, and with as few calls a cell as can be, since there are millions."""
    values = map(column.read, standing)
    if column.path == CATEGORY:
        values = map(cache(surroundings.category_cell), values)
    return list(map(column.kind.write, values))
