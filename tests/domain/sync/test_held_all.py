"""Everything that is held, decided by a Queued Job: exactly what was held when it was asked for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from listwright.changes.models import Change
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict
from listwright.companies.models import User
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job, JobRow
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.sync.breaker.step import judge
from listwright.sync.decisions.breaker import SETTLE
from listwright.sync.models import AccountState
from listwright.sync.operations import asked, held_all
from listwright.sync.operations.held import Decided
from listwright.sync.planner import held
from tests.domain.sync.engine_world import eventually
from tests.domain.sync.planning import (
    NOW,
    World,
    on_a_connection_of_its_own,
    prices,
    quantity,
    raw,
    somebody_waits,
    world,
)

pytestmark = pytest.mark.django_db(transaction=True)

SETTLED = NOW + timedelta(seconds=SETTLE)


@pytest.fixture
def shop() -> World:
    return world(breaker_zeros_least=3)


@pytest.fixture
def phones(shop: World) -> list[Listing]:
    """All would go to zero, and the first one's prices fall by half."""
    made = [shop.listing(f"P{number}") for number in range(3)]
    shop.change(made[0], site_price=Decimal("50.00"))
    shop.set(default_safety_quantity=9)
    shop.plan()
    judge(account_id=shop.account.id, now=NOW)
    assert len(held(shop.account.id)) == 5
    return made


def ask(shop: World, approve: bool = True, first_send: bool = False, origin: Origin | None = None) -> Job:
    job = held_all.decide_all(
        company=shop.company, approve=approve, first_send=first_send, origin=origin or Origin.system("test"),
        now=SETTLED, at_once=0,
    )  # fmt: skip
    assert isinstance(job, Job)
    return job


def work(job: Job) -> Job:
    held_all.decide_now(job_id=job.pk, now=SETTLED)
    job.refresh_from_db()
    return job


def listed(job: Job, shop: World) -> Job:
    """Taken up by a process that died once it had written down what is held."""
    with transaction.atomic():
        jobs.start(job_id=job.pk, now=SETTLED)
        held_all._list(job, shop.account, SETTLED)
    return job


def rows(job: Job) -> dict[str, tuple[str, str]]:
    return {row.sku: (row.state, row.message) for row in JobRow.objects.filter(job=job)}


def holds() -> list[str]:
    return [*ListingState.objects.order_by("listing").values_list("hold", flat=True)]


def test_few_values_are_decided_at_once(shop: World, phones: list[Listing]) -> None:
    done = held_all.decide_all(
        company=shop.company, approve=True, first_send=False, origin=Origin.system("test"), now=SETTLED
    )
    assert done == Decided(5, ())
    assert not Job.objects.exists()


def test_a_job_approves_everything_and_says_what_it_let_go(shop: World, phones: list[Listing]) -> None:
    ana = User.objects.create(email="ana@example.com")
    job = work(ask(shop, origin=Origin("person", ana.pk, "ana")))
    assert (job.kind, job.status, job.total, job.succeeded) == ("approve_held", "completed", 3, 3)
    told = rows(job)
    assert told["P1"] == ("succeeded", "Quantity 5 → 0")
    assert told["P0"][1].startswith("Quantity 5 → 0; Price in de-de ") and "→ 50.00 EUR" in told["P0"][1]
    shop.plan()
    assert [quantity(phone)[:2] for phone in phones] == [(0, True)] * 3
    assert prices(phones[0])["de-de"] == ("50.00", True)
    entries = Change.objects.filter(operation="approve_held")
    assert {(entry.origin, entry.origin_id) for entry in entries} == {("person", ana.pk)}


def test_a_job_rejects_everything(shop: World, phones: list[Listing]) -> None:
    job = work(ask(shop, approve=False))
    assert (job.kind, job.status, job.succeeded) == ("reject_held", "completed", 3)
    for phone in phones:
        shop.stale(phone.product_id)
    shop.plan()
    assert holds() == ["rejected"] * 3
    assert held(shop.account.id) == []


def test_what_changed_after_its_job_had_listed_it_is_passed_by(shop: World, phones: list[Listing]) -> None:
    job = listed(ask(shop), shop)
    ListingState.objects.filter(listing=phones[1]).update(planned_generation=10**9)
    assert (work(job).status, job.succeeded, job.skipped) == ("partial_success", 2, 1)
    assert rows(job)["P1"] == ("skipped", held_all.PASSED_BY)
    assert holds() == ["passed", "held", "passed"]


def test_a_job_that_was_cancelled_leaves_everything_as_it_is(shop: World, phones: list[Listing]) -> None:
    job = ask(shop)
    asked.cancel(company=shop.company, job_id=job.pk, now=SETTLED)
    assert (work(job).status, holds()) == ("cancelled", ["held"] * 3)


def test_what_is_cancelled_while_it_is_being_decided_is_not_decided(shop: World, phones: list[Listing]) -> None:
    job = listed(ask(shop), shop)
    with ThreadPoolExecutor(1) as pool, raw() as other:
        other.execute("UPDATE jobs_jobrow SET state = 'skipped' WHERE sku = 'P2'")
        done = pool.submit(on_a_connection_of_its_own, lambda: work(job))
        eventually(somebody_waits)
        other.commit()
        done.result(timeout=30)
    assert holds() == ["held"] * 3


def test_what_is_held_when_nothing_is_any_more_ends_the_job(shop: World, phones: list[Listing]) -> None:
    job = ask(shop)
    ListingState.objects.update(hold="")
    ListingMarketState.objects.update(hold="")
    assert (work(job).finished_at, job.total) == (SETTLED, 0)
    assert work(job).finished_at == SETTLED  # a second time does nothing


def test_a_first_send_of_many_listings_is_approved_by_a_job(shop: World) -> None:
    AccountState.objects.update(first_send_approved_at=None)
    phone = shop.listing("A")
    shop.change(phone, site_price=Decimal("50.00"))
    shop.plan()
    about = {"company": shop.company, "origin": Origin.system("test"), "now": SETTLED}
    job = held_all.approve_first_send(**about, at_once=0)
    assert job is not None and AccountState.objects.get().first_send_approved_at is None
    assert work(job).status == "completed"
    shop.plan()
    assert prices(phone)["fr-fr"] == ("50.00", True)
    with pytest.raises(Conflict, match="approved before"):
        held_all.approve_first_send(**about, at_once=0)
