"""The circuit breaker on a real database: the planner marks, the step judges, a person decides."""

from datetime import timedelta
from decimal import Decimal

import pytest

from listwright.catalog.models import Product, Stock, Warehouse
from listwright.catalog.operations import update_warehouse
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict
from listwright.jobs.models import Job, JobRow
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.sync.breaker.step import BreakerStep, judge
from listwright.sync.decisions.breaker import SETTLE
from listwright.sync.models import AccountState, Line
from listwright.sync.operations import held as operations
from listwright.sync.operations.held import Pair
from listwright.sync.planner import held
from tests.domain.sync.planning import NOW, World, prices, quantity, world

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = Origin.system("test")
SETTLED = NOW + timedelta(seconds=SETTLE)


@pytest.fixture
def shop() -> World:
    return world(breaker_zeros_least=3)


def hold(listing: Listing) -> str:
    return ListingState.objects.get(listing=listing).hold


def price_hold(listing: Listing, market: str = "fr-fr") -> str:
    return ListingMarketState.objects.get(listing=listing, market=market).hold


def decide(shop: World, approve: bool, pairs: list[Pair] | None = None) -> operations.Decided:
    return operations.decide(company=shop.company, approve=approve, pairs=pairs, origin=ORIGIN, now=SETTLED)


def safety(shop: World, units: int) -> None:
    shop.set(default_safety_quantity=units)
    shop.plan()


def test_a_setting_that_takes_a_fifth_of_the_shop_offline_is_held_and_says_why(shop):
    phones = [shop.listing(f"P{n}") for n in range(3)]
    sold = shop.listing("SOLD")
    shop.change(sold, physical=0)
    safety(shop, 9)
    assert BreakerStep().due(shop.account.id, NOW)
    judge(account_id=shop.account.id, now=NOW)
    shop.plan(SETTLED)
    assert [(quantity(phone)[:2], hold(phone)) for phone in phones] == [((5, False), "held")] * 3
    assert (quantity(sold)[:2], hold(sold)) == ((0, True), "")
    rows = held(shop.account.id)
    assert [(row.sku, row.market, row.standing, row.wanted, row.why) for row in rows] == [
        (f"P{n}", "", 5, 0, "zeros") for n in range(3)
    ]
    assert rows[0].message == "5 are available, and Safety Qty keeps back 9."
    assert AccountState.objects.get().zeros_message.startswith("3 of 4 online listings would go to 0 within 15 minutes")


def test_few_of_them_pass_after_some_seconds(shop):
    few = [shop.listing(f"P{n}") for n in range(2)]
    safety(shop, 9)
    assert [quantity(phone)[:2] for phone in few] == [(5, False)] * 2
    judge(account_id=shop.account.id, now=NOW)
    assert [hold(phone) for phone in few] == ["watched"] * 2
    judge(account_id=shop.account.id, now=SETTLED)
    shop.plan(SETTLED)
    assert [(quantity(phone), hold(phone)) for phone in few] == [((0, True, 0), "passed")] * 2
    assert held(shop.account.id) == []


def test_many_zeros_that_stock_or_orders_explain_are_due_at_once(shop):
    phones = [shop.listing(f"P{n}") for n in range(4)]
    gone = shop.listing("GONE")
    for phone in phones[:2]:
        shop.change(phone, physical=0)
    for phone in phones[2:]:
        shop.change(phone, reserved=5)
    Listing.objects.filter(pk=gone.pk).update(status="taken_offline")
    shop.stale(gone.product_id)
    shop.plan()
    assert [(quantity(phone)[:2], hold(phone)) for phone in [*phones, gone]] == [((0, True), "")] * 5
    assert not BreakerStep().due(shop.account.id, NOW)


def test_while_a_zero_is_held_a_fall_that_stock_explains_is_sent_and_a_real_zero_too(shop):
    phones = [shop.listing(f"P{n}") for n in range(3)]
    safety(shop, 9)
    judge(account_id=shop.account.id, now=NOW)
    shop.change(phones[0], physical=2)
    shop.change(phones[1], physical=0)
    shop.plan()
    assert [(quantity(phone)[:2], hold(phone)) for phone in phones] == [
        ((2, True), "held"),
        ((0, True), ""),
        ((5, False), "held"),
    ]


