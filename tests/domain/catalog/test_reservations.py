import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listwright.catalog import operations, queries
from listwright.catalog.models import GridRow, Product, Reservation
from listwright.catalog.types import ReservationItem, StockChange
from listwright.changes.operations import Urgency
from listwright.common.errors import Invalid, NotFound
from listwright.companies.models import Company

from .conftest import NOW, ORIGIN, create, generations, history, set_stock, settle, urgency


@pytest.fixture
def phone(acme: Company) -> Product:
    (product,) = create(acme, "A", stock={"main": 5})
    settle()
    return product


def reserve(product: Product, reference: str, quantity: int) -> None:
    item = ReservationItem(product.pk, reference, quantity)
    operations.reserve(company_id=product.company_id, items=[item], now=NOW)


def release(product: Product, *references: str) -> None:
    operations.release(company_id=product.company_id, references=references, now=NOW)


def consume(product: Product, *references: str, take: bool) -> None:
    operations.consume(company_id=product.company_id, references=references, take_from_stock=take, now=NOW)


def figures(product: Product) -> tuple[int | None, int, int | None]:
    """physical, reserved, available as the grid shows it."""
    product.refresh_from_db()
    return product.physical, product.reserved, GridRow.objects.get(product=product).available


def test_an_order_holds_units(acme: Company, phone: Product) -> None:
    reserve(phone, "backmarket:1/1", 2)
    assert figures(phone) == (5, 2, 3)
    assert history(phone) == [("reserve", {"reserved": [0, 2]})]
    assert urgency(phone) == Urgency.STOCK
    assert [row.reference for row in queries.reservations(acme, phone.pk)] == ["backmarket:1/1"]


def test_the_same_order_read_twice_reserves_once(acme: Company, phone: Product) -> None:
    for _ in range(2):
        reserve(phone, "backmarket:1/1", 2)
    assert figures(phone) == (5, 2, 3)
    assert generations(acme) == {"A": 1}
    reserve(phone, "backmarket:1/1", 3)
    assert figures(phone) == (5, 3, 2)


def test_the_last_unit_sold_is_a_stop_sale(phone: Product) -> None:
    reserve(phone, "1", 7)
    assert figures(phone) == (5, 7, -2)
    assert urgency(phone) == Urgency.STOP


def test_a_cancellation_returns_only_its_own_reservation_and_once(phone: Product) -> None:
    reserve(phone, "1", 2)
    reserve(phone, "2", 1)
    for _ in range(2):
        release(phone, "1", "never seen")
    assert figures(phone) == (5, 1, 4)
    reserve(phone, "1", 2)  # an old page of orders, read again
    assert figures(phone) == (5, 1, 4)


def test_a_shipment_that_the_stock_feed_knows_of_only_ends_the_reservation(phone: Product) -> None:
    reserve(phone, "1", 2)
    consume(phone, "1", take=False)
    assert figures(phone) == (5, 0, 5)


def test_the_stock_master_takes_shipped_units_from_stock(acme: Company, phone: Product) -> None:
    for name, sellable in (("repair", False), ("back", True)):
        operations.create_warehouse(company=acme, name=name, sellable=sellable, origin=ORIGIN, now=NOW)
    set_stock(acme, StockChange("A", 9, "repair"), StockChange("A", 4, "back"))
    reserve(phone, "1", 5)
    reserve(phone, "2", 2)
    settle()
    consume(phone, "1", "2", take=True)
    assert queries.product(acme, "A").stock == {"main": 0, "repair": 9, "back": 2}
    assert figures(phone) == (2, 0, 2)
    assert history(phone) == [("consume", {"reserved": [7, 0], "physical": [9, 2]})]
    consume(phone, "1", "2", take=True)
    assert figures(phone) == (2, 0, 2)


def test_stock_never_goes_below_zero(phone: Product) -> None:
    reserve(phone, "1", 8)
    consume(phone, "1", take=True)
    assert figures(phone) == (0, 0, 0)


def test_a_product_of_another_company_cannot_be_reserved(phone: Product, rival: Company) -> None:
    with pytest.raises(NotFound):
        operations.reserve(company_id=rival.pk, items=[ReservationItem(phone.pk, "1", 1)], now=NOW)
    reserve(phone, "1", 1)
    operations.release(company_id=rival.pk, references=["1"], now=NOW)
    assert figures(phone) == (5, 1, 4)


def test_a_reservation_of_nothing_is_refused(phone: Product) -> None:
    with pytest.raises(Invalid):
        reserve(phone, "1", 0)
    assert not Reservation.objects.exists()


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["reserve", "release", "consume"]), st.sampled_from("123"), st.integers(1, 4)),
        max_size=10,
    )
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reserved_is_always_the_sum_of_what_is_held(phone: Product, steps: list[tuple[str, str, int]]) -> None:
    point = transaction.savepoint()
    held: dict[str, int] = {}
    ended: set[str] = set()
    for action, reference, quantity in steps:
        if action == "reserve":
            reserve(phone, reference, quantity)
            if reference not in ended:
                held[reference] = quantity
        else:
            (release if action == "release" else lambda *a: consume(*a, take=False))(phone, reference)
            if held.pop(reference, None) is not None:
                ended.add(reference)
    total = sum(held.values())
    assert figures(phone) == (5, total, 5 - total)
    transaction.savepoint_rollback(point)
