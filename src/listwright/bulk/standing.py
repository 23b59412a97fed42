"""Products and listings as they stand: set-based reads for a chunk of rows, without locking any."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from listwright.bulk.around import Around
from listwright.bulk.columns import Standing
from listwright.catalog import queries as catalog
from listwright.catalog.fields import COLUMNS as PRODUCT_COLUMNS
from listwright.catalog.fields import MONEY, WEIGHTS
from listwright.catalog.types import Gallery, ProductView
from listwright.changes.cells import looking_up
from listwright.changes.prepared import rows
from listwright.companies.models import Account
from listwright.listings.models import Listing
from listwright.listings.operations.edits import EMPTY_MARKET, Row, columns_for
from listwright.listings.operations.rows import COLUMNS

_EMPTY: dict[str, Any] = {name: None if name in (*MONEY, *WEIGHTS) else "" for name in PRODUCT_COLUMNS}


@dataclass(slots=True)
class Stands:
    """A product as it stands, as far as the file's columns ask: `columns` as stored, `stock` by warehouse.

    `version` is the product's generation.
    """

    product_id: int
    sku: str
    version: int
    columns: dict[str, Any]
    listing: Row | None = None
    listing_id: int = 0
    images: Gallery = ()
    stock: dict[str, int] = field(default_factory=dict)


class Loader:
    """Reads what some fields ask for."""

    def __init__(self, around: Around, product_fields: Iterable[str], listing_fields: Iterable[str]) -> None:
        self._company = around.company
        product = {name.partition(".")[0] for name in product_fields}
        listing = set(listing_fields)
        columns = columns_for(listing)
        self._product = [name for name in PRODUCT_COLUMNS if name in product]
        self._images = bool(product & {"images", "main_image"})
        self._stock = "stock" in product
        self._listings = bool(listing) and around.account is not None
        self._listing = [name for name in COLUMNS if name in columns] if self._listings else []
        self._own = self._listings and bool(columns & {"price", "markets"})
        self._statement = self._select()
        self._blank_listing = Listing()

    def _select(self) -> str:
        columns = [
            "lower(product.sku)",
            "product.id",
            "product.sku",
            "coalesce(stale.generation, 0)",
            "product.site_price",
        ]
        columns += [f"product.{name}" for name in self._product]
        join = ""
        if self._listings:
            columns += [
                "listing.id",
                "listing.back_market_id IS NOT NULL",
                *(f"listing.{name}" for name in self._listing),
            ]
            join = " LEFT JOIN listings_listing AS listing ON listing.product_id = product.id"
        return (
            f"SELECT {', '.join(columns)} FROM catalog_product AS product"  # noqa: S608 - our own names
            f" LEFT JOIN changes_stale AS stale ON stale.product_id = product.id{join}"
            " WHERE product.company_id = %s::bigint AND lower(product.sku) = ANY(%s::text[])"
        )

    def load(self, keys: Sequence[str]) -> dict[str, Stands]:
        """{folded SKU: as it stands} of the products there are. Generations are read first: a change that commits
        between them and the rest is one of those the apply looks at again."""
        if not keys:
            return {}
        with transaction.atomic(), looking_up():
            found = rows(self._statement, [self._company.pk, list(keys)], binary=True)
            by_id = {row[1]: self._stands(row) for row in found}
            if self._images:
                for product_id, gallery in catalog.galleries(sorted(by_id)).items():
                    by_id[product_id].images = gallery
            if self._stock:
                for product_id, warehouse, physical in rows(_STOCK, [list(by_id)], binary=True):
                    by_id[product_id].stock[warehouse] = physical
            if self._own:
                listings = {one.listing.listing_id: one.listing for one in by_id.values() if one.listing is not None}
                for listing_id, market, *own in rows(_OWN, [list(listings)], binary=True):
                    listings[listing_id].own[market] = dict(zip(EMPTY_MARKET, own, strict=True))
        return {row[0]: by_id[row[1]] for row in found}

    def _stands(self, row: Sequence[Any]) -> Stands:
        _, product_id, sku, version, site_price, *values = row
        count = len(self._product)
        stands = Stands(product_id, sku, version, dict(zip(self._product, values, strict=False)))
        if not self._listings:
            return stands
        listing_id, linked, *own = values[count:]
        if listing_id is None:  # the planner makes one within moments; until then as it will be
            stands.listing = self._bare(product_id, sku, site_price)
            return stands
        columns = dict(zip(self._listing, own, strict=True))
        stands.listing_id = listing_id
        stands.listing = Row(listing_id, product_id, sku, site_price, linked, columns)
        return stands

    def blank(self, sku: str) -> Stands:
        """A product that is yet to be created."""
        columns = {name: _EMPTY[name] for name in self._product}
        return Stands(0, sku, 0, columns, self._bare(0, sku, None) if self._listings else None)

    def _bare(self, product_id: int, sku: str, site_price: Decimal | None) -> Row:
        columns = {name: getattr(self._blank_listing, name) for name in self._listing}
        columns |= {"effective_merchant_sku": sku, "attributes": {}}
        return Row(0, product_id, sku, site_price, False, columns)


_STOCK = """SELECT product_id, name, physical FROM catalog_stock AS stock
JOIN catalog_warehouse AS warehouse ON warehouse.id = stock.warehouse_id WHERE product_id = ANY(%s::bigint[])"""
_LISTINGS = f"""SELECT id, product_id, back_market_id IS NOT NULL, {", ".join(COLUMNS)} FROM listings_listing
WHERE account_id = %s::bigint AND product_id = ANY(%s::bigint[])"""  # noqa: S608 - our own names
_OWN = f"""SELECT listing_id, market, {", ".join(EMPTY_MARKET)} FROM listings_listingmarket
WHERE listing_id = ANY(%s::bigint[])"""  # noqa: S608 - our own names


def merchant_sku_holders(account_id: int, keys: Iterable[str]) -> dict[str, str]:
    """{folded merchant SKU: folded SKU of the product whose listing has it}."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(effective_merchant_sku), lower(product.sku) FROM listings_listing AS listing"
            " JOIN catalog_product AS product ON product.id = listing.product_id"
            " WHERE account_id = %s AND lower(effective_merchant_sku) = ANY(%s)",
            [account_id, list(keys)],
        )
        return dict(cursor.fetchall())


