"""Tasks of the queue: parse ids, one operation."""

from datetime import timedelta

from django.utils import timezone

from listwright.changes import once
from listwright.changes.operations import drop_exchanges, make_partitions
from listwright.jobs.operations import give_up
from listwright.jobs.queue import task
from listwright.sync.commits import commit
from listwright.sync.operations import held_all, prepare, unanswered, upkeep
from listwright.sync.orders import adopt, speed, unseen

_looked_at = 0


@task("sync.prepare_launch", given_up=give_up)
def prepare_launch(job_id: int) -> None:
    """Rows of a launch."""
    prepare.launch(job_id=job_id, now=timezone.now())


@task("sync.prepare_update", given_up=give_up)
def prepare_update(job_id: int) -> None:
    """Rows of a manual update."""
    prepare.update(job_id=job_id, now=timezone.now())


@task("sync.prepare_disable", given_up=give_up)
def prepare_disable(job_id: int) -> None:
    """Rows of a bulk disable."""
    prepare.disable(job_id=job_id, now=timezone.now())


@task("sync.decide_held", given_up=give_up)
def decide_held(job_id: int) -> None:
    """Approve or reject all that is held."""
    held_all.decide_now(job_id=job_id, now=timezone.now())


@task("sync.start_download", given_up=give_up)
def start_download(job_id: int) -> None:
    """Hand a download of Active Listings to its account's steps."""
    prepare.download(job_id=job_id, now=timezone.now())


@task("sync.download_hourly", cron="* * * * *")
def download_hourly(timestamp: int) -> None:
    """Start the downloads whose hour has come (B6)."""
    upkeep.start_due_downloads(now=timezone.now())


@task("sync.sample_figures", cron="*/5 * * * *")
def sample_figures(timestamp: int) -> None:
    """Note the figures that charts show over time."""
    upkeep.sample_figures(now=timezone.now())


@task("sync.keep_orders", cron="* * * * *")
def keep_orders(timestamp: int) -> None:
    """Offer again what no order has explained in time; reserve what was sold before its product was here."""
    now = timezone.now()
    unseen.let_go(now=now)
    adopt.adopt(now=now)


@task("sync.answer_unanswered", cron="* * * * *")
def answer_unanswered(timestamp: int) -> None:
    """End jobs that wait for what will not be sent, some thousand rows a minute and worker."""
    global _looked_at
    _looked_at = unanswered.answer_unanswered(now=timezone.now(), after=_looked_at)


@task("sync.count_sales", cron="47 * * * *")
def count_sales(timestamp: int) -> None:
    """How fast listings sell, for the order of sending."""
    speed.count_sales(now=timezone.now())


@task("sync.upkeep", cron="17 * * * *")
def keep_up(timestamp: int) -> None:
    """Make partitions ahead of time, drop what is old."""
    now = timezone.now()
    with commit("keep partitions"):
        make_partitions(now=now)
        drop_exchanges(before=upkeep.exchanges_kept_since(now))
    upkeep.forget_old(now=now)
    with commit("forget answers"):
        once.forget(before=now - timedelta(days=1))
