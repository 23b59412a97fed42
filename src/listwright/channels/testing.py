"""A channel in memory for tests: it remembers every call, and fails, waits or forgets as a test tells it to.

It speaks the `Adapter` protocol, not a wire format: what Back Market really says is the sandbox's to play.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from listwright.channels.protocol import (
    BulkRow,
    Competitor,
    Connection,
    Exchange,
    Market,
    ProductInformation,
    Receipt,
    Recorder,
    RemoteCategory,
    RemoteListing,
    RemoteOrder,
    TaskResult,
    TaskState,
    Update,
)
from listwright.common.errors import ChannelError, Rejected, RejectedLine

MARKETS = (
    Market("fr-fr", "France", "EUR", "eu", "fr"),
    Market("de-de", "Germany", "EUR", "eu", "de"),
    Market("en-gb", "United Kingdom", "GBP", "eu", "gb"),
)
CURRENCIES = {market.code: market.currency for market in MARKETS}

T = TypeVar("T")


@dataclass
class FakeListing:
    """A listing as it stands: `quantity` shared, prices by market."""

    back_market_id: str
    sku: str
    quantity: int = 0
    prices: dict[str, Decimal] = field(default_factory=dict)
    grade: str = "GOOD"
    comment: str = ""


class Call(NamedTuple):
    """One call as it came in: `at` monotonic seconds, `detail` its argument."""

    at: float
    method: str
    detail: object


@dataclass
class _Fault:
    """`applied`: the request takes effect before its answer is lost."""

    error: ChannelError
    times: int
    applied: bool
    matching: Callable[[object], bool]


class FakeChannel:
    """One seller's place on a channel, and what happened there. Safe from many threads.

    `latency` seconds are spent in each call. `together` is the most updates that were under way at once, `overlaps`
    the listings for which two ever were.
    """

    code = "backmarket"
    name = "Back Market (fake)"

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.there: dict[str, FakeListing] = {}
        self.sold: list[RemoteOrder] = []
        self.calls: list[Call] = []
        self.overlaps: list[str] = []
        self.together = 0
        self.latency = 0.0
        self.tasks: dict[str, TaskResult] = {}
        self.tree: tuple[RemoteCategory, ...] = ()
        self.competition: dict[str, tuple[Competitor, ...]] = {}
        self.connections: list[Connection] = []
        self._faults: dict[str, list[_Fault]] = {}
        self._busy: list[str] = []
        self._open = threading.Event()
        self._open.set()

    # --- what a test says ---------------------------------------------------------------------------------------

    def list(self, back_market_id: str, sku: str, quantity: int = 0, **prices: Decimal) -> FakeListing:
        """Let a listing stand there; prices by market with `_` for `-`."""
        listing = FakeListing(
            back_market_id, sku, quantity, {market.replace("_", "-"): price for market, price in prices.items()}
        )
        with self.lock:
            self.there[back_market_id] = listing
        return listing

    def fail(
        self,
        method: str,
        error: ChannelError,
        *,
        times: int = 1,
        applied: bool = False,
        matching: Callable[[object], bool] = lambda detail: True,
    ) -> None:
        """Let the next `times` calls of a method (whose argument matches) fail; negative: until `heal`."""
        with self.lock:
            self._faults.setdefault(method, []).append(_Fault(error, times, applied, matching))

    def heal(self) -> None:
        """Let nothing fail any more."""
        with self.lock:
            self._faults.clear()

    def hold(self) -> None:
        """Let every call wait for `let_go`, as if the answers were very slow."""
        self._open.clear()

    def let_go(self) -> None:
        """Answer."""
        self._open.set()

    def sell(self, order: RemoteOrder, *, lowers: bool = True) -> None:
        """Place an order, or change one already placed; a new one lowers the listings it is for, as Back Market does."""
        with self.lock:
            known = {one.order_id for one in self.sold}
            self.sold = [one for one in self.sold if one.order_id != order.order_id] + [order]
            if lowers and order.order_id not in known:
                for line in order.lines:
                    for listing in self.there.values():
                        if listing.sku.lower() == line.sku.lower():
                            listing.quantity -= line.quantity

    def updates(self) -> Sequence[Update]:
        """The updates that came in, in order."""
        with self.lock:
            return [call.detail for call in self.calls if isinstance(call.detail, Update)]

    def count(self, method: str) -> int:
        """How often a method was called."""
        with self.lock:
            return sum(call.method == method for call in self.calls)

    # --- Channel ------------------------------------------------------------------------------------------------

    def markets(self, region: str) -> Sequence[Market]:
        return MARKETS if region == "eu" else ()

    def market(self, code: str) -> Market:
        return {market.code: market for market in MARKETS}[code]

    def connect(self, connection: Connection, record: Recorder, *, timeout: float = 4.0) -> "FakeAdapter":
        self.connections.append(connection)
        return FakeAdapter(self, record)

    def create_row(self, facts: ProductInformation) -> BulkRow:
        return BulkRow(facts.sku, {"sku": facts.sku, "quantity": "0", "grade": facts.grade})

    def content_row(self, facts: ProductInformation) -> BulkRow:
        return BulkRow(facts.sku, {"sku": facts.sku, "title": facts.title})

    # --- inside -------------------------------------------------------------------------------------------------

    def enter(self, method: str, detail: object) -> _Fault | None:
        """Note a call, spend its time, and find the fault that is meant for it. Faults without effect are raised."""
        with self.lock:
            self.calls.append(Call(time.monotonic(), method, detail))
            fault = next((one for one in self._faults.get(method, []) if one.times and one.matching(detail)), None)
            if fault is not None:
                fault.times -= 1
        if self.latency:
            time.sleep(self.latency)
        self._open.wait(30)
        if fault is not None and not fault.applied:
            raise fault.error
        return fault

    def begin(self, back_market_id: str) -> None:
        """An update of a listing is under way."""
        with self.lock:
            if back_market_id in self._busy:
                self.overlaps.append(back_market_id)
            self._busy.append(back_market_id)
            self.together = max(self.together, len(self._busy))

    def end(self, back_market_id: str) -> None:
        """It is not any more."""
        with self.lock:
            self._busy.remove(back_market_id)


class _Pages(Iterator[Sequence[T]]):
    """Pages of 50 of a list that is read with the first one; after an error it can be asked for again."""

    def __init__(self, read: Callable[[], list[T]]) -> None:
        self._read = read
        self._pages: Iterator[Sequence[T]] | None = None

    def __next__(self) -> Sequence[T]:
        if self._pages is None:
            found = self._read()
            self._pages = iter([found[first : first + 50] for first in range(0, len(found), 50)])
        return next(self._pages)


class FakeAdapter:
    """One account's line to a `FakeChannel`."""

    def __init__(self, channel: FakeChannel, record: Recorder) -> None:
        self._channel = channel
        self._record = record
        self.closed = False

    def probe(self) -> None:
        self._channel.enter("probe", None)

    def update(self, update: Update) -> Receipt:
        channel = self._channel
        channel.begin(update.back_market_id)
        try:
            fault = channel.enter("update", update)
            with channel.lock:
                listing = channel.there.get(update.back_market_id)
                if listing is None:
                    words = "Listing not found"
                    raise Rejected(
                        "listing_not_found", words, "r-404", 404, lines=(RejectedLine(words, code="not_found"),)
                    )
                if update.quantity is not None:
                    listing.quantity = update.quantity
                if update.price is not None:
                    listing.prices[update.market] = update.price
                number = len(channel.calls)
            if fault is not None:
                raise fault.error
            return Receipt(f"r-{number}", self._shown(listing, update.market))
        finally:
            channel.end(update.back_market_id)

    def upload(self, market: str, rows: Sequence[BulkRow]) -> tuple[str, str]:
        fault = self._channel.enter("upload", (market, tuple(rows)))
        with self._channel.lock:
            task_id = str(len(self._channel.tasks) + 1)
            done = TaskResult(TaskState.DONE, frozenset(row.sku for row in rows), {})
            self._channel.tasks[task_id] = done
        if fault is not None:
            raise fault.error
        return task_id, f"r-task-{task_id}"

    def task(self, task_id: str) -> TaskResult:
        self._channel.enter("task", task_id)
        return self._channel.tasks[task_id]

    def listing(self, back_market_id: str, market: str) -> RemoteListing | None:
        self._channel.enter("listing", (back_market_id, market))
        with self._channel.lock:
            found = self._channel.there.get(back_market_id)
            return None if found is None else self._shown(found, market)

    def listing_by_sku(self, sku: str, market: str) -> RemoteListing | None:
        self._channel.enter("listing_by_sku", (sku, market))
        with self._channel.lock:
            found = next((one for one in self._channel.there.values() if one.sku.lower() == sku.lower()), None)
            return None if found is None else self._shown(found, market)

    def listings(self, market: str) -> Iterator[Sequence[RemoteListing]]:
        def shown() -> list[RemoteListing]:
            self._channel.enter("listings", market)
            with self._channel.lock:
                return [self._shown(one, market) for one in self._channel.there.values()]

        return _Pages(shown)

    def categories(self) -> Sequence[RemoteCategory]:
        self._channel.enter("categories", None)
        return self._channel.tree

    def orders(self, modified_since: datetime) -> Iterator[Sequence[RemoteOrder]]:
        def found() -> list[RemoteOrder]:
            self._channel.enter("orders", modified_since)
            with self._channel.lock:
                return [
                    one for one in self._channel.sold if one.modified_at is None or one.modified_at >= modified_since
                ]

        return _Pages(found)

    def competitors(self, back_market_id: str) -> Sequence[Competitor]:
        self._channel.enter("competitors", back_market_id)
        return self._channel.competition.get(back_market_id, ())

    def close(self) -> None:
        self.closed = True

    def note(self, exchange: Exchange) -> None:
        """Hand an exchange to the recorder, as a real adapter does for each call."""
        self._record(exchange)

    def _shown(self, listing: FakeListing, market: str) -> RemoteListing:
        price = listing.prices.get(market)
        return RemoteListing(
            back_market_id=listing.back_market_id,
            listing_id=None,
            product_id="",
            sku=listing.sku,
            market=market,
            title=listing.sku,
            grade=listing.grade,
            quantity=listing.quantity,
            price=price,
            currency=CURRENCIES.get(market, "EUR"),
            min_price=None,
            max_price=None,
            comment=listing.comment,
            warranty_months=12,
            publication_state=0 if price is None else 2 if listing.quantity > 0 else 3,
        )
