"""Unlinked listings, held sends, orders, and what holds for each of these pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from listwright.catalog import queries as catalog
from listwright.companies import operations as companies
from listwright.companies.models import Account, Company, User
from listwright.jobs import operations as jobs
from listwright.jobs.models import Job
from listwright.listings import operations as listings
from listwright.listings.models import Listing, ListingMarketState, ListingState
from listwright.listings.operations import Baseline, MarketThere
from listwright.sync import planner
from listwright.sync.models import AccountState, OrderLine, UnlinkedListing
from listwright.sync.operations import held_all
from tests.api.conftest import ORIGIN
from tests.web.conftest import Strict, signed_in, text
from tests.web.pages import marks

UNLINKED = "/acme/unlinked/"


@pytest.fixture
def old(account: Account, now: datetime) -> Callable[..., str]:
    """A listing there that no product here is linked to; returns its Back Market ID."""

    def make(number: int = 1, **values: Any) -> str:
        there = {
            "currency": "EUR", "price": "149.00", "comment": "Good", "warranty_months": 12, "min_price": None,
            "max_price": None, "publication_state": 2,
        }  # fmt: skip
        row = UnlinkedListing.objects.create(
            account=account, back_market_id=UUID(int=number), back_market_listing_id=number, sku=f"OLD-{number}",
            title="An old phone", quantity=2, markets={"fr-fr": there, "de-de": there | {"price": None}}, seen_at=now,
            **values,
        )  # fmt: skip
        return str(row.back_market_id)

    return make


def test_what_is_unlinked_is_shown_with_its_price_and_its_markets(old: Callable[..., str], browser: Client) -> None:
    old()
    old(2, reason="ambiguous")
    page = text(browser.get(UNLINKED))
    assert "OLD-1 An old phone" in page and "149,00 €" in unescape(page)
    assert "The SKU fits more than once" in page and "No such SKU here" in page
    assert "OLD-1" not in text(browser.get(UNLINKED, {"search": "old-2"}))


def test_a_listing_is_linked_to_the_product_that_is_found(
    old: Callable[..., str], acme: Company, products: Callable[..., list[str]], browser: Client
) -> None:
    back_market_id = old()
    products("PHONE", "OTHER", site_price="199.90")
    dialog = browser.get(
        f"{UNLINKED}link/", {"back_market_id": back_market_id, "sku": "OLD-1", "title": "An old phone"}
    )
    assert "data-open" in dialog.content.decode() and "No product that is not linked has this" in text(dialog)
    found = browser.get(f"{UNLINKED}products/", {"search": "other"}).content.decode()
    assert 'value="OTHER"' in found and 'value="PHONE"' not in found
    done = browser.post(
        f"{UNLINKED}decide/", {"action": "link", "back_market_id": back_market_id, "sku": "PHONE"}, follow=True
    )
    assert "Linked as it stands there." in text(done)
    listing = Listing.objects.get(product__sku="PHONE")
    assert (str(listing.back_market_id), listing.status, listing.price) == (
        back_market_id, "never_enabled", Decimal("149.00"),
    )  # fmt: skip
    assert listing.effective_merchant_sku == "OLD-1" and not UnlinkedListing.objects.exists()


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}])
def test_who_links_without_a_product_is_asked_for_one_where_they_searched(
    old: Callable[..., str], products: Callable[..., list[str]], browser: Client, headers: dict[str, str]
) -> None:
    products("PHONE-1", "PHONE-2")
    about = {"action": "link", "back_market_id": old(), "listing": "OLD-1", "title": "An old phone"}
    refused = browser.post(f"{UNLINKED}decide/", about | {"search": "phoen"}, headers=headers)
    page = refused.content.decode()
    assert refused.status_code == 400 and not Strict(page).refused
    assert marks(page) == {"search": "Choose the product this listing belongs to: search by its SKU, name or EAN."}
    assert 'value="phoen"' in page and "OLD-1 An old phone" in text(refused)
    assert page.startswith("<form") == bool(headers), "into the dialog goes the form alone"
    gone = browser.post(f"{UNLINKED}decide/", about | {"search": "phone-2", "sku": "PHONE-3"}, headers=headers)
    assert gone.status_code == 404 and "PHONE-3" in marks(gone.content.decode())["search"]
    assert 'value="PHONE-2" required checked' in gone.content.decode()
    UnlinkedListing.objects.all().delete()
    late = browser.post(f"{UNLINKED}decide/", about | {"search": "phone", "sku": "PHONE-2"}, headers=headers)
    assert late.status_code == 404 and "There is no unlinked listing" in text(late) and not marks(late.content.decode())
    assert 'value="PHONE-2" required checked' in late.content.decode(), "what was chosen stays so"


def test_linking_in_the_dialog_leads_back_to_the_list(
    old: Callable[..., str], products: Callable[..., list[str]], browser: Client
) -> None:
    back_market_id = old()
    products("PHONE")
    body = {"action": "link", "back_market_id": back_market_id, "sku": "PHONE"}
    answer = browser.post(f"{UNLINKED}decide/", body, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == UNLINKED and "Linked as it stands there." in text(browser.get(UNLINKED))


def test_products_are_created_for_those_chosen_and_others_put_aside_and_back(
    old: Callable[..., str], acme: Company, browser: Client
) -> None:
    first, second, third = old(1), old(2), old(3)
    browser.post(f"{UNLINKED}decide/", {"action": "create", "back_market_id": [first, second]})
    assert catalog.product(acme, "OLD-1").name == "An old phone"
    assert Listing.objects.filter(back_market_id__isnull=False).count() == 2
    browser.post(f"{UNLINKED}decide/", {"action": "ignore", "back_market_id": third})
    assert "OLD-3" not in text(browser.get(UNLINKED)) and "OLD-3" in text(browser.get(UNLINKED, {"ignored": "1"}))
    browser.post(f"{UNLINKED}decide/", {"action": "restore", "back_market_id": third})
    assert "OLD-3" in text(browser.get(UNLINKED))


def test_nothing_chosen_and_nonsense_are_refused(old: Callable[..., str], browser: Client) -> None:
    back_market_id = old()
    for body in ({"action": "create"}, {"action": "burn", "back_market_id": back_market_id},
                 {"action": "ignore", "back_market_id": "x"}, {"action": "link", "back_market_id": back_market_id}):  # fmt: skip
        assert browser.post(f"{UNLINKED}decide/", body).status_code == 400
    assert UnlinkedListing.objects.filter(ignored_at__isnull=True).count() == 1


def test_a_download_shows_its_progress_until_it_has_ended(
    account: Account, acme: Company, browser: Client, now: datetime
) -> None:
    assert "Not looked yet" in text(browser.get(UNLINKED))
    browser.post(f"{UNLINKED}download/")
    job = Job.objects.get(kind="download")
    page = browser.get(UNLINKED).content.decode()
    assert 'hx-trigger="every 2s"' in page and f"/acme/jobs/{job.pk}/" in page and "disabled" in page
    jobs.start(job_id=job.pk, now=now)
    jobs.finish(job_id=job.pk, now=now, message="7 listings read.")
    part = browser.get(f"{UNLINKED}progress/", headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part and "7 listings read." in part
    Job.objects.filter(pk=job.pk).update(total=7, succeeded=7)
    assert "What it counted is not kept row by row." in text(browser.get(f"/acme/jobs/{job.pk}/"))


@pytest.mark.django_db(transaction=True)
def test_held_sends_show_from_what_to_what_and_wait_for_approval(
    account: Account, acme: Company, products: Callable[..., list[str]], browser: Client, viewer: User, now: datetime
) -> None:
    products("KEEP", "CHANGE", stock={"main": 9}, site_price="120.00")
    made = listings.ensure(account_id=account.pk, product_ids=[row.pk for row in acme.products.all()], now=now)
    there = MarketThere("EUR", Decimal("150.00"), "Good", 12, publication_state=2)
    baselines = [Baseline(pk, str(UUID(int=pk)), pk, f"P{pk}", 2, {"fr-fr": there}) for pk in made.values()]
    listings.link(account_id=account.pk, baselines=baselines, adopted=False, origin=ORIGIN, now=now)
    listings.enable(company=acme, skus=["KEEP", "CHANGE"], origin=ORIGIN, now=now)
    switched = {"orders_download": True, "stock_feed": "stock_master", "inventory_upload": True, "prices_upload": True}
    companies.update_account_settings(company=acme, changes=switched, origin=ORIGIN, now=now)
    planner.plan_once(now=now)
    page = unescape(text(browser.get("/acme/held/")))
    assert "Price in France 150,00 € to 120,00 €" in page and "Quantity 2 to 9" in page
    # Both of France; in Germany, which nothing was read of, a price is wanted as well.
    assert "waits for your approval. Its lines are being counted" in page
    assert "4 lines in all" in text(browser.get("/acme/held/first/"))
    assert signed_in(viewer).post("/acme/held/approve/").status_code == 403
    browser.post("/acme/held/reject/", {"sku": "KEEP"})
    assert Listing.objects.get(product__sku="KEEP").status == "left_standing"
    planner.plan_once(now=now)
    page = text(browser.get("/acme/held/"))
    assert "CHANGE" in page and "KEEP" not in page
    browser.post("/acme/held/approve/")
    assert "Automatic sends were approved." in text(browser.get("/acme/held/"))
    assert browser.post("/acme/held/approve/").status_code == 409


def test_what_the_breaker_holds_shows_why_and_is_decided_value_by_value(
    account: Account, acme: Company, products: Callable[..., list[str]], browser: Client, viewer: User, now: datetime
) -> None:
    products("CHEAP", "SAFE", stock={"main": 9}, site_price="20.00")
    made = listings.ensure(account_id=account.pk, product_ids=[row.pk for row in acme.products.all()], now=now)
    there = MarketThere("EUR", Decimal("50.00"), "Good", 12, publication_state=2)
    baselines = [Baseline(pk, str(UUID(int=pk)), pk, f"P{pk}", 2, {"fr-fr": there}) for pk in made.values()]
    listings.link(account_id=account.pk, baselines=baselines, adopted=False, origin=ORIGIN, now=now)
    AccountState.objects.update_or_create(
        account=account, defaults={"first_send_approved_at": now, "zeros_message": "30 of 40 would go to 0."}
    )
    prices, units = (
        model.objects.filter(listing__product__sku=sku)
        for model, sku in ((ListingMarketState, "CHEAP"), (ListingState, "SAFE"))
    )
    prices.filter(market="fr-fr").update(hold="held", price_desired=Decimal("20.00"))
    units.update(hold="held", quantity_desired=2)
    page = unescape(text(browser.get("/acme/held/")))
    assert "Price in France 50,00 € to 20,00 € A price that falls far Falls by 60 %." in page
    assert "30 of 40 would go to 0. " in page and "Quantity 2 to 0 Too many zeros at once" in page
    pair = f"{units.get().planned_generation}::SAFE"
    assert signed_in(viewer).post("/acme/held/decide/", {"action": "approve", "pair": pair}).status_code == 403
    assert browser.post("/acme/held/decide/", {"action": "approve"}).status_code == 400
    asked = unescape(text(browser.post("/acme/held/ask/", {"pair": pair}, headers={"HX-Request": "true"})))
    assert "To be sent 1 value Lines 1 Time under a minute" in asked
    everything = text(browser.post("/acme/held/ask/", {"all": "true"}, headers={"HX-Request": "true"}))
    assert "To be sent 2 values Lines 2" in everything and "Reject all" in everything
    browser.post("/acme/held/decide/", {"action": "approve", "pair": pair})
    browser.post("/acme/held/decide/", {"action": "reject", "all": "true"})
    assert (units.get().hold, prices.get(market="fr-fr").hold) == ("passed", "rejected")
    assert "Nothing is held" in text(browser.get("/acme/held/"))


def test_a_decision_about_more_than_one_waits_for_is_a_queued_job(
    account: Account, acme: Company, products: Callable[..., list[str]], browser: Client, now: datetime
) -> None:
    products(*(f"P{number}" for number in range(held_all.VALUES_AT_ONCE + 1)))
    listings.ensure(account_id=account.pk, product_ids=[row.pk for row in acme.products.all()], now=now)
    AccountState.objects.update_or_create(account=account, defaults={"first_send_approved_at": now})
    ListingState.objects.update(hold="held", quantity_accepted=2, quantity_desired=2)
    prices = ListingMarketState.objects.filter(market="fr-fr")
    prices.update(hold="held")
    assert prices.count() == held_all.VALUES_AT_ONCE + 1
    asked = text(browser.post("/acme/held/ask/", {"all": "true"}, headers={"HX-Request": "true"}))
    assert "Its lines are being counted" in asked and "To be sent" not in asked
    assert "To be sent 1,002 values Lines 501" in text(browser.get("/acme/held/figures/"))
    prices.update(hold="")
    page = browser.post("/acme/held/decide/", {"action": "approve", "all": "true"}, follow=True)
    job = Job.objects.get(kind="approve_held")
    assert page.redirect_chain[-1][0] == f"/acme/jobs/{job.pk}/"
    said = text(page)
    assert f"Approved: they are sent as job {job.pk} goes through them." in said and "Approval of held sends" in said
    held_all.decide_now(job_id=job.pk, now=now)
    assert set(ListingState.objects.values_list("hold", flat=True)) == {"passed"}
    assert "P48 Succeeded Quantity 2 → 0" in text(browser.get(f"/acme/jobs/{job.pk}/"))


def test_orders_show_what_stock_needs_and_nothing_of_the_buyer(
    account: Account, browser: Client, now: datetime
) -> None:
    for number in range(3):
        OrderLine.objects.create(
            account=account, order_id=f"418{number}", line_id=str(number), sku=f"SKU-{number}", quantity=number + 1,
            order_state=1, line_state=3 + number, market="fr-fr", created_there=now, first_seen_at=now,
        )  # fmt: skip
    page = text(browser.get("/acme/orders/"))
    assert page.index("4182") < page.index("4180")
    assert "Shipped" in page and "Cancelled" in page and "Refunded before shipping" in page
    assert "Order download is off" in page
    one = text(browser.get("/acme/orders/", {"sku": "sku-1"}))
    assert "4181" in one and "4180" not in one
    assert browser.get("/acme/orders/", {"cursor": "nonsense"}).status_code == 400


def test_orders_are_filtered_and_those_without_a_product_are_pointed_out(
    account: Account, browser: Client, now: datetime
) -> None:
    assert "No orders yet" in text(browser.get("/acme/orders/"))
    for number in range(51):
        OrderLine.objects.create(
            account=account, order_id=f"5{number:03}", line_id=str(number), sku="STRANGE", quantity=1,
            order_state=1, line_state=3 if number else 1, market="fr-fr", created_there=now, first_seen_at=now,
        )  # fmt: skip
    page = text(browser.get("/acme/orders/"))
    assert "51 order lines are of SKUs that no product here has" in page and "no product here" in page
    assert "5050" in page and "5000" not in page  # on the second page
    open_ = text(browser.get("/acme/orders/", {"stage": "open"}))
    assert "5000" in open_ and "5050" not in open_
    assert "5050" in text(browser.get("/acme/orders/", {"unknown": "1", "stage": "shipped"}))
    assert "No such orders" in text(browser.get("/acme/orders/", {"stage": "returned"}))
    assert browser.get("/acme/orders/", {"stage": "lost"}).status_code in (400, 422)


@pytest.mark.parametrize(
    "address",
    [
        "catalog/A~1B/", "catalog/A~1B/?edit=1", "catalog/A~1B/backmarket/", "catalog/A~1B/backmarket/?edit=1",
        "catalog/A~1B/backmarket/live/", "catalog/A~1B/backmarket/categories/?category=x",
        "catalog/A~1B/backmarket/attributes/?category=", "settings/", "settings/?edit=1", "settings/backmarket/",
        "settings/backmarket/?edit=1", "settings/conditions/", "settings/warehouses/", "unlinked/", "unlinked/progress/",
        "unlinked/?ignored=1", "unlinked/link/?back_market_id=00000000-0000-0000-0000-000000000001", "held/", "orders/",
    ],
)  # fmt: skip
def test_a_page_holds_nothing_inline_no_id_twice_and_no_input_without_a_name(
    account: Account, products: Callable[..., list[str]], old: Callable[..., str], browser: Client, address: str
) -> None:
    products("A/B", images=["https://img.example/a.jpg"], stock={"main": 1})
    old()
    response = browser.get(f"/acme/{address}")
    assert response.status_code == 200
    page = Strict(response.content.decode())
    assert page.refused == []
    assert len(page.ids) == len(set(page.ids)), sorted(name for name in page.ids if page.ids.count(name) > 1)
    wrapped = ("radio", "checkbox")
    bare = [
        given
        for given in page.inputs
        if not given.get("aria-label") and given.get("id") not in page.labels and given.get("type") not in wrapped
    ]
    assert bare == []
