"""A job never waits for what nobody will send: it ends, and its row says why."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from listwright.changes.origin import Origin
from listwright.companies.models import AccountMarket
from listwright.jobs.models import Job, JobRow
from listwright.listings import operations as listings
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.sync.models import Line
from listwright.sync.operations import asked, prepare
from listwright.sync.operations.unanswered import answer_unanswered
from tests.domain.sync.planning import LATER, NOW, World, world

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = Origin.system("tests")


def asked_for(shop: World, kind: str) -> Job:
    """An update, or launch, of all there is, prepared."""
    job: Job = getattr(asked, kind)(company=shop.company, selection={"all": True}, origin=ORIGIN, now=NOW)
    getattr(prepare, kind)(job_id=job.pk, now=NOW)
    return job


def waits(job: Job) -> bool:
    return JobRow.objects.get(job=job).state == "waiting"


def unlinked(shop: World, listing: Listing) -> None:
    listings.unlink(company=shop.company, sku="A", then="leave", origin=ORIGIN, now=NOW)


def switched_off(shop: World, listing: Listing) -> None:
    listings.disable(company=shop.company, skus=["A"], then="leave", origin=ORIGIN, now=NOW)


def without_its_markets(shop: World, listing: Listing) -> None:
    AccountMarket.objects.filter(account=shop.account).update(enabled=False)
    shop.set(inventory_upload=False)
    ListingState.objects.update(forced=False)


def held(shop: World, listing: Listing) -> None:
    Listing.objects.update(link_problem="other_product")
    shop.stale(listing.product_id)


def under_way(shop: World, listing: Listing) -> None:
    switched_off(shop, listing)
    Line.objects.create(
        account=shop.account, listing=listing, kind="single", market="fr-fr", state="unknown", attempted_at=NOW
    )


ENDS: dict[str, tuple[str, Callable[[World, Listing], None]]] = {
    "It was unlinked": ("update", unlinked),
    "It was unlinked, said": ("launch", unlinked),
    "Back Market Enabled was switched off": ("update", switched_off),
    "This market was switched off": ("update", without_its_markets),
}


@pytest.mark.parametrize("message", ENDS)
def test_what_will_not_be_sent_is_answered_and_forgotten(message: str) -> None:
    shop = world()
    kind, happens = ENDS[message]
    listing = shop.listing("A")
    job = asked_for(shop, kind)
    happens(shop, listing)
    answer_unanswered(now=LATER)
    assert waits(job), "nobody has planned it yet"
    shop.plan(LATER)
    answer_unanswered(now=NOW + timedelta(seconds=20))
    assert waits(job), "it may be about to be planned"
    answer_unanswered(now=LATER)
    row = JobRow.objects.get(job=job)
    assert (row.state, row.pending) == ("failed", [])
    assert row.message.startswith(message.split(",")[0])
    job.refresh_from_db()
    assert (job.status, job.failed, job.finished_at) == ("failed", 1, LATER)
    assert not ListingState.objects.filter(forced=True).exists()
    assert not ListingMarketState.objects.filter(forced=True).exists()


@pytest.mark.parametrize("happens", [None, held, under_way])
def test_what_may_still_be_sent_is_waited_for(happens: Callable[[World, Listing], None] | None) -> None:
    shop = world()
    listing = shop.listing("A")
    job = asked_for(shop, "update")
    if happens is not None:
        happens(shop, listing)
    shop.plan(LATER)
    answer_unanswered(now=LATER)
    assert waits(job)


def test_a_market_without_a_price_does_not_keep_the_others_from_being_sent() -> None:
    shop = world(markets=("fr-fr", "de-de"))
    listing = shop.listing("A")
    asked_for(shop, "update")
    AccountMarket.objects.filter(market="de-de").update(enabled=False)
    shop.set()
    shop.plan(LATER)
    answer_unanswered(now=LATER)
    row = JobRow.objects.get()
    assert (row.state, row.pending, row.code) == ("sent", ["fr-fr"], "not_to_be_sent")
    states = ListingMarketState.objects.filter(listing=listing)
    assert dict(states.values_list("market", "forced")) == {"fr-fr": True, "de-de": False}


def test_a_long_job_is_looked_through_part_by_part() -> None:
    shop = world()
    for sku in ("A", "B", "C"):
        shop.listing(sku)
    job = asked_for(shop, "update")
    listings.disable(company=shop.company, skus=["A", "B", "C"], then="leave", origin=ORIGIN, now=NOW)
    shop.plan(LATER)
    place = answer_unanswered(now=LATER, at_once=2)
    assert place == JobRow.objects.order_by("id")[1].pk
    assert answer_unanswered(now=LATER, after=place, at_once=2) == 0
    job.refresh_from_db()
    assert (job.status, job.failed) == ("failed", 3)
