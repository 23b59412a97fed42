"""The Plugins page: the form a plugin's model makes, what is missing, and what is broken."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client

from listwright.companies.models import Account, ClientSettings, CompanyPlugin, User
from listwright.companies.operations import set_member
from listwright.web.plugins.form import entered, fields
from tests.api.conftest import ORIGIN
from tests.domain.sync.planning import NOW, world
from tests.plugins.conftest import _shared_runner, using  # noqa: F401 - fixtures
from tests.web.conftest import Strict, text
from tests.web.pages import marks

SCHEMA: dict[str, Any] = {
    "properties": {
        "days": {"type": "integer", "title": "Days", "default": 3},
        "price": {"anyOf": [{"type": "number"}, {"type": "string"}], "title": "Price"},
        "on": {"type": "boolean", "default": True},
        "codes": {"type": "array", "items": {"type": "string"}},
        "mode": {"$ref": "#/$defs/Mode"},
        "name": {"type": "string"},
    },
    "required": ["price"],
    "$defs": {"Mode": {"enum": ["fast", "slow"], "type": "string"}},
}


def test_a_model_makes_its_form_and_the_form_its_values() -> None:
    made = {field.name: field for field in fields(SCHEMA, {"codes": ["a", "b"], "on": True})}
    assert [field.kind for field in made.values()] == ["number", "number", "switch", "list", "choice", "text"]
    assert made["settings.days"].value == "3" and made["settings.price"].required
    assert made["settings.codes"].value == "a\nb" and made["settings.mode"].choices == ("fast", "slow")
    typed = {"settings.days": " 4 ", "settings.codes": "x\n\n y ", "settings.name": "", "settings.mode": "slow"}
    assert entered(SCHEMA, typed) == {"days": "4", "on": False, "codes": ["x", "y"], "mode": "slow"}
    assert fields(None, {}) == [] and entered(None, typed) == {}


@pytest.mark.django_db
@pytest.mark.usefixtures("using")
def test_the_page_names_broken_plugins_and_says_what_is_missing(account: Account, browser: Client) -> None:
    page = browser.get("/acme/plugins/")
    assert page.status_code == 200 and not Strict(page.content.decode()).refused
    shown = text(page)
    assert "no module named supplier" in shown and "follow-price-to-win" in shown
    broken = page.content.decode().split('id="plugin-broken"')[1].split("</form>")[0]
    assert "<details" in broken and " open>" in broken and 'name="enabled"' not in broken
    wrong = browser.post("/acme/plugins/picky/", {"enabled": "true", "refresh_minutes": "15"})
    assert wrong.status_code == 400 and "Say what becomes of live listings" in text(wrong)
    wrong = browser.post("/acme/plugins/wild/", {"enabled": "true", "settings.quantity": "many", "share": "20"})
    assert wrong.status_code == 400 and "valid integer" in text(wrong) and "many" in wrong.content.decode()
    right = {"enabled": "true", "settings.quantity": "7", "share": "20", "refresh_minutes": "15", "dry": "true"}
    assert browser.post("/acme/plugins/wild/", right).status_code == 302
    row = CompanyPlugin.objects.get()
    assert row.enabled and row.settings["quantity"] == 7 and row.dry
    shown = text(browser.get("/acme/plugins/"))
    assert "Enable Custom Inventory Calculation For Back Market” is off" in shown
    assert "The rest of it is in force." in shown, "it sets prices besides"
    client = text(browser.get("/settings/client/"))
    assert "Switched on: wild for acme" in client
    assert "No company has a plugin for it on, so nothing changes. Installed: picky" in client
    ClientSettings.objects.update_or_create(pk=1, defaults={"custom_inventory_calculation": True})
    assert "is off, so it does not decide" not in text(browser.get("/acme/plugins/"))


@pytest.mark.django_db
@pytest.mark.usefixtures("using")
def test_what_is_wrong_in_a_plugins_form_is_kept_and_marked(account: Account, browser: Client) -> None:
    typed = {"enabled": "true", "settings.quantity": "many", "share": "101", "refresh_minutes": "often"}
    wrong = browser.post("/acme/plugins/wild/", typed)
    page = wrong.content.decode()
    found = marks(page)
    assert set(found) == {"settings.quantity", "share", "refresh_minutes"}
    assert "valid integer" in found["settings.quantity"] and all(found.values())
    assert 'value="101"' in page and 'value="often"' in page
    assert Strict(page).refused == []
    undecided = browser.post("/acme/plugins/picky/", {"enabled": "true", "refresh_minutes": "15"})
    assert "Say what becomes of live listings" in marks(undecided.content.decode())["picky-excluded"]


@pytest.mark.parametrize("name", ["mode", "codes", "on", "price"])
def test_every_kind_of_setting_can_be_marked(name: str) -> None:
    row = {"view": {"name": "own"}, "fields": fields(SCHEMA, {}, {f"settings.{name}": "It cannot be."})}
    page = render_to_string("plugins/page.html", {"rows": [row], "administrator": True})
    assert marks(page) == {f"settings.{name}": "It cannot be."}


@pytest.mark.django_db
@pytest.mark.usefixtures("using")
def test_a_plugins_columns_are_chosen_like_the_others_under_its_name(account: Account, browser: Client) -> None:
    assert "WarrantyYears" not in text(browser.get("/acme/uploads/templates/new/"))
    browser.post("/acme/plugins/warranty-years/", {"enabled": "true"})
    chosen = text(browser.get("/acme/uploads/templates/new/"))
    assert "Added by warranty-years 1 column WarrantyYears" in chosen


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("using")
def test_a_plugin_and_a_client_setting_say_what_they_would_do_before_they_are_saved(ana: User, browser: Client) -> None:
    shop = world()
    set_member(company=shop.company, user=ana, role="administrator", origin=ORIGIN, now=NOW)
    shop.listing("A-1", accepted=5)
    shop.plan()
    page = f"/{shop.company.slug}/plugins/"
    form = {"enabled": "true", "settings.quantity": "0", "share": "20", "refresh_minutes": "15"}
    asked = browser.post(f"{page}wild/", form | TELL)
    assert "Going offline 0" in text(asked)  # the client setting is off, so it does not decide
    assert browser.post(f"{page}wild/", form | {"confirmed": _confirmed(asked)}).status_code == 302
    asked = browser.post("/settings/client/", {"was.custom_inventory_calculation": "false", **CUSTOM, **TELL})
    assert "Going offline 1" in text(asked) and not Strict(asked.content.decode()).refused
    assert not ClientSettings.objects.filter(custom_inventory_calculation=True).exists()
    confirmed = {"confirmed": _confirmed(asked), "was.custom_inventory_calculation": "false", **CUSTOM}
    assert browser.post("/settings/client/", confirmed).status_code == 302
    asked = browser.post(f"{page}wild/", {**form, "settings.quantity": "3", **TELL})
    assert "Before this is saved" in text(asked) and "Listings changed" in text(asked)
    assert 'value="3"' in asked.content.decode()
    assert CompanyPlugin.objects.get().settings["quantity"] == 0
    browser.post(f"{page}wild/", {**form, "settings.quantity": "3", "confirmed": _confirmed(asked)})
    assert CompanyPlugin.objects.get().settings["quantity"] == 3


CUSTOM = {"custom_inventory_calculation": "true"}
TELL = {"tell": "true"}


def _confirmed(answer: HttpResponse) -> str:
    return answer.content.decode().split('name="confirmed" value="')[1].split('"')[0]
