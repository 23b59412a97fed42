"""Deaths at commits that chaos meets by luck: waves, refusals, pauses, downloads, first sends, what runs by the clock."""

import contextlib
from collections.abc import Callable
from functools import partial

import pytest

from listwright.catalog.models import Product
from listwright.common.errors import ChannelError
from listwright.companies.models import Account
from listwright.companies.operations import resume_account
from listwright.jobs.models import Job
from listwright.listings.models import Listing, ListingState
from listwright.sync.download.step import DownloadStep
from listwright.sync.models import AccountState, Line
from listwright.sync.operations import asked, held, held_all, prepare
from listwright.sync.orders import adopt, speed, unseen
from listwright_sandbox.testing import SandboxHandle
from tests.chaos.deaths import SIDES, dies_at, dying, settings, state, there
from tests.chaos.life import ORIGIN, UNITS, Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("name", ["begin a wave", "plan a wave"])
@dying("commit begin a wave", "commit plan a wave")
def test_a_wave_is_planned_to_its_end_by_whoever_comes_next(sandbox: SandboxHandle, name: str) -> None:
    for side in SIDES:
        shop = Shop(sandbox)
        dies_at(shop, f"{side} commit {name}", lambda shop=shop: settings(shop, default_safety_quantity=4))
        shop.work()
        assert there(shop) == [UNITS - 4] * 3
        settings(shop, default_safety_quantity=0)
        assert shop.settle() == []


REFUSALS = {"note a wait": ("rate_limited", "POST"), "count broken answers": ("truncated", "GET")}


@pytest.mark.parametrize("name", REFUSALS)
@dying(*(f"commit {name}" for name in REFUSALS))
def test_what_was_refused_or_not_understood_goes_out_all_the_same(sandbox: SandboxHandle, name: str) -> None:
    fault, method = REFUSALS[name]
    for side in SIDES:
        shop = Shop(sandbox)
        shop.pass_time(6)
        sandbox.arm(fault, count=1, method=method)
        shop.stock(0, 3)
        dies_at(shop, f"{side} commit {name}", shop.work)
        assert shop.settle() == []
        assert there(shop)[0] == 3


@dying("commit pause an account")
def test_an_account_that_is_refused_is_paused_by_whoever_meets_it_next(sandbox: SandboxHandle) -> None:
    for side in SIDES:
        shop = Shop(sandbox)
        sandbox.arm("unauthorized")
        shop.stock(0, 3)
        dies_at(shop, f"{side} commit pause an account", shop.work)
        shop.work()
        assert Account.objects.get(pk=shop.account.pk).paused_at is not None
        assert there(shop)[0] == UNITS
        sandbox.clear_faults()
        resume_account(account_id=shop.account.pk, origin=ORIGIN, now=shop.clock.now())
        shop.next_life()
        assert shop.settle() == []


@dying("commit record the last answers")
def test_the_last_answers_that_nobody_recorded_are_found_out_by_reading(sandbox: SandboxHandle) -> None:
    for side, lines in zip(SIDES, (2, 1), strict=True):
        shop = Shop(sandbox)
        shop.stock(0, 3)
        shop.plan()
        known = Line.objects.filter(account=shop.account).count()
        while Line.objects.filter(account=shop.account).count() == known:
            shop.life.pump.round()
        dies_at(shop, f"{side} commit record the last answers", shop.life.pump.drain)
        assert (there(shop)[0], state(shop).quantity_accepted) == (3, 3 if side == "after" else UNITS)
        assert shop.settle() == []
        assert len(sandbox.lines(sku=shop.skus[0])) <= lines


def first_send(shop: Shop) -> None:
    """Nothing was approved yet, and something waits for it."""
    AccountState.objects.filter(account=shop.account).update(first_send_approved_at=None)
    settings(shop, default_safety_quantity=4)
    shop.work()
    assert there(shop) == [UNITS] * 3


@dying("commit approve the first send")
def test_the_first_send_goes_once_its_approval_is_committed(sandbox: SandboxHandle) -> None:
    for side, stands in zip(SIDES, (UNITS, UNITS - 4), strict=True):
        shop = Shop(sandbox)
        first_send(shop)
        company = shop.account.company
        dies_at(
            shop,
            f"{side} commit approve the first send",
            lambda shop=shop, company=company: held.approve(company=company, origin=ORIGIN, now=shop.clock.now()),
        )
        shop.work()
        assert there(shop) == [stands] * 3


