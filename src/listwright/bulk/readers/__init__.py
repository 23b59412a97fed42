"""Read files: any bytes are either understood or refused with a sentence."""

from collections.abc import Callable
from pathlib import Path

from listwright.bulk.columns import is_header
from listwright.bulk.readers.source import Limits, Reading, Source, SourceRow, parse_reading, refused, too_large
from listwright.bulk.readers.text import open_text
from listwright.bulk.readers.workbook import open_workbook

_OLD = b"\xd0\xcf\x11\xe0"
_FOREIGN = {b"%PDF": "a PDF", b"\x1f\x8b": "a compressed file", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture"}


def open_source(
    path: Path,
    *,
    reading: Reading | None = None,
    limits: Limits | None = None,
    known: Callable[[str], bool] = is_header,
) -> Source:
    """Recognise an XLSX, CSV, TAB or TXT file by its content, whatever its name.

    `reading` is what a person chose instead of what looking finds; `known` tells headers from data where the separator
    is in doubt. Raises Invalid for anything that cannot be read, LimitReached for what is too large; reading the rows
    may raise both as well.
    """
    limits, reading = limits or Limits(), reading or Reading()
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise refused(f"The file “{path}” cannot be opened: {error.strerror}.") from error
    if size > limits.file_bytes:
        raise too_large(
            f"The file has {size / 2**20:,.0f} MB; at most {limits.file_bytes / 2**20:,.0f} are read. Split it."
        )
    if start.startswith(b"PK"):
        return open_workbook(path, reading.sheet, known, limits)
    if start.startswith(_OLD):
        raise refused("This is an old XLS workbook or one with a password. Save it as XLSX without a password.")
    for mark, name in _FOREIGN.items():
        if start.startswith(mark):
            raise refused(f"This is {name}. Save the sheet as XLSX or CSV.")
    return open_text(path, reading, known, limits)


__all__ = ["Limits", "Reading", "Source", "SourceRow", "open_source", "parse_reading"]
