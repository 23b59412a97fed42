"""Templates as files: columns to fill in, with what may stand in them (D1)."""

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Literal

from xlsxwriter.utility import xl_col_to_name

from listwright.bulk.around import Around, around
from listwright.bulk.choices import choices, examples
from listwright.bulk.columns import Column
from listwright.bulk.columns.guard import CLEAR
from listwright.bulk.columns.kinds import BOOLEAN, MONEY, WEIGHT, WHOLE
from listwright.bulk.export import CHUNK, Chosen, columns_for, rows
from listwright.bulk.sheetrows import SHEET_ROWS
from listwright.bulk.writers import FileFormat, WorkbookWriter, writer
from listwright.catalog.selection import Selection, resolve
from listwright.common.errors import NotFound
from listwright.companies.models import Company

Fill = Literal["empty", "sample"]
_LISTS = "Lists"
_NOTES = "Notes"
_ASIDE = (
    "One row for each product, one column for each thing to change. The first row names the columns.",
    f"A blank cell leaves its field alone; {CLEAR} empties it. Products that are not in the file are never touched.",
    "Columns may be deleted, moved and added. Writing a value unticks the field's Default box.",
)


def write_template(
    *,
    company: Company,
    headers: Sequence[str],
    stream: BinaryIO,
    file_format: FileFormat = "xlsx",
    fill: Fill | Selection = "empty",
    told: Callable[[int, int], None] = lambda written, total: None,
) -> None:
    """Write a file with these columns (the usual ones for none): empty, with a sample row, or filled with products.

    `told` is called now and then with how many products are written, and of how many.

    A workbook has lists to choose from, text format where digits are no number, and a sheet of notes that explains each
    column. Raises Invalid for headers nobody knows, NotReady for Back Market columns while the company is not connected,
    NotFound for a selection without any product; nothing is written then.
    """
    surroundings = around(company)
    chosen = columns_for(surroundings, headers)
    product_ids: Sequence[int] = ()
    if isinstance(fill, Selection):
        product_ids, _ = resolve(company, fill)
        if not product_ids:
            raise NotFound("nothing_selected", "No product matches: there is nothing to write.")
    with writer(stream, file_format, chosen.typed) as sheet:
        sheet.write(chosen.headers)
        if fill == "sample":
            sheet.write(sample(surroundings, chosen.own))
        for place, cells in enumerate(rows(surroundings, chosen, product_ids)):
            if place % CHUNK == 0:
                told(place, len(product_ids))
            sheet.write(cells)
        if isinstance(sheet, WorkbookWriter):
            _explain(sheet, chosen)
            _offer(sheet, surroundings, chosen.own)


def sample(surroundings: Around, columns: Sequence[Column]) -> list[str]:
    """A row as it might be filled in: this company's own words where it has some. A Default box stays blank beside the
    value it would contradict."""
    fields = {column.field for column in columns}

    def contradicts(column: Column) -> bool:
        beside = column.field.removesuffix("_default")
        return beside != column.field and beside in fields

    values = examples(surroundings, columns)
    return ["" if contradicts(column) else value for column, value in zip(columns, values, strict=True)]


def _explain(writer: WorkbookWriter, chosen: Chosen) -> None:
    notes = writer.book.add_worksheet(_NOTES)
    wrapped = writer.book.add_format({"text_wrap": True, "valign": "top"})
    for place, width in enumerate((34, 70, 44, 40)):
        notes.set_column(place, place, width, wrapped)
    for place, sentence in enumerate(_ASIDE):
        notes.write_string(place, 0, sentence, writer.book.add_format())
    start = len(_ASIDE) + 1
    for place, title in enumerate(("Column", "What it means", "What a cell may hold", "Example")):
        notes.write_string(start, place, title, writer.bold)
    told = [
        (
            column.header,
            column.meaning,
            column.kind.explained + f"; {CLEAR} empties it" * column.emptiable,
            column.example,
        )
        for column in chosen.own
    ] + [
        (extra.column.header, extra.column.help, f"as the plugin {extra.plugin} reads it", "")
        for extra in chosen.extras
    ]
    for row, texts in enumerate(told, start + 1):
        for place, text in enumerate(texts):
            notes.write_string(row, place, text, wrapped)


def _offer(writer: WorkbookWriter, surroundings: Around, columns: Sequence[Column]) -> None:
    """Lists to choose from, and warnings where a number is none. Cells may hold what no list has: `[clear]`, or a
    condition yet to be mapped."""
    lists: list[tuple[str, ...]] = []
    for place, column in enumerate(columns):
        offered = choices(surroundings, column)
        rule = _number_rule(column)
        if column.kind is BOOLEAN:
            rule = {"validate": "list", "source": list(offered), "error_type": "stop"}
        elif offered:
            if offered not in lists:
                lists.append(offered)
            letter = xl_col_to_name(lists.index(offered))
            source = f"={_LISTS}!${letter}$1:${letter}${len(offered)}"
            rule = {"validate": "list", "source": source, "error_type": "information"}
        if rule is not None:
            rule["error_title"] = column.header[:32]
            rule["error_message"] = f"{column.meaning}: {column.kind.explained}."[:255]
            writer.sheet.data_validation(1, place, SHEET_ROWS - 1, place, rule)
    if lists:
        hidden = writer.book.add_worksheet(_LISTS)
        hidden.hide()
        for row in range(max(map(len, lists))):
            for place, offered in enumerate(lists):
                if row < len(offered):
                    hidden.write_string(row, place, offered[row])


def _number_rule(column: Column) -> dict[str, Any] | None:
    if column.kind is WHOLE:
        return {"validate": "integer", "criteria": ">=", "value": 0, "error_type": "warning"}
    if column.kind in (MONEY, WEIGHT):
        return {"validate": "decimal", "criteria": ">=", "value": 0, "error_type": "warning"}
    return None