@dying("commit pass some of a first send")
def test_a_first_send_is_approved_by_whoever_takes_its_job_up_next(sandbox: SandboxHandle) -> None:
    for side in SIDES:
        shop = Shop(sandbox)
        first_send(shop)
        about = {"company": shop.account.company, "origin": ORIGIN, "now": shop.clock.now()}
        job = held_all.approve_first_send(**about, at_once=0)
        assert job is not None
        work = partial(held_all.decide_now, job_id=job.pk, now=shop.clock.now())
        dies_at(shop, f"{side} commit pass some of a first send", work)
        shop.work()
        assert there(shop) == [UNITS] * 3
        work()
        shop.work()
        assert there(shop) == [UNITS - 4] * 3


@dying("commit reject the first send")
def test_a_first_send_is_rejected_for_all_or_for_none(sandbox: SandboxHandle) -> None:
    for side, status in zip(SIDES, ("on", "left_standing"), strict=True):
        shop = Shop(sandbox)
        first_send(shop)
        asking = {"company": shop.account.company, "skus": shop.skus, "origin": ORIGIN}
        dies_at(
            shop,
            f"{side} commit reject the first send",
            lambda shop=shop, asking=asking: held.reject(**asking, now=shop.clock.now()),
        )
        shop.work()
        assert there(shop) == [UNITS] * 3
        assert set(Listing.objects.filter(account=shop.account).values_list("status", flat=True)) == {status}


def order(shop: Shop) -> None:
    shop.sandbox.order("fr-fr", {"sku": shop.skus[0]}, state=3)
    shop.pass_time(6)
    shop.work()


@dying("commit adopt order lines", "commit count sales", "commit let unseen sales go")
def test_what_runs_by_the_clock_is_done_once_though_it_dies(sandbox: SandboxHandle) -> None:
    for side in SIDES:
        shop = Shop(sandbox)
        Listing.objects.filter(pk=state(shop).pk).update(effective_merchant_sku="another")
        order(shop)
        Listing.objects.filter(pk=state(shop).pk).update(effective_merchant_sku=shop.skus[0])
        works: dict[str, Callable[..., int]] = {
            "adopt order lines": adopt.adopt,
            "count sales": speed.count_sales,
            "let unseen sales go": unseen.let_go,
        }
        ListingState.objects.filter(pk=state(shop, 1).pk).update(unseen=2, unseen_since=shop.clock.now())
        shop.pass_time(7200)
        for name, work in works.items():
            dies_at(shop, f"{side} commit {name}", lambda shop=shop, work=work: work(now=shop.clock.now()))
            work(now=shop.clock.now())
        assert Product.objects.get(sku=shop.skus[0]).reserved == 1
        assert (state(shop).sold_30_days, state(shop, 1).unseen) == (1, 0)
        assert shop.settle() == []


DOWNLOAD = [
    "start a download",
    "begin a download",
    "keep a page",
    "begin a market anew",
    "report a download",
    "merge some listings",
    "end a merge",
    "finish a download",
]


@pytest.mark.parametrize("name", DOWNLOAD)
@dying(*(f"commit {name}" for name in DOWNLOAD))
def test_a_download_is_finished_by_whoever_comes_next(sandbox: SandboxHandle, name: str) -> None:
    for side in SIDES:
        shop = Shop(sandbox)
        job = asked.download(company=shop.account.company, origin=ORIGIN, now=shop.clock.now())

        def download(shop: Shop = shop, job: Job = job) -> None:
            step = DownloadStep()  # a process's own: the next one begins anew
            if Job.objects.get(pk=job.pk).status == "submitted":
                prepare.download(job_id=job.pk, now=shop.clock.now())
            for _ in range(4):
                with contextlib.suppress(ChannelError):  # asked again later, as any step
                    shop.life.attend(step)

        if name == "begin a market anew":
            sandbox.arm("truncated", count=1, method="GET")
        sandbox.control("PUT", f"listings/{shop.skus[0]}", {"quantity": UNITS + 5})  # by hand
        dies_at(shop, f"{side} commit {name}", download)
        download()
        assert Job.objects.get(pk=job.pk).finished_at is not None
        assert shop.settle() == []
