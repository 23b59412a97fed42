"""What Back Market knows: products by id and EAN, validated or still waiting for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from . import fields
from .ids import Ids
from .market import Market, local


@dataclass(slots=True)
class Product:
    """A product of the marketplace. `own`: proposed by this seller. Texts, highest prices and rivals are per market.

    `rivals` are prices other sellers ask, per market; without any there is no competition for the BackBox.
    """

    product_id: str
    backmarket_id: int
    ean: str | None
    category_id: int
    titles: dict[str, str]
    brand: str = ""
    validated: bool = True
    own: bool = False
    max_prices: dict[str, Decimal] = field(default_factory=dict)
    rivals: dict[str, list[Decimal]] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)

    def title(self, market: Market) -> str:
        return local(self.titles, market) or f"Product {self.backmarket_id}"

    def as_dict(self) -> dict[str, Any]:
        """As it is dumped and loaded."""
        return {
            "product_id": self.product_id,
            "backmarket_id": self.backmarket_id,
            "ean": self.ean,
            "category_id": self.category_id,
            "titles": self.titles,
            "brand": self.brand,
            "validated": self.validated,
            "own": self.own,
            "max_prices": {code: str(price) for code, price in self.max_prices.items()},
            "rivals": {code: [str(price) for price in prices] for code, prices in self.rivals.items()},
            "content": self.content,
        }


_LOADED = {item.name for item in dataclass_fields(Product)} | {"title"}


class Products:
    """All products, found by UUID, by old integer id or by EAN."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._by_id: dict[str, Product] = {}
        self._by_number: dict[int, Product] = {}
        self._by_ean: dict[str, Product] = {}

    def __iter__(self) -> Iterator[Product]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, product_id: str) -> bool:
        return product_id in self._by_id

    def __getitem__(self, product_id: str) -> Product:
        return self._by_id[product_id]

    def find(self, text: str) -> Product | None:
        """By UUID or old integer id."""
        wanted = text.strip().lower()
        return self._by_number.get(int(wanted)) if wanted.isascii() and wanted.isdigit() else self._by_id.get(wanted)

    def with_ean(self, ean: str) -> Product | None:
        return self._by_ean.get(fields.same_ean(ean))

    def add(self, product: Product) -> Product:
        self._by_id[product.product_id] = product
        self._by_number[product.backmarket_id] = product
        if product.ean:
            self._by_ean.setdefault(fields.same_ean(product.ean), product)
        return product

    def update(self, product: Product) -> None:
        """Gives the known product of that id, which listings hold on to, these values."""
        known = self._by_id[product.product_id]
        for item in dataclass_fields(Product):
            setattr(known, item.name, getattr(product, item.name))
        self.add(known)

    def new(self, **values: Any) -> Product:
        """A product under new ids."""
        return self.add(
            Product(product_id=self._ids.uuid(self._by_id), backmarket_id=self._ids.number("product"), **values)
        )

    def parse(self, raw: dict[str, Any]) -> Product:
        """A product from its dumped form, not yet among the others; what is missing is made up. Raises ValueError."""
        if not raw.keys() <= _LOADED:
            raise ValueError(f"product {raw.get('product_id')}: unknown keys {sorted(raw.keys() - _LOADED)}")
        number = raw.get("backmarket_id")
        titles = dict(raw.get("titles") or {})
        if "title" in raw:
            titles = {"fr-fr": str(raw["title"]), **titles}
        return Product(
            product_id=str(UUID(raw["product_id"])) if raw.get("product_id") else self._ids.uuid(self._by_id),
            backmarket_id=self._ids.seen("product", int(number)) if number else self._ids.number("product"),
            ean=str(raw["ean"]) if raw.get("ean") else None,
            category_id=int(raw.get("category_id") or 0),
            titles=titles,
            brand=str(raw.get("brand") or ""),
            validated=bool(raw.get("validated", True)),
            own=bool(raw.get("own", not raw.get("validated", True))),
            max_prices={
                code: fields.amount("max_prices", price) for code, price in (raw.get("max_prices") or {}).items()
            },
            rivals={
                code: [fields.amount("rivals", price) for price in prices]
                for code, prices in (raw.get("rivals") or {}).items()
            },
            content=dict(raw.get("content") or {}),
        )

    def keep_only(self, products: list[Product]) -> None:
        """Forgets all other products."""
        self._by_id, self._by_number, self._by_ean = {}, {}, {}
        for product in products:
            self.add(product)
