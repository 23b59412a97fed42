"""A5: what is available, and what of it is offered on Back Market."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listwright.listings.rules.availability import available_quantity, cap_in_force, quantity_for_back_market
from listwright.listings.rules.facts import QuantityRules, StartingQuantity, Step, StockFacts
from tests.unit.rules.facts import NO_RULES, UNITS, own_start, quantity_rules, starts, stocks


@pytest.mark.parametrize(
    ("physical", "reserved", "available"),
    [(5, 2, 3), (5, 0, 5), (0, 0, 0), (1, 3, -2), (None, 0, None), (None, 2, None)],
)
def test_available_is_physical_less_reserved_and_unknown_while_never_set(
    physical: int | None, reserved: int, available: int | None
) -> None:
    stock = StockFacts(physical, reserved)
    assert available_quantity(stock, own_start(stock)) == available


OWN_SAFETY = NO_RULES._replace(safety_quantity=2, safety_quantity_default=False)
OWN_CAP = NO_RULES._replace(max_quantity_enabled=True, max_quantity=3, max_quantity_default=False)


@pytest.mark.parametrize(
    ("available", "rules", "offered"),
    [
        (10, NO_RULES, 10),
        (10, OWN_SAFETY, 8),
        (2, OWN_SAFETY, 0),
        (1, OWN_SAFETY, 0),
        (-4, NO_RULES, 0),
        (10, OWN_SAFETY._replace(safety_quantity_default=True, company_safety_quantity=4), 6),
        (10, NO_RULES._replace(safety_quantity_default=False, company_safety_quantity=4), 6),
        (10, OWN_SAFETY._replace(safety_quantity=0, company_safety_quantity=4), 10),
        (10, OWN_CAP, 3),
        (2, OWN_CAP, 2),
        (10, OWN_CAP._replace(max_quantity_enabled=False), 10),
        (10, OWN_CAP._replace(max_quantity_default=True, company_max_quantity=7), 7),
        (10, OWN_CAP._replace(max_quantity_default=True), 10),
        (10, OWN_CAP._replace(max_quantity=None, company_max_quantity=7), 7),
        (10, OWN_CAP._replace(max_quantity=0), 0),
        (5, OWN_CAP._replace(safety_quantity=4, safety_quantity_default=False), 1),
        (None, OWN_CAP, None),
    ],
)
def test_safety_is_kept_back_first_and_then_the_cap_applies(
    available: int | None, rules: QuantityRules, offered: int | None
) -> None:
    assert quantity_for_back_market(available, rules) == offered


@pytest.mark.parametrize(("quantity", "offered"), [(4, 2), (-1, 0), (0, 0)])
def test_a_plugins_quantity_takes_the_place_of_stock_and_the_formula_goes_on_from_there(
    quantity: int, offered: int
) -> None:
    start = StartingQuantity(quantity, "half", "Half is kept for the shop.")
    steps: list[Step] = []
    available = available_quantity(StockFacts(9, 1), start, steps)
    assert quantity_for_back_market(available, OWN_SAFETY, steps) == offered
    assert ("plugin half", True) in [(step.source, "Half is kept for the shop." in step.effect) for step in steps]


def test_a_plugin_may_know_a_quantity_where_no_stock_was_set() -> None:
    assert available_quantity(StockFacts(None, 0), StartingQuantity(3, "erp", "From the ERP.")) == 3


@given(stocks, quantity_rules, starts)
def test_the_quantity_is_never_negative_and_never_above_what_is_available_or_the_cap(
    stock: StockFacts, rules: QuantityRules, start: StartingQuantity | None
) -> None:
    available = available_quantity(stock, start or own_start(stock))
    offered = quantity_for_back_market(available, rules)
    assert (offered is None) == (available is None) == (stock.physical is None and start is None)
    if offered is not None and available is not None:
        cap = cap_in_force(rules)
        assert 0 <= offered <= max(0, available)
        assert cap is None or offered <= cap


@given(st.integers(-5, 2000), quantity_rules, UNITS)
def test_a_rise_in_safety_never_raises_the_quantity(available: int, rules: QuantityRules, more: int) -> None:
    before = rules._replace(safety_quantity=rules.safety_quantity or 0, safety_quantity_default=False)
    after = before._replace(safety_quantity=(before.safety_quantity or 0) + more)
    lower, higher = quantity_for_back_market(available, after), quantity_for_back_market(available, before)
    assert lower is not None and higher is not None and lower <= higher


@given(st.integers(-5, 2000), quantity_rules, UNITS)
def test_a_fall_in_stock_never_raises_the_quantity(available: int, rules: QuantityRules, fewer: int) -> None:
    lower, higher = quantity_for_back_market(available - fewer, rules), quantity_for_back_market(available, rules)
    assert lower is not None and higher is not None and lower <= higher


@given(stocks, quantity_rules, starts)
def test_explaining_never_changes_the_figure_and_ends_with_it(
    stock: StockFacts, rules: QuantityRules, start: StartingQuantity | None
) -> None:
    steps: list[Step] = []
    start = start or own_start(stock)
    available = available_quantity(stock, start, steps)
    assert steps[-1].label == "Available Qty" and steps[-1].value == available == available_quantity(stock, start)
    offered = quantity_for_back_market(available, rules, steps)
    assert steps[-1].value == offered == quantity_for_back_market(available, rules)
    assert all(step.label and step.source and step.effect for step in steps)
