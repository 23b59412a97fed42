"""Changing a listing, from a single update or from a row of a file: the same rules for both."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from . import fields
from .fields import FieldError
from .listings import Listing
from .market import Market
from .settings import Settings

_SHIPPING = ("shipper", "shipper_display", "shipping_delay", "shipping_price")
SHIPPING_FIELDS = {f"{name}_{slot}": (name, slot) for name in _SHIPPING for slot in (1, 2, 3)}
_HIGHEST_OVER_MIN = Decimal("1.08")


@dataclass
class Changes:
    """What a write names, already checked. `values` has only named fields: quantity, price, min_price, comment, …"""

    values: dict[str, Any] = field(default_factory=dict)
    shippings: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One value of a listing that is another one now. `market` None: shared by all."""

    sku: str
    market: str | None
    field: str
    old: Any
    new: Any

    def as_dict(self) -> dict[str, Any]:
        return {"sku": self.sku, "market": self.market, "field": self.field, "from": self.old, "to": self.new}


def read_changes(raw: Mapping[str, Any], market: Market) -> Changes:
    """The changes that a write names. Fields nobody knows, and `max_price`, are passed over. Raises FieldError."""
    changes = Changes()
    values = changes.values
    if "quantity" in raw:
        values["quantity"] = fields.whole("quantity", raw["quantity"])
    if "currency" in raw and raw["currency"] != market.currency:
        raise FieldError("currency", f"{raw['currency']} is not the currency of {market.code}: {market.currency}.")
    if "price" in raw:
        if market.currency_needed and "currency" not in raw:
            raise FieldError("currency", f"This field is required to set a price in {market.code}.")
        values["price"] = fields.amount("price", raw["price"])
    if "min_price" in raw:
        values["min_price"] = None if raw["min_price"] is None else fields.amount("min_price", raw["min_price"])
    if "comment" in raw:
        comment = raw["comment"]
        values["comment"] = None if comment is None else fields.text("comment", comment, longest=500) or None
    if "warranty_delay" in raw:
        values["warranty_delay"] = fields.whole("warranty_delay", raw["warranty_delay"], least=12)
    for name, (part, slot) in SHIPPING_FIELDS.items():
        if name in raw:
            changes.shippings.setdefault(slot, {})[part] = _shipping(part, name, raw[name])
    return changes


def apply(listing: Listing, changes: Changes, market: Market, settings: Settings) -> list[Change]:
    """Writes the changes and returns what is another value now. Raises FieldError before anything is written."""
    offer = listing.own_offer(market)
    if settings.backpricer_bounds == "refused":
        _check_bounds(
            changes.values.get("price", offer.price),
            changes.values.get("min_price", offer.min_price),
        )
    done = []
    for name, new in changes.values.items():
        target: Any = listing if name == "quantity" else offer
        old = getattr(target, name)
        if old != new:
            setattr(target, name, new)
            where = None if name == "quantity" else market.code
            done.append(Change(listing.sku, where, name, _plain(old), _plain(new)))
    for slot, parts in changes.shippings.items():
        _ship(offer.shippings, slot, parts)
    return done


def _ship(shippings: dict[int, dict[str, Any]], slot: int, parts: dict[str, Any]) -> None:
    """A shipping method is dropped when its shipper is set to null."""
    known = shippings.get(slot, {"shipping_price": "0.00", "shipping_delay": 24, "shipper": "", "shipper_display": ""})
    merged = {**known, **{name: value for name, value in parts.items() if value is not None}}
    if not merged["shipper_display"]:
        merged["shipper_display"] = merged["shipper"]
    if ("shipper" in parts and parts["shipper"] is None) or not merged["shipper"]:
        shippings.pop(slot, None)
    else:
        shippings[slot] = merged


def _shipping(part: str, name: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if part == "shipping_delay":
        return fields.whole(name, value)
    if part == "shipping_price":
        return str(fields.amount(name, value))
    return fields.text(name, value, longest=200)


def _check_bounds(price: Decimal | None, min_price: Decimal | None) -> None:
    if price is not None and min_price and not min_price <= price <= min_price * _HIGHEST_OVER_MIN:
        raise FieldError("price", f"Price must be between min_price {min_price} and 1.08 times of it.")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
