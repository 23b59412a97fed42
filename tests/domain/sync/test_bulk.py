"""Bulk uploads: one listing for each product, believed only when it was read, and nobody else's ever overwritten."""

import pytest

from listwright.channels.protocol import TaskState
from listwright.common.errors import OutcomeUnknown, RateLimited, Rejected, Unavailable
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.listings.models import Listing
from tests.domain.sync.bulk_world import Task, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def fresh(listing: Listing) -> Listing:
    return Listing.objects.get(pk=listing.pk)


def test_a_product_is_created_with_quantity_zero_read_back_and_linked(world: World) -> None:
    listing = world.product("A")
    world.launch(listing)
    world.rounds(2)
    (market, (row,)) = world.shelf.uploads[0]
    assert (market, row.columns["quantity"]) == ("fr-fr", "0")
    assert str(fresh(listing).back_market_id) in world.shelf.there
    assert [line.state for line in world.lines(listing)] == ["accepted"]


def test_a_create_whose_answer_was_lost_is_never_sent_twice(world: World) -> None:
    listing = world.product("A")
    job = world.launch(listing)
    world.shelf.fail("upload", OutcomeUnknown("lost", "The answer was lost."), applied=True)
    world.round()
    assert [line.state for line in world.lines(listing)] == ["unknown"]
    world.rounds(3, each=5)
    assert fresh(listing).back_market_id is None, "nothing is believed before the quarantine has passed"
    world.rounds(8)
    assert world.created() == ["A"]
    assert str(fresh(listing).back_market_id) in world.shelf.there
    assert world.row(job, listing).code == ""


def test_a_lost_create_that_was_not_applied_is_sent_again_once_it_was_looked_for_twice(world: World) -> None:
    listing = world.product("A")
    world.launch(listing)
    world.shelf.fail("upload", OutcomeUnknown("lost", "The answer was lost."))
    world.round()
    looked = world.shelf.count("listing_by_sku")
    world.rounds(10)
    assert world.created() == ["A"]
    assert world.shelf.count("listing_by_sku") >= looked + 2
    assert [line.state for line in world.lines(listing)] == ["not_applied", "accepted"]


def test_a_row_in_neither_map_is_read(world: World) -> None:
    there, lost = world.product("THERE"), world.product("LOST")
    world.shelf.plans = [Task(applies=["THERE"], silent=["THERE", "LOST"])]
    world.launch(there, lost)
    world.rounds(2)
    assert fresh(there).back_market_id is not None
    assert fresh(lost).back_market_id is None
    world.rounds(4)
    assert fresh(lost).back_market_id is not None, "certainly not there, so it was sent again"
    assert sorted(world.created()) == ["LOST", "LOST", "THERE"]


def test_told_success_without_a_listing_of_our_sku_waits_for_a_person(world: World) -> None:
    listing = world.product("A")
    older = world.shelf.list("8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f10", "OLDER", 7)
    world.shelf.plans = [Task(applies=[])]
    job = world.launch(listing)
    world.rounds(8)
    row = world.row(job, listing)
    assert (row.state, row.code) == ("failed", "created_elsewhere")
    assert fresh(listing).link_problem == "created_elsewhere"
    assert world.created() == ["A"]
    assert older.quantity == 7


def test_a_listing_that_stands_there_already_is_never_overwritten(world: World) -> None:
    listing = world.product("A")
    there = world.shelf.list("8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f11", "a", 9)
    job = world.launch(listing)
    world.rounds(3)
    row = world.row(job, listing)
    assert (row.state, row.code) == ("failed", "already_there")
    assert there.back_market_id in row.message
    assert (world.shelf.uploads, there.quantity, fresh(listing).back_market_id) == ([], 9, None)


def test_refused_rows_fail_in_back_markets_words_and_the_others_go_on(world: World) -> None:
    fine, refused = world.product("FINE"), world.product("REFUSED")
    world.shelf.plans = [Task(errors={"REFUSED": "This EAN is none."})]
    job = world.launch(fine, refused)
    world.rounds(3)
    assert (world.row(job, refused).state, world.row(job, refused).message) == ("failed", "This EAN is none.")
    assert fresh(fine).back_market_id is not None


def test_a_file_refused_whole_fails_all_its_rows(world: World) -> None:
    listing = world.product("A")
    job = world.launch(listing)
    world.shelf.fail("upload", Rejected("bad_file", "column sku not found", "r-1", 400))
    world.rounds(2)
    row = world.row(job, listing)
    assert (row.state, row.message) == ("failed", "column sku not found")


