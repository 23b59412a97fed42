"""What must be planned again, and what changed."""

from django.db import models


class Stale(models.Model):
    """A product whose listing must be planned again: rule 4, a generation that only goes up.

    `generation` rises with every change; `planned` is the generation the planner read before it read the facts.
    The row is waiting while `planned < generation`.
    """

    product = models.OneToOneField("catalog.Product", on_delete=models.CASCADE, primary_key=True, related_name="stale")
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, db_index=False)
    generation = models.BigIntegerField(default=1)
    planned = models.BigIntegerField(default=0)
    urgency = models.SmallIntegerField(default=5, help_text="lower is planned first; see changes.operations.Urgency")
    since = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                "urgency",
                "company",
                "since",
                name="stale_waiting_of",
                condition=models.Q(planned__lt=models.F("generation")),
            ),
        ]


class Change(models.Model):
    """History: one row per changed record and operation; `cells` is {field: [old, new]}. Monthly partitions."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    company_id = models.BigIntegerField()
    subject = models.CharField(max_length=16, help_text="product, listing, account, company, condition, warehouse …")
    subject_id = models.BigIntegerField()
    operation = models.CharField(max_length=40)
    cells = models.JSONField()
    origin = models.CharField(max_length=12, help_text="person, token, upload, plugin, order, system")
    origin_id = models.BigIntegerField(null=True)
    origin_label = models.CharField(max_length=200, blank=True)

    class Meta:
        managed = False  # partitioned by month: see migrations/0001_initial.py
        db_table = "changes_change"


class Answered(models.Model):
    """A form or request that was answered, by its one-time key: see `changes.once`."""

    key = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(db_index=True)
    answer = models.JSONField()
