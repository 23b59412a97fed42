"""What a listing's facts come to: the rows to write where something differs. No database, no clock."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from listwright.listings.queries.facts import AccountFacts, ListingFacts, ListingStateFacts
from listwright.listings.queries.offers import Offer, offer
from listwright.listings.rules.facts import Missing
from listwright.listings.rules.plugged import Plugged, takes_offline
from listwright.sync.decisions.breaker import STOPPED, Hold, guard_price, guard_quantity
from listwright.sync.decisions.delta import (
    NOT_DUE,
    Policy,
    Reach,
    Verdict,
    desired_quantity,
    price_verdict,
    quantity_verdict,
    reach,
)


class StateRow(NamedTuple):
    """A listing's new state; `version` is that of the row it replaces, `lead` in seconds, `missing` JSON."""

    listing_id: int
    version: str
    generation: int
    quantity: int | None
    due: bool
    urgency: int
    lead: int
    ready: bool
    missing: str
    hold: str


class MarketRow(NamedTuple):
    """A listing's new state in one market."""

    listing_id: int
    market: str
    version: str
    price: Decimal | None
    due: bool
    urgency: int
    lead: int
    hold: str


class Planned(NamedTuple):
    """A planned listing: `state` is None where nothing differs, `markets` holds those that do.

    `quantity` and `prices` are what is desired, `verdicts` the quantity's and each price's, all prices in the order of
    the facts' markets. `stale`: its product was waiting for this. `due`: some line is. `shown`: what the grid shows of
    the plan differs from what is stored.
    """

    listing_id: int
    product_id: int
    generation: int
    stale: bool
    due: bool
    state: StateRow | None
    markets: tuple[MarketRow, ...]
    verdicts: tuple[Verdict, ...]
    quantity: int | None
    prices: tuple[Decimal | None, ...]
    ready: bool
    shown: bool


def policy_of(account: AccountFacts, *, first_send_approved: bool) -> Policy:
    """What the account lets go out by itself."""
    return Policy(account.inventory_upload, account.prices_upload, first_send_approved)


def plan_listing(account: AccountFacts, policy: Policy, facts: ListingFacts, said: Plugged) -> Planned:
    """Desired values, what is due of them, and readiness, against what is stored; `said` is what hooks say of it."""
    answer: Offer = offer(account, facts, said)
    state, generation, listing_id = facts.state, facts.generation, facts.listing_id
    where = reach(
        status=facts.status,
        linked=facts.linked,
        link_problem=facts.link_problem,
        missing_there=facts.missing_there,
    )
    quantity = desired_quantity(status=facts.status, computed=answer.quantity)
    worth = next((price.price for price in answer.prices if price.price is not None), None)
    verdict = quantity_verdict(
        policy,
        # A filter that takes listings offline is an answer to what becomes of them, as disabling one is.
        Reach.OFFLINE if where is Reach.ON and quantity == 0 and takes_offline(said) else where,
        desired=quantity,
        accepted=standing(state),
        forced=state.forced,
        rejected=state.rejected_generation == generation,
        price=worth,
        sold=state.sold_30_days,
    )
    hold = Hold.NONE.value
    if state.hold or (verdict.due and quantity == 0):
        guarded = guard_quantity(
            hold=state.hold,
            wanted=quantity,
            before=state.quantity_desired,
            accepted=standing(state),
            explained=explained_units(facts) if where is Reach.ON else None,
            due=verdict.due,
            watching=account.breaker_zeros,
        )
        hold = guarded.hold
        if hold == Hold.STORM:
            verdict = NOT_DUE
        elif hold in STOPPED:
            quantity = guarded.quantity
            verdict = quantity_verdict(
                policy,
                where,
                desired=quantity,
                accepted=standing(state),
                forced=False,
                rejected=state.rejected_generation == generation,
                price=worth,
                sold=state.sold_30_days,
            )
    ready, missing = answer.readiness.ready, missing_json(answer.readiness.missing)
    shown = ready != state.ready or missing != state.missing
    differs = (
        shown
        or generation != state.planned_generation
        or quantity != state.quantity_desired
        or verdict.due != state.quantity_due
        or verdict.urgency != state.quantity_urgency
        or hold != state.hold
    )
    row = None
    if differs:
        row = StateRow(
            listing_id,
            state.version,
            generation,
            quantity,
            verdict.due,
            int(verdict.urgency),
            verdict.lead,
            ready,
            missing,
            hold,
        )
    due = verdict.due
    verdicts, changed = [verdict], []
    for price, stored, enabled in zip(answer.prices, facts.states, answer.enabled, strict=True):
        wanted = price.price
        verdict = price_verdict(
            policy,
            where if stored.forced or not answer.plugged.prices_stay else Reach.HANDS_OFF,
            market_enabled=enabled,
            desired=wanted,
            accepted=stored.price_accepted,
            forced=stored.forced,
            rejected=stored.rejected_generation == generation,
            units=quantity,
            sold=state.sold_30_days,
        )
        hold = Hold.NONE.value
        if verdict.due:
            hold = guard_price(
                hold=stored.hold,
                wanted=wanted,
                before=stored.price_desired,
                accepted=stored.price_accepted,
                due=True,
                most_fall=account.breaker_price_fall,
            )
            if hold in STOPPED:
                verdict = NOT_DUE
        verdicts.append(verdict)
        due = due or verdict.due
        moved = wanted != stored.price_desired
        if moved or verdict.due != stored.price_due or verdict.urgency != stored.price_urgency or hold != stored.hold:
            shown = shown or moved
            changed.append(
                MarketRow(
                    listing_id,
                    price.market,
                    stored.version,
                    wanted,
                    verdict.due,
                    int(verdict.urgency),
                    verdict.lead,
                    hold,
                )
            )
    return Planned(
        listing_id,
        facts.product_id,
        generation,
        facts.stale,
        due,
        row,
        tuple(changed),
        tuple(verdicts),
        quantity,
        tuple([price.price for price in answer.prices]),
        ready,
        shown,
    )


def standing(state: ListingStateFacts) -> int | None:
    """What stands there as far as we know: what was accepted, less what a later read showed to be gone."""
    return None if state.quantity_accepted is None else state.quantity_accepted - state.gone


def explained_units(facts: ListingFacts) -> int | None:
    """What stock and orders alone leave of a listing: units in a warehouse that is no longer for sale included, those
    that went there without an order yet not."""
    physical, reserved = facts.stock
    return None if physical is None else physical - reserved + facts.withdrawn - facts.rules.unseen


def missing_json(missing: Sequence[Missing]) -> str:
    """Missing attributes as the database writes them back, so that equal ones compare equal."""
    if not missing:
        return "[]"
    return json.dumps([item._asdict() for item in missing], ensure_ascii=False)


def lacks_market(account: AccountFacts, facts: ListingFacts) -> bool:
    """Whether the account has a market for which this listing has no state row yet."""
    return len(facts.markets) < len(account.markets) or not account.markets.keys() <= {
        market.market for market in facts.markets
    }
