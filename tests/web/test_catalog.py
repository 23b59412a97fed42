"""Manage Catalog: its address says all, its actions end in jobs, bad input stays and is marked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client

from listwright.catalog.models import GridRow, Product
from listwright.companies.models import Account, Company
from listwright.jobs.models import Job
from listwright.listings import operations as listings
from listwright.listings.models import Category, Listing, ListingMarketState
from listwright.sync.planner.loop import plan_once
from listwright.web.catalog import actions
from tests.api.conftest import ORIGIN
from tests.domain.listings.makers import TREE
from tests.web.conftest import text
from tests.web.pages import marks

HTMX = {"HX-Request": "true"}
Create = Callable[..., list[str]]


def skus(response: HttpResponse) -> list[str]:
    return re.findall(r'name="sku" value="([^"]+)"', response.content.decode())


def test_search_filters_sort_and_size_stand_in_the_address(browser: Client, account: Account, products: Create) -> None:
    products("AAA-1", "AAA-2", stock={"main": 5}, condition="Good")
    products("BBB-1", stock={"main": 9}, condition="Fair")
    assert skus(browser.get("/acme/catalog/")) == ["AAA-1", "AAA-2", "BBB-1"]
    assert skus(browser.get("/acme/catalog/?search=aaa")) == ["AAA-1", "AAA-2"]
    assert skus(browser.get("/acme/catalog/?condition=fair")) == ["BBB-1"]
    assert skus(browser.get("/acme/catalog/?sort=-available"))[0] == "BBB-1"
    assert skus(browser.get("/acme/catalog/?stock_min=6")) == ["BBB-1"]
    assert "2 products" in text(browser.get("/acme/actions/count/?search=aaa"))


def test_pages_follow_each_other_without_a_gap(browser: Client, account: Account, products: Create) -> None:
    made = products(*(f"P-{number:03}" for number in range(120)))
    seen, address = [], "/acme/catalog/?sort=sku"
    while address:
        page = browser.get(address)
        seen += skus(page)
        following = re.search(r'href="([^"]+)" rel="next"', page.content.decode())
        address = "/acme/catalog/" + unescape(following[1]) if following else ""
    assert seen == sorted(made)


@pytest.mark.parametrize(
    "query",
    ["readyy=false", "stock_min=many", "sort=colour", "limit=7", "cursor=broken", "state=asleep", "price_min=1,500"],
)
def test_an_address_that_is_not_understood_says_so_and_selects_nothing(
    browser: Client, account: Account, products: Create, query: str
) -> None:
    products("A")
    answer = browser.get(f"/acme/catalog/?{query}")
    assert answer.status_code == 400
    assert skus(answer) == []
    assert 'role="alert"' in answer.content.decode()
    # It is said once: nothing that is asked for later meets the same filter.
    assert 'hx-trigger="load"' not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "told"),
    [({"stock_min": "many"}, {"stock_min": "“many” is not a whole number."}),
     ({"price_min": "1,500", "price_max": "9"}, {"price_min": "“1,500” is not an amount"})],
)  # fmt: skip
def test_a_range_that_cannot_be_read_is_marked_where_it_was_typed(
    browser: Client, account: Account, query: dict[str, str], told: dict[str, str]
) -> None:
    page = browser.get("/acme/catalog/", query).content.decode()
    found = marks(page)
    assert found.keys() == told.keys() and all(said in found[name] for name, said in told.items())
    (menu,) = re.findall(r'<details class="lw-menu lw-chip-menu" open>.*?</details>', page, re.S)
    for name, value in query.items():
        assert re.search(rf'name="{name}" value="{value}"', menu), "all that was typed is still there"


@pytest.mark.django_db(transaction=True)
def test_a_product_that_is_not_ready_names_what_it_lacks_and_leads_there(
    browser: Client, account: Account, products: Create, now: datetime
) -> None:
    products("A/1")
    plan_once(now=now)
    page = browser.get("/acme/catalog/").content.decode()
    assert 'data-hint="missing-' in page
    for address in ("?edit=1#field-ean", "backmarket/?edit=1#field-title", "#field-image", "#field-stock-1"):
        assert f'href="/acme/catalog/A~11/{address}"' in page
    assert "Enter a Back Market Title" in page


def test_why_a_product_stands_otherwise_there_is_told_to_keyboard_and_touch(
    browser: Client, account: Account, products: Create
) -> None:
    products("A", "B", "C")
    GridRow.objects.filter(product__sku="A").update(error="merchant_sku_taken")
    GridRow.objects.filter(product__sku="B").update(drift=True, drift_kind="vanished")
    page = browser.get("/acme/catalog/").content.decode()
    told = []
    for hint, word in re.findall(r'<button type="button"[^>]* data-hint="(stands-\d+)"[^>]*>(.*?)</button>', page):
        (shown,) = re.findall(rf'<div id="{hint}" class="lw-hint" popover>(.*?)</div><a href="([^"]+)"', page)
        told.append((word, re.sub(r"<[^>]+>", "", shown[0]), shown[1]))
    assert told == [
        ("Error", "Merchant sku taken", "/acme/catalog/A/backmarket/"),
        ("Vanished", "The listing is gone from Back Market.", "/acme/catalog/B/backmarket/"),
    ]


def test_every_attribute_a_category_asks_for_and_every_error_can_be_filtered_by(
    browser: Client, account: Account, products: Create, now: datetime
) -> None:
    products("A", "B")
    for number, field in ((1, "color"), (2, "screen_size")):
        attributes = [{"field": field, "name": f"The {field}", "type": 2, "allowed": [], "required": True}]
        Category.objects.create(
            account=account, category_id=number, marketplace_category_id=number, name="Phones", path="Phones",
            is_leaf=True, attributes=attributes, fetched_at=now,
        )  # fmt: skip
    GridRow.objects.filter(product__sku="A").update(
        missing=["attribute:screen_size"], error="merchant_sku_taken", ready=False
    )
    offered = browser.get("/acme/actions/choices/missing/?query=sort%3Dname").content.decode()
    assert "The color" in offered and 'href="?sort=name&amp;missing=attribute%3Ascreen_size"' in offered
    assert "The color" not in text(browser.get("/acme/actions/choices/missing/?query=category%3D2"))
    chosen = browser.get("/acme/catalog/?missing=attribute:screen_size")
    assert skus(chosen) == ["A"] and "Missing: Screen size" in text(chosen)
    assert "Merchant sku taken · 1" in text(browser.get("/acme/actions/choices/error/"))
    assert skus(browser.get("/acme/catalog/?error=merchant_sku_taken")) == ["A"]


def test_a_price_that_moves_by_itself_is_marked(
    browser: Client, account: Account, products: Create, now: datetime
) -> None:
    products("A", "B", "C")
    by_sku = dict(Product.objects.values_list("sku", "pk"))
    made = listings.ensure(account_id=account.pk, product_ids=list(by_sku.values()), now=now)
    Listing.objects.filter(pk=made[by_sku["A"]]).update(repricing_enabled=True)
    ListingMarketState.objects.filter(listing_id=made[by_sku["B"]], market="fr-fr").update(min_price_there=90)
    rows = browser.get("/acme/catalog/").content.decode().split("<tr>")[2:]
    marks = [("Repriced:" in row, "BackPricer moves it:" in row) for row in rows]
    assert marks == [(True, False), (False, True), (False, False)]


def test_names_are_shown_as_text_not_as_html(browser: Client, account: Account, products: Create) -> None:
    products("<b>X", description="<script>")
    page = browser.get("/acme/catalog/?search=%3Cscript%3Ealert(1)").content.decode()
    assert "<script>alert" not in page
    assert "<b>X" not in browser.get("/acme/catalog/").content.decode()


def test_an_empty_catalog_teaches_and_a_filter_without_a_match_is_another_thing(
    browser: Client, account: Account, products: Create
) -> None:
    assert "No products yet" in text(browser.get("/acme/catalog/"))
    products("A")
    page = text(browser.get("/acme/catalog/?search=zzz"))
    assert "No product matches" in page
    assert "No products yet" not in page


@pytest.mark.django_db(transaction=True)
def test_launching_asks_first_and_ends_in_a_job_with_a_toast_that_links_to_it(
    browser: Client, acme: Company, account: Account, products: Create, now: datetime
) -> None:
    products("A", "B", "C")
    listings.enable(company=acme, skus=["A", "B"], origin=ORIGIN, now=now)
    plan_once(now=now)
    ask = browser.post("/acme/actions/launch/ask/", {"scope": "rows", "sku": ["A", "B", "C"]}, headers=HTMX)
    told = text(ask)
    assert "Launch on Channel" in told
    assert "Selected 3 products" in told
    assert "1 Back Market Enabled is off" in told
    assert "2 not ready to post" in told
    assert not Job.objects.exists()
    selection = re.search(r'name="selection" value="([^"]+)"', ask.content.decode())
    assert selection
    answer = browser.post("/acme/actions/launch/", {"selection": unescape(selection[1])}, headers=HTMX)
    job = Job.objects.get()
    assert (job.kind, job.params["selection"]) == ("launch", {"skus": ["A", "B", "C"]})
    assert f'href="/acme/jobs/{job.pk}/"' in answer.content.decode()
    assert answer.headers["HX-Trigger"] == "listwright:close"
    assert job.origin_label == "ana"


def test_all_that_match_means_the_filter_and_without_one_everything(
    browser: Client, account: Account, products: Create
) -> None:
    products("A", "B")
    for query, selection in (
        ("search=AAA&ready=false", {"filter": {"search": "AAA", "ready": "false"}}),
        ("", {"all": True}),
    ):
        ask = browser.post("/acme/actions/update/ask/", {"scope": "matching", "filter": query}, headers=HTMX)
        found = re.search(r'name="selection" value="([^"]+)"', ask.content.decode())
        assert found
        assert json.loads(unescape(found[1])) == selection


def test_a_dialog_for_very_many_is_there_at_once_and_counts_behind_itself(
    browser: Client, account: Account, products: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    products("A", "B", "C")
    monkeypatch.setattr(actions, "COUNTED_AT_ONCE", 2)
    ask = browser.post("/acme/actions/disable/ask/", {"scope": "matching", "filter": ""}, headers=HTMX)
    told = text(ask)
    assert "Selected 3 products" in told
    assert "is being counted" in told
    assert 'type="submit"' not in ask.content.decode()
    figures = browser.post("/acme/actions/disable/figures/", {"selection": '{"all": true}'}, headers=HTMX)
    told = text(figures)
    assert "Selected 3 products" in told
    assert "3 not enabled anyway" in told
    assert "What becomes of their listings?" in told
    assert 'type="submit"' in figures.content.decode()
    few = browser.post("/acme/actions/disable/ask/", {"sku": ["A", "B"]}, headers=HTMX)
    assert "2 not enabled anyway" in text(few)


def test_a_count_that_cannot_be_had_is_told_in_the_dialog(
    browser: Client, account: Account, products: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    products("A")
    figures = browser.post("/acme/actions/launch/figures/", {"selection": '{"filter": {"search": ""}}'}, headers=HTMX)
    assert figures.status_code == 200
    assert "The filter is empty" in text(figures)
    assert 'type="submit"' not in figures.content.decode()


def test_nothing_selected_is_refused_in_words(browser: Client, account: Account, products: Create) -> None:
    products("A")
    answer = browser.post("/acme/actions/launch/ask/", {"scope": "rows"}, headers=HTMX)
    assert answer.status_code == 400
    assert "The list is empty" in text(answer)
    assert browser.post("/acme/actions/launch/", {"selection": "not json"}).status_code == 400
    assert not Job.objects.exists()


def test_disabling_many_needs_the_choice_and_becomes_a_job(browser: Client, account: Account, products: Create) -> None:
    products("A")
    selection = json.dumps({"skus": ["A"]})
    assert browser.post("/acme/actions/disable/", {"selection": selection}, headers=HTMX).status_code == 400
    browser.post("/acme/actions/disable/", {"selection": selection, "then": "leave"}, headers=HTMX)
    assert Job.objects.get().params["then"] == "leave"


def test_enabling_many_is_a_job_however_many_they_are(browser: Client, account: Account, products: Create) -> None:
    products("A", "B")
    answer = browser.post("/acme/actions/enable/", {"selection": '{"all": true}'}, headers=HTMX)
    job = Job.objects.get()
    assert f"Job {job.pk}" in text(answer)
    assert job.params == {"selection": {"all": True}, "header": "BackmarketEnabled", "value": "True"}


def test_actions_need_a_connection(browser: Client, products: Create) -> None:
    products("A")
    answer = browser.post("/acme/actions/launch/ask/", {"sku": ["A"]}, headers=HTMX)
    assert answer.status_code == 409
    assert "is not connected to Back Market yet" in text(answer)


def test_a_new_product_goes_to_its_page(browser: Client, acme: Company) -> None:
    values = {
        "sku": "A/1~2",
        "name": "Phone",
        "site_price": "199,90",
        "physical": "3",
        "image": "https://x.example/1.jpg",
    }
    answer = browser.post("/acme/products/new/", values)
    assert answer.headers["Location"] == "/acme/catalog/A~11~02/"
    page = browser.get("/acme/catalog/").content.decode()
    assert "€199.90" in page, "no market is known yet"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [("sku", "", "blank"), ("site_price", "12,345", "not an amount"), ("physical", "-1", "not a whole number"),
     ("weight_lbs", "heavy", "weight"), ("image", "nowhere", ""), ("condition", "x" * 101, "100 characters")],
)  # fmt: skip
def test_a_wrong_product_keeps_what_was_typed_and_marks_the_field(
    browser: Client, acme: Company, field: str, value: str, told: str
) -> None:
    answer = browser.post("/acme/products/new/", {"sku": "KEPT", "name": "Kept name"} | {field: value})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="Kept name"' in page
    assert told in marks(page)[field]


def test_a_property_is_set_for_many_products_in_a_job(
    browser: Client, acme: Company, account: Account, products: Create
) -> None:
    products("A", "B")
    asked = browser.post("/acme/actions/edit/ask/", {"scope": "matching", "filter": ""}, headers=HTMX)
    assert "The same value for 2 products." in text(asked)
    assert 'value="BackmarketTitle"' in asked.content.decode()
    choice = browser.get("/acme/actions/edit/value/?property=BackmarketEnableMaxQty", headers=HTMX)
    assert '<option value="True">' in choice.content.decode()
    form = {"selection": json.dumps({"all": True}), "property": "SitePrice", "value": "dear"}
    refused = browser.post("/acme/actions/edit/", form, headers=HTMX)
    assert refused.status_code == 400
    page = refused.content.decode()
    assert 'value="dear"' in page and 'aria-invalid="true"' in page and '<option value="SitePrice" selected>' in page
    queued = browser.post("/acme/actions/edit/", {**form, "value": "120.50"}, headers=HTMX)
    job = Job.objects.get()
    assert f'href="/acme/jobs/{job.pk}/"' in queued.content.decode()
    assert (job.kind, job.params["value"]) == ("edit", "120.50")


def test_a_category_that_is_filtered_by_is_called_by_its_path(browser: Client, account: Account, now: datetime) -> None:
    listings.store_categories(account_id=account.pk, tree=TREE, now=now)
    assert re.search(r"Category: Smartphones . iPhone", unescape(text(browser.get("/acme/catalog/?category=1002"))))
    assert "Category: 77" in text(browser.get("/acme/catalog/?category=77"))
