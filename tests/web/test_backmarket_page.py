"""Back Market Properties: viewed, edited by one and by two, and what it says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from listwright.catalog import operations as catalog
from listwright.catalog.types import ProductData
from listwright.companies import operations as companies
from listwright.companies.models import Account, Company
from listwright.jobs.models import Job
from listwright.listings import operations as listings
from listwright.listings.models import Listing
from listwright.listings.operations import Baseline, MarketThere
from listwright.listings.operations.fields import WRITABLE
from listwright.sync.models import Line
from tests.api.conftest import ORIGIN, open_company, person
from tests.domain.listings.makers import TREE
from tests.web.conftest import text
from tests.web.pages import edited, form_of, typed

HERE = "/acme/catalog/A~1B/backmarket/"
SKU = "A/B"


@dataclass
class Shop:
    """A company, its connection and a product `A/B`, with a browser per person."""

    company: Company
    account: Account
    ana: Client
    ben: Client
    now: datetime

    @property
    def listing(self) -> Listing:
        return Listing.objects.select_related("state").get(product__sku=SKU)

    def page(self, query: str = "") -> str:
        return unescape(self.ana.get(HERE + query).content.decode())

    def link(self) -> None:
        market = MarketThere("EUR", Decimal("150.00"), "Good", 12, publication_state=2)
        baseline = Baseline(self.listing.pk, str(UUID(int=7)), 1007, "P7", 2, {"fr-fr": market})
        listings.link(account_id=self.account.pk, baselines=[baseline], adopted=False, origin=ORIGIN, now=self.now)


@pytest.fixture
def shop(db: None) -> Shop:
    now = timezone.now()
    ana, ben = person("ana", now), person("ben", now)
    company = open_company("acme", ana, now)
    companies.set_member(company=company, user=ben, role="operator", origin=ORIGIN, now=now)
    account = companies.connect_account(
        company=company, environment="sandbox", region="eu", token="t", agent_company="A", contact_mail="a@b.example",
        default_market="fr-fr", sandbox_url="http://127.0.0.1:9", markets=["fr-fr", "en-gb"], origin=ORIGIN, now=now,
    )  # fmt: skip
    listings.store_categories(account_id=account.pk, tree=TREE, now=now)
    catalog.create_products(
        company=company,
        products=[ProductData(sku=SKU, name="Phone", condition="Good", site_price="199.90", stock={"main": 5})],
        origin=ORIGIN,
        now=now,
    )
    product = company.products.get()
    listings.ensure(account_id=account.pk, product_ids=[product.pk], now=now)
    clients = []
    for user in (ana, ben):
        client = Client()
        client.force_login(user)
        clients.append(client)
    return Shop(company, account, clients[0], clients[1], now)


def test_the_page_shows_the_three_panels_and_every_missing_attribute_with_the_field_that_mends_it(shop: Shop) -> None:
    page = shop.page()
    for part in ("Back Market Properties", ">General<", ">Inventory<", ">Pricing<", "Enable Back Market Repricing"):
        assert part in page
    assert f'href="{HERE}?edit=1#field-title">Enter a Back Market Title' in page
    assert 'href="/acme/catalog/A~1B/?edit=1#field-ean">Enter the product\'s EAN' in page
    assert 'href="/acme/catalog/A~1B/#field-image">Add an image' in page


def test_the_grade_a_condition_stands_for_is_named_in_words(shop: Shop) -> None:
    catalog.update_products(company=shop.company, changes={SKU: {"condition": "Grade B"}}, origin=ORIGIN, now=shop.now)
    assert "grade Very good" in shop.page() and "VERY_GOOD" not in shop.page()


def test_only_what_was_typed_is_written(shop: Shop) -> None:
    form = edited(shop.ana, HERE, "properties", title="Téléphone", warranty_months="24")
    response = shop.ana.post(HERE, form)
    assert response.status_code == 302 and response.headers["Location"] == HERE
    found = shop.listing
    assert (found.title, found.warranty_months, found.price_default) == ("Téléphone", 24, True)
    history = [row for row in shop.page().split("<li") if "by ana" in row]
    assert "2 changes" in history[0] and "Warranty Delay none → 24" in history[0]


def test_saving_an_untouched_form_changes_nothing(shop: Shop) -> None:
    before = shop.listing
    assert shop.ana.post(HERE, edited(shop.ana, HERE, "properties")).status_code == 302
    after = shop.listing
    for field in Listing._meta.concrete_fields:
        assert getattr(after, field.attname) == getattr(before, field.attname), field.attname
    assert "by ana" not in shop.page()


def test_two_editors_of_different_fields_merge(shop: Shop) -> None:
    first, second = (edited(client, HERE, "properties") for client in (shop.ana, shop.ben))
    assert shop.ana.post(HERE, typed(first, title="By Ana")).status_code == 302
    assert shop.ben.post(HERE, typed(second, comment="By Ben")).status_code == 302
    assert (shop.listing.title, shop.listing.comment) == ("By Ana", "By Ben")


def test_two_editors_of_the_same_field_see_both_values_and_the_second_decides(shop: Shop) -> None:
    first, second = (edited(client, HERE, "properties") for client in (shop.ana, shop.ben))
    shop.ana.post(HERE, typed(first, title="By Ana", safety_quantity="2", safety_quantity_default=None))
    refused = shop.ben.post(HERE, typed(second, title="By Ben", comment="Kept"))
    assert refused.status_code == 409
    page = unescape(refused.content.decode())
    assert "Somebody else has set this to “By Ana” meanwhile; you entered “By Ben”." in page
    assert 'value="By Ben"' in page and ">Kept</textarea>" in page.replace("\n", "")
    assert (shop.listing.title, shop.listing.comment) == ("By Ana", "")
    again = form_of(refused.content.decode(), "properties")
    assert shop.ben.post(HERE, again).status_code == 302
    found = shop.listing
    assert (found.title, found.comment, found.safety_quantity) == ("By Ben", "Kept", 2)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("price", "abc", "“abc” is not an amount."),
        ("warranty_months", "6", "enter a whole number from 12 to 120"),
        ("category", "Smartphones", "has categories below it"),
        ("markets__en-gb__price", "1.999", "too many decimals"),
    ],
)
def test_a_wrong_value_is_kept_and_its_field_marked(shop: Shop, field: str, value: str, sentence: str) -> None:
    form = edited(shop.ana, HERE, "properties", title="Kept", **{field: value})
    if field == "price":
        form.pop("price_default")
    refused = shop.ana.post(HERE, form)
    assert refused.status_code == 400
    page = unescape(refused.content.decode())
    field_id = "field-" + field.replace("__", "-")
    marked = page[page.index(f'id="{field_id}"') - 200 : page.index(f'id="{field_id}"') + 600]
    assert 'aria-invalid="true"' in marked and f'value="{value}"' in marked
    assert sentence in page and 'value="Kept"' in page
    assert f"{field.replace('__', '.')}: " not in text(refused)  # it is called as on screen
    assert shop.listing.title == ""


def test_writing_a_value_unticks_its_default_box_and_ticking_it_takes_the_value_pulled(shop: Shop) -> None:
    form = edited(shop.ana, HERE, "properties")
    assert form["price"] == "199,90" and form["price_default"] == "true"
    shop.ana.post(HERE, typed(form, price="150"))  # without a script the box is still ticked
    assert (shop.listing.price, shop.listing.price_default) == (Decimal("150.00"), False)
    shop.ana.post(HERE, edited(shop.ana, HERE, "properties", price_default="true"))
    assert (shop.listing.price, shop.listing.price_default) == (None, True)
    assert "Default: Site/Retail Price" in shop.page()


def test_amounts_are_written_and_understood_in_the_format_of_their_market(shop: Shop) -> None:
    british = "markets__en-gb__price"
    form = edited(shop.ana, HERE, "properties", price="1.399,50", price_default=None, **{british: "1,250.00"})
    assert shop.ana.post(HERE, form).status_code == 302
    assert shop.listing.price == Decimal("1399.50")
    page = shop.page()
    assert "1\u202f399,50\u00a0€" in page and "£1,250.00" in page
    assert "Back Market Price in en-gb none → £1,250.00" in page, "in the timeline, too"
    edit = edited(shop.ana, HERE, "properties")
    assert (edit["price"], edit["markets.en-gb.price"]) == ("1399,50", "1250.00")
    refused = shop.ana.post(HERE, edit | {"price": "1.399"})
    assert refused.status_code == 400 and 'value="1.399"' in refused.content.decode()


def test_min_price_is_hidden_and_kept_while_repricing_is_unticked(shop: Shop) -> None:
    form = edited(shop.ana, HERE, "properties", repricing_enabled="true", min_price="120")
    shop.ana.post(HERE, form)
    assert shop.listing.min_price == Decimal("120.00")
    shop.ana.post(HERE, edited(shop.ana, HERE, "properties", repricing_enabled=None))
    assert (shop.listing.repricing_enabled, shop.listing.min_price) == (False, Decimal("120.00"))
    page = shop.page("?edit=1")
    row = page[: page.index('id="field-min_price"')].rsplit('<div class="lw-row"', 1)[1]
    assert 'data-when="repricing_enabled" hidden' in row


def test_a_category_is_suggested_and_its_attributes_asked_for(shop: Shop) -> None:
    found = unescape(shop.ana.get(f"{HERE}categories/", {"category": "phone"}).content.decode())
    assert 'value="Smartphones › iPhone #1002"' in found
    asked = unescape(shop.ana.get(f"{HERE}attributes/", {"category": "Smartphones › iPhone #1002"}).content.decode())
    assert 'name="attributes.color"' in asked and '<option value="Black"' in asked
    needed = re.findall(r'<(?:input|select)[^>]* name="attributes\.(\w+)"[^>]* aria-required="true"', asked)
    assert needed == ["color", "storage"], "what the star stands for is heard, too"
    assert "aria-required" not in shop.page("?edit=1")
    form = edited(shop.ana, HERE, "properties", category="Smartphones › iPhone #1002")
    form |= {
        "attributes.color": "White",
        "was.attributes.color": "",
        "attributes.storage": "",
        "was.attributes.storage": "",
    }
    assert shop.ana.post(HERE, form).status_code == 302
    assert (shop.listing.category_id, shop.listing.attributes) == (1002, {"color": "White"})


def test_disabling_takes_the_listing_offline_unless_leave_is_chosen(shop: Shop) -> None:
    shop.link()
    shop.ana.post(f"{HERE}enabled/", {"enabled": "true"})
    shop.ana.post(f"{HERE}enabled/", {"enabled": "false"})
    assert shop.listing.status == "taken_offline"
    shop.ana.post(f"{HERE}enabled/", {"enabled": "true"})
    shop.ana.post(HERE, edited(shop.ana, HERE, "properties", enabled=None) | {"then": "leave"})
    assert shop.listing.status == "left_standing"
    assert shop.ana.post(f"{HERE}enabled/", {"enabled": "false", "then": "burn"}).status_code == 400


def test_what_is_to_become_of_a_listing_is_kept_while_another_field_is_mended(shop: Shop) -> None:
    shop.link()
    shop.ana.post(f"{HERE}enabled/", {"enabled": "true"})
    form = edited(shop.ana, HERE, "properties", enabled=None, safety_quantity="many") | {"then": "leave"}
    form.pop("safety_quantity_default", None)
    refused = shop.ana.post(HERE, form)
    assert refused.status_code == 400
    page = unescape(refused.content.decode())
    assert '<div class="lw-row" id="then-row" data-unless="enabled">' in page  # to be seen, not hidden
    assert re.search(r'name="then" value="leave" checked>.*Leave it as it stands', page)
    again = form_of(page, "properties")
    assert again["then"] == "leave"
    shop.ana.post(HERE, again | {"safety_quantity": "1"})
    assert shop.listing.status == "left_standing"


def test_both_actions_end_in_a_queued_job_and_a_toast_that_leads_to_it(shop: Shop) -> None:
    for action, kind in (("launch", "launch"), ("update", "update")):
        response = shop.ana.post(f"{HERE}{action}/", headers={"HX-Request": "true"})
        job = Job.objects.get(kind=kind)
        assert job.params["selection"] == {"skus": [SKU]}
        assert response.headers["HX-Retarget"] == "#toasts"
        assert f'href="/acme/jobs/{job.pk}/"' in response.content.decode()


def test_both_actions_say_beforehand_what_they_come_to(shop: Shop) -> None:
    for action, title in (("launch", "Update/Post Product to"), ("update", "Update Price and Qty to")):
        asked = shop.ana.get(f"{HERE}ask/{action}/")
        assert f"{title} BackMarket" in text(asked) and "Selected 1 product" in text(asked)
        assert f'hx-post="{HERE}{action}/"' in asked.content.decode()
    assert not Job.objects.exists()
    assert "To be enabled 1" in text(shop.ana.get(f"{HERE}ask/enable/"))
    assert shop.ana.get(f"{HERE}ask/burn/").status_code == 404


def test_why_adds_up_on_the_page(shop: Shop) -> None:
    shop.ana.post(HERE, edited(shop.ana, HERE, "properties", safety_quantity="2", safety_quantity_default=None))
    page = shop.page()
    dialog = page[page.index('id="why-quantity"') : page.index('id="why-fr-fr"')]
    shown = [row.split("</td>")[-2].split(">")[-1].strip() for row in dialog.split("<tr")[1:]]
    assert shown == ["5", "0", "5", "−2", "no cap", "3"]
    assert "en-gb sells in GBP" in page  # no price there, and why


def test_the_timeline_tells_what_was_sent_and_how_it_was_answered(shop: Shop) -> None:
    shop.link()
    Line.objects.create(
        account=shop.account, listing=shop.listing, kind="single", market="fr-fr", quantity=1, quantity_before=2,
        price=Decimal("140.00"), price_before=Decimal("150.00"), currency="EUR", state="rejected",
        attempted_at=shop.now, resolved_at=shop.now, request_id="req-77", message="Too cheap.",
    )  # fmt: skip
    page = shop.page()
    assert "Sent: quantity 2 → 1, price 150,00\u00a0€ → 140,00\u00a0€ in fr-fr" in page
    assert "Refused by Back Market" in page and "req req-77" in page and "Too cheap." in page
    assert "Linked to the listing created there" in page


def test_what_moves_by_itself_is_only_sent_when_it_has_moved(shop: Shop) -> None:
    shop.link()
    page = shop.page()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert shop.ana.get(f"{HERE}live/", {"seen": seen}).status_code == 204
    shop.ana.post(HERE, edited(shop.ana, HERE, "properties", title="New"))
    assert b"Title none" in shop.ana.get(f"{HERE}live/", {"seen": seen}).content


def test_a_viewer_sees_everything_and_changes_nothing(shop: Shop) -> None:
    own = {"markets.en-gb.title": "Only there", "markets.en-gb.min_price": "88.00"}
    shop.ana.post(HERE, edited(shop.ana, HERE, "properties") | own)
    user = person("vera", shop.now)
    companies.set_member(company=shop.company, user=user, role="viewer", origin=ORIGIN, now=shop.now)
    client = Client()
    client.force_login(user)
    page = client.get(f"{HERE}?edit=1").content.decode()
    assert "Only there" in page and "88.00" in page and page.count('class="lw-own"') == 1
    assert "<button" in page and '?edit=1">' not in page.replace("#", "") and 'name="title"' not in page
    assert client.post(HERE, {"title": "x", "was.title": ""}).status_code == 403
    assert client.post(f"{HERE}launch/").status_code == 403


def test_a_held_listing_says_why_and_a_person_releases_it(shop: Shop) -> None:
    listings.hold_for_person(
        account_id=shop.account.pk, listing_id=shop.listing.pk, code="sibling", message="Another product answered.",
        origin=ORIGIN, now=shop.now,
    )  # fmt: skip
    assert "Another product answered." in shop.page()
    assert shop.ana.post(f"{HERE}release/").status_code == 302
    assert "Another product answered." not in shop.page()


def test_a_company_without_connection_is_shown_the_way(shop: Shop) -> None:
    company = open_company("bare", shop.company.memberships.get(user__username="ana").user, shop.now)
    catalog.create_products(company=company, products=[ProductData(sku="X")], origin=ORIGIN, now=shop.now)
    for address in ("catalog/X/backmarket/", "unlinked/", "held/", "orders/"):
        page = shop.ana.get(f"/bare/{address}").content.decode()
        assert "Not connected to Back Market yet" in page and 'href="/bare/settings/backmarket/"' in page


def test_texts_are_escaped(shop: Shop) -> None:
    evil = "<script>alert(1)</script>"
    shop.ana.post(HERE, edited(shop.ana, HERE, "properties", title=evil, comment=evil))
    for query in ("", "?edit=1"):
        assert evil not in shop.ana.get(HERE + query).content.decode()


def names(fields: dict[str, Any]) -> set[str]:
    """Fields a form carries with what it was loaded with."""
    return {name.removeprefix("was.") for name in fields if name.startswith("was.")}


def test_every_property_can_be_edited_here(shop: Shop) -> None:
    here = names(edited(shop.ana, HERE, "properties"))
    assert WRITABLE - {"markets", "attributes"} <= here
    assert {
        f"markets.fr-fr.{name}" for name in ("enabled", "price", "min_price", "ceiling", "comment", "title")
    } <= here
