"""BackBox is read for what can be won, and prices follow within their bounds, share and switches (E2)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from listwright.changes.origin import Origin
from listwright.channels.protocol import Competitor
from listwright.channels.testing import FakeAdapter, FakeChannel
from listwright.common.clock import ManualClock
from listwright.common.errors import AccessDenied
from listwright.companies.models import CompanyPlugin
from listwright.companies.operations import configure_plugin
from listwright.listings.models import (
    Competition,
    CompetitionPoint,
    CompetitionRead,
    Listing,
    ListingMarketState,
    Proposal,
    RepricingChange,
)
from listwright.listings.queries import why
from listwright.plugins.runner import Runner
from listwright.sync.backbox.reprice import reprice
from listwright.sync.backbox.step import BackBoxStep
from listwright.sync.engine.steps import StepContext
from listwright.sync.engine.timing import Timing
from tests.domain.sync.planning import NOW, World, prices, world

pytestmark = pytest.mark.django_db(transaction=True)

ANA = Origin("person", 1, "Ana")


class Shop:
    """A company with repricing on, a channel in memory, and the step."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.channel = FakeChannel()
        self.clock = ManualClock(NOW)
        self.step = BackBoxStep()

    def configure(self, plugin: str = "follow-price-to-win", **changes: Any) -> None:
        given = {"enabled": True, "dry": False} | changes
        configure_plugin(company=self.here.company, plugin=plugin, changes=given, origin=ANA, now=NOW)

    def listing(self, sku: str, to_win: str | None = "95.00", **values: Any) -> Listing:
        given = {"repricing_enabled": True, "min_price": Decimal("80.00"), "ceiling": Decimal("110.00")} | values
        listing = self.here.listing(sku, **given)
        if to_win is not None:
            self.compete(listing, to_win)
        return listing

    def compete(self, listing: Listing, to_win: str, *, winning: bool = False) -> None:
        amount = Decimal(to_win)
        rival = Competitor("fr-fr", "EUR", Decimal(100), None, amount, amount + Decimal("0.01"), winning)
        self.channel.competition[str(listing.back_market_id)] = (rival,)

    def read(self, *, after: timedelta = timedelta()) -> None:
        self.clock.advance(after.total_seconds())
        if self.step.due(self.here.account.pk, self.clock.now()):
            self.step.run(self.context())
        self.here.plan()

    def context(self) -> StepContext:
        account = self.here.account
        return StepContext(
            account_id=account.pk,
            company_id=account.company_id,
            default_market="fr-fr",
            adapter=FakeAdapter(self.channel, lambda exchange: None),
            clock=self.clock,
            timing=Timing(),
            ending=lambda: False,
        )

    def asked(self) -> list[str]:
        return [str(call.detail) for call in self.channel.calls if call.method == "competitors"]


@pytest.fixture
def shop(using: Runner) -> Shop:
    return Shop(world())


def price(listing: Listing) -> tuple[str | None, bool]:
    return prices(listing)["fr-fr"]


def test_the_price_follows_the_price_to_win_and_the_page_says_why(shop: Shop) -> None:
    listing, plain = shop.listing("A-1"), shop.listing("B-2", repricing_enabled=False)
    shop.configure()
    shop.read()
    assert price(listing) == ("95.00", True) and price(plain) == ("100.00", False)
    assert prices(listing)["de-de"] == ("100.00", False)
    assert shop.asked() == [str(listing.back_market_id)]
    steps = why(shop.here.company, "A-1")["prices"]["fr-fr"]["steps"]
    assert [step["source"] for step in steps if step["label"] == "Repricing"] == ["plugin follow-price-to-win"]
    change = RepricingChange.objects.get()
    assert (change.before, change.after, change.dry) == (Decimal("100.00"), Decimal("95.00"), False)
    shown = Competition.objects.get()
    assert (shown.price_to_win, shown.is_winning) == (Decimal("95.00"), False)
    shop.read(after=timedelta(minutes=6))
    assert CompetitionPoint.objects.count() == 1
    shop.compete(listing, "94.00")
    shop.read(after=timedelta(minutes=6))
    assert CompetitionPoint.objects.count() == 2


def test_without_a_plugin_the_price_stays_and_no_price_is_ever_below_min_price(shop: Shop) -> None:
    listing = shop.listing("A-1", to_win="50.00")
    shop.read()
    assert price(listing) == ("100.00", False) and not RepricingChange.objects.exists()
    shop.here.change(listing, site_price=Decimal("60.00"))
    shop.here.plan()
    assert price(listing)[0] == "80.00"


