"""Orders: placed by buyers, moved through their states, and seen by the seller only in some of them."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from . import buyers, fields
from .clock import moment_of, text_of
from .ids import Ids
from .listings import ONLINE, Listings
from .market import MARKETS, Market
from .settings import Settings
from .writes import Change

NEW, PENDING, TO_ACCEPT, TO_SHIP, UNPAID, PROCESSED = 0, 10, 1, 3, 8, 9
STATES = (NEW, PENDING, TO_ACCEPT, TO_SHIP, UNPAID, PROCESSED)
HIDDEN = (NEW, UNPAID)
LINE_STATES = range(10)
_LINE_STATE_OF = {NEW: 0, PENDING: 8, TO_ACCEPT: 1, TO_SHIP: 2, UNPAID: 7, PROCESSED: 3}
_CANCELLED, _REFUNDED_BEFORE, _REFUNDED_AFTER, _LINE_UNPAID = 4, 5, 6, 7
_FINAL = (_CANCELLED, _REFUNDED_BEFORE, _REFUNDED_AFTER, _LINE_UNPAID)
_SELLER_MAY = {1: (2, 4), 2: (3, 5), 3: (6,)}


class OrderError(ValueError):
    """An order that cannot be placed or moved so."""


@dataclass
class OrderLine:
    """A line. `listing_id` None: a SKU that is none of the listings. `price` is the line's total, in the order's currency."""

    id: int
    sku: str
    listing_id: int | None
    product_id: int
    title: str
    brand: str
    quantity: int
    price: Decimal
    state: int
    restocked: bool = False


@dataclass
class Order:
    """An order of one market. Moments are seconds since 1970."""

    order_id: int
    market: str
    state: int
    lines: list[OrderLine]
    created: float
    modified: float
    shipping_address: dict[str, Any]
    billing_address: dict[str, Any]
    paid: float | None = None
    shipped: float | None = None
    tracking_number: str = ""
    tracking_url: str = ""
    shipper: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As it is dumped."""
        return {**asdict(self), "lines": [{**asdict(line), "price": str(line.price)} for line in self.lines]}


