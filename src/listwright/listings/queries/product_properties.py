"""Read Back Market properties, readiness and explanations; company first, in a fixed number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from listwright.catalog import queries as catalog
from listwright.catalog.models import Product
from listwright.changes import prepared
from listwright.channels.registry import channel
from listwright.common.errors import NotFound
from listwright.common.reading import asked_once
from listwright.companies import queries as companies
from listwright.companies.models import Account, Company
from listwright.listings.models import Listing, ListingMarket, ListingMarketState, ListingState
from listwright.listings.queries.facts import (
    AccountFacts,
    ListingFacts,
    MarketStateFacts,
    account_facts,
    load,
    market_enabled,
)
from listwright.listings.queries.offers import Offer, offers, said_of
from listwright.listings.queries.plugged import NO_ANSWER, NO_PRICES
from listwright.listings.queries.types import ListingView, MarketView, QuantityView
from listwright.listings.rules.conditions import grade_for
from listwright.listings.rules.explanation import Explanation, explain
from listwright.listings.rules.facts import MarketFacts, PriceFacts, QuantityRules, Readiness, StockFacts

_OF_LISTINGS = "row.listing_id = ANY(%s::bigint[])"
_IDS = "SELECT id FROM listings_listing WHERE account_id = %s AND product_id = ANY(%s::bigint[])"
# A leaf before a branch of the same number, one that is there before one that is gone: the last one counts.
_PATHS = """
SELECT marketplace_category_id, path FROM listings_category
WHERE account_id = %s AND marketplace_category_id = ANY(%s::int[]) ORDER BY is_leaf, gone_at NULLS LAST
"""


def properties(company: Company, sku: str) -> ListingView:
    """One product's Back Market properties. Raises NotFound, and NotReady when the company is not connected."""
    account = companies.account(company)
    found = properties_of(company, [catalog.product_id(company, sku)], account=account)
    if not found:  # deleted between the two statements
        raise NotFound("product_not_found", f"There is no product “{sku}”.")
    return found[0]


def properties_of(company: Company, product_ids: Sequence[int], *, account: Account | None = None) -> list[ListingView]:
    """The properties of these products of the company, in the order given; those of others are left out.

    Raises NotReady when the company is not connected.
    """
    account = account or companies.account(company)
    found = {row.product_id: row for row in _listings(account, product_ids)}
    shared, loaded = _loaded(account.pk, tuple(row.pk for row in found.values()))
    facts = {row.listing_id: row for row in loaded}
    bare = _bare(company, shared, [pk for pk in product_ids if pk not in found])
    own = _by_market(prepared.instances(ListingMarket, _OF_LISTINGS, [list(facts)]))
    states = _by_market(prepared.instances(ListingMarketState, _OF_LISTINGS, [list(facts)]))
    paths = _paths(account, found.values())
    made = []
    for product_id in product_ids:
        listing = found.get(product_id)
        if listing is not None and listing.pk in facts:
            made.append(_view(account, shared, listing, facts[listing.pk], own, states, paths))
        elif product_id in bare:
            made.append(_view(account, shared, *bare[product_id], {}, {}, {}))
    return made


def readiness(company: Company, skus: Sequence[str]) -> dict[str, Readiness]:
    """Ready To Post of products, {SKU as given: readiness}; unknown SKUs are left out. Raises NotReady."""
    shared, facts = _facts(company, catalog.product_ids(company, skus))
    made = offers(shared, list(facts.values()))
    return {sku: one.readiness for sku, one in zip(facts, made, strict=True)}


def why(company: Company, sku: str) -> Explanation:
    """Every step of a product's quantity and prices (A7), from the code that computes them. Raises NotFound, NotReady."""
    shared, found = _facts(company, {sku: catalog.product_id(company, sku)})
    if sku not in found:
        raise NotFound("product_not_found", f"There is no product “{sku}”.")
    facts = found[sku]
    (said,) = said_of(shared, [facts])
    return explain(
        facts.stock,
        facts.rules,
        facts.price,
        facts.markets,
        said=said,
        linked=facts.linked,
        standing=facts.state.quantity_accepted if facts.linked else None,
    )


