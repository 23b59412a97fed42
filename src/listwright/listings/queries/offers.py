"""What hooks and rules make of listings: the one way from facts to quantity, prices and readiness.

Planner, pages, REST, files and previews all come by here, and *Why?* asks the same hooks and explains the same rules.
"""

from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

from listwright.listings.queries.facts import AccountFacts, ListingFacts, market_enabled
from listwright.listings.queries.plugged import NONE, plugged
from listwright.listings.rules.availability import available_quantity, quantity_for_back_market
from listwright.listings.rules.facts import MarketPrice, Readiness, ReadinessFacts, StartingQuantity
from listwright.listings.rules.plugged import Plugged, missing_of, quantity_let_through
from listwright.listings.rules.pricing import price_for_market
from listwright.listings.rules.readiness import readiness
from listwright.plugins import types
from listwright.plugins.loading import own_rules


class Offer(NamedTuple):
    """What the rules make of a listing: units available and offered (None: unknown), readiness, and by market, in the
    order of the facts' markets, its price and whether it is updated there. `plugged`: what hooks had in it."""

    available: int | None
    quantity: int | None
    prices: tuple[MarketPrice, ...]
    enabled: tuple[bool, ...]
    readiness: Readiness
    plugged: Plugged


def offers(account: AccountFacts, batch: Sequence[ListingFacts]) -> list[Offer]:
    """What hooks and rules make of these listings, in their order."""
    return [offer(account, facts, said) for facts, said in zip(batch, said_of(account, batch), strict=True)]


def offer(account: AccountFacts, facts: ListingFacts, said: Plugged) -> Offer:
    """What the rules make of a listing and of what hooks said of it. Readiness looks at the markets that are updated
    only."""
    available = available_quantity(facts.stock, said.start)
    quantity = quantity_for_back_market(available, facts.rules)
    own, proposed = facts.price, said.prices
    prices = tuple([price_for_market(own, market, proposed.get(market[0])) for market in facts.markets])
    enabled = tuple(
        [market_enabled(account, market[0], state) for market, state in zip(facts.markets, facts.states, strict=True)]
    )
    judged = prices if all(enabled) else tuple(compress(prices, enabled))
    known = facts.known_to_back_market
    judging = ReadinessFacts._make(
        (*facts.post, facts.linked, known, facts.rules, available, quantity, judged, facts.grade_there)
    )
    answer = readiness(judging, account.readiness, missing_of(said))
    if facts.linked:
        quantity = quantity_let_through(quantity, said, linked=True, standing=facts.state.quantity_accepted)
    return Offer(available, quantity, prices, enabled, answer, said)


def said_of(account: AccountFacts, batch: Sequence[ListingFacts]) -> list[Plugged]:
    """What hooks say of these listings, in their order: the company's plugins, as it is stored of them; and where none
    has an opinion on the quantity, Listwright's own rules, asked now."""
    plugins = account.plugins
    if plugins is NONE:  # as most companies are, and the planner is to be quick
        return [Plugged(start) for start in _own_quantities(batch)]
    said = [plugged(plugins, facts.stored, facts.proposed) for facts in batch]
    own = iter(_own_quantities([facts for facts, one in zip(batch, said, strict=True) if one.start is None]))
    return [one if one.start is not None else one._replace(start=next(own)) for one in said]


def product_facts(batch: Sequence[ListingFacts]) -> list[types.ProductFacts]:
    """What hooks are told of these listings, in their order."""
    return [_product(facts) for facts in batch]


def _own_quantities(batch: Sequence[ListingFacts]) -> list[StartingQuantity | None]:
    answers = own_rules().inventory_calculation(products=product_facts(batch), settings={})
    return [None if answer is None else StartingQuantity(answer.quantity, "", answer.reason) for answer in answers]


def _product(facts: ListingFacts) -> types.ProductFacts:
    title, _, ean, _, _, images, _, category, attributes, warranty, condition, _, _, brand, list_price = facts.post
    currency, site_price, price, price_default, _, _, _ = facts.price
    return types.ProductFacts._make(
        (
            facts.sku,
            facts.name,
            ean,
            brand,
            condition,
            *facts.stock,
            currency,
            site_price,
            list_price,
            site_price if price_default else price,
            category,
            attributes.copy(),
            title,
            images,
            warranty,
            facts.linked,
        )
    )
