"""Plan without writing: what a setting would change (C4), and what waits for a person: the first send (B6), the breaker's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone

from listwright.catalog.queries import physical_if
from listwright.changes.prepared import rows as execute
from listwright.common.errors import Invalid
from listwright.listings.operations.consult import consult
from listwright.listings.queries.facts import AccountFacts, ListingFacts, account_facts, load
from listwright.listings.queries.offers import said_of
from listwright.listings.rules.availability import cap_in_force, safety_in_force
from listwright.listings.rules.conditions import condition_key
from listwright.sync.decisions.breaker import Hold
from listwright.sync.planner.compute import Planned, explained_units, plan_listing
from listwright.sync.planner.waves import NEXT, read_policy

BATCH = 500
FIRST_SEND = "first_send"
DIRECT = frozenset(
    {"default_safety_quantity", "default_max_quantity", "inventory_upload", "prices_upload", "hourly_lines"}
)
CONTEXT = {"default_warranty_months": "company_warranty_months", "default_comment": "company_comment"}
# More than can be held: the rule itself decides below.
DIFFERING = """
SELECT l.id FROM listings_listing l JOIN listings_listingstate s ON s.listing_id = l.id
WHERE l.account_id = %s AND l.id > %s AND l.status = 'on' AND l.back_market_id IS NOT NULL
    AND (s.quantity_desired IS DISTINCT FROM s.quantity_accepted OR EXISTS (
        SELECT FROM listings_listingmarketstate m
        WHERE m.listing_id = l.id AND m.price_desired IS DISTINCT FROM m.price_accepted))
ORDER BY l.id LIMIT %s
"""
# What the breaker holds, of the listings behind one.
BREAKER = """
SELECT listing_id FROM (
    SELECT listing_id FROM listings_listingstate WHERE account_id = %(account)s AND hold IN ('held', 'storm')
    UNION SELECT listing_id FROM listings_listingmarketstate WHERE account_id = %(account)s AND hold IN ('held', 'storm')
) AS waiting WHERE listing_id > %(after)s ORDER BY listing_id LIMIT %(limit)s
"""
COUNTED_UP_TO = 1000


@dataclass(slots=True)
class PlanPreview:
    """What planning would come to. `changed` listings get another quantity or price, or a line they do not have now.

    `becoming_ready` and `losing_ready` differ from what is stored: Ready To Post turns to Yes, or to No.

    `lines` are the SKU lines this would add, `waiting` those that are due already, `held` those of them all that would
    wait for the first send's approval; `hours` is what `lines` and `waiting` take at the account's hourly lines.
    `failure` is how a plugin failed that was asked, "" when none did.
    """

    listings: int = 0
    changed: int = 0
    going_offline: int = 0
    going_online: int = 0
    ready: int = 0
    becoming_ready: int = 0
    losing_ready: int = 0
    lines: int = 0
    waiting: int = 0
    held: int = 0
    hourly_lines: int = 0
    failure: str = ""

    @property
    def hours(self) -> float:
        """How long the lines take, at the account's budget."""
        return (self.lines + self.waiting) / self.hourly_lines if self.hourly_lines else 0.0


class HeldRow(NamedTuple):
    """One value that waits for a person: the quantity (`market` and `currency` empty), or the price in a market.

    `generation` is the product's it was planned from, `why` is first_send, zeros, price_fall or storm, `message` says it
    in a sentence where there is more to say.
    """

    listing_id: int
    product_id: int
    sku: str
    name: str
    market: str
    currency: str
    standing: int | Decimal | None
    wanted: int | Decimal | None
    generation: int = 0
    why: str = FIRST_SEND
    message: str = ""