@dataclass
class Orders:
    """All orders, in the order of their placing."""

    listings: Listings
    ids: Ids
    random: Random
    _by_id: dict[int, Order] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Order]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, order_id: int) -> Order | None:
        return self._by_id.get(order_id)

    def place(self, raw: dict[str, Any], settings: Settings, now: float) -> tuple[Order, list[Change]]:
        """A buyer orders; Back Market lowers the quantities at once, whatever the state of the order.

        `{market, state?, race?, order_id?, date?, buyer?, lines: [{sku, quantity?, price?, title?, state?}]}`.
        What is offline or short is refused, unless `race` says that another checkout was a moment quicker: then the
        quantity can fall below zero.
        Raises OrderError, with nothing changed.
        """
        market = MARKETS.get(str(raw.get("market", "fr-fr")))
        state = raw.get("state", TO_ACCEPT)
        wanted = raw.get("lines")
        if market is None or state not in STATES or not isinstance(wanted, list) or not wanted:
            raise OrderError("an order needs a known market, a known state and at least one line")
        if not isinstance(raw.get("buyer", {}), dict):
            raise OrderError("buyer must be an object with keys of an address")
        if raw.get("order_id") in self._by_id:
            raise OrderError(f"order {raw['order_id']} is there already")
        try:
            moment = moment_of(raw["date"]) if "date" in raw else now
        except (TypeError, ValueError):
            raise OrderError(f"date {raw['date']!r} is no RFC 3339 time") from None
        lines = [self._line(item, market, state) for item in wanted]
        if not raw.get("race"):
            self._check_stock(lines, market, settings)
        number, buyer = raw.get("order_id"), raw.get("buyer", {})
        order = Order(
            order_id=self.ids.seen("order", int(number)) if number else self.ids.number("order"),
            market=market.code,
            state=state,
            lines=lines,
            created=moment,
            modified=moment,
            shipping_address={**buyers.address(market, self.ids, self.random), **buyer},
            billing_address={**buyers.address(market, self.ids, self.random), **buyer},
            paid=None if state in (NEW, PENDING, UNPAID) else moment,
            shipped=moment if state == PROCESSED else None,
            shipper="Colissimo" if market.country == "FR" else "DHL Express",
        )
        self._by_id[order.order_id] = order
        return order, [change for line in lines for change in self._lower(line, settings, now, -line.quantity)]

    def move(
        self,
        order: Order,
        settings: Settings,
        now: float,
        *,
        state: int | None = None,
        lines: dict[str, int] | None = None,
    ) -> list[Change]:
        """Moves an order, and with it the lines that are not at their end, or some lines alone. Raises OrderError."""
        targets = {sku.lower(): target for sku, target in (lines or {}).items()}
        if unknown := targets.keys() - {line.sku.lower() for line in order.lines}:
            raise OrderError(f"order {order.order_id} has no line {sorted(unknown)}")
        if (state is not None and state not in STATES) or any(target not in LINE_STATES for target in targets.values()):
            raise OrderError(f"there is no such state of an order or line: {state}, {lines}")
        changes: list[Change] = []
        for line in order.lines:
            target = targets.get(line.sku.lower())
            if target is None and state is not None and line.state not in _FINAL:
                target = _LINE_STATE_OF[state]
            if target is not None:
                changes += self._move_line(line, target, settings, now)
        order.state = state if state is not None else _state_after(order)
        order.modified = now
        if order.state in (TO_ACCEPT, TO_SHIP, PROCESSED):
            order.paid = order.paid or now
        if order.state == PROCESSED:
            order.shipped = order.shipped or now
        return changes

    def seller_moves(self, order: Order, raw: dict[str, Any], settings: Settings, now: float) -> list[Change]:
        """What POST /ws/orders/{id} does: `{order_id, new_state, sku?, tracking_number?, …}`. Raises FieldError."""
        if raw.get("order_id", order.order_id) != order.order_id:
            raise fields.FieldError("order_id", "The order in the address is another one.")
        target = fields.whole("new_state", raw.get("new_state"))
        sku = raw.get("sku")
        if target == 3:
            if not raw.get("tracking_number"):
                raise fields.FieldError("tracking_number", "This field is required when the order is shipped.")
            chosen = [line for line in order.lines if line.state not in _FINAL]
        else:
            chosen = [line for line in order.lines if isinstance(sku, str) and line.sku.lower() == sku.lower()]
        if not chosen:
            raise fields.FieldError("sku", f"The order has no line {sku!r} that could change.")
        for line in chosen:
            if target not in _SELLER_MAY.get(line.state, ()):
                raise fields.FieldError("new_state", f"A line in state {line.state} cannot go to {target}.")
        for name in ("tracking_number", "tracking_url", "shipper"):
            if isinstance(raw.get(name), str):
                setattr(order, name, raw[name])
        return self.move(order, settings, now, lines={line.sku: target for line in chosen})

    def visible(self) -> list[Order]:
        """Those the list shows: never new or unpaid ones."""
        return [order for order in self._by_id.values() if order.state not in HIDDEN]

    def load(self, raw: dict[str, Any]) -> None:
        """An order from its dumped form."""
        lines = [OrderLine(**{**line, "price": Decimal(line["price"])}) for line in raw["lines"]]
        order = Order(**{**raw, "lines": lines})
        self.ids.seen("order", order.order_id)
        for line in lines:
            self.ids.seen("line", line.id)
        self._by_id[order.order_id] = order

    def _line(self, raw: dict[str, Any], market: Market, order_state: int) -> OrderLine:
        sku, quantity = raw.get("sku"), raw.get("quantity", 1)
        state = raw.get("state", _LINE_STATE_OF[order_state])
        if not isinstance(sku, str) or not isinstance(quantity, int) or quantity < 1 or state not in LINE_STATES:
            raise OrderError(f"an order line needs a sku, a quantity of 1 or more and a known state: {raw}")
        listing = self.listings.by_sku(sku)
        unit = (listing.offer(market).price if listing else None) or Decimal("100.00")
        total = fields.amount("price", raw["price"]) if "price" in raw else unit * quantity
        product = listing.product if listing else None
        return OrderLine(
            id=self.ids.number("line"),
            sku=listing.sku if listing else sku,
            listing_id=listing.listing_id if listing else None,
            product_id=product.backmarket_id if product else 0,
            title=product.title(market) if product else str(raw.get("title", sku)),
            brand=product.brand if product else "",
            quantity=quantity,
            price=total,
            state=state,
        )

    def _check_stock(self, lines: list[OrderLine], market: Market, settings: Settings) -> None:
        wanted: dict[str, int] = {}
        for line in lines:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        for sku, quantity in wanted.items():
            listing = self.listings.by_sku(sku)
            if listing is None:
                continue
            if listing.true_state(market, settings) != ONLINE or listing.quantity < quantity:
                raise OrderError(
                    f"{sku} cannot be bought in {market.code}: quantity {listing.quantity}, "
                    f"publication state {listing.true_state(market, settings)}; say race to let it happen all the same"
                )

    def _lower(self, line: OrderLine, settings: Settings, now: float, by: int) -> list[Change]:
        listing = self.listings.by_sku(line.sku) if line.listing_id is not None else None
        if listing is None:
            return []
        if settings.state_lag_seconds:
            self.listings.keep_states(listing, settings, now, settings.state_lag_seconds)
        old = listing.quantity
        listing.quantity += by
        self.listings.touched(listing)
        return [Change(listing.sku, None, "quantity", old, listing.quantity)]

    def _move_line(self, line: OrderLine, target: int, settings: Settings, now: float) -> list[Change]:
        line.state = target
        gives_back = (target in (_CANCELLED, _REFUNDED_BEFORE) and settings.cancel_restocks) or (
            target == _LINE_UNPAID and settings.unpaid_restocks
        )
        if not gives_back or line.restocked:
            return []
        line.restocked = True
        return self._lower(line, settings, now, line.quantity)


