"""Company Settings: General Settings, conditions, warehouses, Client Settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from html import unescape
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from listwright.catalog import queries as catalog
from listwright.catalog.models import Product
from listwright.companies import operations as companies
from listwright.companies import queries
from listwright.companies.models import Account, Company, User
from listwright.listings import operations as listings
from listwright.listings.operations import Baseline, MarketThere
from listwright.sync import planner
from listwright.web.settings.confirm import sealed
from tests.api.conftest import ORIGIN, open_company
from tests.web.conftest import signed_in, text
from tests.web.pages import edited, form_of, marks, typed

GENERAL = "/acme/settings/backmarket/"
CONDITIONS = "/acme/settings/conditions/"
TELL = {"tell": "true"}


def confirmation(answer: HttpResponse) -> str:
    found = re.search(r'name="confirmed" value="(\w+)"', answer.content.decode())
    assert found
    return found[1]


def stored(company: Company) -> Account:
    return queries.account(company)


def test_a_company_is_connected_by_the_form_with_both_uploads_off(acme: Company, browser: Client) -> None:
    form = typed(
        form_of(browser.get(GENERAL).content.decode(), "general"),
        environment="sandbox",
        sandbox_url="http://127.0.0.1:9",
        token="secret-token",
        agent_company="Acme",
        contact_mail="a@acme.example",
        **{"markets__de-de__enabled": "true"},
    )
    assert browser.post(GENERAL, form).status_code == 302
    account = stored(acme)
    assert not account.inventory_upload and not account.prices_upload
    assert {row.market for row in queries.markets(account) if row.enabled} == {"fr-fr", "de-de"}
    assert queries.connection(account).token == "secret-token"


def test_the_token_is_never_shown_again_not_even_after_a_mistake(acme: Company, browser: Client) -> None:
    form = form_of(browser.get(GENERAL).content.decode(), "general")
    refused = browser.post(GENERAL, typed(form, token="secret-token", contact_mail="nobody"))
    page = unescape(refused.content.decode())
    assert refused.status_code == 400 and "'nobody' is not a mail address." in page and 'value="nobody"' in page
    assert "secret-token" not in page


def test_a_token_is_kept_over_a_mistake_and_over_the_preview(acme: Company, account: Account, browser: Client) -> None:
    form = edited(browser, GENERAL, "general", token="secret-token", contact_mail="nobody", default_safety_quantity="2")
    refused = browser.post(GENERAL, form)
    assert "The token you entered is stored when you save." in text(refused)
    again = typed(form_of(refused.content.decode(), "general"), contact_mail="b@acme.example")
    preview = browser.post(GENERAL, again | TELL).content.decode()
    assert "Before this is saved" in preview and "secret-token" not in preview
    confirmed = preview.split('name="confirmed" value="')[1].split('"')[0]
    assert browser.post(GENERAL, form_of(preview, "general") | {"confirmed": confirmed}).status_code == 302
    assert queries.connection(stored(acme)).token == "secret-token"


def test_a_token_that_was_sealed_for_another_company_opens_nothing(
    acme: Company, account: Account, ana: User, browser: Client, now: datetime
) -> None:
    form = edited(browser, GENERAL, "general", agent_company="Acme2")
    other = sealed(open_company("second", ana, now), "secret-token")
    assert browser.post(GENERAL, form | {"sealed_token": other}).status_code == 302
    assert browser.post(GENERAL, edited(browser, GENERAL, "general") | {"sealed_token": "é"}).status_code == 302
    assert queries.connection(stored(acme)).token == "t"


def test_an_empty_token_keeps_the_one_there_is(acme: Company, account: Account, browser: Client) -> None:
    before = stored(acme).token_encrypted
    assert browser.post(GENERAL, edited(browser, GENERAL, "general", agent_company="Acme2")).status_code == 302
    assert stored(acme).agent_company == "Acme2"
    assert bytes(stored(acme).token_encrypted) == bytes(before)


def test_inventory_upload_asks_its_question_first(acme: Company, account: Account, browser: Client) -> None:
    form = edited(browser, GENERAL, "general", inventory_upload="true", orders_download="true")
    refused = browser.post(GENERAL, form)
    assert refused.status_code == 400
    assert "what do your stock figures say of Back Market's orders?" in unescape(text(refused))
    previewed = browser.post(GENERAL, form | {"stock_feed": "stock_master"})
    assert previewed.status_code == 200 and "Before this is saved" in text(previewed)
    assert not stored(acme).inventory_upload


@pytest.mark.django_db(transaction=True)
def test_a_setting_says_what_it_would_change_and_is_saved_when_confirmed(
    acme: Company, account: Account, products: Callable[..., list[str]], browser: Client, now: datetime
) -> None:
    products("P1", "P2", "P3", stock={"main": 2}, site_price="100.00")
    made = listings.ensure(account_id=account.pk, product_ids=[row.pk for row in acme.products.all()], now=now)
    there = MarketThere("EUR", Decimal("100.00"), "Good", 12, publication_state=2)
    baselines = [Baseline(pk, str(UUID(int=pk)), pk, f"P{pk}", 2, {"fr-fr": there}) for pk in made.values()]
    listings.link(account_id=account.pk, baselines=baselines, adopted=False, origin=ORIGIN, now=now)
    listings.enable(company=acme, skus=["P1", "P2", "P3"], origin=ORIGIN, now=now)
    switched = {"orders_download": True, "stock_feed": "stock_master", "inventory_upload": True}
    companies.update_account_settings(company=acme, changes=switched, origin=ORIGIN, now=now)
    browser.post("/acme/held/approve/")
    planner.plan_once(now=now)
    form = edited(browser, GENERAL, "general", default_safety_quantity="2")
    preview = browser.post(GENERAL, form | TELL)
    page = text(preview)
    assert "Listings changed 3 of 3" in page and "Going offline 3" in page and "Lines to send 3" in page
    assert stored(acme).default_safety_quantity == 0
    again = form_of(preview.content.decode(), "general")
    confirmed = confirmation(preview)
    other = again | {"confirmed": confirmed, "default_safety_quantity": "1"}
    assert browser.post(GENERAL, other).status_code == 200 and stored(acme).default_safety_quantity == 0
    assert "Going offline 0" in text(browser.post(GENERAL, other | TELL))  # other values: told again
    assert browser.post(GENERAL, again | {"confirmed": confirmed}).status_code == 302
    assert stored(acme).default_safety_quantity == 2


def test_two_administrators_of_the_same_setting_see_both_values(
    acme: Company, account: Account, ana: User, browser: Client
) -> None:
    mine, theirs = (edited(client, GENERAL, "general") for client in (browser, signed_in(ana)))
    browser.post(GENERAL, typed(mine, agent_company="One"))
    refused = browser.post(GENERAL, typed(theirs, agent_company="Two"))
    assert refused.status_code == 409 and "set this to “One” meanwhile; you entered “Two”." in unescape(text(refused))


def test_the_markets_follow_the_region(acme: Company, browser: Client) -> None:
    page = browser.get(GENERAL, {"edit": "1", "region": "na"}).content.decode()
    assert "markets.en-us.enabled" in page and "markets.fr-fr.enabled" not in page


def test_connection_is_tested_and_the_answer_says_what_is_wrong(account: Account, browser: Client) -> None:
    response = browser.post(f"{GENERAL}test/", headers={"HX-Request": "true"})
    assert "Back Market cannot be reached" in text(response)


def test_sending_is_paused_and_resumed_by_hand(acme: Company, account: Account, browser: Client) -> None:
    browser.post(f"{GENERAL}sending/", {"action": "pause"})
    assert stored(acme).paused_code == "by_hand"
    assert "Nothing is sent to Back Market." in text(browser.get(GENERAL))
    browser.post(f"{GENERAL}sending/", {"action": "resume"})
    assert stored(acme).paused_at is None
    assert browser.post(f"{GENERAL}sending/", {"action": "explode"}).status_code == 400


def test_unmapped_conditions_come_with_their_products_and_a_suggestion(
    acme: Company, account: Account, products: Callable[..., list[str]], browser: Client
) -> None:
    products("P1", "P2", condition="Grade B (boxed)")
    page = browser.get(CONDITIONS).content.decode()
    assert "1 condition has no grade; 2 products cannot be posted because of that." in unescape(
        text(browser.get(CONDITIONS))
    )
    assert 'data-text="VERY_GOOD"' in page
    browser.post(CONDITIONS, {"condition": "Grade B (boxed)", "was": "", "grade": "VERY_GOOD"})
    assert queries.condition_map(acme)["grade b (boxed)"] == "VERY_GOOD"
    browser.post(CONDITIONS, {"remove": "Grade B (boxed)"})
    assert "grade b (boxed)" not in queries.condition_map(acme)


def test_a_condition_that_cannot_be_is_kept_and_marked(acme: Company, account: Account, browser: Client) -> None:
    response = browser.post(CONDITIONS, {"new": "x" * 101, "new_grade": "GOOD"})
    assert response.status_code == 400 and "x" * 101 in response.content.decode()
    assert "A condition has 1 to 100 characters" in text(response)


def test_warehouses_are_added_and_put_on_sale(
    acme: Company, products: Callable[..., list[str]], browser: Client
) -> None:
    here = "/acme/settings/warehouses/"
    browser.post(here, {"action": "add", "name": "Repair"})
    assert [(row.name, row.sellable) for row in catalog.warehouses(acme)] == [("main", True), ("Repair", False)]
    browser.post(here, {"action": "sellable", "name": "Repair"})
    browser.post(here, {"action": "rename", "name": "Repair", "rename": "Shop"})
    assert [(row.name, row.sellable) for row in catalog.warehouses(acme)] == [("main", True), ("Shop", True)]
    taken = browser.post(here, {"action": "add", "name": "MAIN"})
    assert taken.status_code == 409 and 'value="MAIN"' in taken.content.decode()
    assert marks(taken.content.decode()) == {"name": "There is a warehouse “MAIN” already."}


@pytest.mark.parametrize(
    ("to", "status", "told"),
    [("MAIN", 409, "There is a warehouse “MAIN” already."), ("", 400, "A warehouse needs a name."),
     ("x" * 65, 400, "At most 64 characters; this has 65.")],
)  # fmt: skip
def test_a_new_name_that_cannot_be_is_asked_for_again_where_it_was_typed(
    acme: Company, products: Callable[..., list[str]], browser: Client, to: str, status: int, told: str
) -> None:
    here = "/acme/settings/warehouses/"
    browser.post(here, {"action": "add", "name": "Repair"})
    refused = browser.post(here, {"action": "rename", "name": "Repair", "rename": to})
    page = refused.content.decode()
    assert refused.status_code == status and marks(page) == {"rename": told}
    (dialog,) = re.findall(r"<dialog[^>]* data-open>.*?</dialog>", page, re.S)
    assert "Rename Repair" in dialog and f'name="rename" value="{to}"' in dialog
    assert text(refused).count(told) == 1, "it is said once, where it was typed"


@pytest.mark.django_db(transaction=True)
def test_what_grades_and_warehouses_change_is_shown_before_it_is_saved(
    acme: Company, account: Account, products: Callable[..., list[str]], browser: Client, now: datetime
) -> None:
    products("P1", "P2", condition="Good", stock={"main": 3})
    listings.ensure(account_id=account.pk, product_ids=list(Product.objects.values_list("pk", flat=True)), now=now)
    planner.plan_once(now=now)
    asked = browser.post(CONDITIONS, {"condition": "Good", "was": "GOOD", "grade": "", **TELL})
    assert "Before this is saved" in text(asked) and "Listings changed 0 of 2" in text(asked)
    assert queries.condition_map(acme)["good"] == "GOOD"
    answer = {"condition": "Good", "was": "GOOD", "grade": "", "confirmed": confirmation(asked)}
    assert browser.post(CONDITIONS, {**answer, "grade": "FAIR"}).status_code == 200, "another change was not seen"
    assert browser.post(CONDITIONS, answer).status_code == 302
    assert "good" not in queries.condition_map(acme)

    here, off = "/acme/settings/warehouses/", {"action": "unsellable", "name": "main"}
    asked = browser.post(here, off | TELL)
    assert "2 with stock there" in text(asked)
    browser.post(here, {**off, "confirmed": "true"})
    assert catalog.warehouses(acme)[0].sellable
    browser.post(here, {**off, "confirmed": confirmation(asked)})
    assert not catalog.warehouses(acme)[0].sellable


def test_company_settings_keep_what_was_typed(acme: Company, browser: Client) -> None:
    refused = browser.post(
        "/acme/settings/", edited(browser, "/acme/settings/", "company", name="New", currency="Euro")
    )
    page = unescape(refused.content.decode())
    assert refused.status_code == 400 and 'value="New"' in page and "'Euro' is not a currency" in page
    browser.post("/acme/settings/", edited(browser, "/acme/settings/", "company", name="New"))
    assert "New" in text(browser.get("/acme/settings/"))


def test_client_settings_are_for_administrators_of_the_installation(
    browser: Client, acme: Company, viewer: User
) -> None:
    page = text(browser.get("/settings/client/"))
    assert "Enable Custom Inventory Calculation For Back Market No" in page
    assert "Enable Filtered Products For Back Market Upload No" in page
    form = edited(browser, "/settings/client/", "client", filtered_products="true")
    assert browser.post("/settings/client/", form).status_code == 302
    assert queries.client_settings().filtered_products
    assert signed_in(viewer).get("/settings/client/").status_code == 403


def test_a_viewer_reads_grades_in_the_words_administrators_choose_from(
    acme: Company, account: Account, browser: Client, viewer: User
) -> None:
    browser.post(CONDITIONS, {"new": "Boxed", "new_grade": "VERY_GOOD"})
    shown = text(signed_in(viewer).get(CONDITIONS))
    assert "Boxed 0 Very good" in shown and "VERY_GOOD" not in shown


def test_a_viewer_sees_settings_and_no_way_to_change_them(account: Account, viewer: User) -> None:
    for address in ("/acme/settings/", GENERAL, CONDITIONS, "/acme/settings/warehouses/"):
        page = signed_in(viewer).get(f"{address}?edit=1").content.decode()
        assert "was." not in page and "Save</button>" not in page
