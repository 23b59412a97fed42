"""Active Listings: what stands there is linked, shown or missed, and nothing of it is changed by looking."""

from datetime import timedelta

import pytest

from listwright.changes.models import Stale
from listwright.changes.origin import Origin
from listwright.common.errors import Unavailable
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.sync.download.step import DownloadStep
from listwright.sync.models import Line, UnlinkedListing
from tests.domain.sync.bulk_world import World

pytestmark = pytest.mark.django_db

FIRST = "8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f21"
SECOND = "8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f22"


@pytest.fixture
def world() -> World:
    return World()


def download(world: World, *, step: DownloadStep | None = None) -> Job:
    """A whole download."""
    job = ask(world)
    step = step or DownloadStep()
    for _ in range(30):
        world.clock.advance(1)
        if step.due(world.account_id, world.clock.now()):
            step.run(world.context())
    return Job.objects.get(pk=job.pk)


def ask(world: World) -> Job:
    now = world.clock.advance(1)
    job = jobs.create(
        company_id=world.seller.account.company_id, kind="download", origin=Origin.system("test"), params={}, now=now,
        task="sync.start_download",
    )  # fmt: skip
    jobs.start(job_id=job.pk, now=now)
    return job


def linked(world: World, sku: str, identity: str, *, accepted: int, there: int) -> Listing:
    """A listing that is linked and stands there with another quantity perhaps."""
    now = world.clock.now()
    listing = world.product(sku, back_market_id=identity, linked_at=now - timedelta(hours=1))
    ListingState.objects.filter(pk=listing.pk).update(
        quantity_desired=accepted, quantity_accepted=accepted, accepted_at=now - timedelta(minutes=5)
    )
    world.shelf.list(identity, sku, there)
    return listing


def fresh(listing: Listing) -> Listing:
    return Listing.objects.get(pk=listing.pk)


def state(listing: Listing) -> ListingState:
    return ListingState.objects.get(pk=listing.pk)


def test_what_stands_there_becomes_the_baseline_and_enabled_goes_off(world: World) -> None:
    listing = world.product("A")
    world.shelf.list(FIRST, "a", 7, fr_fr=100, de_de=110)  # type: ignore[arg-type]
    job = download(world)
    assert (job.status, fresh(listing).status != "on", fresh(listing).adopted) == ("completed", True, True)
    assert str(fresh(listing).back_market_id) == FIRST
    now = state(listing)
    assert (now.quantity_accepted, now.quantity_verified, now.quantity_due) == (7, 7, False)
    prices = dict(ListingMarketState.objects.filter(listing=listing).values_list("market", "price_accepted"))
    assert [str(prices[market]) for market in ("fr-fr", "de-de")] == ["100.00", "110.00"]
    assert fresh(listing).price_default is False
    assert world.shelf.updates() == [] and world.shelf.uploads == []


def test_a_listing_without_a_product_is_shown_and_a_persons_choice_stays(world: World) -> None:
    world.shelf.list(FIRST, "NOBODY", 3)
    download(world)
    row = UnlinkedListing.objects.get()
    assert (str(row.back_market_id), row.sku, row.quantity, row.reason) == (FIRST, "NOBODY", 3, "unmatched")
    UnlinkedListing.objects.update(ignored_at=world.clock.now())
    world.shelf.there[FIRST].quantity = 2
    download(world)
    row = UnlinkedListing.objects.get()
    assert (row.quantity, row.ignored_at is not None) == (2, True)
    del world.shelf.there[FIRST]
    download(world)
    assert not UnlinkedListing.objects.exists()


def test_a_second_listing_under_our_sku_is_for_a_person(world: World) -> None:
    listing = linked(world, "A", FIRST, accepted=3, there=3)
    world.shelf.there[FIRST].sku = "RENAMED"
    world.shelf.list(SECOND, "A", 9)
    download(world)
    assert str(fresh(listing).back_market_id) == FIRST
    row = UnlinkedListing.objects.get()
    assert (str(row.back_market_id), row.reason) == (SECOND, "ambiguous")
    assert state(listing).quantity_verified == 3


def test_of_two_listings_whose_skus_differ_in_letter_case_one_is_for_a_person(world: World) -> None:
    listing = world.product("A")
    world.shelf.list(FIRST, "A", 1)
    world.shelf.list(SECOND, "a", 2)
    download(world)
    (row,) = UnlinkedListing.objects.all()
    assert row.reason == "ambiguous"
    assert {str(row.back_market_id), str(fresh(listing).back_market_id)} == {FIRST, SECOND}


def test_a_listing_that_is_gone_is_asked_for_before_that_is_believed(world: World) -> None:
    gone, moved = (linked(world, sku, identity, accepted=3, there=3) for sku, identity in (("A", FIRST), ("B", SECOND)))
    del world.shelf.there[FIRST]
    world.shelf.unlisted = {SECOND}
    download(world)
    assert fresh(gone).missing_there_since is not None
    assert fresh(moved).missing_there_since is None


def test_a_listing_whose_create_is_unanswered_is_not_adopted(world: World) -> None:
    listing = world.product("A")
    Line.objects.create(
        account_id=world.account_id, listing=listing, kind="create", market="fr-fr", quantity=0, currency="EUR",
        state="unknown", attempted_at=world.clock.now(), quarantine_until=world.clock.now() + timedelta(minutes=10),
    )  # fmt: skip
    world.shelf.list(FIRST, "A", 0)
    download(world)
    assert (fresh(listing).back_market_id, fresh(listing).status, fresh(listing).adopted) == (None, "on", False)


def test_more_than_we_believe_is_mended_downward_once_two_reads_agree_and_less_is_only_shown(world: World) -> None:
    more = linked(world, "MORE", FIRST, accepted=3, there=8)
    less = linked(world, "LESS", SECOND, accepted=8, there=3)
    download(world)
    assert state(more).quantity_accepted == 3
    download(world)
    assert (state(more).quantity_accepted, state(more).quantity_verified) == (8, 8)
    assert Stale.objects.filter(product_id=more.product_id).exists()
    assert (state(less).quantity_accepted, state(less).quantity_verified) == (8, 3)
    assert not Stale.objects.filter(product_id=less.product_id).exists()


def test_nothing_is_mended_while_a_line_is_under_way(world: World) -> None:
    listing = linked(world, "A", FIRST, accepted=3, there=8)
    Line.objects.create(
        account_id=world.account_id, listing=listing, kind="single", market="fr-fr", quantity=3, currency="EUR",
        state="unknown", attempted_at=world.clock.now(),
    )  # fmt: skip
    download(world)
    assert state(listing).quantity_accepted == 3


def test_a_download_that_meets_a_fault_goes_on_where_it_was_and_counts_nothing_twice(world: World) -> None:
    listing = world.product("A")
    world.shelf.list(FIRST, "A", 4)
    world.shelf.list(SECOND, "B", 5)
    step = DownloadStep()
    job = ask(world)
    world.shelf.fail("listings", Unavailable("down", "down"), matching=lambda market: market == "de-de")
    with pytest.raises(Unavailable):
        step.run(world.context())
    for _ in range(30):
        world.clock.advance(1)
        if step.due(world.account_id, world.clock.now()):
            step.run(world.context())
    ended = Job.objects.get(pk=job.pk)
    assert (ended.status, ended.total, ended.succeeded) == ("completed", 2, 2)
    assert str(fresh(listing).back_market_id) == FIRST
    assert UnlinkedListing.objects.count() == 1
