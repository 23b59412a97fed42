"""The uploaded file's bytes: kept in the database, so that any worker on any machine can read them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from listwright.bulk.models import Upload
from listwright.bulk.readers import Limits
from listwright.bulk.readers.source import too_large
from listwright.changes.prepared import rows

PIECE = 2**20
# As bytes: as text, which Django's cursors make of them, they are twice as large.
_KEEP = "INSERT INTO bulk_uploadpiece (upload_id, number, content) VALUES (%s, %s, %b)"
_FIND = "SELECT content FROM bulk_uploadpiece WHERE upload_id = %s AND number = %s"


def store(upload: Upload, stream: IO[bytes], *, limits: Limits | None = None) -> int:
    """Keep a file, piece by piece; returns its size. Raises LimitReached."""
    most = (limits or Limits()).file_bytes
    size = number = 0
    while content := stream.read(PIECE):
        size += len(content)
        if size > most:
            raise too_large(f"The file has more than {most // 2**20:,} MB. Split it.")
        rows(_KEEP, [upload.pk, number, content])
        number += 1
    return size


def pieces(upload: Upload) -> Iterator[bytes]:
    """The file's bytes in order, one piece in memory at a time."""
    number = 0
    while found := rows(_FIND, [upload.pk, number], binary=True):
        yield found[0][0]
        number += 1


@contextmanager
def fetched(upload: Upload) -> Iterator[Path]:
    """The file on this machine's disk, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="listwright-upload-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as stream:
            for piece in pieces(upload):
                stream.write(piece)
        yield path
