"""The seller's listings: what is shared, what is the market's own, and the publication state that follows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from . import fields
from .ids import Ids
from .market import MARKETS, Market, markets_of
from .products import Product, Products
from .settings import Settings

NO_PRICE_OR_COMMENT, VALIDATING, ONLINE, OFFLINE, DISABLED = 0, 1, 2, 3, 4


@dataclass(slots=True)
class Offer:
    """What a listing has for itself in one market. `max_price` None: the product's."""

    price: Decimal | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    comment: str | None = None
    warranty_delay: int = 12
    disabled: bool = False
    shippings: dict[int, dict[str, Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "price": _text(self.price),
            "min_price": _text(self.min_price),
            "max_price": _text(self.max_price),
            "comment": self.comment,
            "warranty_delay": self.warranty_delay,
            "disabled": self.disabled,
            "shippings": {str(slot): shipping for slot, shipping in self.shippings.items()},
        }


NO_OFFER = Offer()


@dataclass(slots=True)
class Lag:
    """Publication states that reads still show until a moment."""

    until: float
    states: dict[str, int]


@dataclass(slots=True)
class Listing:
    """One listing of the seller, in all markets of the platform. `quantity` can be negative after a race.

    `order` is its place among all listings: they are listed as they were made.
    """

    id: str
    listing_id: int
    sku: str
    product: Product
    grade: str
    quantity: int
    new_battery: bool = False
    offers: dict[str, Offer] = field(default_factory=dict)
    lag: Lag | None = None
    order: int = 0

    def offer(self, market: Market) -> Offer:
        """The market's own values, for reading."""
        return self.offers.get(market.code, NO_OFFER)

    def own_offer(self, market: Market) -> Offer:
        """The market's own values, for writing."""
        return self.offers.setdefault(market.code, Offer())

    def max_price(self, market: Market, settings: Settings) -> Decimal:
        """The highest price with which this listing can be online in a market."""
        own = self.offer(market).max_price
        if own is not None:
            return own
        return self.product.max_prices.get(market.code) or Decimal(str(settings.default_max_price))

    def true_state(self, market: Market, settings: Settings) -> int:
        """The publication state that the values make. 4, 1 and 0 win over the stock rule."""
        offer = self.offer(market)
        if offer.disabled:
            return DISABLED
        if not self.product.validated:
            return VALIDATING
        if not offer.price or not offer.comment:
            return NO_PRICE_OR_COMMENT
        if self.quantity <= 0 or offer.price > self.max_price(market, settings):
            return OFFLINE
        return ONLINE

    def state(self, market: Market, settings: Settings, now: float) -> int:
        """The publication state as a read shows it: for a while after a write perhaps the one of before."""
        if self.lag is not None:
            if now < self.lag.until:
                return self.lag.states[market.code]
            self.lag = None
        return self.true_state(market, settings)

    def as_dict(self) -> dict[str, Any]:
        """As it is dumped and loaded."""
        return {
            "id": self.id,
            "listing_id": self.listing_id,
            "sku": self.sku,
            "product_id": self.product.product_id,
            "grade": self.grade,
            "quantity": self.quantity,
            "new_battery": self.new_battery,
            "markets": {code: offer.as_dict() for code, offer in self.offers.items()},
        }


def document(listing: Listing, market: Market, settings: Settings, now: float) -> dict[str, Any]:
    """A listing as the API shows it in one market (keys and types: captured data [C])."""
    offer = listing.offer(market)
    product = listing.product
    highest = listing.max_price(market, settings)
    missing = None if settings.missing_price == "null" else "0.00"
    shown = {
        "id": listing.id,
        "listing_id": listing.listing_id,
        "sku": listing.sku,
        "title": product.title(market),
        "state": fields.GRADES[listing.grade],
        "grade": listing.grade,
        "price": str(offer.price) if offer.price is not None else missing,
        "min_price": _text(offer.min_price),
        "quantity": listing.quantity,
        "publication_state": listing.state(market, settings, now),
        "comment": offer.comment,
        "warranty_delay": offer.warranty_delay,
        "shippings": [{**offer.shippings[slot], "country_code": market.code} for slot in sorted(offer.shippings)],
        "currency": market.currency,
        "backmarket_id": product.backmarket_id,
        "product_id": product.product_id,
        "max_price": float(highest) if settings.max_price_type == "number" else f"{highest:.2f}",
    }
    if listing.new_battery:
        shown["new_battery"] = True
    shown.update(settings.extra_keys)
    return shown


class Listings:
    """All listings in the order of their making, found by UUID, old id, SKU (ignoring case) or product and grade.

    So that what was computed from them can be kept: `generation` goes up when anything may have changed; otherwise every
    listing that was made or changed stands in the `journal`, as often as it was.
    """

    def __init__(self, ids: Ids, products: Products) -> None:
        self._ids = ids
        self._products = products
        self._ordered: list[Listing] | None = []
        self._by_id: dict[str, Listing] = {}
        self._by_number: dict[int, Listing] = {}
        self._by_sku: dict[str, Listing] = {}
        self._by_product: dict[tuple[str, str], Listing] = {}
        self._made = 0
        self.generation = 0
        self.journal: list[Listing] = []
        self.longest_journal = 10_000
        self.lagging_until = 0.0

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Listing]:
        return iter(self._by_id.values())

    @property
    def all(self) -> list[Listing]:
        """In the order of their making."""
        if self._ordered is None:
            self._ordered = list(self._by_id.values())
        return self._ordered

    def by_reference(self, text: str) -> Listing | None:
        """By UUID or old integer id."""
        wanted = text.lower()
        return self._by_number.get(int(wanted)) if wanted.isascii() and wanted.isdigit() else self._by_id.get(wanted)

    def with_id(self, reference: str | int) -> Listing | None:
        """By UUID, or by old integer id."""
        return self._by_number.get(reference) if isinstance(reference, int) else self._by_id.get(reference)

    def by_sku(self, sku: str) -> Listing | None:
        return self._by_sku.get(sku.lower())

    def of_product(self, product: Product, grade: str) -> Listing | None:
        """The first listing of a product in a grade."""
        return self._by_product.get((product.product_id, grade))

    def new(self, sku: str, product: Product, grade: str) -> Listing:
        """A listing with quantity 0 and nothing in any market."""
        return self._add(Listing(self._ids.uuid(self._by_id), self._ids.number("listing"), sku, product, grade, 0))

    def regrade(self, listing: Listing, grade: str) -> None:
        old = (listing.product.product_id, listing.grade)
        if self._by_product.get(old) is listing:
            del self._by_product[old]
        listing.grade = grade
        self._by_product.setdefault((listing.product.product_id, grade), listing)
        self.touched(listing)

    def touched(self, listing: Listing | None = None) -> None:
        """To be called after a listing's values have changed; without one, when those of many may have."""
        if listing is not None and len(self.journal) < self.longest_journal:
            self.journal.append(listing)
        else:
            self.generation += 1
            self.journal.clear()

    def keep_states(self, listing: Listing, settings: Settings, now: float, seconds: float) -> None:
        """Lets reads show the states of this moment for some seconds more. To be called before a write."""
        states = {market.code: listing.state(market, settings, now) for market in markets_of(settings.region)}
        listing.lag = Lag(now + seconds, states)
        self.lagging_until = max(self.lagging_until, now + seconds)

    def put(self, listing: Listing) -> Listing:
        """Adds a listing; one with the same SKU is replaced."""
        old = self.by_sku(listing.sku)
        if old is not None:
            self.remove(old)
        return self._add(listing)

    def parse(self, raw: dict[str, Any]) -> Listing:
        """A listing from its dumped form, not yet among the others.

        The product is named by `product_id`, else by `ean`; one that is not known is made from `title` or `titles`.
        Raises ValueError.
        """
        sku = fields.text("sku", raw.get("sku"), longest=200)
        if not raw.keys() <= _LOADED:
            raise ValueError(f"listing {sku}: unknown keys {sorted(raw.keys() - _LOADED)}")
        if not sku:
            raise ValueError("listing: sku is empty")
        number = raw.get("listing_id")
        return Listing(
            id=str(UUID(raw["id"])) if raw.get("id") else self._ids.uuid(self._by_id),
            listing_id=self._ids.seen("listing", int(number)) if number else self._ids.number("listing"),
            sku=sku,
            product=self._product(raw),
            grade=fields.grade(str(raw.get("grade", "GOOD"))),
            quantity=fields.whole("quantity", raw.get("quantity", 0), least=-1_000_000),
            new_battery=bool(raw.get("new_battery", False)),
            offers={_known_market(code): _offer(values) for code, values in (raw.get("markets") or {}).items()},
        )

    def remove(self, listing: Listing) -> None:
        self._ordered = None
        self._by_id.pop(listing.id, None)
        self._by_number.pop(listing.listing_id, None)
        self._by_sku.pop(listing.sku.lower(), None)
        key = (listing.product.product_id, listing.grade)
        if self._by_product.get(key) is listing:
            del self._by_product[key]
        self.touched()

    def _product(self, raw: dict[str, Any]) -> Product:
        found = self._products.find(str(raw["product_id"])) if raw.get("product_id") else None
        if found is None and raw.get("ean"):
            found = self._products.with_ean(str(raw["ean"]))
        if found is not None:
            return found
        return self._products.add(self._products.parse({key: raw[key] for key in _PRODUCT_KEYS if key in raw}))

    def _add(self, listing: Listing) -> Listing:
        self._ordered = None
        self._made += 1
        listing.order = self._made
        self._by_id[listing.id] = listing
        self._by_number[listing.listing_id] = listing
        self._by_sku[listing.sku.lower()] = listing
        self._by_product.setdefault((listing.product.product_id, listing.grade), listing)
        self.touched(listing)
        return listing


