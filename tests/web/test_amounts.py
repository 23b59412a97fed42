"""Amounts inside sentences: written as the field's market writes them, whatever a rule calls them."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from listwright.companies.models import Account, Company, User
from tests.web.conftest import signed_in, text
from tests.web.pages import edited
from tests.web.test_uploads import applied, sent

HERE = "/acme/catalog/PHONE/"


@pytest.fixture(autouse=True)
def phone(products: Callable[..., list[str]], acme: Company, account: Account) -> str:
    """In a company that sells in France first, where decimals have a comma."""
    (sku,) = products("PHONE", site_price="199.90", stock={"main": 3})
    return sku


def told(answer: Any) -> str:
    return unescape(answer.content.decode()).replace("\xa0", " ").replace("\u202f", " ")


def test_a_price_that_cannot_be_read_is_quoted_as_typed_and_the_remedy_is_understood_there(browser: Client) -> None:
    refused = told(browser.post(HERE, edited(browser, HERE, "product", site_price="12,3,4")))
    assert "“12,3,4” is not an amount. Write it like 199,90." in refused and "199.90" not in refused
    refused = told(browser.post(HERE, edited(browser, HERE, "product", site_price="9,999")))
    assert "“9,999” is not an amount" in refused, "it can be read in two ways"
    assert browser.post(HERE, edited(browser, HERE, "product", site_price="199,90")).status_code == 302
    refused = told(browser.post("/acme/products/new/", {"sku": "NEW", "list_price": "-5,00"}))
    assert "“-5,00” is below zero." in refused


def test_prices_that_contradict_each_other_are_told_in_the_format_of_their_market(browser: Client) -> None:
    form = edited(browser, f"{HERE}backmarket/", "properties", price="120", min_price="150,5", price_default=None)
    refused = told(browser.post(f"{HERE}backmarket/", form))
    assert "The price 120,00 is below Min Price (Decimal), 150,50." in refused and "150.50" not in refused


def test_two_people_at_one_price_see_both_amounts_as_their_market_writes_them(browser: Client, ana: User) -> None:
    mine, theirs = (edited(client, HERE, "product") for client in (browser, signed_in(ana)))
    browser.post(HERE, mine | {"site_price": "189,50"})
    refused = told(browser.post(HERE, theirs | {"site_price": "179,00"}))
    assert "Somebody else has set this to “189,50” meanwhile; you entered “179,00”." in refused


def test_a_filter_that_is_no_amount_says_how_to_write_one(browser: Client) -> None:
    assert "Write it like 199,90." in told(browser.get("/acme/catalog/", {"price_min": "1,5,3"}))


def test_rows_and_log_of_an_upload_write_amounts_as_their_market_does(browser: Client) -> None:
    address = sent(browser, b"SKU,SitePrice\nPHONE,1299.50\n")
    row = text(browser.get(address))
    assert "199,90 €" in row and "1 299,50 €" in row and "1299.50" not in row
    applied(browser, address)
    log = text(browser.get(f"{address}log/"))
    assert "199,90 €" in log and "1 299,50 €" in log and "199.90" not in log


def test_what_a_file_got_wrong_is_quoted_as_it_stands_there(browser: Client) -> None:
    page = told(browser.get(sent(browser, b"SKU,SitePrice\nPHONE,12.50 each\n")))
    assert "“12.50 each” is not a number. Write it like 199.90." in page
