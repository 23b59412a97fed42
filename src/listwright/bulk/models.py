"""Uploads: a file of many products, what it would do, and what it did; and templates, the columns of files to come."""

from django.db import models
from django.db.models.functions import Lower


class UploadState(models.TextChoices):
    """`previewing` until every row is judged; `ready` waits for a person; `scheduled` for its time."""

    PREVIEWING = "previewing", "Previewing"
    READY = "ready", "Ready"
    SCHEDULED = "scheduled", "Scheduled"
    APPLYING = "applying", "Applying"
    APPLIED = "applied", "Applied"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class Upload(models.Model):
    """A file and how it is meant, or, with `rollback_of`, the taking back of another upload.

    `rows = changed + unchanged + failed + skipped` once it has been previewed: what would become of each row, and while it
    is applied, what became of it. `done` rows have been judged (previewing) or answered (applying).
    """

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="uploads")
    origin_kind = models.CharField(max_length=12, help_text="person, token or system: who uploaded it")
    origin_id = models.BigIntegerField(null=True)
    origin_label = models.CharField(max_length=200, blank=True)
    rollback_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="rollbacks")
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="uploads")

    file_name = models.CharField(max_length=200)
    file_bytes = models.BigIntegerField(default=0)
    file_format = models.CharField(max_length=8, blank=True, help_text="xlsx or text")
    separator = models.CharField(max_length=1, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    reading = models.JSONField(default=dict, help_text="what a person chose instead of what looking finds")
    columns = models.JSONField(
        default=list,
        help_text="[{header, subject, field}] in the file's order; subject blank: passed over; null: no header",
    )

    create_missing = models.BooleanField(default=False)
    update_existing = models.BooleanField(default=True)
    all_or_nothing = models.BooleanField(default=False)
    ignore_unknown = models.BooleanField(default=False)
    then = models.CharField(max_length=8, blank=True, help_text="of listings it disables: offline or leave (B5)")
    decimal = models.CharField(max_length=8, blank=True, help_text="point or comma, where a person said so")

    state = models.CharField(max_length=12, choices=UploadState.choices, default=UploadState.PREVIEWING)
    message = models.TextField(blank=True)
    rows = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    figures = models.JSONField(default=dict, help_text="the preview's: see bulk.outcome.Figures")

    created_at = models.DateTimeField()
    previewed_at = models.DateTimeField(null=True)
    scheduled_for = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    @property
    def ignored(self) -> list[str]:
        """Headers nobody knows, which were passed over because that was asked for."""
        return [column["header"] for column in self.columns if column and not column["subject"]]

    class Meta:
        indexes = [
            models.Index(fields=["company", "-id"], name="upload_newest"),
            models.Index("scheduled_for", name="upload_due", condition=models.Q(state="scheduled")),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=UploadState.values), name="upload_state_known"),
        ]


class UploadPiece(models.Model):
    """A stretch of the uploaded file's bytes: any worker on any machine can read it."""

    pk = models.CompositePrimaryKey("upload_id", "number")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.IntegerField()
    content = models.BinaryField()


class ExportPiece(models.Model):
    """A stretch of the file that an export wrote: any web server can hand it out."""

    pk = models.CompositePrimaryKey("job_id", "number")
    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, related_name="export_pieces", db_index=False)
    number = models.IntegerField()
    content = models.BinaryField()


class UploadRow(models.Model):
    """One row of the file: what it would change as previewed, then what became of it.

    `product` and `listing` are history's cells, {REST field: [old, new]}; `mistakes` [{column, value, reason}].
    """

    pk = models.CompositePrimaryKey("upload_id", "number")
    # Rows come and go with a chunk, which the database ties to its upload: once, not for each of them.
    upload = models.ForeignKey(
        Upload, on_delete=models.CASCADE, related_name="file_rows", db_index=False, db_constraint=False
    )
    number = models.IntegerField(help_text="as a spreadsheet counts")
    sku = models.CharField(max_length=200, blank=True)
    product_id = models.BigIntegerField(null=True)
    listing_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10, help_text="changed, created, unchanged, failed, skipped")
    version = models.BigIntegerField(default=0, help_text="the product's generation when the row was judged")
    product = models.JSONField(null=True)
    listing = models.JSONField(null=True)
    mistakes = models.JSONField(null=True)
    message = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["upload", "number"],
                name="upload_row_failed",
                condition=models.Q(status__in=["failed", "skipped"]),
            ),
        ]


class UploadChunk(models.Model):
    """A stretch of rows applied in one transaction, which also marks it done: no row is ever applied twice."""

    pk = models.CompositePrimaryKey("upload_id", "first")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    first = models.IntegerField()
    last = models.IntegerField()
    applied_at = models.DateTimeField(null=True)


class Template(models.Model):
    """Columns that a company's people chose for their files, by header, in order; the SKU's stands first by itself."""

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="templates")
    name = models.CharField(max_length=100)
    headers = models.JSONField(default=list)
    origin_label = models.CharField(max_length=200, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("company", Lower("name"), name="template_name_once")]
