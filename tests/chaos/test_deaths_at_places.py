"""Deaths that chance seldom brings: while reading back, judging by the breaker, and deciding about what it holds."""

import pytest

from listwright.companies.models import Account
from listwright.jobs.models import Job
from listwright.listings.models import Listing, ListingState
from listwright.sync.breaker.step import BreakerStep
from listwright.sync.operations import held, held_all
from listwright_sandbox.testing import SandboxHandle
from tests.chaos.deaths import SIDES, dies_at, dying, read_back, settings, sides, state, there
from tests.chaos.life import ORIGIN, UNITS, Shop

pytestmark = pytest.mark.django_db(transaction=True)


def hold_all(shop: Shop) -> None:
    Account.objects.update(breaker_zeros_least=1)
    settings(shop, default_safety_quantity=10 * UNITS)
    shop.life.attend(BreakerStep())
    assert set(ListingState.objects.filter(account=shop.account).values_list("hold", flat=True)) == {"held"}


@dying("commit take reads", "request listings")
def test_reads_are_taken_whole_or_not_at_all(sandbox: SandboxHandle) -> None:
    shop = Shop(sandbox)
    for place in sides("commit take reads", "request listings"):
        sandbox.control("PUT", f"listings/{shop.skus[0]}", {"quantity": UNITS + 5})  # by hand
        dies_at(shop, place, lambda: read_back(shop))
        read_back(shop)
        shop.work()
        assert there(shop)[0] == UNITS
        shop.pass_time(10)
        read_back(shop)  # else the next by hand would look like this one, and ours ignored
    assert shop.settle() == []


@dying("commit miss a listing")
def test_a_listing_that_is_gone_is_missed_by_whoever_reads_next(sandbox: SandboxHandle) -> None:
    for side in SIDES:
        shop = Shop(sandbox)
        sandbox.control("DELETE", f"listings/{shop.skus[0]}")
        dies_at(shop, f"{side} commit miss a listing", lambda shop=shop: read_back(shop))
        read_back(shop)
        assert Listing.objects.get(pk=state(shop).pk).missing_there_since is not None
        shop.stock(0, 3)
        shop.stock(1, 3)
        shop.work()
        assert sandbox.listing(shop.skus[1])["quantity"] == 3
        assert [line for line in sandbox.lines(sku=shop.skus[0]) if line["fields"].get("quantity") == 3] == []


@dying("commit judge by the breaker")
def test_what_looks_wrong_is_held_by_whoever_judges_next_and_nothing_of_it_is_sent(sandbox: SandboxHandle) -> None:
    for side in SIDES:
        shop = Shop(sandbox)
        Account.objects.update(breaker_zeros_least=1)
        settings(shop, default_safety_quantity=10 * UNITS)
        dies_at(shop, f"{side} commit judge by the breaker", lambda shop=shop: shop.life.attend(BreakerStep()))
        shop.life.attend(BreakerStep())
        shop.stock(0, 0)  # this one is true
        shop.work()
        assert (there(shop), state(shop, 1).hold) == ([0, UNITS, UNITS], "held")
        settings(shop, default_safety_quantity=0)
        assert shop.settle() == []


DECISIONS = {
    "decide what is held": lambda shop: held.decide(
        company=shop.account.company, approve=True, pairs=None, origin=ORIGIN, now=shop.clock.now()
    ),
    "approve all that is held": lambda shop: held.approve_all(
        company=shop.account.company, origin=ORIGIN, now=shop.clock.now()
    ),
}


@pytest.mark.parametrize("name", DECISIONS)
@dying(*(f"commit {name}" for name in DECISIONS))
def test_a_decision_counts_once_it_is_committed_and_not_before(sandbox: SandboxHandle, name: str) -> None:
    for side, stands in zip(SIDES, (UNITS, 0), strict=True):
        shop = Shop(sandbox)
        hold_all(shop)
        dies_at(shop, f"{side} commit {name}", lambda shop=shop: DECISIONS[name](shop))
        shop.work()
        assert there(shop) == [stands] * 3
        settings(shop, default_safety_quantity=0)
        assert shop.settle() == []


ASKED = "before commit ask to decide all that is held"
BY_A_JOB = (
    "ask to decide all that is held",
    "start to decide all that is held",
    "decide some of what is held",
    "end a decision",
)


def decide_by_a_job(shop: Shop) -> None:
    job = held_all.decide_all(
        company=shop.account.company, approve=True, first_send=False, origin=ORIGIN, now=shop.clock.now(), at_once=0
    )
    assert isinstance(job, Job)
    held_all.decide_now(job_id=job.pk, now=shop.clock.now())


@dying(*(f"commit {name}" for name in BY_A_JOB))
def test_a_job_that_decides_about_all_is_ended_by_whoever_takes_it_up_next(sandbox: SandboxHandle) -> None:
    for place in sides(*(f"commit {name}" for name in BY_A_JOB)):
        shop = Shop(sandbox)
        hold_all(shop)
        dies_at(shop, place, lambda shop=shop: decide_by_a_job(shop))
        jobs = Job.objects.filter(company=shop.account.company, kind="approve_held")
        assert jobs.exists() is (place != ASKED)
        for job in jobs:
            held_all.decide_now(job_id=job.pk, now=shop.clock.now())
            job.refresh_from_db()
            assert (job.status, job.succeeded, job.skipped) == ("completed", 3, 0)
        shop.work()
        assert there(shop) == [UNITS if place == ASKED else 0] * 3
        settings(shop, default_safety_quantity=0)
        assert shop.settle() == []
