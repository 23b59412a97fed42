"""Which listing is a product's, and whether it is on: merchant SKU, enabling and disabling."""

from datetime import timedelta
from typing import Any

import pytest

from listwright.catalog.models import GridRow
from listwright.changes.operations import Urgency
from listwright.common.errors import Invalid
from listwright.listings import operations
from tests.domain.listings.makers import (
    LATER,
    NOW,
    ORIGIN,
    change,
    connected,
    fresh,
    listed,
    planned,
    refused,
    standing,
    waiting,
)

pytestmark = pytest.mark.django_db


def test_a_merchant_sku_is_unique_in_the_account_whatever_its_case_and_falls_back_to_the_sku() -> None:
    company, account = connected()
    one, _ = listed(company, account, "A", "B")
    assert refused(company, "A", merchant_sku="b").code == "merchant_sku_taken"
    change(company, "A", merchant_sku="M-1")
    assert refused(company, "B", merchant_sku="m-1").code == "merchant_sku_taken"
    change(company, "A", merchant_sku=None)
    assert fresh(one).effective_merchant_sku == "A"
    result = operations.update_properties(
        company=company, changes={"A": {"merchant_sku": "N"}, "B": {"merchant_sku": "n"}}, origin=ORIGIN, now=LATER
    )
    assert (list(result.cells), list(result.errors)) == (["A"], ["B"])


def test_the_merchant_sku_of_a_linked_listing_is_locked() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    operations.link(
        account_id=account.pk, baselines=[standing(listing, fr_fr="10")], adopted=False, origin=ORIGIN, now=NOW
    )
    error = refused(company, "A", merchant_sku="B")
    assert (error.code, list(error.fields)) == ("merchant_sku_locked", ["merchant_sku"])
    assert change(company, "A", merchant_sku="") == {}


def test_a_product_whose_sku_is_taken_is_freed_by_a_merchant_sku_of_its_own() -> None:
    company, account = connected()
    listed(company, account, "A")
    change(company, "A", merchant_sku="B")
    (held,) = listed(company, account, "B")
    assert held.link_problem
    change(company, "B", merchant_sku="B-2")
    assert (fresh(held).link_problem, fresh(held).effective_merchant_sku) == ("", "B-2")


def test_disabling_asks_what_becomes_of_the_listing() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    change(company, "A", enabled=True)
    assert fresh(listing).status == "on"
    assert refused(company, "A", enabled=False).code == "choice_needed"
    with pytest.raises(Invalid):
        operations.disable(company=company, skus=["A"], then=None, origin=ORIGIN, now=LATER)
    planned(listing)
    cells = operations.update_listing(
        company=company, sku="A", values={"enabled": False}, choice_required=False, origin=ORIGIN, now=LATER
    )
    assert cells == {"enabled": [True, False], "status": ["on", "taken_offline"]}
    assert (fresh(listing).status, fresh(listing).status_since) == ("taken_offline", LATER)
    assert waiting(listing) == Urgency.STOP


def test_what_is_off_stays_as_it_is_unless_the_choice_is_named_for_it() -> None:
    company, account = connected()
    on, left, never = listed(company, account, "ON", "LEFT", "NEVER")
    operations.enable(company=company, skus=["ON", "LEFT"], origin=ORIGIN, now=NOW)
    operations.disable(company=company, skus=["LEFT"], then="leave", origin=ORIGIN, now=NOW)
    everything = {sku: {"enabled": False} for sku in ("ON", "LEFT", "NEVER")}
    result = operations.update_properties(company=company, changes=everything, then="offline", origin=ORIGIN, now=LATER)
    assert (list(result.cells), result.unchanged) == (["ON"], 2)
    assert [fresh(row).status for row in (on, left, never)] == ["taken_offline", "left_standing", "never_enabled"]
    operations.disable(company=company, skus=["LEFT", "NEVER"], then="offline", origin=ORIGIN, now=LATER)
    assert [fresh(row).status for row in (left, never)] == ["taken_offline", "never_enabled"]
    mixed: dict[str, dict[str, Any]] = {"ON": {"title": "x"}, "NEVER": {"enabled": True}}
    even_later = LATER + timedelta(minutes=1)
    operations.update_properties(company=company, changes=mixed, origin=ORIGIN, now=even_later)
    assert [fresh(row).status_since for row in (on, never)] == [LATER, even_later]


def test_enabling_shows_in_the_grid_at_once() -> None:
    company, account = connected()
    (listing,) = listed(company, account, "A")
    operations.enable(company=company, skus=["A"], origin=ORIGIN, now=NOW)
    row = GridRow.objects.get(product_id=listing.product_id)
    assert (row.enabled, row.state) == (True, "on")
