"""A7: *Why?* tells the same figures as the rules, as plain JSON."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from listwright.listings.rules.availability import available_quantity, quantity_for_back_market
from listwright.listings.rules.explanation import explain
from listwright.listings.rules.facts import (
    MarketFacts,
    PriceFacts,
    ProposedPrice,
    QuantityRules,
    StartingQuantity,
    StockFacts,
)
from listwright.listings.rules.plugged import Plugged
from listwright.listings.rules.pricing import price_for_market
from tests.unit.rules.facts import (
    BRITAIN,
    EUROS,
    FRANCE,
    NO_RULES,
    markets,
    own_start,
    prices,
    proposals,
    quantity_rules,
    starts,
    stocks,
)


@given(stocks, quantity_rules, prices, st.lists(markets, max_size=1), starts, proposals)
def test_every_figure_is_the_rules_own_and_the_last_step_is_the_figure(
    stock: StockFacts,
    rules: QuantityRules,
    price: PriceFacts,
    own: list[MarketFacts],
    start: StartingQuantity | None,
    proposed: ProposedPrice | None,
) -> None:
    places = [FRANCE, BRITAIN, *own]
    start = start or own_start(stock)
    by_market = {} if proposed is None else {"fr-fr": proposed, "xx-xx": proposed}
    answer = explain(stock, rules, price, places, said=Plugged(start=start, prices=by_market))
    assert json.loads(json.dumps(answer)) == answer
    quantity = answer["quantity"]
    assert quantity["available"] == available_quantity(stock, start)
    assert quantity["for_back_market"] == quantity_for_back_market(quantity["available"], rules)
    assert quantity["steps"][-1]["value"] == quantity["for_back_market"]
    assert list(answer["prices"]) == [market.market for market in places]
    for market in places:
        expected = price_for_market(price, market, by_market.get(market.market)).price
        told = answer["prices"][market.market]
        assert told["price"] == told["steps"][-1]["value"] == (None if expected is None else str(expected))


def test_the_steps_read_like_the_page() -> None:
    rules = NO_RULES._replace(company_safety_quantity=2, max_quantity_enabled=True, company_max_quantity=5)
    stock = StockFacts(10, 1)
    answer = explain(stock, rules, EUROS, [FRANCE, BRITAIN], said=Plugged(own_start(stock)))
    told = [(step["label"], step["value"], step["source"]) for step in answer["quantity"]["steps"]]
    assert told == [
        ("Physical quantity", 10, "product"),
        ("Reserved", 1, "orders"),
        ("Available Qty", 9, "calculation"),
        ("Safety Qty", 2, "company settings"),
        ("Max Quantity", 5, "company settings"),
        ("Available Qty for Back Market", 5, "calculation"),
    ]
    france, britain = answer["prices"]["fr-fr"], answer["prices"]["en-gb"]
    assert [step["label"] for step in france["steps"]] == ["Site/Retail Price", "Price in fr-fr"]
    assert france["price"] == "199.90" and france["field"] == ""
    assert britain["price"] is None and britain["field"] == "markets.en-gb.price"


def test_a_price_above_the_limit_is_told_with_the_limit() -> None:
    answer = explain(StockFacts(1, 0), NO_RULES, EUROS, [FRANCE._replace(max_price_there=Decimal("150.00"))])
    told = answer["prices"]["fr-fr"]
    assert told["price"] == "199.90" and "150.00" in told["warning"]
    assert ("Back Market's max price", "150.00") in [(step["label"], step["value"]) for step in told["steps"]]
