"""Read uploads: the records, their rows as previewed or applied, the log, the result file. Company first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from django.db.models import BooleanField, Func, Q
from django.db.models.functions import Lower
from django.utils.text import get_valid_filename

from listwright.bulk import files
from listwright.bulk.around import around
from listwright.bulk.columns import Column, every
from listwright.bulk.look import Look
from listwright.bulk.look import look as look_at
from listwright.bulk.models import ExportPiece, Template, Upload, UploadRow
from listwright.bulk.outcome import Mistake, Outcome
from listwright.bulk.plugged import PluginColumn, plugin_columns
from listwright.bulk.readers import Source
from listwright.bulk.restored import restored
from listwright.bulk.result import ResultFile
from listwright.bulk.rows import headers_of
from listwright.bulk.writers import ENDINGS, FileFormat, parse_format
from listwright.changes.models import Change
from listwright.common.errors import NotFound
from listwright.companies.models import Company
from listwright.jobs.models import Job
from listwright.listings.operations.edits import CHOICE_NEEDED

_GROUPS = {"mistakes": ("failed", "skipped"), "changes": ("changed", "created"), "changed": ("changed", "created")}


_SWITCHED = {"switched_on": True, "switched_off": False}


class _Emptied(Func):
    """Whether a row's changes empty a cell that held something."""

    function = "jsonb_path_exists"
    template = (
        'coalesce(%(function)s(%(expressions)s, \'strict $.* ? ((@[1] == null || @[1] == "" || @[1].size() == 0'
        ' && @[1].type() == "array") && @[0] != null && @[0] != "")\'), false)'
    )
    output_field = BooleanField()
    conditional = True


class CellChange(NamedTuple):
    """A cell that changes: the file's column ("" for what follows from others), the field, values as history has them."""

    column: str
    subject: str
    field: str
    old: Any
    new: Any


class Row(NamedTuple):
    """A row of the file: what it would do, or did. `status` changed, created, unchanged, failed or skipped."""

    number: int
    sku: str
    product_id: int | None
    status: str
    cells: Sequence[CellChange]
    mistakes: Sequence[Mistake]
    message: str


class LogRow(NamedTuple):
    """A changed record, from history: `row` the file's, `cells` what changed."""

    row: int
    sku: str
    at: datetime
    operation: str
    cells: Sequence[CellChange]


def uploads(company: Company, *, before_id: int | None = None, limit: int = 50) -> list[Upload]:
    """The company's uploads, newest first; `before_id` is the last id of the page before."""
    found = Upload.objects.filter(company=company).select_related("job", "rollback_of")
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    return list(found.order_by("-pk")[:limit])


def upload(company: Company, upload_id: int) -> Upload:
    """One upload. Raises NotFound, also for another company's."""
    found = Upload.objects.filter(company=company, pk=upload_id).select_related("job", "rollback_of").first()
    if found is None:
        raise NotFound("upload_not_found", f"There is no upload {upload_id} here.")
    return found


def upload_of_job(company: Company, job_id: int) -> Upload | None:
    """The upload a Queued Job applies; None for a job of another kind."""
    return Upload.objects.filter(company=company, job_id=job_id).first()


def undecided(company: Company, upload_id: int) -> int:
    """Rows that disable a listing while nobody has said what becomes of it. Raises NotFound."""
    failed = _found(upload(company, upload_id), "failed", "")
    return int(failed.filter(mistakes__contains=[{"reason": CHOICE_NEEDED}]).count())


def look(company: Company, upload_id: int) -> Look:
    """The first rows of the file as they are understood. Raises NotFound."""
    from listwright.bulk.operations.asked import opened, options_of

    record = upload(company, upload_id)
    with files.fetched(record) as path:
        return look_at(opened(record, path), around(company).known, options_of(record).decimal)


def rows(
    company: Company, upload_id: int, *, status: str = "", search: str = "", after: int = 0, limit: int = 50
) -> list[Row]:
    """Rows behind the row number `after`, in the file's order: all, or those of one status, `changes`, `mistakes`,
    `emptied` (a cell that held something will be blank), `switched_on` or `switched_off`.

    `search` finds a part of the SKU, of a value or of a reason, letter case ignored. Raises NotFound.
    """
    record = upload(company, upload_id)
    headers = headers_of(record)
    found = _found(record, status, search).filter(number__gt=after).order_by("number")[:limit]
    return [
        Row(
            row.number,
            row.sku,
            row.product_id,
            row.status,
            _in_order(headers, [("product", row.product or {}), ("listing", row.listing or {})]),
            _mistakes(row),
            row.message,
        )
        for row in found
    ]


