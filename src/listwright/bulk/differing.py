"""What rows change, found by the database: for files whose columns have no say in one another, which most are.

A value is compared with the one that stands there, and that is all there is to it. Where more has to be said (a box of
its own, a min price beside the price, a product or a listing that is not there yet) the row is left to `plan`, which
judges by the operations' own rules; for the rows judged here both say the same.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from listwright.bulk.around import Around
from listwright.bulk.cells import CellReader
from listwright.catalog.fields import COLUMNS, MONEY, WEIGHTS
from listwright.catalog.operations import places
from listwright.catalog.operations.stock import STOCK
from listwright.changes.cells import looking_up
from listwright.common.money import decimals
from listwright.common.text import fold
from listwright.listings.operations.fields import WITH_DEFAULT
from listwright.listings.operations.rows import COLUMNS as LISTING_COLUMNS

_ALONE = frozenset({"title", "description", "comment", "condition", "warranty_months", "max_quantity_enabled"})
"""Fields of listings that are stored as given, whatever else the listing has."""

_MOST = 45
_TYPES = {"numeric": "numeric", "integer": "int", "smallint": "int", "boolean": "boolean", "text": "text"}
_UNBOUND = """listing.min_price IS NULL AND listing.ceiling IS NULL AND NOT EXISTS (
    SELECT FROM listings_listingmarket AS own
    WHERE own.listing_id = listing.id AND (own.min_price IS NOT NULL OR own.ceiling IS NOT NULL))"""


class _Compared(NamedTuple):
    """A column of the file that says something about a field: SQL of whether it differs, of both values as JSON, and of
    whether it empties a text."""

    name: str
    differs: str
    stands: str
    new: str
    empties: str = ""

    def cell(self) -> tuple[str, list[str]]:
        """SQL of history's cell, null where nothing differs, with its parameters."""
        return (
            f"CASE WHEN {self.differs} THEN %s || coalesce({self.stands}::text, 'null') || ',' || {self.new}::text || ']' END",
            [json.dumps(self.name, ensure_ascii=False) + ":["],
        )


class Kept(NamedTuple):
    """The numbers of the rows that were judged, how many change something, {subject: {field: cells that change}}, and how
    many of those cells are emptied."""

    numbers: frozenset[int] = frozenset()
    changed: int = 0
    fields: Mapping[str, Mapping[str, int]] = {}
    emptied: int = 0