def test_when_the_cause_is_mended_the_breaker_lets_go(shop):
    phones = [shop.listing(f"P{n}") for n in range(3)]
    safety(shop, 9)
    judge(account_id=shop.account.id, now=NOW)
    safety(shop, 1)
    assert [(quantity(phone)[:2], hold(phone)) for phone in phones] == [((4, True), "")] * 3
    assert held(shop.account.id) == []


def test_a_warehouse_that_is_no_longer_for_sale_explains_no_zero(shop):
    main = Warehouse.objects.create(company=shop.company, name="main", sellable=True)
    spare = Warehouse.objects.create(company=shop.company, name="spare", sellable=True)
    repair = Warehouse.objects.create(company=shop.company, name="repair")
    phones = [shop.listing(f"P{n}") for n in range(3)]
    for phone in phones:
        for place, units in ((main, 5), (spare, 0), (repair, 7)):
            Stock.objects.create(product_id=phone.product_id, warehouse=place, physical=units, as_of=NOW)
    # The database tells how long ago a warehouse was lost.
    now = max(NOW, Warehouse.objects.raw("SELECT 1 AS id, now() AS moment")[0].moment)
    update_warehouse(company=shop.company, name="main", changes={"sellable": False}, origin=ORIGIN, now=now)
    shop.plan()
    assert Product.objects.get(pk=phones[0].product_id).physical == 0
    assert {hold(phone) for phone in phones} == {"watched"}
    judge(account_id=shop.account.id, now=NOW)
    assert {row.message for row in held(shop.account.id)} == {"5 stand in a warehouse that is no longer for sale."}
    update_warehouse(company=shop.company, name="main", changes={"sellable": True}, origin=ORIGIN, now=now)
    shop.plan()
    assert {hold(phone) for phone in phones} == {""}


def test_a_price_that_falls_far_is_held_alone_and_a_newer_harmless_one_lets_go(shop):
    cheap, fair = shop.listing("CHEAP"), shop.listing("FAIR")
    shop.change(cheap, site_price=Decimal("59.00"), physical=4)
    shop.change(fair, site_price=Decimal("61.00"))
    shop.plan()
    assert (prices(cheap)["fr-fr"], price_hold(cheap), quantity(cheap)[:2]) == (("59.00", False), "held", (4, True))
    assert (prices(fair)["fr-fr"], price_hold(fair)) == (("61.00", True), "")
    assert {(row.sku, row.market, row.why, row.message) for row in held(shop.account.id)} == {
        ("CHEAP", market, "price_fall", "Falls by 41 %.") for market in ("fr-fr", "de-de")
    }
    shop.change(cheap, site_price=Decimal("95.00"))
    shop.plan()
    assert (prices(cheap)["fr-fr"], price_hold(cheap)) == (("95.00", True), "")


def test_what_a_person_approves_is_sent_though_uploads_are_off_and_only_that_very_value(shop):
    phone = shop.listing("A")
    shop.change(phone, site_price=Decimal("50.00"))
    shop.plan()
    (german, french) = [Pair(row.sku, row.market, row.generation) for row in held(shop.account.id)]
    shop.set(prices_upload=False)
    late = Pair("A", "fr-fr", french.generation - 1)
    assert decide(shop, True, [german, late, Pair("NOBODY", "", 1)]) == (1, (late, Pair("NOBODY", "", 1)))
    shop.plan()
    assert (prices(phone)["de-de"], price_hold(phone, "de-de")) == (("50.00", True), "passed")
    shop.change(phone, site_price=Decimal("40.00"))
    shop.plan()
    assert (prices(phone)["de-de"], price_hold(phone, "de-de")) == (("40.00", False), "held")


def test_what_a_person_rejects_stays_unsent_until_it_changes(shop):
    phones = [shop.listing(f"P{n}") for n in range(3)]
    shop.change(phones[0], site_price=Decimal("50.00"))
    safety(shop, 9)
    judge(account_id=shop.account.id, now=NOW)
    assert decide(shop, False).done == 5
    for phone in phones:
        shop.stale(phone.product_id)
    shop.plan()
    assert [hold(phone) for phone in phones] == ["rejected"] * 3
    assert (price_hold(phones[0]), held(shop.account.id)) == ("rejected", [])
    safety(shop, 0)
    assert [hold(phone) for phone in phones] == [""] * 3