def load(around: Around, product_ids: Sequence[int], *, listings: bool) -> dict[int, Standing]:
    """{product id: as it stands} for an export; without listings where no column asks for them."""
    views = catalog.views(around.company, product_ids)
    found = _listings(around.account, views) if listings and around.account is not None else {}
    return {view.id: Standing(view, found.get(view.id)) for view in views}


def _listings(account: Account, views: Sequence[ProductView]) -> dict[int, Row]:
    by_id = {view.id: view for view in views}
    listings: dict[int, Row] = {}
    by_listing: dict[int, Row] = {}
    for listing_id, product_id, linked, *values in rows(_LISTINGS, [account.pk, list(by_id)], binary=True):
        view = by_id[product_id]
        columns = dict(zip(COLUMNS, values, strict=True))
        row = Row(listing_id, product_id, view.sku, view.site_price, linked, columns)
        listings[product_id] = by_listing[listing_id] = row
    for listing_id, market, *values in rows(_OWN, [list(by_listing)], binary=True):
        by_listing[listing_id].own[market] = dict(zip(EMPTY_MARKET, values, strict=True))
    for view in views:  # the planner makes a listing within moments; until then as it will be
        if view.id not in listings:
            listings[view.id] = _bare(view.id, view.sku, view.site_price)
    return listings


def _bare(product_id: int, sku: str, site_price: Any) -> Row:
    listing = Listing(effective_merchant_sku=sku)
    return Row(0, product_id, sku, site_price, False, {name: getattr(listing, name) for name in COLUMNS})
