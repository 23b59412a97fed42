"""Deaths of web servers and of who prepares jobs: what people asked for is done once, or not at all and they may ask again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from listwright.catalog.models import Product
from listwright.common.errors import DomainError
from listwright.common.killpoints import watching
from listwright.companies.models import Company
from listwright.jobs import operations as jobs
from listwright.jobs import queue
from listwright.jobs.models import Job
from listwright.listings import operations as listings
from listwright.listings.models import Listing, ListingState
from listwright.sync.models import Line, UnlinkedListing
from listwright.sync.operations import asked, prepare, unanswered, unlinked
from listwright.sync.planner import plan_once
from tests.chaos.deaths import dying, killed_at, sides
from tests.chaos.life import ORIGIN
from tests.domain.sync.engine_world import Seller, seller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Seller:
    shop = seller(orders=True)
    for sku in ("A", "B"):
        shop.listing(sku, there=5)
    return shop


def now() -> datetime:
    return datetime.now(UTC)


def company(shop: Seller) -> Company:
    return shop.account.company


def ask(shop: Seller, *skus: str) -> Job:
    return asked.update(company=company(shop), selection={"skus": list(skus)}, origin=ORIGIN, now=now())


def newest() -> Job:
    return Job.objects.latest("id")


def waiting_tasks() -> list[int]:
    """The jobs whose task waits in the queue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (args->>'job_id')::bigint FROM procrastinate_jobs WHERE status = 'todo' ORDER BY 1")
        return [job_id for (job_id,) in cursor.fetchall()]


def prepared(job: Job) -> Job:
    """As the queue would."""
    work = {"update": prepare.update, "disable": prepare.disable, "download": prepare.download}
    work[job.kind](job_id=job.pk, now=now())
    return Job.objects.get(pk=job.pk)


def failed(shop: Seller) -> Job:
    """A job that ended, one row of which failed."""
    return prepared(ask(shop, "unknown"))


ASKED: dict[str, Callable[[Seller], object]] = {
    "ask for a job": lambda shop: ask(shop, "A"),
    "ask for a download": lambda shop: asked.download(company=company(shop), origin=ORIGIN, now=now()),
    "retry a job": lambda shop: asked.retry(company=company(shop), job_id=newest().pk, origin=ORIGIN, now=now()),
}


@dying(*(f"commit {name}" for name in ASKED))
def test_a_job_that_was_asked_for_is_put_in_the_queue_by_whoever_looks_next(shop: Seller) -> None:
    for name, act in ASKED.items():
        for place in sides(f"commit {name}"):
            failed(shop)
            connection.cursor().execute("DELETE FROM procrastinate_jobs")
            before = set(Job.objects.values_list("id", flat=True))
            killed_at(place, lambda act=act: act(shop))
            made = set(Job.objects.values_list("id", flat=True)) - before
            assert len(made) == place.startswith("after")
            queue.defer_lost(now=now())
            assert waiting_tasks() == []  # a living process would be about to
            for _ in range(2):
                queue.defer_lost(now=now() + timedelta(minutes=2))
            assert waiting_tasks() == sorted(made), place
            Job.objects.filter(finished_at=None).delete()


@dying("commit answer what will not be sent")
def test_a_job_ends_whose_product_was_unlinked_though_who_says_so_dies(shop: Seller) -> None:
    for sku, place in zip(("A", "B"), sides("commit answer what will not be sent"), strict=True):
        job = prepared(ask(shop, sku))
        listings.unlink(company=company(shop), sku=sku, then="leave", origin=ORIGIN, now=now())
        plan_once(now=now())
        later = now() + timedelta(minutes=1)
        killed_at(place, lambda later=later: unanswered.answer_unanswered(now=later))
        assert (Job.objects.get(pk=job.pk).finished_at is not None) is place.startswith("after")
        unanswered.answer_unanswered(now=later)
        ended = Job.objects.get(pk=job.pk)
        assert (ended.status, ended.failed) == ("failed", 1)


@dying("commit ask to cancel a job", "commit cancel a job")
def test_a_job_is_cancelled_whole_or_goes_on_whole(shop: Seller) -> None:
    places = sides("commit ask to cancel a job", "commit cancel a job")
    for place, ended in zip(places, (False, False, False, True), strict=True):
        job = prepared(ask(shop, "A", "B"))
        assert set(ListingState.objects.values_list("forced", flat=True)) == {True}
        killed_at(place, lambda job=job: asked.cancel(company=company(shop), job_id=job.pk, now=now()))
        assert (Job.objects.get(pk=job.pk).status == "cancelled") is ended
        assert set(job.rows.values_list("state", flat=True)) == {"skipped" if ended else "waiting"}
        assert set(ListingState.objects.values_list("forced", flat=True)) == {not ended}
        if not ended:
            asked.cancel(company=company(shop), job_id=job.pk, now=now())


@dying("commit start a job", "commit add a job's rows")
def test_a_job_has_its_rows_once_wherever_its_preparing_process_dies(shop: Seller) -> None:
    for place in sides("commit start a job", "commit add a job's rows"):
        job = ask(shop, "A", "B", "unknown")
        killed_at(place, lambda job=job: prepared(job))
        assert prepared(job).total == 3
        assert sorted(job.rows.values_list("sku", "state")) == [
            ("A", "waiting"),
            ("B", "waiting"),
            ("unknown", "failed"),
        ]


def test_a_job_that_two_prepare_at_once_has_its_rows_once(shop: Seller) -> None:
    job, came = ask(shop, "A", "B"), []

    def watch(place: str) -> None:
        if place == "after commit start a job" and not came:
            came.append(place)
            prepared(job)  # by another, while this one slept and was taken for dead

    with watching(watch):
        prepared(job)
    assert came and Job.objects.get(pk=job.pk).total == 2
    assert sorted(job.rows.values_list("sku", flat=True)) == ["A", "B"]