class Differing:
    """Judges rows of one file; made by `of`, which knows whether the file's columns allow it."""

    def __init__(self, around: Around, readers: Sequence[CellReader]) -> None:
        self._company_id = around.company.pk
        self._types = [_type(reader) for reader in readers]
        self._names = ", ".join(["number", "sku", "key", *(f"c{place}" for place in range(len(readers)))])
        self._warehouses: list[int] = []
        self._compared: dict[str, list[_Compared]] = {"product": [], "listing": []}
        warehouses = places(around.company.pk)
        joins: list[str] = []
        rules: list[str] = []
        for place, reader in enumerate(readers):
            column, name, text = f"c{place}", reader.field, self._types[place] == "text"
            if name.startswith(STOCK):
                self._warehouses.append(warehouses[fold(name.removeprefix(STOCK))].id)
                stands = f"{column}_stock"
                joins.append(
                    f" LEFT JOIN catalog_stock AS {stands} ON {stands}.product_id = product.id"
                    f" AND {stands}.warehouse_id = %s"
                )
                self._compared["product"].append(_compared(name, column, f"{stands}.physical", "to_json({})"))
            elif reader.of_product:
                self._compared["product"].append(
                    _compared(name, column, f"product.{name}", _product_json(name), text=text)
                )
            else:
                self._compared["listing"].append(
                    _compared(name, column, f"listing.{name}", _listing_json(name), text=text)
                )
                if name in WITH_DEFAULT:
                    differs = f"{column} IS NOT NULL AND listing.{name}_default"
                    self._compared["listing"].append(_Compared(f"{name}_default", differs, "'true'", "'false'"))
                if name == "price":
                    rules.append(_UNBOUND)
        self._fields = [(subject, one.name) for subject, compared in self._compared.items() for one in compared]
        self._values: list[Any] = []
        self._statement = self._select(joins, rules)

    @classmethod
    def of(cls, around: Around, readers: Sequence[CellReader]) -> "Differing | None":
        """None for a file with a column that has a say in others, or more columns than a call of a function takes."""
        names = {reader.field for reader in readers if not reader.of_product}
        money = decimals(around.company.currency) == 2
        for reader in readers:
            name = reader.field
            if reader.of_product:
                if name not in COLUMNS and not name.startswith(STOCK):
                    return None
            elif name not in _ALONE and not (name in WITH_DEFAULT and money and f"{name}_default" not in names):
                return None
        return cls(around, readers) if 0 < len(readers) <= _MOST else None

    def keep(self, upload_id: int, lines: Sequence[str]) -> Kept:
        """Store what these rows change, as far as they can be judged here. A line has number, SKU, folded SKU, and the value
        of each column, as COPY takes them. In the caller's transaction."""
        types = ", ".join(f"c{place} {kind}" for place, kind in enumerate(self._types))
        with looking_up(), connection.cursor() as cursor:
            # Servers that price the one scan there is, of the rows given, beyond all bounds would compile the statement.
            cursor.execute("SET LOCAL jit = off")
            cursor.execute(f"CREATE TEMP TABLE bulk_given (number int, sku text, key text, {types}) ON COMMIT DROP")
            with cursor.copy(f"COPY bulk_given ({self._names}) FROM STDIN") as copy:
                copy.write("\n".join(lines) + "\n")
            cursor.execute(self._statement, [*self._values, upload_id])
            numbers, changed, emptied, *counts = cursor.fetchone()
            cursor.execute("DROP TABLE bulk_given")
        fields: dict[str, dict[str, int]] = {"product": {}, "listing": {}}
        for (subject, name), count in zip(self._fields, counts, strict=True):
            if count:
                fields[subject][name] = count
        return Kept(frozenset(numbers or ()), changed, fields, emptied)

    def _select(self, joins: Sequence[str], rules: Sequence[str]) -> str:
        """The statement; what it takes before the upload's id is put into `_values`."""
        made = {}
        for subject, compared in self._compared.items():
            cells = [one.cell() for one in compared]
            self._values += [value for _, given in cells for value in given]
            made[subject] = f"nullif(concat_ws(',', {', '.join(cell for cell, _ in cells)}), '')" if cells else "NULL"
        self._values += [self._company_id, *self._warehouses]
        join, listing_id = "".join(joins), "NULL::bigint"
        if self._compared["listing"]:
            join += " JOIN listings_listing AS listing ON listing.product_id = product.id"
            join += "".join(f" AND {rule}" for rule in rules)
            listing_id = "listing.id"
        compared = [*self._compared["product"], *self._compared["listing"]]
        differing = "".join(f", {one.differs} AS differs{place}" for place, one in enumerate(compared))
        emptied = " + ".join(f"({one.differs} AND {one.empties})::int" for one in compared if one.empties)
        counts = "".join(f", count(*) FILTER (WHERE differs{place})" for place in range(len(compared)))
        return (
            "WITH judged AS MATERIALIZED (SELECT number, given.sku, product.id AS product_id,"  # noqa: S608 - our own
            f" {listing_id} AS listing_id, coalesce(stale.generation, 0) AS version, {made['product']} AS product,"
            f" {made['listing']} AS listing, {emptied or '0'} AS emptied{differing}"
            " FROM bulk_given AS given JOIN catalog_product AS product ON product.company_id = %s"
            f" AND lower(product.sku) = given.key{join}"
            " LEFT JOIN changes_stale AS stale ON stale.product_id = product.id),"
            " kept AS (INSERT INTO bulk_uploadrow (upload_id, number, sku, product_id, listing_id, version, status,"
            " product, listing, message) SELECT %s, number, sku, product_id, listing_id, version,"
            " CASE WHEN product IS NULL AND listing IS NULL THEN 'unchanged' ELSE 'changed' END,"
            " ('{' || product || '}')::jsonb, ('{' || listing || '}')::jsonb, '' FROM judged)"
            " SELECT array_agg(number), count(*) FILTER (WHERE product IS NOT NULL OR listing IS NOT NULL),"
            f" coalesce(sum(emptied), 0){counts} FROM judged"
        )


def _type(reader: CellReader) -> str:
    name = reader.field
    if reader.of_product:
        return "int" if name.startswith(STOCK) else "numeric" if name in (*MONEY, *WEIGHTS) else "text"
    return _TYPES[LISTING_COLUMNS[name]]


def _compared(name: str, column: str, stands: str, as_json: str, *, text: bool = False) -> _Compared:
    differs = f"{column} IS NOT NULL AND {column} IS DISTINCT FROM {stands}"
    return _Compared(name, differs, as_json.format(stands), as_json.format(column), f"{column} = ''" if text else "")


def _product_json(name: str) -> str:
    """A product's value as history has it: numbers with decimals as text."""
    if name in WEIGHTS:
        return "to_json(trim_scale({})::text)"
    return "to_json({}::text)"


def _listing_json(name: str) -> str:
    """A listing's value as history has it: amounts as text, blank text as null."""
    kind = LISTING_COLUMNS[name]
    if kind == "text":
        return "coalesce(to_json(nullif({}, '')), 'null')"
    return "to_json({}::text)" if kind == "numeric" else "to_json({})"
