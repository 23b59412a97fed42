"""Our own planner, urgency, budget, composition of lines and order rules, driven in memory: only the tables are ours here.

What stands in SQL in the engine is kept to taking rows by class and turn, and to storing what the rules decided.
"""

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks.selling.day import LATENCY, Day
from benchmarks.selling.way import Way
from listwright.listings.queries.facts import (
    AccountFacts,
    AccountMarketFacts,
    ListingFacts,
    ListingStateFacts,
    MarketStateFacts,
)
from listwright.listings.queries.offers import said_of
from listwright.listings.rules.facts import MarketFacts, PriceFacts, QuantityRules, ReadinessContext, StockFacts
from listwright.sync.decisions.budget import Hour, Minute, Room, first_minute, minute_of, room, seconds_until_minute
from listwright.sync.decisions.delta import Policy
from listwright.sync.decisions.resolve import believed
from listwright.sync.decisions.sales import Sold, Standing, Telling, lowered, telling
from listwright.sync.decisions.urgency import LineUrgency, courtesies, favour, widest
from listwright.sync.decisions.windows import RequestWindow
from listwright.sync.engine.compose import Draft, PriceDue, QuantityDue, compose
from listwright.sync.engine.timing import Timing
from listwright.sync.orders.effects import Effect, effect
from listwright.sync.planner.compute import plan_listing

START = datetime(2026, 11, 2, 6, tzinfo=UTC)
MARKET = "fr-fr"
FEED = "includes_unshipped"
TIMING = Timing()
# From a change to its plan, and from there to the push: measured through the real queue (benchmarks.change_latency).
HOP = 0.02
# While quantities go out, orders are read so often.
READ_EVERY = TIMING.orders_fresh / 2
OPEN_POLICY = Policy(inventory_upload=True, prices_upload=True, first_send_approved=True)


@dataclass(slots=True)
class Row:
    """A listing's state rows. `ordered`: units on the shelf that Back Market has sold."""

    accepted: int
    price_accepted: Decimal
    accepted_at: datetime = START - timedelta(hours=1)
    desired: int = 0
    price: Decimal = Decimal(0)
    generation: int = 0
    quantity_due: bool = False
    quantity_urgency: int = int(LineUrgency.NONE)
    quantity_since: datetime = START
    quantity_turn: datetime = START
    price_due: bool = False
    price_urgency: int = int(LineUrgency.NONE)
    price_since: datetime = START
    price_turn: datetime = START
    ordered: int = 0
    reserved: int = 0
    sold: int = 0
    sending: bool = False
    sending_quantity: bool = False
    place: int = 0


@dataclass(slots=True)
class Queues:
    """What is due, by class and turn: (turn, SKU, the row's place then). Places that moved on are passed over."""

    rows: list[Row]
    heaps: dict[int, list[tuple[datetime, int, int]]] = field(default_factory=dict)

    def put(self, sku: int) -> None:
        """Queue what is due of a listing, in the place of what was."""
        row = self.rows[sku]
        row.place += 1
        if row.quantity_due:
            heapq.heappush(self.heaps.setdefault(row.quantity_urgency, []), (row.quantity_turn, sku, row.place))
        if row.price_due:
            heapq.heappush(self.heaps.setdefault(row.price_urgency, []), (row.price_turn, sku, row.place))

    def take(self, slots: int, start: LineUrgency, to: LineUrgency) -> dict[int, int]:
        """The next listings, {SKU: class}; they stay queued."""
        found: dict[int, int] = {}
        for urgency in sorted(self.heaps):
            if start <= urgency <= to and len(found) < slots:
                heap, kept = self.heaps[urgency], []
                for turn, sku, place in self._valid(heap):
                    kept.append((turn, sku, place))
                    found.setdefault(sku, urgency)
                    if len(found) == slots:
                        break
                for entry in kept:
                    heapq.heappush(heap, entry)
        return found

    def _valid(self, heap: list[tuple[datetime, int, int]]) -> Iterator[tuple[datetime, int, int]]:
        while heap:
            entry = heapq.heappop(heap)
            row = self.rows[entry[1]]
            if row.place == entry[2] and not row.sending:
                yield entry


