"""What was told before a setting was saved is what the planner then does (C4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.db.models import F
from django.utils import timezone

from listwright.catalog.operations import reserve
from listwright.catalog.types import ReservationItem
from listwright.changes.origin import Origin
from listwright.companies import secrets
from listwright.companies.models import Account
from listwright.companies.operations import update_account_settings, update_company
from listwright.listings.models import Listing, ListingMarket, ListingMarketState, ListingState
from listwright.sync.breaker.step import judge
from listwright.sync.operations import held as decisions
from listwright.sync.orders.unseen import let_go
from listwright.sync.planner import plan_once
from listwright.sync.queries import settings_preview
from listwright.sync.queries.settings_preview import SettingsPreview, currency_question, settings_question, told
from tests.domain.sync.planning import NOW, World, own_price, prices, quantity, world
from tests.domain.sync.verify_world import Shop

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = Origin.system("test")
CONNECTED = {
    "sandbox_url": "http://127.0.0.1:1", "token_encrypted": secrets.encrypt("token"), "agent_company": "Seller",
    "contact_mail": "a@example.com",
}  # fmt: skip


class Standing(NamedTuple):
    """What the planner has made of a listing."""

    quantity: int | None
    quantity_due: bool
    ready: bool
    prices: dict[str, tuple[str | None, bool]]

    @property
    def lines(self) -> int:
        """SKU lines: the quantity rides on a price's."""
        return max(int(self.quantity_due), sum(due for _, due in self.prices.values()))


class Done(NamedTuple):
    """What became of all listings, as a preview counts it."""

    changed: int
    becoming_ready: int
    losing_ready: int
    lines: int


def standings() -> dict[int, Standing]:
    return {
        state.listing_id: Standing(
            state.quantity_desired,
            state.quantity_due,
            state.ready,
            {market: wanted for market, wanted in prices(state.listing).items() if wanted[0] is not None},
        )
        for state in ListingState.objects.select_related("listing")
    }


def done_since(before: dict[int, Standing]) -> Done:
    pairs = [(before[key], now) for key, now in standings().items()]
    return Done(
        sum(
            (one.quantity, one.quantity_due, one.prices) != (two.quantity, two.quantity_due, two.prices)
            for one, two in pairs
        ),
        sum(two.ready and not one.ready for one, two in pairs),
        sum(one.ready and not two.ready for one, two in pairs),
        sum(two.lines - one.lines for one, two in pairs),
    )


def as_told(preview: SettingsPreview) -> Done:
    return Done(preview.changed, preview.becoming_ready, preview.losing_ready, preview.lines)


def preview_of(account_id: int, **changes: Any) -> SettingsPreview:
    question = settings_question(account_id, changes)
    assert question is not None
    before = standings()
    found = told(question)
    assert standings() == before, "telling writes nothing"
    return found


def saved(shop: World, **changes: Any) -> tuple[SettingsPreview, Done]:
    """What was told, and what happened then."""
    preview, before = preview_of(shop.account.id, **changes), standings()
    update_account_settings(company=shop.company, changes=changes, origin=ORIGIN, now=NOW)
    shop.plan()
    return preview, done_since(before)


@pytest.fixture
def shop() -> World:
    return world(breaker_zeros_least=3, **CONNECTED)


def test_another_currency_takes_prices_out_of_some_markets_and_into_others(shop: World) -> None:
    plain, own = shop.listing("PLAIN"), shop.listing("OWN")
    own_price(own, "fr-fr", "90.00")
    shop.stale(own.product_id)
    shop.plan()
    question = currency_question(shop.account.id, "GBP")
    assert question is not None
    preview, before = told(question), standings()
    assert as_told(preview) == Done(changed=2, becoming_ready=0, losing_ready=1, lines=2)
    assert preview.notes and "Markets in GBP take the products’ prices" in preview.notes[0]
    update_company(company=shop.company, changes={"currency": "GBP"}, origin=ORIGIN, now=NOW)
    shop.plan()
    assert done_since(before) == as_told(preview)
    assert prices(plain) == {"de-de": (None, False), "en-gb": ("100.00", True), "fr-fr": (None, False)}
    assert prices(own)["fr-fr"] == ("90.00", True)


