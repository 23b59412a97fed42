from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listwright.catalog import operations, queries
from listwright.catalog.models import GridRow, Product, Stock
from listwright.catalog.types import StockChange
from listwright.changes.operations import Urgency
from listwright.common.errors import Invalid, LimitReached, NotFound
from listwright.companies.models import Company

from .conftest import NOW, ORIGIN, create, generations, history, set_stock, settle, urgency


def test_stock_never_set_is_unknown_and_not_zero(acme: Company) -> None:
    (product,) = create(acme, "A")
    assert queries.product(acme, "A").physical is None
    assert queries.product(acme, "A").available is None
    set_stock(acme, StockChange("A", 0))
    assert queries.product(acme, "A").available == 0
    assert GridRow.objects.get(product=product).available == 0


def test_setting_stock_writes_figure_history_grid_and_generation(acme: Company) -> None:
    (product,) = create(acme, "A")
    settle()
    result = set_stock(acme, StockChange("a", 5))
    assert (result.changed, result.unchanged, result.errors) == (1, 0, {})
    assert queries.product(acme, "A").stock == {"main": 5}
    assert GridRow.objects.get(product=product).available == 5
    assert history(product) == [("set_stock", {"stock.main": [None, 5]})]
    assert generations(acme) == {"A": 1}
    assert urgency(product) == Urgency.STOCK


def test_unchanged_stock_writes_no_history_and_no_generation(acme: Company) -> None:
    (product,) = create(acme, "A", stock={"main": 5})
    settle()
    result = set_stock(acme, StockChange("A", 5), now=NOW + timedelta(hours=1))
    assert (result.changed, result.unchanged) == (0, 1)
    assert history(product) == []
    assert generations(acme) == {}


def test_selling_out_is_planned_before_other_stock(acme: Company) -> None:
    (product,) = create(acme, "A", stock={"main": 5})
    settle()
    set_stock(acme, StockChange("A", 0))
    assert urgency(product) == Urgency.STOP


def test_wrong_rows_are_reported_by_index_and_leave_the_others_alone(acme: Company, rival: Company) -> None:
    create(acme, "A", "B")
    create(rival, "THEIRS")
    result = set_stock(
        acme,
        StockChange("A", 1),
        StockChange("nope", 1),
        StockChange("B", -1),
        StockChange("B", 1, "attic"),
        StockChange("THEIRS", 1),
        StockChange("B", True),
        StockChange("B", 1, "main", datetime(2026, 3, 1)),  # noqa: DTZ001 - the point
        StockChange("B", 1, "main", NOW + timedelta(hours=1)),
        StockChange("B", 10**9),
        StockChange(" ", 1),
    )
    fields = {index: set(error.fields) for index, error in result.errors.items()}
    assert fields == {
        1: {"sku"},
        2: {"physical"},
        3: {"warehouse"},
        4: {"sku"},
        5: {"physical"},
        6: {"as_of"},
        7: {"as_of"},
        8: {"physical"},
        9: {"sku"},
    }
    assert isinstance(result.errors[1], NotFound)
    assert (result.changed, result.unchanged, result.ignored) == (1, 0, {})
    assert queries.product(acme, "A").stock == {"main": 1}
    assert queries.product(acme, "B").stock == {}


def test_products_not_named_are_untouched(acme: Company) -> None:
    create(acme, "A", "B", stock={"main": 3})
    settle()
    set_stock(acme, StockChange("A", 4))
    assert queries.product(acme, "B").physical == 3
    assert set(generations(acme)) == {"A"}


def test_an_older_figure_is_ignored_and_said_so(acme: Company) -> None:
    create(acme, "A")
    set_stock(acme, StockChange("A", 5, "main", NOW))
    result = set_stock(acme, StockChange("A", 9, "main", NOW - timedelta(seconds=1)))
    assert "12:00:00" in result.ignored[0]
    assert (result.changed, result.unchanged) == (0, 0)
    assert queries.product(acme, "A").physical == 5


def test_a_figure_of_this_moment_counts_though_another_clock_is_ahead(acme: Company) -> None:
    create(acme, "A")
    set_stock(acme, StockChange("A", 5), now=NOW + timedelta(seconds=2))
    assert set_stock(acme, StockChange("A", 4), now=NOW).changed == 1
    operations.update_product(company=acme, sku="A", changes={"stock": {"main": 3}}, origin=ORIGIN, now=NOW)
    assert queries.product(acme, "A").physical == 3
    assert set_stock(acme, StockChange("A", 9, "main", NOW + timedelta(seconds=1))).ignored


def test_an_unchanged_figure_still_makes_older_ones_old(acme: Company) -> None:
    create(acme, "A")
    set_stock(acme, StockChange("A", 5, "main", NOW - timedelta(hours=3)))
    set_stock(acme, StockChange("A", 5, "main", NOW - timedelta(hours=1)))
    assert set_stock(acme, StockChange("A", 9, "main", NOW - timedelta(hours=2))).ignored
    assert queries.product(acme, "A").physical == 5


def test_of_two_figures_for_one_product_the_newer_counts(acme: Company) -> None:
    create(acme, "A", "B")
    early, late = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    result = set_stock(
        acme,
        StockChange("A", 1),
        StockChange("a", 2),
        StockChange("B", 7, "main", late),
        StockChange("B", 8, "main", early),
    )
    assert set(result.ignored) == {0, 3}
    assert (queries.product(acme, "A").physical, queries.product(acme, "B").physical) == (2, 7)


