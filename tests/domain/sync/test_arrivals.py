"""When what waits will have arrived: told from its place in the order of sending."""

from datetime import UTC, datetime, timedelta

import pytest

from listwright.companies.models import Account
from listwright.jobs.models import Job, JobRow
from listwright.listings.models import ListingState
from listwright.sync.decisions.budget import minute_of
from listwright.sync.models import AccountState, BudgetMinute
from listwright.sync.queries import arrivals
from tests.domain.sync.engine_world import Seller, seller

pytestmark = pytest.mark.django_db(transaction=True)


def spent(shop: Seller, lines: int, *, ago: int) -> None:
    at = minute_of(datetime.now(UTC)) - timedelta(minutes=ago)
    BudgetMinute.objects.create(account=shop.account, minute=at, lines=lines)


def told(shop: Seller, sku: str) -> dict[str, float]:
    return dict(arrivals.of_listing(shop.account.company, sku, now=datetime.now(UTC)))


def test_what_is_urgent_arrives_at_once_and_the_rest_as_lines_come_free() -> None:
    shop = seller(hourly_lines=100)
    for number in range(30):
        shop.listing(f"RISE-{number:02}", desired=9, there=5)
    shop.listing("ZERO", desired=0, there=5)
    shop.listing("QUIET", there=5)
    spent(shop, 50, ago=40)  # all but what is kept for stop-sales; comes free in 21 minutes
    assert told(shop, "zero")[""] < 5
    assert 19 * 60 < told(shop, "RISE-00")[""] <= told(shop, "RISE-29")[""] < 23 * 60
    assert told(shop, "QUIET") == told(shop, "NOBODY") == {}


def test_a_quantity_arrives_with_the_first_price_it_rides_on_and_a_zero_alone() -> None:
    shop = seller(hourly_lines=100)
    for number in range(90):
        shop.listing(f"PRICE-{number:02}", price="80.00")
    shop.listing("BOTH", desired=9, there=5, price="80.00")
    shop.listing("STOP", desired=0, there=5, price="80.00")
    both, stop = told(shop, "BOTH"), told(shop, "STOP")
    assert both[""] == both["fr-fr"] > 3000
    assert stop[""] < 5 and stop["fr-fr"] > 3000


def test_waits_and_pauses_are_told() -> None:
    shop = seller()
    listing = shop.listing("A", desired=9, there=5)
    now = datetime.now(UTC)
    AccountState.objects.update(wait_until=now + timedelta(seconds=90))
    assert 80 < told(shop, "A")[""] <= 90
    ListingState.objects.filter(listing=listing).update(retry_at=now + timedelta(seconds=300))
    assert 290 < told(shop, "A")[""] <= 300
    Account.objects.update(paused_at=now)
    assert told(shop, "A") == {}
    Account.objects.update(paused_at=None, hourly_lines=0)
    assert told(shop, "A")[""] == float("inf")


def test_a_job_tells_when_the_last_of_its_lines_arrives() -> None:
    shop = seller(hourly_lines=100)
    first = shop.listing("FIRST", desired=0, there=5)
    for number in range(60):
        shop.listing(f"RISE-{number:02}", desired=9, there=5)
    last = shop.listing("LAST", desired=9, there=5)
    company, now = shop.account.company, datetime.now(UTC)
    job = Job.objects.create(company=company, kind="update", total=2, created_at=now)
    JobRow.objects.create(job=job, product_id=first.product_id, sku="FIRST", created_at=now)
    assert (arrivals.of_job(company, job.pk, now=now) or 99) < 5
    JobRow.objects.create(job=job, product_id=last.product_id, sku="LAST", created_at=now)
    assert (arrivals.of_job(company, job.pk, now=now) or 0) > 3000
    JobRow.objects.update(state="succeeded")
    assert arrivals.of_job(company, job.pk, now=now) is None
