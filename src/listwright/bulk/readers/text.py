"""Read CSV, TAB and TXT files: encoding, separator and quoting are found by looking, unless a person chose."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from listwright.bulk.readers.source import (
    ENCODINGS,
    SEPARATORS,
    Limits,
    Reading,
    Source,
    SourceRow,
    checked,
    clean_headers,
    refused,
)

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CODEC = {"utf-8": "utf-8-sig"}  # its mark is no part of the first header, whether it is there or not
_PIECE = 2**20
_FIELD_LIMIT = 2**20


class _Dialect(NamedTuple):
    encoding: str
    separator: str
    quote: str
    announced: bool  # by a first line `sep=;`, as Excel writes and reads


def open_text(path: Path, reading: Reading, is_header: Callable[[str], bool], limits: Limits) -> Source:
    """Recognise a text file. Raises Invalid where it is none, or has no header row."""
    encoding = _encoding(path, reading.encoding)
    dialect = _dialect(path, encoding, reading, is_header)
    for _, cells in _records(path, dialect):
        if any(cell.strip() for cell in cells):
            headers = clean_headers(cells, limits)
            break
    else:
        raise refused("The file is empty: its first row has to name the columns.")

    def rows() -> Iterator[SourceRow]:
        return checked(_rows(path, dialect), len(headers), limits)

    return Source(path, "text", headers, rows, dialect.separator, dialect.encoding, dialect.quote)


def _rows(path: Path, dialect: _Dialect) -> Iterator[SourceRow]:
    header_passed = False
    for number, cells in _records(path, dialect):
        if not any(cell.strip() for cell in cells):
            continue
        if header_passed:
            yield SourceRow(number, cells)
        header_passed = True


def _records(path: Path, dialect: _Dialect) -> Iterator[tuple[int, list[str]]]:
    """(row as a spreadsheet counts, cells). Raises Invalid for quotes that do not match, naming the line."""
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding=_CODEC.get(dialect.encoding, dialect.encoding), newline="") as stream:
        if dialect.announced:
            stream.readline()
        reader = csv.reader(
            stream,
            delimiter=dialect.separator,
            quotechar=dialect.quote or None,
            quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
            strict=True,
        )
        number = int(dialect.announced)
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise refused(
                    f"Line {reader.line_num + int(dialect.announced)} cannot be read ({error}). A cell that holds quotes is "
                    'written in quotes, each of its own doubled: "6"" phone". If the file writes none around its cells, '
                    "say that it uses no quotes."
                ) from None
            yield number, cells


def _encoding(path: Path, chosen: str | None) -> str:
    """The chosen one; else UTF-8 or UTF-16 by its mark or its zero bytes, UTF-8 when every byte fits, else Windows'
    Western European. Raises Invalid."""
    if chosen is not None:
        if _decodes(path, chosen):
            return chosen
        raise refused(
            f"The file is not written in {ENCODINGS[chosen]}. Choose another encoding, or let us look for it."
        )
    with path.open("rb") as stream:
        start = stream.read(4)
    marked = next((name for bom, name in _BOMS if start.startswith(bom)), None)
    if marked is None and len(start) == 4 and start.count(0) == 2 and start[::2].count(0) in (0, 2):
        marked = "utf-16-be" if start[0] == 0 else "utf-16-le"  # without its mark
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        if _decodes(path, encoding):
            return encoding
    if marked:
        raise refused("The file's encoding is broken. Save it again as CSV UTF-8.")
    raise refused("This is not a text file in an encoding we know. Save it as CSV UTF-8 or as XLSX.")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            try:
                text = decoder.decode(piece)
            except UnicodeError:
                return False
            if "\0" in text:
                raise refused("This is not a text file: it holds zero bytes. Save it as CSV UTF-8 or as XLSX.")
        try:
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _dialect(path: Path, encoding: str, reading: Reading, is_header: Callable[[str], bool]) -> _Dialect:
    """The separator and the quotes with which the header row names most columns we know, then most columns at all."""
    with path.open(encoding=_CODEC.get(encoding, encoding), newline="") as stream:
        first = stream.readline(_PIECE)
        announced = first.lower().startswith("sep=") and len(first.rstrip("\r\n")) == 5
        if announced:
            sign, first = first[4], stream.readline(_PIECE)
            if sign not in "\r\n\"'":
                reading = Reading(reading.separator or sign, reading.encoding, reading.quote)
        while first and not first.strip():
            first = stream.readline(_PIECE)
    best, best_score = (reading.separator or ",", '"' if reading.quote is None else reading.quote), (-1, -1)
    for separator in [reading.separator] if reading.separator else SEPARATORS:
        for quote in ('"', "'") if reading.quote is None else [reading.quote]:
            cells = _header(first, separator, quote)
            score = (sum(is_header(cell) for cell in cells if cell.strip()), len(cells))
            if score > best_score:
                best, best_score = (separator, quote), score
    return _Dialect(encoding, *best, announced)


def _header(line: str, separator: str, quote: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=separator, quotechar=quote or None), [])
    except csv.Error:
        return []
