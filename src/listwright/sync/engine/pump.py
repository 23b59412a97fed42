"""An account's pump: record what came back, choose the most urgent lines anew, send them; round after round.

One thread does all that touches the database. Requests run in a pool whose threads only send and put what came back
into the inbox, so that a slow answer never holds up a stop-sale, and a stop-sale never waits behind a batch.
"""

import logging
import random
from contextlib import suppress
from datetime import datetime

from django.db import DatabaseError, connection
from django.db.backends.utils import CursorWrapper

from listwright.changes import prepared
from listwright.channels.protocol import Update
from listwright.common.errors import ChannelError
from listwright.listings.operations.grid_part import refresh_grid
from listwright.sync.commits import commit
from listwright.sync.decisions.budget import seconds_until_minute
from listwright.sync.engine import claim, record
from listwright.sync.engine.claim import Claimed, Gate, Sending
from listwright.sync.engine.desk import Desk
from listwright.sync.engine.events import Answered, Event, OrdersEnd, OrdersPage, Probed, ReadBack, StepFailed
from listwright.sync.engine.health import Health
from listwright.sync.engine.lease import NotHeld
from listwright.sync.engine.order_reads import OrderReads
from listwright.sync.engine.outcome import Outcome, judge
from listwright.sync.engine.rereads import Rereads

log = logging.getLogger(__name__)

DATABASE_PAUSE = 0.5
# What was accepted shows in the grid this much later, many rows at a time.
GRID_PAUSE = 0.2


