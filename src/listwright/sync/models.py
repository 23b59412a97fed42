"""Submissions, lines, budget, orders, and each account's place in the flow."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class AccountState(models.Model):
    """Where an account stands: who holds its lease (rule 7), the settings wave's cursor (rule 4), its reads."""

    account = models.OneToOneField(
        "companies.Account", on_delete=models.CASCADE, primary_key=True, related_name="sync_state"
    )
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    lease_fence = models.BigIntegerField(default=0)
    planned_settings = models.BigIntegerField(
        default=0, help_text="settings generation planned through for every listing"
    )
    wave_settings = models.BigIntegerField(default=0, help_text="settings generation of the wave under way")
    wave_cursor = models.BigIntegerField(default=0, help_text="last listing id the wave has planned")
    orders_since = models.DateTimeField(null=True, help_text="orders modified before this are all counted")
    orders_read_at = models.DateTimeField(null=True)
    orders_from = models.DateTimeField(
        null=True, help_text="when orders were first read: what was placed and closed before is not ours to count"
    )
    first_send_approved_at = models.DateTimeField(null=True)
    downloaded_at = models.DateTimeField(null=True)
    categories_at = models.DateTimeField(null=True)
    wait_until = models.DateTimeField(null=True, help_text="told or learned to wait (429, edge)")
    wait_reason = models.CharField(max_length=200, blank=True)
    limited_at = ArrayField(models.DateTimeField(), null=True, help_text="the latest 429s for too many requests")
    lines_refused_at = models.DateTimeField(null=True, help_text="Back Market said that the hour's lines are spent")
    lines_taken = models.IntegerField(null=True, help_text="lines we had sent in the hour before that")
    broken_answers = models.IntegerField(default=0, help_text="answers in a row nobody could read")
    backbox_paused_until = models.DateTimeField(null=True, help_text="BackBox alone was refused (403): not asked until")
    backbox_message = models.TextField(blank=True, default="", db_default="")
    zeros_held_at = models.DateTimeField(null=True, help_text="the breaker last held zeros")
    zeros_message = models.TextField(db_default="", blank=True)
    storms = models.JSONField(
        default=dict, db_default={}, help_text="storms of refusals held: {prices or rises: {at, tried_at, message}}"
    )


class PushProcess(models.Model):
    """A push process that is there: the accounts are shared out among all that are (scale out)."""

    owner = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField(help_text="by the database's clock; renewed with its leases")


class Submission(models.Model):
    """One bulk upload to Back Market: product information only (rule 3)."""

    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, related_name="submissions")
    kind = models.CharField(max_length=8, choices=[("create", "Create"), ("content", "Product information")])
    market = models.CharField(max_length=5)
    state = models.CharField(
        max_length=8,
        choices=[("open", "Open"), ("unknown", "Unknown"), ("done", "Done"), ("failed", "Failed")],
        default="open",
    )
    task_id = models.CharField(max_length=64, blank=True)
    attempted_at = models.DateTimeField()
    next_poll_at = models.DateTimeField(null=True)
    polls = models.IntegerField(default=0)
    request_id = models.CharField(max_length=100, blank=True)
    message = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["account", "next_poll_at"],
                name="submission_open",
                condition=models.Q(state__in=["open", "unknown"]),
            )
        ]


class Line(models.Model):
    """One SKU and market in a submission, bulk or single: written, with its budget, before the call (rule 6)."""

    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    listing = models.ForeignKey("listings.Listing", on_delete=models.CASCADE, related_name="lines")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, null=True, related_name="lines")
    kind = models.CharField(
        max_length=8,
        choices=[("single", "Price and quantity"), ("create", "Create"), ("content", "Product information")],
    )
    market = models.CharField(max_length=5)
    quantity = models.IntegerField(null=True)
    price = models.DecimalField(**MONEY, null=True)
    currency = models.CharField(max_length=3, blank=True)
    quantity_before = models.IntegerField(null=True)
    price_before = models.DecimalField(**MONEY, null=True)
    generation = models.BigIntegerField(default=0)
    forced = models.BooleanField(default=False)
    state = models.CharField(
        max_length=12,
        choices=[
            ("open", "Sent"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("unknown", "Unknown"),
            ("not_applied", "Not applied"),
        ],
        default="open",
    )
    attempted_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    quarantine_until = models.DateTimeField(null=True)
    reads = models.SmallIntegerField(default=0)
    request_id = models.CharField(max_length=100, blank=True)
    code = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        constraints = [
            # Never two requests at once for one listing, whatever they carry.
            models.UniqueConstraint(
                fields=["listing"], condition=models.Q(state="open", kind="single"), name="line_one_open_single"
            ),
            models.UniqueConstraint(
                fields=["listing", "market", "kind"], condition=models.Q(state="open"), name="line_one_open_per_market"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "state", "quarantine_until"],
                name="line_open",
                condition=models.Q(state__in=["open", "unknown"]),
            ),
            models.Index(fields=["account", "attempted_at"], name="line_by_time"),
            models.Index(fields=["account", "resolved_at"], name="line_refused", condition=models.Q(state="rejected")),
            models.Index(fields=["listing"], name="line_unknown", condition=models.Q(state="unknown")),
        ]