def linked_skus(company: Company, skus: Sequence[str]) -> list[str]:
    """Those of these products that are linked: deleting them asks "offline or leave" (B5). As stored, by SKU."""
    ids = catalog.product_ids(company, skus).values()
    linked = Listing.objects.filter(product__company=company, product__in=ids, back_market_id__isnull=False)
    return sorted(linked.values_list("product__sku", flat=True))


@asked_once
def _loaded(account_id: int, listing_ids: tuple[int, ...]) -> tuple[AccountFacts, list[ListingFacts]]:
    shared = account_facts(account_id)
    return shared, load(shared, listing_ids)


def _facts(company: Company, products: Mapping[str, int]) -> tuple[AccountFacts, dict[str, ListingFacts]]:
    account_id = companies.account(company).pk
    listings = prepared.rows(_IDS, [account_id, list(products.values())])
    shared, loaded = _loaded(account_id, tuple(listing_id for (listing_id,) in listings))
    found = {row.product_id: row for row in loaded}
    bare = _bare(company, shared, [pk for pk in products.values() if pk not in found])
    found |= {pk: facts for pk, (_, facts) in bare.items()}
    return shared, {sku: found[pk] for sku, pk in products.items() if pk in found}


def _listings(account: Account, product_ids: Sequence[int]) -> list[Listing]:
    return list(
        Listing.objects.filter(account=account, product__in=list(product_ids))
        .select_related("product", "state")
        .defer("product__description")
    )


def _by_market(rows: Iterable[Any]) -> dict[tuple[int, str], Any]:
    return {(row.listing_id, row.market): row for row in rows}


def _paths(account: Account, listings: Iterable[Listing]) -> dict[int, str]:
    wanted = {row.category_id for row in listings if row.category_id is not None}
    return dict(prepared.rows(_PATHS, [account.pk, list(wanted)])) if wanted else {}


def _bare(
    company: Company, shared: AccountFacts, product_ids: Sequence[int]
) -> dict[int, tuple[Listing, ListingFacts]]:
    """Products whose listing has yet to be made (the planner makes it within moments), as it will be."""
    if not product_ids:
        return {}
    made = {}
    for product in Product.objects.filter(company=company, pk__in=product_ids):
        listing = Listing(
            id=0,
            account_id=shared.account_id,
            product=product,
            status_since=product.created_at,
            effective_merchant_sku=product.sku,
        )
        limits = (shared.default_safety_quantity, shared.default_max_quantity)
        markets = shared.markets.values()
        # What is stored of a listing, which only the planner looks at, is not there yet.
        unplanned: dict[str, Any] = dict.fromkeys(MarketStateFacts._fields)
        given: dict[str, Any] = dict.fromkeys(ListingFacts._fields) | {
            "listing_id": 0,
            "product_id": product.pk,
            "sku": product.sku,
            "name": product.name,
            "linked": False,
            "stock": StockFacts(product.physical, product.reserved),
            "rules": QuantityRules(None, True, False, None, True, *limits),
            "price": PriceFacts(shared.currency, product.site_price, None, True, False, None, None),
            "post": (
                "", 0, product.ean, product.weight_lbs, product.weight_oz, product.image_count, product.main_image, None,
                {}, None, product.condition, product.sku, "", product.brand, product.list_price,
            ),
            "grade_there": "",
            "markets": tuple(MarketFacts(market.market, market.currency) for market in markets),
            "states": tuple(MarketStateFacts(**unplanned) for _ in markets),
            "stored": NO_ANSWER,
            "proposed": NO_PRICES,
        }  # fmt: skip
        facts = ListingFacts(**given)
        made[product.pk] = (listing, facts)
    return made


