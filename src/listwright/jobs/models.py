"""Queued Jobs: what people see of long work (B7)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class JobStatus(models.TextChoices):
    SUBMITTED = "submitted", "Submitted"
    PROCESSING = "processing", "Processing"
    COMPLETED = "completed", "Completed"
    PARTIAL = "partial_success", "Partial success"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    ON_HOLD = "on_hold", "On hold"


class Job(models.Model):
    """One piece of work a person or program asked for. `total = succeeded + failed + skipped + waiting rows`."""

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=24, help_text="launch, update, offline, download, categories, import, export …")
    status = models.CharField(max_length=16, choices=JobStatus.choices, default=JobStatus.SUBMITTED)
    task = models.CharField(max_length=64, blank=True, help_text="What the queue runs for it, passed `job_id`")
    priority = models.SmallIntegerField(default=1, choices=[(1, "Normal"), (2, "High"), (3, "Critical")])
    created_by = models.ForeignKey("companies.User", on_delete=models.SET_NULL, null=True)
    origin_label = models.CharField(max_length=200, blank=True)
    params = models.JSONField(default=dict)
    message = models.TextField(blank=True)
    total = models.IntegerField(default=0)
    succeeded = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["company", "-id"], name="job_newest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=JobStatus.values), name="job_status_known"),
            models.CheckConstraint(
                condition=models.Q(total__gte=models.F("succeeded") + models.F("failed") + models.F("skipped")),
                name="job_counts_add_up",
            ),
        ]


class RowState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


class JobRow(models.Model):
    """One product in a job and what became of it. `pending` names the markets (or steps) still to be answered."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows")
    product_id = models.BigIntegerField(null=True)
    sku = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RowState.choices, default=RowState.WAITING)
    pending = ArrayField(models.CharField(max_length=16), default=list)
    code = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    after_line = models.BigIntegerField(
        default=0, help_text="The newest line when it was asked for: later ones answer it"
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    @property
    def still_open(self) -> list[str]:
        """The markets or steps it waits for; none once it has ended."""
        return [] if self.finished_at else self.pending

    class Meta:
        indexes = [
            models.Index(fields=["job", "state", "id"], name="job_row_by_state"),
            models.Index(
                fields=["job", "state", "code", "id"],
                name="job_row_cause",
                condition=models.Q(state__in=["failed", "skipped"]),
            ),
            models.Index(fields=["product_id"], name="job_row_open", condition=models.Q(state__in=["waiting", "sent"])),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=RowState.values), name="job_row_state_known")
        ]


class WorkerHeartbeat(models.Model):
    """A worker process that is alive while `seen_at` is young; it removes its row when it ends in order."""

    name = models.CharField(max_length=120, primary_key=True, help_text="host:process id")
    role = models.CharField(max_length=8, help_text="plan, push or tasks")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
