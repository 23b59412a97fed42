"""Files of many products in and out."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.http import FileResponse, HttpRequest
from ninja import File, Form, Path, Router
from ninja.files import UploadedFile

from listwright.api.auth import member
from listwright.api.paging import by_id, parse_limit
from listwright.api.parsing import moment
from listwright.api.problems import meant
from listwright.api.schemas import uploads as schema
from listwright.api.schemas.base import Page
from listwright.bulk import operations, queries
from listwright.bulk.export import export as write_export
from listwright.bulk.outcome import Options
from listwright.bulk.readers import Reading
from listwright.bulk.writers import ENDINGS, MEDIA_TYPES, FileFormat, parse_format, spooled
from listwright.catalog.selection import parse_selection
from listwright.common.errors import Invalid
from listwright.common.paging import decode_cursor, encode_cursor

router = Router(tags=["uploads"])
Slug = Path[str]
_FILE: dict[str, Any] = {
    "responses": {
        200: {"description": "A file", "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
    }
}


@router.get("/uploads", response=Page[schema.Upload])
def list_uploads(
    request: HttpRequest, company: Slug, cursor: str | None = None, limit: str | None = None
) -> dict[str, Any]:
    """Uploads, newest first."""
    owner = member(request).company
    return by_id(
        lambda last, size: queries.uploads(owner, before_id=last, limit=size), schema.upload_out, cursor, limit
    )


@router.post("/uploads", response={201: schema.Upload})
def start_upload(
    request: HttpRequest,
    company: Slug,
    file: File[UploadedFile],
    options: Form[schema.UploadOptions],
) -> Any:
    """Upload an XLSX, CSV, TAB or TXT file (multipart; options are fields of the form) and have it checked. Nothing is
    changed before `apply`; poll the upload until its state is `ready`."""
    who = member(request)
    _refuse_unknown(request.POST)
    made = operations.start_upload(
        company=who.company,
        file=cast(BinaryIO, file),
        file_name=file.name or "",
        options=options.options(Options()),
        reading=options.reading(Reading()),
        origin=who.origin,
        now=who.now,
    )
    return schema.upload_out(made)


@router.get("/uploads/{int:upload_id}", response=schema.Upload)
def get_upload(request: HttpRequest, company: Slug, upload_id: int) -> schema.Upload:
    """An upload. `undecided` rows disable a listing while `then` was not said: they are mistakes until it is."""
    owner = member(request).company
    found = queries.upload(owner, upload_id)
    undecided = queries.undecided(owner, upload_id) if found.failed and not found.then else 0
    return schema.upload_out(found, undecided)


@router.patch("/uploads/{int:upload_id}", response=schema.Upload)
def change_upload(request: HttpRequest, company: Slug, upload_id: int, body: schema.UploadOptions) -> schema.Upload:
    """Have it checked anew, meant or read otherwise; what is not given stays."""
    who = member(request)
    found = queries.upload(who.company, upload_id)
    changed = operations.change_options(
        company=who.company,
        upload_id=upload_id,
        options=body.options(operations.options_of(found)),
        reading=body.reading(Reading(**found.reading)),
        now=who.now,
    )
    return schema.upload_out(changed)


@router.delete("/uploads/{int:upload_id}", response={204: None})
def delete_upload(request: HttpRequest, company: Slug, upload_id: int) -> Any:
    """Forget a file and its rows; history keeps what it changed."""
    who = member(request)
    operations.delete_upload(company=who.company, upload_id=upload_id, now=who.now)
    return None


@router.get("/uploads/{int:upload_id}/rows", response=Page[schema.UploadRow])
def list_upload_rows(
    request: HttpRequest,
    company: Slug,
    upload_id: int,
    status: str = "",
    search: str = "",
    cursor: str | None = None,
    limit: str | None = None,
) -> dict[str, Any]:
    """Rows in the file's order with each cell's old and new value, and each mistake. `status`: changed, created,
    unchanged, failed, skipped, or changes, mistakes, emptied, switched_on, switched_off."""
    owner, size, after = member(request).company, parse_limit(limit), _after(cursor)
    found = queries.rows(owner, upload_id, status=status, search=search, after=after, limit=size + 1)
    rows = [
        schema.UploadRow(
            row=row.number,
            sku=row.sku,
            status=row.status,
            message=row.message,
            cells=[schema.UploadCell.model_validate(cell) for cell in row.cells],
            mistakes=[schema.UploadMistake.model_validate(mistake) for mistake in row.mistakes],
        )
        for row in found[:size]
    ]
    return {"results": rows, "next": encode_cursor([rows[-1].row]) if len(found) > size else None}


@router.get("/uploads/{int:upload_id}/log", response=Page[schema.UploadLogRow])
def list_upload_log(
    request: HttpRequest,
    company: Slug,
    upload_id: int,
    search: str = "",
    cursor: str | None = None,
    limit: str | None = None,
) -> dict[str, Any]:
    """What it changed, from history; `limit` counts rows of the file."""
    owner, size = member(request).company, parse_limit(limit)
    found = queries.log(owner, upload_id, search=search, after=_after(cursor), limit=size)
    last = max((line.row for line in found), default=0)
    more = bool(found) and bool(queries.log(owner, upload_id, search=search, after=last, limit=1))
    lines = [
        schema.UploadLogRow(
            row=line.row,
            sku=line.sku,
            at=line.at,
            operation=line.operation,
            cells=[schema.UploadCell.model_validate(cell) for cell in line.cells],
        )
        for line in found
    ]
    return {"results": lines, "next": encode_cursor([last]) if more else None}


@router.get("/uploads/{int:upload_id}/result", openapi_extra=_FILE)
def get_upload_result(request: HttpRequest, company: Slug, upload_id: int) -> FileResponse:
    """The uploaded file with a status and a message behind each row, ready to mend and upload again."""
    owner = member(request).company
    found = queries.upload(owner, upload_id)
    form: FileFormat = "xlsx" if found.file_format == "xlsx" else "tab" if found.separator == "\t" else "csv"
    return _file(lambda stream: queries.write_result(owner, upload_id, stream), form)


@router.post("/uploads/{int:upload_id}/apply", response={202: schema.UploadAnswer})
def apply_upload(request: HttpRequest, company: Slug, upload_id: int, body: schema.Apply | None = None) -> Any:
    """Do what the check showed, as a Queued Job: now, or at a time."""
    who = member(request)
    done = operations.apply_upload(
        company=who.company, upload_id=upload_id, origin=who.origin, now=who.now, at=_time(body.at if body else None)
    )
    return schema.answer(done)


@router.post("/uploads/{int:upload_id}/cancel", response=schema.UploadAnswer)
def cancel_upload(request: HttpRequest, company: Slug, upload_id: int) -> schema.UploadAnswer:
    """Stop it: rows that were applied stay applied, each as a whole."""
    who = member(request)
    return schema.answer(operations.cancel_upload(company=who.company, upload_id=upload_id, now=who.now))


@router.post("/uploads/{int:upload_id}/rollback", response={201: schema.Upload})
def roll_back_upload(request: HttpRequest, company: Slug, upload_id: int, body: schema.Rollback | None = None) -> Any:
    """A new upload that restores, cell by cell, what this one changed; cells changed since are its mistakes. With
    `apply: true` it is applied as soon as it was checked."""
    who = member(request)
    made = operations.roll_back_upload(
        company=who.company,
        upload_id=upload_id,
        origin=who.origin,
        now=who.now,
        apply=schema.flag("apply", body.apply if body else None),
    )
    return schema.upload_out(made)


@router.get("/templates", response=list[schema.Template])
def list_templates(request: HttpRequest, company: Slug) -> list[schema.Template]:
    """Columns kept under a name."""
    return [_template(row) for row in queries.templates(member(request).company)]


@router.post("/templates", response={201: schema.Template})
def save_template(request: HttpRequest, company: Slug, body: schema.NewTemplate) -> Any:
    """Keep columns under a name; one of that name is replaced."""
    who = member(request)
    if not isinstance(body.name, str):
        raise Invalid("template_unnamed", "name: Give the template a name.", {"name": "Give the template a name."})
    made = operations.save_template(
        company=who.company, name=body.name, headers=schema.headers_of(body.columns), origin=who.origin, now=who.now
    )
    return _template(made)


@router.post("/export", openapi_extra=_FILE)
def export(request: HttpRequest, company: Slug, body: schema.Export) -> FileResponse:
    """Products in the columns an upload reads: uploaded unchanged, the file changes nothing."""
    owner = member(request).company
    selection = parse_selection(body.selection(), owner.currency)
    headers, form = schema.headers_of(body.columns), parse_format(body.format, "csv")
    return _file(
        lambda stream: write_export(
            company=owner, selection=selection, stream=stream, file_format=form, headers=headers
        ),
        form,
    )


def _refuse_unknown(form: Iterable[str]) -> None:
    known = schema.UploadOptions.model_fields
    wrong = {name: f"There is no option “{name[:40]}”.{meant(name, known)}" for name in form if name not in known}
    if wrong:
        raise Invalid("unknown_field", " ".join(wrong.values()), wrong)


def _template(row: Any) -> schema.Template:
    return schema.Template(id=row.pk, name=row.name, columns=row.headers, saved_at=row.saved_at)


def _file(write: Callable[[BinaryIO], object], form: FileFormat) -> FileResponse:
    name = f"products.{ENDINGS[form]}"
    return FileResponse(spooled(write), as_attachment=True, filename=name, content_type=MEDIA_TYPES[form])


def _time(value: Any) -> datetime | None:
    found = moment(value)
    if found is None or (isinstance(found, datetime) and found.tzinfo is not None):
        return found
    message = "Give a time with its zone, such as 2026-11-30T18:00:00+01:00."
    raise Invalid("invalid_time", f"at: {message}", {"at": message})


def _after(cursor: str | None) -> int:
    value = decode_cursor(cursor, (int,))[0] if cursor else 0
    return value if isinstance(value, int) else 0