def dry_run(
    account_id: int,
    listing_ids: Sequence[int] | None = None,
    overrides: Mapping[str, Any] | None = None,
    changed: Callable[[ListingFacts], ListingFacts] | None = None,
) -> PlanPreview:
    """Plan these listings of the account (None: all of them) as things are, or with settings overridden; writes nothing.

    `changed` makes of a listing's facts what they would be.
    `overrides` takes default_safety_quantity, default_max_quantity, default_warranty_months, default_comment,
    inventory_upload, prices_upload, hourly_lines, `markets` as {code: enabled}, `conditions` as {condition: grade, or
    None}, `warehouse` as (its id, sellable), and `plugins`, those that would be in force: they are asked. Raises
    Invalid for other names, NotFound for an account that is gone.
    """
    stored = account_facts(account_id)
    overrides = overrides or {}
    # What the breaker would hold of it is a change all the same.
    account = _overridden(stored, overrides)._replace(breaker_zeros=False, breaker_price_fall=None)
    policy = read_policy(account)
    preview = PlanPreview(hourly_lines=account.hourly_lines)
    for ids in _batches(account_id, listing_ids):
        found = load(account, ids)
        if "plugins" in overrides:
            found = consult(account, found, now=timezone.now(), keep=False)
        found = _restocked(found, overrides.get("warehouse"))
        found = found if changed is None else [changed(facts) for facts in found]
        for facts, said in zip(found, said_of(account, found), strict=True):
            preview.failure = preview.failure or facts.stored.failure
            _count(preview, facts, plan_listing(account, policy, facts, said))
    return preview


def _restocked(found: list[ListingFacts], warehouse: tuple[int, bool] | None) -> list[ListingFacts]:
    """The listings with the stock they would have, were a warehouse (its id) sellable or not."""
    if warehouse is None:
        return found
    warehouse_id, sellable = warehouse
    physical = physical_if([facts.product_id for facts in found], warehouse_id=warehouse_id, sellable=sellable)

    def restocked(facts: ListingFacts) -> ListingFacts:
        known = None if facts.stock.physical is None else 0
        return facts._replace(stock=facts.stock._replace(physical=physical.get(facts.product_id, known)))

    return [restocked(facts) for facts in found]


def held(account_id: int, *, after: int = 0, limit: int = 100) -> list[HeldRow]:
    """What waits for a person: all rows of up to `limit` listings behind the listing id `after`, in id order.

    That is what the breaker holds, and as long as the account's first send is not approved, what it would send by itself.
    """
    account = account_facts(account_id)
    policy = read_policy(account)
    rows: list[HeldRow] = []
    taken, most = 0, limit  # nearly all that may have something held has, and to plan more than are shown takes long
    while taken < limit and (ids := _waiting(account_id, after, most, first_send=not policy.first_send_approved)):
        found = load(account, ids)
        for facts, said in zip(found, said_of(account, found), strict=True):
            values = list(_held_values(account, facts, plan_listing(account, policy, facts, said)))
            if values and taken < limit:
                taken += 1
                named = (facts.listing_id, facts.product_id, facts.sku, facts.name)
                rows += [HeldRow._make((*named, *value)) for value in values]
        after, most = ids[-1], BATCH
    return rows


def held_by_breaker(account_id: int) -> int:
    """How many values the breaker holds, counted up to COUNTED_UP_TO."""
    values = {"account": account_id, "limit": COUNTED_UP_TO}
    return int(
        execute(
            "SELECT count(*) FROM (SELECT FROM listings_listingstate WHERE account_id = %(account)s AND hold IN"
            " ('held', 'storm') UNION ALL SELECT FROM listings_listingmarketstate WHERE account_id = %(account)s"
            " AND hold IN ('held', 'storm') LIMIT %(limit)s) AS waiting",
            values,
        )[0][0]
    )


def _waiting(account_id: int, after: int, most: int, *, first_send: bool) -> list[int]:
    """Listings that may have something held; those of a first send are more than that, the rule itself decides."""
    found = {row[0] for row in execute(BREAKER, {"account": account_id, "after": after, "limit": most})}
    if first_send:
        found |= {row[0] for row in execute(DIFFERING, [account_id, after, most])}
    return sorted(found)[:most]


def _held_values(
    account: AccountFacts, facts: ListingFacts, planned: Planned
) -> Iterator[tuple[str, str, Any, Any, int, str, str]]:
    """The fields of a HeldRow behind its name, of each value that is held. What the breaker holds is as stored."""
    quantity, *prices = planned.verdicts
    stored, generation = facts.state, facts.state.planned_generation
    if stored.hold == Hold.HELD:
        yield "", "", stored.quantity_accepted, 0, generation, "zeros", cause_of_zero(account, facts)
    elif stored.hold == Hold.STORM:
        yield "", "", stored.quantity_accepted, stored.quantity_desired, generation, "storm", ""
    elif quantity.held:
        yield "", "", stored.quantity_accepted, planned.quantity, generation, FIRST_SEND, ""
    for market, state, verdict, price in zip(facts.markets, facts.states, prices, planned.prices, strict=True):
        here = (market.market, market.currency, state.price_accepted)
        if state.hold == Hold.HELD:
            yield *here, state.price_desired, generation, "price_fall", _fall(state.price_accepted, state.price_desired)
        elif state.hold == Hold.STORM:
            yield *here, state.price_desired, generation, "storm", ""
        elif verdict.held:
            yield *here, price, generation, FIRST_SEND, ""


