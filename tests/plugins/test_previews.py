"""What switching a plugin or a client setting would do is told before it is saved (C4), and nothing is written."""

from typing import Any

import pytest

from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, Invalid
from listwright.companies.models import CompanyPlugin
from listwright.companies.operations import check_plugin, configure_plugin, update_client_settings
from listwright.listings.models import PluginAnswer
from listwright.plugins.runner import Runner
from listwright.sync.queries.settings_preview import SettingsPreview, client_questions, plugin_question, told
from tests.domain.sync.planning import NOW, World, world

pytestmark = pytest.mark.django_db(transaction=True)

ANA = Origin("person", 1, "Ana")


def preview(here: World, plugin: str, **changes: Any) -> SettingsPreview | None:
    question = plugin_question(here.company, check_plugin(company=here.company, plugin=plugin, changes=changes))
    return told(question) if question else None


def configure(here: World, plugin: str, **changes: Any) -> None:
    configure_plugin(company=here.company, plugin=plugin, changes=changes, origin=ANA, now=NOW)


def client(**settings: bool) -> None:
    update_client_settings(changes=settings, origin=ANA, now=NOW)


@pytest.fixture
def here(using: Runner) -> World:
    """Two listings of five units each, both planned."""
    shop = world()
    for sku in ("A-1", "A-2"):
        shop.listing(sku, accepted=5)
    shop.plan()
    return shop


def test_an_inventory_plugin_is_asked_before_it_is_switched_on_and_nothing_is_kept(here: World) -> None:
    client(custom_inventory_calculation=True)
    found = preview(here, "wild", enabled=True, settings={"quantity": 9})
    assert found is not None
    assert (found.listings, found.changed, found.going_offline, found.lines) == (2, 2, 0, 2)
    zero = preview(here, "wild", enabled=True, settings={"quantity": 0})
    assert zero is not None and zero.going_offline == 2 and zero.losing_ready == 2
    assert not CompanyPlugin.objects.exists() and not PluginAnswer.objects.exists()


def test_a_plugin_that_fails_when_it_is_asked_is_told_beforehand(here: World) -> None:
    client(custom_inventory_calculation=True)
    found = preview(here, "wild", enabled=True, settings={"mode": "raise"})
    assert found is not None and "The plugin wild failed." in found.failure


def test_what_is_not_in_force_changes_nothing_and_a_mistake_is_told_first(here: World) -> None:
    found = preview(here, "wild", enabled=True, settings={"quantity": 9})  # its client setting is off
    assert found is not None and (found.changed, found.lines) == (0, 0)
    assert preview(here, "wild", enabled=False) is None
    with pytest.raises(Invalid):
        preview(here, "picky", enabled=True)
    with pytest.raises(Conflict):
        preview(here, "broken", enabled=True)


def test_a_client_setting_tells_for_each_company_what_it_would_do(here: World) -> None:
    assert client_questions({"custom_inventory_calculation": True}) == []
    configure(here, "wild", enabled=True, settings={"quantity": 9})
    ((name, question),) = client_questions({"custom_inventory_calculation": True})
    assert name == here.company.name and told(question).changed == 2
    assert client_questions({"filtered_products": True}) == []
    client(custom_inventory_calculation=True)
    here.plan()
    ((_, back),) = client_questions({"custom_inventory_calculation": False})
    assert told(back).changed == 2
    switched_off = preview(here, "wild", enabled=False)
    assert switched_off is not None and switched_off.changed == 2