class BudgetMinute(models.Model):
    """SKU lines debited to an account in one minute (UTC); the hour's sum is the exact budget (rule 8)."""

    pk = models.CompositePrimaryKey("account_id", "minute")
    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    minute = models.DateTimeField()
    lines = models.IntegerField(default=0)
    zeros = models.IntegerField(db_default=0, help_text="of these, stop-sales")
    falls = models.IntegerField(db_default=0, help_text="of these, falls that are none")


class FigureSample(models.Model):
    """An account's figures at a moment (UTC, every five minutes), for charts over time."""

    pk = models.CompositePrimaryKey("account_id", "at")
    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    at = models.DateTimeField()
    lines = models.IntegerField(help_text="SKU lines of the hour before")
    backlog = models.IntegerField()
    linked = models.IntegerField()
    verified = models.IntegerField()


class OrderLine(models.Model):
    """What stock needs of an order line, an allow-list: nothing of the buyer is ever stored."""

    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, related_name="order_lines")
    order_id = models.CharField(max_length=32)
    line_id = models.CharField(max_length=32)
    sku = models.CharField(max_length=200)
    listing = models.ForeignKey("listings.Listing", on_delete=models.SET_NULL, null=True, related_name="order_lines")
    quantity = models.IntegerField()
    order_state = models.SmallIntegerField()
    line_state = models.SmallIntegerField()
    market = models.CharField(max_length=5, blank=True)
    created_there = models.DateTimeField(null=True)
    modified_there = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    lowered = models.BooleanField(
        default=False, help_text="what we believe stands there takes it into account: lowered once, or read back since"
    )
    explained = models.BooleanField(default=False, help_text="its units have explained once what is gone there")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "line_id"], name="order_line_once")]
        indexes = [
            models.Index(fields=["account", "-id"], name="order_line_newest"),
            models.Index("account", Lower("sku"), models.F("id").desc(), name="order_line_of_sku"),
            models.Index(
                fields=["account", "-id"], name="order_line_unknown", condition=models.Q(listing__isnull=True)
            ),
            models.Index(
                fields=["account"],
                name="order_line_unsettled",
                condition=models.Q(lowered=False, listing__isnull=False),
            ),
        ]


class UnlinkedListing(models.Model):
    """A listing Back Market has and Listwright does not: shown, never written to (B6)."""

    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, related_name="unlinked")
    back_market_id = models.UUIDField()
    back_market_listing_id = models.BigIntegerField(null=True)
    back_market_product_id = models.CharField(max_length=64, blank=True)
    sku = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True)
    grade = models.CharField(max_length=16, blank=True)
    quantity = models.IntegerField(null=True)
    markets = models.JSONField(
        default=dict,
        help_text="{market: {price, currency, comment, warranty, min_price, max_price, publication_state}}",
    )
    reason = models.CharField(max_length=32, default="unmatched", help_text="unmatched or ambiguous")
    ignored_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "back_market_id"], name="unlinked_once")]
        indexes = [models.Index("account", Lower("sku"), name="unlinked_by_sku")]


class Exchange(models.Model):
    """A call to Back Market as recorded: bodies only for errors and a sample, never for orders. Day partitions."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    account_id = models.BigIntegerField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    market = models.CharField(max_length=5, blank=True)
    status = models.SmallIntegerField(null=True)
    error = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    milliseconds = models.IntegerField()
    request_body = models.TextField(blank=True)
    response_body = models.TextField(blank=True)

    class Meta:
        managed = False  # partitioned by day: see migrations/0001_initial.py
        db_table = "sync_exchange"


class DownloadRow(models.Model):
    """One listing in one market as a download under way has read it; merged in one go when all is read, then deleted."""

    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, db_index=False)
    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    market = models.CharField(max_length=5)
    back_market_id = models.UUIDField()
    back_market_listing_id = models.BigIntegerField(null=True)
    back_market_product_id = models.CharField(max_length=64, blank=True)
    sku = models.CharField(max_length=200)
    title = models.TextField(blank=True)
    grade = models.CharField(max_length=16, blank=True)
    quantity = models.IntegerField(null=True)
    price = models.DecimalField(**MONEY, null=True)
    currency = models.CharField(max_length=3, blank=True)
    min_price = models.DecimalField(**MONEY, null=True)
    max_price = models.DecimalField(**MONEY, null=True)
    comment = models.TextField(blank=True)
    warranty_months = models.SmallIntegerField(null=True)
    publication_state = models.SmallIntegerField(null=True)
    seen_at = models.DateTimeField(help_text="when the page was asked for: what was sent later is not judged by it")

    class Meta:
        indexes = [models.Index(fields=["job", "back_market_id", "market"], name="download_row")]
