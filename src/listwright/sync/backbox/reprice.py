"""Ask the company's repricer about listings whose BackBox was just read, and keep the prices it may set (E2).

A price becomes the listing's by the planner, from `Proposal`; here is decided whether it may change at all: within the
bounds, below the circuit breaker's threshold, within its share of the budget, and not where BackPricer is at work.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from listwright.changes.operations import Urgency, mark_stale
from listwright.common.money import quantised
from listwright.companies.operations.plugins import note_plugin
from listwright.listings.models import Competition as Newest
from listwright.listings.models import CompetitionPoint, ListingMarketState, Proposal, RepricingChange
from listwright.listings.queries.facts import AccountFacts, ListingFacts, account_facts, load, market_enabled
from listwright.listings.queries.plugged import PluginInForce
from listwright.listings.rules.pricing import ceiling_in_force, min_price_in_force, price_for_market
from listwright.plugins.answers import Nonsense, PluginFailed
from listwright.plugins.runner import Runner, runner
from listwright.plugins.types import Competition, NewPrice, OfferFacts
from listwright.sync.commits import commit
from listwright.sync.decisions.breaker import STOPPED
from listwright.sync.decisions.competition import allowed_price

HOUR = timedelta(hours=1)
HISTORY = 10


class Offered(NamedTuple):
    """An offer the plugin is asked about, and whose it is; `accepted` is the price that stands there."""

    listing_id: int
    product_id: int
    accepted: Decimal
    facts: OfferFacts


def reprice(
    *, account_id: int, listing_ids: Sequence[int], now: datetime, using: Runner | None = None
) -> list[RepricingChange]:
    """The changes made, or in a dry run recorded. Whatever the plugin answers, no price leaves its bounds."""
    account = account_facts(account_id)
    plugin = account.plugins.repricing
    if plugin is None or not account.prices_upload:
        return []
    facts = load(account, listing_ids)
    offers = offered(account, plugin, facts, now=now)
    if not offers:
        return []
    try:
        answers = (using or runner()).ask(plugin.name, "repricing", plugin.settings, [one.facts for one in offers])
    except PluginFailed as failed:
        note_plugin(company_id=account.company_id, plugin=plugin.name, failure=str(failed), now=now)
        return []
    wrong = [answer.reason for answer in answers if isinstance(answer, Nonsense)]
    if wrong or plugin.failing:
        failure = f"{wrong[0]} ({len(wrong)} of {len(answers)} offers.)" if wrong else ""
        note_plugin(company_id=account.company_id, plugin=plugin.name, failure=failure, now=now)
    return _keep(account, plugin, offers, answers, now)


def offered(
    account: AccountFacts, plugin: PluginInForce, facts: Sequence[ListingFacts], *, now: datetime
) -> list[Offered]:
    """What may be repriced: enabled, with a min price, updated, linked, without BackPricer, and with a reading."""
    ids = [item.listing_id for item in facts if item.price.repricing_enabled and item.status == "on" and item.linked]
    readings = _readings(ids)
    today = _changes(ids, since=now.replace(hour=0, minute=0, second=0, microsecond=0), dry=plugin.dry)
    found = []
    for item in facts:
        for market, state in zip(item.markets, item.states, strict=True):
            seen = readings.get((item.listing_id, market.market))
            lowest, highest = min_price_in_force(item.price, market), ceiling_in_force(item.price, market)
            base = price_for_market(item.price, market).price
            may = market_enabled(account, market.market, state) and not market.backpricer
            if not seen or not may or lowest is None or lowest <= 0 or base is None or state.price_accepted is None:
                continue
            standing = _in_force(item, market.market, state.price_desired or state.price_accepted, plugin)
            offer = OfferFacts(
                sku=item.sku,
                market=market.market,
                currency=market.currency,
                price=standing,
                base_price=base,
                min_price=lowest,
                ceiling=max(lowest, base if highest is None else highest),
                competition=seen[0],
                history=tuple(seen[1:]),
                changes_today=today.get((item.listing_id, market.market), 0),
                now=now,
            )
            found.append(Offered(item.listing_id, item.product_id, state.price_accepted, offer))
    return found


def _in_force(item: ListingFacts, market: str, standing: Decimal, plugin: PluginInForce) -> Decimal:
    """The price repricing moves from. A dry run moves from what it would have set before."""
    if not plugin.dry:
        return standing
    last = Proposal.objects.filter(
        listing_id=item.listing_id, market=market, plugin=plugin.name, epoch=plugin.epoch
    ).first()
    return standing if last is None else last.price


def _keep(
    account: AccountFacts,
    plugin: PluginInForce,
    offers: Sequence[Offered],
    answers: Sequence[NewPrice | Nonsense | None],
    now: datetime,
) -> list[RepricingChange]:
    lines_left = account.hourly_lines * plugin.share // 100 - _spent(account.account_id, now, dry=plugin.dry)
    held = _held([one.listing_id for one in offers])
    changes, proposals, products = [], [], []
    for one, answer in zip(offers, answers, strict=True):
        if not isinstance(answer, NewPrice):
            continue
        offer = one.facts
        allowed = allowed_price(
            quantised(answer.price, offer.currency),
            standing=offer.price,
            accepted=one.accepted,
            lowest=offer.min_price,
            highest=offer.ceiling,
            lines_left=lines_left,
            most_fall=account.breaker_price_fall,
            held=(one.listing_id, offer.market) in held,
        )
        if allowed.price is None:
            continue
        lines_left -= 1
        proposals.append(
            Proposal(
                listing_id=one.listing_id,
                market=offer.market,
                plugin=plugin.name,
                epoch=plugin.epoch,
                price=allowed.price,
                reason=answer.reason,
                at=now,
            )
        )
        changes.append(
            RepricingChange(
                listing_id=one.listing_id,
                account_id=account.account_id,
                market=offer.market,
                at=now,
                before=offer.price,
                after=allowed.price,
                currency=offer.currency,
                plugin=plugin.name,
                reason=answer.reason,
                dry=plugin.dry,
            )
        )
        products.append(one.product_id)
    # Together, or a death in between would leave prices that nobody plans.
    with commit("propose prices"):
        Proposal.objects.bulk_create(
            proposals,
            update_conflicts=True,
            unique_fields=["listing_id", "market"],
            update_fields=["plugin", "epoch", "price", "reason", "at"],
        )
        RepricingChange.objects.bulk_create(changes)
        if products and not plugin.dry:
            mark_stale(company_id=account.company_id, product_ids=products, urgency=Urgency.PRICE, now=now)
    return changes


def _held(listing_ids: Sequence[int]) -> set[tuple[int, str]]:
    """The prices the circuit breaker holds for a person."""
    rows = ListingMarketState.objects.filter(listing_id__in=listing_ids, hold__in=STOPPED)
    return set(rows.values_list("listing_id", "market"))


def _spent(account_id: int, now: datetime, *, dry: bool) -> int:
    return RepricingChange.objects.filter(account_id=account_id, at__gt=now - HOUR, dry=dry).count()


def _changes(listing_ids: Sequence[int], *, since: datetime, dry: bool) -> Mapping[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    rows = RepricingChange.objects.filter(listing_id__in=listing_ids, at__gte=since, dry=dry)
    for key in rows.values_list("listing_id", "market"):
        found[key] = found.get(key, 0) + 1
    return found


def _readings(listing_ids: Sequence[int]) -> Mapping[tuple[int, str], list[Competition]]:
    """The newest reading of each market first, then its history."""
    found: dict[tuple[int, str], list[Competition]] = {}
    for newest in Newest.objects.filter(listing_id__in=listing_ids):
        found[newest.listing_id, newest.market] = [_competition(newest, newest.read_at)]
    points = CompetitionPoint.objects.order_by("market", "-at")
    for listing_id in listing_ids:
        for point in points.filter(listing_id=listing_id)[: HISTORY * 15]:
            series = found.get((point.listing_id, point.market))
            if series is not None and len(series) <= HISTORY:
                series.append(_competition(point, point.at))
    return found


def _competition(row: Newest | CompetitionPoint, at: datetime) -> Competition:
    return Competition(at, row.price_to_win, row.winner_price, row.is_winning)