_PRODUCT_KEYS = (
    "product_id",
    "backmarket_id",
    "ean",
    "category_id",
    "title",
    "titles",
    "brand",
    "max_prices",
    "rivals",
)
_LOADED = {"id", "listing_id", "sku", "grade", "quantity", "new_battery", "markets", *_PRODUCT_KEYS}
_OFFER_KEYS = {"price", "min_price", "max_price", "comment", "warranty_delay", "disabled", "shippings"}


def _offer(raw: dict[str, Any]) -> Offer:
    if not raw.keys() <= _OFFER_KEYS:
        raise ValueError(f"market: unknown keys {sorted(raw.keys() - _OFFER_KEYS)}")
    price, min_price, max_price = raw.get("price"), raw.get("min_price"), raw.get("max_price")
    return Offer(
        None if price is None else fields.amount("price", price),
        None if min_price is None else fields.amount("min_price", min_price),
        None if max_price is None else fields.amount("max_price", max_price),
        raw.get("comment") or None,
        int(raw.get("warranty_delay", 12)),
        bool(raw.get("disabled", False)),
        {int(slot): dict(values) for slot, values in raw["shippings"].items()} if raw.get("shippings") else {},
    )


def _known_market(code: str) -> str:
    if code not in MARKETS:
        raise ValueError(f"there is no market {code!r}")
    return code


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)
