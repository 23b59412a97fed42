"""What plugins decide reaches the plan; and whatever they do, nothing rises and falls go on (E1)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from listwright.catalog.models import Product
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, Invalid, NotFound
from listwright.companies.models import CompanyPlugin
from listwright.companies.operations import configure_plugin, refresh_plugins, update_client_settings
from listwright.listings.models import Listing, ListingState, PluginAnswer
from listwright.listings.queries import properties, why
from listwright.plugins.runner import Runner, share
from listwright.sync.models import AccountState
from listwright.sync.planner import dry_run
from listwright.sync.refreshes import PluginRefreshStep
from tests.domain.sync.planning import LATER, NOW, World, prices, quantity, world

pytestmark = pytest.mark.django_db(transaction=True)

ANA = Origin("person", 1, "Ana")
FAILING = ["raise", "hang", "nan", "negative", "string"]


def configure(here: World, plugin: str, **changes: Any) -> CompanyPlugin:
    return configure_plugin(company=here.company, plugin=plugin, changes=changes, origin=ANA, now=NOW)


def client(**settings: bool) -> None:
    update_client_settings(changes=settings, origin=ANA, now=NOW)


def desired(listing: Listing) -> int | None:
    return quantity(listing)[0]


def let_pass(here: World, listing: Listing) -> None:
    """A filter's zero has no stock behind it: the circuit breaker watches it for some seconds, then lets it pass."""
    here.plan()
    assert ListingState.objects.get(listing=listing).hold == "watched"
    ListingState.objects.filter(listing=listing).update(hold="passed")
    here.stale(listing.product_id)
    here.plan()


@pytest.fixture
def here(using: Runner) -> World:
    client(custom_inventory_calculation=True, filtered_products=True)
    return world()


def test_an_inventory_plugin_decides_where_client_setting_and_company_are_both_on_and_why_says_so(here: World) -> None:
    listing = here.listing("A-1")
    configure(here, "wild", enabled=True, settings={"quantity": 9})
    here.plan()
    assert desired(listing) == 9
    steps = why(here.company, "A-1")["quantity"]["steps"]
    said = [step for step in steps if step["source"] == "plugin wild"]
    assert said and "Counted by hand." in said[0]["effect"]
    assert steps[-1]["value"] == 9
    client(custom_inventory_calculation=False)
    here.plan()
    assert desired(listing) == 5
    client(custom_inventory_calculation=True)
    configure(here, "wild", enabled=False)
    here.plan()
    assert desired(listing) == 5


@pytest.mark.parametrize("mode", FAILING)
def test_while_it_fails_nothing_rises_and_what_is_sold_elsewhere_still_lowers(here: World, mode: str) -> None:
    listing = here.listing("A-1", physical=10)
    configure(here, "wild", enabled=True, settings={"quantity": 9})
    here.plan()
    ListingState.objects.filter(listing=listing).update(quantity_accepted=9, quantity_due=False)
    CompanyPlugin.objects.update(settings={"mode": mode, "quantity": 30})
    here.change(listing, physical=10)
    here.plan()
    assert quantity(listing)[:2] == (9, False)
    here.change(listing, physical=7)  # three sold elsewhere
    here.plan()
    assert quantity(listing)[:2] == (6, True)
    ListingState.objects.filter(listing=listing).update(quantity_accepted=6)
    here.change(listing, physical=50)  # rises wait
    here.plan()
    assert desired(listing) == 6
    here.change(listing, physical=46)
    here.plan()
    assert desired(listing) == 2
    here.change(listing, physical=0)
    here.plan()
    assert desired(listing) == 0
    failing = CompanyPlugin.objects.get()
    assert failing.failed_at is not None and failing.failure
    CompanyPlugin.objects.update(settings={"quantity": 30})
    here.change(listing, physical=44)
    here.plan(LATER)
    assert desired(listing) == 30
    here.stale(listing.product_id)
    here.plan(LATER)
    assert CompanyPlugin.objects.get().failed_at is None


def test_a_plugin_that_never_answered_raises_nothing_and_keeps_new_products_from_being_posted(here: World) -> None:
    listing = here.listing("A-1", accepted=3)
    fresh = here.product("NEW-1")
    configure(here, "wild", enabled=True, settings={"mode": "raise"})
    here.plan()
    assert desired(listing) == 3
    here.change(listing, physical=1)
    here.plan()
    assert desired(listing) == 1
    missing = properties(here.company, fresh.sku).readiness.missing
    (message,) = [item.message for item in missing if item.code == "plugin_failed"]
    assert "the supplier is away" in message


def test_an_answer_from_before_the_plugin_was_switched_off_is_no_last_good_quantity(here: World) -> None:
    listing = here.listing("A-1", accepted=9)
    configure(here, "wild", enabled=True, settings={"quantity": 2})
    here.plan()
    configure(here, "wild", enabled=False)
    configure(here, "wild", enabled=True, settings={"mode": "raise"})
    here.plan()
    assert desired(listing) == 5


