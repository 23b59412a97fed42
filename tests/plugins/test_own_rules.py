"""Listwright's own rules are a plugin like any other: the same hooks, types and registration, only without a process."""

import pytest

from listwright.changes.origin import Origin
from listwright.companies.operations import configure_plugin, update_client_settings
from listwright.listings.queries import why
from listwright.plugins.defaults import own_rules
from listwright.plugins.loading import found, hooks_of, load
from listwright.plugins.runner import Runner
from listwright.plugins.testing import call, product
from listwright.plugins.types import StartingQuantity
from listwright.sync.planner import dry_run
from tests.domain.sync.planning import NOW, quantity, world

ANA = Origin("person", 1, "Ana")


def test_they_answer_as_an_authors_test_asks_any_plugin() -> None:
    batch = [product(physical=7, reserved=2), product(physical=0), product(physical=None)]
    answers = call(own_rules, "inventory_calculation", batch)
    assert answers == [
        StartingQuantity(5, "Physical quantity less reserved units."),
        StartingQuantity(0, "Physical quantity less reserved units."),
        None,
    ]


def test_they_are_registered_like_any_plugin_and_no_company_can_switch_them_off() -> None:
    assert hooks_of(load("own-rules")) == ["inventory_calculation"]
    assert "own-rules" not in {plugin.name for plugin in found()}


@pytest.mark.django_db(transaction=True)
def test_where_the_companys_plugin_has_no_opinion_they_decide_and_plan_why_and_preview_agree(using: Runner) -> None:
    here = world()
    first, second = here.listing("A-1"), here.listing("B-2")
    assert why(here.company, "A-1")["quantity"]["steps"][2] == {
        "label": "Available Qty",
        "value": 5,
        "source": "calculation",
        "effect": "Physical quantity less reserved units.",
    }
    update_client_settings(changes={"custom_inventory_calculation": True}, origin=ANA, now=NOW)
    changes = {"enabled": True, "settings": {"mode": "shy", "quantity": 9}}
    configure_plugin(company=here.company, plugin="wild", changes=changes, origin=ANA, now=NOW)
    here.plan()
    assert (quantity(first)[0], quantity(second)[0]) == (5, 9)
    sources = [why(here.company, sku)["quantity"]["steps"] for sku in ("A-1", "B-2")]
    told = [next(step["source"] for step in steps if step["label"] == "Available Qty") for steps in sources]
    assert told == ["calculation", "plugin wild"]
    assert dry_run(here.account.pk).changed == 0
    here.change(first, physical=8)
    here.plan()
    assert quantity(first)[0] == 8
