"""Deaths in what runs by the clock: upkeep, categories, removals, plugins, BackBox and the prices it leads to."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from listwright.catalog.models import Product
from listwright.changes import once
from listwright.companies.models import CompanyPlugin
from listwright.listings.models import Category, Listing, ListingMarketState, Proposal, RepricingChange
from listwright.listings.operations import remove_products
from listwright.plugins.types import NewPrice, OfferFacts
from listwright.sync import tasks
from listwright.sync.backbox.reprice import reprice
from listwright.sync.backbox.step import BackBoxStep
from listwright.sync.categories import CategoriesStep
from listwright.sync.models import AccountState, FigureSample, Line
from listwright.sync.operations import upkeep
from listwright.sync.refreshes import PluginRefreshStep
from listwright.sync.removals import RemovalsStep
from tests.chaos.deaths import dies_at, dying, killed_at, settings, sides, state, there
from tests.chaos.life import ORIGIN, UNITS, Shop

pytestmark = pytest.mark.django_db(transaction=True)


def scalar(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return cursor.fetchone()[0]


@dying("commit sample figures", "commit forget what is old", "commit forget answers", "commit keep partitions")
def test_upkeep_is_done_by_whoever_comes_next(shop: Shop) -> None:
    now = shop.clock.now()
    long_ago = now - timedelta(days=100)
    works: dict[str, Callable[[], object]] = {
        "sample figures": lambda: upkeep.sample_figures(now=now),
        "forget what is old": lambda: upkeep.forget_old(now=now),
        "forget answers": lambda: tasks.keep_up(timestamp=0),
        "keep partitions": lambda: tasks.keep_up(timestamp=0),
    }
    old_lines = Line.objects.filter(attempted_at=long_ago)
    for name, work in works.items():
        for place in sides(f"commit {name}"):
            FigureSample.objects.all().delete()
            shop.stock(0, UNITS - 1 if state(shop).quantity_accepted == UNITS else UNITS)
            shop.work()
            Line.objects.filter(account=shop.account, state="accepted").update(attempted_at=long_ago)
            assert old_lines.exists()
            once.claim(key="old", now=long_ago)
            scalar("SELECT listwright_ensure_partition('sync_exchange', 'day', %s)", long_ago)
            killed_at(place, work, clock=shop.clock)
            work()
            if name == "sample figures":
                assert FigureSample.objects.filter(account=shop.account).count() == 1
            else:
                assert not old_lines.exists()
            if name in ("forget answers", "keep partitions"):
                assert scalar("SELECT count(*) FROM changes_answered") == 0
                day = f"sync_exchange_{long_ago:%Y%m%d}"
                assert scalar("SELECT to_regclass(%s)", day) is None
            tasks.keep_up(timestamp=0)
            shop.pass_time(6)
    assert shop.settle() == []


@dying("commit keep categories", "request categories")
def test_the_tree_of_categories_is_kept_whole_by_whoever_fetches_next(shop: Shop) -> None:
    step = CategoriesStep()
    for place in sides("commit keep categories", "request categories"):
        Category.objects.all().delete()
        AccountState.objects.update(categories_at=None)
        dies_at(shop, place, lambda: shop.life.attend(step))
        kept = Category.objects.filter(account=shop.account).count()
        assert (kept > 0) is (place == "after commit keep categories")
        shop.life.attend(step)
        whole = Category.objects.filter(account=shop.account).count()
        assert whole > 0 and kept in (0, whole)
        assert not step.due(shop.account.pk, shop.clock.now())


@dying("commit end removals")
def test_a_product_is_removed_once_its_zero_is_confirmed_though_the_process_dies(shop: Shop) -> None:
    for which, place in enumerate(sides("commit end removals")):
        sku = shop.skus[which]
        given = {"company": shop.account.company, "origin": ORIGIN, "now": shop.clock.now()}
        remove_products(skus=[sku], then="offline", **given)
        shop.life.attend(RemovalsStep())
        assert Product.objects.filter(sku=sku).exists()
        shop.work()
        assert shop.sandbox.listing(sku)["quantity"] == 0
        dies_at(shop, place, lambda: shop.life.attend(RemovalsStep()))
        shop.life.attend(RemovalsStep())
        assert not Product.objects.filter(sku=sku).exists()
    assert [shop.sandbox.listing(sku)["quantity"] for sku in shop.skus] == [0, 0, UNITS]


@dying("commit have plugins asked again")
def test_plugins_are_asked_again_by_whoever_comes_next(shop: Shop) -> None:
    CompanyPlugin.objects.create(company=shop.account.company, plugin="own-rules", hooks=["upload_filter"])
    step = PluginRefreshStep()
    for place in sides("commit have plugins asked again"):
        CompanyPlugin.objects.update(enabled=True, refreshed_at=None)
        generation = generation_of(shop)
        dies_at(shop, place, lambda: shop.life.attend(step))
        assert (generation_of(shop) > generation) is place.startswith("after")
        shop.life.attend(step)
        assert generation_of(shop) == generation + 1
        CompanyPlugin.objects.update(enabled=False)
        shop.plan()
    assert shop.settle() == []


def generation_of(shop: Shop) -> int:
    shop.account.refresh_from_db()
    return int(shop.account.settings_generation)


def repriced(shop: Shop) -> BackBoxStep:
    """One listing is in competition; the step has read it once, and need not wait for its turn any more."""
    Listing.objects.filter(pk=state(shop).pk).update(
        repricing_enabled=True, min_price=Decimal("80.00"), ceiling=Decimal("110.00")
    )
    product = shop.sandbox.listing(shop.skus[0])["product_id"]
    shop.sandbox.control("PUT", f"products/{product}", {"rivals": {"fr-fr": ["95.00"]}})
    step = BackBoxStep()
    shop.life.attend(step)
    return step


def later(shop: Shop) -> None:
    """BackBox is to be read again."""
    shop.pass_time(400)
    shop.next_life()


@dying("commit keep a reading of BackBox", "request competitors", "commit pause BackBox")
def test_backbox_is_read_by_whoever_comes_next(shop: Shop) -> None:
    step = repriced(shop)
    for place in sides("commit keep a reading of BackBox", "request competitors", "commit pause BackBox"):
        if "pause" in place:
            shop.sandbox.arm("rate_limited", count=1, method="GET")
        later(shop)
        assert step.due(shop.account.pk, shop.clock.now())
        dies_at(shop, place, lambda: shop.life.attend(step))
        paused = AccountState.objects.get(account=shop.account).backbox_paused_until is not None
        assert paused is (place == "after commit pause BackBox")
        later(shop)
        shop.life.attend(step)
        assert not step.due(shop.account.pk, shop.clock.now())
        AccountState.objects.update(backbox_paused_until=None)
    assert shop.settle() == []


class Lower:
    """A repricer in the test's own process: each price goes down by one."""

    def ask(self, plugin: str, hook: str, settings: object, offers: Sequence[OfferFacts]) -> list[NewPrice]:
        return [NewPrice(offer.price - 1, "One less.") for offer in offers]


@dying("commit propose prices")
def test_a_price_is_proposed_whole_and_planned_or_not_at_all(shop: Shop) -> None:
    repriced(shop)
    company = shop.account.company
    CompanyPlugin.objects.create(
        company=company, plugin="follow-price-to-win", hooks=["repricing"], enabled=True, dry=False, share=100
    )
    settings(shop, default_safety_quantity=0)
    listing = state(shop).pk

    def propose() -> None:
        reprice(account_id=shop.account.pk, listing_ids=[listing], now=shop.clock.now(), using=Lower())  # type: ignore[arg-type]

    for number, place in enumerate(sides("commit propose prices")):
        dies_at(shop, place, propose)
        proposed = Proposal.objects.filter(listing=listing).count()
        assert proposed == RepricingChange.objects.filter(listing=listing).count() == number
        shop.work()
        price = ListingMarketState.objects.get(listing=listing, market="fr-fr").price_accepted
        assert price == 100 - number
    assert there(shop) == [UNITS] * 3