class Pump:
    """Sends for one account while its lease holds: `round()` until it says no, then `drain()`."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        """`gate` as read when the adapter was made: its connection is the one the adapter has."""
        self._desk = desk
        self._gate = gate
        self._connection = gate.connection
        self._health = Health(desk)
        self._orders = OrderReads(desk)
        self._rereads = Rereads(desk)
        self._in_flight: dict[int, Sending] = {}
        self._unrecorded: list[Outcome] = []
        self._claimed = 0
        self._shown_late: set[int] = set()
        self._show_at = 0.0
        desk.alarm(0)

    def round(self) -> bool:
        """Wait for something to do, and do it. False when the account is no longer ours to speak for, or may not."""
        events = self._desk.collect(self._desk.timeout())
        for event in events:
            self._hear(event)
        try:
            claimed = self._record_and_claim()
            for sending in claimed.sendings:
                self._in_flight[sending.line_id] = sending
                self._desk.submit(self._send, sending)
            self._show()
            if not self._health.settle() or not self._may_go_on():
                return False
            self._rereads.look(self._gate, {*self._in_flight, *(one.sending.line_id for one in self._unrecorded)})
            if not self._health.held():
                self._read(claimed)
        except DatabaseError:
            log.warning("account %s: the database refused or did not answer", self._desk.account_id, exc_info=True)
            connection.close()
            self._desk.alarm(DATABASE_PAUSE)
        return not self._desk.lease.lost

    def drain(self) -> None:
        """Let nothing more out, wait for the answers that are under way, and record them."""
        desk = self._desk
        desk.traffic.end()
        patience = desk.clock.monotonic() + desk.timing.http_timeout + desk.timing.answer_margin
        while self._in_flight and desk.clock.monotonic() < patience:
            for event in desk.collect(0.2):
                if isinstance(event, Answered):
                    self._answered(event)
            self._record_rest()
        self._record_rest()
        with suppress(DatabaseError):
            self._show(at_once=True)
        desk.close()

    def _hear(self, event: Event) -> None:
        """One event's failure must not cost the others: each is found again by housekeeping or the next read."""
        try:
            self._take(event)
        except DatabaseError:
            log.warning("account %s: %s was not stored", self._desk.account_id, type(event).__name__, exc_info=True)
            connection.close()

    def _take(self, event: Event) -> None:
        match event:
            case Answered():
                self._answered(event)
            case OrdersPage():
                self._shown_late.update(self._orders.page(event))
            case OrdersEnd():
                self._health.hear(event.error, event.started)
                if self._orders.end(event):
                    self._rereads.look_in(0)
            case ReadBack():
                self._health.hear(event.result, event.started)
                self._rereads.came(event, self._gate)
            case Probed():
                self._health.probed(event)
            case StepFailed():
                self._health.hear_step(event.error, event.started)
            case _:
                pass

    def _answered(self, event: Answered) -> None:
        self._in_flight.pop(event.sending.line_id, None)
        self._health.hear(event.result, event.started)
        if isinstance(event.result, BaseException) and not isinstance(event.result, (ChannelError, NotHeld)):
            log.error("account %s: a request failed unforeseen", self._desk.account_id, exc_info=event.result)
        outcome = judge(event.sending, event.result, random.random())  # noqa: S311
        self._unrecorded.append(outcome)
        if outcome.retry_in is not None:
            self._desk.alarm(outcome.retry_in + 0.01)
        if outcome.state == "unknown":
            self._rereads.look_in(self._desk.timing.quarantine_single + 0.01)

    def _record_and_claim(self) -> Claimed:
        """In one transaction, for the sake of one commit. What was not recorded stays in hand for the next round."""
        now = self._desk.clock.now()
        outcomes = self._group()
        with commit("claim"), connection.cursor() as cursor:
            prepared.by_keys()
            self._gate = claim.gate(self._desk.account_id, self._desk.lease.fence)
            self._record(cursor, outcomes, now)
            claimed = self._claim(cursor, now)
        self._forget(outcomes)
        return claimed

    def _show(self, *, at_once: bool = False) -> None:
        """Bring the grid in step with what was recorded, behind the sending and not before it."""
        now = self._desk.clock.monotonic()
        if not self._shown_late:
            return
        if at_once or now >= self._show_at:
            with commit("show in the grid"):
                refresh_grid(listing_ids=sorted(self._shown_late))
            self._shown_late.clear()
            self._show_at = now + GRID_PAUSE
        else:
            self._desk.alarm(self._show_at - now)

    def _claim(self, cursor: CursorWrapper, now: datetime) -> Claimed:
        desk, gate = self._desk, self._gate
        quantities = self._orders.allowed(gate)
        if not self._may_go_on() or self._health.held():
            return claim.NOTHING
        if gate.wait_until is not None and gate.wait_until > now:
            desk.alarm((gate.wait_until - now).total_seconds())
            return claim.NOTHING
        slots = self._health.at_once() - len(self._in_flight)
        if slots <= 0:
            return claim.NOTHING
        reserved = desk.traffic.reserve(slots)
        claimed = claim.NOTHING
        try:
            if reserved:
                claimed = claim.claim(
                    cursor,
                    account_id=desk.account_id,
                    gate=gate,
                    quantities=quantities,
                    slots=reserved,
                    now=now,
                    gone=self._claimed,
                )
        finally:
            desk.traffic.give_back(reserved - len(claimed.sendings))
        self._claimed += sum([not sending.draft.is_zero for sending in claimed.sendings])
        if reserved < slots and len(claimed.sendings) == reserved:
            desk.alarm(max(desk.traffic.wait(), 0.05))
        if claimed.short:
            desk.alarm(seconds_until_minute(now) + 0.05)
        return claimed

    def _may_go_on(self) -> bool:
        gate = self._gate
        return gate.holds and not gate.paused and gate.connection == self._connection and not self._desk.lease.lost

    def _read(self, claimed: Claimed) -> None:
        """Orders and listings under suspicion, beside the pushes."""
        wanted = any(sending.draft.quantity for sending in claimed.sendings)
        if not wanted and not self._orders.fresh:
            with connection.cursor() as cursor:
                wanted = claim.quantities_wait(cursor, self._desk.account_id, self._desk.clock.now())
        self._orders.consider(self._gate, wanted=wanted)
        self._rereads.start()

    def _send(self, sending: Sending) -> None:
        """In the pool."""
        draft, started = sending.draft, self._desk.clock.monotonic()
        try:
            update = Update(draft.back_market_id, draft.market, draft.quantity, draft.price, draft.currency)
            receipt = self._desk.pushing.update(update)
        except BaseException as error:
            self._desk.put(Answered(sending, error, started))
        else:
            self._desk.put(Answered(sending, receipt, started))

    def _group(self) -> list[Outcome]:
        """The outcomes to record now: at most one of each listing, in the order they came."""
        return list({outcome.sending.draft.listing_id: outcome for outcome in reversed(self._unrecorded)}.values())

    def _record(self, cursor: CursorWrapper, outcomes: list[Outcome], now: datetime) -> None:
        record.record(
            cursor,
            account_id=self._desk.account_id,
            company_id=self._gate.company_id,
            outcomes=outcomes,
            now=now,
            quarantine=self._desk.timing.quarantine_single,
        )

    def _forget(self, outcomes: list[Outcome]) -> None:
        done = {outcome.sending.line_id for outcome in outcomes}
        self._shown_late |= {outcome.sending.draft.listing_id for outcome in outcomes}
        self._unrecorded = [outcome for outcome in self._unrecorded if outcome.sending.line_id not in done]
        if self._unrecorded:
            self._desk.alarm(0)

    def _record_rest(self) -> None:
        while outcomes := self._group():
            try:
                with commit("record the last answers"), connection.cursor() as cursor:
                    self._record(cursor, outcomes, self._desk.clock.now())
            except DatabaseError:
                # The lines stay open: whoever holds the lease next finds them and reads the listings.
                log.warning(
                    "account %s: %d outcomes were not recorded", self._desk.account_id, len(outcomes), exc_info=True
                )
                connection.close()
                return
            self._forget(outcomes)