def test_a_job_that_is_cancelled_while_it_is_prepared_has_no_rows(shop: Seller) -> None:
    job, came = ask(shop, "A", "B"), []

    def watch(place: str) -> None:
        if place == "after commit start a job" and not came:
            came.append(place)
            asked.cancel(company=company(shop), job_id=job.pk, now=now())

    with watching(watch):
        prepared(job)
    assert came and Job.objects.get(pk=job.pk).status == "cancelled"
    assert not job.rows.exists() and not ListingState.objects.filter(forced=True).exists()


def test_a_job_that_is_prepared_while_who_cancels_it_dies_ends_as_cancelled(shop: Seller) -> None:
    job, came = ask(shop, "A", "B"), []

    def watch(place: str) -> None:
        if place == "after commit start a job" and not came:
            came.append(place)
            jobs.ask_cancel(company_id=company(shop).pk, job_id=job.pk, now=now())

    with watching(watch):
        prepared(job)
    assert came and Job.objects.get(pk=job.pk).status == "cancelled"
    assert not job.rows.exists() and not ListingState.objects.filter(forced=True).exists()


def test_a_job_that_ends_while_it_is_cancelled_is_cancelled_all_the_same(shop: Seller) -> None:
    job, came = ask(shop, "A", "B"), []

    def watch(place: str) -> None:
        if place == "after commit ask to cancel a job" and not came:
            came.append(place)
            prepared(job)  # by another, who takes it back

    with watching(watch):
        assert asked.cancel(company=company(shop), job_id=job.pk, now=now()).status == "cancelled"
    assert came and not job.rows.exists()


@dying("commit refuse a job")
def test_a_job_that_is_refused_says_so_in_the_end(shop: Seller) -> None:
    for place in sides("commit refuse a job"):
        job = ask(shop, "A")
        Job.objects.filter(pk=job.pk).update(params={"selection": {"filter": {"nonsense": "x"}}})
        killed_at(place, lambda job=job: prepared(job))
        ended = prepared(job)
        assert (ended.status, ended.total) == ("failed", 0) and ended.message


@dying("commit start a disable")
def test_a_disable_is_done_once_wherever_its_preparing_process_dies(shop: Seller) -> None:
    for place, sku in zip(sides("commit start a disable"), ("A", "B"), strict=True):
        job = asked.disable(company=company(shop), selection={"skus": [sku]}, then="offline", origin=ORIGIN, now=now())
        killed_at(place, lambda job=job: prepared(job))
        assert Listing.objects.get(product__sku=sku).status == "on"
        assert prepared(job).total == 1
        assert Listing.objects.get(product__sku=sku).status == "taken_offline"
        prepared(job)
        assert list(job.rows.values_list("sku", "state")) == [(sku, "waiting")]


def unknown_listing(shop: Seller, sku: str) -> str:
    """A listing that stands there and is none of ours."""
    there = {
        "price": "90.00", "currency": "EUR", "min_price": None, "max_price": None, "comment": "", "warranty_months": 12,
        "publication_state": 2,
    }  # fmt: skip
    row = UnlinkedListing.objects.create(
        account=shop.account, back_market_id=uuid4(), sku=sku, title=f"Phone {sku}", grade="GOOD", quantity=7,
        markets={"fr-fr": there}, seen_at=now(),
    )  # fmt: skip
    return str(row.back_market_id)


UNLINKED: dict[str, Callable[[Seller, str, str], object]] = {
    "link unlinked": lambda shop, known, sku: unlinked.link(
        company=company(shop), back_market_id=known, sku=sku, origin=ORIGIN, now=now()
    ),
    "create unlinked": lambda shop, known, _: unlinked.create(
        company=company(shop), back_market_ids=[known], origin=ORIGIN, now=now()
    ),
    "ignore unlinked": lambda shop, known, _: unlinked.ignore(
        company=company(shop), back_market_ids=[known], ignored=True, now=now()
    ),
}


@dying(*(f"commit {name}" for name in UNLINKED))
def test_a_listing_that_is_nobodys_is_taken_once_or_stays_nobodys(shop: Seller) -> None:
    for name, act in UNLINKED.items():
        for number, place in enumerate(sides(f"commit {name}")):
            sku = f"{name} {number}"
            known = unknown_listing(shop, sku)
            if name == "link unlinked":
                made = shop.listing(sku)
                Listing.objects.filter(pk=made.pk).update(back_market_id=None, linked_at=None, status="never_enabled")
            work = lambda act=act, known=known, sku=sku: act(shop, known, sku)  # noqa: E731
            killed_at(place, work)
            assert (_taken(known) is not None) is place.startswith("after"), place
            try:
                work()  # by the person, who saw no answer
            except DomainError:
                assert place.startswith("after")
            assert _taken(known) == ("ignored" if name == "ignore unlinked" else "linked")
            if name != "ignore unlinked":
                listing = Listing.objects.get(back_market_id=known)
                assert (listing.status, Product.objects.filter(sku=sku).count()) == ("never_enabled", 1)
                assert ListingState.objects.get(pk=listing.pk).quantity_accepted == 7
    assert not Line.objects.exists()


def _taken(back_market_id: str) -> str | None:
    linked = Listing.objects.filter(back_market_id=back_market_id).exists()
    row = UnlinkedListing.objects.filter(back_market_id=back_market_id).first()
    assert (row is None) is linked
    return "linked" if row is None else "ignored" if row.ignored_at else None
