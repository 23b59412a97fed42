"""What a row means: its cells against what stands there. Reads, never writes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any, NamedTuple

from listwright.bulk.around import Around
from listwright.bulk.cells import NULL, CellReader, Refused, escaped, with_values
from listwright.bulk.columns import BLANK, Resolved, Standing, resolve
from listwright.bulk.columns.kinds import same, shown
from listwright.bulk.columns.product import SKU
from listwright.bulk.differing import Differing, Kept
from listwright.bulk.judge import Judged, judge_listing, judge_product
from listwright.bulk.outcome import Mistake, Options, Outcome
from listwright.bulk.plugged import Translated, Translation
from listwright.bulk.readers import Source, SourceRow
from listwright.bulk.standing import Loader, Stands, merchant_sku_holders
from listwright.catalog.fields import parse_new_sku
from listwright.common.errors import Invalid
from listwright.common.text import fold, visible
from listwright.companies import queries as companies
from listwright.listings.operations.edits import Given

CHUNK = 2000
"""Rows read, judged and later applied together; each chunk is whole."""


@dataclass(slots=True)
class Plan:
    """One row: `product` and `listing` are the cells it would change, {REST field: [old, new]} as history has them.

    `cells` are in the order of the columns; `key` is the folded SKU, `version` the product's generation when it was looked
    at. With `cell_by_cell` what is right of a row is done, whatever else is wrong in it.
    """

    source: SourceRow
    cells: Sequence[Any]
    sku: str = ""
    key: str = ""
    product_id: int = 0
    listing_id: int = 0
    version: int = 0
    creating: bool = False
    skipped: str = ""
    product: dict[str, list[Any]] = field(default_factory=dict)
    listing: dict[str, list[Any]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    cell_by_cell: bool = False

    @property
    def status(self) -> str:
        """changed, created, unchanged, failed or skipped."""
        if self.mistakes and not (self.cell_by_cell and (self.product or self.listing)):
            return "failed"
        if self.skipped:
            return "skipped"
        if self.creating:
            return "created"
        return "changed" if self.product or self.listing else "unchanged"

    def outcome(self) -> Outcome:
        """The row's outcome as it stands."""
        status: Any = self.status
        created = status == "created"
        changes: dict[str, dict[str, list[Any]]] = {}
        if created or status == "changed":
            changes = {name: cells for name, cells in (("product", self.product), ("listing", self.listing)) if cells}
        source = self.source
        return Outcome(
            source.number, self.sku, "changed" if created else status, created, changes, self.mistakes, source.cells,
            self.skipped,
        )  # fmt: skip


class Chunk(NamedTuple):
    """Some rows of a file with what names their products. `plans` has, by their place, those that had to be looked at one
    by one; a row gets a plan when somebody has to judge it."""

    rows: Sequence[Translated]
    skus: list[str]
    keys: list[str]
    plans: dict[int, Plan]

    @property
    def bounds(self) -> tuple[int, int]:
        """The numbers of the first row and the last."""
        return self.rows[0].row.number, self.rows[-1].row.number


