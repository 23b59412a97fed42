"""What one job takes back, another asked for in the same moment still has; a job is cancelled while it is prepared."""

import time
from datetime import UTC, datetime

import pytest

from listwright.changes.origin import Origin
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.jobs.operations import RowInput
from listwright.listings.models import Listing, ListingState
from listwright.sync.operations import asked, forcing, prepare
from tests.domain.sync.engine_world import eventually
from tests.domain.sync.planning import in_thread, raw, world

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def update_job(listing: Listing, *, rows: bool) -> Job:
    """An update under way, with its row or before it."""
    job = jobs.create(
        company_id=listing.account.company_id, kind="update", origin=Origin.system("test"),
        params={"selection": {"all": True}}, now=NOW, task="sync.prepare_update",
    )  # fmt: skip
    jobs.start(job_id=job.pk, now=NOW)
    if rows:
        row = RowInput(listing.product_id, listing.effective_merchant_sku, pending=["fr-fr"])
        jobs.count_rows(job_id=job.pk, states=jobs.add_rows(job_id=job.pk, rows=[row], now=NOW))
    return job


def test_a_cancelled_job_takes_nothing_from_one_that_asks_for_the_same_just_now() -> None:
    listing = world().listing("A")
    cancelled, other = update_job(listing, rows=True), update_job(listing, rows=False)
    ListingState.objects.update(forced=True)
    with raw() as asking:
        asking.execute("UPDATE listings_listingstate SET forced = true")
        asking.execute(
            "INSERT INTO jobs_jobrow SELECT (jsonb_populate_record(row, jsonb_build_object('id', row.id + 1000,"
            " 'job_id', %s::bigint))).* FROM jobs_jobrow AS row WHERE row.job_id = %s",
            [other.pk, cancelled.pk],
        )
        thread = in_thread(
            lambda: forcing.withdraw(company_id=listing.account.company_id, job_id=cancelled.pk, now=NOW)
        )
        time.sleep(0.5)
        assert thread.is_alive()
        asking.commit()
        thread.join(10)
    assert ListingState.objects.get().forced
    forcing.withdraw(company_id=listing.account.company_id, job_id=other.pk, now=NOW)
    assert ListingState.objects.get().forced, "the cancelled job's row waits still here"


def test_a_job_is_cancelled_at_once_though_its_rows_are_still_being_added() -> None:
    listing = world().listing("A")
    company = listing.account.company
    job = asked.update(company=company, selection={"all": True}, origin=Origin.system("test"), now=NOW)
    with raw() as sending:
        sending.execute("SELECT FROM listings_listingstate FOR NO KEY UPDATE")
        preparing = in_thread(lambda: prepare.update(job_id=job.pk, now=NOW))
        eventually(lambda: Job.objects.get().status == "processing")
        time.sleep(0.5)
        assert preparing.is_alive()
        began = time.monotonic()
        assert asked.cancel(company=company, job_id=job.pk, now=NOW).status == "cancelled"
        assert time.monotonic() - began < 1
        sending.rollback()
        preparing.join(10)
    assert not job.rows.exists()
    assert not ListingState.objects.filter(forced=True).exists()