def log(company: Company, upload_id: int, *, search: str = "", after: int = 0, limit: int = 50) -> list[LogRow]:
    """What the upload changed, from history, in the order of up to `limit` rows of the file behind `after`."""
    record = upload(company, upload_id)
    headers = headers_of(record)
    found = _found(record, "changes", search).filter(number__gt=after).order_by("number")[:limit]
    by_subject: dict[tuple[str, int], tuple[int, str]] = {}
    for row in found:
        by_subject["product", row.product_id or 0] = (row.number, row.sku)
        by_subject["listing", row.listing_id or 0] = (row.number, row.sku)
    changes = Change.objects.filter(company_id=company.pk, origin="upload", origin_id=record.pk)
    wanted = Q()
    for subject in ("product", "listing"):
        wanted |= Q(subject=subject, subject_id__in=[key[1] for key in by_subject if key[0] == subject])
    lines = [
        LogRow(
            *by_subject[change.subject, change.subject_id],
            change.at,
            change.operation,
            _in_order(headers, [(change.subject, change.cells)]),
        )
        for change in changes.filter(wanted).order_by("id")
    ]
    return sorted(lines, key=lambda line: line.row)


def _in_order(
    headers: Mapping[tuple[str, str], str], changes: Iterable[tuple[str, Mapping[str, Any]]]
) -> list[CellChange]:
    """Changed cells in the order of the file's columns; what follows from them is last."""
    places = {column: place for place, column in enumerate(headers)}
    cells = [
        CellChange(headers.get((subject, field), ""), subject, field, old, new)
        for subject, given in changes
        for field, (old, new) in given.items()
    ]
    return sorted(cells, key=lambda cell: places.get((cell.subject, cell.field), len(places)))


def write_result(company: Company, upload_id: int, stream: BinaryIO) -> None:
    """Write the uploaded file plus status columns to a binary stream, row by row; for a rollback, the file that would do
    the same. Raises NotFound."""
    from listwright.bulk.operations.asked import opened

    record = upload(company, upload_id)
    if not record.file_bytes:
        _write_result(record, restored(record), stream)
        return
    with files.fetched(record) as path:
        _write_result(record, opened(record, path), stream)


def _write_result(record: Upload, source: Source, stream: BinaryIO) -> None:
    stored = UploadRow.objects.filter(upload=record).order_by("number").iterator(2000)
    with ResultFile(stream, source) as result:
        for given, row in zip(source.rows(), stored, strict=True):
            status: Any = "changed" if row.status == "created" else row.status
            created, mistakes = row.status == "created", _mistakes(row)
            result.record([Outcome(row.number, row.sku, status, created, {}, mistakes, given.cells, row.message)])


def file_bytes(company: Company, upload_id: int) -> Iterator[bytes]:
    """The uploaded file itself, piece by piece. Raises NotFound."""
    return files.pieces(files.UPLOADS, upload(company, upload_id).pk)


class ExportedFile(NamedTuple):
    """What an export wrote: its name, its format, and until when it is kept (UTC)."""

    name: str
    format: FileFormat
    kept_until: datetime


def exported(job: Job) -> ExportedFile | None:
    """The file of a job that exported; None for other jobs, before it is written, and once it is kept no longer."""
    if job.finished_at is None or not ExportPiece.objects.filter(job=job, number=0).exists():
        return None
    form = parse_format(job.params["format"], "csv")
    name = f"products {job.created_at.date().isoformat()} job {job.pk}"
    return ExportedFile(f"{get_valid_filename(name)}.{ENDINGS[form]}", form, job.finished_at + files.EXPORTS_KEPT_FOR)


def exported_bytes(job: Job) -> Iterator[bytes]:
    """The bytes of that file, in pieces."""
    return files.pieces(files.EXPORTS, job.pk)


def _found(record: Upload, status: str, search: str) -> Any:
    found = UploadRow.objects.filter(upload=record)
    if status == "emptied":
        found = found.filter(Q(_Emptied("product")) | Q(_Emptied("listing")))
    elif status in _SWITCHED:
        found = found.filter(listing__enabled__1=_SWITCHED[status])
    elif status:
        found = found.filter(status__in=_GROUPS.get(status, (status,)))
    if search.strip():
        part = search.strip()
        found = found.filter(
            Q(sku__icontains=part)
            | Q(message__icontains=part)
            | Q(product__icontains=part)
            | Q(listing__icontains=part)
            | Q(mistakes__icontains=part)
        )
    return found


def _mistakes(row: UploadRow) -> list[Mistake]:
    return [Mistake(row.number, item["column"], item["value"], item["reason"]) for item in row.mistakes or ()]


def templates(company: Company) -> list[Template]:
    """The company's templates, by name."""
    return list(Template.objects.filter(company=company).order_by(Lower("name")))


def template(company: Company, template_id: int) -> Template:
    """One template. Raises NotFound, also for another company's."""
    found = Template.objects.filter(company=company, pk=template_id).first()
    if found is None:
        raise NotFound("template_not_found", f"There is no template {template_id} here.")
    return found


def columns(company: Company) -> tuple[Column | PluginColumn, ...]:
    """Every column this company's files can have, in the order of an export, those that plugins add behind all; without
    Back Market's and theirs while it is not connected."""
    surroundings = around(company)
    if surroundings.account is None:
        return tuple(column for column in every(surroundings.known) if column.subject != "listing")
    return (*every(surroundings.known), *plugin_columns(company).values())
