"""Products, images, warehouses, stock, reservations, and the grid's read table."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class Warehouse(models.Model):
    """A place stock stands in; only sellable ones count (A1)."""

    company = models.ForeignKey(
        "companies.Company", on_delete=models.CASCADE, related_name="warehouses", db_index=False
    )
    name = models.CharField(max_length=64)
    sellable = models.BooleanField(default=False)
    unsellable_since = models.DateTimeField(null=True, help_text="it was sellable until then")
    counted_through = models.BigIntegerField(
        null=True, help_text="the product up to which stock is counted again after a change; null: all of it"
    )

    class Meta:
        constraints = [models.UniqueConstraint("company", Lower("name"), name="warehouse_once")]


class Product(models.Model):
    """One SKU of one company (A1). Prices are in the company's currency.

    `physical` (sum over sellable warehouses, null while stock was never set) and `reserved` are kept by the
    operations, so that planning a listing reads one row.
    """

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="products", db_index=False)
    sku = models.CharField(max_length=200)
    name = models.CharField(max_length=500, blank=True)
    ean = models.CharField(max_length=14, blank=True)
    brand = models.CharField(max_length=200, blank=True)
    condition = models.CharField(max_length=100, blank=True)
    weight_lbs = models.DecimalField(max_digits=10, decimal_places=4, null=True)
    weight_oz = models.DecimalField(max_digits=10, decimal_places=4, null=True)
    site_price = models.DecimalField(**MONEY, null=True)
    list_price = models.DecimalField(**MONEY, null=True)
    description = models.TextField(blank=True)
    physical = models.IntegerField(null=True)
    reserved = models.IntegerField(default=0)
    image_count = models.SmallIntegerField(default=0)
    main_image = models.CharField(max_length=1000, blank=True)
    leaving_since = models.DateTimeField(null=True, help_text="to be deleted once zero is confirmed on Back Market")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("id", name="product_leaving", condition=models.Q(leaving_since__isnull=False))]
        constraints = [
            models.UniqueConstraint("company", Lower("sku"), name="product_sku_once"),
            models.CheckConstraint(condition=~models.Q(sku=""), name="product_sku_given"),
            models.CheckConstraint(condition=models.Q(reserved__gte=0), name="product_reserved_not_negative"),
            models.CheckConstraint(
                condition=models.Q(site_price__isnull=True) | models.Q(site_price__gte=0),
                name="product_site_price_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(list_price__isnull=True) | models.Q(list_price__gte=0),
                name="product_list_price_not_negative",
            ),
            models.CheckConstraint(
                condition=(models.Q(weight_lbs__isnull=True) | models.Q(weight_lbs__gte=0))
                & (models.Q(weight_oz__isnull=True) | models.Q(weight_oz__gte=0)),
                name="product_weight_not_negative",
            ),
        ]


class ProductImage(models.Model):
    """A picture's address; exactly one of a product's is main."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="images")
    url = models.CharField(max_length=1000)
    position = models.SmallIntegerField(default=0)
    main = models.BooleanField(default=False)

    class Meta:
        ordering = ["-main", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "url"], name="image_once"),
            models.UniqueConstraint(fields=["product"], condition=models.Q(main=True), name="image_one_main"),
        ]


class Stock(models.Model):
    """Physical units of a product in a warehouse; `as_of` when the figure was true at its source (UTC)."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="stock", db_index=False)
    warehouse = models.ForeignKey(Warehouse, on_delete=models.CASCADE, related_name="stock", db_index=False)
    physical = models.IntegerField()
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "warehouse"], name="stock_once"),
            models.CheckConstraint(condition=models.Q(physical__gte=0), name="stock_not_negative"),
        ]


class Reservation(models.Model):
    """Units promised to an order line and still counted in stock. `reference` is unique per company."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reservations")
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, db_index=False)
    reference = models.CharField(max_length=100, help_text="backmarket:ORDER/LINE")
    quantity = models.PositiveIntegerField()
    state = models.CharField(
        max_length=10, choices=[("held", "Held"), ("released", "Released"), ("consumed", "Consumed")], default="held"
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "reference"], name="reservation_once")]
        indexes = [models.Index(fields=["product"], name="reservation_held", condition=models.Q(state="held"))]


FILTERED = [
    "ready", "enabled", "state", "linked", "drift", "error", "category_id", "condition_key", "available",
    "back_market_price", "markets_online",
]  # fmt: skip


