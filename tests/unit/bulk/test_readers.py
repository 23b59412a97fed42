"""Files as spreadsheets of several countries write them, and files that are none."""

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listwright.bulk.readers import Limits, open_source
from listwright.common.errors import Invalid, LimitReached

GERMAN = 'SKU;ProductName;SitePrice\r\nA;"Größe ""M""; grün";1.099,90\r\n\r\nB;Spaß;5,00\r\n'
FRENCH = "SKU;ProductName;SitePrice\r\nA;Écran œuvré;1 099,90\r\nB;Coque à clé;5,00\r\n"


def read(folder: Path, content: bytes, **limits: int) -> tuple[tuple[str, ...], list[tuple[int, list[object]]]]:
    path = folder / "file"
    path.write_bytes(content)
    source = open_source(path, limits=Limits(**limits))
    rows = [(row.number, list(row.cells)) for row in source.rows()]
    assert rows == [(row.number, list(row.cells)) for row in source.rows()]
    return source.headers, rows


def workbook(*rows: list[object], before: int = 0) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows, before):
            sheet.write_row(place, before, row)
    return stream.getvalue()


WHOLE = workbook(["SKU", "Name"], ["A", "a"], ["B", 5])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(("text", "name"), [(GERMAN, 'Größe "M"; grün'), (FRENCH, "Écran œuvré")])
def test_german_and_french_windows_write_csv(tmp_path: Path, encoding: str, text: str, name: str) -> None:
    headers, rows = read(tmp_path, text.encode(encoding))
    assert headers == ("SKU", "ProductName", "SitePrice")
    assert rows[0] == (2, ["A", name, text.splitlines()[1].rsplit(";", 1)[1]])
    assert rows[1][0] == text.splitlines().index(text.splitlines()[-1]) + 1  # as the spreadsheet counts


@pytest.mark.parametrize("separator", ["\t", ";", ",", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    header = separator.join(["SKU", "ProductName", "Qty:main"])
    headers, rows = read(tmp_path, f'{header}\nA{separator}"a, b; c\td | e"{separator}1\n'.encode())
    assert headers == ("SKU", "ProductName", "Qty:main")
    assert rows == [(2, ["A", "a, b; c\td | e", "1"])]


def test_a_separator_may_be_announced_and_a_file_may_have_one_column(tmp_path: Path) -> None:
    assert read(tmp_path, b"sep=;\r\nSKU;EAN\r\nA;1\r\n") == (("SKU", "EAN"), [(3, ["A", "1"])])
    assert read(tmp_path, b"SKU\nA\nB\n") == (("SKU",), [(2, ["A"]), (3, ["B"])])


def test_line_breaks_inside_quotes_are_text(tmp_path: Path) -> None:
    _, rows = read(tmp_path, b'SKU,Description\r\nA,"one\ntwo"\r\nB,x\r\n')
    assert rows == [(2, ["A", "one\ntwo"]), (3, ["B", "x"])]


def test_old_macintosh_and_unix_line_ends_are_read(tmp_path: Path) -> None:
    for end in (b"\r", b"\n", b"\r\n"):
        assert read(tmp_path, end.join([b"SKU,EAN", b"A,1", b"B,2"]))[1] == [(2, ["A", "1"]), (3, ["B", "2"])]


def test_quotes_that_do_not_match_are_reported_with_their_line(tmp_path: Path) -> None:
    for content in (b'SKU,Name\nA,x\nB,"6" phone"\nC,y\n', b'SKU,Name\nA,x\nB,"phone\nC,y\n'):
        with pytest.raises(Invalid, match="Line"):
            read(tmp_path, content)


def test_a_workbook_is_read_with_its_types(tmp_path: Path) -> None:
    headers, rows = read(tmp_path, workbook(["SKU", "EAN", "Price", "On"], ["A", 4006381333931, 199.9, True], before=2))
    assert headers == ("", "", "SKU", "EAN", "Price", "On")
    assert rows == [(4, ["", "", "A", 4006381333931.0, 199.9, True])]


def test_the_first_sheet_that_is_shown_and_filled_is_read(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet("hidden").write_row(0, 0, ["Old"])
        book.add_worksheet("empty").activate()
        book.add_worksheet("data").write_row(0, 0, ["SKU"])
        book.worksheets()[0].hide()
    assert read(tmp_path, stream.getvalue()) == (("SKU",), [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n  \n",
        b"\xd0\xcf\x11\xe0old",
        b"%PDF-1.7",
        b"PK\x03\x04rubbish",
        b"SKU\0EAN",
        b"\xff\xfeS",
        b"SKU\n\x81\x8d",
        workbook(),
    ],
)
def test_what_is_no_sheet_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(tmp_path, content)
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    ("content", "limits"),
    [
        (b"SKU\n" + b"A\n" * 100, {"file_bytes": 100}),
        (b"SKU\n" + b"A\n" * 100, {"rows": 99}),
        (b"SKU,a,b,c\nA\n", {"columns": 3}),
        (b"SKU,EAN\nA" + b",b" * 100, {"columns": 50}),
        (b"SKU,EAN\n" + b"A,1\n" * 100, {"cells": 150}),
        (b"SKU\n" + b"A" * 100, {"cell_characters": 99}),
        (workbook(["SKU"], *(["A"] for _ in range(3000))), {"rows": 999}),
        (workbook(["SKU"], ["A"]), {"unpacked_bytes": 1000}),
    ],
)
def test_what_is_too_large_is_refused(tmp_path: Path, content: bytes, limits: dict[str, int]) -> None:
    with pytest.raises(LimitReached):
        read(tmp_path, content, **limits)


def test_a_small_workbook_that_reaches_far_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    for far in ((1_048_575, 0), (0, 16_383), (999_000, 300)):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as book:
            sheet = book.add_worksheet()
            sheet.write(0, 0, "SKU")
            sheet.write(*far, "x")
        with pytest.raises(LimitReached):
            read(tmp_path, stream.getvalue())


def test_rows_written_with_a_namespace_may_reach_no_further(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            far = old.read(name).replace(b'<row r="2"', b'<x:row r="1048576"')
            new.writestr(name, far)
    with pytest.raises(LimitReached, match="1,048,576 rows"):
        read(tmp_path, stream.getvalue())


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_a_workbook_that_lies_about_its_size_is_not_unpacked_further(tmp_path: Path, part: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + b" " * 10**7 * (name == part))
        told = new.getinfo(part)
    content = stream.getvalue()
    assert len(content) < 10**5
    content = content.replace(told.file_size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    with pytest.raises(Invalid):
        read(tmp_path, content)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    try:
        read(tmp_path, content)
    except (Invalid, LimitReached) as error:
        assert error.message


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255), st.booleans())
def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path, place: int, byte: int, cut: bool) -> None:
    content = WHOLE[:place] if cut else WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :]
    try:
        read(tmp_path, content)
    except (Invalid, LimitReached) as error:
        assert error.message


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"]), st.binary(max_size=80))
def test_a_workbook_with_rubbish_inside_is_read_or_refused(tmp_path: Path, part: str, rubbish: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] + rubbish if name == part else content)
    try:
        read(tmp_path, stream.getvalue())
    except (Invalid, LimitReached) as error:
        assert error.message
