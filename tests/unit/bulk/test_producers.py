"""Files as the programs write them that sellers use: each with what is peculiar to it."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from listwright.bulk.columns import Known, find
from listwright.bulk.readers import Limits, Reading, Source, open_source, parse_reading, slices, workbook
from listwright.common.errors import Invalid
from tests.unit.bulk import spreadsheets

GERMAN = (
    "SKU;ProductName;SitePrice;Description\r\n"
    'A-1;"Gerät ""neu""; 6 Zoll";1.099,90;"Zeile eins\nZeile zwei – 20 €"\r\n'
    "A-2;Straße;5,00;\r\n"
)
FRENCH = "SKU;ProductName;SitePrice\r\nA-1;Écran « œuvré »;1\u00a0099,90\r\nA-2;Coque à clé;5,00\r\n"


def opened(folder: Path, content: bytes, **chosen: str) -> tuple[Source, list[list[object]]]:
    path = folder / "file"
    path.write_bytes(content)
    source = open_source(path, reading=Reading(**chosen))
    return source, [list(row.cells) for row in source.rows()]


def parsed(header: str, cell: object) -> object:
    return find(header, Known()).parse(cell, None)  # type: ignore[arg-type]


def test_a_workbook_of_excel(tmp_path: Path) -> None:
    """Shared strings with rich text and a no-break space, an EAN as a number without its zero, a currency format, a
    computed price with a float's noise, a boolean, a text that is a formula's result, a date by its style alone, an
    empty row that is left out, and attributes of a namespace of Excel's own."""
    source, rows = opened(tmp_path, spreadsheets.excel())
    assert (source.format, source.sheet, source.headers[0]) == ("xlsx", "Tabelle1", "SKU")
    ((sku, name, ean, price, enabled, description, brand),) = rows
    assert [row.number for row in source.rows()] == [3]
    assert (sku, name, brand) == ("IP13", "iPhone 13 128\u00a0GB", "Apple")
    assert parsed("EAN", ean) == "036000291452"
    assert parsed("BackmarketPrice", price) == "390"
    assert parsed("BackmarketEnabled", enabled) is True
    assert isinstance(description, date | datetime)
    with pytest.raises(ValueError, match="made a date of it"):
        parsed("Description", description)


def test_a_workbook_of_libreoffice(tmp_path: Path) -> None:
    """Every text shared and with its spaces preserved, `t="n"` said of numbers, an EAN kept as text, a column range of
    1,025 columns in its widths, no styles at all."""
    source, ((sku, ean, price, quantity),) = opened(tmp_path, spreadsheets.libreoffice())
    assert source.headers == ("SKU", "EAN", "BackmarketPrice", "Qty")
    assert (sku, parsed("EAN", ean), parsed("BackmarketPrice", price), parsed("Qty", quantity)) == (
        "GB-1", "4006381333931", "199.9", 7,
    )  # fmt: skip


def test_a_workbook_of_numbers(tmp_path: Path) -> None:
    """A summary as its first sheet, which holds text but no table of ours; the table's title row is there as styled
    cells without values, so that the headers stand in row 2."""
    source, rows = opened(tmp_path, spreadsheets.numbers())
    assert (source.sheet, source.sheets) == ("Sheet 1", ("Export Summary", "Sheet 1"))
    assert (source.headers, rows) == (("SKU", "ProductName", "SitePrice"), [["A-1", "Café crème", 1099.5]])
    assert opened(tmp_path, spreadsheets.numbers(), sheet="Export Summary")[0].headers[1].startswith("This document")
    with pytest.raises(Invalid, match="no sheet “Table 1”"):
        opened(tmp_path, spreadsheets.numbers(), sheet="Table 1")


def test_a_workbook_of_a_program(tmp_path: Path) -> None:
    """As server software writes it: every element with a prefix, texts inline (one in two runs), absolute targets."""
    source, rows = opened(tmp_path, spreadsheets.exporting_program())
    assert (source.headers, rows) == (("SKU", "Brand"), [["007", "Samsung"]])


@pytest.mark.parametrize(("text", "name"), [(GERMAN, 'Gerät "neu"; 6 Zoll'), (FRENCH, "Écran « œuvré »")])
def test_a_csv_of_excel_under_german_and_french_windows(tmp_path: Path, text: str, name: str) -> None:
    """Semicolons, because the comma is the decimal sign; Windows-1252, lines ending in CR LF but cells in LF; a German
    point or a French no-break space between thousands."""
    source, rows = opened(tmp_path, text.encode("cp1252"))
    assert (source.separator, source.encoding, source.quote) == (";", "cp1252", '"')
    assert rows[0][1] == name
    assert [parsed("SitePrice", row[2]) for row in rows] == ["1099.90", "5.00"]


