"""Files of rows: reading them, and what each row does when its time has come."""

import codecs
import csv
import io
from dataclasses import dataclass
from random import Random
from typing import Any

from . import fields, proposals, writes
from .categories import Categories
from .fields import FieldError
from .listings import Listing, Listings
from .market import Market
from .products import Product, Products
from .settings import Settings
from .writes import Change

_CREATE_COLUMNS = {"sku", "ean", "product_id", "grade", "backpricer", "new_battery"}
_CHANGE_COLUMNS = {"quantity", "price", "currency", "min_price", "comment", "warranty_delay", *writes.SHIPPING_FIELDS}
KNOWN_COLUMNS = _CREATE_COLUMNS | _CHANGE_COLUMNS | set(proposals.PRODUCT_COLUMNS)


class FileError(ValueError):
    """A file that is refused whole. `str()` is Back Market's message; `header`: whether its header is the reason."""

    def __init__(self, message: str, *, header: bool = False) -> None:
        super().__init__(message)
        self.header = header


@dataclass(frozen=True)
class Outcome:
    """What a row did: `error` None is a success. `listing` is the one it made or changed, `proposed` a new product's id."""

    message: str
    error: FieldError | None = None
    listing: Listing | None = None
    changes: tuple[Change, ...] = ()
    proposed: str | None = None


def read_rows(raw: Any, settings: Settings, attributes: set[str]) -> list[dict[str, str]]:
    """The rows of `{catalog, quotechar, delimiter, encoding}`, each with the columns of the header. Raises FileError.

    A cell beyond the header stands under the empty name; a missing one is absent.
    """
    if not isinstance(raw, dict):
        raise FileError("parameter catalog not found")
    for name in ("catalog", "quotechar", "delimiter", "encoding"):
        if not isinstance(raw.get(name), str) or not raw[name]:
            raise FileError(f"parameter {name} not found")
    marks = (raw["quotechar"], raw["delimiter"])
    if any(len(mark) != 1 or mark in "\r\n" for mark in marks) or marks[0] == marks[1]:
        raise FileError("quotechar and delimiter must be one character each, and not the same")
    try:
        codecs.lookup(raw["encoding"])
    except (LookupError, ValueError):
        raise FileError(f"unknown encoding: {raw['encoding']}") from None
    try:
        lines = list(csv.reader(io.StringIO(raw["catalog"]), delimiter=raw["delimiter"], quotechar=raw["quotechar"]))
    except (csv.Error, ValueError, TypeError) as problem:
        raise FileError(f"catalog is no CSV: {problem}") from None
    lines = [line for line in lines if line]
    header = [name.strip().lower() for name in lines[0]] if lines else []
    _check_header(header, settings, attributes)
    if len(lines) - 1 > settings.lines_per_file:
        raise FileError(f"catalog has more than {settings.lines_per_file} lines")
    return [_row(header, line) for line in lines[1:]]


def _row(header: list[str], line: list[str]) -> dict[str, str]:
    row = dict(zip(header, line, strict=False))
    if len(line) > len(header):
        row[""] = line[len(header)]
    return row


def _check_header(header: list[str], settings: Settings, attributes: set[str]) -> None:
    if "sku" not in header:
        raise FileError("column sku not found", header=True)
    if len(set(header)) != len(header):
        raise FileError("a column is there twice", header=True)
    unknown = [name for name in header if name not in KNOWN_COLUMNS and name not in attributes]
    if unknown and settings.unknown_columns == "refused":
        raise FileError(f"unknown columns: {', '.join(unknown)}", header=True)


@dataclass(frozen=True)
class Desk:
    """What rows are applied with."""

    listings: Listings
    products: Products
    categories: Categories
    settings: Settings
    random: Random

    def apply_row(self, row: dict[str, str], market: Market) -> Outcome:
        """Creates or updates the listing of a row. A refused row writes nothing."""
        try:
            if "" in row:
                raise FieldError("row", "There are more cells than columns.")
            sku = fields.text("sku", row["sku"].strip(), longest=200)
            if not sku:
                raise FieldError("sku", "This field is required.")
            known = self.listings.by_sku(sku)
            outcome = self._create(sku, row, market) if known is None else self._update(known, row, market)
        except FieldError as error:
            return Outcome(str(error), error)
        if outcome.listing is not None:
            self.listings.touched(outcome.listing)
        return outcome

    def refuse(self, message: str) -> Outcome:
        """What a row comes to that is refused for no reason of its own."""
        error = FieldError("row", message)
        return Outcome(str(error), error)

    def _update(self, listing: Listing, row: dict[str, str], market: Market) -> Outcome:
        changes = writes.read_changes(_named(row, self.settings), market)
        grade = row.get("grade", "").strip()
        new_grade = fields.grade(grade) if grade and self.settings.bulk_changes_grade else listing.grade
        done = writes.apply(listing, changes, market, self.settings)
        if new_grade != listing.grade:
            done.append(Change(listing.sku, None, "grade", listing.grade, new_grade))
            self.listings.regrade(listing, new_grade)
        proposals.edit(listing.product, row, market)
        return Outcome("Listing updated", listing=listing, changes=tuple(done))

    def _create(self, sku: str, row: dict[str, str], market: Market) -> Outcome:
        grade = fields.grade(row.get("grade", ""))
        changes = writes.read_changes(_named(row, self.settings), market)
        product = self._find_product(row)
        proposed = None
        if product is None:
            if not row.get("category_id", "").strip():
                named = "product_id" if row.get("product_id", "").strip() else "ean"
                raise FieldError(named, f"No product matches {row.get(named, '').strip() or 'an empty value'}.")
            product = proposals.propose(row, market, self.products, self.categories)
            proposed = product.product_id
        else:
            older = self.listings.of_product(product, grade)
            if older is not None and self._stands_in():
                if self.settings.create_on_listed == "older":
                    return Outcome("Listing already exists", listing=older)
                product = self._sibling(product)
            proposals.edit(product, row, market)
        listing = self.listings.new(sku, product, grade)
        listing.new_battery = row.get("new_battery", "").strip().lower() == "true"
        done = writes.apply(listing, changes, market, self.settings)
        created = Change(sku, None, "created", None, grade)
        return Outcome("Listing created", listing=listing, changes=(created, *done), proposed=proposed)

    def _find_product(self, row: dict[str, str]) -> Product | None:
        """`product_id` wins over `ean`, also when no product has it."""
        product_id = row.get("product_id", "").strip()
        if product_id:
            return self.products.find(product_id)
        ean = row.get("ean", "").strip()
        if not ean:
            raise FieldError("ean", "Either ean or product_id is required.")
        return self.products.with_ean(fields.ean(ean))

    def _stands_in(self) -> bool:
        settings = self.settings
        return settings.create_on_listed != "separate" and self.random.random() < settings.create_on_listed_probability

    def _sibling(self, product: Product) -> Product:
        return self.products.new(
            ean=None,
            category_id=product.category_id,
            titles=dict(product.titles),
            brand=product.brand,
            validated=product.validated,
            own=False,
            max_prices=dict(product.max_prices),
            rivals={},
        )


def _named(row: dict[str, str], settings: Settings) -> dict[str, Any]:
    """The cells of a row that change a listing. An empty cell names nothing, or clears, as the setting says."""
    named: dict[str, Any] = {}
    for name in _CHANGE_COLUMNS:
        value = row.get(name)
        if value is None:
            continue
        if value.strip():
            named[name] = value if name == "comment" else value.strip()
        elif settings.empty_cell == "cleared" and name in ("comment", "min_price"):
            named[name] = None
    return named
