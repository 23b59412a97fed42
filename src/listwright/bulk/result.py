"""The result file: the uploaded file plus status columns, ready to mend and upload again (D2)."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from types import TracebackType
from typing import BinaryIO, Self

from listwright.bulk.columns import STATUS, Cell, is_status
from listwright.bulk.columns.guard import guarded
from listwright.bulk.outcome import Outcome
from listwright.bulk.readers import Source
from listwright.bulk.writers import TextWriter, WorkbookWriter


class ResultFile:
    """Takes outcomes in the order of the file; the file is whole when the `with` block has ended.

    Of the uploaded file's kind: a workbook for a workbook, else UTF-8 text with the same separator. Status columns of
    an earlier result are replaced.
    """

    def __init__(self, stream: BinaryIO, source: Source) -> None:
        self._kept = [place for place, header in enumerate(source.headers) if not is_status(header)]
        self._width = len(source.headers)
        self._writer = WorkbookWriter(stream) if source.format == "xlsx" else TextWriter(stream, source.separator)
        self._writer.write([*(source.headers[place] for place in self._kept), *(column.header for column in STATUS)])

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Write these rows. More cells than the file has columns go behind the status."""
        for outcome in outcomes:
            cells = outcome.cells
            kept = [_plain(cells[place]) if place < len(cells) else "" for place in self._kept]
            status = "created" if outcome.created else outcome.status
            behind = [_plain(cell) for cell in cells[self._width :]]
            self._writer.write([*kept, status, guarded(outcome.message), *behind])

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)


def _plain(cell: Cell) -> Cell:
    return str(cell) if isinstance(cell, date | time | timedelta) else cell
