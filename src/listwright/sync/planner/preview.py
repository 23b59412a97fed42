"""Plan without writing: what a setting would change (C4), and what waits for a person: the first send (B6), the breaker's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from listwright.changes.prepared import rows as execute
from listwright.listings.queries.facts import AccountFacts, ListingFacts, account_facts, load, market_enabled
from listwright.listings.queries.offers import said_of
from listwright.listings.rules.availability import cap_in_force, safety_in_force
from listwright.listings.rules.pricing import min_price_in_force
from listwright.sync.decisions.breaker import STOPPED, Hold
from listwright.sync.planner.compute import Planned, explained_units, plan_listing
from listwright.sync.planner.overrides import HANDED_OVER, Breaker, as_overridden, guarded, overridden
from listwright.sync.planner.waves import NEXT, read_policy

BATCH = 500
FIRST_SEND = "first_send"
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
    `stopped` values the breaker would hold that it does not now, `released` it holds now and would not.
    `min_prices` listings have a Min Price to hand over to BackPricer, counted where that is asked for.
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
    stopped: int = 0
    released: int = 0
    min_prices: int = 0
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
    *,
    breaker: Breaker = "off",
) -> PlanPreview:
    """Plan these listings of the account (None: all of them) as things are, or with settings overridden; writes nothing.

    `changed` makes of a listing's facts what they would be.
    `overrides` takes the account's settings that `overrides.KNOWN` names, `currency` of its company, `markets` as {code:
    enabled}, `conditions` as {condition: grade, or None}, `warehouse` as (its id, sellable), and `plugins`, those that
    would be in force: they are asked. Other settings of drift plan what differs there as its next read leaves it.
    Raises Invalid for other names, NotFound for an account that is gone.
    `breaker`: what it would hold is a change all the same (off), but for what it holds now (held), or is held (on).
    """
    overrides = overrides or {}
    account = overridden(account_facts(account_id), overrides)
    policy = read_policy(account)
    preview = PlanPreview(hourly_lines=account.hourly_lines)
    for ids in _batches(account_id, listing_ids):
        found = as_overridden(account, load(account, ids), overrides)
        found = found if changed is None else [changed(facts) for facts in found]
        for facts, said in zip(found, said_of(account, found), strict=True):
            preview.failure = preview.failure or facts.stored.failure
            _count(preview, facts, plan_listing(guarded(account, facts, breaker), policy, facts, said))
            if HANDED_OVER & overrides.keys():
                preview.min_prices += _hands_over(account, facts)
    return preview


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
    holds = [(state.hold, planned.state.hold)] if planned.state else []
    stored_holds = {market.market: one.hold for market, one in zip(facts.markets, facts.states, strict=True)}
    holds += [(stored_holds[row.market], row.hold) for row in planned.markets]
    preview.stopped += sum(before not in STOPPED and after in STOPPED for before, after in holds)
    preview.released += sum(before in STOPPED and after not in STOPPED for before, after in holds)
    if quantity.due or quantity.held:
        standing = state.quantity_accepted or 0
        preview.going_offline += standing > 0 and planned.quantity == 0
        preview.going_online += standing <= 0 and bool(planned.quantity)


def _hands_over(account: AccountFacts, facts: ListingFacts) -> bool:
    """Whether the listing has a Min Price in a market where it is updated, and repricing."""
    return facts.price.repricing_enabled and any(
        market_enabled(account, market.market, state) and min_price_in_force(facts.price, market) is not None
        for market, state in zip(facts.markets, facts.states, strict=True)
    )


def _batches(account_id: int, listing_ids: Sequence[int] | None) -> Iterator[list[int]]:
    if listing_ids is not None:
        ordered = sorted(listing_ids)
        yield from (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
        return
    after = 0
    while ids := [listing_id for (listing_id,) in execute(NEXT, [account_id, after, BATCH])]:
        yield ids
        after = ids[-1]
