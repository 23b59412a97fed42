"""Gather the facts a listing is judged by, set-based: the one place that feeds hooks and rules (`offers`).

Planner, readiness, explanation and previews all read here. The stale row's generation is read first, in a statement of
its own (rule 4): a change that commits between it and the facts raises the generation again, and is planned again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from listwright.changes import prepared
from listwright.channels.registry import channel
from listwright.common.errors import NotFound
from listwright.listings.queries.plugged import (
    NO_ANSWER,
    NO_PRICES,
    NONE,
    Plugins,
    StoredAnswer,
    plugins_in_force,
    proposed_prices,
    stored_answers,
)
from listwright.listings.rules.conditions import condition_map
from listwright.listings.rules.facts import (
    AttributeFacts,
    MarketFacts,
    PriceFacts,
    ProposedPrice,
    QuantityRules,
    ReadinessContext,
    StockFacts,
)

# Plain tuples, without the work Django does per row.
_rows = partial(prepared.rows, binary=True)


class AccountMarketFacts(NamedTuple):
    """A market of the account: its currency (ISO 4217) and whether it is updated."""

    market: str
    currency: str
    enabled: bool


class AccountFacts(NamedTuple):
    """What all listings of an account share. All of it raises `settings_generation` when it changes, but for
    `readiness.categories`, which fills with the categories of the listings that are loaded, and `lost_warehouses`, whose
    products are marked stale.

    `breaker_zeros` says whether zeros nothing explains are watched, `breaker_price_fall` the percent a price may fall
    unseen (None: any). `lost_warehouses` (ids) were for sale once and are not any more.
    """

    account_id: int
    company_id: int
    currency: str
    default_market: str
    inventory_upload: bool
    prices_upload: bool
    hourly_lines: int
    default_safety_quantity: int
    default_max_quantity: int | None
    settings_generation: int
    breaker_zeros: bool
    breaker_price_fall: int | None
    lost_warehouses: Sequence[int]
    markets: Mapping[str, AccountMarketFacts]
    readiness: ReadinessContext
    plugins: Plugins = NONE


class ListingStateFacts(NamedTuple):
    """The stored state of a listing. `version` (the row's xmin) tells whether it was written since; `missing` is JSON.
    `gone`: units by which a later read showed less than was accepted."""

    version: str
    planned_generation: int
    planned_settings: int
    quantity_desired: int | None
    quantity_accepted: int | None
    quantity_due: bool
    quantity_urgency: int
    forced: bool
    rejected_generation: int | None
    ready: bool
    missing: str
    sold_30_days: int
    gone: int
    hold: str


class MarketStateFacts(NamedTuple):
    """The stored price of a listing in one market. `enabled` is the listing's own answer, None as the account's."""

    version: str
    enabled: bool | None
    price_desired: Decimal | None
    price_accepted: Decimal | None
    price_due: bool
    price_urgency: int
    forced: bool
    rejected_generation: int | None
    hold: str


class ListingFacts(NamedTuple):
    """One listing: inputs of the rules, and what is stored of it. `post` is ReadinessFacts' first 15 fields.

    `withdrawn` units stand in a warehouse that was for sale once and, a day ago at most or while the breaker has a hand
    on the listing, lost that: no figure took them away.
    `generation` is the stale row's, 0 for a product that was never marked, and `stale` whether it waits to be planned.
    `markets` and `states` run in parallel. `stored` is what plugins said, `proposed` a repricer's prices by market.
    """

    listing_id: int
    product_id: int
    sku: str
    name: str
    generation: int
    stale: bool
    status: str
    linked: bool
    link_problem: bool
    missing_there: bool
    known_to_back_market: bool | None
    stock: StockFacts
    rules: QuantityRules
    price: PriceFacts
    post: tuple[Any, ...]
    grade_there: str
    state: ListingStateFacts
    markets: tuple[MarketFacts, ...]
    states: tuple[MarketStateFacts, ...]
    withdrawn: int = 0
    stored: StoredAnswer = NO_ANSWER
    proposed: Mapping[str, ProposedPrice] = NO_PRICES


ACCOUNT = """
SELECT a.id, a.company_id, c.currency, a.default_market, a.inventory_upload, a.prices_upload, a.hourly_lines,
    a.default_safety_quantity, a.default_max_quantity, a.settings_generation,
    a.breaker_zeros_share IS NOT NULL, a.breaker_price_fall,
    ARRAY(SELECT id FROM catalog_warehouse WHERE company_id = a.company_id AND unsellable_since IS NOT NULL),
    a.channel, a.default_warranty_months, a.default_comment
FROM companies_account a JOIN companies_company c ON c.id = a.company_id WHERE a.id = %s
"""
ACCOUNT_MARKETS = "SELECT market, enabled, comment FROM companies_accountmarket WHERE account_id = %s ORDER BY market"
CONDITIONS = "SELECT condition, grade FROM companies_conditionmapping WHERE company_id = %s"
# A batch is a few hundred ids out of perhaps a million: OFFSET 0 keeps the database from scanning whole tables instead
# of looking each of them up, whatever its statistics say.
GENERATIONS = """
SELECT l.id, s.generation, s.planned < s.generation FROM unnest(%b::bigint[]) AS wanted (id)
CROSS JOIN LATERAL (SELECT id, product_id FROM listings_listing WHERE id = wanted.id OFFSET 0) AS l
CROSS JOIN LATERAL (SELECT generation, planned FROM changes_stale WHERE product_id = l.product_id OFFSET 0) AS s
"""
# Units by which a read later than what was accepted shows less of it; so soon after an answer reads lag behind.
GONE = """coalesce(CASE WHEN s.verified_at = s.accepted_at OR s.verified_at > s.accepted_at + interval '10 seconds'
        THEN greatest(0, s.quantity_accepted - greatest(0, s.quantity_verified)) END, 0)"""
# Slices of these rows are the rules' named tuples: keep the order of columns and fields together.
LISTINGS = f"""
SELECT l.id, l.product_id, l.status, l.back_market_id IS NOT NULL, l.link_problem <> '',
    l.missing_there_since IS NOT NULL, l.known_to_back_market,
    p.physical, p.reserved,
    l.safety_quantity, l.safety_quantity_default, l.max_quantity_enabled, l.max_quantity, l.max_quantity_default,
    p.site_price, l.price, l.price_default, l.repricing_enabled, l.min_price, l.ceiling,
    l.title, octet_length(l.description), p.ean, p.weight_lbs, p.weight_oz, p.image_count, p.main_image, l.category_id,
    l.attributes::text, l.warranty_months, coalesce(nullif(l.condition, ''), p.condition), l.effective_merchant_sku,
    l.comment, p.brand, p.list_price, l.grade_there,
    s.xmin::text, s.planned_generation, s.planned_settings, s.quantity_desired, s.quantity_accepted, s.quantity_due,
    s.quantity_urgency, s.forced, s.rejected_generation, s.ready, s.missing::text, s.sold_30_days,
    {GONE}, s.unseen, s.hold, p.sku, p.name
FROM unnest(%b::bigint[]) AS wanted (id)
CROSS JOIN LATERAL (SELECT * FROM listings_listing WHERE id = wanted.id AND account_id = %s OFFSET 0) AS l
CROSS JOIN LATERAL (SELECT * FROM catalog_product WHERE id = l.product_id OFFSET 0) AS p
CROSS JOIN LATERAL (SELECT xmin, * FROM listings_listingstate WHERE listing_id = l.id OFFSET 0) AS s
ORDER BY l.id
"""  # noqa: S608 - both parts are our own
MARKETS = """
SELECT s.listing_id, s.market, s.currency, own.price, own.min_price, own.ceiling, s.max_price_there,
    s.min_price_there IS NOT NULL, s.xmin::text, own.enabled, s.price_desired, s.price_accepted, s.price_due,
    s.price_urgency, s.forced, s.rejected_generation, s.hold
FROM unnest(%b::bigint[]) AS wanted (id)
CROSS JOIN LATERAL (SELECT xmin, * FROM listings_listingmarketstate WHERE listing_id = wanted.id OFFSET 0) AS s
LEFT JOIN LATERAL (
    SELECT * FROM listings_listingmarket WHERE listing_id = s.listing_id AND market = s.market OFFSET 0
) AS own ON true
ORDER BY s.listing_id, s.market
"""
WITHDRAWN = """
SELECT l.id, sum(k.physical)::int, coalesce(sum(k.physical) FILTER (WHERE w.unsellable_since > now() - interval '1 day'), 0)::int
FROM unnest(%b::bigint[]) AS wanted (id)
JOIN listings_listing l ON l.id = wanted.id JOIN catalog_stock k ON k.product_id = l.product_id
JOIN catalog_warehouse w ON w.id = k.warehouse_id
WHERE k.warehouse_id = ANY(%b::bigint[]) GROUP BY l.id
"""
CATEGORIES = """
SELECT marketplace_category_id, attributes::text FROM listings_category
WHERE account_id = %s AND marketplace_category_id = ANY(%s) AND is_leaf AND gone_at IS NULL
"""
ANY_CATEGORY = """
SELECT marketplace_category_id, attributes::text FROM listings_category
WHERE account_id = %s AND is_leaf AND gone_at IS NULL LIMIT 1
"""


def account_facts(account_id: int) -> AccountFacts:
    """What all listings of the account share, its settings generation read before the rest. Raises NotFound."""
    account = _rows(ACCOUNT, [account_id])
    if not account:
        raise NotFound("account_not_found", "The company is not connected to Back Market any more.")
    *shared, code, warranty_months, comment = account[0]
    kind = channel(code)
    rows = _rows(ACCOUNT_MARKETS, [account_id])
    markets = {market: AccountMarketFacts(market, kind.market(market).currency, enabled) for market, enabled, _ in rows}
    default_market = shared[3]
    own_comment = next((text for market, _, text in rows if market == default_market), "")
    context = ReadinessContext(
        default_market=default_market,
        categories={},
        grades=condition_map(_rows(CONDITIONS, [shared[1]])),
        company_warranty_months=warranty_months,
        company_comment=own_comment or comment,
    )
    return AccountFacts._make((*shared, markets, context, plugins_in_force(shared[1])))


def load(account: AccountFacts, listing_ids: Sequence[int]) -> list[ListingFacts]:
    """The facts of these listings of the account, by id; those that are no more, or not the account's, are left out."""
    ids = list(listing_ids)
    generations = {key: (generation, stale) for key, generation, stale in _rows(GENERATIONS, [ids])}
    listings = _rows(LISTINGS, [ids, account.account_id])
    by_listing = {key: list(rows) for key, rows in groupby(_rows(MARKETS, [ids]), itemgetter(0))}
    _load_categories(account, {row[27] for row in listings})
    withdrawn = {}
    if account.lost_warehouses:
        withdrawn = {key: sums for key, *sums in _rows(WITHDRAWN, [ids, list(account.lost_warehouses)])}
    found = [
        _listing(account, row, generations.get(row[0], (0, False)), by_listing.get(row[0], ()), withdrawn.get(row[0]))
        for row in listings
    ]
    if account.plugins is NONE:
        return found
    answers, prices = stored_answers(account.plugins, ids), proposed_prices(account.plugins, ids)
    return [
        facts._replace(
            stored=answers.get(facts.listing_id, NO_ANSWER), proposed=prices.get(facts.listing_id, NO_PRICES)
        )
        for facts in found
    ]


def market_enabled(account: AccountFacts, market: str, state: MarketStateFacts) -> bool:
    """Whether the listing is updated in the market: the account's answer, and the listing's where it has its own."""
    settings = account.markets.get(market)
    return settings is not None and settings.enabled and state.enabled is not False


def without_categories(account: AccountFacts) -> AccountFacts:
    """The same account with no category loaded yet: a download of the tree marks products stale, like any other change
    of facts, and so categories must be read behind the generations, batch by batch."""
    return account._replace(readiness=account.readiness._replace(categories={}))


def _listing(
    account: AccountFacts,
    row: tuple[Any, ...],
    marked: tuple[int, bool],
    rows: Iterable[tuple[Any, ...]],
    withdrawn: Sequence[int] | None,
) -> ListingFacts:
    """`withdrawn`: units in lost warehouses, ever and lately."""
    company = (account.default_safety_quantity, account.default_max_quantity)
    state = ListingStateFacts._make((*row[36:49], row[50]))
    return ListingFacts(
        row[0],
        row[1],
        row[51],
        row[52],
        *marked,
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        StockFacts._make(row[7:9]),
        QuantityRules._make((*row[9:14], *company, row[48] + row[49])),
        PriceFacts._make((account.currency, *row[14:20])),
        (*row[20:28], _attributes(row[28]), *row[29:35]),
        row[35],
        state,
        tuple([MarketFacts._make(market[1:8]) for market in rows]),
        tuple([MarketStateFacts._make(market[8:17]) for market in rows]),
        0 if withdrawn is None else withdrawn[0 if state.hold else 1],
    )


def _load_categories(account: AccountFacts, wanted: set[int | None]) -> None:
    known: dict[int, tuple[AttributeFacts, ...]] = account.readiness.categories  # type: ignore[assignment]
    unread = [category for category in wanted if category is not None and category not in known]
    if not unread:
        return
    rows = _rows(CATEGORIES, [account.account_id, unread])
    # An empty map means to readiness that no tree was ever downloaded: where there is one, any leaf stands for it.
    if not rows and not known:
        rows = _rows(ANY_CATEGORY, [account.account_id])
    for category, attributes in rows:
        known[category] = _asked(attributes)


@lru_cache(maxsize=4096)
def _asked(text: str) -> tuple[AttributeFacts, ...]:
    return tuple(
        AttributeFacts(
            item["field"], item["name"], item["type"], tuple(item.get("allowed", ())), bool(item.get("required"))
        )
        for item in json.loads(text)
    )


@lru_cache(maxsize=4096)
def _attributes(text: str) -> Mapping[str, str]:
    """Read once where many listings have the same, as they do."""
    return MappingProxyType(json.loads(text))
