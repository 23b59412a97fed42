"""Facts as they would be under other settings, for a plan that writes nothing (C4)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from django.utils import timezone

from listwright.catalog.queries import physical_if
from listwright.changes.prepared import rows as execute
from listwright.channels.registry import channel
from listwright.common.errors import Invalid
from listwright.listings.operations.consult import consult
from listwright.listings.queries.facts import (
    AccountFacts,
    AccountMarketFacts,
    ListingFacts,
    MarketStateFacts,
)
from listwright.listings.rules.conditions import condition_key
from listwright.listings.rules.facts import MarketFacts
from listwright.sync.decisions.drift import Known, Policy, Seen, mended

DIRECT = frozenset(
    {"default_safety_quantity", "default_max_quantity", "inventory_upload", "prices_upload", "hourly_lines", "currency"}
)
CONTEXT = {
    "default_warranty_months": "company_warranty_months",
    "default_comment": "company_comment",
    "default_market": "default_market",
}
BREAKER = frozenset({"breaker_zeros_share", "breaker_price_fall"})
MENDING = frozenset({"drift_prices", "drift_more", "drift_less", "drift_grace_minutes"})
HANDED_OVER = frozenset({"send_min_price"})
KNOWN = DIRECT | CONTEXT.keys() | BREAKER | MENDING | HANDED_OVER | {"markets", "conditions", "warehouse", "plugins"}
Breaker = Literal["off", "held", "on"]
OWN = """
SELECT listing_id, market, price, min_price, ceiling, enabled FROM listings_listingmarket
WHERE listing_id = ANY(%s) AND market = ANY(%s)
"""
DRIFT = "SELECT drift_prices, drift_more, drift_less, drift_grace_minutes FROM companies_account WHERE id = %s"
QUANTITIES = """
SELECT s.listing_id, s.quantity_accepted, s.accepted_at, s.quantity_verified, s.verified_at, s.drift, s.drift_since,
    s.unseen, s.unseen_since, EXISTS (SELECT FROM sync_orderline o WHERE o.listing_id = s.listing_id AND NOT o.lowered)
