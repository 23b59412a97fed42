"""A warehouse with much stock that goes on or off sale is counted behind the person who asked, and wholly."""

from __future__ import annotations

import pytest

from listwright.catalog import operations
from listwright.catalog.models import GridRow, Product, Warehouse
from listwright.catalog.operations import warehouses
from listwright.catalog.types import StockChange
from listwright.companies.models import Company

from .conftest import NOW, ORIGIN, create, generations, set_stock, settle

SKUS = tuple("ABCDE")


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouses, "AT_ONCE", 2)


def sell(company: Company, sellable: bool) -> Warehouse:
    changes = {"sellable": sellable}
    return operations.update_warehouse(company=company, name="main", changes=changes, origin=ORIGIN, now=NOW)


def physical() -> dict[str, int | None]:
    return dict(Product.objects.order_by("sku").values_list("sku", "physical"))


@pytest.mark.usefixtures("few_at_once")
def test_the_first_products_are_counted_at_once_and_the_others_behind(acme: Company) -> None:
    create(acme, *SKUS, stock={"main": 3})
    settle()
    main = sell(acme, False)
    assert main.counted_through is not None
    assert physical() == {"A": 0, "B": 0, "C": 3, "D": 3, "E": 3}
    operations.count_warehouses(now=NOW)
    assert set(physical().values()) == {0} and set(generations(acme)) == set(SKUS)
    assert set(GridRow.objects.values_list("available", flat=True)) == {0}
    assert Warehouse.objects.get(pk=main.pk).counted_through is None
    operations.count_warehouse(warehouse_id=main.pk, now=NOW)  # a task that runs twice
    assert set(generations(acme).values()) == {1}


@pytest.mark.usefixtures("few_at_once")
def test_what_is_changed_while_it_is_counted_comes_out_right(acme: Company) -> None:
    create(acme, *SKUS, stock={"main": 3})
    operations.create_warehouse(company=acme, name="shop", sellable=True, origin=ORIGIN, now=NOW)
    main = sell(acme, False)
    set_stock(acme, StockChange("D", 7), StockChange("E", 4, "shop"))
    main = sell(acme, True)
    assert main.counted_through is not None
    sell(acme, False)
    operations.count_warehouse(warehouse_id=main.pk, now=NOW)
    assert physical() == {"A": 0, "B": 0, "C": 0, "D": 0, "E": 4}
    sell(acme, True)
    operations.count_warehouse(warehouse_id=main.pk, now=NOW)
    assert physical() == {"A": 3, "B": 3, "C": 3, "D": 7, "E": 7}
