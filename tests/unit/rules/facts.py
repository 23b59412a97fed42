"""Facts for the tests of the rules: a listing that is ready, and strategies for any listing."""

from decimal import Decimal

from hypothesis import strategies as st

from listwright.listings.rules.attributes import DECIMAL, INTEGER, MULTIPLE_CHOICE, STRING
from listwright.listings.rules.conditions import GRADES
from listwright.listings.rules.facts import (
    AttributeFacts,
    MarketFacts,
    PriceFacts,
    ProposedPrice,
    QuantityRules,
    ReadinessContext,
    ReadinessFacts,
    StartingQuantity,
    StockFacts,
)
from listwright.listings.rules.pricing import price_for_market
from listwright.plugins.loading import own_rules
from listwright.plugins.testing import product

NO_RULES = QuantityRules(None, True, False, None, True, 0, None)
EUROS = PriceFacts("EUR", Decimal("199.90"), None, True, False, None, None)
FRANCE = MarketFacts("fr-fr", "EUR")
GERMANY = MarketFacts("de-de", "EUR")
BRITAIN = MarketFacts("en-gb", "GBP")

ATTRIBUTES = (
    AttributeFacts("screen_size", "Screen size", DECIMAL, (), True),
    AttributeFacts("memory", "Memory (GB)", INTEGER, (), True),
    AttributeFacts("model", "Model", STRING, (), True),
    AttributeFacts("color", "Colour", MULTIPLE_CHOICE, ("Black", "White"), True),
    AttributeFacts("note", "Note", STRING, (), False),
)
CONTEXT = ReadinessContext("fr-fr", {1412: ATTRIBUTES}, {"good": "GOOD", "neuf": "PREMIUM"}, 12, "Tested and cleaned")
READY = ReadinessFacts(
    title="iPhone 13 128 GB",
    description_size=120,
    ean="4006381333931",
    weight_lbs=Decimal(0),
    weight_oz=Decimal("6.14"),
    image_count=2,
    main_image="https://img.example/13.jpg",
    category=1412,
    attributes={"screen_size": "6.1", "memory": "128", "model": "A2633", "color": "Black"},
    warranty_months=None,
    condition="Good",
    merchant_sku="IPH-13",
    comment="",
    brand="Apple",
    list_price=Decimal("899.00"),
    linked=False,
    known_to_back_market=False,
    rules=NO_RULES,
    available=4,
    quantity=4,
    prices=(price_for_market(EUROS, FRANCE),),
)


def own_start(stock: StockFacts) -> StartingQuantity | None:
    """What Listwright's own rules answer for a product with this stock."""
    facts = product(physical=stock.physical, reserved=stock.reserved)
    (own,) = own_rules().inventory_calculation(products=[facts], settings={})
    return None if own is None else StartingQuantity(own.quantity, "", own.reason)


UNITS = st.integers(min_value=0, max_value=2000)
MAYBE_UNITS = st.none() | UNITS
AMOUNTS = st.decimals(min_value=0, max_value=5000, places=2)
MAYBE_AMOUNTS = st.none() | AMOUNTS
CURRENCIES = st.sampled_from(["EUR", "GBP", "SEK", "JPY"])
stocks = st.builds(StockFacts, st.none() | st.integers(-5, 2000), UNITS)
quantity_rules = st.builds(
    QuantityRules, MAYBE_UNITS, st.booleans(), st.booleans(), MAYBE_UNITS, st.booleans(), UNITS, MAYBE_UNITS, UNITS
)
starts = st.none() | st.builds(StartingQuantity, st.integers(-5, 2000), st.just("half"), st.just("Half is kept."))
prices = st.builds(
    PriceFacts,
    CURRENCIES,
    MAYBE_AMOUNTS,
    MAYBE_AMOUNTS,
    st.booleans(),
    st.booleans(),
    MAYBE_AMOUNTS,
    MAYBE_AMOUNTS,
)
markets = st.builds(
    MarketFacts, st.just("xx-xx"), CURRENCIES, MAYBE_AMOUNTS, MAYBE_AMOUNTS, MAYBE_AMOUNTS, MAYBE_AMOUNTS
)
proposals = st.none() | st.builds(ProposedPrice, AMOUNTS, st.just("win"), st.just("Price to win."))

_texts = st.sampled_from(["", " ", "short", "x" * 101, "x" * 201, "x" * 501])
_values = st.sampled_from(["", " ", "6.1", "6,1", "128", "Black", "Pink", "x"])
readiness_facts = st.builds(
    ReadinessFacts,
    title=_texts,
    description_size=st.integers(0, 2),
    ean=st.sampled_from(["", "4006381333931", "4006381333930", "12", "0000000000000", "abc"]),
    weight_lbs=st.sampled_from([None, Decimal(0), Decimal("0.001"), Decimal(1)]),
    weight_oz=st.sampled_from([None, Decimal(0), Decimal("0.01"), Decimal(1)]),
    image_count=st.integers(0, 2),
    main_image=st.sampled_from(["", "https://img.example/1.jpg"]),
    category=st.sampled_from([None, 1412, 7]),
    attributes=st.dictionaries(st.sampled_from([attribute.field for attribute in ATTRIBUTES]), _values),
    warranty_months=st.sampled_from([None, 6, 12, 24]),
    condition=st.sampled_from(["", "good", "Good", "Neuf", "Odd"]),
    merchant_sku=_texts,
    comment=_texts,
    brand=_texts,
    list_price=MAYBE_AMOUNTS,
    linked=st.booleans(),
    known_to_back_market=st.none() | st.booleans(),
    rules=quantity_rules,
    available=st.none() | st.integers(-3, 2000),
    quantity=MAYBE_UNITS,
    prices=st.builds(
        lambda price, places: tuple(price_for_market(price, place) for place in places),
        prices,
        st.lists(
            st.sampled_from([FRANCE, BRITAIN, GERMANY]) | markets, max_size=4, unique_by=lambda facts: facts.market
        ),
    ),
    grade_there=st.sampled_from(["", *GRADES]),
)
contexts = st.sampled_from(
    [CONTEXT, CONTEXT._replace(categories={}), CONTEXT._replace(company_warranty_months=None, company_comment="")]
)
