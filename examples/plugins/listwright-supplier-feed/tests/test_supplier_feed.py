from pathlib import Path

import listwright_supplier_feed as plugin
import pytest

from listwright.plugins.testing import call, product


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "stock.csv"
    path.write_text("sku,quantity\nA-1,7\nB-2,0\n")
    return path


def quantities(feed: Path, *products: object, **settings: object) -> list[int | None]:
    answers = call(plugin, "inventory_calculation", products, source=str(feed), keep_minutes=0, **settings)
    return [None if answer is None else answer.quantity for answer in answers]


def test_the_suppliers_quantity_less_what_orders_took(feed: Path) -> None:
    assert quantities(feed, product("a-1", reserved=2), product("B-2"), product("C-3")) == [5, 0, None]


def test_our_own_stock_can_be_added(feed: Path) -> None:
    assert quantities(feed, product("A-1", physical=3), add_own_stock=True) == [10]


def test_a_list_that_cannot_be_read_raises(feed: Path) -> None:
    feed.write_text("sku,quantity\nA-1,many\n")
    with pytest.raises(ValueError, match="many"):
        quantities(feed, product("A-1"))