@pytest.mark.parametrize("applies", [["A"], []])
def test_a_task_that_never_ends_is_given_up_and_its_creates_are_looked_for(world: World, applies: list[str]) -> None:
    listing = world.product("A")
    world.shelf.plans = [Task(applies=applies, state=TaskState.RUNNING)]
    job = world.launch(listing)
    world.rounds(5)
    assert [line.state for line in world.lines(listing)] == ["open"], "patience is not over"
    world.rounds(10, each=15)
    if applies:
        assert fresh(listing).back_market_id is not None
    else:
        row = world.row(job, listing)
        assert (row.state, row.code) == ("failed", "task_failed")
        assert "never ended" in row.message
    assert world.created() == ["A"]


@pytest.mark.parametrize("error", [Unavailable("down", "down"), RateLimited("slow", "slow", wait=1)])
def test_an_upload_that_was_certainly_not_taken_waits_as_before(world: World, error: Exception) -> None:
    listing = world.product("A")
    job = world.launch(listing)
    world.shelf.fail("upload", error, times=7)  # type: ignore[arg-type]
    for _ in range(7):
        with pytest.raises(type(error)):
            world.round(1)
    assert world.row(job, listing).state in ("waiting", "sent")
    world.rounds(3)
    assert fresh(listing).back_market_id is not None
    assert {line.state for line in world.lines(listing)[:7]} == {"not_applied"}


def test_creates_refused_at_the_door_do_not_count_as_vanished(world: World) -> None:
    listing = world.product("A")
    job = world.launch(listing)
    world.shelf.fail("upload", Unavailable("down", "down"), times=6)
    for _ in range(6):
        with pytest.raises(Unavailable):
            world.round(1)
    world.shelf.fail("upload", OutcomeUnknown("lost", "The answer was lost."))
    world.rounds(12)
    assert world.row(job, listing).state != "failed"
    assert fresh(listing).back_market_id is not None


def test_a_create_that_vanishes_again_and_again_is_given_up(world: World) -> None:
    listing = world.product("A")
    world.shelf.plans = [Task(applies=[], silent=["A"]) for _ in range(9)]
    job = world.launch(listing)
    world.rounds(30)
    assert world.row(job, listing).state == "failed"
    assert len(world.created()) == 5


def test_texts_of_a_linked_listing_say_neither_quantity_nor_price_nor_grade(world: World) -> None:
    listing = world.product("A", back_market_id="8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f12", linked_at=world.clock.now())
    world.shelf.list("8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f12", "A", 7)
    job = world.launch(listing, steps=["content:fr-fr", "content:de-de"])
    world.rounds(3)
    assert [market for market, _ in world.shelf.uploads] == ["de-de", "fr-fr"]
    for _, rows in world.shelf.uploads:
        assert not {"quantity", "price", "grade", "ean"} & {column for row in rows for column in row.columns}
    assert world.row(job, listing).state == "succeeded"


def test_texts_whose_answer_was_lost_are_sent_again(world: World) -> None:
    listing = world.product("A", back_market_id="8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f13", linked_at=world.clock.now())
    world.shelf.list("8a9d5ad5-44a4-4bb7-8b9c-6f4f3d9f8f13", "A", 7)
    job = world.launch(listing, steps=["content:fr-fr"])
    world.shelf.fail("upload", OutcomeUnknown("lost", "The answer was lost."), applied=True)
    world.rounds(9)
    assert world.row(job, listing).state == "succeeded"
    assert len(world.shelf.uploads) == 2


def test_a_cancelled_launch_creates_nothing_more(world: World) -> None:
    listing = world.product("A")
    job = world.launch(listing)
    jobs.request_cancel(company_id=world.seller.account.company_id, job_id=job.pk, now=world.clock.now())
    world.rounds(2)
    assert world.shelf.uploads == []
    assert (world.row(job, listing).state, world.row(job, listing).code) == ("skipped", "cancelled")
    assert Job.objects.get(pk=job.pk).status == "cancelled"


def test_a_product_that_was_disabled_meanwhile_is_not_created(world: World) -> None:
    listing = world.product("A")
    job = world.launch(listing)
    Listing.objects.filter(pk=listing.pk).update(status="left_standing")
    world.rounds(2)
    assert world.shelf.uploads == []
    assert (world.row(job, listing).state, world.row(job, listing).code) == ("skipped", "not_enabled")