def test_a_company_without_listings_is_not_asked_about_its_currency(shop: World) -> None:
    assert currency_question(shop.account.id, "GBP") is None


def test_another_default_market_asks_for_a_price_there(shop: World) -> None:
    for sku in ("A", "B"):
        shop.listing(sku)
    own_price(Listing.objects.get(product__sku="B"), "en-gb", "80.00")
    shop.stale(Listing.objects.get(product__sku="B").product_id)
    shop.plan()
    preview, done = saved(shop, default_market="en-gb")
    assert as_told(preview) == done == Done(changed=0, becoming_ready=0, losing_ready=1, lines=0)
    assert "texts to United Kingdom" in preview.notes[0]


def test_a_market_that_was_never_switched_on_takes_a_line_of_each_listing(shop: World) -> None:
    for sku in ("A", "B", "C"):
        shop.listing(sku)
    own_price(Listing.objects.get(product__sku="A"), "es-es", "95.00")
    ListingMarket.objects.create(listing=Listing.objects.get(product__sku="B"), market="es-es", enabled=False)
    preview, done = saved(shop, markets={"es-es": {"enabled": True}})
    assert as_told(preview) == done == Done(changed=3, becoming_ready=0, losing_ready=0, lines=2)


@pytest.fixture
def zeros(shop: World) -> Iterator[list[Listing]]:
    """Three listings whose zeros are held, and a fourth that stands as it shall."""
    found = [shop.listing(f"P{number}") for number in range(3)]
    shop.listing("OTHER", physical=20, accepted=20)
    for listing in found:
        listing.safety_quantity, listing.safety_quantity_default = 9, False
        listing.save()
        shop.stale(listing.product_id)
    shop.plan()
    judge(account_id=shop.account.id, now=NOW)
    assert set(ListingState.objects.values_list("hold", flat=True)) == {"held", ""}
    return found


def test_zeros_that_are_held_go_out_when_none_is_watched_any_more(shop: World, zeros: list[Listing]) -> None:
    preview, done = saved(shop, breaker_zeros_share=None)
    assert as_told(preview) == done == Done(changed=3, becoming_ready=0, losing_ready=0, lines=3)
    assert (preview.listings, preview.going_offline, preview.released) == (3, 3, 3)
    assert [quantity(listing)[:2] for listing in zeros] == [(0, True)] * 3


def test_another_share_of_zeros_lets_nothing_go_that_is_held(shop: World, zeros: list[Listing]) -> None:
    preview, done = saved(shop, breaker_zeros_share=90)
    assert as_told(preview) == done == Done(0, 0, 0, 0)
    assert (preview.released, preview.stopped) == (0, 0)
    assert preview.notes == (
        "Zeros that come from then on are judged by these thresholds; those that are held stay held.",
    )
    assert len(zeros) == 3


def test_zeros_let_go_are_told_beside_what_another_setting_takes_offline(shop: World, zeros: list[Listing]) -> None:
    preview, done = saved(shop, breaker_zeros_share=None, default_safety_quantity=20)
    assert as_told(preview) == done
    assert (preview.listings, preview.changed, preview.going_offline, preview.released) == (4, 4, 4, 3)
    assert len(zeros) == 3


def test_zeros_that_wait_are_watched_once_a_share_is_set(shop: World) -> None:
    shop.set(breaker_zeros_share=None)
    phone = shop.listing("A")
    phone.safety_quantity, phone.safety_quantity_default = 9, False
    phone.save()
    shop.stale(phone.product_id)
    shop.plan()
    assert quantity(phone)[:2] == (0, True)
    preview, _ = saved(shop, breaker_zeros_share=20)
    assert (preview.listings, preview.stopped, preview.lines) == (1, 1, 0)
    assert ListingState.objects.get(listing=phone).hold == "watched"


