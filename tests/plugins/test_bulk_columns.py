"""Columns of plugins in files are translations of Listwright's own."""

import pytest

from listwright.bulk import queries
from listwright.bulk.columns import Known, every
from listwright.common.errors import Invalid
from listwright.companies.models import Company
from listwright.companies.operations import configure_plugin
from listwright.listings.models import Listing
from tests.domain.bulk.makers import NOW, ORIGIN, applied, exported, previewed, sheet, shop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("using")]


@pytest.fixture
def acme() -> Company:
    company = shop("A-1", "B-2")
    configure_plugin(company=company, plugin="warranty-years", changes={"enabled": True}, origin=ORIGIN, now=NOW)
    return company


def test_a_plugins_column_is_read_by_it_and_what_it_refuses_stands_in_the_log(acme: Company) -> None:
    content = sheet(["SKU", "WarrantyYears", "Brand"], ["A-1", "2 years", "Apple"], ["B-2", "soon", ""])
    counts, outcomes = applied(acme, content)
    assert [outcome.status for outcome in outcomes] == ["changed", "failed"]
    assert Listing.objects.get(product__sku="A-1").warranty_months == 24
    (mistake,) = outcomes[1].mistakes
    assert (mistake.column, mistake.value) == ("WarrantyYears", "soon") and "no number of years" in mistake.reason
    assert counts.failed == 1


def test_a_plugins_column_is_exported_and_uploaded_unchanged_changes_nothing(acme: Company) -> None:
    applied(acme, sheet(["SKU", "WarrantyYears"], ["A-1", "1,5"]))
    content = exported(acme, "WarrantyYears")
    assert content.decode("utf-8-sig").splitlines() == ["SKU,WarrantyYears", "A-1,1.5", "B-2,"]
    _, outcomes = previewed(acme, content)
    assert [outcome.status for outcome in outcomes] == ["unchanged", "unchanged"]


def test_people_choose_a_plugins_column_where_they_choose_listwrights_own(acme: Company) -> None:
    *own, added = queries.columns(acme)
    assert (added.header, added.subject) == ("WarrantyYears", "plugin") and added.meaning
    assert own[0].header == "SKU" and "WarrantyYears" not in {column.header for column in own}
    configure_plugin(company=acme, plugin="warranty-years", changes={"enabled": False}, origin=ORIGIN, now=NOW)
    assert [column.header for column in queries.columns(acme)] == [column.header for column in own]


def test_a_file_has_the_plugins_column_or_those_it_writes(acme: Company) -> None:
    with pytest.raises(Invalid, match="mean the same"):
        previewed(acme, sheet(["SKU", "WarrantyYears", "BackmarketWarrantyLength"], ["A-1", "2", "24"]))


def test_switched_off_the_column_is_unknown(acme: Company) -> None:
    configure_plugin(company=acme, plugin="warranty-years", changes={"enabled": False}, origin=ORIGIN, now=NOW)
    with pytest.raises(Invalid, match="There is no column “WarrantyYears”"):
        previewed(acme, sheet(["SKU", "WarrantyYears"], ["A-1", "2"]))


def test_every_column_the_example_writes_is_one_of_ours() -> None:
    assert "BackmarketWarrantyLength" in {column.header for column in every(Known())}