def _beside(column: str) -> list[str]:
    return [name for name in FILTERED if name != column]


class GridRow(models.Model):
    """The flat table Manage Catalog reads: one row per product, kept by the operations and the planner."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, primary_key=True, related_name="grid")
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, db_index=False)
    sku_key = models.CharField(max_length=200, db_collation="C", help_text="folded, the sort key and its tie-break")
    name_key = models.CharField(max_length=100, db_collation="C")
    condition_key = models.CharField(max_length=100, db_collation="C", blank=True)
    category_id = models.IntegerField(null=True, help_text="marketplace_category_id")
    site_price = models.DecimalField(**MONEY, null=True)
    back_market_price = models.DecimalField(**MONEY, null=True)
    available = models.IntegerField(null=True)
    quantity_there = models.IntegerField(null=True)
    ready = models.BooleanField(default=False)
    missing = ArrayField(models.CharField(max_length=64), default=list)
    enabled = models.BooleanField(default=False)
    state = models.CharField(max_length=16, default="never_enabled")
    linked = models.BooleanField(default=False)
    markets_online = ArrayField(models.CharField(max_length=5), default=list)
    drift = models.BooleanField(default=False)
    drift_kind = models.CharField(max_length=16, db_default="", blank=True, help_text="see sync.decisions.drift.Drift")
    error = models.CharField(max_length=64, blank=True)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # An index for each order: it holds what filters ask for, so that walking it reads no row. What is missing may
            # be long, and stands beside short keys alone: an entry must not pass 2,700 bytes. The one by SKU holds what the
            # others sort by, too: SKUs that begin alike are sorted from it.
            models.Index(
                fields=["company", "sku_key", "product"],
                include=[*FILTERED, "site_price", "name_key"],
                name="grid_by_sku",
            ),
            models.Index(fields=["company", "name_key", "product"], include=FILTERED, name="grid_by_name"),
            *(
                models.Index(fields=["company", column, "product"], include=[*_beside(column), "missing"], name=name)
                for column, name in (
                    ("site_price", "grid_by_site_price"),
                    ("back_market_price", "grid_by_price"),
                    ("available", "grid_by_available"),
                )
            ),
            # And for what few rows have.
            models.Index("company", "condition_key", "product", name="grid_condition"),
            models.Index("company", "state", name="grid_state", condition=~models.Q(state="on")),
            models.Index("company", "sku_key", name="grid_not_linked", condition=models.Q(linked=False)),
            GinIndex(fields=["markets_online"], name="grid_markets"),
            models.Index("company", "sku_key", name="grid_not_ready", condition=models.Q(ready=False)),
            models.Index("company", "sku_key", name="grid_enabled", condition=models.Q(enabled=True)),
            models.Index("company", "sku_key", name="grid_drift", condition=models.Q(drift=True)),
            models.Index("company", "error", "sku_key", name="grid_error", condition=~models.Q(error="")),
            models.Index("company", "category_id", "sku_key", name="grid_category"),
            GinIndex(fields=["missing"], name="grid_missing"),
        ]


class SavedView(models.Model):
    """A name for an address of Manage Catalog: filters, order and rows on a page, as the address's query says them."""

    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, db_index=False)
    person = models.ForeignKey("companies.User", on_delete=models.CASCADE)
    name = models.CharField(max_length=60)
    query = models.TextField()
    shared = models.BooleanField(default=False, help_text="seen by everybody of the company")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("company", "person", Lower("name"), name="saved_view_once")]


class GridSearch(models.Model):
    """What a grid row is found by: SKU, name, EAN and merchant SKU, folded, for any part of them.

    A table of its own, so that a change of stock or readiness does not write a hundred trigrams again.
    """

    row = models.OneToOneField(GridRow, on_delete=models.CASCADE, primary_key=True, related_name="text")
    search = models.TextField(db_collation="C")

    class Meta:
        indexes = [GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="grid_text")]


class GridBackMarketID(models.Model):
    """And by any part of its Back Market ID, blank while there is none: a new name does not write its trigrams again."""

    row = models.OneToOneField(GridRow, on_delete=models.CASCADE, primary_key=True, related_name="linked_text")
    search = models.TextField(db_collation="C", blank=True)

    class Meta:
        indexes = [GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="grid_back_market_id")]
