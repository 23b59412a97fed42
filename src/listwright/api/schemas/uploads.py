"""Files of many products: uploads, their rows and log, templates, exports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import WithJsonSchema

from listwright.api.schemas.base import Flag, In, Moment, Out, Text, Then
from listwright.api.schemas.jobs import All, Filter, Job, Skus, job_out
from listwright.bulk.outcome import Options
from listwright.bulk.readers import Reading, parse_reading
from listwright.bulk.writers import ENDINGS
from listwright.common.errors import Invalid

_FLAGS = ("create_missing", "update_existing", "all_or_nothing", "ignore_unknown")
_READING = ("separator", "encoding", "quote", "sheet")
_YES, _NO = (True, "true", "True", "1", "yes"), (False, None, "", "false", "False", "0", "no")

Decimals = Annotated[Any, WithJsonSchema({"type": ["string", "null"], "enum": ["point", "comma", None]})]
Separator = Annotated[
    Any,
    WithJsonSchema(
        {"type": ["string", "null"], "examples": ["semicolon"], "description": "comma, semicolon, tab, vertical"}
    ),
]
Columns = Annotated[
    Any, WithJsonSchema({"type": ["array", "null"], "items": {"type": "string"}, "examples": [["EAN"]]})
]
FileForm = Annotated[Any, WithJsonSchema({"type": "string", "enum": list(ENDINGS)})]


class UploadOptions(In):
    """How a file is meant (`decimal`, `then` …) and read (`separator`, `encoding`, `quote`, `sheet`; null: found by
    looking)."""

    create_missing: Flag = None
    update_existing: Flag = None
    all_or_nothing: Flag = None
    ignore_unknown: Flag = None
    then: Then = None
    decimal: Decimals = None
    separator: Separator = None
    encoding: Text = None
    quote: Text = None
    sheet: Text = None

    def options(self, before: Options) -> Options:
        """The options as they were, with those given in their place. Raises Invalid."""
        given = self.given()
        changed: dict[str, Any] = {name: _flag(name, given[name]) for name in _FLAGS if name in given}
        for name, words in (("then", ("offline", "leave")), ("decimal", ("point", "comma"))):
            if name in given:
                changed[name] = _word(name, given[name], words)
        return Options(**{name: changed.get(name, getattr(before, name)) for name in (*_FLAGS, "then", "decimal")})

    def reading(self, before: Reading) -> Reading:
        """How it is read, with what was given in its place. Raises Invalid."""
        given = self.given()
        texts = {name: given[name] for name in _READING if name in given}
        for name, value in texts.items():
            if value is not None and not isinstance(value, str):
                raise _wrong(name, "Give a text.")
        chosen = parse_reading(texts)
        return Reading(**{name: getattr(chosen if name in texts else before, name) for name in _READING})


class Apply(In):
    """When; now without `at`."""

    at: Moment = None


class Rollback(In):
    """Whether it goes on by itself once it was checked."""

    apply: Flag = None


class UploadFigures(Out):
    """What the check found: cells by field, cells that become blank, listings switched, lines and hours of budget."""

    fields: dict[str, int] = {}
    emptied: int = 0
    switched_on: int = 0
    switched_off: int = 0
    going_online: int = 0
    going_offline: int = 0
    lines: int = 0
    held: int = 0
    hours: float = 0
    about: bool = False


class Upload(Out):
    """A file: rows = changed + unchanged + failed + skipped, of what would happen until it is applied, then of what did.

    `state`: previewing, ready, scheduled, applying, applied, failed, cancelled.
    """

    id: int
    state: str
    message: str
    file_name: str
    file_bytes: int
    file_format: str
    separator: str
    encoding: str
    sheet: str
    columns: list[str]
    ignored_columns: list[str]
    create_missing: bool
    update_existing: bool
    all_or_nothing: bool
    ignore_unknown: bool
    then: str | None
    decimal: str | None
    rows: int
    done: int
    changed: int
    created: int
    unchanged: int
    failed: int
    skipped: int
    figures: UploadFigures
    undecided: int
    rollback_of: int | None
    uploaded_by: str
    created_at: datetime
    scheduled_for: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


class UploadAnswer(Out):
    """The upload, and the job that applies it."""

    upload: Upload
    job: Job | None


class UploadCell(Out):
    """A changed cell; `column` is the file's header, "" for what follows from others."""

    column: str
    subject: str
    field: str
    old: Any
    new: Any


class UploadMistake(Out):
    """What is wrong in a row; `column` "" for the row as a whole."""

    column: str
    value: str
    reason: str


class UploadRow(Out):
    """A row of the file: what it would do, or did."""

    row: int
    sku: str
    status: str
    message: str
    cells: list[UploadCell]
    mistakes: list[UploadMistake]


class UploadLogRow(Out):
    """A changed record, as history has it."""

    row: int
    sku: str
    at: datetime
    operation: str
    cells: list[UploadCell]


class Template(Out):
    """Columns kept under a name."""

    id: int
    name: str
    columns: list[str]
    saved_at: datetime


class NewTemplate(In):
    """A name, and headers; one of that name is replaced."""

    name: Text = None
    columns: Columns = None


class Export(In):
    """Which products (exactly one of `skus`, `filter`, `all: true`), in which columns (the usual ones without any)."""

    skus: Skus = None
    filter: Filter = None
    all: All = None
    columns: Columns = None
    format: FileForm = "csv"

    def selection(self) -> dict[str, Any]:
        """As the domain reads it."""
        return {name: value for name, value in self.given().items() if name in ("skus", "filter", "all")}


def upload_out(upload: Any, undecided: int = 0) -> Upload:
    """An upload as REST shows it."""
    figures = {
        name: upload.figures[name] for name in UploadFigures.model_fields if upload.figures.get(name) is not None
    }
    columns = [column for column in upload.columns if column]
    taken = {name: getattr(upload, name) for name in Upload.model_fields if hasattr(upload, name)}
    return Upload(
        **taken
        | {
            "figures": UploadFigures(**figures),
            "columns": [column["header"] for column in columns if column["subject"]],
            "ignored_columns": [column["header"] for column in columns if not column["subject"]],
            "then": upload.then or None,
            "decimal": upload.decimal or None,
            "undecided": undecided,
            "rollback_of": upload.rollback_of_id,
            "uploaded_by": upload.origin_label,
        }
    )


def answer(upload: Any) -> UploadAnswer:
    """An upload with its job."""
    return UploadAnswer(upload=upload_out(upload), job=None if upload.job is None else job_out(upload.job))


def headers_of(value: Any) -> list[str]:
    """Headers as they were sent. Raises Invalid."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(header, str) for header in value):
        raise _wrong("columns", 'Give a list of headers, such as ["EAN", "BackmarketPrice"].')
    return value


def _flag(name: str, value: Any) -> bool:
    for words, meant in ((_YES, True), (_NO, False)):
        if any(value is word or (isinstance(word, str) and value == word) for word in words):
            return meant
    raise _wrong(name, "Give true or false.")


def flag(name: str, value: Any) -> bool:
    """A yes or no. Raises Invalid."""
    return _flag(name, value)


def _word(name: str, value: Any, words: tuple[str, ...]) -> Any:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or value not in words:
        raise _wrong(name, f"Choose {' or '.join(words)}.")
    return value


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(f"{field}_invalid", f"{field}: {sentence}", {field: sentence})