@pytest.fixture
def fallen(shop: World) -> Listing:
    """A listing whose price has fallen by half, and one that stands as it shall."""
    phone = shop.listing("A")
    shop.listing("B")
    shop.change(phone, site_price=Decimal("50.00"))
    shop.plan()
    return phone


@pytest.mark.parametrize(("most", "lines"), [(49, 0), (60, 2), (None, 2)])
def test_prices_that_are_held_go_out_under_a_threshold_that_lets_them(
    shop: World, fallen: Listing, most: int | None, lines: int
) -> None:
    preview, done = saved(shop, breaker_price_fall=most)
    assert as_told(preview) == done == Done(int(lines > 0), 0, 0, lines)
    assert (preview.listings, preview.released) == (1, lines)
    assert prices(fallen)["fr-fr"] == ("50.00", lines > 0)


def test_the_few_that_are_held_are_told_exactly_of_a_large_account(
    shop: World, fallen: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_preview, "EXACT", 1)
    held_only = preview_of(shop.account.id, breaker_price_fall=60)
    assert (held_only.listings, held_only.released, held_only.about) == (1, 2, False)
    assert preview_of(shop.account.id, default_safety_quantity=1).about
    assert fallen.pk


def test_a_price_that_a_person_rejected_is_told_when_another_threshold_lets_it_go(shop: World, fallen: Listing) -> None:
    decisions.decide(company=shop.company, approve=False, pairs=None, origin=ORIGIN, now=NOW)
    assert set(ListingMarketState.objects.filter(price_desired=50).values_list("hold", flat=True)) == {"rejected"}
    preview, done = saved(shop, breaker_price_fall=60)
    assert (preview.released, preview.lines) == (2, 2) and as_told(preview) == done
    assert prices(fallen)["fr-fr"] == ("50.00", True)


def test_prices_that_wait_are_held_back_by_a_lower_threshold(shop: World) -> None:
    phone = shop.listing("A")
    shop.change(phone, site_price=Decimal("70.00"))
    shop.plan()
    preview, done = saved(shop, breaker_price_fall=20)
    assert (preview.listings, preview.stopped, preview.lines, done.lines) == (1, 2, 0, -2)
    assert ListingMarketState.objects.filter(hold="held").count() == 2


def test_min_prices_that_would_be_handed_over_are_counted_and_nothing_else_changes(shop: World) -> None:
    shop.listing("A", repricing_enabled=True, min_price=Decimal("80.00"))
    shop.listing("B", repricing_enabled=True)
    shop.listing("C", min_price=Decimal("80.00"))
    preview, done = saved(shop, send_min_price=True)
    assert as_told(preview) == done == Done(0, 0, 0, 0)
    assert preview.listings == 2 and "listings with repricing from then on, now 1." in preview.notes[0]
    off, _ = saved(shop, send_min_price=False)
    assert off.notes[0].endswith("with repricing and a Min Price: 1.")


def test_an_answer_about_stock_figures_is_told_with_the_units_that_stay_reserved(shop: World) -> None:
    phone = shop.listing("A")
    reserve(company_id=shop.company.id, items=[ReservationItem(phone.product_id, "backmarket:1/1", 2)], now=NOW)
    shop.plan()
    preview, done = saved(shop, stock_feed="already_excludes")
    assert not preview.planned and done == Done(0, 0, 0, 0)
    assert preview.notes == (
        "Orders that are read from then on reserve nothing here."
        " Units reserved for earlier ones stay so until those are shipped or cancelled: 2.",
    )


