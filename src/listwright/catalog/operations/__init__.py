"""Write products, stock, warehouses and reservations."""

from listwright.catalog.operations.cells import marks as product_marks
from listwright.catalog.operations.cells import moved as moved_products
from listwright.catalog.operations.cells import store_cells as store_product_cells
from listwright.catalog.operations.counting import counting, lock_product_ids
from listwright.catalog.operations.delete import delete_products, finish_deletions
from listwright.catalog.operations.products import create_products, update_product, update_products
from listwright.catalog.operations.reservations import consume, release, reserve
from listwright.catalog.operations.stock import MOST_ROWS, places, set_product_stock, set_stock
from listwright.catalog.operations.views import forget_view, save_view
from listwright.catalog.operations.warehouses import (
    count_warehouse,
    count_warehouses,
    create_warehouse,
    ensure_main_warehouse,
    open_company,
    update_warehouse,
)

__all__ = [
    "MOST_ROWS",
    "consume",
    "count_warehouse",
    "count_warehouses",
    "counting",
    "create_products",
    "create_warehouse",
    "delete_products",
    "ensure_main_warehouse",
    "finish_deletions",
    "forget_view",
    "lock_product_ids",
    "moved_products",
    "open_company",
    "places",
    "product_marks",
    "release",
    "reserve",
    "save_view",
    "set_product_stock",
    "set_stock",
    "store_product_cells",
    "update_product",
    "update_products",
    "update_warehouse",
]