def test_only_sellable_warehouses_count(acme: Company) -> None:
    (product,) = create(acme, "A")
    operations.create_warehouse(company=acme, name="Repair", origin=ORIGIN, now=NOW)
    settle()
    set_stock(acme, StockChange("A", 4, "repair"))
    assert queries.product(acme, "A").physical is None
    assert generations(acme) == {}
    assert history(product) == [("set_stock", {"stock.Repair": [None, 4]})]


def test_a_warehouse_that_becomes_sellable_adds_its_stock(acme: Company) -> None:
    create(acme, "A", "B", "C", stock={"main": 1})
    operations.create_warehouse(company=acme, name="repair", origin=ORIGIN, now=NOW)
    set_stock(acme, StockChange("A", 4, "repair"), StockChange("B", 0, "repair"))
    settle()
    change = {"sellable": True}
    operations.update_warehouse(company=acme, name="REPAIR", changes=change, origin=ORIGIN, now=NOW)
    assert [queries.product(acme, sku).physical for sku in "ABC"] == [5, 1, 1]
    assert GridRow.objects.get(product__sku="A").available == 5
    assert set(generations(acme)) == {"A"}
    operations.update_warehouse(company=acme, name="repair", changes=change, origin=ORIGIN, now=NOW)
    assert generations(acme) == {"A": 1}


def test_stock_whose_only_warehouse_goes_off_sale_is_zero_not_unknown(acme: Company) -> None:
    create(acme, "A", stock={"main": 3})
    settle()
    operations.update_warehouse(company=acme, name="main", changes={"sellable": False}, origin=ORIGIN, now=NOW)
    assert queries.product(acme, "A").physical == 0
    assert generations(acme) == {"A": 1}


def test_more_than_ten_thousand_rows_are_refused(acme: Company) -> None:
    with pytest.raises(LimitReached):
        set_stock(acme, *[StockChange("A", 1)] * 10_001)


def test_one_product_raises_what_is_wrong(acme: Company) -> None:
    create(acme, "A")
    with pytest.raises(NotFound):
        operations.set_product_stock(company=acme, sku="B", physical=1, origin=ORIGIN, now=NOW)
    with pytest.raises(Invalid) as refusal:
        operations.set_product_stock(company=acme, sku="A", physical=-1, origin=ORIGIN, now=NOW)
    assert set(refusal.value.fields) == {"physical"}


def test_the_database_itself_refuses_stock_below_zero(acme: Company) -> None:
    create(acme, "A", stock={"main": 1})
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.update(physical=-1)


def test_one_stock_change_is_a_handful_of_statements(acme: Company) -> None:
    create(acme, "A", stock={"main": 1})
    with CaptureQueriesContext(connection) as captured:
        set_stock(acme, StockChange("A", 2))
    statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= 8, statements


def test_the_number_of_statements_does_not_grow_with_the_rows(acme: Company) -> None:
    skus = [f"S{number}" for number in range(500)]
    create(acme, *skus, stock={"main": 1})
    with CaptureQueriesContext(connection) as captured:
        result = set_stock(acme, *(StockChange(sku, 2) for sku in skus))
    assert result.changed == 500
    assert len(captured) <= 10


@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ABab"), st.integers(0, 5), st.sampled_from(["main", "back"]), st.integers(-3, 0)),
        max_size=12,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_newest_figure_stands_and_every_row_is_accounted_for(
    acme: Company, rows: list[tuple[str, int, str, int]]
) -> None:
    point = transaction.savepoint()
    create(acme, "A", "B")
    operations.create_warehouse(company=acme, name="back", sellable=True, origin=ORIGIN, now=NOW)
    settle()
    expected: dict[tuple[str, str], tuple[datetime, int]] = {}
    changes = []
    for sku, units, warehouse, age in rows:
        as_of = NOW + timedelta(minutes=age)
        changes.append(StockChange(sku, units, warehouse, as_of))
        key = (sku.upper(), warehouse)
        if key not in expected or as_of >= expected[key][0]:
            expected[key] = (as_of, units)
    result = set_stock(acme, *changes)
    assert result.changed + result.unchanged + len(result.ignored) + len(result.errors) == len(rows)
    for sku in "AB":
        view = queries.product(acme, sku)
        figures = {warehouse: units for (owner, warehouse), (_, units) in expected.items() if owner == sku}
        assert view.stock == figures
        assert view.physical == (sum(figures.values()) if figures else None)
    assert set(generations(acme)) == {sku for sku, _ in expected}
    transaction.savepoint_rollback(point)


@pytest.mark.django_db(transaction=True)
def test_changes_of_the_same_products_at_once_end_with_sums_that_are_right() -> None:
    company = operations.open_company(slug="busy", name="B", currency="EUR", creator=None, origin=ORIGIN, now=NOW)
    skus = [f"S{number}" for number in range(40)]
    create(company, *skus)
    operations.create_warehouse(company=company, name="back", origin=ORIGIN, now=NOW)
    barrier, failures = Barrier(3), []

    def work(worker: int) -> None:
        try:
            barrier.wait()
            for turn in range(6):
                order = skus if (worker + turn) % 2 else skus[::-1]
                if worker == 2:
                    operations.update_warehouse(
                        company=company, name="back", changes={"sellable": turn % 2 == 0}, origin=ORIGIN, now=NOW
                    )
                else:
                    place = "main" if worker else "back"
                    set_stock(company, *(StockChange(sku, turn, place) for sku in order))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work, args=(worker,)) for worker in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    for view in queries.views(company, list(Product.objects.values_list("pk", flat=True))):
        assert view.physical == view.stock["main"] == 5  # `back` ended as not sellable