@pytest.mark.parametrize("mode", ["raise", "nan", "negative", "string", "short", "huge"])
def test_a_repricer_that_fails_changes_no_price(shop: Shop, mode: str) -> None:
    listing = shop.listing("A-1")
    shop.configure("wild", settings={"price": "93.00"})
    shop.read()
    assert price(listing)[0] == "93.00"
    CompanyPlugin.objects.update(settings={"mode": mode})
    shop.compete(listing, "85.00")
    shop.read(after=timedelta(minutes=6))
    assert price(listing)[0] == "93.00" and RepricingChange.objects.count() == 1
    assert CompanyPlugin.objects.get().failure


def test_a_dry_run_records_what_it_would_have_done_and_nothing_else(shop: Shop) -> None:
    listing = shop.listing("A-1")
    shop.configure(dry=True)
    shop.read()
    assert price(listing) == ("100.00", False)
    assert RepricingChange.objects.get().dry and RepricingChange.objects.get().after == Decimal("95.00")
    shop.configure(dry=False)
    shop.here.plan()
    assert price(listing) == ("100.00", False)


def test_backpricer_there_keeps_ours_off(shop: Shop) -> None:
    listing = shop.listing("A-1")
    ListingMarketState.objects.filter(listing=listing, market="fr-fr").update(min_price_there=Decimal("85.00"))
    shop.configure()
    shop.read()
    assert price(listing) == ("100.00", False) and not Proposal.objects.exists()
    steps = why(shop.here.company, "A-1")["prices"]["fr-fr"]["steps"]
    assert any("BackPricer" in step["effect"] for step in steps)


def test_it_never_takes_more_lines_than_its_share_nor_falls_into_the_breaker(shop: Shop) -> None:
    first, second = shop.listing("A-1"), shop.listing("B-2")
    shop.here.account.__class__.objects.update(hourly_lines=5)
    shop.configure(share=20)
    shop.read()
    assert RepricingChange.objects.count() == 1
    deep = shop.listing("C-3", to_win="50.00", min_price=Decimal("1.00"))
    shop.here.account.__class__.objects.update(hourly_lines=2000)
    shop.configure("follow-price-to-win", settings={"step": "90"})
    shop.clock.advance(360)
    shop.read()
    assert price(deep)[0] == "100.00"
    assert RepricingChange.objects.count() == 2 and {price(first)[0], price(second)[0]} == {"95.00"}


def test_the_most_promising_are_read_first_and_two_a_second(shop: Shop) -> None:
    lost, winnable = shop.listing("A-1", to_win="60.00"), shop.listing("B-2", to_win="95.00")
    alone = shop.listing("C-3", to_win=None)
    shop.read()
    assert len(shop.asked()) == 3
    promise = dict(CompetitionRead.objects.values_list("listing_id", "promise"))
    assert promise[winnable.pk] > promise[lost.pk] > promise[alone.pk]
    shop.channel.calls.clear()
    shop.read(after=timedelta(minutes=6))
    assert shop.asked() == [str(winnable.back_market_id)]
    shop.channel.calls.clear()
    shop.read(after=timedelta(hours=7))
    assert shop.asked()[0] == str(winnable.back_market_id) and len(shop.asked()) == 3


def test_a_403_pauses_backbox_alone(shop: Shop) -> None:
    shop.listing("A-1")
    shop.configure()
    shop.channel.fail("competitors", AccessDenied("backbox_denied", "No.", status=403))
    shop.read()
    place = shop.here.place
    shop.here.account.refresh_from_db()
    assert place.backbox_paused_until is not None and "403" in place.backbox_message
    assert shop.here.account.paused_at is None and len(shop.asked()) == 1
    shop.read(after=timedelta(minutes=30))
    assert len(shop.asked()) == 1
    shop.read(after=timedelta(minutes=31))
    assert len(shop.asked()) == 2 and RepricingChange.objects.exists()


def test_a_token_that_is_refused_is_the_accounts_matter(shop: Shop) -> None:
    shop.listing("A-1")
    shop.channel.fail("competitors", AccessDenied("unauthorized", "No.", status=401))
    with pytest.raises(AccessDenied):
        shop.step.run(shop.context())
    assert shop.here.place.backbox_paused_until is None


def test_a_price_the_breaker_holds_is_left_alone(shop: Shop) -> None:
    listing = shop.listing("A-1")
    shop.configure()
    ListingMarketState.objects.filter(listing=listing, market="fr-fr").update(hold="held")
    shop.read()
    assert not RepricingChange.objects.exists()


def test_prices_upload_off_changes_nothing(shop: Shop) -> None:
    listing = shop.listing("A-1")
    shop.configure()
    shop.here.set(prices_upload=False)
    assert reprice(account_id=shop.here.account.pk, listing_ids=[listing.pk], now=NOW) == []