def test_a_filter_takes_live_listings_offline_or_leaves_them_as_answered(here: World) -> None:
    listing, other = here.listing("A-1"), here.listing("B-2")
    with pytest.raises(Invalid) as refusal:
        configure(here, "picky", enabled=True, settings={"excluded": ["A-1"]})
    assert "offline or leave" in refusal.value.fields["excluded"]
    configure(here, "picky", enabled=True, excluded="leave", settings={"excluded": ["A-1"]})
    here.change(listing, physical=8, site_price="90.00")
    here.plan()
    assert quantity(listing)[:2] == (5, False) and not any(due for _, due in prices(listing).values())
    here.change(listing, physical=2)
    here.plan()
    assert quantity(listing)[:2] == (2, True)
    configure(here, "picky", excluded="offline")
    let_pass(here, listing)
    assert quantity(listing)[:2] == (0, True) and quantity(other)[:2] == (5, False)
    shown = properties(here.company, "A-1")
    assert [item.code for item in shown.readiness.missing] == ["filtered"]
    assert "It is in the list." in why(here.company, "A-1")["quantity"]["steps"][-1]["effect"]
    configure(here, "picky", settings={"excluded": []})
    here.plan()
    assert desired(listing) == 2 and properties(here.company, "A-1").readiness.ready


def test_a_filter_takes_listings_offline_with_the_uploads_off_and_before_the_first_send_is_approved(
    here: World,
) -> None:
    listing, left = here.listing("A-1"), here.listing("B-2")
    here.set(inventory_upload=False, prices_upload=False)
    AccountState.objects.update(first_send_approved_at=None)
    configure(here, "picky", enabled=True, excluded="leave", settings={"excluded": ["A-1", "B-2"]})
    here.plan()
    assert not quantity(listing)[1] and not quantity(left)[1]
    configure(here, "picky", excluded="offline", settings={"excluded": ["A-1"]})
    let_pass(here, listing)
    assert quantity(listing)[:2] == (0, True) and quantity(left)[:2] == (5, False)


def test_a_filter_that_fails_keeps_its_vetoes_and_lets_nothing_rise(here: World) -> None:
    listing, other = here.listing("A-1"), here.listing("B-2")
    configure(here, "picky", enabled=True, excluded="offline", settings={"excluded": ["A-1"]})
    let_pass(here, listing)
    ListingState.objects.filter(listing=listing).update(quantity_accepted=0)
    configure(here, "picky", settings={"fails": True})
    here.change(other, physical=9)
    here.plan()
    assert desired(listing) == 0 and desired(other) == 5
    here.change(other, physical=4)
    here.plan()
    assert desired(other) == 4


def test_readiness_checks_of_plugins_are_missing_attributes_like_others(here: World) -> None:
    here.listing("A-1", image_count=2)
    configure(here, "picky", enabled=True, excluded="leave")
    here.plan()
    (missing,) = properties(here.company, "A-1").readiness.missing
    assert missing == ("plugin.picky.no_photo", "images", "Add a third photo.")
    Product.objects.update(image_count=3)
    here.stale(Product.objects.get())
    here.plan()
    assert properties(here.company, "A-1").readiness.ready


def test_switching_on_needs_a_sound_plugin_and_right_settings(here: World) -> None:
    with pytest.raises(NotFound):
        configure(here, "nobody", enabled=True)
    with pytest.raises(Conflict, match="no module named supplier"):
        configure(here, "broken", enabled=True)
    with pytest.raises(Invalid) as refusal:
        configure(here, "wild", enabled=True, settings={"quantity": "many"})
    assert "settings.quantity" in refusal.value.fields
    assert not CompanyPlugin.objects.exists()


@pytest.mark.parametrize("mode", ["hang", "die"])
def test_a_plugin_that_was_stopped_is_set_right_or_switched_off_at_once(here: World, mode: str) -> None:
    resting = Runner(answer_seconds=1.5, rest_seconds=3600.0)
    share(resting)
    here.listing("A-1")
    configure(here, "wild", enabled=True, settings={"mode": mode})
    here.plan()
    assert CompanyPlugin.objects.get().failed_at is not None
    configure(here, "wild", settings={"mode": "good", "quantity": 4})
    here.plan()
    assert desired(Listing.objects.get()) == 4
    configure(here, "wild", settings={"mode": mode})
    here.plan()
    configure(here, "wild", enabled=False, settings={"mode": "good", "quantity": "many"})
    stored = CompanyPlugin.objects.get()
    assert not stored.enabled and stored.settings["mode"] == mode


def test_only_one_plugin_sets_prices(here: World) -> None:
    configure(here, "wild", enabled=True)
    with pytest.raises(Conflict, match="wild sets prices"):
        configure(here, "follow-price-to-win", enabled=True)
    configure(here, "wild", enabled=False)
    configure(here, "follow-price-to-win", enabled=True)


def test_plugins_are_asked_again_by_the_clock_and_a_failing_one_sooner(here: World) -> None:
    step, account = PluginRefreshStep(), here.account.pk
    configure(here, "wild", enabled=True)
    assert not step.due(account, NOW)
    CompanyPlugin.objects.update(failed_at=NOW)
    assert step.due(account, LATER)
    refresh_plugins(account_id=account, now=LATER)
    assert not step.due(account, LATER)
    before = here.account.settings_generation
    here.account.refresh_from_db()
    assert here.account.settings_generation > before


def test_unchanged_answers_write_nothing(here: World) -> None:
    listing = here.listing("A-1")
    configure(here, "wild", enabled=True)
    here.plan()
    assert PluginAnswer.objects.filter(listing=listing).exists()
    PluginAnswer.objects.update(start_reason="Counted by hand.")
    with CaptureQueriesContext(connection) as queries:
        here.stale(listing.product_id)
        here.plan()
    assert not [query for query in queries if "INSERT INTO listings_pluginanswer" in query["sql"]]
    assert dry_run(account_id=here.account.pk).listings == 1