def test_a_csv_utf_8_of_excel(tmp_path: Path) -> None:
    """“CSV UTF-8” has a mark in front, which is no part of the first header, and still semicolons under German Windows."""
    source, rows = opened(tmp_path, GERMAN.encode("utf-8-sig"))
    assert (source.headers[0], source.encoding, source.separator) == ("SKU", "utf-8", ";")
    assert rows[1] == ["A-2", "Straße", "5,00", ""]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_text_of_excel(tmp_path: Path, encoding: str) -> None:
    """“Unicode Text”: UTF-16 with its mark and tabs, quotes only around cells that need them; other programs leave the
    mark out, or put the high byte first."""
    text = "SKU\tProductName\tSitePrice\r\nA-1\tŁódź, 6 Zoll\t1099,90\r\n"
    source, rows = opened(tmp_path, text.encode(encoding))
    assert (source.separator, source.headers) == ("\t", ("SKU", "ProductName", "SitePrice"))
    assert rows == [["A-1", "Łódź, 6 Zoll", "1099,90"]]


def test_a_csv_of_libreoffice(tmp_path: Path) -> None:
    """UTF-8 without a mark, lines ending in LF, and, where its dialogue was told so, every text in single quotes."""
    assert opened(tmp_path, 'SKU,ProductName\nA-1,"Größe, M"\n'.encode())[1] == [["A-1", "Größe, M"]]
    source, rows = opened(tmp_path, b"'SKU';'ProductName'\n'A-1';'6\" phone; ''new'''\n")
    assert (source.quote, rows) == ("'", [["A-1", "6\" phone; 'new'"]])


def test_a_csv_of_numbers(tmp_path: Path) -> None:
    """A table's title on a line of its own would be the header: Numbers leaves it out, but fills rows up with commas."""
    source, rows = opened(tmp_path, b"SKU,ProductName,\r\nA-1,Phone,\r\n,,\r\n")
    assert (source.headers, rows) == (("SKU", "ProductName"), [["A-1", "Phone", ""]])


def test_what_looking_finds_can_be_chosen_otherwise(tmp_path: Path) -> None:
    polish = "SKU|ProductName\nA|Łódź\n".encode("cp1250")
    assert opened(tmp_path, polish)[1] == [["A", "£ódŸ"]]
    assert opened(tmp_path, polish, encoding="cp1250")[1] == [["A", "Łódź"]]
    assert opened(tmp_path, polish, encoding="cp1250", separator=";")[0].headers == ("SKU|ProductName",)
    bare = b'SKU\tProductName\nA\t"6" phone"\n'
    with pytest.raises(Invalid, match="no quotes"):
        opened(tmp_path, bare)
    assert opened(tmp_path, bare, quote="")[1] == [["A", '"6" phone"']]
    with pytest.raises(Invalid, match="not written in UTF-8"):
        opened(tmp_path, polish, encoding="utf-8")


def test_a_choice_is_named_or_refused_in_a_sentence() -> None:
    chosen = parse_reading({"separator": "tab", "quote": "none", "encoding": "cp1250", "sheet": ""})
    assert chosen == Reading("\t", "cp1250", "", None)
    assert parse_reading({"separator": ";", "quote": '"'}) == Reading(";", None, '"', None)
    assert parse_reading({"separator": None}) == Reading()
    for field in ("separator", "encoding", "quote"):
        with pytest.raises(Invalid, match=f"“x” is no {field} we know: choose one of") as refused:
            parse_reading({field: "x"})
        assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("inline", [True, False])
def test_a_large_sheet_is_read_in_slices_and_says_the_same(tmp_path: Path, inline: bool) -> None:
    path = tmp_path / "large.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": inline}) as book:
        book.add_worksheet("other").write(0, 0, "x")
        sheet = book.add_worksheet("data")
        sheet.write_row(2, 1, ["SKU", "Name", "Qty"])
        for place in range(3, 14_000):
            if place % 7:
                sheet.write_row(place, 1 + (place > 7_000), [f"S{place}", "a < b & c", place])
    whole = [(row.number, row.cells) for row in open_source(path).rows()]
    assert len(whole) == 11_998
    with zipfile.ZipFile(path) as package:
        part = slices.sheet_part(package, "data")
        assert part is not None
        assert len(list(slices.slices(package, part, lambda _: None, 2**18))) > 2
    sliced = list(workbook._filled(path, "data", Limits(), 2**18))
    assert [(number, _bare(cells)) for number, cells in sliced[1:]] == [(n, _bare(cells)) for n, cells in whole]


def _bare(cells: object) -> list[object]:
    row = list(cells)  # type: ignore[call-overload]
    while row and row[-1] == "":
        row.pop()
    return row