class Ours(Way):
    """The account's pump and planner."""

    def __init__(self, day: Day) -> None:
        super().__init__(day)
        self.rows = [
            Row(units, price, desired=units, price=price) for units, price in zip(day.stock, day.prices, strict=True)
        ]
        self.queues = Queues(self.rows)
        self.account, self.template = _account(day), _template()
        self.window = RequestWindow(TIMING.window_requests)
        self.minutes: deque[Minute] = deque()
        self.under_way = self.gone = 0
        self.waiting: set[int] = set()
        self.orders: dict[int, list[float]] = {}
        self.read_at: datetime | None = None
        self._room: tuple[tuple[datetime, int], Room] | None = None
        self.at(0.0, self.read_orders)

    def changed(self, at: float, sku: int) -> None:
        """Have it planned."""
        if sku not in self.waiting:
            self.waiting.add(sku)
            self.at(at + HOP, self.plan, sku)

    def ordered(self, at: float, sku: int) -> None:
        """The next read of orders shows it."""
        self.rows[sku].ordered += 1
        self.orders.setdefault(sku, []).append(at)

    def plan(self, at: float, sku: int) -> None:
        """As the planner: facts, rules, what is due, its turn."""
        self.waiting.discard(sku)
        row, now = self.rows[sku], moment(at)
        row.generation += 1
        # What Back Market sold lies on the shelf until it is shipped, and figures include it.
        physical = self.ledger.stock[sku] + row.ordered
        facts = self._facts(sku, row, physical)
        planned = plan_listing(self.account, OPEN_POLICY, facts, *said_of(self.account, [facts]))
        quantity, price = planned.verdicts
        row.desired, row.price = planned.quantity or 0, planned.prices[0] or Decimal(0)
        row.quantity_since = row.quantity_since if row.quantity_due and quantity.due else now
        row.price_since = row.price_since if row.price_due and price.due else now
        row.quantity_due, row.quantity_urgency = quantity.due, int(quantity.urgency)
        row.price_due, row.price_urgency = price.due, int(price.urgency)
        row.quantity_turn = row.quantity_since - timedelta(seconds=quantity.lead)
        row.price_turn = row.price_since - timedelta(seconds=price.lead)
        self.queues.put(sku)
        self.push(at)

    def push(self, at: float) -> None:
        """As the pump: the most urgent lines there is a slot, a request and budget for."""
        while (slots := min(TIMING.requests_at_once - self.under_way, self.window.available(at))) > 0:
            left = self._left(at)
            most = widest(falls=left.falls, others=left.others)
            ids = self.queues.take(slots, LineUrgency.ZERO, most)
            favoured: list[int] = []
            if most is LineUrgency.NONE and len(ids) == slots:
                heads = [self.queues.take(1, one, one) for one in courtesies(self.gone, slots)]
                favoured = favour(ids, [head for found in heads for head in found.items()])
            drafts, _ = compose(
                [self._quantity(sku) for sku in ids],
                sorted(
                    (self._price(sku) for sku in ids if self.rows[sku].price_due), key=lambda row: row.turn or START
                ),
                default_market=MARKET,
                settings=1,
                room=left,
                slots=slots,
                favoured=favoured,
            )
            if not drafts:
                return
            for draft in drafts:
                self.send(at, draft)
        if self.under_way < TIMING.requests_at_once:
            self.at(at + max(self.window.wait(at), 0.05), self.push)

    def send(self, at: float, draft: Draft) -> None:
        """The attempt: budget, window, cleared flags."""
        sku = draft.listing_id
        row = self.rows[sku]
        self.window.take(at)
        self._spend(at, draft)
        self.under_way += 1
        self.gone += not draft.is_zero
        row.sending, row.sending_quantity = True, draft.quantity is not None
        row.quantity_due = row.quantity_due and draft.quantity is None
        row.price_due = row.price_due and draft.price is None
        self.ledger.lines += 1
        # What an order nobody could have read yet has done there meanwhile makes no line an unchanged one.
        unread = bool(self.orders.get(sku))
        same = (draft.quantity is None or draft.quantity == self.ledger.there[sku]) and (
            draft.price is None or draft.price == self.ledger.price_there[sku]
        )
        self.ledger.unchanged += same and not unread
        self.at(at + LATENCY, self.answer, draft)

    def answer(self, at: float, draft: Draft) -> None:
        """Back Market has taken it: accepted, and planned again where something else is desired by now."""
        sku = draft.listing_id
        row = self.rows[sku]
        self.ledger.arrive(at, sku, draft.quantity, draft.price)
        self.under_way -= 1
        row.sending = row.sending_quantity = False
        if draft.quantity is not None:
            row.accepted, row.accepted_at = draft.quantity, moment(at)
            row.quantity_due = row.quantity_due and row.desired != row.accepted
        if draft.price is not None:
            row.price_accepted = draft.price
            row.price_due = row.price_due and row.price != row.price_accepted
        self.queues.put(sku)
        differs = (draft.quantity is not None and row.desired != row.accepted and not row.quantity_due) or (
            draft.price is not None and row.price != row.price_accepted and not row.price_due
        )
        if differs:
            self.changed(at, sku)
        self.push(at)

    def read_orders(self, at: float) -> None:
        """Ask for orders; the answer tells those placed until now."""
        placed, self.orders = self.orders, {}
        self.window.take(at)
        self.at(at + LATENCY, self.orders_read, moment(at), placed)
        self.at(at + READ_EVERY, self.read_orders)

    def orders_read(self, at: float, began: datetime, placed: dict[int, list[float]]) -> None:
        """Reserve, and believe what a sale tells of what stands there."""
        previous, self.read_at = self.read_at, began
        for sku, moments in placed.items():
            row = self.rows[sku]
            sold = Sold(len(moments), moment(moments[0]))
            row.sold += sold.units
            if effect(FEED, 3, 1) is Effect.HOLD:
                row.reserved += sold.units
            standing = Standing(row.accepted, row.accepted_at, 0, not row.sending_quantity, backed=True)
            if telling(sold, standing, previous=previous, excludes=False) is Telling.LOWERS:
                row.accepted = lowered(row.accepted, sold.units)
            else:
                self.at(at, self.read_back, sku, sold.units)
            self.changed(at, sku)

    def read_back(self, at: float, sku: int, units: int) -> None:
        """Two reads that must agree; what they show is believed unless something was sent meanwhile."""
        self.window.take(at)
        self.at(at + LATENCY + TIMING.read_gap, self.believe, sku, units, moment(at), self.ledger.there[sku])

    def believe(self, at: float, sku: int, units: int, began: datetime, first: int) -> None:
        row, there = self.rows[sku], self.ledger.there[sku]
        if row.sending_quantity or row.accepted_at >= began or there != first:
            self.at(at + TIMING.read_gap, self.read_back, sku, units)
            return
        row.accepted, row.accepted_at = believed(there, candidates=[row.accepted], sold=[units]) or 0, began
        self.changed(at, sku)

    def _left(self, at: float) -> Room:
        now = moment(at)
        while self.minutes and self.minutes[0].at < first_minute(now):
            self.minutes.popleft()
        spent = sum([minute.lines for minute in self.minutes])
        key = (minute_of(now), spent)
        if self._room is None or self._room[0] != key:
            self._room = (key, room(Hour(self.day.hourly_lines, list(self.minutes), now)))
        left = self._room[1]
        if left.others < TIMING.requests_at_once:
            self._wake_with_the_minute(at, now)
        return left

    def _wake_with_the_minute(self, at: float, now: datetime) -> None:
        key = minute_of(now)
        if getattr(self, "_woken", None) != key:
            self._woken = key
            self.at(at + seconds_until_minute(now) + 0.05, self.push)

    def _spend(self, at: float, draft: Draft) -> None:
        minute = minute_of(moment(at))
        if not self.minutes or self.minutes[-1].at != minute:
            self.minutes.append(Minute(minute, 0))
        last = self.minutes[-1]
        fall = draft.is_fall and not draft.is_zero
        self.minutes[-1] = Minute(minute, last.lines + 1, last.zeros + draft.is_zero, last.falls + fall)

    def _quantity(self, sku: int) -> QuantityDue:
        row = self.rows[sku]
        return QuantityDue(
            sku, sku, "", row.generation, row.quantity_due, False, row.desired, row.accepted, False, 0,
            row.quantity_urgency, row.quantity_turn,
        )  # fmt: skip

    def _price(self, sku: int) -> PriceDue:
        row = self.rows[sku]
        return PriceDue(sku, MARKET, row.price, row.price_accepted, "EUR", False, 0, row.price_urgency, row.price_turn)

    def _facts(self, sku: int, row: Row, physical: int) -> ListingFacts:
        state = _filled(
            ListingStateFacts,
            version="",
            planned_generation=row.generation - 1,
            quantity_desired=row.desired,
            quantity_accepted=row.accepted,
            quantity_due=row.quantity_due,
            quantity_urgency=row.quantity_urgency,
            ready=True,
            missing="[]",
            sold_30_days=row.sold,
        )
        market = _filled(
            MarketStateFacts,
            version="",
            price_desired=row.price,
            price_accepted=row.price_accepted,
            price_due=row.price_due,
            price_urgency=row.price_urgency,
        )
        return self.template._replace(
            listing_id=sku,
            product_id=sku,
            generation=row.generation,
            stock=StockFacts(physical, row.reserved),
            price=PriceFacts("EUR", self.ledger.wanted[sku], None, True, False, None, None),
            state=state,
            states=(market,),
        )