FROM listings_listingstate s
WHERE s.listing_id = ANY(%s) AND (s.drift_since IS NOT NULL OR s.unseen_since IS NOT NULL)
"""
PRICES = """
SELECT listing_id, market, price_accepted, accepted_at, price_verified, verified_at, drift, drift_since
FROM listings_listingmarketstate WHERE listing_id = ANY(%s) AND drift_since IS NOT NULL
"""


def overridden(account: AccountFacts, overrides: Mapping[str, Any]) -> AccountFacts:
    """The account under other settings, as `dry_run` takes them. Raises Invalid for names it does not know."""
    unknown = sorted(overrides.keys() - KNOWN)
    if unknown:
        message = "It cannot be previewed."
        raise Invalid("unknown_setting", f"No preview of {', '.join(unknown)}.", dict.fromkeys(unknown, message))
    direct = DIRECT | {"plugins", "default_market", "breaker_price_fall"}
    account = account._replace(**{name: value for name, value in overrides.items() if name in direct})
    if "breaker_zeros_share" in overrides:
        account = account._replace(breaker_zeros=overrides["breaker_zeros_share"] is not None)
    context: dict[str, Any] = {CONTEXT[name]: value for name, value in overrides.items() if name in CONTEXT}
    if "conditions" in overrides:
        changed = {condition_key(condition): grade for condition, grade in overrides["conditions"].items()}
        together = {**account.readiness.grades, **changed}
        context["grades"] = {condition: grade for condition, grade in together.items() if grade}
    switched: Mapping[str, bool] = overrides.get("markets", {})
    new = {
        code: AccountMarketFacts(code, channel("backmarket").market(code).currency, enabled)
        for code, enabled in switched.items()
        if code not in account.markets
    }
    markets = {
        code: market._replace(enabled=switched.get(code, market.enabled)) for code, market in account.markets.items()
    }
    return account._replace(markets=markets | new, readiness=account.readiness._replace(**context))


def as_overridden(account: AccountFacts, found: list[ListingFacts], overrides: Mapping[str, Any]) -> list[ListingFacts]:
    """The listings of an account that is overridden, with what else changes of their own facts."""
    if "markets" in overrides:
        found = _in_new_markets(account, found, overrides["markets"])
    if "warehouse" in overrides:
        found = _restocked(found, *overrides["warehouse"])
    if overrides.keys() & MENDING:
        found = _believed(account.account_id, found, overrides, timezone.now())
    # Last, for plugins are told of the rest.
    if overrides.keys() & {"plugins", "currency"}:
        found = consult(account, found, now=timezone.now(), keep=False)
    return found


def guarded(account: AccountFacts, facts: ListingFacts, breaker: Breaker) -> AccountFacts:
    """The account with its breaker on, off, or on for what it holds of the listing now and off for all else."""
    if breaker == "on":
        return account
    held = breaker == "held"
    prices_held = held and any(state.hold for state in facts.states)
    return account._replace(
        breaker_zeros=account.breaker_zeros and held and bool(facts.state.hold),
        breaker_price_fall=account.breaker_price_fall if prices_held else None,
    )


def _in_new_markets(
    account: AccountFacts, found: list[ListingFacts], switched: Mapping[str, bool]
) -> list[ListingFacts]:
    """The listings in markets for which they have no state yet, as they get one once the market is there."""
    codes = sorted(switched)
    own = {(row[0], row[1]): row[2:] for row in execute(OWN, [[facts.listing_id for facts in found], codes])}

    def there(facts: ListingFacts) -> ListingFacts:
        rows = dict(
            zip([market.market for market in facts.markets], zip(facts.markets, facts.states, strict=True), strict=True)
        )
        for code in codes:
            if code not in rows:
                *amounts, enabled = own.get((facts.listing_id, code), (None, None, None, None))
                market = MarketFacts(code, account.markets[code].currency, *amounts)
                rows[code] = market, MarketStateFacts("", enabled, None, None, False, 9, False, None, "")
        if len(rows) == len(facts.markets):
            return facts
        markets, states = zip(*(rows[code] for code in sorted(rows)), strict=True)
        return facts._replace(markets=markets, states=states)

    return [there(facts) for facts in found]


def _restocked(found: list[ListingFacts], warehouse_id: int, sellable: bool) -> list[ListingFacts]:
    """The listings with the stock they would have, were a warehouse sellable or not."""
    physical = physical_if([facts.product_id for facts in found], warehouse_id=warehouse_id, sellable=sellable)

    def restocked(facts: ListingFacts) -> ListingFacts:
        known = None if facts.stock.physical is None else 0
        return facts._replace(stock=facts.stock._replace(physical=physical.get(facts.product_id, known)))

    return [restocked(facts) for facts in found]


def _believed(
    account_id: int, found: list[ListingFacts], overrides: Mapping[str, Any], now: datetime
) -> list[ListingFacts]:
    """The listings as the next read of them leaves them, where it shows again what already differs there and that is
    mended under the new settings, and not under those there are."""
    (stored,) = execute(DRIFT, [account_id])
    before = dict(zip(("drift_prices", "drift_more", "drift_less", "drift_grace_minutes"), stored, strict=True))
    old, new = _policy(before), _policy({**before, **overrides})
    ids = [facts.listing_id for facts in found]

    def newly(known: Known, *, explained: bool = False) -> bool:
        if known.drift_since is None:
            return False
        seen = Seen(known.verified, now, disabled=False)
        asked = (known.drift, known, seen)
        return mended(*asked, new, known.drift_since, explained=explained) and not mended(
            *asked, old, known.drift_since, explained=explained
        )

    quantities = {row[0]: row[1:] for row in execute(QUANTITIES, [ids])}
    prices = {(row[0], row[1]): row[4] for row in execute(PRICES, [ids]) if newly(Known._make((*row[2:], None, True)))}

    def believed(facts: ListingFacts) -> ListingFacts:
        state, rules = facts.state, facts.rules
        if facts.listing_id in quantities:
            *known, unseen, since, explained = quantities[facts.listing_id]
            if newly(Known._make((*known, None, True)), explained=explained):
                rules = rules._replace(unseen=rules.unseen - state.gone)
                state = state._replace(quantity_accepted=known[2], gone=0)
            if since is not None and not explained and since <= now - new.grace and since > now - old.grace:
                rules = rules._replace(unseen=rules.unseen - unseen)
        states = tuple(
            one._replace(price_accepted=prices[facts.listing_id, market.market])
            if (facts.listing_id, market.market) in prices
            else one
            for market, one in zip(facts.markets, facts.states, strict=True)
        )
        return facts._replace(state=state, rules=rules, states=states)

    return [believed(facts) for facts in found]


def _policy(values: Mapping[str, Any]) -> Policy:
    return Policy(
        values["drift_prices"] == "mend",
        values["drift_more"] == "mend",
        values["drift_less"] == "explain",
        timedelta(minutes=values["drift_grace_minutes"]),
    )
