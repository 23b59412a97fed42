"""What runs by the clock: hourly downloads, and forgetting what is old."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q

from listwright.changes.origin import Origin
from listwright.companies.models import Account
from listwright.jobs.models import Job
from listwright.sync.commits import commit
from listwright.sync.models import FigureSample
from listwright.sync.operations import asked
from listwright.sync.queries import overview

EXCHANGES_KEPT = timedelta(days=14)
LINES_KEPT = timedelta(days=90)
BUDGET_KEPT = timedelta(hours=3)
SAMPLES_KEPT = timedelta(days=8)
SAMPLED_EVERY = 300


def start_due_downloads(*, now: datetime) -> None:
    """A download for each connected, unpaused account whose last one is older than the interval."""
    before = now - timedelta(seconds=settings.SYNC["download_interval"])
    due = Account.objects.filter(paused_at__isnull=True).exclude(token_encrypted=b"")
    for account in due.filter(
        Q(sync_state__isnull=True) | Q(sync_state__downloaded_at__isnull=True) | Q(sync_state__downloaded_at__lt=before)
    ).select_related("company"):
        # One that failed is tried again an interval later, not every minute.
        if Job.objects.filter(company=account.company, kind="download", created_at__gt=before).exists():
            continue
        asked.download(company=account.company, origin=Origin.system("hourly download"), now=now)


def sample_figures(*, now: datetime) -> None:
    """Note each connected account's figures at the last five minutes, once, for charts over time."""
    at = datetime.fromtimestamp(int(now.timestamp()) // SAMPLED_EVERY * SAMPLED_EVERY, UTC)
    for account in Account.objects.exclude(token_encrypted=b"").select_related("company"):
        stands, shares = overview.standing(account.company, now=now), overview.shares(account.company, now=now)
        with commit("sample figures"):
            FigureSample.objects.bulk_create(
                [FigureSample(
                    account=account, at=at, lines=stands.spent, backlog=stands.backlog, linked=shares.linked,
                    verified=shares.verified,
                )],
                ignore_conflicts=True,
            )  # fmt: skip


def exchanges_kept_since(now: datetime) -> datetime:
    """Recorded exchanges older than this are dropped, whole days at a time."""
    return now - EXCHANGES_KEPT


def forget_old(*, now: datetime) -> None:
    """Delete budget minutes nobody counts any more, figures no chart shows any more, and lines whose story history tells."""
    with commit("forget what is old"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM sync_figuresample WHERE at < %s", [now - SAMPLES_KEPT])
        cursor.execute("DELETE FROM sync_budgetminute WHERE minute < %s", [now - BUDGET_KEPT])
        cursor.execute(
            "DELETE FROM sync_line WHERE id IN (SELECT id FROM sync_line WHERE attempted_at < %s"
            " AND state NOT IN ('open', 'unknown') AND kind <> 'create' ORDER BY id LIMIT 100000)",
            [now - LINES_KEPT],
        )