def moment(at: float) -> datetime:
    """A second of the day as a time."""
    return START + timedelta(seconds=at)


def _filled(kind: Any, **values: Any) -> Any:
    """A row of facts of which only some matter here: flags are off, counts 0, texts empty, and what may be unknown is."""
    empty = {bool: False, int: 0, str: ""}
    lacking = {name: empty.get(hint) for name, hint in kind.__annotations__.items() if name not in kind._field_defaults}
    return kind(**(lacking | values))


def _account(day: Day) -> AccountFacts:
    facts: AccountFacts = _filled(
        AccountFacts,
        currency="EUR",
        default_market=MARKET,
        inventory_upload=True,
        prices_upload=True,
        hourly_lines=day.hourly_lines,
        settings_generation=1,
        breaker_zeros=True,
        lost_warehouses=(),
        markets={MARKET: AccountMarketFacts(MARKET, "EUR", True)},
        readiness=ReadinessContext(MARKET, {}, {"good": "GOOD"}, 12, "Tested"),
    )
    return facts


def _template() -> ListingFacts:
    facts: ListingFacts = _filled(
        ListingFacts,
        stale=True,
        status="on",
        linked=True,
        known_to_back_market=True,
        rules=QuantityRules(None, True, False, None, True, 0, None),
        post=(
            "Phone", 9, "4006381333931", Decimal(1), Decimal(0), 1, "https://example.com/1.jpg", 1, {}, 12, "good", "SKU",
            "", "Brand", Decimal(900),
        ),
        grade_there="GOOD",
        markets=(MarketFacts(MARKET, "EUR"),),
    )  # fmt: skip
    return facts
