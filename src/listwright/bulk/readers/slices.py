"""Cut a workbook with a large sheet into small workbooks of some rows each, so that memory stays flat.

The library that reads workbooks holds a whole sheet in memory. A slice is the same workbook, with only some rows of the
one sheet in it: what a cell means (shared texts, formats of dates) is still decided in one place, by that library.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from html import unescape

SLICE = 24 * 2**20
"""Bytes of a sheet's XML that are read at once at most; about 40,000 rows of eleven columns."""

_LEAST = 2**19
_PIECE = 2**16
_LONGEST_TAG = 4096  # of the row behind a cut, which has to be there to see that it bears its number
_SHARED = re.compile(r"(\[Content_Types\]|_rels/\.rels|xl/(workbook|styles|sharedStrings|_rels/workbook)\..*)", re.I)
_OPENING = re.compile(rb"<((?:[\w.-]+:)?)sheetData(?:\s[^>]*)?>")
_NUMBERED = re.compile(rb"\s*<(?:[\w.-]+:)?row\s[^>]*?\br=")
_TAG = re.compile(r"<(?:[\w.-]+:)?(sheet|Relationship)\s([^>]*)>")
_ATTRIBUTE = re.compile(r"""([\w.-]+:)?([\w.-]+)\s*=\s*("[^"]*"|'[^']*')""")


def sheet_part(package: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    """The part of the package that holds a sheet; None where it cannot be told."""
    parts = {part.filename.lower(): part for part in package.infolist()}
    relation = next(
        (tag.get("id") for tag in _tags(package, parts, "xl/workbook.xml") if tag.get("name") == name), None
    )
    for tag in _tags(package, parts, "xl/_rels/workbook.xml.rels"):
        if relation is not None and tag.get("Id") == relation:
            target = posixpath.normpath(posixpath.join("/xl", tag.get("Target", "")))
            return parts.get(target.lstrip("/").lower())
    return None


def _tags(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], name: str) -> Iterator[dict[str, str]]:
    if name not in parts:
        return
    text = package.read(parts[name]).decode("utf-8", "replace")
    for _, attributes in _TAG.findall(text):
        yield {local: unescape(value[1:-1]) for _, local, value in _ATTRIBUTE.findall(attributes)}


def without_sheets(package: zipfile.ZipFile) -> io.BytesIO:
    """The workbook without what its sheets hold."""
    return _packed([(part, text) for part, text in _shared(package) if "sharedstrings" not in part.filename.lower()])


def slices(
    package: zipfile.ZipFile, sheet: zipfile.ZipInfo, check: Callable[[bytes], None], size: int = SLICE
) -> Iterator[io.BytesIO]:
    """The workbook again and again, each time with the next rows of the sheet, which `check` has seen. A sheet whose rows
    bear no numbers, or that is written in a way we do not cut, comes whole. Each slice has the shared texts read anew: where
    there are few, slices are small, which takes less memory, and lets others work on the first rows sooner."""
    shared = _shared(package)
    size = min(size, max(_LEAST, sum(len(text) for _, text in shared)))
    with package.open(sheet) as stream:
        kept = b""
        while not _OPENING.search(kept) and len(kept) < size and (piece := stream.read(_PIECE)):
            kept += piece
        opening = _OPENING.search(kept)
        if opening is None or not _NUMBERED.match(kept, opening.end()):
            content = kept + stream.read()
            check(content)
            yield _packed(shared, sheet, content)
            return
        head, kept = kept[: opening.end()], kept[opening.end() :]
        end_of_row, tail = b"</%brow>" % opening[1], b"</%bsheetData></%bworksheet>" % (opening[1], opening[1])
        while piece := stream.read(size):
            kept += piece
            cut = kept.rfind(end_of_row, 0, -_LONGEST_TAG) + len(end_of_row)
            if cut > len(end_of_row) and _NUMBERED.match(kept, cut):
                rows, kept = kept[:cut], kept[cut:]
                check(rows)
                yield _packed(shared, sheet, head + rows + tail)
        check(kept)
        yield _packed(shared, sheet, head + kept)


def _shared(package: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, bytes]]:
    return [(part, package.read(part)) for part in package.infolist() if _SHARED.fullmatch(part.filename)]


def _packed(
    shared: list[tuple[zipfile.ZipInfo, bytes]], sheet: zipfile.ZipInfo | None = None, content: bytes = b""
) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for part, text in shared:
            package.writestr(part.filename, text)
        if sheet is not None:
            package.writestr(sheet.filename, content)
    stream.seek(0)
    return stream
