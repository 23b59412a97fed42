"""Product Details: data, stock, pictures, deleting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import unescape
from uuid import UUID

import pytest
from django.test import Client

from listwright.catalog import operations as catalog
from listwright.catalog import queries
from listwright.catalog.types import ReservationItem
from listwright.companies.models import Account, Company, User
from listwright.listings import operations as listings
from listwright.listings.models import Listing
from listwright.listings.operations import Baseline
from tests.api.conftest import ORIGIN
from tests.web.conftest import signed_in, text
from tests.web.pages import edited

HERE = "/acme/catalog/PHONE/"
PICTURE, OTHER = "https://img.example/a.jpg", "https://img.example/b.jpg"


@pytest.fixture
def phone(products: Callable[..., list[str]], acme: Company) -> str:
    (sku,) = products("PHONE", site_price="199.90", stock={"main": 3})
    return sku


def test_what_is_edited_is_saved_and_told_in_the_history(phone: str, acme: Company, browser: Client) -> None:
    form = edited(browser, HERE, "product", brand="Apple", weight_oz="6.07", site_price="189")
    assert browser.post(HERE, form).status_code == 302
    found = queries.product(acme, phone)
    assert (found.brand, str(found.weight_oz), str(found.site_price)) == ("Apple", "6.07", "189.00")
    page = text(browser.get(HERE))
    assert "Brand none → Apple" in page and "Site/Retail Price €199.90 → €189.00" in page and "by ana" in page


def test_a_wrong_ean_is_kept_and_marked_and_nothing_is_saved(phone: str, acme: Company, browser: Client) -> None:
    response = browser.post(HERE, edited(browser, HERE, "product", ean="x" * 20, brand="Apple"))
    page = unescape(response.content.decode())
    assert response.status_code == 400 and f'value="{"x" * 20}"' in page
    assert "is too long: an EAN has 8, 12, 13 or 14 digits." in page and 'aria-invalid="true"' in page
    assert queries.product(acme, phone).brand == ""


def test_two_editors_of_the_same_field_see_both_values(phone: str, acme: Company, ana: User, browser: Client) -> None:
    mine, theirs = (edited(client, HERE, "product") for client in (browser, signed_in(ana)))
    browser.post(HERE, mine | {"name": "First"})
    refused = browser.post(HERE, theirs | {"name": "Second", "brand": "Apple"})
    assert refused.status_code == 409
    assert "Somebody else has set this to “First” meanwhile; you entered “Second”." in unescape(text(refused))
    assert queries.product(acme, phone).brand == ""
    assert browser.post(HERE, theirs | {"brand": "Apple"}).status_code == 302
    found = queries.product(acme, phone)
    assert (found.name, found.brand) == ("First", "Apple")


def test_stock_is_set_in_its_row_and_the_sum_follows(phone: str, acme: Company, browser: Client) -> None:
    response = browser.post(f"{HERE}stock/", {"warehouse": "main", "physical": "9"}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    page = text(response)
    assert "Available Qty 9" in page and "Stock in main was set." in page
    wrong = browser.post(f"{HERE}stock/", {"warehouse": "main", "physical": "nine"}, headers={"HX-Request": "true"})
    assert 'value="nine"' in wrong.content.decode() and "is not a number of units" in text(wrong)
    assert queries.product(acme, phone).stock == {"main": 9}


def test_reservations_lower_what_is_available(phone: str, acme: Company, browser: Client, now: datetime) -> None:
    product = queries.product(acme, phone)
    item = ReservationItem(product.id, "backmarket:4182233/1", 2)
    catalog.reserve(company_id=acme.pk, items=[item], now=now)
    page = text(browser.get(HERE))
    assert "backmarket:4182233/1" in page and "Reserved for orders −2" in page and "Available Qty 1" in page


def test_pictures_are_added_made_main_and_removed(phone: str, acme: Company, browser: Client) -> None:
    for action, url in (("add", PICTURE), ("add", OTHER), ("main", OTHER), ("remove", PICTURE)):
        assert browser.post(f"{HERE}images/", {"action": action, "url": url}).status_code == 302
    assert queries.product(acme, phone).images == ((OTHER, True),)
    wrong = browser.post(f"{HERE}images/", {"action": "add", "url": "ftp://x"})
    page = unescape(wrong.content.decode())
    assert wrong.status_code == 400 and 'value="ftp://x"' in page and "Give it like https://example.com" in page


def test_a_linked_product_is_only_deleted_with_an_answer(
    phone: str, acme: Company, account: Account, browser: Client, now: datetime
) -> None:
    product = queries.product(acme, phone)
    made = listings.ensure(account_id=account.pk, product_ids=[product.id], now=now)
    baseline = Baseline(made[product.id], str(UUID(int=7)), 7, "P7", 2, {})
    listings.link(account_id=account.pk, baselines=[baseline], adopted=False, origin=ORIGIN, now=now)
    assert "is linked to a listing on Back Market" in text(browser.get(HERE))
    assert browser.post(f"{HERE}delete/").status_code == 409
    assert browser.post(f"{HERE}delete/", {"then": "offline"}).status_code == 302
    assert Listing.objects.get().status == "taken_offline"
    assert "This product is being deleted" in text(browser.get(HERE))
    assert browser.post(f"{HERE}delete/", {"then": "leave"}).headers["Location"] == "/acme/catalog/"
    assert not Listing.objects.exists()


def test_a_product_there_is_not_is_told_so(acme: Company, browser: Client) -> None:
    response = browser.get("/acme/catalog/NONE/")
    assert response.status_code == 404 and "There is no product “NONE”." in unescape(text(response))
    assert browser.get("/acme/catalog/A~2B/").status_code == 400


def test_a_viewer_is_offered_nothing_to_change(phone: str, viewer: User) -> None:
    page = signed_in(viewer).get(f"{HERE}?edit=1").content.decode()
    assert 'name="name"' not in page and "Delete product" not in page and "Add a picture" not in page