def cause_of_zero(account: AccountFacts, facts: ListingFacts) -> str:
    """What makes a quantity zero although stock and orders leave some units."""
    units = explained_units(facts) or 0
    available = units - facts.withdrawn
    if available <= 0:
        return f"{facts.withdrawn:,} stand in a warehouse that is no longer for sale."
    own = "" if facts.rules.safety_quantity is None or facts.rules.safety_quantity_default else " of its own"
    if (safety := safety_in_force(facts.rules)) >= available:
        return f"{available:,} are available, and Safety Qty{own} keeps back {safety:,}."
    if cap_in_force(facts.rules) == 0:
        return f"{available:,} are available, and Max Quantity is 0."
    return f"{available:,} are available, and a filter or plugin makes it 0."


def _fall(standing: Decimal | None, wanted: Decimal | None) -> str:
    if not standing or wanted is None:
        return ""
    return f"Falls by {(standing - wanted) * 100 / standing:.0f} %."


def _count(preview: PlanPreview, facts: ListingFacts, planned: Planned) -> None:
    preview.listings += 1
    preview.ready += planned.ready
    preview.becoming_ready += planned.ready and not facts.state.ready
    preview.losing_ready += facts.state.ready and not planned.ready
    quantity, *prices = planned.verdicts
    state = facts.state
    moved = planned.quantity != state.quantity_desired
    changed = moved or (quantity.due and not state.quantity_due)
    added, waiting = int(quantity.due and changed), int(quantity.due and not changed)
    new_prices = old_prices = 0
    for stored, verdict, price in zip(facts.states, prices, planned.prices, strict=True):
        differs = price != stored.price_desired or (verdict.due and not stored.price_due)
        changed = changed or differs
        new_prices += verdict.due and differs
        old_prices += verdict.due and not differs
    preview.changed += changed
    # The quantity all markets share rides on a price's line where there is one.
    total = max(added + waiting, new_prices + old_prices)
    already = min(total, max(waiting, old_prices))
    preview.waiting += already
    preview.lines += total - already
    preview.held += max(int(quantity.held), sum(verdict.held for verdict in prices))
    if quantity.due or quantity.held:
        standing = state.quantity_accepted or 0
        preview.going_offline += standing > 0 and planned.quantity == 0
        preview.going_online += standing <= 0 and bool(planned.quantity)


def _overridden(account: AccountFacts, overrides: Mapping[str, Any]) -> AccountFacts:
    known = DIRECT | CONTEXT.keys() | {"markets", "conditions", "warehouse", "plugins"}
    unknown = sorted(overrides.keys() - known)
    if unknown:
        message = "It cannot be previewed."
        raise Invalid("unknown_setting", f"No preview of {', '.join(unknown)}.", dict.fromkeys(unknown, message))
    account = account._replace(**{name: value for name, value in overrides.items() if name in DIRECT | {"plugins"}})
    context: dict[str, Any] = {CONTEXT[name]: value for name, value in overrides.items() if name in CONTEXT}
    if "conditions" in overrides:
        changed = {condition_key(condition): grade for condition, grade in overrides["conditions"].items()}
        together = {**account.readiness.grades, **changed}
        context["grades"] = {condition: grade for condition, grade in together.items() if grade}
    markets = {
        code: market._replace(enabled=overrides.get("markets", {}).get(code, market.enabled))
        for code, market in account.markets.items()
    }
    return account._replace(markets=markets, readiness=account.readiness._replace(**context))


def _batches(account_id: int, listing_ids: Sequence[int] | None) -> Iterator[list[int]]:
    if listing_ids is not None:
        ordered = sorted(listing_ids)
        yield from (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
        return
    after = 0
    while ids := [listing_id for (listing_id,) in execute(NEXT, [account_id, after, BATCH])]:
        yield ids
        after = ids[-1]
