"""What becomes of a line, for each way a request can end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from listwright.catalog.grid import refresh
from listwright.catalog.models import GridRow
from listwright.changes.origin import Origin
from listwright.channels.protocol import Exchange
from listwright.channels.testing import FakeAdapter
from listwright.common.errors import (
    OutcomeUnknown,
    ProtocolBroken,
    RateLimited,
    Rejected,
    RejectedLine,
    Unavailable,
)
from listwright.jobs.models import Job
from listwright.jobs.operations import RowInput, add_rows, count_rows
from listwright.sync.models import AccountState, BudgetMinute, Line
from listwright.sync.models import Exchange as RecordedExchange
from listwright.sync.operations import asked, prepare
from tests.domain.sync.engine_world import engine, eventually, lines, market_state, planner, seller, state

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_due_quantity_is_sent_and_accepted() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5, attempts=2, error_code="old")
    with engine(shop):
        eventually(lambda: state(listing).quantity_accepted == 3)
    [line] = lines(listing)
    now = state(listing)
    assert (line.state, line.quantity, line.price, line.quantity_before) == ("accepted", 3, None, 5)
    assert line.request_id and line.resolved_at is not None
    assert (now.quantity_due, now.attempts, now.error_code) == (False, 0, "")
    assert shop.there(listing) == 3


def test_a_quantity_rides_on_the_line_of_a_due_price() -> None:
    shop = seller()
    listing = shop.listing("A", desired=7, there=5, price="90.00")
    with engine(shop):
        eventually(lambda: market_state(listing).price_accepted == Decimal("90.00"))
    [update] = shop.channel.updates()
    assert (update.quantity, update.price, update.currency, update.market) == (7, Decimal("90.00"), "EUR", "fr-fr")
    assert state(listing).quantity_accepted == 7


def test_a_zero_travels_alone_so_that_a_refused_price_cannot_hold_it_up() -> None:
    shop = seller()
    listing = shop.listing("A", desired=0, there=5, price="90.00")
    with engine(shop):
        eventually(lambda: market_state(listing).price_accepted == Decimal("90.00"))
    first, second = shop.channel.updates()
    assert (first.quantity, first.price) == (0, None)
    assert (second.quantity, second.price) == (None, Decimal("90.00"))
    assert shop.channel.overlaps == []


def test_what_stands_there_already_is_not_sent() -> None:
    shop = seller()
    standing = shop.listing("A", desired=5, there=5)
    other = shop.listing("B", desired=1, there=2)
    with engine(shop):
        eventually(lambda: state(other).quantity_accepted == 1)
        eventually(lambda: not state(standing).quantity_due)
    assert lines(standing) == []


def test_a_forced_line_is_sent_though_it_stands_there() -> None:
    shop = seller()
    listing = shop.listing("A", desired=5, there=5, forced=True)
    with engine(shop):
        eventually(lambda: lines(listing) and lines(listing)[0].state == "accepted")
    assert (state(listing).forced, state(listing).quantity_due) == (False, False)


def test_a_refused_line_waits_for_a_change_and_keeps_back_markets_words() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5, planned_generation=0)
    words = RejectedLine("Quantity is not allowed here", field="quantity")
    shop.channel.fail("update", Rejected("rejected", "Refused", "r-1", 400, lines=(words,)), times=-1)
    with engine(shop):
        eventually(lambda: state(listing).error_code)
        shop.due(shop.listing("B", there=1), 0)
    now = state(listing)
    assert (now.quantity_due, now.rejected_generation, now.error_message) == (False, 0, words.message)
    assert [line.state for line in lines(listing)] == ["rejected"]
    assert now.quantity_accepted == 5


def test_a_price_refused_together_with_a_quantity_lets_the_quantity_go_alone() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5, price="1.00")
    refused = Rejected(
        "rejected", "price is too low", "r-1", 400, lines=(RejectedLine("price is too low", field="price"),)
    )
    shop.channel.fail("update", refused, times=-1, matching=lambda update: update.price is not None)
    with engine(shop):
        eventually(lambda: state(listing).quantity_accepted == 3)
    assert market_state(listing).error_message == "price is too low"
    assert not market_state(listing).price_due
    assert state(listing).error_code == ""


def test_a_line_that_reached_nobody_is_sent_again_and_its_budget_given_back() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5)
    shop.channel.fail("update", Unavailable("no_connection", "No connection"), times=2)
    with engine(shop):
        eventually(lambda: state(listing).quantity_accepted == 3)
    assert [line.state for line in lines(listing)] == ["not_applied", "not_applied", "accepted"]
    assert sum(BudgetMinute.objects.values_list("lines", flat=True)) == 1


def test_a_line_refused_by_a_server_error_keeps_its_budget_debited() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5)
    shop.channel.fail("update", Unavailable("unavailable", "503", status=503))
    with engine(shop):
        eventually(lambda: state(listing).quantity_accepted == 3)
    assert sum(BudgetMinute.objects.values_list("lines", flat=True)) == 2


def test_while_nobody_answers_one_request_at_a_time_tries_again() -> None:
    shop = seller()
    listings = [shop.listing(f"A{n}", desired=0, there=5) for n in range(30)]
    shop.channel.fail("update", Unavailable("no_connection", "No connection"), times=-1)
    with engine(shop):
        eventually(lambda: shop.channel.count("update") >= 10)
        assert shop.channel.count("update") <= 14  # eight at once, then one by one
        shop.channel.heal()
        eventually(lambda: all(shop.there(listing) == 0 for listing in listings))


def test_a_429_makes_everything_wait_and_counts_as_no_attempt() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5)
    shop.channel.fail("update", RateLimited("rate_limited", "Too many requests", wait=1.0))
    started = datetime.now(UTC)
    with engine(shop):
        eventually(lambda: state(listing).quantity_accepted == 3)
    first, second = lines(listing)
    assert (first.state, second.state) == ("not_applied", "accepted")
    assert (second.attempted_at - first.attempted_at).total_seconds() >= 1.0
    assert state(listing).attempts == 0
    wait = AccountState.objects.get().wait_until
    assert wait is not None and wait > started


def test_an_unknown_outcome_that_was_applied_is_read_back_and_believed() -> None:
    shop = seller()
    listing = shop.listing("A", desired=9, there=5)
    shop.channel.fail("update", OutcomeUnknown("timeout", "No answer"), applied=True)
    with engine(shop):
        eventually(lambda: state(listing).quantity_accepted == 9)
    [line] = lines(listing)
    assert (line.state, line.reads) == ("accepted", 2)
    assert shop.channel.count("listing") >= 2
    assert len(shop.channel.updates()) == 1


def test_many_reads_that_fail_in_the_same_moment_are_not_put_off_for_each_other() -> None:
    shop = seller()
    now = datetime.now(UTC)
    for number in range(14):
        Line.objects.create(
            account=shop.account, listing=shop.listing(f"A{number}", there=5), kind="single", market="fr-fr", quantity=5,
            currency="EUR", state="unknown", attempted_at=now, quarantine_until=now,
        )  # fmt: skip
    shop.channel.fail("listing", Rejected("rejected", "Not now"), times=14)
    with engine(shop):
        eventually(lambda: Line.objects.filter(state="accepted").count() == 14)


def test_an_unknown_outcome_that_was_not_applied_leaves_what_stands_there() -> None:
    shop = seller()
    listing = shop.listing("A", desired=9, there=5)
    shop.channel.fail("update", OutcomeUnknown("timeout", "No answer"))
    with engine(shop):
        eventually(lambda: lines(listing) and lines(listing)[0].state == "not_applied")
    now = state(listing)
    assert (now.quantity_accepted, now.quantity_verified) == (5, 5)
    assert "Read back" in lines(listing)[0].message


def test_while_a_rise_is_unknown_a_newer_fall_goes_out_and_a_newer_rise_waits() -> None:
    shop = seller()
    falling = shop.listing("A", desired=9, there=5)
    rising = shop.listing("B", desired=9, there=5)
    shop.channel.fail("update", OutcomeUnknown("timeout", "No answer"), times=2, applied=True)
    with engine(shop, timing=slow_quarantine()):
        eventually(lambda: [line.state for line in lines(falling) + lines(rising)] == ["unknown", "unknown"])
        shop.due(falling, 4)
        shop.due(rising, 12)
        eventually(lambda: state(falling).quantity_accepted == 4)
        assert shop.there(rising) == 9 and state(rising).quantity_due


def test_a_zero_whose_answer_was_lost_is_sent_again_at_once() -> None:
    shop = seller()
    listing = shop.listing("A", desired=0, there=5)
    shop.channel.fail("update", OutcomeUnknown("timeout", "No answer"))
    with engine(shop, timing=slow_quarantine()):
        eventually(lambda: shop.there(listing) == 0, within=20)
        eventually(lambda: state(listing).quantity_accepted == 0)


def test_an_answer_nobody_can_read_is_an_unknown_outcome_and_ten_in_a_row_pause_the_account() -> None:
    shop = seller()
    listings = [shop.listing(f"A{n}", desired=9, there=5) for n in range(12)]
    shop.channel.fail("update", ProtocolBroken("protocol_broken", "Not JSON"), times=-1)
    with engine(shop, timing=slow_quarantine()):
        eventually(lambda: paused(shop) == "answers_not_understood")
    states = {line.state for listing in listings for line in lines(listing)}
    assert states == {"unknown"}


def test_a_defect_in_the_adapter_is_treated_as_perhaps_sent() -> None:
    shop = seller()
    listing = shop.listing("A", desired=9, there=5)
    shop.channel.fail("update", ValueError("surprise"), applied=True)  # type: ignore[arg-type]
    with engine(shop):
        eventually(lambda: state(listing).quantity_accepted == 9)
    assert lines(listing)[0].code == "defect"


def paused(shop) -> str:  # type: ignore[no-untyped-def]
    shop.account.refresh_from_db()
    return str(shop.account.paused_code)


def slow_quarantine():  # type: ignore[no-untyped-def]
    from dataclasses import replace

    from tests.domain.sync.engine_world import QUICK

    return replace(QUICK, quarantine_single=60)


def test_the_rows_of_a_job_are_answered_by_the_lines_it_asked_for() -> None:
    shop = seller()
    good = shop.listing("GOOD", desired=5, there=5, forced=True)
    bad = shop.listing("BAD", desired=5, there=5, forced=True)
    shop.channel.fail(
        "update",
        Rejected("rejected", "Not this one", "r-1", 400),
        times=-1,
        matching=lambda update: update.back_market_id == str(bad.back_market_id),  # type: ignore[attr-defined]
    )
    now = datetime.now(UTC)
    job = Job.objects.create(company_id=shop.account.company_id, kind="update", status="processing", created_at=now)
    rows = [RowInput(one.product_id, one.product.sku, pending=["fr-fr"]) for one in (good, bad)]
    count_rows(job_id=job.pk, states=add_rows(job_id=job.pk, rows=rows, now=now))
    with engine(shop):
        eventually(lambda: Job.objects.get().finished_at is not None)
    done = Job.objects.get()
    assert (done.status, done.succeeded, done.failed) == ("partial_success", 1, 1)
    assert job.rows.get(product_id=bad.product_id).message == "Not this one"


def test_the_rows_of_a_job_are_answered_though_the_clock_of_who_asked_is_ahead() -> None:
    shop = seller()
    listing = shop.listing("A", there=5)
    ahead = datetime.now(UTC) + timedelta(seconds=30)
    origin = Origin.system("test")
    selection = {"skus": ["A"]}
    job = asked.update(company=shop.account.company, selection=selection, origin=origin, now=ahead)
    prepare.update(job_id=job.pk, now=ahead)
    with planner(), engine(shop):
        eventually(lambda: Job.objects.get().finished_at is not None)
    assert Job.objects.get().status == "completed"
    assert [line.forced for line in lines(listing)] == [True]


def test_what_was_accepted_shows_in_the_grid() -> None:
    shop = seller()
    listing = shop.listing("A", desired=3, there=5)
    refresh(product_ids=[listing.product_id])
    with engine(shop):
        eventually(lambda: GridRow.objects.get().quantity_there == 3)


def test_exchanges_are_recorded_in_groups() -> None:
    shop = seller()
    exchange = Exchange(datetime.now(UTC), "POST", "/ws/listings/1", "fr-fr", 200, "", "r-1", 12, "", "a\x00b")
    connect = shop.channel.connect
    shop.channel.connect = lambda to, record: recorded(connect(to, record), exchange)  # type: ignore[method-assign]
    with engine(shop):
        eventually(lambda: shop.channel.connections)
    # The table is not emptied between tests: others may have left theirs.
    ours = RecordedExchange.objects.filter(request_id="r-1")
    assert list(ours.values_list("path", "status", "response_body")) == [("/ws/listings/1", 200, "ab")]


def recorded(adapter: FakeAdapter, exchange: Exchange) -> FakeAdapter:
    adapter.note(exchange)
    return adapter