def test_what_only_matters_later_is_said_and_no_figure_is_shown(shop: World) -> None:
    shop.listing("A")
    preview, done = saved(shop, inventory_upload=False, orders_download=False)
    assert preview.planned and any("Orders are read no more" in note for note in preview.notes)
    on, done = saved(shop, orders_download=True)
    assert not on.planned and "Orders are read from then on" in on.notes[0] and done == Done(0, 0, 0, 0)
    assert settings_question(shop.account.id, {"token": "t", "agent_company": "Other"}) is None


def drifting(before: dict[str, Any], there: dict[str, Any], *, for_minutes: int = 0) -> Shop:
    """A listing that two reads have shown to stand there otherwise than accepted, and one that stands as it shall."""
    seen = Shop()
    switches = {"inventory_upload": True, "prices_upload": True, "orders_download": True, "stock_feed": "stock_master"}
    Account.objects.update(settings_generation=2, **switches, **before)
    listing = seen.stands("A")
    seen.stands("B")
    seen.there(listing, **there)
    seen.read()
    for rows in (ListingState.objects.all(), ListingMarketState.objects.all()):
        rows.update(drift_since=F("drift_since") - timedelta(minutes=for_minutes))
    plan_once(now=NOW)
    assert not ListingState.objects.filter(quantity_due=True).exists()
    return seen


@pytest.mark.parametrize(
    ("changes", "before", "there", "minutes", "lines"),
    [
        ({"drift_prices": "mend"}, {}, {"price": "80.00"}, 0, 1),
        ({"drift_prices": "mend"}, {}, {"quantity": 3}, 0, 0),
        ({"drift_prices": "mend", "prices_upload": False}, {}, {"price": "80.00"}, 0, 0),
        ({"drift_more": "mend"}, {"drift_more": "show"}, {"quantity": 9}, 0, 1),
        ({"drift_more": "mend"}, {"drift_more": "show"}, {"quantity": 3}, 0, 0),
        ({"drift_less": "explain"}, {"drift_less": "show"}, {"quantity": 0}, 90, 1),
        ({"drift_less": "explain"}, {"drift_less": "show"}, {"quantity": 3}, 10, 0),
        ({"drift_less": "show"}, {}, {"quantity": 3}, 30, 0),
        ({"drift_grace_minutes": 15}, {}, {"quantity": 3}, 30, 1),
        ({"drift_grace_minutes": 50}, {}, {"quantity": 3}, 30, 0),
    ],
)
def test_what_differs_there_and_would_be_sent_again_is_counted_and_is_sent_as_it_is_read(
    changes: dict[str, Any], before: dict[str, Any], there: dict[str, Any], minutes: int, lines: int
) -> None:
    seen = drifting(before, there, for_minutes=minutes)
    preview, stood = preview_of(seen.account_id, **changes), standings()
    assert (preview.lines, preview.changed) == (lines, lines)
    assert preview.notes and preview.going_online == int(there == {"quantity": 0})
    account = Account.objects.get()
    Account.objects.update(sandbox_url="http://127.0.0.1:1")
    update_account_settings(company=account.company, changes=changes, origin=ORIGIN, now=NOW)
    seen.clock.advance(600)
    seen.read()
    plan_once(now=NOW)
    assert done_since(stood).lines == lines


def test_units_nobody_ordered_are_told_when_a_shorter_wait_offers_them_again(shop: World) -> None:
    phone = shop.listing("A", accepted=3)
    shop.listing("B")
    since = timezone.now() - timedelta(minutes=30)
    ListingState.objects.filter(listing=phone).update(unseen=2, unseen_since=since)
    shop.stale(phone.product_id)
    shop.plan()
    assert quantity(phone)[:2] == (3, False)
    preview, before = preview_of(shop.account.id, drift_grace_minutes=15), standings()
    assert (preview.listings, preview.changed, preview.lines) == (1, 1, 1)
    update_account_settings(
        company=shop.company, changes={"drift_grace_minutes": 15}, origin=ORIGIN, now=timezone.now()
    )
    let_go(now=timezone.now())
    shop.plan()
    assert done_since(before) == as_told(preview)
    assert quantity(phone)[:2] == (5, True)