class Planner:
    """Plans the rows of one file, chunk after chunk; remembers the SKUs it has met. Raises Invalid for its headers."""

    def __init__(self, around: Around, source: Source, options: Options) -> None:
        self.around = around
        self.options = options
        self._translation = Translation.of(around.company, source.headers)
        self.columns: Resolved = resolve(self._translation.headers, around.known, ignore_unknown=options.ignore_unknown)
        self.with_listings = self.columns.has("listing")
        if self.with_listings and around.account is None:
            companies.account(around.company)  # raises NotReady
        placed = [(place, column) for place, column in enumerate(self.columns.columns) if column is not None]
        self._readers = [
            CellReader(place, column, around, options.decimal)
            for place, column in placed
            if column.subject in ("product", "listing")
        ]
        self._places = {column.identity: place for place, column in placed}
        self._sku_place = self._places[SKU.identity]
        self._rows: dict[str, int] = {}
        self._differing = Differing.of(around, self._readers) if options.update_existing else None
        self._loader = Loader(
            around,
            [reader.field for reader in self._readers if reader.of_product],
            [reader.field for reader in self._readers if not reader.of_product],
        )

    @property
    def headers(self) -> tuple[str, ...]:
        """The file's headers, and behind them those of columns that plugins write besides; one for each column."""
        given = self._translation.given
        return (*given, *self._translation.headers[len(given) :])

    def chunks(self, source: Source) -> Iterator[Chunk]:
        """The file's rows with their SKUs, which each stand in one row of it, some at a time."""
        rows = source.rows()
        while chunk := list(islice(rows, CHUNK)):
            yield self._identified(self._translation.rows(chunk))

    def differing(self, upload_id: int, chunk: Chunk) -> tuple[Kept, list[Plan]]:
        """Have the database judge and keep what rows it can; returns that, and the rows that are left to `judge`."""
        places = range(len(chunk.rows))
        if self._differing is None:
            return Kept(), [self._plan(chunk, place) for place in places]
        kept = Kept()
        if lines := self._lines(chunk):
            kept = self._differing.keep(upload_id, lines)
        numbers = kept.numbers
        return kept, [self._plan(chunk, place) for place in places if chunk.rows[place].row.number not in numbers]

    def _lines(self, chunk: Chunk) -> list[str]:
        """The rows as COPY takes them, except those in which a cell is wrong or empties what is no text."""
        columns = list(zip_longest(*[row.cells for row in chunk.rows]))
        width, blank = len(columns), [NULL] * len(chunk.rows)
        read = [reader.texts(columns[reader.place]) if reader.place < width else blank for reader in self._readers]
        left = {place for place, plan in chunk.plans.items() if plan.mistakes}
        left.update(place for texts in read if None in texts for place, text in enumerate(texts) if text is None)
        numbers = [str(row.row.number) for row in chunk.rows]
        rows = zip(numbers, map(escaped, chunk.skus), map(escaped, chunk.keys), *read, strict=True)
        if not left:
            return list(map("\t".join, rows))
        return ["\t".join(row) for place, row in enumerate(rows) if place not in left]

    def _plan(self, chunk: Chunk, place: int) -> Plan:
        if plan := chunk.plans.get(place):
            return plan
        row, cells, mistakes = chunk.rows[place]
        return Plan(row, cells, chunk.skus[place], chunk.keys[place], mistakes=mistakes)

    def judge(self, plans: Sequence[Plan]) -> None:
        """Judge identified rows with one set-based read of what stands there; chunks may be judged side by side."""
        open_plans = [plan for plan in plans if not plan.mistakes]
        standing = self._loader.load([plan.key for plan in open_plans])
        for plan in open_plans:
            stands = standing.get(plan.key)
            if stands is not None:
                plan.product_id, plan.listing_id, plan.version = stands.product_id, stands.listing_id, stands.version
                if not self.options.update_existing:
                    plan.skipped = "The product exists already, and existing ones were not to be changed."
                    continue
            elif not self.options.create_missing:
                self._wrong(plan, SKU.identity, self._unknown_sku(plan))
                continue
            else:
                plan.creating = True
                stands = self._loader.blank(plan.sku)
            self._judge(plan, stands)
        self._refuse_taken_merchant_skus(open_plans)

    def _identified(self, rows: Sequence[Translated]) -> Chunk:
        """The rows with their SKUs. What most are is seen at a glance; the others are looked at one by one."""
        chunk = Chunk(rows, [], [], {})
        sku_place, width, met = self._sku_place, len(self._translation.given), self._rows
        for place, (row, cells, mistakes) in enumerate(rows):
            sku = cells[sku_place] if sku_place < len(cells) else None
            if isinstance(sku, str) and len(row.cells) <= width and not mistakes and _SURELY_A_SKU.fullmatch(sku):
                key = sku.lower()
                if met.setdefault(key, row.number) == row.number:
                    chunk.skus.append(sku)
                    chunk.keys.append(key)
                    continue
            plan = chunk.plans[place] = self._looked_at(row, cells, mistakes)
            chunk.skus.append(plan.sku)
            chunk.keys.append(plan.key)
        return chunk

    def _looked_at(self, row: SourceRow, cells: Sequence[Any], mistakes: list[Mistake]) -> Plan:
        plan = Plan(row, cells, mistakes=mistakes)
        width = len(self._translation.given)
        if len(row.cells) > width and any(not isinstance(cell, str) or cell.strip() for cell in row.cells[width:]):
            message = f"The row has more cells than the {width} columns: is a separator inside a cell without quotes?"
            plan.mistakes.append(Mistake(row.number, "", "", message))
        try:
            plan.sku = self._sku(self._cell(plan, self._sku_place))
        except ValueError as error:
            self._wrong(plan, SKU.identity, str(error))
        except Invalid as error:
            self._wrong(plan, SKU.identity, error.fields.get("sku", error.message))
        else:
            plan.key = fold(plan.sku)
            first = self._rows.setdefault(plan.key, row.number)
            if first != row.number:
                self._wrong(plan, SKU.identity, f"“{plan.sku}” stands in row {first} already: a product has one row.")
        return plan

    def _sku(self, cell: Any) -> str:
        value = SKU.parse(cell, self.options.decimal)
        if value is BLANK:
            raise ValueError("The row names no SKU.")
        return parse_new_sku(value)

    def _unknown_sku(self, plan: Plan) -> str:
        number = not isinstance(self._cell(plan, self._sku_place), str)
        lost = " The file has it as a number: zeros in front may be lost." if number else ""
        return f"There is no product “{visible(plan.sku)}”.{lost} Create it first, or ask to create missing ones."

    def _judge(self, plan: Plan, stands: Stands) -> None:
        cells = plan.cells
        count = len(cells)
        product: dict[str, Any] = {}
        listing: dict[str, Any] = {}
        standing = Standing(None, stands.listing)
        for reader in self._readers:
            cell = cells[reader.place] if reader.place < count else None
            if cell is None or cell == "":
                continue
            value = reader.read(cell)
            if value is BLANK:
                continue
            if value.__class__ is Refused:
                for name, sentence in value.fields.items():
                    self._wrong(plan, (reader.column.subject, name), sentence)
            elif reader.of_product:
                product[reader.field] = value
            elif not same(value, reader.column.read(standing)):
                with_values(listing, reader.column.path, value)
        if product:
            self._take(plan, "product", judge_product(stands, product, creating=plan.creating))
        elif plan.creating:
            plan.product = {"sku": [None, plan.sku]}
        if listing:
            self._take(plan, "listing", judge_listing(stands, Given(listing), product, self.around, self.options.then))

    def _take(self, plan: Plan, subject: str, judged: Judged) -> None:
        if subject == "product":
            plan.product = judged.cells
            if plan.creating:
                plan.product = {"sku": [None, plan.sku]} | plan.product
        else:
            plan.listing = judged.cells
        for name, sentence in judged.wrong.items():
            self._wrong(plan, (subject, name), sentence)

    def _refuse_taken_merchant_skus(self, plans: Any) -> None:
        wanted = {plan.sku: plan for plan in plans if "merchant_sku" in plan.listing and not plan.mistakes}
        if not wanted or self.around.account is None:
            return
        keys = {sku: fold(plan.listing["merchant_sku"][1] or sku) for sku, plan in wanted.items()}
        holders = merchant_sku_holders(self.around.account.pk, set(keys.values()))
        for sku, plan in wanted.items():
            if holders.setdefault(keys[sku], fold(sku)) != fold(sku):
                told = f"“{keys[sku]}” is the merchant SKU of another product. Choose another."
                self._wrong(plan, ("listing", "merchant_sku"), told)

    def _wrong(self, plan: Plan, identity: tuple[str, str], sentence: str) -> None:
        subject, name = identity
        if name == "sku":
            identity = SKU.identity
        place = self._places.get(identity, self._places.get((subject, _COLUMN_OF.get(name, ""))))
        column = None if place is None else self.columns.columns[place]
        if place is None or column is None:
            plan.mistakes.append(Mistake(plan.source.number, "", "", sentence))
            return
        cell = self._cell(plan, place)
        value = "" if cell is None else shown(cell)
        plan.mistakes.append(Mistake(plan.source.number, column.header, value, sentence))

    def _cell(self, plan: Plan, place: int) -> Any:
        cells = plan.cells
        return cells[place] if 0 <= place < len(cells) else None


# What most are: nothing to trim, no guarding apostrophe, no beginning of a formula.
_SURELY_A_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")

# Errors that name no column of their own, and the column whose cell they are about.
_COLUMN_OF: Mapping[str, str] = {"then": "enabled", "images": "main_image"}