def test_approving_everything_takes_what_the_breaker_holds_and_is_refused_when_nothing_waits(shop):
    phones = [shop.listing(f"P{n}") for n in range(3)]
    safety(shop, 9)
    judge(account_id=shop.account.id, now=NOW)
    about = {"company": shop.company, "origin": ORIGIN, "now": SETTLED}
    assert operations.approve_all(**about).done == 3
    shop.plan()
    assert [quantity(phone)[:2] for phone in phones] == [(0, True)] * 3
    judge(account_id=shop.account.id, now=SETTLED)
    assert [hold(phone) for phone in phones] == ["passed"] * 3
    with pytest.raises(Conflict):
        operations.approve_all(**about)


def test_what_was_seen_and_approved_as_a_first_send_is_not_held_again(shop):
    AccountState.objects.update(first_send_approved_at=None)
    phone = shop.listing("A")
    shop.change(phone, site_price=Decimal("50.00"))
    shop.plan()
    assert price_hold(phone) == ""
    operations.approve(company=shop.company, origin=ORIGIN, now=NOW)
    shop.plan()
    assert prices(phone)["fr-fr"] == ("50.00", True)


def test_a_job_that_asked_for_what_is_held_is_told_so(shop):
    phone = shop.listing("A")
    job = Job.objects.create(company=shop.company, kind="update", status="processing", total=1, created_at=NOW)
    JobRow.objects.create(
        job=job, product_id=phone.product_id, sku="A", state="sent", pending=["fr-fr"], created_at=NOW
    )
    ListingMarketState.objects.filter(listing=phone, market="fr-fr").update(forced=True)
    shop.change(phone, site_price=Decimal("50.00"))
    shop.plan()
    assert BreakerStep().due(shop.account.id, SETTLED)
    judge(account_id=shop.account.id, now=SETTLED)
    row = JobRow.objects.get()
    assert (row.state, row.code) == ("failed", "held")
    assert not BreakerStep().due(shop.account.id, SETTLED)


def answered(shop: World, listing: Listing, state: str, count: int, at) -> None:  # type: ignore[no-untyped-def]
    Line.objects.bulk_create(
        Line(
            account=shop.account, listing=listing, kind="single", market="fr-fr", price=Decimal("9.00"),
            currency="EUR", state=state, message="Price too low" if state == "rejected" else "", attempted_at=at,
            resolved_at=at,
        )
        for _ in range(count)
    )  # fmt: skip


def test_a_storm_of_refused_prices_holds_the_prices_that_wait_and_tries_a_few_before_it_lets_go(shop):
    phones = [shop.listing(f"P{n}") for n in range(7)]
    for phone in phones:
        shop.change(phone, site_price=Decimal("90.00"), physical=3)
    shop.plan()
    answered(shop, phones[0], "rejected", 25, NOW)
    answered(shop, phones[0], "accepted", 24, NOW)
    assert BreakerStep().due(shop.account.id, NOW)
    judge(account_id=shop.account.id, now=NOW)
    for phone in phones:
        shop.stale(phone.product_id)
    shop.plan()
    assert {(price_hold(phone), prices(phone)["fr-fr"], quantity(phone)[:2]) for phone in phones} == {
        ("storm", ("90.00", False), (3, True))
    }
    (message,) = {storm["message"] for storm in AccountState.objects.get().storms.values()}
    assert message.startswith("Back Market refused 25 of 49 prices within 15 minutes")
    shop.change(phones[6], site_price=Decimal("91.00"))
    shop.plan()
    assert prices(phones[6])["fr-fr"] == ("91.00", True)
    later = NOW + timedelta(minutes=15)
    judge(account_id=shop.account.id, now=later)
    tried = ListingMarketState.objects.filter(hold="storm").count()
    assert 2 * 6 - tried == 5
    answered(shop, phones[0], "accepted", 5, later + timedelta(seconds=1))
    judge(account_id=shop.account.id, now=later + timedelta(seconds=2))
    assert AccountState.objects.get().storms == {}
    shop.plan()
    assert all(prices(phone)["fr-fr"][1] for phone in phones)