def document(order: Order, settings: Settings) -> dict[str, Any]:
    """An order as the API shows it. Moments that have not come are absent."""
    currency = MARKETS[order.market].currency
    shown: dict[str, Any] = {
        "order_id": order.order_id,
        "shipping_address": buyers.spelled(order.shipping_address, settings.address_keys),
        "billing_address": buyers.spelled(order.billing_address, settings.address_keys),
        "delivery_note": f"https://example.com/delivery_note/{order.order_id}.pdf",
        "tracking_number": order.tracking_number,
        "tracking_url": order.tracking_url,
        "shipper_display": order.shipper,
        "is_backship": False,
        "date_creation": text_of(order.created),
        "date_modification": text_of(order.modified),
        "state": order.state,
        "orderlines": [_line_document(line, order.created, currency) for line in order.lines],
        "price": str(sum((line.price for line in order.lines), Decimal("0.00"))),
        "shipping_price": "0.00",
        "currency": currency,
        "country_code": order.market,
        "paypal_reference": None,
        "installment_payment": False,
        "payment_method": "CARD",
        "sales_taxes": "0.00",
    }
    if order.paid is not None:
        shown["date_payment"] = text_of(order.paid)
    if order.shipped is not None:
        shown["date_shipping"] = text_of(order.shipped)
    else:
        shown["expected_dispatch_date"] = text_of(order.created + 2 * 86400)
    return shown


def _line_document(line: OrderLine, created: float, currency: str) -> dict[str, Any]:
    return {
        "id": line.id,
        "date_creation": text_of(created),
        "state": line.state,
        "price": str(line.price),
        "shipping_price": "0.00",
        "shipping_delay": 48,
        "currency": currency,
        "return_reason": 0,
        "return_message": "",
        "listing": line.sku,
        "listing_id": line.listing_id or 0,
        "orderline_fee": str((line.price / 10).quantize(Decimal("0.01"))),
        "product": line.title,
        "quantity": line.quantity,
        "brand": line.brand,
        "product_id": line.product_id,
        "backcare": False,
        "backcare_price": 0,
        "sales_taxes": "0.00",
        "imei": "",
        "serial_number": "",
        "condition": 11,
    }


def _state_after(order: Order) -> int:
    """What an order becomes when some of its lines were moved: to ship when all were decided, processed at the end."""
    states = {line.state for line in order.lines}
    if states <= {3, *_FINAL}:
        return UNPAID if states == {_LINE_UNPAID} else PROCESSED
    return TO_SHIP if states <= {2, 3, *_FINAL} else order.state
