"""A6 and E2: the price of each market, and how far repricing may move it."""

from decimal import Decimal

import pytest
from hypothesis import given

from listwright.listings.rules.facts import MarketFacts, PriceFacts, ProposedPrice, Step
from listwright.listings.rules.pricing import price_errors, price_for_market
from tests.unit.rules.facts import BRITAIN, EUROS, FRANCE, markets, prices, proposals

OWN = EUROS._replace(price=Decimal("180.00"), price_default=False)
REPRICED = OWN._replace(repricing_enabled=True, min_price=Decimal("150.00"), ceiling=Decimal("200.00"))


@pytest.mark.parametrize(
    ("listing", "market", "price"),
    [
        (EUROS, FRANCE, "199.90"),
        (OWN, FRANCE, "180.00"),
        (OWN._replace(price_default=True), FRANCE, "199.90"),
        (OWN, FRANCE._replace(price=Decimal("170")), "170.00"),
        (OWN, BRITAIN._replace(price=Decimal("155.5")), "155.50"),
        (OWN, MarketFacts("ja-jp", "JPY", Decimal("30000.00")), "30000"),
    ],
)
def test_a_markets_own_price_wins_and_the_products_serves_its_currency(
    listing: PriceFacts, market: MarketFacts, price: str
) -> None:
    answer = price_for_market(listing, market)
    assert str(answer.price) == price
    assert (answer.market, answer.currency, answer.missing) == (market.market, market.currency, None)


@pytest.mark.parametrize(
    ("listing", "market", "field", "word"),
    [
        (OWN, BRITAIN, "markets.en-gb.price", "GBP"),
        (EUROS._replace(site_price=None), FRANCE, "site_price", "Site/Retail Price"),
        (OWN._replace(price=None), FRANCE, "price", "Back Market Price"),
        (EUROS._replace(site_price=Decimal(0)), FRANCE, "site_price", "above zero"),
        (OWN._replace(price=Decimal("0.00")), FRANCE, "price", "above zero"),
        (OWN._replace(price=Decimal("-1.00")), FRANCE, "price", "above zero"),
        (OWN, FRANCE._replace(price=Decimal(0)), "markets.fr-fr.price", "above zero"),
    ],
)
def test_where_there_is_no_price_the_answer_says_why_and_what_mends_it(
    listing: PriceFacts, market: MarketFacts, field: str, word: str
) -> None:
    answer = price_for_market(listing, market)
    assert answer.price is None and answer.missing is not None
    assert answer.missing.code == "price" and answer.missing.field == field and word in answer.missing.message


def test_a_price_above_back_markets_limit_is_warned_of_and_not_changed() -> None:
    answer = price_for_market(OWN, FRANCE._replace(max_price_there=Decimal("179.99")))
    assert answer.price == Decimal("180.00")
    assert answer.warning is not None and answer.warning.code == "above_max_price"
    assert price_for_market(OWN, FRANCE._replace(max_price_there=Decimal("180.00"))).warning is None


@pytest.mark.parametrize(
    ("listing", "proposed", "price"),
    [
        (REPRICED, "160", "160.00"),
        (REPRICED, "140", "150.00"),
        (REPRICED, "250", "200.00"),
        (REPRICED, "-3", "150.00"),
        (REPRICED, "NaN", "180.00"),
        (REPRICED, "1E+50", "200.00"),
        (REPRICED._replace(ceiling=None), "250", "180.00"),
        (REPRICED._replace(min_price=None), "100", "180.00"),
        (REPRICED._replace(min_price=Decimal(0)), "0", "180.00"),
        (REPRICED._replace(repricing_enabled=False), "160", "180.00"),
    ],
)
def test_repricing_moves_the_price_only_between_min_price_and_ceiling(
    listing: PriceFacts, proposed: str, price: str
) -> None:
    answer = price_for_market(listing, FRANCE, ProposedPrice(Decimal(proposed), "win", "Price to win."))
    assert str(answer.price) == price


def test_repricing_in_another_currency_needs_that_markets_own_bounds() -> None:
    britain = BRITAIN._replace(price=Decimal("155.00"))
    proposed = ProposedPrice(Decimal("120.00"), "win", "Price to win.")
    assert price_for_market(REPRICED, britain, proposed).price == Decimal("155.00")
    assert price_for_market(REPRICED, britain._replace(min_price=Decimal("130.00")), proposed).price == Decimal(
        "130.00"
    )


@pytest.mark.parametrize(
    ("lowest", "ceiling", "proposed", "price"),
    [("0.40", "900", "0.45", "1"), ("150.40", "900", "1", "151"), ("100", "200.60", "900", "200")],
)
def test_rounding_to_a_currency_without_cents_leads_past_no_bound(
    lowest: str, ceiling: str, proposed: str, price: str
) -> None:
    japan = FRANCE._replace(currency="JPY", price=Decimal("180"), min_price=Decimal(lowest), ceiling=Decimal(ceiling))
    answer = price_for_market(REPRICED, japan, ProposedPrice(Decimal(proposed), "win", "Price to win."))
    assert answer.price == Decimal(price)


def test_with_repricing_enabled_and_no_plugin_the_price_stays_and_the_steps_say_so() -> None:
    steps: list[Step] = []
    assert price_for_market(REPRICED, FRANCE, None, steps).price == Decimal("180.00")
    assert any("no plugin proposes" in step.effect for step in steps)


@given(prices, markets, proposals)
def test_explaining_never_changes_the_price_and_ends_with_it(
    listing: PriceFacts, market: MarketFacts, proposed: ProposedPrice | None
) -> None:
    steps: list[Step] = []
    answer = price_for_market(listing, market, proposed, steps)
    assert answer == price_for_market(listing, market, proposed)
    assert steps[-1].value == answer.price
    assert all(step.label and step.source and step.effect for step in steps)


@given(prices, markets, proposals)
def test_a_price_is_above_zero_in_the_markets_decimals_or_missing_with_a_reason(
    listing: PriceFacts, market: MarketFacts, proposed: ProposedPrice | None
) -> None:
    answer = price_for_market(listing, market, proposed)
    assert (answer.price is None) == (answer.missing is not None)
    if answer.price is not None:
        assert answer.price > 0
        assert answer.price.as_tuple().exponent == (0 if market.currency == "JPY" else -2)
    if market.price is None and market.currency != listing.currency:
        assert answer.price is None


@pytest.mark.parametrize(
    ("price", "min_price", "ceiling", "fields"),
    [
        ("100", "90", "110", set()),
        ("100", "100", "100", set()),
        (None, "90", None, set()),
        ("89.99", "90", None, {"price"}),
        ("-1", None, None, {"price"}),
        ("100", "0", None, {"min_price"}),
        ("100", "90", "80", {"ceiling"}),
        ("100", None, "0", {"ceiling"}),
    ],
)
def test_a_price_below_min_price_is_an_error_of_the_form(
    price: str | None, min_price: str | None, ceiling: str | None, fields: set[str]
) -> None:
    amounts = [None if text is None else Decimal(text) for text in (price, min_price, ceiling)]
    assert price_errors(*amounts).keys() == fields
    assert price_errors(*amounts, prefix="markets.fr-fr.").keys() == {f"markets.fr-fr.{field}" for field in fields}