def _view(
    account: Account,
    shared: AccountFacts,
    listing: Listing,
    facts: ListingFacts,
    own: Mapping[tuple[int, str], ListingMarket],
    states: Mapping[tuple[int, str], ListingMarketState],
    paths: Mapping[int, str],
) -> ListingView:
    product = listing.product
    (offered,) = offers(shared, [facts])
    rules = facts.rules
    same = {
        name: getattr(listing, name)
        for name in (
            "status", "status_since", "merchant_sku", "effective_merchant_sku", "title", "description", "attributes",
            "condition", "warranty_months", "comment", "max_quantity_enabled", "max_quantity_default",
            "safety_quantity_default", "price_default", "repricing_enabled", "min_price", "ceiling", "linked_at",
            "adopted", "missing_there_since", "known_to_back_market", "link_problem", "link_problem_message",
        )
    }  # fmt: skip
    return ListingView(
        id=listing.pk,
        product=product.pk,
        sku=product.sku,
        currency=shared.currency,
        enabled=listing.status == "on",
        category=listing.category_id,
        category_path=paths.get(listing.category_id, "") if listing.category_id is not None else "",
        category_attributes=shared.readiness.categories.get(listing.category_id, ())
        if listing.category_id is not None
        else (),
        product_condition=product.condition,
        grade=grade_for(listing.condition or product.condition, shared.readiness.grades) or "",
        default_warranty_months=shared.readiness.company_warranty_months,
        default_comment=shared.readiness.company_comment,
        max_quantity=rules.company_max_quantity if rules.max_quantity_default else rules.max_quantity,
        safety_quantity=rules.company_safety_quantity if rules.safety_quantity_default else rules.safety_quantity,
        price=product.site_price if listing.price_default else listing.price,
        back_market_id=None if listing.back_market_id is None else str(listing.back_market_id),
        listing_id=listing.back_market_listing_id,
        product_id=listing.back_market_product_id,
        leaving_since=product.leaving_since,
        readiness=offered.readiness,
        quantity=_quantity(listing, offered),
        markets=_markets(account, shared, listing, facts, offered, own, states),
        **same,
    )


def _quantity(listing: Listing, offered: Offer) -> QuantityView:
    if not listing.pk:
        return QuantityView(offered.available, offered.quantity, None, None, None, None, None, None, False, "", "")
    state = listing.state
    return QuantityView(
        available=offered.available,
        for_back_market=offered.quantity,
        desired=state.quantity_desired,
        submitted=None,
        accepted=state.quantity_accepted,
        verified=state.quantity_verified,
        accepted_at=state.accepted_at,
        verified_at=state.verified_at,
        due=state.quantity_due,
        error_code=state.error_code,
        error_message=state.error_message,
        hold=state.hold,
        **_drift(state, state.quantity_verified, state.quantity_accepted),
    )


def _drift(state: ListingState | ListingMarketState, verified: Any, accepted: Any) -> dict[str, Any]:
    """Drift as far as it is sure, and is about what is accepted now."""
    read_since = state.verified_at and state.accepted_at and state.verified_at >= state.accepted_at
    if not state.drift_since or not read_since or verified == accepted:
        return {}
    return {"drift": state.drift, "drift_since": state.drift_since}


def _markets(
    account: Account,
    shared: AccountFacts,
    listing: Listing,
    facts: ListingFacts,
    offered: Offer,
    own: Mapping[tuple[int, str], ListingMarket],
    states: Mapping[tuple[int, str], ListingMarketState],
) -> tuple[MarketView, ...]:
    """The listing's markets, the default one first."""
    kind = channel(account.channel)
    made = []
    for market, price, state_facts in zip(facts.markets, offered.prices, facts.states, strict=True):
        known = kind.market(market.market)
        mine = own.get((listing.pk, market.market)) or ListingMarket()
        state = states.get((listing.pk, market.market)) or ListingMarketState(hold="", drift="")
        made.append(
            MarketView(
                market=market.market,
                name=known.name,
                country=known.country,
                currency=market.currency,
                default=market.market == account.default_market,
                updated=market_enabled(shared, market.market, state_facts),
                enabled=mine.enabled,
                price=mine.price,
                min_price=mine.min_price,
                ceiling=mine.ceiling,
                comment=mine.comment,
                title=mine.title,
                description=mine.description,
                price_in_force=price.price,
                desired=state.price_desired,
                submitted=None,
                accepted=state.price_accepted,
                verified=state.price_verified,
                accepted_at=state.accepted_at,
                verified_at=state.verified_at,
                due=state.price_due,
                comment_there=state.comment_there,
                warranty_months_there=state.warranty_there,
                min_price_there=state.min_price_there,
                max_price_there=state.max_price_there,
                publication_state=state.publication_state,
                error_code=state.error_code,
                error_message=state.error_message,
                hold=state.hold,
                **_drift(state, state.price_verified, state.price_accepted),
            )
        )
    return tuple(sorted(made, key=lambda view: (not view.default, view.market)))
