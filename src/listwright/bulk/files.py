"""Files' bytes, uploaded and exported: kept in the database, so that any machine can read what another has written."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, NamedTuple

from listwright.bulk.models import Upload
from listwright.bulk.readers import Limits
from listwright.bulk.readers.source import too_large
from listwright.changes.prepared import rows

PIECE = 2**20
EXPORTS_KEPT_FOR = timedelta(days=7)


class Place(NamedTuple):
    """Where a kind of file is kept, and the column that says whose it is."""

    table: str
    owner: str


UPLOADS = Place("bulk_uploadpiece", "upload_id")
EXPORTS = Place("bulk_exportpiece", "job_id")


def store(upload: Upload, stream: IO[bytes], *, limits: Limits | None = None) -> int:
    """Keep an uploaded file, piece by piece; returns its size. Raises LimitReached."""
    most = (limits or Limits()).file_bytes
    size = 0
    for length in keep(UPLOADS, upload.pk, stream):
        size += length
        if size > most:
            raise too_large(f"The file has more than {most // 2**20:,} MB. Split it.")
    return size


def keep(place: Place, owner_id: int, stream: IO[bytes]) -> Iterator[int]:
    """Keep a file; gives each piece's size once it is there."""
    number = 0
    while content := stream.read(PIECE):
        # As bytes: as text, which Django's cursors make of them, they are twice as large.
        statement = f"INSERT INTO {place.table} ({place.owner}, number, content) VALUES (%s, %s, %b)"  # noqa: S608 - ours
        rows(statement, [owner_id, number, content])
        number += 1
        yield len(content)


def pieces(place: Place, owner_id: int) -> Iterator[bytes]:
    """A file's bytes in order, one piece in memory at a time."""
    statement = f"SELECT content FROM {place.table} WHERE {place.owner} = %s AND number = %s"  # noqa: S608 - our own
    number = 0
    while found := rows(statement, [owner_id, number], binary=True):
        yield found[0][0]
        number += 1


@contextmanager
def fetched(upload: Upload) -> Iterator[Path]:
    """An uploaded file on this machine's disk, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="listwright-upload-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as stream:
            for piece in pieces(UPLOADS, upload.pk):
                stream.write(piece)
        yield path
